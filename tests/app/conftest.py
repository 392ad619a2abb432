"""Pages without a browser."""

from __future__ import annotations

from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from playground.ui import session, visitor

# Each AppTest reads what every installed package says of itself, which is most of its time and always the same.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def _quick_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test presses Play and Pause faster than a person can."""
    monkeypatch.setattr(session, "TWICE", -1.0)


@pytest.fixture(autouse=True)
def _on_the_machine_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test has no connection: its visitors are where the address of the page says, or here."""
    monkeypatch.setattr(visitor, "local", lambda: not visitor.address() or visitor.only_here(visitor.address()))
