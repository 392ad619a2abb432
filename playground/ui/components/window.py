"""What every page does in the browser besides drawing: which addresses Back leads to, Escape, and the theme."""

from __future__ import annotations

from playground.ui.components import frames

_mount = frames.register("window")


def window() -> None:
    """Put it into the page. Nothing is seen of it."""
    _mount(key="window", data={}, on_theme_change=frames.nothing)
