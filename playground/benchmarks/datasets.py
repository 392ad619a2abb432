"""What every dataset that needs no network looks like, and what G makes of it with the knobs that suit it.

Points: the sliced Wasserstein distance of generated to real points, and of real to other real points (the floor).
Images: the marks of `bench quality`. The contact sheet shows real samples on the left and generated ones on the right.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from playground import data
from playground.benchmarks.quality import judge
from playground.benchmarks.stamp import stamp
from playground.config.run_config import RunConfig
from playground.config.starts import suited
from playground.data import DATASETS
from playground.data.modality import IMAGES
from playground.engine.run import Run
from playground.engine.snapshot import card, snapshot
from playground.export.pictures import samples_png
from playground.metrics.sliced import sliced_wasserstein
from playground.utils import files

NAME = "datasets"
HERE = [key for key, dataset in DATASETS.items() if dataset.origin == "here"]
SIDE, GAP, HEAD = 300, 12, 30  # pixels of a picture, between two, of a caption
POINTS = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--datasets", nargs="+", choices=DATASETS, default=HERE, metavar="KEY")
    parser.add_argument("--folder", default="", help="IDX files, for the dataset idx")
    parser.add_argument("--points-seconds", type=float, default=30.0, help="of training, for points")
    parser.add_argument("--images-seconds", type=float, default=120.0, help="of training, for images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="where to write the contact sheet")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Train one dataset after the other and measure; write sheet and rows after each. Gives the exit code."""
    rows: list[dict[str, Any]] = []
    about = stamp()
    pictures: list[tuple[str, Image.Image, Image.Image]] = []
    for key in args.datasets:
        row, real, fake = _train(key, args)
        rows.append(row)
        label = DATASETS[key].label.replace("×", "x")  # the font has no such sign
        pictures.append((f"{label}, {row['seconds']:.0f} s, step {row['step']:,}", real, fake))
        sys.stdout.write("  ".join(f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))
        sys.stdout.write("\n")
        sys.stdout.flush()
        if args.json:
            files.write(args.json, json.dumps(about | {"rows": rows}, indent=1).encode())
        if args.sheet:
            files.write(args.sheet, _sheet(pictures))
    return 0


def _train(key: str, args: argparse.Namespace) -> tuple[dict[str, Any], Image.Image, Image.Image]:
    """Train on one dataset; its row, real samples, generated samples."""
    source = args.folder if DATASETS[key].asks == "folder" else ""
    samples = data.load(key, source)
    config = suited(key, source, samples.shape, samples.classes).changed(seed=args.seed)
    images = samples.modality is IMAGES
    measure = judge(samples, config) if images and samples.y is not None else _distance
    run = Run("bench-datasets-run", config)
    seconds = args.images_seconds if images else args.points_seconds
    end = time.perf_counter() + seconds
    run.advance(10**9, stop=lambda: time.perf_counter() > end)
    view = snapshot(run, 0, "ema")
    row = {"dataset": key, "seconds": seconds, "step": run.step, **_knobs(config), **measure(run)}
    shown = card(samples)
    assert view.samples is not None
    assert shown.sheet is not None
    if images:
        order = np.argsort(shown.sheet_labels, kind="stable") if shown.sheet_labels is not None else slice(None)
        columns = np.arange(100).reshape(10, 10).T.ravel() if samples.classes == 10 else np.arange(len(shown.sheet))
        real, fake = shown.sheet[order][columns[: len(shown.sheet)]], view.samples
        return row, _picture(real, None, 1.0), _picture(fake, None, 1.0)
    nothing = np.zeros((0, 2), np.float32)
    fake = view.samples[:600]
    return row, _picture(nothing, shown.sheet, view.extent), _picture(fake, nothing, view.extent)


def _knobs(config: RunConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in ("network", "conditional")}


def _distance(run: Run) -> dict[str, float]:
    """Of points: to the data, and of the data to itself."""
    x = run.samples.x.numpy()
    picked = np.random.default_rng(1).permutation(len(x))
    one, other = x[picked[:POINTS]], x[picked[POINTS : 2 * POINTS]]
    z = torch.randn(POINTS, run.config.z_dim, generator=torch.Generator().manual_seed(1))
    fake = run.trainer.sample(z, None).cpu().numpy()
    return {"distance": sliced_wasserstein(fake, one), "floor": sliced_wasserstein(other, one)}


def _picture(samples: np.ndarray, real: np.ndarray | None, extent: float) -> Image.Image:
    png = Image.open(io.BytesIO(samples_png(samples, real, extent))).convert("RGB")
    return png.resize((SIDE, round(SIDE * png.height / png.width)), Image.Resampling.LANCZOS)


def _sheet(pictures: list[tuple[str, Image.Image, Image.Image]]) -> bytes:
    """All pairs under their captions, two a row, as a PNG."""
    font = ImageFont.load_default(size=17)
    pair = 2 * SIDE + GAP
    rows = [pictures[i : i + 2] for i in range(0, len(pictures), 2)]
    heights = [HEAD + max(p.height for _text, *both in row for p in both) + GAP for row in rows]
    sheet = Image.new("RGB", (2 * pair + 3 * GAP, sum(heights) + GAP), (244, 244, 242))
    draw, top = ImageDraw.Draw(sheet), GAP
    for row, height in zip(rows, heights, strict=True):
        for i, (text, real, fake) in enumerate(row):
            left = GAP + i * (pair + GAP)
            draw.text((left, top), text, fill=(27, 33, 38), font=font)
            sheet.paste(real, (left, top + HEAD))
            sheet.paste(fake, (left + SIDE + GAP, top + HEAD))
        top += height
    out = io.BytesIO()
    sheet.save(out, "PNG", optimize=True)
    return out.getvalue()
