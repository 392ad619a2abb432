"""The samples over time as files: an animated WebP or GIF, a filmstrip, one latent through time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from PIL import Image, PngImagePlugin

from playground.engine.messages import Frame
from playground.export import frame as drawn_frame
from playground.export import modalities
from playground.export.frame import Scene
from playground.utils.colors import realness, rgb
from playground.utils.errors import UserError
from playground.utils.translation import _

SIDE = 512  # pixels of a film's picture, about
FOOT = 0.065  # of the side: the line of text and the bar
RATES = {"webp": 20, "gif": 10}  # pictures a second
GREYS = 40  # colours of a GIF of grey images
IMAGES_GIF = 5  # the same for a GIF of samples that do not move, which grows fast
BANDS = {"webp": 256, "gif": 64}  # colours of D's plane: few make a small GIF
CUBE = 128  # levels of red, green and blue that a GIF tells apart
MOST = 400  # pictures
LONGEST = 1.0  # seconds from one frame to the next
REST = 1.5  # seconds that the last picture stays
STRIP, STRIP_SIDE, STRIP_COLUMNS = 12, 320, 6
TILE = 96  # pixels of a sample in the strip of one latent
DESCRIPTION = 0x010E  # the number of ImageDescription in Exif


def film(
    frames: Sequence[Frame], kind: Literal["webp", "gif"], scene: Scene, seconds: float = 8.0, note: str = ""
) -> bytes:
    """The frames as an animation of about `seconds` that starts over at its end.

    Points move in straight lines from one frame to the next; images change. `note` is stored in the file. Raises
    UserError where there is no frame.
    """
    frames = _alike(frames)
    seconds = min(seconds, LONGEST * max(1, len(frames) - 1))
    moving = modalities.of(frames[0].samples).move and len(frames) > 1
    rate = IMAGES_GIF if kind == "gif" and not moving else RATES[kind]
    most = min(MOST, max(1, round(seconds * rate)))
    count = max(2, most) if moving else min(len(frames), most)
    pace = max(20, round(seconds / count * 100) * 10)  # ms; a GIF counts in 10 ms
    durations = [pace] * (count - 1) + [round(REST * 1000)]
    pictures = _Pictures(frames, scene, count, BANDS[kind])
    return _webp(pictures, durations, note) if kind == "webp" else _gif(pictures, durations, note)


def _alike(frames: Sequence[Frame]) -> list[Frame]:
    """The frames in the order of their steps, one a step, whose samples look like those of the last."""
    frames = list({frame.step: frame for frame in sorted(frames, key=lambda frame: frame.step)}.values())
    if not frames:
        raise UserError(_("There is no picture yet. Train a few steps first."))
    last = frames[-1].samples
    return [f for f in frames if f.samples.shape[1:] == last.shape[1:]]


class _Pictures:
    """The pictures of a film by their number, drawn when asked for."""

    def __init__(self, frames: Sequence[Frame], scene: Scene, count: int, bands: int) -> None:
        self.count = count
        self.meanings = [
            scene.paper,
            *(rgb(c) for c in (scene.palette.ink, scene.palette.real, scene.palette.generated)),
        ]
        self._frames, self._scene = frames, scene
        self._shown = modalities.of(frames[0].samples)
        self.colours = GREYS if self._shown.grey(frames[0].samples) else 250
        self._paint = painter(scene, frames[-1], SIDE, bands)
        self._beliefs = [belief_of(frame, scene) for frame in frames]

    def __getitem__(self, i: int) -> Image.Image:
        """The `i`-th picture with its text and bar."""
        at = i / max(1, self.count - 1)
        place = at * (len(self._frames) - 1)
        k = int(place) if self._shown.move else round(place)
        share = place - k if self._shown.move else 0.0
        after = min(k + 1, len(self._frames) - 1)
        frame, coming = self._frames[k], self._frames[after]
        belief, next_belief = self._beliefs[k], self._beliefs[after]
        if belief is not None and next_belief is not None:
            belief = _between(belief, next_belief, share)
        above = self._paint(_between(frame.samples, coming.samples, share), belief)
        picture = Image.new("RGB", (above.width, above.height + round(FOOT * above.width)), self._scene.paper)
        picture.paste(above)
        step = round(frame.step + share * (coming.step - frame.step))
        drawn_frame.footer(picture, self._scene, frame, step, above.height, self._shown.marks)
        _bar(picture, at, self._scene)
        return picture


class _Later:
    """All pictures but the first, as the one image of many frames that Pillow's WebP writer asks for one at a time.

    A list of them would take a megabyte each.
    """

    def __init__(self, pictures: _Pictures) -> None:
        self.n_frames = pictures.count - 1
        self._pictures = pictures
        self._now = pictures[0]

    def seek(self, i: int) -> None:
        self._now = self._pictures[i + 1]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._now, name)


def painter(scene: Scene, like: Frame, side: int, bands: int = 256) -> drawn_frame.Paint:
    """What draws frames like this one."""
    return modalities.of(like.samples).painter(scene, like, side, bands)


def belief_of(frame: Frame, scene: Scene) -> np.ndarray | None:
    """What D says over the plane, (side, side), from 0 to 1."""
    return None if frame.plane is None else realness(frame.plane, scene.probability)


def _between(before: np.ndarray, after: np.ndarray, share: float) -> np.ndarray:
    """`share` of the way from one array to the other; the first one where there is no way."""
    if share == 0 or before.shape != after.shape:
        return before
    with np.errstate(all="ignore"):  # a point may be infinite
        out: np.ndarray = before + np.float32(share) * (after - before)
    return out


def _bar(picture: Image.Image, share: float, scene: Scene) -> None:
    """How far the film is, along the lower edge; its end lies between pixels, as the mark's edges do."""
    width, height = picture.size
    thick = max(2, round(height / 170))
    faint = Image.new("L", (width, thick), 40)
    full = Image.fromarray(np.rint(150 * np.clip(share * width - np.arange(width), 0, 1)).astype(np.uint8)[None])
    for mask in (faint, full.resize((width, thick), Image.Resampling.NEAREST)):
        picture.paste(rgb(scene.palette.ink), (0, height - thick), mask)


