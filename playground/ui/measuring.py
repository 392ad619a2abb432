"""The metrics of the run: each with the value of real samples, what it means, and whether the samples are of use."""

from __future__ import annotations

from types import ModuleType

import streamlit as st

from playground.engine.messages import View
from playground.i18n import _, number
from playground.metrics.catalogue import MEASURES, Measure, name
from playground.ui import applying, projector, standard
from playground.ui.components.chart import chart
from playground.ui.figures.measure import measure_chart, series, spell
from playground.ui.style import Palette, plain

ALL = "measures_all"
PANELS: dict[str, ModuleType] = {"apply": applying, "standard": standard}
OPEN = "_measures_panel"
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
    every = not projector.on() and _head(view, known)
    if not projector.on() and (panel := _panel(view)):
        with st.container(key="measures_help"):
            panel.draw(view, palette)
        return
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
    if view.readings:
        return _("This run learns from too few samples to measure anything by them.")
    if view.kind == "images" and view.prepared < 1:
        words = _("A small network learns first what is in these images: {n} %. It works while you train.")
        return words.format(n=f"{100 * view.prepared:.0f}")
    return _("The first metrics come soon, while you train.")


def _head(view: View, known: list[Measure]) -> bool:
    """The switch for all metrics, which it gives, and what they mean."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        every = st.toggle(_("All metrics"), key=ALL, persist_state="session")
        with st.popover(_("What they mean"), icon=":material/help:", key="measures_mean"):
            _meanings(view, known)
        _panels(view)
    return every


def _panels(view: View) -> None:
    """The buttons that show something in place of the charts, or the one that brings these back."""
    panel = _panel(view)
    if panel:
        st.button(_("The metrics"), icon=":material/arrow_back:", key="measures_back", on_click=_show, args=(None,))
        return
    for key, module in PANELS.items():
        if module.fits(view):
            label, icon, tip = module.button()
            st.button(label, icon=icon, key=f"measures_{key}", help=tip, on_click=_show, args=(key,))


def _show(key: str | None) -> None:
    st.session_state[OPEN] = key


def _panel(view: View) -> ModuleType | None:
    """What is shown in place of the charts."""
    panel = PANELS.get(st.session_state.get(OPEN) or "")
    return panel if panel is not None and panel.fits(view) else None


def _meanings(view: View, known: list[Measure]) -> None:
    network = view.measured.network if view.measured else ""
    st.markdown(
        _("▲ is of generated samples. ● and the dashed line are of real samples, measured like generated ones:")
        + " "
        + _("at that line, or beyond it, this metric cannot tell them apart. ↑ more is better, ↓ less, → near ●.")
    )
    for measure in known:
        label = name(measure, view.config["dataset"], network)
        st.markdown(f"**{plain(label)}.** {plain(_(measure.says))}")
        st.caption(plain(f"{_(measure.formula)} · {_(measure.paper)} · {_samples(view, measure)}"))


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
    words = (
        _("{n} generated points, {n} real ones.") if not measured.network else _("{n} generated images, {n} real ones.")
    )
    parts = [words.format(n=number(measured.count))]
    if view.modes is not None:
        parts.append(_("The stage counts the modes with the points that it shows."))
    if measured.network == "random":
        parts.append(
            _("Too few labels for a classifier: features of random convolutions, weights {hash}.").format(
                hash=measured.hash
            )
        )
    elif measured.network:
        right = f"{100 * measured.accuracy:.1f}"
        words = _("Features of a small classifier: {x} % right, weights {hash}.")
        parts.append(words.format(x=right, hash=measured.hash))
    return " ".join(parts)


def _samples(view: View, measure: Measure) -> str:
    n = min(measure.samples, view.measured.count) if view.measured else measure.samples
    return _("{n} samples").format(n=number(n))
