"""The Map of the Latent page against a host without an engine."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from playground.engine.messages import Play, UseFixedZ
from playground.errors import UserError
from playground.latent_plane import Chunk, directions, seeds
from playground.presets import PRESETS
from playground.ui.components.panmap import Ask
from playground.ui.tools import panmap
from tests.app.fakes import FakeHost

RUN = "r" * 22


def _script() -> None:
    from playground.ui.pages.latent import render

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
    data: dict[str, Any] = json.loads(component.proto.json)[0]
    return data


def _ask(app: AppTest, *chunks: Chunk, number: int = 1) -> dict[str, Any]:
    token = _sent(app)["token"]
    app.session_state["_panmap_state"].ask = Ask(token, number, list(chunks), (0.5, 0.25, 200.0))
    app.run()
    assert not app.exception
    return _sent(app)


def _kind(app: AppTest, key: str) -> AppTest:
    kinds = next(group for group in app.get("button_group") if group.proto.id.endswith(key_of(app)))
    del kinds
    app.session_state[key_of(app)] = key
    return app.run()


def key_of(app: AppTest) -> str:
    return next(key for key in app.session_state.filtered_state if str(key).startswith("panmap_kind_"))


def _images(sheet: str) -> np.ndarray:
    """(64, 8, 8) of a sheet of 8 x 8 tiles."""
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet.partition(",")[2]))))
    return pixels.reshape(8, 8, 8, 8).swapaxes(1, 2).reshape(64, 8, 8)


def _numbers(short: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(short["b"]), "<i2") * short["unit"]


def test_print() -> None:
    _, app = _open()
    for each in app.get("bidi_component"):
        print(each.proto.id, str(each.proto)[-300:])
    print([ (g.proto.id) for g in app.get("button_group")], list(app.session_state.filtered_state))
