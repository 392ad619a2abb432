"""What the Race page knows of its visitor: which race, and what the engine says of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from html import escape

import streamlit as st

from playground.config.presets import PRESETS, Preset
from playground.config.races import DEFAULT, RACES, Lane, Race
from playground.config.run_config import KNOBS, RunConfig
from playground.engine import links
from playground.engine.messages import Command, Pause, Play, RaceView, Reset, Step, View
from playground.ui import address, calls, language, lesson_state, link, session, sharing
from playground.ui.style import Palette
from playground.utils.translation import _

RACE, OF, LANES = "race", "of", "lanes"  # query parameters: the race's id, which of RACES, knobs of the lanes
EXACT = "exact"  # query parameter: whether seeds take turns
SWITCH = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
OWN = "own"
LETTERS = "ABCDE"
MOST = 4  # lanes of a race of one's own
FIXED = ("dataset", "folder", "own", "classes", "size", "repeat", "device")  # a race is about the same data
_ID, _RACE, _FINDINGS, _ASKED = "_race_id", "_race", "_race_findings", "_race_asked"
_WATCHERS = "_race_watchers"


def current() -> tuple[str, Race]:
    """The id of this visitor's race and what it is made of; makes it if need be and keeps the URL in step with it."""
    asked = session.copied(st.query_params.get(RACE, ""))
    if _ID not in st.session_state or asked not in ("", st.session_state[_ID]):
        _open(asked)
    race_id, race = st.session_state[_ID], st.session_state[_RACE]
    address.write(write(race_id, race))
    return race_id, race


def _open(asked: str) -> None:
    """Take over the race `asked` for or a copy of it, or make one from the link, and note what has to be said of it."""
    race, findings = read(address.of_page(st.query_params.to_dict()))
    of_a_link = links.right_of(asked) != "owner"
    if links.right_of(asked) == "copy" and not (asked := session.copy_of(asked)):
        findings.insert(0, calls.refused())
    configs, race_id = [config.model_dump() for config in race.configs], asked
    if asked and of_a_link:
        if (found := _shared(asked, race)) is None:
            findings.insert(0, _("The race in this link is not known here. This is a new one."))
            race_id = ""
        else:
            race = found
    elif asked and not link.is_id(f"{asked}-1"):
        findings.insert(0, _("“{id}” cannot be the name of a race.").format(id=asked[:40]))
        race_id = ""
    elif asked and calls.call("race", asked, configs, race.exact) is False:
        findings.insert(0, _("The race in this link has other lanes, or steps them otherwise. This is a new one."))
        race_id = ""
    st.session_state[_ID], st.session_state[_RACE] = race_id or link.new_id(), race
    st.session_state[_FINDINGS] = findings


def _shared(link_id: str, race: Race) -> Race | None:
    """The race that a link leads to: `race`, if its lanes are like that, else one made from them; None if unknown."""
    race_view: RaceView | None = calls.call("race_view", link_id)
    views = [calls.call("view", lane, "ema") for lane in race_view.lanes] if race_view else []
    if not views or any(view is None for view in views):
        return None
    configs = [RunConfig.checked(view.config) for view in views]
    if configs == list(race.configs):
        return race
    return replace(own(configs[0], [config.differences(configs[0]) for config in configs]), exact=race.exact)


def watching() -> bool:
    """Whether this visitor may only look at the race."""
    return links.right_of(st.session_state.get(_ID, "")) == "watch"


def shared() -> sharing.Shared:
    """The race, for the dialog that shares it."""
    race_id, race = current()
    fresh = write("", race)
    del fresh[RACE]
    others = {name: value for name, value in fresh.items() if name != "folder"}
    race_view: RaceView | None = calls.call("race_view", race_id)
    return sharing.Shared(RACE, race_id, others, fresh, race_view.step if race_view else 0)


def own_copy() -> None:
    """A race of this visitor's own with the same lanes."""
    start(current()[1])


def copy_moment() -> None:
    """The same with the weights that the lanes have now."""
    race_id, race = current()
    new = link.new_id()
    calls.call("fork", race_id, None, {}, new)
    if not calls.problem():
        start(race, new)


def start(race: Race, new_id: str = "") -> None:
    """Put another race in place of this one, which is paused if it is this visitor's; one of the name `new_id`, if that
    exists.
    """
    if _ID in st.session_state and not watching():
        send(Pause())
    for key in (_ASKED, _FINDINGS):
        st.session_state.pop(key, None)
    st.session_state[_ID], st.session_state[_RACE] = new_id or link.new_id(), race
    address.write(write(st.session_state[_ID], race))


def latest() -> tuple[RaceView | None, list[View | None]]:
    """How the race stands, and the latest View of each lane. Each tick calls it: it keeps the race awake."""
    race_id, race = current()
    race_view: RaceView | None = calls.call("race_view", race_id)
    st.session_state[_WATCHERS] = session.attend(race_id)
    if race_view is None:
        calls.call("race", race_id, [config.model_dump() for config in race.configs], race.exact)
        return None, [None] * len(race.lanes)
    asked, until = st.session_state.get(_ASKED, ("", 0.0))
    if asked and (race_view.status in (asked, "failed") or time.monotonic() > until):
        del st.session_state[_ASKED]
    st.session_state["_race_playing"] = race_view.status == "playing"
    views: list[View | None] = [calls.call("view", lane, "ema") for lane in race_view.lanes]
    return race_view, [None if view is None or view.status == "loading" else view for view in views]


def watchers() -> int:
    """How many people watched the race at the latest look."""
    count: int = st.session_state.get(_WATCHERS, 0)
    return count


