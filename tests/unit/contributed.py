"""Prints as JSON what the project in the working folder shows; `test_contributing` runs this in a copy of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from tests.app.fakes import FakeHost, FakeRun

RUN = "r" * 22


def _open(preset: str, **state: Any) -> tuple[FakeRun, AppTest]:
    """The app on a run of this preset, with what is in the session; not drawn yet."""
    host = FakeHost()
    host.create(RUN, PRESETS[preset].config.model_dump())
    host.runs[RUN].step = 500
    app = AppTest.from_file(str(Path.cwd() / "playground" / "ui" / "main" / "script.py"), default_timeout=60)
    for key, value in {"_host": host, **state}.items():
        app.session_state[key] = value
    app.query_params["run"] = RUN
    return host.runs[RUN], app


def page(address: str, preset: str, state: dict[str, Any]) -> dict[str, Any]:
    """The addresses of the navigation, and what the page at one of them shows."""
    navigation, addresses = st.navigation, []

    def chosen(pages: list[Any], **more: Any) -> Any:
        addresses[:] = [page.url_path for page in pages]
        return navigation([page for page in pages if page.url_path == address], **more)

    st.navigation = chosen
    app = _open(preset, **state)[1].run()
    return {
        "addresses": addresses,
        "errors": [error.value for error in app.exception],
        "texts": [element.value for element in (*app.caption, *app.subheader, *app.info)],
        "choices": [option for group in app.button_group for option in group.options],
        "images": len(app.get("image")),
    }


def metrics(preset: str) -> dict[str, Any]:
    """The metrics of a short run, and those that the page has charts of."""
    from playground.engine.observer import Probe, columns, read_now
    from playground.engine.run import Run

    run = Run("measured", PRESETS[preset].config)
    run.advance(5)
    run.read()
    reading = read_now(Probe().look(run.trainer, expensive=False))
    shown, app = _open(preset, _beside="metrics", measures_all=True)
    shown.readings, shown.floors, shown.floor_stds = columns([reading])
    app.run()
    charts = str([element.proto for element in app.get("bidi_component")])
    return {
        "values": {key: [value.value, value.floor, value.floor_std] for key, value in reading.values.items()},
        "errors": [error.value for error in app.exception],
        "charts": [key for key in reading.values if f"measure_{key}" in charts],
    }


def game(key: str) -> dict[str, Any]:
    """A run of another game: its View, whether it goes on to the bit from a checkpoint, and the knob on the page."""
    from playground.engine.run import Run
    from playground.engine.snapshot import snapshot
    from playground.ui.pages.train.charts.losses import losses
    from playground.ui.style import LIGHT

    run = Run("one-run", PRESETS["ring"].config.changed(game=key))
    run.advance(50)
    resumed = Run.from_bytes("another-run", run.to_bytes())
    view = snapshot(resumed, 1, "ema")
    for each in (run, resumed):
        each.advance(20)
    app = _open("ring", knob_scope="all", group_networks=True)[1].run()
    return {
        "lines": [line["name"] for line in losses(view, LIGHT).data if line["mode"] == "lines"],
        "plane": [] if view.plane is None else list(view.plane.shape),
        "resumed_equals": bool((run.images() == resumed.images()).all()),
        "errors": [error.value for error in app.exception],
        "choices": next(box.options for box in app.selectbox if (box.key or "").startswith("knob_game")),
    }


if __name__ == "__main__":
    what, *arguments = json.loads(sys.argv[1])
    print(json.dumps({"page": page, "metrics": metrics, "game": game}[what](*arguments)))
