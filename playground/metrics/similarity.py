"""How alike samples of one class are: mean SSIM of pairs (Wang et al., 2004; for variety, Odena et al., 2017).

1 for copies of one image; the less, the more varied. It is no measure of quality: noise is varied too, so it is read
against the value of real samples. Multi-scale SSIM wants images of 161 pixels a side; smaller ones get one scale.
"""

from __future__ import annotations

from collections.abc import Generator

from playground.metrics.measure import IMAGES, Comparison, Measure, Work
from playground.utils.chunked import Progress, run_to_end
from playground.utils.lazy_torch import torch

MULTISCALE = 161  # pixels a side from which five scales fit
WINDOW = 11  # pixels a side of the usual Gaussian window; smaller images get a smaller one
PAIRS = 200
PIXELS = 10_000  # compared in one piece


def similarity(x: torch.Tensor, y: torch.Tensor | None = None, pairs: int = PAIRS) -> float:
    """The mean over `pairs` of different images of one class; x (n, c, h, w) in [-1, 1], classes y (n,).

    Without classes over any pairs. NaN where no class has two images.
    """
    return run_to_end(in_pieces(x, y, pairs))


def in_pieces(x: torch.Tensor, y: torch.Tensor | None, pairs: int = PAIRS) -> Generator[Progress, None, float]:
    """The same."""
    i, j = _pairs(torch.zeros(len(x), dtype=torch.long) if y is None else y.cpu(), pairs)
    yield 0, pairs
    some, total = max(1, PIXELS // x[0].numel()), 0.0
    for begin in range(0, len(i), some):
        a, b = (x[k[begin : begin + some]].float().cpu() for k in (i, j))
        total += float(ssim(a, b).sum())
        yield begin, len(i)
    return total / len(i) if len(i) else float("nan")


def ssim(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """(n,) of pairs of images (n, c, h, w) in [-1, 1], looked at in [0, 1]: its constants suit values from 0 on."""
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure as ms_ssim
    from torchmetrics.functional.image import structural_similarity_index_measure as one_scale

    a, b = (a + 1) / 2, (b + 1) / 2
    side = min(a.shape[2:])
    if side >= MULTISCALE:
        return ms_ssim(a, b, data_range=1.0, reduction="none")
    window = min(WINDOW, side - 1 + side % 2)  # an odd number
    found = one_scale(a, b, gaussian_kernel=window == WINDOW, kernel_size=window, data_range=1.0, reduction="none")
    assert isinstance(found, torch.Tensor)
    return found


def _pairs(y: torch.Tensor, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Indices of `n` pairs of different samples of equal class, always the same; none where there are none."""
    generator = torch.Generator().manual_seed(0)
    first = torch.randint(len(y), (n,), generator=generator)
    partners = [(y == y[k]).nonzero()[:, 0] for k in first]
    kept = [(k, some[some != k]) for k, some in zip(first, partners, strict=True)]
    kept = [(k, some) for k, some in kept if len(some)]
    chosen = [some[torch.randint(len(some), (), generator=generator)] for _k, some in kept]
    empty = torch.zeros(0, dtype=torch.long)
    return (torch.stack([k for k, _some in kept]), torch.stack(chosen)) if kept else (empty, empty)


def _values(c: Comparison) -> Work:
    return {"similarity": (yield from in_pieces(c.x, c.y))}


MEASURES = (
    Measure(
        key="similarity",
        label="Similarity (SSIM)",
        says="How alike images of one class are: 1 for copies of one image.",
        formula="mean SSIM of 200 pairs in [0, 1], of one class if there are labels",
        paper="Wang et al., 2004; Odena et al., 2017",
        better="real",
        kinds=("images",),
        samples=IMAGES,
        values=_values,
        order=8,
        cost="expensive",
    ),
)
