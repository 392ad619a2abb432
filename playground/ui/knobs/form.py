"""The knobs in the sidebar: the essential ones, or all of them with a search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from playground.config.knob import GROUPS, Knob
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.ui import link, session
from playground.ui.knobs import fields
from playground.ui.knobs.applies import applies, belongs, has_one_choice
from playground.ui.knobs.changes import ask, staged
from playground.ui.knobs.search import find
from playground.utils.translation import _

_WEIGHTS = {
    "paired": ("task_amount", "reconstruction_weight", "adversarial_weight", "reconstruction"),
    "cycle": ("task_amount", "cycle_weight", "identity_weight", "adversarial_weight"),
}  # of a translation: what steers it
_ALWAYS = ("objective", "d_lr", "g_lr", "batch_size", "d_steps", "r1", "g_width", "d_width")
FEW, ALL = "few", "all"
SCOPE, QUERY = "knob_scope", "knob_search"
_FORM = "_form"  # of each widget: the number in its key, what it shows, and what it showed first under that key


def sidebar() -> None:
    """Draw the form with the values that the run has or is about to have."""
    config = RunConfig.checked(session.config() | staged())
    if config.dataset == "idx":  # it cannot begin without
        with st.container(key="folder_knob"):
            _draw([KNOBS["folder"]], config)
    labels = {FEW: _("Essentials"), ALL: _("All knobs")}
    scope = st.segmented_control(
        _("Which knobs"),
        list(labels),
        default=FEW,
        required=True,
        format_func=labels.__getitem__,
        key=SCOPE,
        label_visibility="collapsed",
        width="stretch",
        persist_state="session",
    )
    with st.container(key="knobs", gap="xsmall"):
        if scope == ALL:
            _draw_all(config)
        else:
            _draw([KNOBS[name] for name in essentials(config)], config)


def essentials(config: RunConfig) -> list[str]:
    """The knobs that a visitor sees first: who plays, on what, what steers that game, and what steers every game."""
    if config.game not in _WEIGHTS:
        return ["game", "dataset", *_ALWAYS]
    of_task = [name for name in ("task", "partner", "partner_classes") if name == "task" or applies(name, config)]
    weights = [name for name in _WEIGHTS[config.game] if applies(name, config)]
    return ["game", *of_task[:1], "dataset", *of_task[1:], *weights, *_ALWAYS]


def rows(names: Iterable[str], config: RunConfig) -> None:
    """Draw some knobs, for a place where the form is not."""
    _draw([KNOBS[name] for name in names], config)


def _draw_all(config: RunConfig) -> None:
    """What was searched for, or every group behind a fold."""
    query = st.text_input(
        _("Find a knob"),
        type="search",
        live=True,
        key=QUERY,
        placeholder=_("Find a knob: lr, momentum, gp …"),
        label_visibility="collapsed",
        persist_state="session",
    )
    if query.strip():
        found = [knob for knob in find(query) if _drawn(knob, config)]
        _draw([knob for knob in found if not _at_top(knob, config)], config)
        if not found:
            st.caption(_("No knob is called that. Try a word like “lr”, “momentum” or “gp”."))
        return
    for group in GROUPS:
        knobs = [k for k in KNOBS.values() if k.group == group and _drawn(k, config) and not _at_top(k, config)]
        if not knobs:
            continue
        fold = st.expander(f"{_(group)}   :gray[:small[{_when(knobs)}]]", key=group_key(group), on_change="rerun")
        if fold.open:  # else nobody sees the widgets; the values are the run's
            with fold:
                _draw(knobs, config)


def _drawn(knob: Knob, config: RunConfig) -> bool:
    """Whether the knob has a place in the form: there is something to choose, and the game has it."""
    return not has_one_choice(knob) and belongs(knob.name, config)


def _at_top(knob: Knob, config: RunConfig) -> bool:
    """Whether the knob is drawn above all others."""
    return knob.name == "folder" and config.dataset == "idx"


def _when(knobs: Iterable[Knob]) -> str:
    """When changes of these knobs act."""
    live = {knob.live for knob in knobs}
    return _("live") if live == {True} else _("starts over") if live == {False} else _("some start over")


def group_key(group: str) -> str:
    """The key of a group's fold, which is true while it is open."""
    return "group_" + group.lower().replace(" ", "_")


def _draw(knobs: Iterable[Knob], config: RunConfig) -> None:
    """One row a knob."""
    preset = PRESETS[link.nearest_preset(config)].config
    for knob in knobs:
        _row(knob, config, getattr(preset, knob.name))


def _row(knob: Knob, config: RunConfig, original: Any) -> None:
    """The widget of one knob; a field to type into beside a slider; the way back if it differs from the preset."""
    value, off = getattr(config, knob.name), session.watching() or not applies(knob.name, config)
    when = "" if knob.live else "  \n" + _("A change starts the run over.")
    with st.container(key=f"row_{knob.name}", horizontal=True, vertical_alignment="bottom", gap="small", wrap=False):
        _widget(fields.field, knob, value, f"knob_{knob.name}", disabled=off, help=_(knob.help) + when)
        if knob.choices is None and knob.low is not None and fields.grid_of(knob):
            label = _("{knob}: a number").format(knob=_(knob.label))
            _widget(
                fields.number, knob, value, f"number_{knob.name}",
                disabled=off, label=label, label_visibility="collapsed", width=76,
            )  # fmt: skip
        if value != original and not session.watching():
            st.button(
                _("Put back {knob}").format(knob=_(knob.label)),
                icon=":material/settings_backup_restore:",
                key=f"back_{knob.name}",
                type="tertiary",
                help=_("Back to the preset’s {value}").format(value=knob.written(original)),
                on_click=ask,
                args=({knob.name: original},),
            )


def _widget(make: Callable[..., Any], knob: Knob, value: Any, widget: str, **common: Any) -> None:
    """Draw a widget that shows `value`, under another key whenever something else than the widget changed it.

    A browser may send a widget's old value together with something newer. Under a key that is no longer drawn, that
    value means nothing.
    """
    form: dict[str, tuple[int, Any, Any]] = st.session_state.setdefault(_FORM, {})
    generation, shown, first = form.get(widget, (0, value, value))
    if shown != value or (widget in form and f"{widget}_{generation}" not in st.session_state):
        generation, first = generation + 1, value
    form[widget] = (generation, value, first)
    if make is fields.field:
        common["stops"] = (first,)
    make(
        knob, value, key=f"{widget}_{generation}", on_change=_changed, args=(knob.name, widget, generation), **common
    )  # fmt: skip


def _changed(name: str, widget: str, generation: int) -> None:
    """A person changed a widget."""
    form = st.session_state[_FORM]
    current, _shown, first = form[widget]
    if generation == current:
        value = st.session_state[f"{widget}_{generation}"]
        form[widget] = (generation, value, first)
        ask({name: value})
