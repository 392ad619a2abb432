"""The metrics of the run: each with the value of real samples, what it means, and whether the samples are of use."""

from __future__ import annotations

from math import isnan
from types import ModuleType

import streamlit as st

from playground.config.games import TRANSLATIONS
from playground.engine.messages import View
from playground.metrics.catalogue import MEASURES, Measure, name
from playground.metrics.measure import Of
from playground.ui import projector, session
from playground.ui.components.chart import chart
from playground.ui.modalities import ON_PAGES
from playground.ui.pages.train import standard_fid, usefulness
from playground.ui.pages.train.charts.metric import measure_chart, raw, series, spell, spell_band
from playground.ui.style import Palette, escape_markdown
from playground.utils.translation import _, number

ALL, ONE = "measures_all", "measures_one"
PANELS: dict[str, ModuleType] = {"apply": usefulness, "standard": standard_fid}
OPEN = "_measures_panel"
_BETTER = {
    "more": _("More is better."),
    "less": _("Less is better."),
    "real": _("Best near the value of real samples."),
}


def render(view: View | None, palette: Palette) -> None:
    """Everything beside the stage."""
    if view is None or view.status == "loading":
        st.html('<div class="empty"></div>')
        return
    known = there(view)
    if not known:
        st.html(f'<div class="empty">{_waits(view)}</div>')
        return
    if projector.on():
        _in_large(view, known, palette)
        return
    every = _head(view, known)
    if panel := _panel(view):
        with st.container(key="measures_help"):
            panel.render(view, palette)
        return
    shown = known if every else [measure for measure in known if measure.first] or known[:3]
    with st.container(key="measures_grid" if every else "measures_few", gap=None):
        for measure in shown:
            chart(
                measure_chart(view, measure, palette, small=every), key=f"measure_{measure.key}", alt=alt(view, measure)
            )
    st.caption(escape_markdown(about(view)))


def _in_large(view: View, known: list[Measure], palette: Palette) -> None:
    """One of them, and the choice of it: a projector has no room for more."""
    network = view.measured.network if view.measured else ""
    first = next((measure for measure in known if measure.first), known[0])
    labels = {measure.key: name(measure, view.config["dataset"], network) for measure in known}
    key = st.selectbox(
        _("Metric"),
        list(labels),
        index=list(labels).index(first.key),
        format_func=labels.__getitem__,
        key=ONE,
        label_visibility="collapsed",
        persist_state="session",
    )
    measure = MEASURES[key]
    with st.container(key="measures_few", gap=None):
        chart(measure_chart(view, measure, palette, small=False), key=f"measure_{key}", alt=alt(view, measure))


def there(view: View) -> list[Measure]:
    """What has been measured of this run at least once."""
    of: Of = "translations" if translates(view) else "latents"
    return [m for m in MEASURES.values() if m.suits(view.kind, of) and len(series(view, m.key)[0])]


def translates(view: View) -> bool:
    """Whether G of the run is given samples, and not latents."""
    return view.config["game"] in TRANSLATIONS


def _waits(view: View) -> str:
    if view.step == 0:
        return _("Press Play. The metrics come with the training.")
    if view.readings:
        return _("This run learns from too few samples to measure anything by them.")
    if (words := ON_PAGES[view.kind].prepares) and view.prepared < 1:
        return _(words).format(n=f"{100 * view.prepared:.0f}")
    if not session.playing() and not session.watching():
        return _("Press Play: the first metrics come soon after.")
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
        _(
            "▲ is of generated samples: the thick line and first number are of G with averaged weights (EMA), "
            "the thin line and second number of G with its present weights (raw)."
        )
        + " "
        + _("● is of real samples, measured like generated ones against other real ones:")
        + " "
        + _("the mean over random splits ± the standard deviation. The band is two of them wide on each side:")
        + " "
        + _("in that band, or beyond it, this metric cannot tell them apart. ↑ more is better, ↓ less, → near ●.")
    )
    if translates(view):
        st.markdown(
            _("Dotted lines are what takes no learning: the input as it is, the mean of all real pictures,")
            + " "
            + _("and for super-resolution the bicubic enlargement. G is of use where it is better than these.")
        )
    for measure in known:
        label = name(measure, view.config["dataset"], network)
        st.markdown(f"**{escape_markdown(label)}.** {escape_markdown(_(measure.says))}")
        st.caption(escape_markdown(f"{_(measure.formula)} · {_(measure.paper)} · {_samples(view, measure)}"))
    if view.measured and view.measured.network:
        st.caption(_("Checksum of the network whose features are compared: {hash}").format(hash=view.measured.hash))


def alt(view: View, measure: Measure) -> str:
    """A chart in words."""
    _step, values = series(view, measure.key)
    network = view.measured.network if view.measured else ""
    words = _("{name}: {value}, real samples {real}. {better}")
    value = spell(measure, float(values[-1]))
    if len(raw_values := raw(view, measure.key)[1]):
        value = _("{value} (EMA), {raw} (raw G)").format(value=value, raw=spell(measure, float(raw_values[-1])))
    real = view.floors.get(measure.key, float("nan"))
    return words.format(
        name=name(measure, view.config["dataset"], network),
        value=value,
        real=spell_band(measure, real, view.floor_stds.get(measure.key, 0.0)) if real == real else _("have none"),
        better=_(_BETTER[measure.better]),
    )


def about(view: View) -> str:
    """How many samples are compared, with which, by what, and what that cannot tell."""
    measured = view.measured
    if measured is None:
        return ""
    words = _held_out(measured.pairs) if translates(view) else ON_PAGES[view.kind].compared(measured.unseen)
    parts = [words.format(n=number(measured.count))]
    if view.averaged:
        parts.append(_("▲ EMA / raw: thick line, G with averaged weights; thin line, with its present weights."))
    if measured.splits:
        parts.append(_("Band: {n} random splits of real ones, mean ± 2 standard deviations.").format(n=measured.splits))
    if view.modes is not None:
        parts.append(_("The stage counts the modes with the points that it shows."))
    if measured.network == "random":
        parts.append(_("Too few labels for a classifier: features of random convolutions."))
    elif measured.network:
        right = f"{100 * measured.accuracy:.1f}"
        words = _("Features of a small classifier that is right in {x} % of all cases.")
        parts.append(words.format(x=right))
        if not measured.apart:
            parts.append(_("It learned from these real images, too."))
    if measured.network and translates(view):
        parts.append(_("So small a network misses much: compare FID on this data and task only."))
    elif measured.network:
        parts.append(_("So small a network misses much: compare FID and KID on this data only; KID may lie below 0."))
    if names := undefined(view):
        parts.append(_("Not defined here, as the real samples do not differ enough: {names}.").format(names=names))
    return " ".join(parts)


def _held_out(pairs: bool) -> str:
    """Which samples of a translation are compared with which."""
    if pairs:
        return _("The outputs of {n} held-out inputs, which G never learns from, against their truths.")
    return _("The outputs of {n} held-out inputs against as many held-out samples of B; none of them is learned from.")


def undefined(view: View) -> str:
    """The names of the metrics that real samples do not have: those of how they differ, where they do not."""
    found = [
        _(measure.label)
        for measure in MEASURES.values()
        if measure.key in view.readings
        and measure.key != "path_length"
        and isnan(view.floors.get(measure.key, 0.0))
        and not len(series(view, measure.key)[0])
    ]
    return ", ".join(found)


def _samples(view: View, measure: Measure) -> str:
    n = min(measure.samples, view.measured.count) if view.measured else measure.samples
    return _("{n} samples").format(n=number(n))
