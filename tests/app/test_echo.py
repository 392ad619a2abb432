"""Old values of the form, from a browser that has not yet heard of the new ones."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from playground.ui import knobs


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a session knows just after two widgets got new values, in a run of the whole page."""
    end = time.monotonic() + 60
    found: dict[str, Any] = {"_replaced": {"preset": ("blow-up", end), "knob_beta1": (0.9, end)}}
    monkeypatch.setattr(knobs, "st", SimpleNamespace(session_state=found))
    monkeypatch.setattr(knobs, "get_script_run_ctx", lambda: SimpleNamespace(fragment_ids_this_run=[]))
    return found


def test_old_values_of_several_widgets_are_nobodys(state: dict[str, Any]) -> None:
    state |= {"preset": "blow-up", "knob_beta1": 0.9}
    assert knobs._echo("preset")
    assert knobs._echo("knob_beta1")


def test_one_old_value_alone_is_a_persons(state: dict[str, Any]) -> None:
    state |= {"preset": "blow-up", "knob_beta1": 0.0}
    assert not knobs._echo("preset")
