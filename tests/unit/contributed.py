"""Tells as JSON what the project in the working folder shows; `test_contributing` runs this in a copy of it.

It reads requests, one in each line: the name of a function and what it is given. One process answers them all, since
the imports take longer than the answers.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.config.starts import suited
from playground.utils.errors import UserError
from playground.utils.readings import Measured
from tests.app.fakes import FakeHost, FakeRun

RUN = "r" * 22
NAVIGATION = st.navigation


def _open(preset: str, **state: Any) -> tuple[FakeRun, AppTest]:
    """The app on a run of this preset, with what is in the session; not drawn yet."""
    host = FakeHost()
    host.create(RUN, PRESETS[preset].config.model_dump())
    host.runs[RUN].step = 500
    return host.runs[RUN], _app(host, **state)


def _app(host: Any, **state: Any) -> AppTest:
    app = AppTest.from_file(str(Path.cwd() / "playground" / "ui" / "main" / "script.py"), default_timeout=60)
    for key, value in {"_host": host, **state}.items():
        app.session_state[key] = value
    app.query_params["run"] = RUN
    return app


def _only(address: str) -> list[str]:
    """Have the app draw the page at an address; gives a list that will have the addresses of all."""
    addresses: list[str] = []

    def chosen(pages: list[Any], **more: Any) -> Any:
        addresses[:] = [page.url_path for page in pages]
        return NAVIGATION([page for page in pages if page.url_path == address], **more)

    st.navigation = chosen
    return addresses


def page(address: str, preset: str, state: dict[str, Any]) -> dict[str, Any]:
    """The addresses of the navigation, and what the page at one of them shows."""
    addresses = _only(address)
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


def modality(values: dict[str, Any]) -> dict[str, Any]:
    """A run on samples of another modality: trained, saved, seen, measured, and taken home."""
    from playground.engine.messages import Frame
    from playground.engine.observer import Probe, read_now
    from playground.engine.quality import measure, metric
    from playground.engine.run import Run
    from playground.engine.run_views import past
    from playground.engine.snapshot import card, snapshot
    from playground.engine.timeline_state import view_in, view_state
    from playground.export.film import film
    from playground.export.frame import Scene
    from playground.export.pictures import samples_png
    from playground.training.games.gan import GAN
    from playground.ui.pages.train.metrics_panel import about

    run, half = Run("one-run", RunConfig(**values)), Run("another-run", RunConfig(**values))
    before = run.images("raw")
    run.advance(6)
    half.advance(3)
    resumed = Run.from_bytes("a-third-run", half.to_bytes())
    resumed.advance(3)
    run.read()
    reading = read_now(Probe().look(run.trainer, expensive=True))
    view, moment = snapshot(run, 1, "ema"), run.remember()
    assert moment is not None
    kept, seen = view_in(view_state(moment.view)), past(run, moment.id)
    samples = [each.samples for each in (view, moment.view, kept, seen)]
    picture = samples_png(samples[0], view.real, view.extent)
    frames = [Frame(step, samples[0] * (1 - step / 4)) for step in range(3)]
    state, other = run.trainer.state(), resumed.trainer.state()
    config, findings = RunConfig.read({**values, "network": "dcgan", "augment": "color"})
    in_bytes = replace(run.samples, x=run.samples.x.byte())
    return {
        "errors": [],
        "kind": view.kind,
        "shape": [*samples[0].shape, str(samples[0].dtype)],
        "most": float(np.abs(samples[0]).max()),
        "learns": not np.array_equal(before, run.images("raw")),
        "resumed_equals": all(
            bool((value == other[name][key]).all())
            for name in ("G", "D", "G_ema")
            for key, value in state[name].items()
        ),
        "kept_equals": [np.array_equal(samples[1], each) for each in samples[2:]],
        "scores": len(view.scores),
        "card": list(card(run.samples).sheet.shape),
        "values": {key: [value.value, value.floor, value.floor_std] for key, value in reading.values.items()},
        "about": about(replace(view, measured=Measured(5))),
        "race": [metric(run), measure(run)[0]],
        "picture": list(Image.open(io.BytesIO(picture)).size),
        "film": [Image.open(io.BytesIO(film(frames, kind, Scene(), seconds=0.3))).n_frames for kind in ("webp", "gif")],
        "refused": [
            _refusal(ValueError, lambda: view_in(view_state(replace(moment.view, kind="points")))),
            _refusal(UserError, lambda: GAN(run.config, in_bytes)),
        ],
        "mended": [config.network, config.augment, *findings],
        "suited": suited(run.config.dataset, "", run.samples.shape, run.samples.classes).model_dump(),
    }


def _refusal(kind: type[Exception], call: Callable[[], Any]) -> str:
    """What the error says; "" if there is none."""
    try:
        call()
    except kind as error:
        return str(error)
    return ""


def pages(values: dict[str, Any], looks: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """What pages show of a run in an engine: the components at each address, with what is in the session, and last with
    a sample that is followed through time; and the lanes of a race of two such runs.
    """
    from playground.engine.engine import Engine
    from playground.engine.gate import Gate
    from playground.engine.messages import Step
    from playground.ui.pages.race import state
    from playground.utils import files

    engine, found, errors = Engine().start(), [], []
    gate = Gate(engine, files.home() / "links")

    def look(address: str, app: AppTest) -> list[str]:
        """The components, "tiles" and "strip" for pictures that are no components, and what is said."""
        _only(address)
        app.run()
        errors.extend(error.value for error in app.exception)
        drawn = [element.proto.component_name.partition("playground_")[2] for element in app.get("bidi_component")]
        pictures = re.findall('class="(tiles|strip)', " ".join(element.proto.body for element in app.get("html")))
        return [*drawn, *pictures, *(element.value for element in (*app.caption, *app.info))]

    end = time.monotonic() + 60
    try:
        gate.create(RUN, values)
        gate.send(RUN, Step())
        while (view := gate.view(RUN)) is None or view.step < 1:
            assert time.monotonic() < end
            time.sleep(0.05)
        found = [look(address, _app(gate, **kept)) for address, kept in looks]
        look("train", followed := _app(gate))
        followed.session_state["_tile"] = 3
        found.append(look("train", followed))
        race = _app(gate)
        for name, value in state.write("", state.own(RunConfig(**values), [{}, {"seed": 1}])).items():
            race.query_params[name] = value
        while (lanes := look("race", race)).count("tiles") < 2:
            assert time.monotonic() < end, lanes
            time.sleep(0.2)
    finally:
        engine.stop()
    return {"errors": errors, "found": found, "lanes": lanes}


def command(*arguments: str) -> dict[str, Any]:
    """What `python -m playground` with these arguments says, and with which code it ends."""
    from playground.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(arguments))
    return {"errors": [], "returncode": code, "stdout": out.getvalue(), "stderr": err.getvalue()}


def answer(line: str) -> str:
    """The answer to a request, or the traceback of its error."""
    what, *arguments = json.loads(line)
    parts = {"command": command, "page": page, "metrics": metrics, "game": game, "modality": modality, "pages": pages}
    try:
        return json.dumps(parts[what](*arguments))
    except Exception:  # told to the test that asked
        return json.dumps({"errors": [traceback.format_exc()]})


if __name__ == "__main__":
    told, sys.stdout = sys.stdout, sys.stderr  # nothing but answers
    for line in sys.stdin:
        print(answer(line), file=told, flush=True)
