"""The Neighbours tool of the Latent page against a host without an engine."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.latent.questions import Neighbours
from tests.app.fakes import FakeHost

RUN = "r" * 22


def _script() -> None:
    from playground.ui.pages.latent.page import render

    render()


def _open(host: FakeHost, preset: str) -> AppTest:
    host.create(RUN, PRESETS[preset].config.model_dump())
    host.runs[RUN].step = 200
    app = AppTest.from_function(_script, default_timeout=30)
    app.session_state["_host"] = host
    app.session_state["latent_tool_images"] = "neighbours"
    app.query_params["run"] = RUN
    return app.run()


def _words(app: AppTest) -> str:
    return " ".join(
        [e.value for kind in (app.caption, app.markdown) for e in kind] + [h.proto.body for h in app.get("html")]
    )


@pytest.mark.parametrize("preset", ["digits", "digits-unlabelled"])
def test_neighbours_are_there_at_once_and_again_when_asked(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.metrics.features.STEPS", 3)
    host = FakeHost()
    app = _open(host, preset)
    assert not app.exception
    words = _words(app)
    assert "Nearest training images, by pixels" in words
    assert "Nearest training images, by features of a classifier" in words
    assert "% of 100 samples" in words
    assert len([q for q in host.questions if isinstance(q, Neighbours)]) == 1
    app.run()
    assert len([q for q in host.questions if isinstance(q, Neighbours)]) == 1
    app.button(key="neighbours_ask").click().run()
    assert len([q for q in host.questions if isinstance(q, Neighbours)]) == 2
    app.session_state["_neighbours_picked"] = (f"{RUN}:0", 24)
    assert not app.run().exception
    assert _words(app) != words
