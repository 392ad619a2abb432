"""The head of the sidebar: undo, redo and lessons, the run's preset, and the way from a failure to its cure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.config.presets import PRESETS, Preset, cure_of
from playground.config.run_config import KNOBS, RunConfig
from playground.engine.messages import View
from playground.ui import knobs, link, session, undo
from playground.ui.pages.train import coach_line, gallery, lesson_choice
from playground.ui.style import escape_markdown
from playground.ui.undo import Change
from playground.utils.translation import _

SAID = 2  # knobs that a help names


def render() -> None:
    """Draw it, below undo and redo, for the values that the run has or is about to have."""
    config = RunConfig.checked(session.config() | knobs.staged())
    preset = button(config)
    st.caption(escape_markdown(_why(config, preset)))
    failure = preset.cures or (preset.key if cure_of(preset.key) else "")
    if failure and not session.watching():
        _pair(failure, preset.key)


def history(lessons: bool = True) -> None:
    """Undo, redo, and the lessons, unless something else leads to them."""
    with st.container(key="history", horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
        _undo_button(redo=False)
        _undo_button(redo=True)
        if lessons:
            lesson_choice.button()


def button(config: RunConfig) -> Preset:
    """Gives the preset of the run, and shows it on the button that opens the gallery."""
    preset = PRESETS[link.nearest_preset(config)]
    st.button(
        escape_markdown(_(preset.label)),
        icon=":material/grid_view:",
        key="preset",
        shortcut="Shift+P",
        help=_("All presets (Shift+P). A preset starts the run over; that can be undone."),
        on_click=gallery.open_dialog,
        width="stretch",
        disabled=session.watching(),
    )
    return preset


def _why(config: RunConfig, preset: Preset) -> str:
    """Why the run is worth seeing, and how far it is from its preset."""
    n = len(config.differences(preset.config))
    changed = _("1 knob changed.") if n == 1 else _("{n} knobs changed.").format(n=n) if n else ""
    return f"{link.why(config)} {changed}"


def _undo_button(redo: bool) -> None:
    """Undo or redo a change of knobs."""
    change = undo.last(redo)
    name, key, nothing = _("Undo"), "U", _("Nothing to undo")
    if redo:
        name, key, nothing = _("Redo"), "Shift+U", _("Nothing to redo")
    st.button(
        name,
        icon=":material/redo:" if redo else ":material/undo:",
        key="redo" if redo else "undo",
        shortcut=key,
        help=f"{name} ({key}): {_words(change)}" if change else nothing,
        on_click=session.step_back,
        args=(redo,),
        disabled=change is None or session.watching(),
    )


def _words(change: Change) -> str:
    """What undoing a change does."""
    if change.branch is not None:
        return _("back to the run as it was before")
    return written(change.after, change.before)


def written(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The first knobs of a change, each with its old and its new value."""
    shown = [
        _("{label}: {old} → {new}").format(
            label=_(KNOBS[name].label), old=KNOBS[name].written(old[name]), new=KNOBS[name].written(value)
        )
        for name, value in list(new.items())[:SAID]
    ]
    more = len(new) - len(shown)
    return ", ".join(shown) + (" " + _("(and {n} more)").format(n=more) if more > 0 else "")


def _pair(failure: str, now: str) -> None:
    """From a failure to its cure, back, and both as a race; a press each."""
    other = failure if now != failure else cure_of(failure)
    label = _("See its cure") if now == failure else _("See the failure")
    with st.container(key="pair", horizontal=True, gap="small"):
        st.button(label, key="pair_other", help=_(PRESETS[other].label), on_click=knobs.choose, args=(other,))
        if st.button(_("Race both"), key="pair_race", help=_("Failure and cure side by side")):
            gallery.race_both(failure)


# The message after a start over


def offers(view: View | None) -> bool:
    """Whether there is a start over that a message should speak of: not once the coach speaks of the new run."""
    change = undo.offered()
    if change is not None and view is not None and view.generation > change.generation and coach_line.speaks(view):
        undo.settle()
    return undo.offered() is not None


def offer() -> None:
    """Say that the run started over, with a button that brings the one before back."""
    config = RunConfig.checked(session.config())
    preset = PRESETS[link.nearest_preset(config)]
    text = _("The run started over.")
    if config == preset.config:
        text = _("“{preset}” from step 0. {why}").format(preset=_(preset.label), why=_(preset.why))
    with st.container(key="offer", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.markdown(f":material/replay: {escape_markdown(text)}", width="stretch")
        st.button(_("Undo"), key="undo_start", on_click=session.step_back)
