"""UCI handwritten digits, embedded: 1,797 real 8 x 8 images with labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from playground.data.record import Dataset, Samples
from playground.lazy import torch

FILE = Path(__file__).resolve().parents[2] / "assets" / "data" / "digits.npz"


def _read(folder: str) -> Samples:
    with np.load(FILE, allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    grey = np.rint(images * (255 / 16)).astype(np.uint8)  # the file keeps the original 17 grey levels
    return Samples(torch.from_numpy(grey)[:, None], torch.from_numpy(labels.astype(np.int64)), 10)


DATASETS = (
    Dataset(
        key="digits",
        label="Handwritten digits, 8×8",
        kind="images",
        read=_read,
        source="Alpaydin & Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998",
        licence="CC BY 4.0",
        shape=(1, 8, 8),
        classes=10,
    ),
)
