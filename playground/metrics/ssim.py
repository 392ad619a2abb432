"""How alike pictures and their truth are in structure: SSIM (Wang et al., 2004)."""

from __future__ import annotations

from playground.metrics.measure import Comparison, Measure, Values, Work
from playground.metrics.similarity import ssim
from playground.utils.lazy_torch import torch

PAIRS = 250  # compared at most
SOME = 50  # in one piece


def _values(c: Comparison) -> Values | Work:
    if c.pairs is None or c.pairs.truth is None:
        return {}
    return _in_pieces(c.x[:PAIRS], c.pairs.truth[:PAIRS])


def _in_pieces(x: torch.Tensor, truth: torch.Tensor) -> Work:
    """The mean over pictures x (n, c, h, w) and their truths."""
    total = 0.0
    for begin in range(0, len(x), SOME):
        part = slice(begin, begin + SOME)
        total += float(ssim(x[part].float(), truth[part].float()).sum())
        yield begin, len(x)
    return {"ssim": total / len(x)}


MEASURES = (
    Measure(
        key="ssim",
        label="SSIM with the truth",
        says="How alike the outputs and their truth are in brightness, contrast and structure: 1 for the truth itself.",
        formula="mean SSIM of G(a) and b in [0, 1]",
        paper="Wang et al., 2004",
        better="more",
        kinds=("images",),
        samples=PAIRS,
        values=_values,
        order=21,
        of=("translations",),
    ),
)
