"""What a translation made of its inputs, side by side: input, output, and the truth or what came back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import numpy as np
from PIL import Image, PngImagePlugin

from playground.data.modality import MODALITIES, tiles_of
from playground.engine.messages import Translation, View
from playground.export import frame as drawn_frame
from playground.export.frame import Scene
from playground.utils.translation import _

TILE = 64  # pixels: a picture is enlarged to at least so many
GAP, APART = 4, 18  # pixels between the pictures of a row, and between the rows beside each other
HEAD, FOOT = 22, 26  # pixels of a line of text
MOST = 96  # rows of a sheet

Columns = tuple[tuple[str, np.ndarray], ...]


def columns(shown: Translation, samples: np.ndarray | None = None) -> Columns:
    """The pictures of each row and the words above them; `samples` are the outputs where `shown` has none."""
    outputs = samples if shown.samples is None else shown.samples
    assert outputs is not None
    found = [(_("Input"), covered(shown)), (_("Output"), tiles_of(outputs))]
    if shown.truth is not None:
        found.append((_("Truth"), tiles_of(shown.truth)))
    if shown.back is not None:
        found.append((_("Back again"), tiles_of(shown.back)))
    n = min(len(pictures) for _head, pictures in found)
    return tuple((head, pictures[:n]) for head, pictures in found)


def covered(shown: Translation) -> np.ndarray:
    """The inputs (n, h, w, c) as pictures: what is hidden has a pattern that no data has."""
    inputs = tiles_of(shown.inputs)
    if shown.hidden is None:
        return inputs
    row, column = np.indices(inputs.shape[1:3])
    checks = np.where((row + column) % 2, np.uint8(168), np.uint8(88))[None, ..., None]
    covered: np.ndarray = np.where(shown.hidden[..., None], checks, inputs)
    return covered


def sections(view: View) -> list[tuple[str, Columns]]:
    """What a View shows of a translation: one direction, or both with their names."""
    shown = view.translation
    assert shown is not None
    there = columns(shown, view.samples)
    if shown.reverse is None:
        return [("", there)]
    return [(_("From A to B, and back"), there), (_("From B to A, and back"), columns(shown.reverse))]


def on_plane(view: View) -> bool:
    """Whether its samples are points of a plane, and not pictures."""
    return MODALITIES[view.kind].tiles is None


def sheet(parts: Sequence[tuple[str, Columns]], foot: str = "", note: str = "", dark: bool = False) -> bytes:
    """A PNG of rows, one part below the other; a row is a sample. `note` is stored in the file."""
    scene = Scene(dark=dark)
    pictures = [_part(title, shown, scene) for title, shown in parts]
    width = max(picture.width for picture in pictures)
    height = sum(picture.height for picture in pictures) + (FOOT if foot else 0)
    whole = Image.new("RGB", (width, height), scene.paper)
    top = 0
    for picture in pictures:
        whole.paste(picture, (0, top))
        top += picture.height
    if foot:
        drawn_frame.write(whole, (APART / 2, top + FOOT * 0.4), foot, FOOT * 0.54, scene.palette.ink, "lm")
    about = PngImagePlugin.PngInfo()
    if note:
        about.add_itxt("Description", note)
    out = io.BytesIO()
    whole.save(out, "PNG", pnginfo=about, compress_level=4)
    return out.getvalue()


def _part(title: str, shown: Columns, scene: Scene) -> Image.Image:
    """The rows of one direction, several beside each other, with words above each column."""
    rows = [_enlarged(pictures[:MOST]) for _head, pictures in shown]
    n, height, width = rows[0].shape[:3]
    each = len(rows) * (width + GAP) - GAP  # pixels of a row
    beside = max(1, min(n, round((n * height / each) ** 0.5)))
    down = ceil(n / beside)
    top = HEAD + (HEAD if title else 0)
    picture = Image.new("RGB", (beside * (each + APART), top + down * (height + GAP) + GAP), scene.paper)
    if title:
        drawn_frame.write(picture, (APART / 2, HEAD * 0.55), title, HEAD * 0.64, scene.palette.ink, "lm", bold=True)
    for block in range(beside):
        left = APART // 2 + block * (each + APART)
        for k, (head, _pictures) in enumerate(shown):
            x = left + k * (width + GAP)
            size = _size(head, width)
            drawn_frame.write(picture, (x + width / 2, top - HEAD * 0.45), head, size, scene.palette.ink, "mm")
            for i, pixels in enumerate(rows[k][block * down : (block + 1) * down]):
                picture.paste(Image.fromarray(pixels), (x, top + i * (height + GAP)))
    return picture


def _size(text: str, width: int) -> float:
    """Pixels of type with which a text is no wider than `width`."""
    size = HEAD * 0.6
    return min(size, size * width / max(1.0, drawn_frame.font(size).getlength(text)))


def _enlarged(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, h, w, 1 or 3) as RGB, each pixel a square."""
    times = max(1, ceil(TILE / min(pictures.shape[1:3])))
    large = pictures.repeat(times, axis=1).repeat(times, axis=2)
    return np.ascontiguousarray(np.broadcast_to(large, (*large.shape[:3], 3)))


# Films and other pictures of samples


def beside(views: Sequence[View]) -> list[View]:
    """The same Views with pairs, input beside output, in place of the samples; others stay as they are.

    A moment that came from a file knows its outputs alone: its inputs are those of the latest View, where they fit.
    """
    known = next((view.translation for view in reversed(views) if view.translation is not None), None)
    return [_beside(view, view.translation or known) for view in views]


def _beside(view: View, shown: Translation | None) -> View:
    if shown is None or view.samples is None or on_plane(view):
        return view
    inputs, outputs = covered(shown), tiles_of(view.samples)
    n = min(len(inputs), len(outputs))
    if inputs.shape[1:3] != outputs.shape[1:3]:
        return view
    channels = max(inputs.shape[3], outputs.shape[3])
    both = [np.broadcast_to(x[:n], (*x[:n].shape[:3], channels)) for x in (inputs, outputs)]
    return replace(view, samples=np.concatenate(both, 2), labels=None)


def target(view: View) -> np.ndarray | None:
    """Points that the outputs of a View should be like: the truth, or samples of B; its `real` where G is given z."""
    if view.translation is None or not on_plane(view):
        return view.real
    if view.translation.truth is not None:
        return view.translation.truth
    return view.real if view.translation.reverse is None else view.translation.reverse.inputs
