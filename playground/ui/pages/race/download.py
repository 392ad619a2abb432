"""Take home: the curves of a race, and each of its lanes as a run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from playground.config.races import Race
from playground.engine.api import EngineAPI
from playground.export import race_files
from playground.export.race_files import RaceCurves
from playground.ui import calls, exports, style, visitor
from playground.ui.pages.race.overlay import measured_by
from playground.ui.pages.race.state import LETTERS
from playground.utils.errors import UserError
from playground.utils.translation import _

CURVES: dict[str, Callable[[RaceCurves], bytes]] = {
    "PNG": race_files.race_png,
    "SVG": race_files.race_svg,
    "CSV": race_files.race_csv,
}


def popover(race_id: str, race: Race) -> None:
    """A button, and behind it what there is to take home. The files are made when they are asked for."""
    dark = style.palette().neutral == style.DARK.neutral
    names = [lane.name for lane in race.lanes]
    host = calls.host()
    with st.popover(_("Take home"), icon=":material/download:", key="race_home", width="stretch"):
        st.markdown(f"**{_('Curves')}**", help=_("Quality and losses of all lanes, up to now."))
        with st.container(horizontal=True, gap="small"):
            for kind, write in CURVES.items():
                make = partial(_file, host, race_id, names, dark, write)
                st.download_button(
                    kind, exports.in_turn(make), f"race.{kind.lower()}", key=f"race_take_{kind}", on_click="ignore"
                )
        if visitor.masked():  # each zip names the folder that the run reads
            return
        st.markdown(f"**{_('Runs')}**", help=_("“Open a run” on the Train page brings each back, with its moments."))
        with st.container(horizontal=True, gap="small"):
            for i, letter in enumerate(LETTERS[: len(race.lanes)]):
                pack = partial(host.pack, f"{race_id}-{i + 1}")
                label, file = _("Zip of {letter}").format(letter=letter), f"race-{letter.lower()}.zip"
                st.download_button(label, exports.in_turn(pack), file, key=f"race_take_{i}", on_click="ignore")


def _file(host: EngineAPI, race_id: str, names: list[str], dark: bool, write: Callable[[RaceCurves], bytes]) -> bytes:
    """The curves as they are now; called without a page."""
    return write(curves(host, race_id, names, dark))


def curves(host: EngineAPI, race_id: str, names: list[str], dark: bool) -> RaceCurves:
    """What the engine knows of the race. Raises UserError if that is nothing."""
    race_view = host.race_view(race_id)
    if race_view is None:
        raise UserError(_("This race is no longer known."))
    views = [host.view(lane) for lane in race_view.lanes]
    step = race_view.history.get("step", np.zeros(0))
    quality = race_view.history.get("quality", np.zeros((len(step), len(names))))
    histories = [{} if view is None else view.history for view in views]
    named = [f"{letter} {_(name)}" for letter, name in zip(LETTERS, names, strict=False)]  # in letters that a font has
    return RaceCurves(named, step, quality, measured_by(race_view.metric), histories, dark)
