"""What the coach says of the run, with its cure as a button; why, and what else it knows, behind a button beside it."""

from __future__ import annotations

import streamlit as st

from playground.coach import CONDITIONS, EARLY, Condition, Diagnosis
from playground.config.run_config import RunConfig
from playground.engine.messages import Event, View
from playground.ui import terms
from playground.ui.pages.train import cure
from playground.ui.style import escape_markdown
from playground.utils.translation import _, number

SAID = 6  # of its latest words that are listed
LETTERS = 150  # that the line has room for; a first sentence may be longer
_ICONS = {True: ":material/error:", False: ":material/check_circle:"}


def speaks(view: View | None) -> bool:
    """Whether there is more to say than that it is too early."""
    return view is not None and view.diagnosis is not None and view.diagnosis.key != EARLY


def render(view: View) -> None:
    """The line with the cure and, behind "Why?", all evidence, explanation, advice and what was said before."""
    diagnosis = view.diagnosis
    assert diagnosis is not None
    condition = CONDITIONS[diagnosis.key]
    cured = condition.cure(RunConfig.checked(view.config))
    with st.container(key="coach", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        with st.popover(_("Why?"), key="coach_why"):
            _details(view, condition, diagnosis, bool(cured))
        label, evidence = sentence(diagnosis, measured(view))
        st.markdown(
            f"{_icon(condition)} **{terms.explained(label)}** {terms.explained(evidence, label)}".rstrip(),
            unsafe_allow_html=True,
            width="stretch",
        )
        if cured:
            cure.button(escape_markdown(cure.in_short(cured)), "cure_now", view, condition)


def measured(view: View) -> str:
    """When the coach measured last, if that is not the step on the stage, whose figures are others; "" if it is."""
    at = view.readings.get("step")
    if at is None or not len(at) or int(at[-1]) == view.step:
        return ""
    return _("At step {n}:").format(n=number(int(at[-1])))


def sentence(diagnosis: Diagnosis, when: str = "") -> tuple[str, str]:
    """The condition, and as many sentences of its evidence as the line has room for; the others are behind "Why?".

    `when` comes before them, also only where there is room.
    """
    label = f"{_(CONDITIONS[diagnosis.key].label)}."
    said = " ".join(diagnosis.evidence[:1])
    if said and when and len(f"{label} {when} {said}") <= LETTERS:
        said = f"{when} {said}"
    for more in diagnosis.evidence[1:]:
        if len(f"{label} {said} {more}") <= LETTERS:
            said += f" {more}"
    return label, said


def _icon(condition: Condition) -> str:
    if condition.key == "unknown":
        return ":material/help:"
    return _ICONS[condition.alarm]


def _details(view: View, condition: Condition, diagnosis: Diagnosis, cured: bool) -> None:
    since = _("since step {n}").format(n=number(diagnosis.since))
    st.markdown(f"**{escape_markdown(_(condition.label))}** · {since}")
    if when := measured(view):
        st.markdown(escape_markdown(when))
    if diagnosis.evidence:
        st.markdown("\n".join(f"- {escape_markdown(found)}" for found in diagnosis.evidence))
    st.markdown(terms.explained(_(condition.explanation)), unsafe_allow_html=True)
    st.markdown(terms.explained(_("Try: {advice}").format(advice=_(condition.advice))), unsafe_allow_html=True)
    if cured:
        cure.button(_("Try it"), "cure", view, condition)
        st.markdown(cure.listed(view, condition))
        if "ema_half_life" in condition.cure(RunConfig.checked(view.config)):
            st.caption(_("The EMA changes no training: it shows an average of G, which is calmer."))
    if history := _history(view.events):
        st.caption(escape_markdown(history))
    _link_to_glossary()


def _link_to_glossary() -> None:
    from playground.ui.pages import glossary_link  # the registry imports this module

    glossary_link()


def _history(events: tuple[Event, ...]) -> str:
    """What it said and when it did so: some looks after "since", when the samples had been like that for a while."""
    said = [event for event in events if event.kind == "coach"][-SAID:]
    if not said:
        return ""
    name = _("Coach: {label}").format(label="")
    words = (_("{text} at step {n}").format(n=number(event.step), text=event.text.removeprefix(name)) for event in said)
    return _("What it said before: {words}").format(words=" · ".join(words))
