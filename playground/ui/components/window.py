"""What every page does in the browser besides drawing: which addresses Back leads to, Escape, and the theme."""

from __future__ import annotations

from playground.ui.components import frames

_mount = frames.register("window")


def window(said: str, language: str) -> None:
    """Put it into the page, which is in `language`, a tag as HTML has it.

    Nothing is seen of it; readers of the screen read out what is `said`, once.
    """
    _mount(key="window", data={"said": said, "language": language}, on_theme_change=frames.nothing)
