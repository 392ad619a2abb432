"""What is measured of generated samples: names, formulas, papers, for pages. `evaluate` works the values out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from playground.utils.translation import _

POINTS, IMAGES = 2500, 1000  # samples that are compared with as many real ones, at most

Better = Literal["more", "less", "real"]  # "real": the nearer to the value of real samples
Kind = Literal["points", "images"]


@dataclass(frozen=True)
class Measure:
    """`formula` and `says` are one line each; `samples` at most, see `Measured.count`; "expensive" ones are due seldom.

    `share`: whether it is a share of 1. `first`: whether it is among those that are shown before all others. `log`:
    whether it goes through orders of magnitude. In formulas x is real, G(z) generated, phi(.) features of images.
    """

    key: str
    label: str
    says: str
    formula: str
    paper: str
    better: Better
    kinds: tuple[Kind, ...]
    samples: int
    cost: Literal["cheap", "expensive"] = "cheap"
    share: bool = False
    first: bool = False
    log: bool = False


_POINTS = (
    Measure(
        "modes", "Modes covered", "How many modes get at least a tenth of their fair share of samples within 3σ.",
        "#{k : #{z : ‖G(z) − μₖ‖ < 3σ} ≥ n / 10K}", "Lin et al., PacGAN, 2018; stricter here",
        "more", ("points",), POINTS, first=True,
    ),
    Measure(
        "high_quality", "Within 3σ", "The share of samples that lie within 3σ of a mode: those of high quality.",
        "share of G(z) with min ‖G(z) − μₖ‖ < 3σ", "Srivastava et al., VEEGAN, 2017",
        "more", ("points",), POINTS, share=True, first=True,
    ),
    Measure(
        "reverse_kl", "Reverse KL", "How unevenly the samples within 3σ are spread over the modes, in nats.",
        "Σ pₖ log(pₖ K), pₖ: share of the samples within 3σ at mode k", "Lin et al., PacGAN, 2018",
        "less", ("points",), POINTS,
    ),
    Measure(
        "jensen_shannon", "Jensen–Shannon", "How far two clouds differ on a grid: 0 to log 2 = 0.69.",
        "H((p + q)/2) − (H(p) + H(q))/2 over 24 × 24 cells, in nats", "Lin, Divergence Measures, 1991",
        "less", ("points",), POINTS, first=True, log=True,
    ),
    Measure(
        "sliced_wasserstein", "Sliced Wasserstein", "How far points are to be moved, mean over directions.",
        "mean over 64 directions u of W₁(⟨x, u⟩, ⟨G(z), u⟩)", "Rabin et al., 2012",
        "less", ("points",), POINTS, log=True,
    ),
)  # fmt: skip
_IMAGES = (
    Measure(
        "frechet", "FID", "Fréchet distance: how far the features of generated images differ in mean and covariance.",
        "‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½) of φ(x), φ(G(z))", "Heusel et al., 2017",
        "less", ("images",), IMAGES, first=True, log=True,
    ),
    Measure(
        "kernel", "KID", "Kernel distance: about 0 between equal features, even few ones; below if classes match.",
        "MMD² of φ(x), φ(G(z)) with k(a, b) = (⟨a, b⟩/d + 1)³, unbiased", "Bińkowski et al., 2018",
        "less", ("images",), IMAGES, log=True,
    ),
    Measure(
        "score", "IS", "Inception score: high if each image is clearly of one class and all classes appear.",
        "exp E KL(p(y|G(z)) ‖ p(y)), p by the classifier, one split", "Salimans et al., 2016",
        "more", ("images",), IMAGES,
    ),
    Measure(
        "precision", "Precision", "Quality: the share of generated images that lie among real ones.",
        "share of G(z) in a ball around a real φ(x), up to its 5th neighbour", "Kynkäänniemi et al., 2019",
        "more", ("images",), IMAGES, share=True,
    ),
    Measure(
        "recall", "Recall", "Variety: the share of real images that lie among generated ones.",
        "share of φ(x) in a ball around a φ(G(z)), up to its 5th neighbour",
        "Kynkäänniemi et al., 2019", "more", ("images",), IMAGES, share=True,
    ),
    Measure(
        "density", "Density", "Quality, less swayed by single images: how densely real images surround generated ones.",
        "mean number of real balls that hold G(z), by 5", "Naeem et al., 2020",
        "more", ("images",), IMAGES,
    ),
    Measure(
        "coverage", "Coverage", "Variety: the share of real images with a generated one nearby.",
        "share of real balls that hold some G(z), in features", "Naeem et al., 2020",
        "more", ("images",), IMAGES, share=True, first=True,
    ),
    Measure(
        "imbalance", "Imbalance of classes", "How far the classes are from their shares in the data: 0 none, 1 all.",
        "½ Σ |pₖ − qₖ|, classes by the classifier", "total variation distance",
        "less", ("images",), IMAGES, share=True,
    ),
    Measure(
        "similarity", "Similarity (SSIM)", "How alike images of one class are: 1 for copies of one image.",
        "mean SSIM of 200 pairs in [0, 1], of one class if there are labels", "Wang et al., 2004; Odena et al., 2017",
        "real", ("images",), IMAGES, "expensive",
    ),
    Measure(
        "copies", "Copies", "The share of images that are much nearer to one training image than to all others.",
        "share with d₁ < d₂/2 to the nearest two x, in pixels, and φ(G(z)) as near to φ(x₁) as real neighbours are",
        "after Carlini et al., 2023",
        "less", ("images",), 250, "expensive", share=True, first=True,
    ),
    Measure(
        "path_length", "Path length", "How fast images change along a path in z; small is smooth.",
        "E ‖φ(G(z_t)) − φ(G(z_t+ε))‖²/ε², ε = 0.001, by E‖φ(x) − φ(x′)‖²", "Karras et al., StyleGAN, 2019",
        "less", ("images",), 300, "expensive",
    ),
)  # fmt: skip
_BOTH = (
    Measure(
        "spread", "Spread", "How far generated samples lie apart: 1 as far as real ones, 0 all in one place.",
        "E‖G(z) − G(z′)‖ / E‖x − x′‖, of images in features", "mean distance of pairs",
        "real", ("points", "images"), POINTS,
    ),
)  # fmt: skip

MEASURES: dict[str, Measure] = {measure.key: measure for measure in (*_POINTS, *_IMAGES, *_BOTH)}

BY_CLASSIFIER = ("frechet", "kernel", "score")  # whose names say by which features


def name(measure: Measure, dataset: str, network: str) -> str:
    """The label; of distances and scores of images with the features, see `Measured.network`: "FID (digits CNN)"."""
    if measure.key not in BY_CLASSIFIER or not network:
        return _(measure.label)
    if network == "random":
        return _("{metric}, random conv").format(metric=_(measure.label))
    return _("{metric} ({dataset} CNN)").format(metric=_(measure.label), dataset=dataset)
