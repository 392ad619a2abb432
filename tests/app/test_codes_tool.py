"""The Codes tool of the Latent page against a host without an engine."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.ui.pages.latent.tools import TOOLS, codes
from playground.ui.pages.latent.tools.codes import OTHERS
from playground.utils.priors import Codes
from tests.app.fakes import FakeHost

RUN = "r" * 22
CODED = {"info_categories": 3, "info_codes": 2, "z_dim": 8, "conditional": False}


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.metrics.features.STEPS", 3)


def _script() -> None:
    from playground.ui.pages.latent.page import render

    render()


def _open(preset: str, tool: str = "codes", **changes: Any) -> AppTest:
    host = FakeHost()
    host.create(RUN, PRESETS[preset].config.changed(**changes).model_dump())
    host.runs[RUN].step = 200
    app = AppTest.from_function(_script, default_timeout=120)
    app.session_state["_host"] = host
    for kind in ("images", "points"):
        app.session_state[f"latent_tool_{kind}"] = tool
    app.query_params["run"] = RUN
    return app.run()


def _table(app: AppTest) -> str:
    [found] = [each.proto.body for each in app.get("html") if 'class="codes' in each.proto.body]
    return str(found)


def test_a_row_for_each_category_and_the_same_z_in_every_row() -> None:
    app = _open("digits", **CODED)
    assert not app.exception
    assert re.findall(r"<span>c = (\d)</span>", _table(app)) == ["1", "2", "3"]
    assert "same in every row" in " ".join(caption.value for caption in app.caption)
    app.button(key="codes_another").click().run()
    assert not app.exception
    assert app.session_state["codes_seed"] == 1


def test_a_continuous_code_goes_across() -> None:
    app = _open("digits", **CODED)
    app.session_state["codes_across_3_2"] = 1
    app.run()
    assert not app.exception
    assert "−2.0" in _table(app)
    assert "c₂ goes from −2 to 2" in " ".join(caption.value for caption in app.caption)


class _Subject:
    distribution, z_dim = "normal", 8

    def __init__(self, categories: int, continuous: int) -> None:
        self.codes = Codes(categories, continuous)


@pytest.mark.parametrize("across", [OTHERS, 0, 1])
def test_latents_differ_in_what_the_table_says_and_in_nothing_else(
    across: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes.st, "session_state", {})
    z = codes.latents(_Subject(3, 2), across, 2, 5)  # type: ignore[arg-type]
    assert z.shape == (3, 2, 5, 8)
    for k in range(3):
        assert (z[k, ..., :3] == np.eye(3)[k]).all()
    np.testing.assert_array_equal(z[0, ..., 3:], z[1, ..., 3:])
    moved = np.ptp(z[0, 0], axis=0) > 0
    if across == OTHERS:
        assert moved[3:].all()
        return
    assert np.flatnonzero(moved).tolist() == [3 + across]
    np.testing.assert_allclose(z[2, 1, :, 3 + across], [-2, -1, 0, 1, 2])


def test_another_seed_gives_other_z(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for seed in (0, 1):
        monkeypatch.setattr(codes.st, "session_state", {codes.SEED: seed})
        found.append(codes.latents(_Subject(3, 2), OTHERS, 1, 4))  # type: ignore[arg-type]
    assert (found[0][..., 3:] != found[1][..., 3:]).all()


def test_without_categories_each_row_is_another_z(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes.st, "session_state", {})
    z = codes.latents(_Subject(0, 1), 0, 1, 5)  # type: ignore[arg-type]
    assert z.shape == (codes.PLAIN, 1, 5, 8)
    assert len(np.unique(z[:, 0, 0, 1:], axis=0)) == codes.PLAIN
    np.testing.assert_allclose(z[3, 0, :, 0], [-2, -1, 0, 1, 2])


def test_points_are_drawn_in_their_plane() -> None:
    app = _open("ring", info_categories=3, info_codes=1, z_dim=6)
    assert not app.exception
    app.session_state["codes_across_3_1"] = 0
    assert not app.run().exception


def test_a_run_without_codes_says_how_to_get_some() -> None:
    app = _open("ring")
    assert not app.exception
    assert "z has no codes" in app.info[0].value


@pytest.mark.parametrize("preset", ["digits", "ring"])
@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_bears_codes(tool: str, preset: str) -> None:
    app = _open(
        preset, tool, **{key: value for key, value in CODED.items() if preset == "digits" or key != "conditional"}
    )
    assert not app.exception
    if tool == "truncation":
        assert "The codes stay as they are" in " ".join(caption.value for caption in app.caption)
