"""The moments of a run on a line of steps: dragging looks at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playground.config.run_config import RunConfig
from playground.engine.messages import View
from playground.ui import link
from playground.ui.components import frames
from playground.utils.translation import _

_mount = frames.register("timeline")
EVENTS = 100  # that are drawn, the latest ones


def timeline(
    view: View,
    looking: int | None,
    heard: int,
    *,
    key: str,
    on_change: Callable[[], None],
) -> None:
    """Show the moments, branches and events of `view`; `looking` is the moment on the stage, None for the present.

    After each choice `st.session_state[key]["look"]` has the `id` of a moment, or None, and the time `at` which it was
    chosen, and `on_change` is called. `heard` is that time of the latest choice that `looking` goes by.
    """
    groups, of_moment, of_branch = _groups(view)
    data: dict[str, Any] = {
        "moments": [
            [m.id, m.step, m.branch, m.kind, int(m.whole), "" if m.kind == "auto" else m.text, of_moment[m.id]]
            for m in view.moments
        ],
        "branches": [[b.id, b.parent, b.start, b.end, of_branch.get(b.id, -1)] for b in view.branches],
        "groups": [link.data_label(*found) for found in groups],
        "events": [[event.step, event.text, int(event.kind == "coach")] for event in view.events[-EVENTS:]],
        "now": view.step,
        "looking": looking,
        "heard": heard,
        "text": {
            "line": _("Moments of this run"),
            "step": _("Step {n}"),
            "now": _("now"),
            "data": _("Data that the run learned from"),
        },
    }
    _mount(key=key, data=data, on_look_change=on_change)


def _groups(view: View) -> tuple[list[tuple[str, str]], dict[int, int], dict[int, int]]:
    """The data that moments are about, the present one last; which of them each moment and each branch is about.

    A branch without moments is about none.
    """
    config = RunConfig.checked(view.config)
    present = config.dataset, config.source
    data = {mark.id: mark.data if mark.data[0] else present for mark in view.moments}
    found = [*dict.fromkeys(each for each in data.values() if each != present), present]
    of_moment = {moment: found.index(each) for moment, each in data.items()}
    of_branch = {mark.branch: of_moment[mark.id] for mark in view.moments}
    if view.branches:
        of_branch[view.branches[-1].id] = len(found) - 1
    return found, of_moment, of_branch
