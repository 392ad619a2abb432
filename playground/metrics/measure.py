"""What a metric is, and what its values are worked out from."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from playground.utils.chunked import Progress
from playground.utils.lazy_torch import torch

if TYPE_CHECKING:
    import numpy as np

    from playground.config.run_config import RunConfig
    from playground.data import Samples
    from playground.metrics.evaluate.pool import Pool

    Made = Generator[Progress, None, tuple[torch.Tensor, torch.Tensor | None]]

POINTS, IMAGES = 2500, 1000  # samples that are compared with as many real ones, at most
SPLITS = 12  # random splits of real samples whose values give the floor

Better = Literal["more", "less", "real"]  # "real": the nearer to the value of real samples
Kind = str  # the key of a modality
Of = Literal["latents", "translations"]  # what G makes samples of: z, or other samples
Values = dict[str, float]
Work = Generator[Progress, None, Values]


@dataclass(frozen=True, eq=False)
class Real:
    """Real samples that others are compared with: those of `source` (m, *shape) at `places` (n,).

    `features` (n, d) and `logits` (n, classes) as in `Comparison`.
    """

    source: torch.Tensor
    places: torch.Tensor
    features: torch.Tensor
    logits: torch.Tensor | None = None

    @property
    def x(self) -> torch.Tensor:
        """The samples, in the range of G."""
        return in_range(self.source[self.places])


@dataclass(frozen=True, eq=False)
class Pairs:
    """What the outputs (n, *made) of a translation are made of and what they should be, in the range of G.

    `inputs` are as a person sees them, None where they are of another shape than the outputs or a part is hidden.
    `truth` is None where nobody knows it. `given` (n, *given) came back as `back`, both None where there is no way
    back. `y` (n,) are the classes that an output should have, as the classifier numbers them, -1 for none of these;
    None where there are no classes to be kept.
    """

    inputs: torch.Tensor | None = None
    truth: torch.Tensor | None = None
    given: torch.Tensor | None = None
    back: torch.Tensor | None = None
    y: torch.Tensor | None = None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Generated samples and as many `real` ones; for the floor, real samples stand in the place of generated ones.

    `x` are points (n, 2), images (n, c, h, w) in [-1, 1], or what else a G makes. `features` (n, d) are those of a
    small network; where the modality has none, as points have none, the numbers of each sample themselves. `logits`
    (n, classes) are those of the classifier, None where there is none. `y` (n,) are the classes of images: those that
    G was given, or those that the classifier sees; None where the data has no classes. `data` is what the run learns
    from. `pool` are the real images with their network. `make` gives G(z) and the labels for latents z (n, z_dim), the
    classes with their shares in the data; None for real samples. `code` (n,) are the values of the categorical code
    that G was given; those of real samples are their labels. None where there are none. `pairs` there are of a
    translation only.
    """

    x: torch.Tensor
    features: torch.Tensor
    real: Real
    config: RunConfig
    data: Samples
    logits: torch.Tensor | None = None
    y: torch.Tensor | None = None
    pool: Pool | None = None
    make: Callable[[np.ndarray], Made] | None = None
    pairs: Pairs | None = None
    code: torch.Tensor | None = None


@dataclass(frozen=True)
class Measure:
    """One metric. Metrics that are worked out together share one function.

    `values` gives its value by its key, and those of the metrics that share it; a key is missing where the metric does
    not exist, and NaN where it is not defined. Work of more than some milliseconds is a generator that yields its
    progress. The mean and the standard deviation of real samples come from `values` over random splits, or, if there
    is a `floor`, from the values that it gives for a pool of images.

    `formula` and `says` are one line each; `samples` at most, see `Measured.count`; "expensive" ones are due seldom.
    `share`: whether it is a share of 1. `first`: whether it is among those that are shown before all others. `log`:
    whether it goes through orders of magnitude and is never negative. `by_features`: whether its name says which
    features are compared, as papers mean others. `of`: for which runs it is. `coded`: whether only runs with a
    categorical code have it.
    In formulas x is real, G(z) generated, phi(.) features of images; of a translation G(a) are outputs, b their truths.
    Metrics are listed by `order`; those of one module in the order in which they stand there.
    """

    key: str
    label: str
    says: str
    formula: str
    paper: str
    better: Better
    kinds: tuple[Kind, ...]  # (): whatever there is
    samples: int
    values: Callable[[Comparison], Values | Work]
    order: int = 100
    cost: Literal["cheap", "expensive"] = "cheap"
    share: bool = False
    first: bool = False
    log: bool = False
    by_features: bool = False
    of: tuple[Of, ...] = ("latents",)
    coded: bool = False
    floor: Callable[[Pool], Generator[Progress, None, list[float]]] | None = None

    def suits(self, kind: Kind, of: Of = "latents") -> bool:
        """Whether it is measured of samples of this kind that G made `of` latents or of other samples."""
        return of in self.of and (not self.kinds or kind in self.kinds)


def in_range(x: torch.Tensor) -> torch.Tensor:
    """Samples in the range of G: uint8 images to float32 in [-1, 1], all others as they are."""
    return x if x.is_floating_point() else x.float() / 127.5 - 1
