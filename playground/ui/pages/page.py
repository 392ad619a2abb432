"""What a page says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One entry of the navigation; `icon` is a Material symbol, pages are listed by `order`, the first one opens."""

    title: str
    icon: str
    order: int
    render: Callable[[], None]
