"""What is measured of generated samples: names, formulas, papers, for pages. `playground.measures` works them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

POINTS, IMAGES = 2500, 1000  # samples that are compared with as many real ones, at most

Better = Literal["more", "less", "real"]  # "real": the nearer to the value of real samples
Kind = Literal["points", "images"]


@dataclass(frozen=True)
class Measure:
    """`formula` and `says` are one line each; `samples` at most, see `Measured.count`; "dear" ones are due seldom.

    `share`: whether it is a share of 1. In formulas x is real, G(z) generated, phi(.) features of images.
    """

    key: str
    label: str
    says: str
    formula: str
    paper: str
    better: Better
    kinds: tuple[Kind, ...]
    samples: int
    cost: Literal["cheap", "dear"] = "cheap"
    needs_labels: bool = False
    needs_modes: bool = False
    share: bool = False


_POINTS = (
    Measure(
        "modes", "Modes covered", "How many modes get at least a tenth of their fair share of good samples.",
        "#{k : good samples of mode k ≥ n / 10K}, good: ‖G(z) − μ‖ < 3σ", "Lin et al., PacGAN, 2018; stricter here",
        "more", ("points",), POINTS, needs_modes=True,
    ),
    Measure(
        "high_quality", "High quality", "The share of samples that lie within 3 σ of a mode.",
        "share of G(z) with min ‖G(z) − μₖ‖ < 3σ", "Srivastava et al., VEEGAN, 2017",
        "more", ("points",), POINTS, needs_modes=True, share=True,
    ),
    Measure(
        "reverse_kl", "Reverse KL", "How unevenly the good samples are spread over the modes, in nats.",
        "Σ pₖ log(pₖ K), pₖ: share of the good samples at mode k", "Lin et al., PacGAN, 2018",
        "less", ("points",), POINTS, needs_modes=True,
    ),
    Measure(
        "jensen_shannon", "Jensen–Shannon", "How far two clouds differ on a grid: 0 to log 2 = 0.69.",
        "H((p + q)/2) − (H(p) + H(q))/2 over 24 × 24 cells, in nats", "Lin, Divergence Measures, 1991",
        "less", ("points",), POINTS,
    ),
    Measure(
        "sliced_wasserstein", "Sliced Wasserstein", "How far points are to be moved, mean over directions.",
        "mean over 64 directions u of W₁(⟨x, u⟩, ⟨G(z), u⟩)", "Rabin et al., 2012",
        "less", ("points",), POINTS,
    ),
)  # fmt: skip
_BOTH = (
    Measure(
        "spread", "Spread", "How far generated samples lie apart, by how far real ones do.",
        "E‖G(z) − G(z′)‖ / E‖x − x′‖, of images in features", "mean distance of pairs",
        "real", ("points", "images"), POINTS,
    ),
)  # fmt: skip

MEASURES: dict[str, Measure] = {measure.key: measure for measure in (*_POINTS, *_BOTH)}
