"""What a tool of the Latent page says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playground.ui.model_source import Subject

Group = Literal["explore", "edit", "check"]
GROUPS: dict[Group, str] = {"explore": "Explore", "edit": "Edit", "check": "Check"}


@dataclass(frozen=True)
class Tool:
    """`draw` may raise UserError. `points`: whether runs on 2-D points have it too; tools are listed by `order`.

    `learns` says in one line what one learns from it, `lacks` what 2-D points lack for it. `trained`: whether it shows
    nothing of networks that have learned nothing. `term` explains the word behind it.
    """

    title: str
    order: int
    draw: Callable[[Subject], None]
    group: Group
    learns: str
    lacks: str = ""
    trained: bool = False
    term: str = "z"  # of the glossary

    @property
    def points(self) -> bool:
        return not self.lacks
