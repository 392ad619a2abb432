"""A walk as a picture file that brings it back: an animated WebP (lossless) or GIF, or a strip of its frames as PNG.

The file's metadata say all that the frames follow from, as JSON: in XMP (WebP), a comment (GIF), or the text "walk" in
UTF-8 (PNG). To read it back no pixel is decoded and nothing is unpickled: whoever made the file.
"""

from __future__ import annotations

import base64
import html
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from playground.latent.paths import Classing
from playground.latent.walks import LONGEST, MOST, Walk
from playground.utils.errors import UserError, guarded
from playground.utils.translation import _

LARGEST = 64 * 2**20  # bytes of a file
LONGEST_NOTE = 2**20  # bytes of what it says
WIDEST = 4096  # numbers of a latent, classes of a run
FARTHEST = 1e4  # from 0, of a number of z
PIECES = 100_000  # of a file
BLOCKS = 2 * LARGEST // 255  # of a GIF: twice as many as are needed
KEYWORD = "walk"
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:gan="urn:gan-playground"><gan:walk>{note}</gan:walk>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


@dataclass(frozen=True)
class Origin:
    """What made the frames: the config of a run, the `step` of its weights, and the moment if they were pinned."""

    config: dict[str, Any]
    run: str
    step: int
    weights: Literal["ema", "raw"] = "ema"
    moment: int | None = None


