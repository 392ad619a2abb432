"""What a tool of the Latent page says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playground.ui.model_source import Subject


@dataclass(frozen=True)
class Tool:
    """`draw` may raise UserError; tools are listed by `order`."""

    title: str
    order: int
    draw: Callable[[Subject], None]
    modalities: tuple[str, ...] = ("images",)  # the keys of those that it can draw
