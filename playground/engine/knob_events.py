"""What is noted of changes of knobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.config.run_config import KNOBS
from playground.engine.messages import Event
from playground.utils.translation import _, joined

if TYPE_CHECKING:
    from playground.engine.run import Run


class KnobEvents:
    """A knob that the same person moves again before the next step makes one event from what it was, or none."""

    def __init__(self) -> None:
        self._latest: dict[str, tuple[Any, Event, str]] = {}  # of each knob: its value before, the event, by whom

    def note(self, run: Run, name: str, old: Any, new: Any) -> None:
        """Note that the knob `name` of a run has another value."""
        knob, first = KNOBS[name], old
        if before := self._latest.get(name):
            value, event, by = before
            if event in run.events and event.step == run.step and by == run.by:
                first = value
                run.events.remove(event)
        if first == new:
            return
        text = _("{label}: {old} → {new}").format(label=_(knob.label), old=knob.written(first), new=knob.written(new))
        if name == "objective":
            text = joined(" ", [text, _("(D's optimiser restarted)")])
        run.note("knob", text)
        self._latest[name] = first, run.events[-1], run.by
