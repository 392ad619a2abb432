"""What can break a run that trains, in words."""

from __future__ import annotations

from dataclasses import dataclass

from playground.utils.translation import _


@dataclass(frozen=True)
class Failure:
    """What happened and what to do, in a sentence each, and the event."""

    what: str
    advice: str
    event: str


NOT_FINITE = Failure(
    _("A number became infinite or undefined (NaN)."),
    _("Lower a learning rate or raise R1."),
    _("A number became infinite or undefined (NaN) at step {step}"),
)
NO_MEMORY = Failure(
    _("The device ran out of memory."),
    _("Choose a smaller batch or narrower networks."),
    _("The device ran out of memory at step {step}"),
)
