"""UCI handwritten digits, embedded: 1,797 real 8 x 8 images with labels, also enlarged to 16 x 16."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from playground.data.dataset import Dataset, Progress, Samples
from playground.utils.lazy_torch import torch

FILE = Path(__file__).resolve().parents[2] / "assets" / "data" / "digits.npz"


def _read(side: int, source: str, progress: Progress) -> Samples:
    with np.load(FILE, allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    grey = np.rint(images * (255 / 16)).astype(np.uint8)  # the file keeps the original 17 grey levels
    x = torch.from_numpy(grey)[:, None]
    if side != x.shape[-1]:
        large = torch.nn.functional.interpolate(x.float(), (side, side), mode="bicubic", antialias=False)
        x = large.round().clamp(0, 255).to(torch.uint8)  # bicubic overshoots at edges
    return Samples(x, torch.from_numpy(labels.astype(np.int64)), 10)


def _dataset(key: str, label: str, side: int) -> Dataset:
    return Dataset(
        key=key,
        label=label,
        kind="images",
        read=partial(_read, side),
        source="Alpaydin & Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998",
        licence="CC BY 4.0",
        shape=(1, side, side),
        classes=10,
        citation="E. Alpaydin, C. Kaynak. Optical Recognition of Handwritten Digits. UCI, 1998. doi:10.24432/C50P49",
    )


DATASETS = (
    _dataset("digits", "Handwritten digits, 8×8", 8),
    _dataset("digits-16", "Handwritten digits, 16×16", 16),
)