def _webp(pictures: _Pictures, durations: list[int], note: str) -> bytes:
    exif = Image.Exif()
    exif[DESCRIPTION] = note.encode()
    more: dict[str, Any] = {"exif": exif} if note else {}
    later = [_Later(pictures)] if pictures.count > 1 else []
    out = io.BytesIO()
    pictures[0].save(
        out, "WEBP", save_all=True, append_images=later, duration=durations, loop=0, quality=86, method=2, **more
    )
    return out.getvalue()


def _gif(pictures: _Pictures, durations: list[int], note: str) -> bytes:
    """All pictures in the same colours: chosen anew in each, they would flicker."""
    colours = _Colours(_common_colours(pictures))
    rest = (colours.indexed(pictures[i]) for i in range(1, pictures.count))
    out = io.BytesIO()
    colours.indexed(pictures[0]).save(
        out, "GIF", save_all=True, append_images=rest, duration=durations, loop=0, optimize=True,
        palette=colours.palette.tobytes(), comment=note.encode(),
    )  # fmt: skip
    return out.getvalue()


def _common_colours(pictures: _Pictures) -> np.ndarray:
    """At most 255 colours for all pictures, (n, 3) uint8: one index is left for what stays as it was."""
    some = np.unique(np.linspace(0, pictures.count - 1, 8).round().astype(int))
    mosaic = Image.fromarray(np.concatenate([np.asarray(pictures[int(i)])[::2, ::2] for i in some]))
    reduced = mosaic.quantize(pictures.colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    found = np.array(reduced.getpalette(), np.uint8).reshape(-1, 3)
    return np.array(list(dict.fromkeys([*pictures.meanings, *map(tuple, found.tolist())])), np.uint8)


class _Colours:
    """Pictures in the colours of a palette (n, 3) uint8; Pillow's own choice is off by some levels."""

    def __init__(self, palette: np.ndarray) -> None:
        self.palette = palette
        self._nearest = np.zeros(CUBE**3, np.uint8)
        self._known = np.zeros(CUBE**3, bool)

    def indexed(self, picture: Image.Image) -> Image.Image:
        r, g, b = (np.asarray(picture).astype(np.int32) * (CUBE - 1) + 127 >> 8).transpose(2, 0, 1)
        cells = (r * CUBE + g) * CUBE + b
        self._learn(cells)
        out = Image.fromarray(self._nearest[cells])
        out.putpalette(self.palette.tobytes())
        return out

    def _learn(self, cells: np.ndarray) -> None:
        """Find the nearest colour for the cells of the colour cube that are new."""
        new = np.zeros_like(self._known)
        new[cells] = True
        found = np.flatnonzero(new & ~self._known)
        self._known[found] = True
        palette = self.palette.astype(np.float32)
        for some in np.array_split(found, len(found) // 16_384 + 1):
            color = np.stack(np.unravel_index(some, (CUBE,) * 3), 1).astype(np.float32) * (255 / (CUBE - 1))
            # |a - b|^2 without |a|^2, which is the same for all b
            self._nearest[some] = ((palette**2).sum(1) - 2 * color @ palette.T).argmin(1)


# Still pictures


def strip(frames: Sequence[Frame], scene: Scene, note: str = "") -> bytes:
    """A PNG of up to `STRIP` frames in rows like text, their steps below. Raises UserError where there is no frame."""
    frames = _alike(frames)
    chosen = [frames[i] for i in spread([frame.step for frame in frames], STRIP)]
    paint = painter(scene, frames[-1], STRIP_SIDE)
    pictures = [paint(frame.samples, belief_of(frame, scene)) for frame in chosen]
    columns = min(STRIP_COLUMNS, len(chosen))
    return _png(_sheet(pictures, [frame.step for frame in chosen], columns, scene), note)


def spread(steps: Sequence[int], most: int) -> list[int]:
    """Indices of up to `most` > 2 of the rising `steps`, the first and the last among them, by equal factors.

    Most happens early: the choice is dense there.
    """
    n = len(steps)
    if n <= most:
        return list(range(n))
    passed = np.array(steps, float) - steps[0]
    wanted = np.geomspace(passed[1], passed[-1], most - 1)
    chosen = [0, *(int(np.abs(passed - want).argmin()) for want in wanted)]
    for k in range(1, most):  # each its own
        chosen[k] = max(chosen[k], chosen[k - 1] + 1)
    return [min(index, n - most + k) for k, index in enumerate(chosen)]


def _sheet(pictures: Sequence[Image.Image], steps: Sequence[int], columns: int, scene: Scene) -> Image.Image:
    """Equally large pictures in rows, the step below each."""
    width, height = pictures[0].size
    gap, foot = max(4, width // 32), max(15, width // 13)
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + foot + gap) + gap), scene.paper)
    for i, (picture, step) in enumerate(zip(pictures, steps, strict=True)):
        x, y = gap + i % columns * (width + gap), gap + i // columns * (height + foot + gap)
        sheet.paste(picture, (x, y))
        text = drawn_frame.step_text(step)
        drawn_frame.write(sheet, (x + width / 2, y + height + 0.55 * foot), text, 0.72 * foot, scene.palette.ink, "mm")
    return sheet


def _png(picture: Image.Image, note: str) -> bytes:
    about = PngImagePlugin.PngInfo()
    if note:
        about.add_itxt("Description", note)
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=about, compress_level=4)
    return out.getvalue()
