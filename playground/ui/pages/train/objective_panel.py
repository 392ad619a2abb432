"""The objective card: what the run minimises, as formulas, as curves and as the very code that runs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import streamlit as st

from playground.config.run_config import KNOBS
from playground.engine.messages import View
from playground.losses.objectives import OBJECTIVES, Objective
from playground.ui import knobs, session
from playground.ui.components.chart import chart
from playground.ui.pages.train import translation_terms
from playground.ui.pages.train.charts.gradient import CURVES, gradient_of_g, loss_of_g
from playground.ui.pages.train.source_code import source
from playground.ui.style import Palette
from playground.utils.translation import _

_REGULARIZERS = "playground.losses.regularizers"
SHORT = 18  # letters of a formula that may be large


class Term(NamedTuple):
    """What a regularizer adds to D's loss: LaTeX with its knob's value, its name, its functions in regularizers.py."""

    latex: str
    name: str
    code: tuple[str, ...]


_NORM = r"\lVert\nabla {D}(%s)\rVert"
TERMS: dict[str, Term] = {
    "r1": Term(r"\tfrac{{{value}}}{{2}}\,\mathbb{{E}}\," + _NORM % "{real}" + "^2", "R1", ("zero_centred",)),
    "r2": Term(r"\tfrac{{{value}}}{{2}}\,\mathbb{{E}}\," + _NORM % "{fake}" + "^2", "R2", ("zero_centred",)),
    "gp": Term(
        r"{value}\,\mathbb{{E}}(" + _NORM % "{between}" + "-1)^2",
        _("gradient penalty"),
        ("one_centred", "gradient_penalty"),
    ),
    "dragan": Term(r"{value}\,\mathbb{{E}}(" + _NORM % "{near}" + "-1)^2", "DRAGAN", ("one_centred", "dragan")),
    "label_smoothing": Term(r"{value}\,\mathbb{{E}}\,d", _("label smoothing"), ("label_smoothing",)),
}


def render(view: View | None, palette: Palette) -> None:
    """Draw the card of the objective that the run has; it stands still while the run plays, but for its curves."""
    ready = view is not None and view.status != "loading"
    config = view.config if view is not None and ready else session.config()
    objective = OBJECTIVES[config["objective"]]
    _head(objective)
    with st.container(key="formulas_wide" if _wide(objective, config) else "formulas"):
        st.markdown(f"$$\n{formulas(config, palette)}\n$$\n\n{_letters(objective, config, palette)}")
    if translation_terms.translates(config):
        _translation(config, view)
    st.markdown(_(objective.why))
    if objective.key in CURVES and view is not None and ready:
        chart(loss_of_g(view, palette), key="g_loss", alt=_("G's loss of a sample by its score"))
        chart(gradient_of_g(view, palette), key="g_gradient", alt=_("The gradient of G's loss by the score"))
    st.markdown(_words(objective))
    st.code(code(config), language="python", wrap_lines=True)
    st.caption(_(objective.paper))


def _head(objective: Objective) -> None:
    """The objective's name, and its paper's settings at a press."""
    now = session.config() | knobs.staged()
    lines = [f"{_(KNOBS[name].label)}: {KNOBS[name].written(v)}" for name, v in objective.settings.items()]
    lines.insert(0, _(objective.settings_from))
    with st.container(key="objective", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{_(objective.label)}**", width="content")
        st.button(
            _("Use the paper's settings"),
            key="settings",
            help="  \n".join(lines),
            on_click=use_settings,
            args=(objective,),
            disabled=all(now[name] == value for name, value in objective.settings.items()),
        )


def use_settings(objective: Objective) -> None:
    """Give the knobs the values of the objective's paper: the live ones at once, the others after a yes."""
    live = {name: value for name, value in objective.settings.items() if KNOBS[name].live}
    knobs.ask(live)
    if others := {name: value for name, value in objective.settings.items() if name not in live}:
        knobs.ask(others)


# Formulas


