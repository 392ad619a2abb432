"""Tiles of which each is marked real or generated; what is true is told only once all marks are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.ui.components import frames
from playground.utils.translation import _

REAL, GENERATED = "real", "generated"


def words() -> dict[str, Any]:
    """The words that the script shows."""
    return {
        "how": _(
            "Press a tile once for real ●, twice for generated ▲. Keys: R real, G generated, arrow keys for the others."
        ),
        "field": _("Tiles: real or generated?"),
        "tile": _("Tile {n}"),
        "done": _("Check my answers"),
        "left": _("{n} to mark"),
        "ready": _("All are marked."),
        "real": _("real"),
        "generated": _("generated"),
        "unmarked": _("not marked"),
        "it_is": _("it is"),
        "you": _("you said"),
    }


_mount = frames.register("guess", words=words)


@dataclass(frozen=True)
class Result:
    """Of each tile what is true, what was marked, what D says, and D's number as it is shown."""

    truth: Sequence[str]
    marks: Sequence[str]
    said: Sequence[str]
    logits: Sequence[str]
    said_in_words: str


def guess(
    pictures: np.ndarray,
    classes: Sequence[str],
    result: Result | None,
    *,
    key: str,
    token: str,
    crisp: bool,
    on_answers: Callable[[], None],
) -> None:
    """Show `pictures` (n, h, w, c) uint8, each with its class if there are any; `answers` gives the marks.

    The browser gets nothing but the pictures and the classes before there is a `result`.
    """
    _mount(
        key=key,
        data={
            "token": token,
            "count": len(pictures),
            "sprite": frames.sprite(pictures, len(pictures)),
            "columns": len(pictures),
            "tile": [pictures.shape[2], pictures.shape[1]],
            "crisp": crisp,
            "classes": list(classes),
            "result": result and vars(result),
        },
        on_answers_change=on_answers,
    )


def answers(key: str, token: str, count: int) -> list[str] | None:
    """The marks that were sent, for the callback; None if they are of other tiles, or not one for each."""
    said = frames.heard(key, "answers")
    marks = said["marks"] if isinstance(said, dict) and said.get("token") == token else None
    fits = isinstance(marks, list) and len(marks) == count and all(mark in (REAL, GENERATED) for mark in marks)
    return marks if fits else None
