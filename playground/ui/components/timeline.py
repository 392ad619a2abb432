"""The moments of a run on a line of steps: dragging looks at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playground.engine.messages import View
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
    data: dict[str, Any] = {
        "moments": [
            [m.id, m.step, m.branch, m.kind, int(m.whole), "" if m.kind == "auto" else m.text] for m in view.moments
        ],
        "branches": [[b.id, b.parent, b.start, b.end] for b in view.branches],
        "events": [[event.step, event.text, int(event.kind == "coach")] for event in view.events[-EVENTS:]],
        "now": view.step,
        "looking": looking,
        "heard": heard,
        "text": {
            "line": _("Moments of this run"),
            "step": _("Step {n}"),
            "now": _("now"),
        },
    }
    _mount(key=key, data=data, on_look_change=on_change)