def formulas(config: Mapping[str, Any], palette: Palette) -> str:
    """Both losses with the regularizers that are switched on, in LaTeX; the scores d and f in their colours."""
    objective = OBJECTIVES[config["objective"]]
    on = {name: term for name, term in TERMS.items() if config[name] > 0}
    classifier = config["conditional"] and config["conditioning"] == "acgan"
    names = translation_terms.names(config)
    D = translation_terms.critic(config)
    names |= {"D": D, "between": r"\hat x", "near": rf"{names['real']}+\delta"}
    rows = [rf"{_loss(D, palette.discriminator)} &= {_coloured(objective.d_formula, palette)}"]
    for name, term in on.items():
        latex = _coloured(term.latex.format(value=_number(config[name]), **names), palette)
        rows.append(rf"&\enspace + {latex} \quad {_note(term.name)}")
    if classifier:
        rows.append(r"&\enspace + \mathbb{E}\,\mathrm{H}(y, C(x))")
        rows.append(rf"&\enspace + \mathbb{{E}}\,\mathrm{{H}}(y, C(G(z))) \quad {_note(_('classifier'))}")
    about_codes = _codes(config)
    rows += about_codes
    if config["clip"] > 0:
        rows.append(rf"&\enspace |\theta_D| \le {_number(config['clip'])} \quad {_note(_('weight clipping'))}")
    if translation_terms.translates(config):
        return _aligned(rows + _of_translator(config, palette))
    rows.append(rf"{_loss('G', palette.generated)} &= {_coloured(objective.g_formula, palette)}")
    if classifier:
        rows.append(rf"&\enspace + \mathbb{{E}}\,\mathrm{{H}}(y, C(G(z))) \quad {_note(_('classifier'))}")
    return _aligned(rows + about_codes)


def _codes(config: Mapping[str, Any]) -> list[str]:
    """What InfoGAN adds to both losses, a row for the categorical code and one for the continuous ones."""
    weight, rows = _number(config["info_weight"]), []
    if config["info_categories"]:
        rows.append(rf"&\enspace + {weight}\,\mathbb{{E}}\,\mathrm{{H}}(c, Q(G(z))) \quad {_note(_('codes'))}")
    if config["info_codes"]:
        rows.append(
            rf"&\enspace + \tfrac{{{weight}}}{{2}}\,\mathbb{{E}}\lVert c-Q(G(z))\rVert^2 \quad {_note(_('codes'))}"
        )
    return rows


def _aligned(rows: list[str]) -> str:
    return r"\begin{aligned}" + r" \\ ".join(rows) + r"\end{aligned}"


def _of_translator(config: Mapping[str, Any], palette: Palette) -> list[str]:
    """The loss of what translates: of both G in a cycle."""
    adversarial = _coloured(OBJECTIVES[config["objective"]].g_formula, palette)
    (first, name), *others = translation_terms.g_rows(config, _bracketed(adversarial))
    rows = [rf"{_loss('G', palette.generated)} &= {first} \quad {_note(name)}"]
    rows += [rf"&\enspace + {latex} \quad {_note(name)}" for latex, name in others]
    if config["game"] == "cycle":
        rows.append(rf"{_loss('AB', palette.generated)} &= {adversarial}")
    return rows


def _bracketed(latex: str) -> str:
    return f"({latex})" if " + " in latex or " - " in latex else latex


def sum_of_g(config: Mapping[str, Any], palette: Palette) -> str:
    """All that G of a translation minimises, in LaTeX."""
    return _aligned(_of_translator(config, palette))


def formula(key: str, net: str, palette: Palette) -> str:
    """The loss of "D" or of "G" in LaTeX, without regularizers."""
    objective = OBJECTIVES[key]
    latex, color = {"D": (objective.d_formula, palette.discriminator), "G": (objective.g_formula, palette.generated)}[
        net
    ]
    return f"{_loss(net, color)} = {_coloured(latex, palette)}"


