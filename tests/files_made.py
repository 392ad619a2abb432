"""Small files as people have them, of our own making; each with what it holds."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.unit.data import pictures_made
from tests.unit.data.pictures_made import Entry

_ANGLES = np.linspace(0, 2 * np.pi, 60, endpoint=False)
CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], 1).round(4)
RING = np.rint(1000 + 900 * CIRCLE)


def grouped(n: float) -> str:
    return f"{n:,.0f}"


def lines(rows: list[str]) -> bytes:
    return "\n".join([*rows, ""]).encode()


# A table's content and its points.
TABLES: dict[str, tuple[bytes, np.ndarray]] = {
    "pandas_index.csv": (
        lines([",x,y", *(f"{i},{x:.4f},{y:.4f}" for i, (x, y) in enumerate(CIRCLE))]), CIRCLE,
    ),
    "r_index.csv": (
        lines(['"","x","y"', *(f'"{i}",{x:.4f},{y:.4f}' for i, (x, y) in enumerate(CIRCLE, 1))]), CIRCLE,
    ),
    "pandas_no_names.csv": (lines(["0,1", *(f"{x:.4f},{y:.4f}" for x, y in CIRCLE)]), CIRCLE),
    "text_classes.csv": (
        lines(["class,x,y", *(f"{'ab'[i % 2]},{x:.4f},{y:.4f}" for i, (x, y) in enumerate(CIRCLE))]), CIRCLE,
    ),
    "second_line.csv": (lines(["Measured in May", "x,y", *(f"{x:.4f},{y:.4f}" for x, y in CIRCLE)]), CIRCLE),
    "thousands_tab.tsv": (lines([f"{grouped(x)}\t{grouped(y)}" for x, y in RING]), RING),
    "quoted_decimal_comma.csv": (
        lines(['"x","y"', *(f'"{x:.4f}","{y:.4f}"'.replace(".", ",") for x, y in CIRCLE)]), CIRCLE,
    ),
}  # fmt: skip


def png(shape: str, seed: int, ground: tuple[int, ...] = (40, 40, 40), ink: tuple[int, ...] = (220, 220, 200)) -> bytes:
    """A circle or square at a place that the seed says."""
    image = Image.new("RGBA", (32, 32), ground if len(ground) == 4 else (*ground, 255))
    x, y = (int(v) for v in np.random.default_rng(seed).integers(2, 9, 2))
    pen = ImageDraw.Draw(image)
    draw: Callable[..., None] = pen.ellipse if shape == "circle" else pen.rectangle
    draw((x, y, x + 20, y + 20), outline=ink, width=3)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def zipped(members: dict[str, bytes], flagged: bool = True) -> bytes:
    """A zip; without `flagged`, names are UTF-8 but no flag says so, as the Finder writes them."""
    entries = [Entry(name.encode(), content) for name, content in members.items()]
    for entry in entries:
        entry.flags = 0x800 if flagged else 0
    return pictures_made.zipped(*entries)


SHAPES = ("circle", "square")
# A zip's content and its classes with their counts.
ZIPS: dict[str, tuple[bytes, dict[str, int]]] = {
    "ink_on_transparent.zip": (
        zipped({f"{s}/{i}.png": png(s, i, (0, 0, 0, 0), (0, 0, 0)) for s in SHAPES for i in range(4)}),
        {"circle": 4, "square": 4},
    ),
    "train_test.zip": (
        zipped({
            f"shapes/{part}/{s}/{i}.png": png(s, i)
            for s in SHAPES for part, n in (("train", 3), ("test", 2)) for i in range(n)
        }),
        {"circle": 5, "square": 5},
    ),
    "finder_utf8.zip": (
        zipped({f"{s}/{i}.png": png("circle", i) for s in ("Vögel", "猫") for i in range(2)}, flagged=False),
        {"Vögel": 2, "猫": 2},
    ),
}  # fmt: skip

DIGITS = np.random.default_rng(0).integers(0, 256, (12, 10, 8), np.uint8)
LABELS = np.arange(12) % 3
IMAGES_NAME, LABELS_NAME = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def idx(values: np.ndarray, code: int = 8, kind: str = ">u1") -> bytes:
    """IDX of these values."""
    return (
        bytes([0, 0, code, values.ndim])
        + struct.pack(f">{values.ndim}I", *values.shape)
        + values.astype(kind).tobytes()
    )


_COLUMNS = np.zeros((12, 8), int)
_COLUMNS[:, 0] = LABELS
_PLAIN = {IMAGES_NAME: idx(DIGITS), LABELS_NAME: idx(LABELS)}
_THREE = {"0": 4, "1": 4, "2": 4}
# A folder's files and its classes with their counts.
FOLDERS: dict[str, tuple[dict[str, bytes], dict[str, int]]] = {
    "plain_named_gz": ({f"{name}.gz": content for name, content in _PLAIN.items()}, _THREE),
    "gzipped_without_gz": ({name: gzip.compress(content) for name, content in _PLAIN.items()}, _THREE),
    "upper_case_gz": ({f"{name}.GZ": gzip.compress(content) for name, content in _PLAIN.items()}, _THREE),
    "browser_suffix": ({f"{name} (1).gz": gzip.compress(content) for name, content in _PLAIN.items()}, _THREE),
    "qmnist_int_labels": (
        {"qmnist-train-images-idx3-ubyte": idx(DIGITS), "qmnist-train-labels-idx2-int": idx(_COLUMNS, 12, ">i4")},
        _THREE,
    ),
    "emnist_letters": (
        {
            "emnist-letters-train-images-idx3-ubyte": idx(DIGITS.transpose(0, 2, 1)),
            "emnist-letters-train-labels-idx1-ubyte": idx(LABELS + 1),
        },
        {"A": 4, "B": 4, "C": 4},
    ),
    "labels_0_and_200": (
        {IMAGES_NAME: idx(DIGITS), LABELS_NAME: idx(np.where(LABELS, 200, 0))},
        {"0": 4, "200": 8},
    ),
}  # fmt: skip


def write(folder: Path, case: str) -> Path:
    """Put a folder of IDX files into `folder`."""
    place = folder / case
    place.mkdir()
    for name, content in FOLDERS[case][0].items():
        (place / name).write_bytes(content)
    return place