class _Note(BaseModel):
    """The JSON in a file. `z` are the anchors (k, z_dim), float32 with the low byte first, in base64."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    format: Literal["gan-playground-walk"] = "gan-playground-walk"
    version: Literal[1] = 1
    run: str = Field(max_length=100)
    step: int = Field(ge=0, le=2**53)
    weights: Literal["ema", "raw"]
    moment: int | None = Field(ge=0, le=2**53)
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    path: Literal["lerp", "slerp", "spline"]
    closed: bool
    frames: int = Field(ge=2, le=LONGEST)
    speed: float = Field(ge=0.1, le=10)
    ease: bool
    distribution: Literal["normal", "uniform"]
    z_dim: int = Field(ge=1, le=WIDEST)
    z: str = Field(max_length=MOST * WIDEST * 6)
    classes: int = Field(ge=0, le=WIDEST)
    class_path: Classing
    labels: list[Annotated[int, Field(ge=0, lt=WIDEST)]] | None = Field(max_length=MOST)
    config: dict[str, Any]


def note(walk: Walk, digest: str, origin: Origin) -> str:
    """The JSON that goes with the frames whose `walks.digest` is given; in ASCII."""
    said = _Note(
        run=origin.run,
        step=origin.step,
        weights=origin.weights,
        moment=origin.moment,
        digest=digest,
        path=walk.path,  # type: ignore[arg-type]
        closed=walk.closed,
        frames=walk.count,
        speed=walk.speed,
        ease=walk.ease,
        distribution=walk.distribution,  # type: ignore[arg-type]
        z_dim=walk.anchors.shape[1],
        z=base64.b64encode(walk.anchors.astype("<f4").tobytes()).decode(),
        classes=walk.classes,
        class_path=walk.how,
        labels=None if walk.labels is None else walk.labels.tolist(),
        config=origin.config,
    )
    return said.model_dump_json(ensure_ascii=True)


def read(content: bytes) -> tuple[Walk, str, Origin]:
    """The walk in a file, the digest of its frames, and what made them. Raises UserError with a sentence."""
    if len(content) > LARGEST:
        raise UserError(_("This file is too large for a walk."))
    said = guarded(lambda: _text(content), _("This file is damaged."))
    if not said:
        raise UserError(_("This file has no walk in it. Drop a WebP, GIF or PNG that “Take home” made."))
    return guarded(lambda: _parse(said), _("The walk in this file is damaged, or another version made it."))


def fit(walk: Walk, z_dim: int, classes: int, distribution: str) -> None:
    """Raises UserError where a run with such z and `classes` classes has no such walk."""
    if walk.anchors.shape[1] != z_dim:
        raise UserError(
            _("The z of this walk have {n} numbers, those of this run {m}. Open it in a run like its own.").format(
                n=walk.anchors.shape[1], m=z_dim
            )
        )
    if walk.distribution != distribution:
        raise UserError(
            _("The z of this walk are drawn otherwise than those of this run. Open it in a run like its own.")
        )
    if walk.classes != classes:
        raise UserError(_("The classes of this walk are not those of this run. Open it in a run like its own."))


def _parse(said: str) -> tuple[Walk, str, Origin]:
    """Raises many kinds of errors where the note is not whole."""
    if len(said) > LONGEST_NOTE:
        raise ValueError(len(said))
    found = _Note.model_validate_json(said)
    return _walk(found), found.digest, _origin(found)


def _walk(found: _Note) -> Walk:
    """Raises ValueError where the parts do not fit each other."""
    raw = base64.b64decode(found.z, validate=True)
    z = np.frombuffer(raw, "<f4").reshape(-1, found.z_dim).astype(np.float32)
    k = len(z)
    segments = k - 1 + (found.closed or found.path == "spline")
    per, rest = divmod(found.frames - (segments == k - 1), max(segments, 1))
    if not 2 <= k <= MOST or not (np.abs(z) <= FARTHEST).all() or rest or not per:
        raise ValueError("anchors")
    labels = None
    if found.classes:
        labels = np.array(found.labels or [], np.int64)
        if labels.shape != (k,) or (labels >= found.classes).any():
            raise ValueError("labels")
    return Walk(
        z, labels, found.classes, found.distribution, found.path, found.closed, per, found.class_path,
        found.speed, found.ease,
    )  # fmt: skip


def _origin(found: _Note) -> Origin:
    return Origin(found.config, found.run, found.step, found.weights, found.moment)


# Where the three kinds of files keep it


def xmp(note: str) -> bytes:
    """The note as XMP."""
    return XMP.format(note=html.escape(note, quote=False)).encode()


def _text(content: bytes) -> str:
    """What a file says of its walk, "" if nothing. Raises ValueError and the like for a damaged one."""
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return next((_of_xmp(body) for name, body in _riff(content) if name == b"XMP "), "")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return next((said for name, body in _png(content) if name == b"iTXt" and (said := _of_itxt(body))), "")
    if content.startswith((b"GIF87a", b"GIF89a")):
        return _gif(content)
    return ""


def _riff(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 12
    for _i in range(PIECES):
        if place + 8 > len(content):
            return
        name, length = struct.unpack_from("<4sI", content, place)
        yield name, content[place + 8 : place + 8 + length]
        place += 8 + length + length % 2


def _png(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    for _i in range(PIECES):
        if place + 8 > len(content):
            return
        length, name = struct.unpack_from(">I4s", content, place)
        yield name, content[place + 8 : place + 8 + length]
        place += 12 + length


def _gif(content: bytes) -> str:
    """The first comment. Pictures and other extensions are passed over."""
    flags = content[10]
    place, left = 13 + _table(flags), iter(range(BLOCKS))
    for _i in range(PIECES):
        if content[place] == 0x3B:
            return ""
        if content[place] == 0x2C:
            place += 11 + _table(content[place + 9])  # the picture's place and colours, and the width of its codes
            _body, place = _blocks(content, place, left, keep=False)
        elif content[place] == 0x21:
            comment = content[place + 1] == 0xFE
            body, place = _blocks(content, place + 2, left, keep=comment)
            if comment:
                return body.decode("ascii")
        else:
            raise ValueError("block")
    return ""


def _table(flags: int) -> int:
    """Bytes of the table of colours that flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(content: bytes, place: int, left: Iterator[int], keep: bool) -> tuple[bytes, int]:
    """What a chain of blocks of up to 255 bytes holds, if wanted, and where it ends; `left` are those still allowed."""
    parts = []
    while length := content[place]:
        if next(left, None) is None:
            raise ValueError("blocks")
        if keep:
            parts.append(content[place + 1 : place + 1 + length])
        place += 1 + length
    return b"".join(parts), place + 1


def _of_xmp(body: bytes) -> str:
    if len(body) > 2 * LONGEST_NOTE:
        raise ValueError(len(body))
    inside = body.decode("utf-8").partition("<gan:walk>")[2].partition("</gan:walk>")[0]
    return html.unescape(inside)


def _of_itxt(body: bytes) -> str:
    """The text of an iTXt chunk with our keyword that is not compressed, else ""."""
    keyword, _zero, rest = body.partition(b"\0")
    if keyword != KEYWORD.encode() or rest[:1] != b"\0":
        return ""
    return rest[2:].partition(b"\0")[2].partition(b"\0")[2].decode("utf-8")