def _wide(objective: Objective, config: Mapping[str, Any]) -> bool:
    """Whether a formula needs smaller letters to fit."""
    letters = re.sub(r"\\(mathbb|mathrm|tfrac)|[{}\\, ]", "", objective.d_formula)
    terms = config["gp"] > 0 or config["dragan"] > 0 or config["info_categories"] + config["info_codes"] > 0
    return len(letters) > SHORT or terms or translation_terms.translates(config)


def _loss(net: str, color: str) -> str:
    return rf"\textcolor{{{color}}}{{L_{net if len(net) == 1 else f'{{{net}}}'}}}"


def _coloured(latex: str, palette: Palette) -> str:
    """The letters d and f, where they stand alone, in the colours of real and generated."""
    colors = {"d": palette.real, "f": palette.generated}
    return re.sub(
        r"(?<![\\A-Za-z])[df](?![A-Za-z])", lambda letter: rf"\textcolor{{{colors[letter[0]]}}}{{{letter[0]}}}", latex
    )


def _letters(objective: Objective, config: Mapping[str, Any], palette: Palette) -> str:
    """What the letters in the formulas mean."""
    d, f = (_coloured(letter, palette) for letter in "df")
    if translation_terms.translates(config):
        parts = translation_terms.letters(config, d, f)
        parts.append(_(r"$\mathbb{E}$: mean over the batch, over patches and over pixels"))
    else:
        parts = [
            _("${d} = D(x)$: D’s score of a real sample").format(d=d),
            _("${f} = D(G(z))$: D’s score of a generated one").format(f=f),
            _(r"$\mathbb{E}$: mean over the batch"),
        ]
    if "sp" in objective.d_formula + objective.g_formula:
        parts.append(_(r"$\mathrm{sp}(t) = \log(1 + \exp t)$: softplus"))
    return ",  ".join(parts)


def _translation(config: Mapping[str, Any], view: View | None) -> None:
    """What pulls at G, and how its loss is written elsewhere."""
    st.markdown(translation_terms.plain(config))
    if config["game"] != "paired":
        return
    latex, text = translation_terms.sum_form(config, translation_terms.size(config, view))
    with st.container(key="formulas_sum"):
        st.markdown(f"**{_('As a sum')}.** {text}\n\n$$\n{latex}\n$$")


def _note(name: str) -> str:
    return rf"\text{{\footnotesize {_(name)}}}"


def _number(value: float) -> str:
    return translation_terms.weight_latex(value)


def _words(objective: Objective) -> str:
    """The meaning of D's output, what to watch, and where the losses end."""
    lines = [f"**D(x).** {_(objective.output)}", f"**{_('What to watch')}.** {_(objective.watch)}"]
    if objective.equilibrium:
        d, g = (f"{loss:.2f}".replace("-", "−") for loss in objective.equilibrium)
        ends = _("D's loss is {d} and G's {g} where G matches the data.").format(d=d, g=g)
        lines.append(f"**{_('Equilibrium')}.** {ends}")
    return "  \n".join(lines)


# Code


def code(config: Mapping[str, Any]) -> str:
    """The source of both losses and of the regularizers that are switched on."""
    objective = OBJECTIVES[config["objective"]]
    names = [name for key, term in TERMS.items() if config[key] > 0 for name in term.code]
    names += ["code_loss"] if config["info_categories"] or config["info_codes"] else []
    names += ["clip_"] if config["clip"] > 0 else []
    parts = [*objective_code(objective.key)]
    parts += translation_terms.code(config) if translation_terms.translates(config) else []
    parts += [source(_REGULARIZERS, name) for name in dict.fromkeys(names)]
    return "\n\n".join(parts)


@cache
def objective_code(key: str) -> tuple[str, str]:
    """The source of D's and of G's loss."""
    objective = OBJECTIVES[key]
    d, g = (inspect.getsource(loss).rstrip() for loss in (objective.d_loss, objective.g_loss))
    return d, g
