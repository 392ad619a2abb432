"""How much the categorical code of an InfoGAN says of the class: normalised mutual information (Chen et al., 2016).

NMI = 2 I(c; y) / (H(c) + H(y)): 1 where each value of the code makes one class of its own, 0 where it says nothing of
the class. G is told no labels: it finds codes of its own, and a low value need not mean that they mean nothing. In the
place of generated samples real ones have their label for a code: what is left to 1 are the classifier's mistakes.
"""

from __future__ import annotations

from math import nan

from playground.metrics.measure import IMAGES, Comparison, Measure, Values
from playground.utils.lazy_torch import torch

NEAREST = 1000  # labelled real samples that tell the class where there is no classifier


def normalised_mutual_information(a: torch.Tensor, b: torch.Tensor) -> float:
    """Of labels (n,) and (n,), with the mean of both entropies below the line; NaN where neither varies."""
    _names, joint = torch.unique(torch.stack([a.cpu(), b.cpu()]), dim=1, return_counts=True)
    both, one, other = (_entropy(counts) for counts in (joint, *(torch.bincount(y.cpu()) for y in (a, b))))
    return 2 * max(0.0, one + other - both) / (one + other) if one + other > 0 else nan


def purity(code: torch.Tensor, y: torch.Tensor) -> float:
    """The share of samples (n,) whose class is the most frequent one among those with the same code (n,)."""
    table = torch.zeros(int(code.max()) + 1, int(y.max()) + 1)
    table.index_put_((code.cpu(), y.cpu()), torch.ones(len(y)), accumulate=True)
    return float(table.amax(1).sum() / len(y))


def nearest_class(x: torch.Tensor, real: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The class (n,) of the nearest of some real samples (m, *shape) with labels (m,), for samples (n, *shape)."""
    places = torch.linspace(0, len(real) - 1, min(len(real), NEAREST)).long()
    return y[places][torch.cdist(x.flatten(1), real[places].flatten(1)).argmin(1)]


def _entropy(counts: torch.Tensor) -> float:
    """In nats, of how often each value occurs."""
    p = counts[counts > 0].double() / counts.sum()
    return float(-(p * p.log()).sum())


def _values(c: Comparison) -> Values:
    if c.code is None or c.data.y is None or c.data.classes < 2:
        return {}
    if c.logits is not None:
        seen = c.logits.argmax(1)
    elif c.pool is None:
        seen = nearest_class(c.x, c.data.modality.normalise(c.data.x), c.data.y)
    else:  # too few labels to learn the classes from
        return {}
    return {"code_nmi": normalised_mutual_information(c.code, seen)}


MEASURES = (
    Measure(
        key="code_nmi",
        label="Code and class (NMI)",
        says="How much the categorical code says of the class: 1 all, 0 nothing. Codes need not be classes.",
        formula="2 I(c; y) / (H(c) + H(y)), y the class of G(z)",
        paper="Chen et al., InfoGAN, 2016",
        better="more",
        kinds=(),
        samples=IMAGES,
        values=_values,
        order=8,
        share=True,
        first=True,
        coded=True,
    ),
)
