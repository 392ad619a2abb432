"""`python -m playground translate`: what the G of a trained translation makes of picture files."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from playground.cli import models
from playground.data import decode, pictures, single_picture
from playground.engine.messages import OwnInput, Translation
from playground.export import before_after, run_folder
from playground.export.frame import step_text
from playground.export.pictures import picture_png
from playground.utils import files, terminal
from playground.utils.errors import UserError
from playground.utils.translation import _, number

if TYPE_CHECKING:
    from playground.engine.run import Run

STRIP = "before-after.png"
TOGETHER = 2**19  # numbers of the pictures that G is given at a time
HEAD = 16  # bytes that tell what a file is


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", metavar="MODEL", type=Path, help=_("a folder of “train --out”, the checkpoint in it, or a run's zip")
    )
    parser.add_argument("inputs", metavar="IN", type=Path, nargs="+", help=_("pictures, or folders of them"))
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help=_("the folder to write to"))
    parser.add_argument("--mask", metavar="FILE", type=Path, help=_("a picture: G does not see what is white in it"))
    parser.add_argument(
        "--direct", action="store_true", help=_("the pictures are inputs of G as they are: the task damages nothing")
    )
    parser.add_argument("--reverse", action="store_true", help=_("of a CycleGAN: from B to A"))
    parser.add_argument(
        "--fit",
        choices=("crop", "pad"),
        default="crop",
        help=_("how a picture becomes a square: cut at the centre (crop), or filled up (pad)"),
    )
    parser.add_argument("--overwrite", action="store_true", help=_("replace files of the same names in DIR"))


def run(options: argparse.Namespace) -> int:
    """Translate and write; gives the exit code."""
    model = _model(options.model)
    height, width = _size(model)
    mask = None
    if options.mask is not None:
        mask = _about(
            options.mask, lambda: single_picture.read_mask(models.read(options.mask), height, width, options.fit)
        )
    found, samples = _samples(options.inputs, height, width, options.fit)
    names = _names(found)
    _refuse(options, [*names, STRIP], found)
    shown = _translated(model, OwnInput(samples, mask, options.reverse, options.direct))
    outputs = shown.samples
    assert outputs is not None
    contents = {name: picture_png(pixels) for name, pixels in zip(names, outputs, strict=True)}
    contents[STRIP] = before_after.sheet([("", before_after.columns(shown))], step_text(model.step))
    run_folder.create(options.out)
    files.write_set(options.out, contents, run_folder.MODE)
    if len(found) > before_after.MOST:
        words = _("{file} shows the first {n} of them.")
        terminal.complain(words.format(file=STRIP, n=number(before_after.MOST)))
    one = _("One picture in {folder}, made by G at step {step}; {file} shows it beside its input.")
    several = _("{n} pictures in {folder}, made by G at step {step}; {file} shows them beside their inputs.")
    words = one if len(found) == 1 else several
    terminal.say(words.format(n=number(len(found)), folder=options.out, step=number(model.step), file=STRIP))
    return 0


# The model


def _model(path: Path) -> Run:
    """The run in a folder, a checkpoint or a zip. Raises UserError unless it translates pictures."""
    model = models.run_in(models.content_of(path))
    if model.trainer.from_latents:
        raise UserError(
            _("{path} holds a GAN: its G is given random numbers and translates nothing.").format(path=path)
        )
    if len(model.samples.shape) != 3:
        raise UserError(_("{path} holds a run that translates points, not pictures.").format(path=path))
    return model


def _size(model: Run) -> tuple[int, int]:
    _channels, height, width = model.samples.shape
    return height, width


def _translated(model: Run, given: OwnInput) -> Translation:
    """What G makes of all pictures, some at a time; the same mask lies over all of them. Raises UserError."""
    n, height, width, channels = given.samples.shape
    some = max(1, TOGETHER // (height * width * channels))
    found = []
    for k in range(0, n, some):
        samples = given.samples[k : k + some]
        hidden = None if given.hidden is None else np.broadcast_to(given.hidden, (len(samples), height, width))
        found.append(model.models.translate(replace(given, samples=samples, hidden=hidden), "ema"))
    return Translation(
        np.concatenate([one.inputs for one in found]),
        _joined([one.samples for one in found]),
        _joined([one.truth for one in found]),
        _joined([one.back for one in found]),
        _joined([one.hidden for one in found]),
    )


def _joined(parts: Sequence[np.ndarray | None]) -> np.ndarray | None:
    there = [part for part in parts if part is not None]
    return np.concatenate(there) if there else None


# The pictures


def _samples(paths: Sequence[Path], height: int, width: int, fit: single_picture.Fit) -> tuple[list[Path], np.ndarray]:
    """The picture files that are named or lie in the folders that are, and their pixels (n, height, width, 3).

    What cannot be read in a folder is left out, and said. Raises UserError for a file that was named, and for nothing.
    """
    found: list[Path] = []
    pixels: list[np.ndarray] = []
    for path, named in _files(paths):
        try:
            picture = _about(path, partial(_picture, path, height, width, fit))
        except UserError as error:
            if named:
                raise
            terminal.complain(_("Left out: {sentence}").format(sentence=error))
            continue
        found.append(path)
        pixels.append(picture)
        if len(found) > pictures.FILES:
            raise UserError(_("These are more than {n} pictures.").format(n=number(pictures.FILES)))
    if not found:
        raise UserError(_("There is no picture in {path}.").format(path=", ".join(map(str, paths))))
    return found, np.stack(pixels)


def _picture(path: Path, height: int, width: int, fit: single_picture.Fit) -> np.ndarray:
    return single_picture.read(models.read(path), height, width, 3, fit)


def _files(paths: Sequence[Path]) -> list[tuple[Path, bool]]:
    """The files, and whether each was named; of a folder those that begin like a picture, by name."""
    found: list[tuple[Path, bool]] = []
    for path in paths:
        if path.is_dir():
            found += [(one, False) for one in sorted(path.iterdir()) if one.is_file() and decode.kind(_head(one))]
        else:
            found.append((path, True))
    return found


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""


def _about(path: Path, read: Callable[[], np.ndarray]) -> np.ndarray:
    """What `read` gives; its UserError begins with the file that it is about."""
    try:
        return read()
    except UserError as error:
        sentence = str(error)
        raise UserError(sentence if str(path) in sentence else f"{path}: {sentence}") from error


# The outputs


def _names(found: Sequence[Path]) -> list[str]:
    """The names of the outputs: those of the inputs, each its own."""
    names: list[str] = []
    taken = {STRIP}
    for path in found:
        k, name = 1, f"{path.stem}.png"
        while name.lower() in taken:  # not every file system tells capitals apart
            k += 1
            name = f"{path.stem}-{k}.png"
        taken.add(name.lower())
        names.append(name)
    return names


def _refuse(options: argparse.Namespace, names: Sequence[str], found: Sequence[Path]) -> None:
    """Raises UserError where an output would take the place of an input, or unasked of another file."""
    inputs = {os.path.realpath(path) for path in found}
    for name in names:
        path = options.out / name
        if os.path.realpath(path) in inputs:
            raise UserError(_("{path} is one of the pictures to translate. Choose another --out.").format(path=path))
        if not options.overwrite and os.path.lexists(path):
            words = _("{path} is there already. Choose another --out, or replace it with --overwrite.")
            raise UserError(words.format(path=path))
