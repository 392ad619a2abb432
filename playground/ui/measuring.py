"""The metrics of the run: each with the value of real samples, what it means, and whether the samples are of use."""

from __future__ import annotations

import streamlit as st

from playground.engine.messages import View
from playground.i18n import _, number
from playground.metrics.catalogue import MEASURES, Measure, name
from playground.ui.components.chart import chart
from playground.ui.figures.measure import measure_chart, series, spell
from playground.ui.style import Palette, plain

ALL = "measures_all"
_BETTER = {"more": "More is better.", "less": "Less is better.", "real": "Best near the value of real samples."}


def draw(view: View | None, palette: Palette) -> None:
    """Everything beside the stage."""
    if view is None or view.status == "loading":
        st.html('<div class="empty"></div>')
        return
    known = there(view)
    if not known:
        st.html(f'<div class="empty">{_waits(view)}</div>')
        return
    every = _head(view, known)
    shown = known if every else [measure for measure in known if measure.first] or known[:3]
    with st.container(key="measures_grid" if every else "measures_few", gap=None):
        for measure in shown:
            chart(
                measure_chart(view, measure, palette, small=every), key=f"measure_{measure.key}", alt=alt(view, measure)
            )
    st.caption(plain(about(view)))


def there(view: View) -> list[Measure]:
    """What has been measured of this run at least once."""
    return [m for m in MEASURES.values() if view.kind in m.kinds and len(series(view, m.key)[0])]


def _waits(view: View) -> str:
    if view.step == 0:
        return _("Press Play. The metrics come with the training.")
    if view.kind == "images":
        return _("The first metrics come soon. On new images a small classifier has to learn first.")
    return _("The first metrics come soon.")


def _head(view: View, known: list[Measure]) -> bool:
    """The switch for all metrics, which it gives, and what they mean."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        every = st.toggle(_("All metrics"), key=ALL, persist_state="session")
        with st.popover(_("What they mean"), icon=":material/help:", key="measures_mean"):
            _meanings(view, known)
    return every


def _meanings(view: View, known: list[Measure]) -> None:
    network = view.measured.network if view.measured else ""
    st.caption(_("▲ generated samples · ● and dashed: real samples, against as many other real ones"))
    for measure in known:
        label = name(measure, view.config["dataset"], network)
        st.markdown(f"**{plain(label)}.** {plain(_(measure.says))} {plain(_(_BETTER[measure.better]))}")
        st.caption(plain(f"{_(measure.formula)} · {_(measure.paper)}"))


def alt(view: View, measure: Measure) -> str:
    """A chart in words."""
    _step, values = series(view, measure.key)
    network = view.measured.network if view.measured else ""
    words = _("{name}: {value}, real samples {real}. {better}")
    real = view.floors.get(measure.key, float("nan"))
    return words.format(
        name=name(measure, view.config["dataset"], network),
        value=spell(measure, float(values[-1])),
        real=spell(measure, real) if real == real else _("have none"),
        better=_(_BETTER[measure.better]),
    )


def about(view: View) -> str:
    """How many samples are compared, and by what."""
    measured = view.measured
    if measured is None:
        return ""
    n = number(measured.count)
    if not measured.network:
        return _("{n} generated points against {n} real ones, from the average of G.").format(n=n)
    first = _("{n} generated images against {n} real ones, from the average of G.").format(n=n)
    if measured.network == "random":
        words = _("Without labels, features are those of random convolutions (weights {hash}).")
        return f"{first} {words.format(hash=measured.hash)}"
    words = _("Features: a small classifier of this data, {x} % right on held-out images (weights {hash}).")
    return f"{first} {words.format(x=f'{100 * measured.accuracy:.1f}', hash=measured.hash)}"