def playing() -> bool:
    """Whether the race trains, or is about to."""
    asked = st.session_state.get(_ASKED, ("", 0.0))[0]
    return bool(asked == "playing" if asked else st.session_state.get("_race_playing"))


def send(command: Command) -> None:
    """Queue a command for every lane."""
    st.session_state.pop(_FINDINGS, None)
    lesson_state.settle()
    language.settle()
    calls.call("send", st.session_state[_ID], command)
    if isinstance(command, Play | Pause | Step | Reset):
        status = "playing" if isinstance(command, Play) else "paused"
        st.session_state[_ASKED] = (status, time.monotonic() + session.PATIENCE)


def findings() -> str:
    """What had to be mended in the link to this race, until the first command; "" if nothing."""
    return " ".join(filter(None, [*st.session_state.get(_FINDINGS, []), lesson_state.finding(), language.finding()]))


# The URL


def write(race_id: str, race: Race) -> dict[str, str]:
    """The query parameters that find this race, or build the same one where it is not known."""
    exact = {EXACT: "true"} if race.exact else {}
    if race.key != OWN:
        return {RACE: race_id, OF: race.key, **exact}
    base = link.write("", race.base)
    del base[link.RUN]
    lanes = ";".join(",".join(f"{name}={_text(value)}" for name, value in lane.values.items()) for lane in race.lanes)
    return {RACE: race_id, OF: OWN, **base, LANES: lanes, **exact}


def read(query: Mapping[str, str]) -> tuple[Race, list[str]]:
    """The race that query parameters ask for, and a sentence for everything in them that had to be mended."""
    text = query.get(EXACT, "off")
    race, findings = _read_lanes({name: value for name, value in query.items() if name != EXACT})
    if text.lower() not in SWITCH:
        sentence = _("“{name}” is on or off, not “{value}”; it was ignored.")
        findings = [*findings, sentence.format(name=EXACT, value=text[:40])]
    return replace(race, exact=SWITCH.get(text.lower(), False)), findings


def _read_lanes(query: Mapping[str, str]) -> tuple[Race, list[str]]:
    of, otherwise = query.get(OF, DEFAULT), RACES[DEFAULT]
    if of != OWN:
        findings = []
        if of not in RACES:
            sentence = _("There is no race named “{race}”. This is “{default}”.")
            findings.append(sentence.format(race=of[:40], default=_(otherwise.label)))
        if others := [name for name in query if name not in (RACE, OF)]:
            sentence = _("This race has knobs of its own. What else the link names was ignored: {names}.")
            findings.append(sentence.format(names=link.quoted(others)))
        return RACES.get(of, otherwise), findings
    base, findings = link.read({name: text for name, text in query.items() if name not in (RACE, OF, LANES)})
    changes, fixed = [], []
    for text in query.get(LANES, "").split(";")[: MOST + 1]:
        pairs = [pair.partition("=") for pair in text.split(",") if pair]
        fixed += [name for name, _equals, _value in pairs if name in FIXED]
        mended, sentences = RunConfig.read({name: value for name, _equals, value in pairs if name not in FIXED}, base)
        changes.append(mended.differences(base))
        findings += sentences
    if fixed:
        sentence = _("All lanes of a race have the same data and device; this was ignored: {names}.")
        findings.append(sentence.format(names=link.quoted(list(dict.fromkeys(fixed)))))
    if not 2 <= len(changes) <= MOST:
        return otherwise, [_("The link does not say what the lanes of this race are.")]
    return own(base, changes), findings


def own(base: RunConfig, changes: list[dict[str, object]]) -> Race:
    """A race of one's own: from `base`, each lane with its changes."""
    preset = link.nearest_preset(base)
    values = base.differences(PRESETS[preset].config)
    why = _("The same data, seed and first weights; only these knobs differ.")
    if not all(KNOBS[name].live for change in changes for name in change):
        why = _("The same data; only these knobs differ.")
    lanes = tuple(Lane(_name(change), change) for change in changes)
    return Race(OWN, _("Your own race"), why, preset, lanes, values)


def pair(failure: Preset, cure: Preset) -> Race:
    """A failure against its cure."""
    lanes = (Lane(failure.label), Lane(cure.label, cure.config.differences(failure.config)))
    return Race(OWN, failure.label, cure.why, failure.key, lanes)


def _name(change: dict[str, object]) -> str:
    parts = [f"{_(KNOBS[name].label)} {KNOBS[name].written(value)}" for name, value in change.items()]
    return ", ".join(parts) or _("Unchanged")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# How lanes are told apart: by a letter, a colour and the dashes of their lines


def badge(lane: int, palette: Palette) -> str:
    """The letter of a lane on its colour, as HTML."""
    return f'<b class="badge" style="background:{palette.lanes[lane]};color:{palette.neutral}">{LETTERS[lane]}</b>'


def chips(race: Race, palette: Palette) -> str:
    """One row a lane: its letter, its name and the knobs that make it what it is, as HTML."""
    rows = []
    for i, (lane, config) in enumerate(zip(race.lanes, race.configs, strict=True)):
        values = "".join(
            f"<small>{escape(_(KNOBS[name].label))}: {escape(KNOBS[name].written(getattr(config, name)))}</small>"
            for name in (lane.values or race.knobs if race.key != OWN else ())  # whose name says it all
        )
        rows.append(f"<div>{badge(i, palette)}<span>{escape(_(lane.name))}</span>{values}</div>")
    return f'<div class="chips">{"".join(rows)}</div>'
