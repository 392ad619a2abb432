"""What the losses of a translation are, as rows of LaTeX, in words and as code: for the objective card."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from playground.config.games import TRANSLATIONS
from playground.data import DATASETS
from playground.data.tasks import TASKS
from playground.engine.messages import View
from playground.ui.pages.train.source_code import source
from playground.utils.translation import _, number

_GAMES = "playground.training.games"
_CODE = {
    "paired": (("translation", "distance"), ("paired", "Paired.update_g")),
    "cycle": (("translation", "distance"), ("cycle", "Cycle.there_and_back"), ("cycle", "Cycle.update_g")),
}


def translates(config: Mapping[str, Any]) -> bool:
    """Whether the game of a config is a translation."""
    return config["game"] in TRANSLATIONS


def critic(config: Mapping[str, Any]) -> str:
    """The name, in LaTeX, of the D whose loss is written out."""
    return "D_B" if config["game"] == "cycle" else "D"


def names(config: Mapping[str, Any]) -> dict[str, str]:
    """What D is given of real and of generated samples, in LaTeX."""
    return {
        "gan": {"real": "x", "fake": "G(z)"},
        "paired": {"real": "a,b", "fake": "a,G(a)"},
        "cycle": {"real": "b", "fake": "G_{AB}(a)"},
    }[config["game"]]


def g_rows(config: Mapping[str, Any], adversarial: str) -> list[tuple[str, str]]:
    """The terms of G's loss with their weights, each with its name; `adversarial` is that of the objective."""
    rows = [(_weighted(config["adversarial_weight"], adversarial), _("w, adversary"))]
    if config["game"] == "paired":
        rows.append((_weighted(config["reconstruction_weight"], reconstruction(config)), _("λ, reconstruction")))
        return rows
    there, back = r"\lvert G_{BA}(G_{AB}(a)) - a\rvert", r"\lvert G_{AB}(G_{BA}(b)) - b\rvert"
    rows[0] = (_weighted(config["adversarial_weight"], r"(L_{AB} + L_{BA})"), _("w, adversaries"))
    rows.append((_weighted(config["cycle_weight"], rf"\mathbb{{E}}\,{there}"), _("λ, cycle")))
    rows.append((_weighted(config["cycle_weight"], rf"\mathbb{{E}}\,{back}"), _("λ, cycle")))
    if config["identity_weight"] > 0:
        both = (r"\lvert G_{AB}(b) - b\rvert", r"\lvert G_{BA}(a) - a\rvert")
        rows += [(_weighted(config["identity_weight"], rf"\mathbb{{E}}\,{one}"), _("identity")) for one in both]
    return rows


def reconstruction(config: Mapping[str, Any]) -> str:
    """How an output is compared with its truth: a mean over samples and values."""
    return r"\mathbb{E}\,(G(a) - b)^2" if config["reconstruction"] == "l2" else r"\mathbb{E}\,\lvert G(a) - b\rvert"


def _weighted(weight: float, latex: str) -> str:
    return rf"{weight_latex(weight)}\;{latex}"


def weight_latex(value: float) -> str:
    """A number in LaTeX, with powers of ten where they are shorter."""
    mantissa, _e, power = f"{value:.4g}".partition("e")
    return rf"{mantissa}\cdot 10^{{{int(power)}}}" if power else mantissa


def letters(config: Mapping[str, Any], d: str, f: str) -> list[str]:
    """What the letters in the formulas mean; `d` and `f` are coloured."""
    if config["game"] == "paired":
        return [
            _("$a$: the input, $b$: its truth"),
            _("${d} = D(a, b)$: D’s score of a real pair").format(d=d),
            _("${f} = D(a, G(a))$: D’s score of a generated pair").format(f=f),
        ]
    return [
        _("$a$, $b$: samples of A and of B, no pairs"),
        _("${d} = D_B(b)$: the score of a real sample").format(d=d),
        _("${f} = D_B(G_{{AB}}(a))$: the score of a translation").format(f=f),
        _("$D_A$ judges $G_{{BA}}(b)$ by the same loss").format(),
    ]


def size(config: Mapping[str, Any], view: View | None) -> tuple[int, ...]:
    """The shape of one output, (C, H, W) or (2,); () where nobody knows it yet."""
    if view is not None and view.samples is not None:
        height, *rest = view.samples.shape[1:]
        return (rest[-1], height, *rest[:-1]) if rest else (height,)
    shape = DATASETS[config["dataset"]].shape
    return () if shape is None else TASKS[config["task"]].shapes(shape)[1]


def sum_form(config: Mapping[str, Any], shape: tuple[int, ...]) -> tuple[str, str]:
    """The loss of G as tutorials write it, a sum over the values of a sample, and what its weight is in this run."""
    latex = r"L = L_{\mathrm{adv}} + \lambda' \lVert b - G(a)\rVert^2"
    text = _("Tutorials often add up the squares of all C × H × W values of a sample; here they are averaged.")
    if not shape:
        return latex, text + " " + _("So λ here is λ′ = λ / (C × H × W) there.")
    count, weight = prod(shape), config["reconstruction_weight"]
    here = _("An output of this run has {sizes} = {count} values.")
    if len(shape) == 1:
        here = _("An output of this run has {count} values.")
    same = _(
        "So λ = 1 here is λ′ = {one} there. Now λ = {now}, which is λ′ = {same}. λ′ = 1 would be λ = {count} here."
    )
    sizes, w = " × ".join(map(str, shape)), config["adversarial_weight"]
    parts = [
        text,
        here.format(sizes=sizes, count=number(count)),
        same.format(count=number(count), one=f"{1 / count:.2g}", now=f"{weight:.4g}", same=f"{weight / count:.2g}"),
    ]
    if w not in (0, 1):
        parts.append(
            _("With w = {w} the same balance is λ′ = {same}.").format(w=f"{w:g}", same=f"{weight / w / count:.2g}")
        )
    if config["reconstruction"] == "l1":
        parts.append(_("Now the run takes sizes |·| in place of squares."))
    return latex, " ".join(parts)


def plain(config: Mapping[str, Any]) -> str:
    """What pulls at G, in a sentence or two."""
    if config["game"] == "paired":
        return _(
            "The reconstruction alone gives the mean of all that is possible: blurred. The adversary alone gives what "
            "looks real, but perhaps not this truth. λ and w decide between the two."
        )
    return _(
        "There and back should give the same again: that makes the map invertible, not right. Which sample of B "
        "belongs to which of A nobody says."
    )


def code(config: Mapping[str, Any]) -> list[str]:
    """The source of how G learns."""
    return [source(f"{_GAMES}.{module}", name) for module, name in _CODE[config["game"]]]
