"""Cards to choose from, in groups, with a field that searches them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from playground.ui.components import frames
from playground.utils.translation import _

_mount = frames.register("gallery")


@dataclass(frozen=True)
class Card:
    """Something to choose: its picture as a data URI, or "" for none; `also` are further words that find it."""

    key: str
    label: str
    why: str
    picture: str = ""
    also: str = ""


@dataclass(frozen=True)
class Pair:
    """Two cards that belong together, and the button that sets one against the other."""

    first: Card
    second: Card
    both: str


def gallery(
    groups: Sequence[tuple[str, Sequence[Card | Pair]]], chosen: str, *, key: str, on_choose: Callable[[], None]
) -> None:
    """Show the groups (title, cards); `chosen` is marked. `on_choose` is called after a press; see `choice`."""
    data: dict[str, Any] = {
        "groups": [{"title": title, "cards": [asdict(card) for card in cards]} for title, cards in groups],
        "chosen": chosen,
        "text": {"find": _("Find a preset"), "none": _("No preset is called that.")},
    }
    _mount(key=key, data=data, on_choice_change=on_choose)


def choice(key: str) -> tuple[str, bool] | None:
    """The card that was pressed, and whether it was the button of its pair; for the callback. None if it is gone."""
    said = frames.heard(key, "choice")
    return (str(said["key"]), bool(said["both"])) if said else None
