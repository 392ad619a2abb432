"""Pages without a browser."""

from __future__ import annotations

import pytest

from playground.ui import session


@pytest.fixture(autouse=True)
def _quick_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test presses Play and Pause faster than a person can."""
    monkeypatch.setattr(session, "TWICE", -1.0)
