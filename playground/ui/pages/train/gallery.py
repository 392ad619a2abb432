"""The dialog in which presets are chosen."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

import streamlit as st

from playground.config.games import TRANSLATIONS
from playground.config.presets import PRESETS, Preset, cure_of, groups
from playground.config.run_config import KNOBS, RunConfig
from playground.data import DATASETS
from playground.ui import knobs, link, session
from playground.ui.components.gallery import Card, Pair, choice, gallery
from playground.ui.pages.train import timeline
from playground.utils.translation import _

PICTURES = Path(__file__).resolve().parents[4] / "assets" / "presets"  # made by `python -m playground bench thumbnails`
PRESET = "presets"
NEEDS = {
    "here": "",
    "download": _("Its data is downloaded first."),
    "yours": _("It asks for a folder of yours; MNIST made this picture."),
}
_KEY, _RACE = "gallery", "_gallery_race"


def open_dialog() -> None:
    """Open it at the next drawing of the page."""
    timeline.ask(PRESET)


def dialog() -> None:
    """Draw the dialog if it was asked for."""
    if timeline.asked() == PRESET:
        st.dialog(_("Presets"), width="large", on_dismiss=timeline.dismissal())(_choose)()


def _choose() -> None:
    now = RunConfig.checked(session.config())
    nearest = link.nearest_preset(now)
    gallery(
        [(_(group), _cards(presets)) for group, presets in groups().items()],
        nearest if PRESETS[nearest].config == now else "",
        key=_KEY,
        on_choose=_chosen,
    )
    if failure := st.session_state.pop(_RACE, ""):
        race_both(failure)
    if not timeline.asked():
        st.rerun()


def _chosen() -> None:
    """Take what was pressed, and close."""
    said = choice(_KEY)
    if said is None or said[0] not in PRESETS:
        return
    timeline.close()
    if said[1]:
        st.session_state[_RACE] = said[0]
    else:
        knobs.choose(said[0])


def race_both(failure: str) -> None:
    """Go to the Race page with a failure and its cure side by side."""
    from playground.ui.pages import entry  # which imports this page
    from playground.ui.pages.race import state

    cured = PRESETS[cure_of(failure)]
    state.start(state.pair(PRESETS[failure], cured))
    st.switch_page(entry("race"))


def _cards(presets: list[Preset]) -> list[Card | Pair]:
    """The cards of a group; a failure and its cure are a pair."""
    out: list[Card | Pair] = []
    for preset in presets:
        if cure := cure_of(preset.key):
            out.append(Pair(_card(preset), _card(PRESETS[cure]), _("Race both")))
        elif not preset.cures:
            out.append(_card(preset))
    return out


def _card(preset: Preset) -> Card:
    data = DATASETS[preset.config.dataset]
    also = f"{_(data.label)} {preset.config.network} {preset.config.objective} {_game(preset.config)}"
    why = " ".join(filter(None, (_(preset.why), _(NEEDS[data.origin]))))
    return Card(preset.key, _(preset.label), why, _picture(preset.key), also)


def _game(config: RunConfig) -> str:
    """By what else a preset of a translation is found: its task, its game, and what the field calls both."""
    if config.game not in TRANSLATIONS:
        return ""
    knobs = [KNOBS["task"], KNOBS["game"]]
    return " ".join([*(knob.written(getattr(config, knob.name)) for knob in knobs), _("translation"), config.task])


@cache
def _picture(key: str) -> str:
    """The picture of a preset as a data URI; "" if there is none."""
    file = PICTURES / f"{key}.webp"
    return f"data:image/webp;base64,{base64.b64encode(file.read_bytes()).decode()}" if file.exists() else ""
