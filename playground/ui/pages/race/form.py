"""The sidebar of the Race page: which race, what its lanes are, and a race of one's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from playground.config.races import RACES, Race
from playground.config.run_config import KNOBS, RunConfig
from playground.ui import knobs, link, projector, session, style
from playground.ui.pages.race import state
from playground.ui.style import escape_markdown
from playground.utils.translation import _

_CHOICE, _COUNT, _EXACT = "race_choice", "race_count", "race_exact"
AT_ONCE, IN_TURN = 1.7, 3.5  # how much longer than one run's a step of four seeds takes: assets/evidence/race.json
MOST_KNOBS = 8  # of a lane of one's own race
FIRST = (("", None), ("r1", 0.0), ("d_lr", 2e-2), ("seed", 1))  # what the lanes of one's own race begin with


def sidebar(race: Race) -> None:
    """Draw the choice of a race and its lanes."""
    choice(race)
    st.caption(escape_markdown(_(race.why)))
    st.html(state.chips(race, style.palette()))
    _stepping(race)
    with st.expander(_("Make your own race"), key="race_own"):
        _own(race.exact)


def choice(race: Race) -> None:
    """Draw the choice of a race."""
    options = list(RACES) + ([state.OWN] if race.key == state.OWN else [])
    st.session_state[_CHOICE] = race.key

    def choose() -> None:
        if (key := st.session_state[_CHOICE]) in RACES:
            state.start(replace(RACES[key], exact=race.exact))

    st.selectbox(
        _("Race"),
        options,
        format_func=lambda key: _(RACES[key].label) if key in RACES else _("Your own race"),
        key=_CHOICE,
        on_change=choose,
        disabled=state.watching(),
        label_visibility="collapsed" if projector.on() else "visible",
    )


def _stepping(race: Race) -> None:
    """Whether the lanes are stepped one by one, and what that means for their numbers."""
    if set(race.knobs) - {"seed"}:
        st.caption(
            escape_markdown(_("These lanes take turns: each gives exactly the numbers that it would give alone."))
        )
        return
    st.session_state[_EXACT] = race.exact
    st.toggle(
        _("Step lanes one by one"),
        key=_EXACT,
        on_change=lambda: state.start(replace(race, exact=st.session_state[_EXACT])),
        disabled=state.watching(),
        help=_(
            "Each lane then gives exactly the numbers that it would give alone.\nThe race starts over as a new one."
        ),
    )
    if race.exact:
        text = _(
            "Each lane gives exactly the numbers that it would give alone. Four seeds take {turn} times as long as one "
            "run."
        )
    else:
        text = _(
            "All seeds step at once, which is faster: four take {once} times as long as one run, one by one {turn} "
            "times. Only the rounding differs, but training makes it grow: after some hundred steps a lane is not what "
            "its seed gives alone."
        )
    st.caption(escape_markdown(text.format(once=AT_ONCE, turn=IN_TURN)))


def _own(exact: bool) -> None:
    """Two to four lanes, each with knobs that differ from the run of the Train page."""
    base = RunConfig.checked(session.last_config())
    st.caption(
        escape_markdown(
            _("From the knobs of the Train page, on “{data}”.").format(data=link.data_label(base.dataset, base.own))
        )
    )
    count = st.segmented_control(
        _("Lanes"), range(2, state.MOST + 1), default=2, required=True, key=_COUNT, persist_state="session"
    )
    changes, sentences = [], []
    for i in range(count or 2):
        change = _lane(i, base)
        mended, findings = RunConfig.read(change, base)
        changes.append(mended.differences(base))
        sentences += findings
    for sentence in dict.fromkeys(sentences):
        st.caption(f":material/info: {escape_markdown(sentence)}")
    st.button(
        _("Start this race"),
        key="race_start",
        icon=":material/flag:",
        on_click=state.start,
        args=(replace(state.own(base, changes), exact=exact),),
        disabled=state.watching(),
    )


def _lane(i: int, base: RunConfig) -> dict[str, Any]:
    """The choice of knobs and of their values in lane `i`; {} for none."""
    names = [name for name in KNOBS if name not in state.FIXED and knobs.applies(name, base)]
    first, value = FIRST[i]
    letter, key = state.LETTERS[i], f"race_knobs_{i}"
    st.session_state[key] = [name for name in st.session_state.get(key, [first]) if name in names]
    chosen = st.multiselect(
        _("Knobs of {letter}").format(letter=letter),
        names,
        format_func=lambda name: _(KNOBS[name].label),
        placeholder=_("None: as on the Train page"),
        max_selections=MOST_KNOBS,
        key=key,
        persist_state="session",
    )
    out = {}
    for name in chosen:
        default = value if name == first else getattr(base, name)
        label = _("{letter}: {knob}").format(letter=letter, knob=_(KNOBS[name].label))
        out[name] = knobs.field(
            KNOBS[name], default, label=label, key=f"race_value_{i}_{name}", persist_state="session"
        )
    return out
