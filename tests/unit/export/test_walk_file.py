"""A walk as a file: the frames that come back are those that went in, and no file does harm."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.export import walk_file, walk_film
from playground.export.frame import Scene
from playground.export.modalities.tiled import scale
from playground.export.walk_file import Origin
from playground.latent import walks
from playground.latent.walks import Walk
from playground.utils import priors
from playground.utils.errors import UserError

KINDS = ("webp", "gif", "png")


def _trained(preset: str, steps: int) -> Run:
    run = Run("w" * 22, PRESETS[preset].config)
    run.advance(steps)
    return run


@pytest.fixture(scope="module")
def digits() -> Run:
    return _trained("digits", 30)


@pytest.fixture(scope="module")
def shapes() -> Run:
    return _trained("shapes", 2)


@pytest.fixture(scope="module")
def ring() -> Run:
    return _trained("ring", 50)


def _of(run: Run, k: int = 3, **changes: Any) -> Walk:
    config, classes = run.config, run.trainer.classes
    z = priors.sample(config.z_distribution, k, config.z_dim, 7)
    walk = Walk(z, np.arange(k) % classes if classes else None, classes, config.z_distribution, "spline", True, 8)
    return replace(walk, **changes)


def _made(run: Run, walk: Walk, kind: str) -> tuple[bytes, np.ndarray]:
    samples = run.models.sample(walk.z(), walk.y(), "ema")
    origin = Origin(run.config.model_dump(), run.id, run.step)
    return walk_film.film(walk, samples, origin, Scene(), kind), samples


def _refused(content: bytes) -> str:
    with pytest.raises(UserError) as caught:
        walk_file.read(content)
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["digits", "shapes", "ring"])
def test_a_walk_dropped_back_in_gives_the_identical_frames(
    name: str, kind: str, request: pytest.FixtureRequest
) -> None:
    run: Run = request.getfixturevalue(name)
    walk = _of(run, how="morph" if run.trainer.classes else "stay", speed=0.5, ease=True)
    content, samples = _made(run, walk, kind)
    found, digest, origin = walk_file.read(content)
    assert found.same(walk)
    assert found.anchors.tobytes() == walk.anchors.tobytes()
    assert (found.path, found.closed, found.speed, found.ease, found.how) == ("spline", True, 0.5, True, walk.how)
    assert origin == Origin(run.config.model_dump(), run.id, run.step)
    again = run.models.sample(found.z(), found.y(), "ema")
    np.testing.assert_array_equal(again, samples)
    assert walks.digest(again) == digest
    run.advance(1)
    assert walks.digest(run.models.sample(found.z(), found.y(), "ema")) != digest


@pytest.mark.parametrize("name", ["digits", "shapes"])
def test_the_pixels_of_a_webp_are_those_of_the_frames(name: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(name)
    content, samples = _made(run, _of(run), "webp")
    times = scale(*samples.shape[1:3])
    assert times > 1
    decoded = _frames(content)
    np.testing.assert_array_equal(decoded[:, ::times, ::times], np.broadcast_to(samples, (*samples.shape[:3], 3)))
    assert (decoded == decoded[:, ::times, ::times].repeat(times, axis=1).repeat(times, axis=2)).all()


def test_a_gif_of_grey_images_keeps_their_pixels_too(digits: Run) -> None:
    content, samples = _made(digits, _of(digits), "gif")
    times = scale(8, 8)
    np.testing.assert_array_equal(_frames(content)[:, ::times, ::times, :1], samples)


def test_a_strip_shows_the_anchors_among_its_frames(digits: Run) -> None:
    walk = _of(digits, path="slerp", closed=False)
    content, samples = _made(digits, walk, "png")
    sheet = np.asarray(Image.open(io.BytesIO(content)))
    large = samples[[0, 8, 16]].repeat(12, axis=1).repeat(12, axis=2)
    for row, picture in enumerate(large):  # each segment has its row
        top = 6 + row * (96 + 26)
        np.testing.assert_array_equal(sheet[top : top + 96, 6:102, :1], picture)


def _frames(content: bytes) -> np.ndarray:
    film = Image.open(io.BytesIO(content))
    out = []
    for i in range(film.n_frames):
        film.seek(i)
        out.append(np.asarray(film.convert("RGB")))
    return np.stack(out)


def test_a_film_takes_as_long_as_its_walk(digits: Run) -> None:
    walk = _of(digits, path="slerp", closed=False)
    film = Image.open(io.BytesIO(_made(digits, walk, "gif")[0]))
    durations = []
    for i in range(film.n_frames):
        film.seek(i)
        durations.append(film.info["duration"])
    assert durations == [150] * 16 + [1000]


def test_another_program_finds_xmp_and_comment_and_text(digits: Run) -> None:
    walk = _of(digits)
    for kind, place in (("webp", "xmp"), ("gif", "comment"), ("png", "walk")):
        said = Image.open(io.BytesIO(_made(digits, walk, kind)[0])).info[place]
        text = said if isinstance(said, str) else said.decode()
        assert base64.b64encode(walk.anchors.tobytes()).decode() in text


@pytest.mark.parametrize("other", ["shapes", "ring"])
def test_a_walk_of_another_run_is_refused_in_words(digits: Run, other: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(other)
    walk = _of(run)
    with pytest.raises(UserError, match="Open it in a run like its own"):
        walk_file.fit(walk, digits.config.z_dim, 10, "normal")
    walk_file.fit(walk, run.config.z_dim, run.trainer.classes, "normal")
    with pytest.raises(UserError, match="drawn otherwise"):
        walk_file.fit(walk, run.config.z_dim, run.trainer.classes, "uniform")


# Hostile files


def _note(**changes: Any) -> str:
    anchors = priors.sample("normal", 3, 4, 0)
    walk = Walk(anchors, np.array([0, 1, 2]), 10, "normal", "slerp", True, 8)
    said = json.loads(walk_file.note(walk, "0" * 64, Origin({}, "r", 5)))
    return json.dumps(said | changes)


def _png(text: bytes) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"iTXt", b"walk\0\0\0\0\0" + text) + chunk(b"IEND", b"")


def _webp(text: bytes) -> bytes:
    body = b"WEBP" + b"XMP " + struct.pack("<I", len(text)) + text
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _z(values: Any) -> str:
    return base64.b64encode(np.asarray(values, "<f4").tobytes()).decode()


def test_the_note_that_the_hostile_ones_are_made_of_is_good() -> None:
    assert walk_file.read(_png(_note().encode()))[0].count == 24
    assert walk_file.read(_webp(walk_file.xmp(_note())))[0].count == 24


@pytest.mark.parametrize(
    "changes",
    [
        {"frames": 1_000_000},
        {"frames": 0},
        {"frames": -24},
        {"frames": 23},
        {"frames": 24.5},
        {"frames": "24"},
        {"frames": None},
        {"frames": 1e400},
        {"z": _z(np.full((3, 4), 1e30))},
        {"z": _z(np.full((3, 4), np.nan))},
        {"z": _z(np.full((3, 4), np.inf))},
        {"z": _z(np.zeros((1, 4)))},
        {"z": _z(np.zeros((9, 4)))},
        {"z": _z(np.zeros(11))},
        {"z": ""},
        {"z": "not base64!"},
        {"z": [1, 2, 3]},
        {"z_dim": 0},
        {"z_dim": 2**40},
        {"z_dim": 3.0},
        {"classes": 10**9},
        {"classes": -1},
        {"classes": 2},
        {"labels": [0, 1]},
        {"labels": [0, 1, 10]},
        {"labels": [0, 1, -1]},
        {"labels": [0, 1, 1.5]},
        {"labels": list(range(10_000))},
        {"labels": None},
        {"speed": float("nan")},
        {"speed": float("inf")},
        {"speed": 0},
        {"path": "__import__"},
        {"class_path": "jump"},
        {"distribution": "cauchy"},
        {"closed": "yes"},
        {"digest": "x"},
        {"digest": "0" * 10_000},
        {"format": "png"},
        {"version": 2},
        {"config": [1]},
        {"step": -1},
        {"moment": 1.5},
    ],
)
def test_a_hostile_note_gets_a_sentence(changes: dict[str, Any]) -> None:
    assert "damaged, or another version" in _refused(_png(_note(**changes).encode()))


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"null",
        b"[]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 100_000,
        b"\xff\xfe{}",
        b" " * (2**20 + 1),
        b"cos\nsystem\n(S'echo'\ntR.",
    ],
)
def test_text_that_is_no_note_gets_a_sentence(text: bytes) -> None:
    assert "damaged" in _refused(_png(text))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no walk in it"),
        (b"hello", "no walk in it"),
        (bytes(walk_file.LARGEST + 1), "too large"),
        (
            b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 2**31 - 1, 2**31 - 1, 8, 6, 0, 0, 0),
            "no walk",
        ),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 2**32 - 1, b"iTXt"), "no walk"),
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0aaAa\0\0\0\0" * 200_000, "no walk"),
        (
            b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 30, b"iTXt") + b"walk\0\1\0\0\0" + zlib.compress(bytes(9)),
            "no walk",
        ),
        (b"RIFF\xff\xff\xff\xffWEBPXMP \xff\xff\xff\xff", "no walk"),
        (_webp(b"<gan:walk>" + b"x" * 2**22), "damaged"),
        (_webp(b'<!DOCTYPE a [<!ENTITY b "bbbb">]><gan:walk>&b;&b;</gan:walk>'), "damaged"),
        (b"GIF89a", "damaged"),
        (b"GIF89a\xff\xff\xff\xff\x00\0\0", "damaged"),
        (b"GIF89a\xff\xff\xff\xff\x00\0\0\x3b", "no walk"),
        (b"GIF89a\xff\xff\xff\xff\x00\0\0\x21\xfe" + b"\xff" * 300, "damaged"),
        (b"GIF89a\xff\xff\xff\xff\x00\0\0" + b"\x21\xf9\0" * 200_000, "no walk"),
        (b"GIF89a\xff\xff\xff\xff\x00\0\0\x21\xfe" + (b"\xff" + b"a" * 255) * 9000 + b"\0", "damaged"),
    ],
)
def test_a_hostile_container_gets_a_sentence(content: bytes, word: str) -> None:
    assert word in _refused(content)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_any_damage_gives_a_sentence_or_a_walk_that_fits_itself(data: st.DataObject) -> None:
    good = [_png(_note().encode()), _webp(walk_file.xmp(_note())), _gif()]
    content = bytearray(data.draw(st.sampled_from(good)))
    for _i in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    try:
        walk, _digest, _origin = walk_file.read(bytes(content))
    except UserError:
        return
    assert walk.z().shape == (walk.count, walk.anchors.shape[1])
    assert np.isfinite(walk.z()).all()
    y = walk.y()
    assert y is not None
    assert len(y) == walk.count


def _gif() -> bytes:
    out = io.BytesIO()
    Image.new("L", (2, 2)).save(out, "GIF", comment=_note().encode())
    return out.getvalue()


def test_a_gif_of_very_many_small_blocks_is_refused_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk_file, "BLOCKS", 10)
    comment = b"\x21\xfe" + b"\x01A" * 9 + b"\0"
    head = b"GIF89a" + bytes(7)
    assert _refused(head + b"\x21\xff" + b"\x01A" * 10 + b"\0;").startswith("This file has no walk in it.")
    assert _refused(head + b"\x21\xff" + b"\x01A" * 11 + b"\0;") == "This file is damaged."
    assert _refused(head + b"\x21\xff\x01A\x01A\0" + comment) == "This file is damaged."
