"""What the coach says of the run, in one line; why, and what to try, behind a button beside it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.coach import CONDITIONS, EARLY, Condition
from playground.config.run_config import KNOBS, RunConfig
from playground.engine.messages import Event, Mark, View
from playground.ui import past, session
from playground.ui.style import escape_markdown
from playground.utils.translation import _, number

SAID = 6  # of its latest words that are listed
_ICONS = {True: ":material/error:", False: ":material/check_circle:"}


def speaks(view: View | None) -> bool:
    """Whether there is more to say than that it is too early."""
    return view is not None and view.diagnosis is not None and view.diagnosis.key != EARLY


def render(view: View) -> None:
    """The line and, behind "Why?", evidence, explanation, advice, the cure and what was said before."""
    diagnosis = view.diagnosis
    assert diagnosis is not None
    condition = CONDITIONS[diagnosis.key]
    evidence = " ".join(diagnosis.evidence)
    with st.container(key="coach", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        with st.popover(_("Why?"), key="coach_why"):
            _details(view, condition, diagnosis.evidence, diagnosis.since)
        st.markdown(
            f"{_icon(condition)} **{escape_markdown(_(condition.label))}.** {escape_markdown(evidence)}",
            width="stretch",
        )


def _icon(condition: Condition) -> str:
    if condition.key == "unknown":
        return ":material/help:"
    return _ICONS[condition.alarm]


def _details(view: View, condition: Condition, evidence: tuple[str, ...], since: int) -> None:
    st.markdown(f"**{escape_markdown(_(condition.label))}** · {_('since step {n}').format(n=number(since))}")
    if evidence:
        st.markdown("\n".join(f"- {escape_markdown(sentence)}" for sentence in evidence))
    st.markdown(escape_markdown(_(condition.explanation)))
    st.markdown(escape_markdown(_("Try: {advice}").format(advice=_(condition.advice))))
    config = RunConfig.checked(view.config)
    if cure := condition.cure(config):
        moment = _before(view) if condition.back else None
        st.button(
            _("Try it"),
            icon=":material/healing:",
            key="cure",
            type="primary",
            help=_("Changes these knobs of the run. They are listed on the timeline, and you can turn them back."),
            disabled=session.watching(),
            on_click=past.cure,
            args=(cure, None if moment is None else moment.id),
        )
        back = (
            [] if moment is None else [_("Back to step {n}; the rest stays as a branch").format(n=number(moment.step))]
        )
        st.markdown("\n".join(f"- {escape_markdown(change)}" for change in back + _changes(cure, config)))
        if "ema_half_life" in cure:
            st.caption(_("The EMA changes no training: it shows an average of G, which is calmer."))
    if history := _history(view.events):
        st.caption(escape_markdown(history))
    _link_to_glossary()


def _link_to_glossary() -> None:
    from playground.ui.pages import glossary_link  # the registry imports this module

    glossary_link()


def _before(view: View) -> Mark | None:
    """The latest moment at which the run was still well, or its first one; None if none is kept whole."""
    whole = [mark for mark in view.line if mark.whole]
    step = view.diagnosis.before if view.diagnosis else 0
    return next((mark for mark in reversed(whole) if mark.step <= step), whole[0] if whole else None)


def _changes(cure: dict[str, Any], config: RunConfig) -> list[str]:
    """Each knob with its old and its new value."""
    return [
        _("{label}: {old} → {new}").format(
            label=_(knob.label), old=knob.written(getattr(config, knob.name)), new=knob.written(value)
        )
        for knob, value in ((KNOBS[name], value) for name, value in cure.items())
    ]


def _history(events: tuple[Event, ...]) -> str:
    """What it said and when it did so: some looks after "since", when the samples had been like that for a while."""
    said = [event for event in events if event.kind == "coach"][-SAID:]
    if not said:
        return ""
    name = _("Coach: {label}").format(label="")
    words = (_("{text} at step {n}").format(n=number(event.step), text=event.text.removeprefix(name)) for event in said)
    return _("What it said before: {words}").format(words=" · ".join(words))
