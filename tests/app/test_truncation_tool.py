"""The Truncation tool of the Latent page against a host without an engine."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.latent.questions import Truncation
from tests.app.fakes import FakeHost

RUN = "r" * 22


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.metrics.features.STEPS", 3)
    monkeypatch.setattr("playground.ui.pages.latent.tools.truncation.COUNT", 20)


def _script() -> None:
    from playground.ui.pages.latent.page import render

    render()


def _open(host: FakeHost, preset: str, **changes: Any) -> AppTest:
    host.create(RUN, PRESETS[preset].config.changed(**changes).model_dump())
    host.runs[RUN].step = 200
    app = AppTest.from_function(_script, default_timeout=30)
    app.session_state["_host"] = host
    for kind in ("images", "points"):
        app.session_state[f"latent_tool_{kind}"] = "truncation"
    app.query_params["run"] = RUN
    return app.run()


def _captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


@pytest.mark.parametrize(
    ("preset", "changes", "by"),
    [
        ("digits", {}, "features of a classifier"),
        ("ring", {}, "the points themselves"),
        ("digits-unlabelled", {"z_distribution": "uniform", "z_dim": 3}, "features of a classifier"),
    ],
)
def test_both_ways_are_measured(preset: str, changes: dict[str, Any], by: str) -> None:
    host = FakeHost()
    app = _open(host, preset, **changes)
    assert not app.exception
    assert by in _captions(app)
    assert [question.way for question in host.questions if isinstance(question, Truncation)] == ["scale"]
    normal = "z_distribution" not in changes
    assert any(group.key == "truncation_way" for group in app.get("button_group")) == normal
    if normal:
        app.session_state["truncation_way"] = "truncate"
        assert not app.run().exception
        assert [q.way for q in host.questions if isinstance(q, Truncation)] == ["scale", "truncate"]
    app.button(key=f"truncation_{'truncate' if normal else 'scale'}_ask").click().run()
    assert len([q for q in host.questions if isinstance(q, Truncation)]) == (3 if normal else 2)


def test_what_cannot_be_measured_is_said_and_the_samples_stay() -> None:
    app = _open(FakeHost(), "digits-unlabelled", size=10)
    assert not app.exception
    assert "too few samples" in app.warning[0].value
