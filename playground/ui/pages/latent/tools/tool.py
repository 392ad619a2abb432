"""What a tool of the Latent page says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playground.ui.model_source import Subject


@dataclass(frozen=True)
class Tool:
    """`draw` may raise UserError. `points`: whether runs on 2-D points have it too; tools are listed by `order`."""

    title: str
    order: int
    draw: Callable[[Subject], None]
    points: bool = False
