"""What a tool of the Latent page says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from playground.data.modality import MODALITIES
from playground.ui.model_source import Subject
from playground.utils.translation import _

Group = Literal["explore", "edit", "check"]
GROUPS: dict[Group, str] = {"explore": "Explore", "edit": "Edit", "check": "Check"}


@dataclass(frozen=True)
class Tool:
    """`draw` may raise UserError; tools are listed by `order`.

    `learns` says in one line what one learns from it. `modalities` are the keys of those that it is for, () for all
    there are; `lacks` says of others, by their keys, what they lack for it. `trained`: whether it shows nothing of
    networks that have learned nothing. `term` explains the word behind it.
    """

    title: str
    order: int
    draw: Callable[[Subject], None]
    group: Group
    learns: str
    modalities: tuple[str, ...] = ("images",)
    lacks: Mapping[str, str] = field(default_factory=dict)
    trained: bool = False
    term: str = "z"  # of the glossary

    def missing(self, kind: str) -> str:
        """Why there is no such tool for runs of this modality; "" if there is."""
        if not self.modalities or kind in self.modalities:
            return ""
        if kind in self.lacks:
            return _(self.lacks[kind])
        labels = ", ".join(_(MODALITIES[key].label) for key in self.modalities)
        return _("This tool is made for runs on {kinds}.").format(kinds=labels)
