"""How far the classes of generated samples are from those of the data: total variation, 1/2 sum |p_k - q_k|.

0 where every class appears as often as in the data, 1 where none of the data's classes appears.
"""

from __future__ import annotations

import torch


def imbalance(generated: torch.Tensor, real: torch.Tensor, classes: int) -> float:
    """The distance between labels (n,) and (m,), each in 0 .. classes - 1."""
    p, q = (torch.bincount(y.cpu(), minlength=classes).double() / max(1, len(y)) for y in (generated, real))
    return float((p - q).abs().sum() / 2)
