"""The pictures of a walk's files: images pixel for pixel, enlarged by a whole number; points over their data."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, PngImagePlugin

from playground.export import frame, modalities, walk_file
from playground.export.frame import Scene
from playground.export.walk_file import Origin
from playground.latent.walks import Walk, digest
from playground.utils.translation import _

LETTERS = "ABCDEFGH"
SKIP = 4  # each so manieth pixel has a say in the colours of a GIF


def film(walk: Walk, samples: np.ndarray, origin: Origin, scene: Scene, kind: str) -> bytes:
    """The walk as "webp", "gif" or "png" (a strip of its frames).

    `samples` are what G made of it: images (n, h, w, c) uint8 or points (n, 2). The pixels of images are kept as they
    are, enlarged, but for the colours of a GIF, which has 256 of them.
    """
    said = walk_file.note(walk, digest(samples), origin)
    if kind == "png":
        return _strip(walk, samples, scene, said)
    drawn = modalities.of(samples).walk(samples, scene, range(len(samples)), False)
    pictures = [Image.fromarray(picture) for picture in drawn]
    durations = [max(20, round(100 * seconds) * 10) for seconds in walk.seconds()]  # ms; a GIF counts in 10 ms
    out = io.BytesIO()
    if kind == "webp":
        first, *rest = (picture.convert("RGB") for picture in pictures)
        first.save(
            out, "WEBP", save_all=True, append_images=rest, duration=durations, loop=0, lossless=True, exact=True,
            quality=40, method=2, xmp=walk_file.xmp(said),
        )  # fmt: skip
    else:
        first, *rest = _in_common_colours(pictures)
        first.save(
            out, "GIF", save_all=True, append_images=rest, duration=durations, loop=0, optimize=False,
            comment=said.encode("ascii"),
        )  # fmt: skip
    return out.getvalue()


def _in_common_colours(pictures: list[Image.Image]) -> list[Image.Image]:
    """Colour pictures in the same 256 colours: chosen anew in each, they would flicker. Grey ones are kept."""
    if pictures[0].mode == "L":
        return pictures
    mosaic = Image.fromarray(np.concatenate([np.asarray(picture)[::SKIP, ::SKIP] for picture in pictures]))
    palette = mosaic.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]


def _strip(walk: Walk, samples: np.ndarray, scene: Scene, said: str) -> bytes:
    """Frames in rows like text, the anchors among them and lettered."""
    every = max(1, walk.per // 8)
    while walk.per % every:
        every -= 1
    chosen = range(0, walk.count, every)
    pictures = modalities.of(samples).walk(samples, scene, chosen, True)
    height, width = pictures[0].shape[:2]
    gap, foot, across = 6, 20, min(len(chosen), walk.per // every + (walk.segments == 1))
    rows = -(-len(chosen) // across)
    size = (across * (width + gap) + gap, rows * (height + foot + gap) + gap)
    sheet = Image.new("RGB", size, scene.paper)
    for slot, (i, picture) in enumerate(zip(chosen, pictures, strict=True)):
        x, y = gap + slot % across * (width + gap), gap + slot // across * (height + foot + gap)
        sheet.paste(Image.fromarray(picture).convert("RGB"), (x, y))
        if i % walk.per == 0:
            letter = LETTERS[i // walk.per]
            frame.write(sheet, (x + width / 2, y + height + foot / 2), letter, 14, scene.palette.ink, "mm", bold=True)
    about = PngImagePlugin.PngInfo()
    about.add_itxt(walk_file.KEYWORD, said)
    about.add_itxt("Description", _("A walk through the latent space of a GAN."))
    out = io.BytesIO()
    sheet.save(out, "PNG", pnginfo=about, compress_level=4)
    return out.getvalue()
