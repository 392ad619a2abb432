"""The standard FID, by the features of Inception: expensive, so behind a button of the metrics."""

from __future__ import annotations

from html import escape

import streamlit as st

from playground.config.games import TRANSLATIONS
from playground.engine.messages import View
from playground.latent.questions import InceptionFID, InceptionFIDFound
from playground.metrics import inception_weights
from playground.metrics.catalogue import MEASURES
from playground.ui import jobs, model_source, visitor
from playground.ui.pages.train.charts.metric import spell, spell_band
from playground.ui.style import Palette
from playground.utils.translation import _, number

NAME = "inception"
SECONDS = 0.2  # of CPU that an image takes


def fits(view: View) -> bool:
    """Whether it can be asked of this run."""
    return (
        view.measured is not None and view.config["game"] not in TRANSLATIONS and MEASURES["frechet"].suits(view.kind)
    )


def button() -> tuple[str, str, str]:
    """Its label, icon and help."""
    return _("Standard FID"), ":material/straighten:", _("Fréchet distance of the features of Inception")


def render(view: View, palette: Palette) -> None:
    """The question, the button that asks it or what it lacks, and the answer."""
    about = model_source.of(view, None)
    count = min(InceptionFID().count, view.measured.count if view.measured else 0)
    st.markdown(costs(count))
    missing = inception_weights.missing()
    asked = jobs.latest(about, NAME)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        make = None if missing else lambda: (InceptionFID(), None)
        jobs.buttons(about, NAME, _("Measure it"), make, asked)
    if missing:
        st.html(f'<p class="needs">{escape(visitor.hide(missing))}</p>')  # as it is, to be copied
    jobs.problem(asked)
    if asked is not None and asked.study.result is not None:
        found: InceptionFIDFound = asked.study.result
        st.html(bars(found, palette))
        st.caption(notes(found, asked.study.step))


def costs(count: int) -> str:
    """What is compared, and how long that takes."""
    words = [
        _("The FID of papers compares 2048 features of the network Inception, here of {n} generated images."),
        _("With the real ones {all} images are looked at: {s} s of work for a CPU, more while it trains."),
        _("It goes on while this is shown."),
    ]
    return " ".join(words).format(n=number(count), all=number(3 * count), s=number(round(SECONDS * 3 * count)))


def bars(found: InceptionFIDFound, palette: Palette) -> str:
    """The distance of generated images and that of real ones."""
    rows = []
    for name, value, color in (
        (_("▲ Generated images"), found.distance, palette.generated),
        (_("● Other real images"), found.floor, palette.real),
    ):
        width = 100 * max(0.0, value) / max(found.distance, found.floor, 1e-12)
        words = spell(MEASURES["frechet"], value)
        if value == found.floor:
            words = spell_band(MEASURES["frechet"], found.floor, found.floor_std)
        bar = f'<span class="bar"><i style="width:{width:.1f}%;background:{color}"></i></span>'
        rows.append(f'<span>{escape(name)}</span>{bar}<span class="n">{words}</span>')
    return f'<div class="bars help">{"".join(rows)}</div>'


def notes(found: InceptionFIDFound, step: int) -> str:
    """How it was found, and with what it may be compared."""
    words = [
        _("Step {step}, {n} images against {n} training images."),
        _("Papers take 50,000: with so few it lies far too high, for ▲ and ● alike, so compare it with ● only."),
    ]
    return " ".join(words).format(step=number(step), n=number(found.count))
