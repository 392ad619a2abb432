"""The students of a class as cards, each with a small live picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from playground.ui.components import frames
from playground.utils.translation import _

_mount = frames.register("board")


@dataclass(frozen=True)
class Miniature:
    """Samples in small: a JPEG picture, or generated and real points as pairs of bytes over the plane."""

    picture: bytes = b""
    real: bytes = b""
    points: bool = False


@dataclass(frozen=True)
class Student:
    """A card; `n` is the number of the student in the class."""

    n: int
    name: str
    step: str
    ticked: str
    state: str
    alarm: bool
    away: bool
    shown: bool


def board(students: Sequence[tuple[Student, Miniature]], *, key: str, on_choose: Callable[[], None]) -> None:
    """Show the cards; `on_choose` is called after a press, see `choice`."""
    data = {
        "students": [asdict(student) | asdict(picture) for student, picture in students],
        "words": {"board": _("The students of the class")},
    }
    _mount(key=key, data=frames.packed(data), on_choice_change=on_choose)


def choice(key: str) -> int | None:
    """The number of the student whose card was pressed; for the callback. None if it is gone."""
    said = frames.heard(key, "choice")
    return int(said["n"]) if said else None
