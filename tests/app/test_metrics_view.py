"""The metrics on the Train page, and whether samples help, against a host without an engine."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.latent.questions import Application, ApplicationFound, InceptionFID, InceptionFIDFound, Study
from playground.metrics import inception_weights
from playground.metrics.catalogue import MEASURES, name
from playground.ui import style
from playground.ui.charts.spec import log_axis
from playground.ui.pages.train import metrics_panel, standard_fid, usefulness
from playground.ui.pages.train.charts.metric import measure_chart, spell, spell_band
from playground.utils.readings import Measured
from tests.app.fakes import FakeHost, FakeRun, make_view

ROOT = Path(__file__).resolve().parents[2]
RUN = "r" * 22
CLASSIFIER = Measured(898, "classifier", "0123456789ab", 0.987)
FOUND = ApplicationFound(
    np.array([[0.8, 0.82, 0.81], [0.7, 0.72, 0.71], [0.9, 0.91, 0.92]], np.float32),
    (100, 1000, 1100),
    500,
    False,
    "asked",
)


BY_LABELS = {"score", "imbalance"}  # by a classifier of the classes


def _columns(kind: str, labels: bool = True) -> dict[str, np.ndarray]:
    """Readings at five steps, expensive ones at the first only; what needs labels only with them."""
    steps = np.array([100, 200, 300, 400, 500])
    found = {"step": steps}
    for measure in MEASURES.values():
        if measure.suits(kind) and (labels or measure.key not in BY_LABELS):
            values = np.linspace(0.9, 0.5, 5)
            found[measure.key] = np.where(steps > 100, np.nan, values) if measure.cost == "expensive" else values
    return found


def _open(preset: str, measured: Measured | None = CLASSIFIER, readings: bool = True) -> tuple[FakeHost, AppTest]:
    host = FakeHost()
    host.create(RUN, PRESETS[preset].config.model_dump())
    run = host.runs[RUN]
    run.step = 500
    if readings:
        run.readings = _columns("points" if preset == "ring" else "images", measured == CLASSIFIER)
        run.floors = {key: 0.6 for key in run.readings if key not in ("step", "path_length")} | {"modes": 8.0}
        run.measured = measured
    app = AppTest.from_file(str(ROOT / "playground" / "ui" / "main" / "script.py"), default_timeout=90)
    app.session_state["_host"] = host
    app.session_state["_beside"] = "metrics"
    app.query_params["run"] = RUN
    app.run()
    assert not app.exception
    return host, app


def _texts(app: AppTest) -> str:
    return " ".join(element.value for kind in (app.markdown, app.caption, app.html) for element in kind)


def _drawn(app: AppTest) -> set[str]:
    return {
        key for key in MEASURES if any(f"measure_{key}" in str(element.proto) for element in app.get("bidi_component"))
    }


@pytest.mark.parametrize(
    ("preset", "measured", "says"),
    [
        ("digits", CLASSIFIER, "right in 98.7 % of all cases"),
        (
            "digits",
            Measured(500, "random", "abcdef012345"),
            "Too few labels for a classifier: features of random convolutions",
        ),
        ("ring", Measured(2500), "The stage counts the modes with the points that it shows."),
    ],
)
def test_it_says_what_is_compared_and_what_it_means(preset: str, measured: Measured, says: str) -> None:
    _, app = _open(preset, measured)
    shown = _texts(app)
    assert says in shown
    assert f"{measured.count:,}".replace(",", "\u202f") in shown
    for measure in metrics_panel.there(make_view(RUN, _run(app))):
        assert measure.paper.split(",")[0] in shown
    if preset == "digits":
        assert f"features are compared: {measured.hash}" in shown
        assert name(MEASURES["frechet"], "digits", measured.network) in shown
        assert ("Inception score" in shown) == (measured == CLASSIFIER)


def _run(app: AppTest) -> FakeRun:
    run: FakeRun = app.session_state["_host"].runs[RUN]
    return run


def test_names_say_by_which_features() -> None:
    assert name(MEASURES["frechet"], "digits", "classifier") == "FID (digits CNN)"
    assert name(MEASURES["kernel"], "digits-16", "classifier") == "KID (digits-16 CNN)"
    assert name(MEASURES["frechet"], "shapes", "random") == "FID, random conv"
    assert name(MEASURES["recall"], "shapes", "random") == "Recall"


def test_before_there_is_anything_it_says_so() -> None:
    _, app = _open("digits", readings=False)
    _run(app).prepared = 0.43
    assert "43 %" in _texts(app.run())
    _run(app).prepared = 1.0
    assert "Press Play: the first metrics come soon after." in _texts(app.run()), "it is paused"
    _run(app).status = "playing"
    assert "The first metrics come soon, while you train." in _texts(app.run())
    _run(app).readings = {"step": np.array([100]), "drift": np.array([0.1])}
    assert "too few samples" in _texts(app.run())
    assert not app.toggle(key="smooth").disabled
    host, app = _open("ring", readings=False)
    host.runs[RUN].step = 0
    assert "Press Play" in _texts(app.run())


def test_a_few_come_first_and_all_behind_a_switch() -> None:
    _, app = _open("digits")
    few = {measure.key for measure in MEASURES.values() if measure.first and measure.suits("images")}
    assert _drawn(app) == few
    app.toggle(key=metrics_panel.ALL).set_value(True).run()
    assert not app.exception
    assert _drawn(app) == {key for key, measure in MEASURES.items() if measure.suits("images")}


def test_on_a_projector_one_key_brings_the_metrics() -> None:
    _, app = _open("digits")
    app.button(key="projector").click().run()
    assert {toggle.key for toggle in app.toggle} & {metrics_panel.ALL} == set(), "fewer controls"
    assert _drawn(app)
    for side in ("objective", "networks", "walk", "losses", "scores", "metrics"):
        app.button(key="turn").click().run()
        assert not app.exception
        assert app.selectbox(key="in_large").value == side
        assert len(_drawn(app)) == (side == "metrics"), "one at a time"
    before, box = _drawn(app), app.selectbox(key=metrics_panel.ONE)
    box.select_index(len(box.options) - 1).run()
    assert len(_drawn(app) - before) == len(_drawn(app)) == 1


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("preset", ["ring", "digits"])
def test_every_chart_has_the_value_and_that_of_real_samples(preset: str, small: bool) -> None:
    _, app = _open(preset)
    view = make_view(RUN, _run(app))
    for measure in metrics_panel.there(view):
        figure = measure_chart(view, measure, style.LIGHT, small)
        dashed = [shape for shape in figure.layout["shapes"] if shape["line"].get("dash") == "dash"]
        assert len(dashed) == (measure.key != "path_length")
        low, high = figure.layout["yaxis"]["range"]
        assert all(low <= shape["y0"] <= high for shape in dashed), measure.key
        if figure.log is not None:
            assert all(figure.log.low <= np.log10(shape["y0"]) <= figure.log.high for shape in dashed), measure.key
        last = 0.9 if measure.cost == "expensive" else 0.5
        assert f"▲ {spell(measure, last)}" in figure.heading
        assert ("●" in figure.heading) == bool(dashed)


def test_real_samples_are_a_band_that_is_drawn_and_said() -> None:
    host, app = _open("digits")
    run = host.runs[RUN]
    run.floors["frechet"], run.floor_stds["frechet"] = 5.6, 1.8
    run.floors["coverage"], run.floor_stds["coverage"] = 0.97, 0.02
    view = make_view(RUN, _run(app))
    for key, low, high in (("frechet", 2.0, 9.2), ("coverage", 0.93, 1.0)):
        figure = measure_chart(view, MEASURES[key], style.LIGHT, small=False)
        [band] = [shape for shape in figure.layout["shapes"] if shape["type"] == "rect"]
        assert (band["y0"], band["y1"]) == pytest.approx((low, high)), "two deviations on each side, shares up to 1"
        bottom, top = figure.layout["yaxis"]["range"]
        assert bottom <= band["y0"] < band["y1"] <= top
        if figure.log is not None:
            assert figure.log.low <= np.log10(low) < np.log10(high) <= figure.log.high

    def title(key: str, small: bool) -> str:
        return measure_chart(view, MEASURES[key], style.LIGHT, small).heading

    assert "● 5.6 ± 1.8 real" in title("frechet", small=False)
    assert "97.0 ± 2.0 %" in title("coverage", small=False)
    assert "●" in title("coverage", small=True)
    assert "real samples 5.6 ± 1.8" in metrics_panel.alt(view, MEASURES["frechet"])
    assert spell_band(MEASURES["kernel"], -941.04, 233.67) == "−941 ± 234"
    assert spell_band(MEASURES["jensen_shannon"], 0.0015, 0.00042) == "0.0015 ± 0.0004"


@pytest.mark.parametrize(
    ("unseen", "apart", "says"),
    [
        (True, True, "real ones from which G does not learn."),
        (False, True, "training images, as G learns from all of the data."),
        (False, False, "It learned from these real images, too."),
    ],
)
def test_it_says_which_real_images_are_compared_and_what_they_cannot_tell(unseen: bool, apart: bool, says: str) -> None:
    _, app = _open("digits", replace(CLASSIFIER, unseen=unseen, apart=apart, splits=12))
    shown = metrics_panel.about(make_view(RUN, _run(app)))
    assert says in shown
    assert "12 random splits" in shown
    assert "KID" in shown


def test_what_is_not_defined_is_named() -> None:
    host, app = _open("digits")
    run = host.runs[RUN]
    run.readings["precision"], run.floors["precision"] = np.full(5, np.nan), float("nan")
    view = make_view(RUN, _run(app))
    assert metrics_panel.undefined(view) == "Precision"
    assert "Not defined here" in metrics_panel.about(view)
    assert spell(MEASURES["precision"], float("nan")) == "not defined"


def test_a_value_that_is_older_than_others_says_when() -> None:
    _, app = _open("digits")
    view = make_view(RUN, _run(app))

    def title(key: str, small: bool) -> str:
        return measure_chart(view, MEASURES[key], style.LIGHT, small).heading

    assert "at step 100" in title("copies", small=False)
    assert "at step" not in title("copies", small=True)
    assert "at step" not in title("coverage", small=False)


def test_values_are_spelled_in_three_figures() -> None:
    frechet, recall, modes = (MEASURES[key] for key in ("frechet", "recall", "modes"))
    assert [spell(frechet, x) for x in (2110.4, 45.67, 2.847, 0.0012)] == ["2\u202f110", "45.7", "2.85", "0.001"]
    assert (spell(recall, 0.834), spell(modes, 7.0)) == ("83 %", "7")
    assert [spell(frechet, x) for x in (-0.0123, -0.0002)] == ["−0.012", "0.000"]  # an estimate scatters around 0


def test_an_axis_names_at_least_two_values() -> None:
    for values in (np.array([0.7, 0.019]), np.array([0.62, 0.001]), np.array([0.5, 0.2]), np.array([400.0, 0.5])):
        axis = log_axis(values)
        assert 2 <= len(axis.ticks) <= 5
        assert all(axis.low <= np.log10(at) <= axis.high for at in axis.ticks)
    _, app = _open("ring")
    figure = measure_chart(make_view(RUN, _run(app)), MEASURES["modes"], style.LIGHT, True)
    assert figure.layout["yaxis"]["tickvals"] == [0, 4, 8]


def test_a_value_of_real_samples_below_zero_lies_on_the_axis() -> None:
    host, app = _open("digits")
    run = host.runs[RUN]
    run.readings["kernel"] = np.array([5.0, 1.0, 0.2, 0.05, 0.02])
    run.floors["kernel"] = -0.0007
    figure = measure_chart(make_view(RUN, _run(app)), MEASURES["kernel"], style.LIGHT, True)
    low, high = figure.layout["yaxis"]["range"]
    assert low <= figure.layout["shapes"][0]["y0"] == -0.0007 < 5 <= high


def test_an_axis_may_be_logarithmic_where_orders_of_magnitude_are_and_nothing_is_negative() -> None:
    host, app = _open("digits")
    run = host.runs[RUN]
    run.floors["frechet"], run.floor_stds["frechet"] = 5.6, 1.8
    offered = {}
    for floor in (0.02, -0.0007):
        run.floors["kernel"] = floor
        view = make_view(RUN, _run(app))
        for key in ("frechet", "kernel", "coverage", "score"):
            offered[key, floor] = measure_chart(view, MEASURES[key], style.LIGHT, small=True).log
    assert offered["frechet", 0.02] is not None
    assert offered["frechet", 0.02].chosen
    for key in ("kernel", "coverage", "score"):
        assert offered[key, -0.0007] is None, key
    assert offered["kernel", 0.02] is None, "an unbiased estimate may become negative at any time"


def test_a_huge_first_value_flattens_nothing_and_is_named() -> None:
    host, app = _open("digits")
    run = host.runs[RUN]
    run.readings["step"] = np.arange(1, 11) * 100
    run.readings["kernel"] = np.array([105.0, 4.0, 1.2, 1.1, 1.0, 0.9, 0.8, 0.9, 0.7, 0.6])
    figure = measure_chart(make_view(RUN, _run(app)), MEASURES["kernel"], style.LIGHT, small=False)
    low, high = figure.layout["yaxis"]["range"]
    assert low <= 0
    assert 1.2 < high < 5
    assert "↑ peak 105" in [item.written for item in figure.items]
    run.readings["kernel"][:2] = 1.5  # not far away
    figure = measure_chart(make_view(RUN, _run(app)), MEASURES["kernel"], style.LIGHT, small=True)
    assert not [item for item in figure.items if item.text in "↑↓"]


def test_the_value_of_real_samples_is_in_sight_from_the_first_reading_on() -> None:
    host, app = _open("digits")
    run = host.runs[RUN]
    run.readings["score"] = np.array([5.2, np.nan, np.nan, np.nan, np.nan])
    run.floors["score"] = 9.7
    figure = measure_chart(make_view(RUN, _run(app)), MEASURES["score"], style.LIGHT, True)
    low, high = figure.layout["yaxis"]["range"]
    assert low <= 5.2 < 9.7 < high


def test_the_application_check_is_asked_for_shown_and_left_again() -> None:
    host, app = _open("digits")
    host.study = lambda *_: Study(500, 1, 4)  # type: ignore[method-assign]
    app.button(key="measures_apply").click().run()
    assert not app.exception
    assert _drawn(app) == set()
    app.button(key=f"{usefulness.NAME}_ask").click().run()
    assert app.button(key=f"{usefulness.NAME}_ask").disabled
    asked: list[Any] = []

    def study(run: str, question: Any, *more: Any) -> Study:
        asked.append(question)
        return Study(500, 4, 4, result=FOUND)

    host.study = study  # type: ignore[method-assign]
    app.run()
    assert asked == [Application()]
    assert "They help" in _texts(app)
    assert "81.0 ± 0.8 %" in _texts(app)
    assert "1\u202f100" in _texts(app)
    app.button(key="measures_back").click().run()
    assert "They help" not in _texts(app)


def _standard(app: AppTest) -> AppTest:
    app.button(key="measures_standard").click().run()
    assert not app.exception
    return app


def test_the_standard_fid_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "a_b*c"))
    monkeypatch.setattr("importlib.util.find_spec", _without("torch_fidelity"))
    _, app = _open("digits")
    shown = _texts(_standard(app))
    assert "pip install torch-fidelity==0.4.0" in shown
    assert inception_weights.INCEPTION in shown
    assert str(tmp_path / "a_b*c" / "weights") in shown
    assert app.button(key=f"{standard_fid.NAME}_ask").disabled
    app.button(key="measures_back").click().run()
    assert "frechet" in _drawn(app)


def _without(package: str) -> Any:
    """`find_spec` where this package is not there."""
    true = importlib.util.find_spec
    return lambda name, *more: None if name == package else true(name, *more)


def test_the_standard_fid_is_asked_for_cancelled_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inception_weights, "missing", lambda: "")
    host, app = _open("digits")
    host.study = lambda *_: Study(500, 1, 4)  # type: ignore[method-assign]
    shown = _texts(_standard(app))
    assert _drawn(app) == set()
    assert "500 generated images" in shown
    assert "1\u202f500 images are looked at: 300 s" in shown
    app.button(key="inception_ask").click().run()
    assert app.button(key="inception_ask").disabled
    app.button(key="inception_stop").click().run()
    assert host.dropped == [InceptionFID()]
    asked: list[Any] = []

    def study(run: str, question: Any, *more: Any) -> Study:
        asked.append(question)
        return Study(500, 4, 4, result=InceptionFIDFound(87.654, 43.21, 500))

    host.study = study  # type: ignore[method-assign]
    app.button(key="inception_ask").click().run()
    assert not app.exception
    assert asked == [InceptionFID()]
    shown = _texts(app)
    assert "87.7" in shown
    assert "43.2" in shown
    assert "500 images against 500" in shown
    assert "far too high" in shown


def test_a_problem_of_the_standard_fid_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inception_weights, "missing", lambda: "")
    host, app = _open("digits")
    host.study = lambda *_: Study(500, problem="another digest")  # type: ignore[method-assign]
    _standard(app).button(key="inception_ask").click().run()
    assert [warning.value for warning in app.warning] == ["another digest"]


def test_points_have_no_standard_fid() -> None:
    _, app = _open("ring", Measured(2500))
    assert {"measures_apply", "measures_standard"} & {button.key for button in app.button} == {"measures_apply"}


def test_the_verdict_weighs_the_difference_against_the_seeds() -> None:
    def verdict(real: float, both: float, scatter: float) -> str:
        rows = [np.array([mean - scatter, mean + scatter]) for mean in (real, 0.5, both)]
        return usefulness.verdict(ApplicationFound(np.stack(rows), (1, 1, 2), 9, True, "asked"))

    assert "They help" in verdict(0.8, 0.9, 0.01)
    assert "They harm" in verdict(0.9, 0.8, 0.01)
    assert "No clear difference" in verdict(0.8, 0.9, 0.1)
    assert "alone" in verdict(0.4, 0.4, 0.01)
