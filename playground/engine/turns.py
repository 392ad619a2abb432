"""Whose turn it is to train: all runs of an engine have equal shares of its time. This module does not import torch."""

from __future__ import annotations

from collections.abc import Sequence

from playground.engine.race import Race
from playground.engine.run_slot import RunSlot

SLICE = 0.03  # seconds that one run trains before the next has its turn


def due(playing: Sequence[RunSlot | Race]) -> list[RunSlot | Race]:
    """Those whose turn it is. One whose step took longer than a turn misses as many as it had too much."""

    def turn(one: RunSlot | Race) -> float:
        return SLICE * len(one.lanes) if isinstance(one, Race) else SLICE

    paid = min((max(1.0, one.debt / turn(one)) for one in playing), default=1.0)  # in turns; somebody is always due
    for one in playing:
        one.debt = max(0.0, one.debt - paid * turn(one))
    return [one for one in playing if one.debt < turn(one) / 2]


def playing(slots: Sequence[RunSlot]) -> list[RunSlot]:
    """The slots whose runs play."""
    return [slot for slot in slots if slot.run and slot.run.status == "playing"]


def forgive(resting: Sequence[RunSlot | Race], seconds: float) -> None:
    """What rests pays what it owes with the time that passes."""
    for one in resting:
        one.debt = max(0.0, one.debt - seconds)
