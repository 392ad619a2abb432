"""The pictures of the presets in the gallery, each made by its own run: `assets/presets/KEY.webp`.

Points are drawn over what D says of the plane, images as a few samples from the fixed z, translations of images with
their inputs to the left of them. Presets whose data is not here
are trained on the IDX files in a folder that is named, e.g. MNIST, and left out without one.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from playground.config.games import TRANSLATIONS
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.engine.messages import Frame
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.export.film import belief_of, painter
from playground.export.frame import Scene
from playground.losses.objectives import OBJECTIVES
from playground.utils import files

NAME = "thumbnails"
HELP = "the pictures of the presets in the gallery, from runs of their own"
FOLDER = Path(__file__).resolve().parents[2] / "assets" / "presets"
SIDE = 144  # pixels
POINTS, IMAGES = 3000, 1500  # steps, where the rates do not end at a step of their own
POINTS_TRANSLATED, IMAGES_TRANSLATED = 800, 200
TILES = 16
HERE = [key for key, preset in PRESETS.items() if DATASETS[preset.config.dataset].origin == "here"]
ELSEWHERE = [key for key in PRESETS if key not in HERE]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--presets", nargs="+", choices=PRESETS, metavar="KEY")
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="FOLDER")
    parser.add_argument("--idx", default="", metavar="FOLDER", help="28x28 images for presets whose data is not here")
    parser.add_argument("--steps", type=int, default=0, metavar="N", help="how long to train; 0: as the preset asks")


def run(args: argparse.Namespace) -> int:
    """Train one preset after the other and draw what G makes at the end. Gives the exit code."""
    args.folder.mkdir(parents=True, exist_ok=True)
    for key in tqdm(args.presets or HERE + (ELSEWHERE if args.idx else []), disable=None):
        content = _webp(picture(key, args.steps, args.idx))
        files.write(args.folder / f"{key}.webp", content)
        sys.stdout.write(f"{key}: {len(content):,} bytes\n")
        sys.stdout.flush()
    return 0


def picture(key: str, steps: int = 0, idx: str = "") -> Image.Image:
    """What G of a preset makes after so many steps; 0: after as many as the preset asks for.

    `idx` is the folder for a preset whose data is not here.
    """
    config = PRESETS[key].config
    if key in ELSEWHERE and idx:
        config = config.changed(dataset="idx", folder=idx)
    points = DATASETS[config.dataset].kind == "points"
    trained = Run(f"thumbnail-{key}", config)
    trained.advance(steps or config.lr_decay or _steps(config))
    view = snapshot(trained, 0, "ema")
    assert view.samples is not None
    samples = view.samples if points else view.samples[:TILES]
    if view.translation is not None and not points:
        samples = _beside(view.translation.inputs[: TILES // 2], samples[: TILES // 2])
    scene = Scene(view.real, view.extent, OBJECTIVES[config.objective].probability)
    frame = Frame(view.step, samples, None, view.plane)
    image = painter(scene, frame, SIDE)(samples, belief_of(frame, scene))
    return image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _steps(config: RunConfig) -> int:
    points = DATASETS[config.dataset].kind == "points"
    if config.game in TRANSLATIONS:
        return POINTS_TRANSLATED if points else IMAGES_TRANSLATED
    return POINTS if points else IMAGES


def _beside(inputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Each input and its output, one after the other, in as many channels as the outputs have: (2 n, c, h, w)."""
    inputs = np.broadcast_to(inputs, outputs.shape)
    return np.stack([inputs, outputs], 1).reshape(-1, *outputs.shape[1:])


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=82, method=6)
    return out.getvalue()
