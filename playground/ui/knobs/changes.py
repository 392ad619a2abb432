"""What a change of knobs does: live ones act at once, others start the run over, after a yes where weights are lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.config.starts import begun_for
from playground.data import DATASETS
from playground.engine.messages import Reset
from playground.ui import link, session
from playground.ui.style import escape_markdown
from playground.utils.translation import _

SAID = 6  # knobs that a sentence names
_FIRST = ("task", "network", "objective", "batch_size", "g_width", "g_norm")  # those rather than others
_STAGED = "_staged"


def staged() -> dict[str, Any]:
    """Changes that would start the run over and wait for a yes, or for the engine to accept them."""
    waiting: dict[str, Any] = st.session_state.get(_STAGED, {})
    if all(session.confirmed()[name] == value for name, value in waiting.items()):
        keep()
        return {}
    return waiting


def lacks_source() -> bool:
    """Whether the staged changes name a dataset without saying where it lies."""
    wanted = RunConfig.checked(session.config() | staged())
    return bool(staged() and DATASETS[wanted.dataset].asks) and not wanted.source.strip()


def question() -> str:
    """What the staged changes would do, in a sentence; "" if there are none."""
    old = session.config()
    changes = {name: value for name, value in staged().items() if value != old[name] and not KNOBS[name].live}
    if not changes:
        return ""
    dataset = DATASETS[(old | staged())["dataset"]]
    if lacks_source():
        where = {
            "folder": _("“{dataset}”: enter the folder in the sidebar, under the preset."),
            "own": _("“{dataset}”: draw, paste or upload them on the Data page."),
        }
        return where[dataset.asks].format(dataset=_(dataset.label))
    if "game" in changes:
        name = KNOBS["game"].written(changes["game"])
        return _("“{game}” starts the run over, with knobs that suit it.").format(game=name)
    if changes.keys() & {"dataset", "folder", "own"}:
        name = link.data_label(dataset.key, (old | staged())["own"])
        return _("Training on “{dataset}” starts the run over.").format(dataset=name)
    if len(changes) > 2:
        names = ", ".join(_(KNOBS[name].label) for name in changes)
        return _("{n} knobs start the run over: {names}.").format(n=len(changes), names=names)
    text = ", ".join(
        _("{label}: {old} → {new}").format(
            label=_(KNOBS[name].label), old=KNOBS[name].written(old[name]), new=KNOBS[name].written(value)
        )
        for name, value in changes.items()
    )
    return _("{changes} starts the run over.").format(changes=text)


def start_over() -> None:
    """Send the staged changes; they stay staged until the engine has accepted them."""
    session.set_knobs(staged())


def keep() -> None:
    """Forget the staged changes; the widgets go back."""
    st.session_state.pop(_STAGED, None)


def ask(values: dict[str, Any]) -> None:
    """Change knobs: at once if they are live or nothing would be lost, else after a yes."""
    real = RunConfig.checked(session.config())
    shown = RunConfig.checked(real.model_dump() | staged())
    if values.get("dataset", shown.dataset) != shown.dataset:  # what was chosen of the old one means nothing here
        values = {"classes": "", "size": 0, "repeat": "", **values}
    base = begun_for(values, shown)
    wanted, findings = RunConfig.read(values, base)
    if base is not shown:
        findings.insert(0, _brought(wanted, shown, values))
    if findings:
        session.say(escape_markdown(" ".join(findings)))
    news = wanted.differences(shown)
    changes = wanted.differences(real)
    if all(KNOBS[name].live for name in changes):
        keep()
        session.set_knobs(changes)
    elif session.step() == 0:
        st.session_state[_STAGED] = changes
        if not lacks_source():
            session.set_knobs(changes)
    elif all(KNOBS[name].live for name in news):
        st.session_state[_STAGED] = changes
        session.set_knobs(news)
    else:
        st.session_state[_STAGED] = changes


def _brought(wanted: RunConfig, shown: RunConfig, values: dict[str, Any]) -> str:
    """Which knobs came with another game, in a sentence."""
    changes = [name for name in wanted.differences(shown) if name not in values]
    first = sorted(
        changes, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), not KNOBS[name].live)
    )
    said = "; ".join(
        _("{label}: {old} → {new}").format(
            label=_(KNOBS[name].label),
            old=KNOBS[name].written(getattr(shown, name)),
            new=KNOBS[name].written(getattr(wanted, name)),
        )
        for name in first[:SAID]
    )
    if not changes:
        return ""
    sentence = (
        _("“{game}” comes with knobs that suit it. {changes}.")
        if len(changes) <= SAID
        else _("“{game}” comes with knobs that suit it. {changes}; and {n} more.")
    )
    return sentence.format(game=KNOBS["game"].written(wanted.game), changes=said, n=len(changes) - SAID)


def choose(preset: str, others: Mapping[str, Any] | None = None) -> None:
    """Start the run over with the knobs of a preset, which are for fresh weights; it can be undone.

    `others`: knobs that have other values than in the preset.

    Where the data is a person's own files and nobody said yet where they lie, that is asked for first.
    """
    keep()
    now, config = session.config(), RunConfig.read(others or {}, PRESETS[preset].config)[0]
    values = config.model_dump()
    if asks := DATASETS[config.dataset].asks:
        values[asks] = now[asks]
    changes = {name: value for name, value in values.items() if now[name] != value}
    if asks and not values[asks].strip():
        st.session_state[_STAGED] = changes
    else:
        session.send(Reset(changes))
