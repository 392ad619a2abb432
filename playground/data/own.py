"""Sets that a person drew, pasted or uploaded: one file each in the app's data folder, named after its content.

A set lives as long as somebody's page uses it and `LEASE` seconds more, unless it is saved; saved ones stay, and
whoever uses this server sees them.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from playground.data import modality, npz
from playground.data.dataset import Dataset, Progress, Samples
from playground.utils import files, shares
from playground.utils.errors import UserError, guarded
from playground.utils.lazy_torch import torch
from playground.utils.translation import _

LEASE = 900.0  # seconds that a set outlives its last page
LIMIT = shares.limit("sets")  # bytes of all sets
SAVED = 0.75  # of that at most for saved ones: there is always room for those that come and go
NAME = 40  # letters
log = logging.getLogger(__name__)
_ID = re.compile(r"[a-z0-9-]{1,30}-[0-9a-f]{16}")


@dataclass(frozen=True)
class About:
    """What is known of a set without reading its samples."""

    id: str
    name: str
    source: str  # where it comes from
    shape: tuple[int, ...]  # of one sample
    classes: tuple[str, ...]
    findings: tuple[str, ...]  # what was mended or left out when it was made
    saved: bool
    dataset: str  # the key of the one that reads it


def folder(saved: bool) -> Path:
    """Where the sets lie that are kept, or those that are not."""
    return files.home() / "own" / ("saved" if saved else "unsaved")


def add(
    name: str,
    x: np.ndarray,
    y: np.ndarray | None,
    classes: tuple[str, ...],
    source: str,
    findings: Sequence[str] = (),
    beside: Sequence[str] = (),
) -> str:
    """Keep a set for now; gives its id, the same for the same content.

    `x` float32 (n, 2) or uint8 (n, channels, height, width); `y` (n,) places in `classes`, or None. `beside`: the
    sets that the same visitor made before. Raises UserError where nothing can be written or too much is kept already.
    """
    name = _clean(name)[:NAME] or _("Nameless")
    values = {
        "name": name,
        "source": _clean(source),
        "shape": x.shape[1:],
        "classes": [_clean(one) for one in classes],
        "findings": [_clean(finding) for finding in findings],
    }
    words = json.dumps(values, ensure_ascii=False)
    content = {"x": x, "about": np.frombuffer(words.encode(), np.uint8)}
    if y is not None:
        content["y"] = y.astype(np.uint8)
    digest = hashlib.sha256()
    for key, array in content.items():
        digest.update(f"{key} {array.dtype} {array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:30].strip("-") or "set"
    key = f"{slug}-{digest.hexdigest()[:16]}"
    packed = io.BytesIO()
    np.savez_compressed(packed, **content)  # type: ignore[arg-type]
    mine = sum(_size(one) for one in {*beside} - {key}) + len(packed.getvalue())
    if mine > (most := shares.limit("session_sets")):
        shares.hit("session_sets")
        words = _(
            "Sets of one visitor may have {n} MB here, and with this one yours would have more. Make a smaller one, or "
            "do without one: take it back from the server and reload the page."
        )
        raise UserError(words.format(n=most // shares.MIB))
    _write(key, packed.getvalue())
    return key


def _clean(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()


def _write(id: str, content: bytes) -> None:
    path = place(id) or folder(saved=False) / f"{id}.npz"  # what is there may be damaged
    try:
        files.private(path.parent)
        if _kept(True) + _kept(False) + len(content) > LIMIT:
            shares.hit("sets")
            words = _(
                "This server keeps no more than {n} MB of people's own sets, and that much is there. Try again in {m} "
                "minutes: those that nobody saved go then. Else whoever runs it must delete some."
            )
            raise UserError(words.format(n=LIMIT // shares.MIB, m=round(LEASE / 60)))
        files.write(path, content)
    except OSError as error:
        raise _unwritable(error) from error


def _kept(saved: bool) -> int:
    """The bytes of the sets that are saved, or of those that are not."""
    return sum(path.stat().st_size for path in folder(saved).glob("*.npz"))


def _size(id: str) -> int:
    """The bytes of a set's file; 0 if it is not here."""
    path = place(id)
    with contextlib.suppress(OSError):
        return path.stat().st_size if path else 0
    return 0


def _unwritable(error: OSError) -> UserError:
    """What a person reads; the log names the folder."""
    log.warning("%s", error)
    reason = error.strerror or type(error).__name__
    return UserError(_("The folder of people's own sets cannot be written ({reason}).").format(reason=reason))


