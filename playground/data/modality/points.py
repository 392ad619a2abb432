"""Points in a plane, (2,) float32: stored, seen by the networks and shown as they are."""

from __future__ import annotations

import numpy as np

from playground.data.modality.record import Modality


def _is_stored(x: np.ndarray) -> bool:
    return x.dtype == np.float32 and x.ndim == 2 and x.shape[1] == 2 and bool(np.isfinite(x).all())


MODALITY = POINTS = Modality(
    key="points",
    title="Points",
    label="2-D points",
    fits=lambda shape: len(shape) == 1,
    dtype="float32",
    range=None,
    normalise=lambda x: x,
    shown=lambda x: x.cpu().numpy(),
    arrange=lambda x: x.numpy(),
    is_stored=_is_stored,
    is_shown=lambda x: x.dtype == np.float32 and x.ndim == 2 and x.shape[1] == 2,
    tiles=None,
    fixed=2500,
    drawn=500,
    company=512,
    learning_rate=2e-3,
    order=0,
)
