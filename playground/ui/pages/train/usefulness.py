"""The classifier test: what a small classifier learns from real samples, from generated ones and from both."""

from __future__ import annotations

from html import escape

import streamlit as st

from playground.config.games import TRANSLATIONS
from playground.data import DATASETS
from playground.engine.messages import View
from playground.latent.questions import Application, ApplicationFound
from playground.ui import jobs, model_source
from playground.ui.style import Palette
from playground.utils.translation import _, number

NAME = "application"


def fits(view: View) -> bool:
    """Whether it can be asked of this run."""
    return (
        view.measured is not None
        and view.config["game"] not in TRANSLATIONS
        and DATASETS[view.config["dataset"]].classes != 0
    )


def button() -> tuple[str, str, str]:
    """Its label, icon and help."""
    return _("Classifier test"), ":material/school:", _("Does a classifier learn from generated samples?")


def render(view: View, palette: Palette) -> None:
    """The question, the button that asks it, and the answer."""
    about = model_source.of(view, None)
    st.markdown(
        _("A small classifier learns from a few real samples, from generated ones, and from both.")
        + " "
        + _("All are tested on real samples that none of them has learned from.")
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        asked = jobs.latest(about, NAME)
        jobs.buttons(about, NAME, _("Try it out"), lambda: (Application(), None), asked)
    jobs.problem(asked)
    if asked is not None and asked.study.result is not None:
        found: ApplicationFound = asked.study.result
        st.html(bars(found, palette))
        st.markdown(verdict(found))
        st.caption(notes(found, asked.study.step))


def bars(found: ApplicationFound, palette: Palette) -> str:
    """The accuracies with what the seeds make of them, and the number of samples."""
    names = (_("● Real ones, {n}"), _("▲ Generated ones, {n}"), _("●▲ Both, {n}"))
    rows = []
    for name, n, right, color in zip(
        names, found.counts, found.right, (palette.real, palette.generated, palette.ink), strict=True
    ):
        mean, spread = 100 * right.mean(), 100 * right.std()
        bar = f'<span class="bar"><i style="width:{mean:.1f}%;background:{color}"></i></span>'
        value = _("{x} ± {spread} %").format(x=f"{mean:.1f}", spread=f"{spread:.1f}")
        rows.append(f'<span>{escape(name.format(n=number(n)))}</span>{bar}<span class="n">{value}</span>')
    return f'<div class="bars help">{"".join(rows)}</div>'


def verdict(found: ApplicationFound) -> str:
    """Whether both together beat the real ones alone by more than the seeds scatter."""
    real, fake, both = found.right.mean(1)
    scatter = max(found.right[0].std(), found.right[2].std())
    if both - real > 2 * scatter:
        first = _("**They help:** with them, {x} points more are right.").format(x=f"{100 * (both - real):.1f}")
    elif real - both > 2 * scatter:
        first = _("**They harm:** with them, {x} points fewer are right.").format(x=f"{100 * (real - both):.1f}")
    else:
        first = _("**No clear difference:** what they change is within the scatter of the seeds.")
    if fake >= real:
        first += " " + _("Generated samples alone do at least as well as these few real ones.")
    return first


def notes(found: ApplicationFound, step: int) -> str:
    """How it was found."""
    words = {
        "asked": _("Classes of generated samples are those that G was asked for."),
        "classifier": _(
            "Classes of generated samples are those that a classifier sees in them, one that knows all labels."
        ),
        "nearest": _("Classes of generated samples are those of the nearest real points."),
    }[found.by]
    test = (
        _("Tested on {n} real samples that G has never seen.")
        if found.unseen
        else _("Tested on {n} real samples; G has learned from them too, so that it hands on what it knows of them.")
    )
    more = _("Step {step}, mean and standard deviation of {k} seeds.")
    return " ".join(
        [test.format(n=number(found.tested)), words, more.format(step=number(step), k=found.right.shape[1])]
    )
