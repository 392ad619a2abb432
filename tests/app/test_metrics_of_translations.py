"""The metrics of a translation on the Train page: those that apply, with named baselines, and in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.config.run_config import RunConfig
from playground.engine.messages import RaceView, View
from playground.metrics.catalogue import MEASURES
from playground.ui import style
from playground.ui.pages.race import overlay, verdict
from playground.ui.pages.train import metrics_panel, standard_fid, usefulness
from playground.ui.pages.train.charts.metric import measure_chart
from playground.utils.readings import Measured
from tests.app.fakes import FakeHost, make_view

RUN = "t" * 22
PAIRED: dict[str, Any] = {"game": "paired", "task": "superres-2", "dataset": "digits", "network": "unet"}
LEVELS = {"psnr": {"input": 14.0, "bicubic": 14.7, "mean": 12.0}, "frechet": {"input": 400.0, "bicubic": 420.0}}


def view_of(pairs: bool = True, **knobs: Any) -> View:
    host = FakeHost()
    host.create(RUN, RunConfig.read(PAIRED | knobs)[0].model_dump())
    run = host.runs[RUN]
    run.step = 300
    steps = np.array([100, 200, 300])
    values = {"psnr": [14.0, 17.0, 19.0], "ssim": [0.6, 0.7, 0.8], "sharpness": [0.7, 0.9, 0.97]}
    values |= {"frechet": [90.0, 20.0, 6.0], "label_kept": [0.5, 0.8, 0.9], "change": [0.1, 0.1, 0.1]}
    if not pairs:
        del values["psnr"], values["ssim"]
        values["cycle_error"] = [0.3, 0.1, 0.02]
    run.readings = {"step": steps} | {key: np.array(some, np.float32) for key, some in values.items()}
    run.floors = {"sharpness": 1.0, "frechet": 4.0, "label_kept": 0.97, "psnr": float("nan"), "ssim": 1.0}
    run.floor_stds, run.baselines = {"sharpness": 0.01}, LEVELS
    run.measured = Measured(179, "classifier", "0123456789ab", 0.98, True, True, 12, pairs)
    return make_view(RUN, run)


def test_only_what_applies_has_a_chart() -> None:
    keys = [measure.key for measure in metrics_panel.there(view_of())]
    assert keys == ["frechet", "psnr", "ssim", "sharpness", "label_kept", "change"]
    cycle = [measure.key for measure in metrics_panel.there(view_of(False, game="cycle", task="thin-bold"))]
    assert cycle == ["frechet", "sharpness", "label_kept", "cycle_error", "change"]


@pytest.mark.parametrize("small", [True, False])
def test_baselines_are_dotted_lines_with_names_in_sight(small: bool) -> None:
    view = view_of()
    figure = measure_chart(view, MEASURES["psnr"], style.LIGHT, small)
    dotted = [shape for shape in figure.layout["shapes"] if shape["line"].get("dash") == "dot"]
    assert {shape["label"]["text"]: shape["y0"] for shape in dotted} == {
        "input as it is": 14.0, "bicubic": 14.7, "mean image": 12.0,
    }  # fmt: skip
    low, high = figure.layout["yaxis"]["range"]
    assert all(low <= shape["y0"] <= high for shape in dotted)
    assert not [shape for shape in figure.layout["shapes"] if shape["line"].get("dash") == "dash"], "no floor"
    log = measure_chart(view, MEASURES["frechet"], style.LIGHT, small).log
    assert log is not None
    assert log.low <= np.log10(4) < np.log10(420) <= log.high
    plain = measure_chart(view, MEASURES["sharpness"], style.LIGHT, small)
    assert not [shape for shape in plain.layout["shapes"] if "label" in shape]


def test_it_says_what_is_compared() -> None:
    said = metrics_panel.about(view_of())
    assert "The outputs of 179 held-out inputs, which G never learns from, against their truths." in said
    assert "compare FID on this data and task only" in said
    assert "KID" not in said
    assert "held-out samples of B" in metrics_panel.about(view_of(False, game="cycle", task="thin-bold"))


def test_questions_about_latents_are_not_asked() -> None:
    view = view_of()
    assert not standard_fid.fits(view)
    assert not usefulness.fits(view)


def test_a_race_of_pairs_says_by_what_it_is_judged() -> None:
    history = {"step": np.array([100]), "quality": np.array([[0.74, 0.65, 0.6]], np.float32)}
    race = RaceView("r", ("a", "b", "c"), "paused", metric="ssim", history=history, ahead=(0,))
    said = verdict.why(race, "ABC")
    assert "SSIM of outputs and their truth; more is better" in said
    assert "A 0.74, B 0.65, C 0.6" in said
    assert "leads by 0.05" in said
    assert overlay.measured_by("images") == "Sliced Wasserstein distance of pixels; less is better"
