"""The Map of the Latent page against a host without an engine."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.engine.messages import Play, UseFixedZ
from playground.latent.plane import Chunk, along, directions, seeds
from playground.ui.components.panmap import Ask
from playground.ui.pages.latent.tools import panmap
from playground.utils.errors import UserError
from playground.utils.priors import sample
from tests.app.fakes import FakeHost
from tests.sent import unpacked

RUN = "r" * 22


def _script() -> None:
    from playground.ui.pages.latent.page import render

    render()


def _open(preset: str = "digits", **changes: Any) -> tuple[FakeHost, AppTest]:
    host = FakeHost()
    host.create(RUN, PRESETS[preset].config.changed(**changes).model_dump())
    host.runs[RUN].step = 200
    app = AppTest.from_function(_script, default_timeout=30)
    app.session_state["_host"] = host
    app.query_params["run"] = RUN
    app.run()
    assert not app.exception
    return host, app


def _sent(app: AppTest) -> dict[str, Any]:
    """What the browser gets."""
    (component,) = (each for each in app.get("bidi_component") if each.proto.id.endswith("-panmap"))
    data: dict[str, Any] = unpacked(component.proto.bytes)
    return data


def _ask(app: AppTest, *chunks: Chunk, number: int = 1) -> dict[str, Any]:
    token = _sent(app)["token"]
    app.session_state["_panmap_state"].ask = Ask(token, number, list(chunks), (0.5, 0.25, 200.0))
    app.run()
    assert not app.exception
    return _sent(app)


def _kind(app: AppTest, key: str) -> AppTest:
    app.session_state["panmap_kind_seeds_directions_components_picked_classes"] = key
    app.run()
    assert not app.exception
    return app


def _images(sheet: str) -> np.ndarray:
    """(64, 8, 8) of a sheet of 8 x 8 tiles."""
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet.partition(",")[2]))))
    return pixels.reshape(8, 8, 8, 8).swapaxes(1, 2).reshape(64, 8, 8)


def _numbers(short: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(short["b"], "<i2") * short["unit"]


def _button(app: AppTest, label: str) -> Any:
    return next(button for button in app.button if button.label == label)


def _networks(host: FakeHost) -> Callable[[np.ndarray, np.ndarray | None], np.ndarray]:
    """Let the host answer with the G of its run, which is given; untrained."""
    from playground.config.run_config import RunConfig
    from playground.data import load
    from playground.training.games.gan import GAN
    from playground.training.model import Model, pixels

    config = RunConfig(**host.runs[RUN].config)
    model = Model(GAN(config, load(config.dataset, config.source, config.choice)))

    def g(z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
        return pixels(model.sample(*model.latents(z, y)))

    host.sample = lambda run, z, y=None, source="ema": g(z, y)  # type: ignore[method-assign]
    return g


def test_chunks_are_what_g_makes_of_the_latents_at_their_places() -> None:
    host, app = _open()
    g = _networks(host)
    assert _sent(app)["chunks"] == []
    asked = [Chunk(2, -1, 0), Chunk(4, 3, 5)]
    sent = _ask(app, *asked, number=17)
    assert sent["number"] == 17
    assert [tuple(chunk["at"]) for chunk in sent["chunks"]] == asked
    for chunk, raw in zip(asked, sent["chunks"], strict=True):
        z, y = seeds(0, 64, "normal", 10)(*chunk.places(8))
        np.testing.assert_allclose(_images(raw["sheet"]).astype(int), g(z, y)[..., 0], atol=1)
        np.testing.assert_allclose(_numbers(raw["norms"]), np.linalg.norm(z, axis=1), atol=1e-3)
    app.run()
    assert _sent(app)["chunks"] == []  # once is enough
    assert _sent(app)["place"] == [0.5, 0.25, 200.0]  # for a page that is opened again


def test_other_weights_and_other_runs_are_told_apart() -> None:
    host, app = _open()
    first = _sent(app)
    host.send(RUN, Play())
    app.session_state["_panmap_state"].renewed = 0.0
    app.run()
    second = _sent(app)
    assert _sent(app.run())["version"] == second["version"]  # not with every look
    assert second["token"] == first["token"]
    assert second["version"] != first["version"]
    host.runs[RUN].generation += 1
    host.runs[RUN].config["z_dim"] = 3
    app.run()
    assert not app.exception
    assert _sent(app)["token"] != first["token"]
    assert len(_ask(app, Chunk(2, 0, 0))["chunks"]) == 1


def test_an_ask_for_another_plane_is_not_answered() -> None:
    _, app = _open()
    _button(app, "Another").click()
    app.session_state["_panmap_state"].ask = Ask(_sent(app)["token"], 5, [Chunk(2, 0, 0)], (0.0, 0.0, 200.0))
    app.run()
    assert not app.exception
    assert _sent(app)["chunks"] == []
    assert _sent(app)["number"] == 5


def test_what_the_browser_says_is_not_believed() -> None:
    said = {"token": "t", "number": 3, "place": [0, 1, 2], "chunks": [[2, 0, -1], [99, 0, 0], [2, 10**12, 0]]}
    assert Ask.read(said) == Ask("t", 3, [Chunk(2, 0, -1)], (0.0, 1.0, 2.0))


def test_an_engine_that_declines_says_why() -> None:
    host, app = _open()

    def decline(*_: Any) -> np.ndarray:
        raise UserError("The engine is busy. Try again.")

    host.sample = decline  # type: ignore[method-assign]
    assert _ask(app, Chunk(2, 0, 0))["chunks"] == []
    assert "The engine is busy." in " ".join(each.value for each in app.warning)


def test_directions_have_one_class_and_seeds_may_have_each() -> None:
    host, app = _open()
    assert [box.label for box in app.selectbox] == ["Weights", "Class"]
    _kind(app, "directions")
    next(box for box in app.selectbox if box.label == "Class").select(7).run()
    (raw,) = _ask(app, Chunk(2, 0, 0))["chunks"]
    z, y = directions(0, 64, "normal", 10, 7)(*Chunk(2, 0, 0).places(8))
    assert set(y if y is not None else ()) == {7}
    np.testing.assert_array_equal(_images(raw["sheet"]), host.sample(RUN, z, y)[..., 0])


def test_principal_components_span_a_plane_for_the_class_chosen() -> None:
    host, app = _open()
    _kind(app, "components")
    next(box for box in app.selectbox if box.label == "Class").select(7).run()
    assert host.questions[-1].label == 7
    found = host.study(RUN, host.questions[-1]).result
    (raw,) = _ask(app, Chunk(0, 0, 0))["chunks"]
    z, y = along(sample("normal", 1, 64, 0)[0], *found.vectors[:2], "normal", 10, 7)(*Chunk(0, 0, 0).places(8))
    np.testing.assert_array_equal(_images(raw["sheet"]), host.sample(RUN, z, y)[..., 0])


def test_picked_samples_span_a_plane() -> None:
    _, app = _open()
    _kind(app, "picked")
    state = app.session_state["_latent_state"]
    assert [mark[2] for mark in _sent(app)["marks"]] == ["A", "B"]
    token = _sent(app)["token"]
    state.pick([3, 4, 5])
    app.run()
    assert [mark[2] for mark in _sent(app)["marks"]] == ["A", "B", "C"]
    assert _sent(app)["token"] != token
    assert len(_ask(app, Chunk(2, 0, 0))["chunks"]) == 1
    state.pick([3])
    app.run()
    assert not app.exception
    assert "Pick two samples" in " ".join(element.value for element in app.info)


def test_one_class_turns_into_another() -> None:
    host, app = _open()
    _kind(app, "classes")
    assert [mark[2] for mark in _sent(app)["marks"]] == ["3", "8"]
    asked: list[Any] = []
    sample = host.sample

    def witness(run: str, z: np.ndarray, y: np.ndarray | None = None, source: Any = "ema") -> np.ndarray:
        asked.append(y)
        return sample(run, z, None, source)

    host.sample = witness  # type: ignore[method-assign]
    _ask(app, Chunk(2, 0, 0))
    np.testing.assert_allclose(asked[-1][:5, [3, 8]], [[1, 0], [0.75, 0.25], [0.5, 0.5], [0.25, 0.75], [0, 1]])


@pytest.mark.parametrize("preset", ["digits-unlabelled", "typeset", "shapes", "ring"])
@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_every_kind_of_run_has_a_map(preset: str, distribution: str) -> None:
    _, app = _open(preset, z_distribution=distribution)
    (chunk,) = _ask(app, Chunk(3, 0, 0))["chunks"]
    assert ("points" in chunk) == (preset == "ring")
    if preset == "ring":
        np.testing.assert_allclose(_numbers(chunk["points"])[:4], [0, 0, 0.125, 0], atol=2e-3)  # the host gives z back
        assert len(_numbers(chunk["points"])) == 2 * 33**2
        assert _sent(app)["limit"] == (1.0 if distribution == "uniform" else 1e6)


def test_a_2d_run_with_a_longer_z_has_planes_through_it() -> None:
    _, app = _open("ring", z_dim=8)
    app.session_state["panmap_kind_seeds_directions_components_picked"] = "picked"
    app.run()
    assert not app.exception
    (chunk,) = _ask(app, Chunk(3, 0, 0))["chunks"]
    assert len(_numbers(chunk["points"])) == 2 * 33**2


def test_the_place_becomes_the_fixed_z() -> None:
    plane = panmap.Plane("t", seeds(0, 64, "normal", 10), "")
    command = panmap.fixed(plane, 3.0, 4.0, 0.25, 0)
    assert isinstance(command, UseFixedZ)
    assert command.z.shape == (100, 64)
    np.testing.assert_array_equal(command.z[5 * 10 + 5], plane.span(np.array([3.0]), np.array([4.0]))[0][0])
    command = panmap.fixed(plane, 3.0, 4.0, 0.25, 10)
    assert command.y is not None
    assert (command.y.reshape(10, 10) == np.arange(10)).all()
    assert (command.z.reshape(10, 10, 64) == command.z.reshape(10, 10, 64)[:, :1]).all()


def test_the_map_never_changes_the_training() -> None:
    host, app = _open()
    _ask(app, Chunk(2, 0, 0))
    for kind in ("directions", "components", "picked", "classes"):
        _kind(app, kind)
    assert host.commands == []


def test_one_component_makes_no_plane_and_the_page_says_so() -> None:
    app = _open(network="mlp", g_width=1, g_depth=2)[1]
    _kind(app, "components")
    assert not app.exception
    assert "makes no plane" in " ".join(warning.value for warning in app.warning)