def place(id: str) -> Path | None:
    """The file of a set, or None if there is none."""
    if _ID.fullmatch(id):
        for saved in (True, False):
            path = folder(saved) / f"{id}.npz"
            if path.is_file():
                return path
    return None


def about(id: str) -> About | None:
    """What is known of a set; None if it is not here, or no good."""
    path = place(id)
    return None if path is None else _about(path)


def _about(path: Path) -> About | None:
    try:
        return guarded(lambda: _read_about(path), _UNREADABLE.format(id=path.stem))
    except UserError as error:
        log.warning("%s", error)
        return None


@lru_cache(maxsize=256)
def _read_about(path: Path) -> About:
    values = json.loads(npz.read(path, _UNREADABLE.format(id=path.stem), only="about")["about"].tobytes())
    shape = tuple(int(side) for side in values["shape"])
    return About(
        id=path.stem,
        name=str(values["name"]),
        source=str(values["source"]),
        shape=shape,
        classes=tuple(str(name) for name in values["classes"]),
        findings=tuple(str(finding) for finding in values["findings"]),
        saved=path.parent == folder(saved=True),
        dataset=f"own-{modality.of(shape).key}",
    )


def saved() -> list[About]:
    """The sets that are kept, by name."""
    found = [_about(path) for path in folder(saved=True).glob("*.npz")]
    return sorted((one for one in found if one is not None), key=lambda one: (one.name.lower(), one.id))


def save(id: str, keep: bool) -> None:
    """Keep a set for good, or no longer. Raises UserError."""
    path = place(id)
    if path is None:
        raise UserError(_GONE.format(id=id[:60]))
    target = folder(keep) / path.name
    try:
        files.private(target.parent)
        if keep and path != target and _kept(True) + path.stat().st_size > SAVED * LIMIT:
            shares.hit("sets")
            words = _(
                "This server saves no more than {n} MB of people's own sets. Take one back that you saved before."
            )
            raise UserError(words.format(n=int(SAVED * LIMIT) // shares.MIB))
        path.replace(target)
        os.utime(target)
    except OSError as error:
        raise _unwritable(error) from error


def use(id: str) -> None:
    """Say that somebody's page uses a set, so that it stays."""
    if path := place(id):
        with contextlib.suppress(OSError):  # gone a moment ago
            os.utime(path)


def forget_old() -> None:
    """Delete the sets that are neither saved nor used."""
    for path in folder(saved=False).glob("*"):
        try:
            if time.time() - path.stat().st_mtime > LEASE:
                path.unlink(missing_ok=True)
        except OSError:
            continue


_UNREADABLE = _("The set “{id}” cannot be read: its file is damaged. Make it again.")
_GONE = _("The set “{id}” is not here any more. Draw, paste or upload it again on the Data page.")


def _read(id: str, progress: Progress) -> Samples:
    path = place(id)
    if path is None:
        raise UserError(
            _GONE.format(id=id[:60]) if id else _("Draw, paste or upload a set of your own on the Data page.")
        )
    sentence = _UNREADABLE.format(id=id)
    arrays = npz.read(path, sentence)
    x, y, names = guarded(lambda: _parts(arrays), sentence)
    known = any(kind.is_stored(x) for kind in modality.MODALITIES.values())
    labelled = y is None or (y.dtype == np.uint8 and y.shape == x.shape[:1])
    if not len(x) or not known or not labelled or (y is not None and y.max() >= len(names)):
        raise UserError(sentence)
    labels = None if y is None else torch.from_numpy(y.astype(np.int64))
    return Samples(torch.from_numpy(x), labels, len(names) if y is not None else 0, names)


def _parts(arrays: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]:
    """The samples, their labels and the names of the classes. Raises many kinds of errors."""
    names = json.loads(arrays["about"].tobytes())["classes"]
    return arrays["x"], arrays.get("y"), tuple(str(name) for name in names)


def _dataset(kind: str, label: str, shape: tuple[int, ...] | None, classes: int | None) -> Dataset:
    return Dataset(
        key=f"own-{kind}",
        label=label,
        kind=kind,
        read=_read,
        source="Made on the Data page",
        licence="Not recorded: ask its owner",
        shape=shape,
        classes=classes,
        origin="yours",
        asks="own",
        place=place,
    )


DATASETS = (
    _dataset("points", "Your own points", (2,), 0),
    _dataset("images", "Your own images", None, None),
)
