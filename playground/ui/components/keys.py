"""A button, and the key `?`, that show what the keys of a page do."""

from __future__ import annotations

from playground.ui.components import frames
from playground.utils.translation import _

_mount = frames.register("keys")


def keys(listed: list[tuple[str, str]], *, key: str) -> None:
    """List the keys of the page, each with what it does."""
    data = {"keys": listed, "title": _("Keyboard shortcuts"), "close": _("Close")}
    _mount(key=key, data=data, width="content")
