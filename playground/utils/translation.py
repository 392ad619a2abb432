"""Every sentence a user reads goes through `_`; English is the source language."""

import gettext
import os
from pathlib import Path

LOCALES = Path(__file__).resolve().parents[2] / "assets" / "locales"

_translation = gettext.translation(
    "playground", LOCALES, languages=[os.environ.get("PLAYGROUND_LANGUAGE", "en")], fallback=True
)


def _(message: str) -> str:
    """`message` in the user's language (`PLAYGROUND_LANGUAGE`), or unchanged where no translation exists."""
    return _translation.gettext(message) if message else ""


def number(n: int) -> str:
    """`n` with a thin space between thousands, which no language takes for a decimal mark."""
    return f"{n:,}".replace(",", "\u202f")
