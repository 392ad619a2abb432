"""The sidebar of the Race page: which race, what its lanes are, and a race of one's own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.config import KNOBS, RunConfig
from playground.i18n import _
from playground.races import RACES, Race
from playground.ui import knobs, link, racing, session, style
from playground.ui.style import plain

_CHOICE, _COUNT = "race_choice", "race_count"
FIRST = (("", None), ("r1", 0.0), ("d_lr", 2e-2), ("seed", 1))  # what the lanes of one's own race begin with


def sidebar(race: Race) -> None:
    """Draw the choice of a race and its lanes."""
    options = list(RACES) + ([racing.OWN] if race.key == racing.OWN else [])
    st.session_state[_CHOICE] = race.key

    def choose() -> None:
        if (key := st.session_state[_CHOICE]) in RACES:
            racing.start(RACES[key])

    st.selectbox(
        _("Race"),
        options,
        format_func=lambda key: _(RACES[key].label) if key in RACES else _("Own race"),
        key=_CHOICE,
        on_change=choose,
    )
    st.caption(plain(_(race.why)))
    st.html(racing.chips(race, style.palette()))
    with st.expander(_("Own race"), key="race_own"):
        _own()


def _own() -> None:
    """Two to four lanes, each with one knob that differs from the run of the Train page."""
    base = RunConfig(**session.last_config())
    st.caption(
        plain(_("From the knobs of the Train page, on “{data}”.").format(data=link.data_label(base.dataset, base.own)))
    )
    count = st.segmented_control(
        _("Lanes"), range(2, racing.MOST + 1), default=2, required=True, key=_COUNT, persist_state="session"
    )
    changes, sentences = [], []
    for i in range(count or 2):
        change = _lane(i, base)
        mended, findings = RunConfig.read(change, base)
        changes.append(mended.differences(base))
        sentences += findings
    for sentence in dict.fromkeys(sentences):
        st.caption(f":material/info: {plain(sentence)}")
    st.button(
        _("Start this race"),
        key="race_start",
        icon=":material/flag:",
        on_click=racing.start,
        args=(racing.own(base, changes),),
    )


def _lane(i: int, base: RunConfig) -> dict[str, Any]:
    """The choice of a knob and of its value in lane `i`; {} for none."""
    names = ["", *(name for name in KNOBS if name not in racing.FIXED and knobs.applies(name, base))]
    first, value = FIRST[i]
    letter = racing.LETTERS[i]
    name = st.selectbox(
        _("Knob of {letter}").format(letter=letter),
        names,
        names.index(first) if first in names else 0,
        format_func=lambda key: _(KNOBS[key].label) if key else _("Unchanged"),
        key=f"race_knob_{i}",
        persist_state="session",
    )
    if not name:
        return {}
    default = value if name == first else getattr(base, name)
    label, key = _("Value of {letter}").format(letter=letter), f"race_value_{i}_{name}"
    return {name: knobs.field(KNOBS[name], default, label=label, key=key, persist_state="session")}
