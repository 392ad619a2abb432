"""Figures are pure functions of a View."""

import base64
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from PIL import Image

from playground.config.presets import PRESETS
from playground.engine.messages import Event, Play, View
from playground.losses.objectives import OBJECTIVES
from playground.metrics.catalogue import MEASURES
from playground.ui.charts import spec, tiles
from playground.ui.charts.plane import cloud
from playground.ui.charts.scores import scores
from playground.ui.pages.train import metrics_panel
from playground.ui.pages.train.charts import gradient
from playground.ui.pages.train.charts.answers import answers, recorded
from playground.ui.pages.train.charts.losses import losses
from playground.ui.pages.train.charts.metric import measure_chart, raw, series
from playground.ui.style import DARK, LIGHT
from playground.utils import sample_grid, scales
from playground.utils.colors import shades
from playground.utils.readings import RAW, Measured
from playground.utils.scales import sigmoid, smooth
from tests.app.fakes import FakeHost


def view_of(preset: str, step: int = 1000, **changes) -> View:
    host = FakeHost()
    host.create("run", PRESETS[preset].config.model_dump())
    host.send("run", Play())
    host.runs["run"].step = step
    view = host.view("run")
    assert view is not None
    return replace(view, **changes)


def numbers(array: dict[str, Any]) -> np.ndarray:
    content = array["b"] if "b" in array else base64.b64decode(array["bdata"])
    return np.frombuffer(content, {"f4": "<f4", "i4": "<i4"}[array["dtype"]])


@pytest.mark.parametrize("palette", [LIGHT, DARK])
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("step", [0, 1000])
def test_every_figure_is_valid_plotly_and_small(palette, objective, step):
    view = view_of("ring", step)
    view = replace(view, config=view.config | {"objective": objective}, events=(Event(5, "knob", "η"),))
    for figure in (
        losses(view, palette),
        scores(view, palette),
        answers(view, palette),
        cloud(view.real, 2.5, palette),
    ):
        go.Figure(figure.to_dict())
        assert len(json.dumps(figure.to_dict())) < 40_000


def with_scores(objective: str, f: np.ndarray) -> View:
    view = view_of("ring", scores_fake=f)
    return replace(view, config=view.config | {"objective": objective})


@pytest.mark.parametrize("palette", [LIGHT, DARK])
@pytest.mark.parametrize("objective", gradient.CURVES)
@pytest.mark.parametrize("f", [None, np.zeros(0), np.full(64, -3.0), np.array([np.nan, np.inf, 1e30, -1e30])])
def test_curves_of_g_are_valid_plotly_and_small(palette, objective, f):
    view = with_scores(objective, f)
    for figure in (gradient.loss_of_g(view, palette), gradient.gradient_of_g(view, palette)):
        go.Figure(figure.to_dict())
        assert len(json.dumps(figure.to_dict())) < 10_000


@pytest.mark.parametrize("objective", gradient.CURVES)
def test_curves_of_g_are_the_loss_that_runs_and_its_gradient(objective):
    f = torch.linspace(-30, 30, 61, dtype=torch.float64, requires_grad=True)
    each = torch.stack([OBJECTIVES[objective].g_loss(one, one) for one in f.unbind()])
    (slope,) = torch.autograd.grad(each.sum(), f)
    curve = gradient.CURVES[objective]
    assert np.allclose(curve.loss(f.detach().numpy()), each.detach().numpy())
    assert np.allclose(curve.slope(f.detach().numpy()), slope.numpy())


def test_minimax_is_flat_where_its_rival_pulls():
    figure = gradient.gradient_of_g(with_scores("minimax", np.full(64, -15.0)), LIGHT).to_dict()
    own, rival, rug, mean = figure["data"]
    assert "━ Minimax 0.00" in figure["layout"]["title"]["text"]
    assert "╌ Non-saturating 1.00" in figure["layout"]["title"]["text"]
    assert (own["line"]["dash"], rival["line"]["dash"]) == ("solid", "dash")
    assert np.allclose(numbers(rug["x"]), -15)
    assert (numbers(mean["x"])[0], numbers(mean["y"])[0]) == (-15, pytest.approx(0, abs=1e-6))
    low, high = figure["layout"]["xaxis"]["range"]
    assert low < -15 < high


def test_curves_of_g_without_a_batch_have_no_marks():
    figure = gradient.gradient_of_g(with_scores("non-saturating", np.zeros(0)), LIGHT).to_dict()
    assert [trace["mode"] for trace in figure["data"]] == ["lines", "lines"]
    assert figure["layout"]["xaxis"]["range"] == [-gradient.NEAR, gradient.NEAR]


def test_losses_show_the_history():
    view = view_of("ring")
    d, g = losses(view, LIGHT).to_dict()["data"][:2]
    assert np.array_equal(numbers(d["x"]), view.history["step"].astype(np.int32))
    assert np.allclose(numbers(d["y"]), view.history["d_loss"])
    assert np.allclose(numbers(g["y"]), view.history["g_loss"])
    assert (d["line"]["color"], g["line"]["color"]) == (LIGHT.discriminator, LIGHT.generated)


def test_every_event_has_a_line_and_a_text():
    events = (Event(100, "knob", "first"), Event(100, "knob", "second"), Event(200, "reset", "third"))
    figure = losses(view_of("ring", events=events), LIGHT).to_dict()
    assert [shape["x0"] for shape in figure["layout"]["shapes"] if shape.get("yref") == "paper"] == [100, 100, 200]
    marks = figure["data"][-1]
    assert marks["x"] == [100, 200]
    assert "first" in marks["hovertext"][0]
    assert "second" in marks["hovertext"][0]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_equilibrium_lines_are_where_theory_puts_them(objective):
    view = view_of("ring")
    view = replace(view, config=view.config | {"objective": objective})
    drawn = [s["y0"] for s in losses(view, LIGHT).to_dict()["layout"]["shapes"] if s.get("xref") == "paper"]
    assert drawn == sorted(set(OBJECTIVES[objective].equilibrium or ()), reverse=True)


def test_what_is_said_of_the_curves_stands_above_them():
    view = view_of("ring", events=(Event(100, "knob", "first"),))
    figure = losses(view, LIGHT)
    assert "╌ equilibrium 1.39 / 0.69" in [item.written for item in figure.items]
    assert not figure.layout.get("annotations"), "words on the plot would cover a curve"
    marks = figure.data[-1]
    assert (marks["yaxis"], marks["y"]) == ("y2", [1]), "events stand on the upper edge, wherever one zooms to"
    assert marks["marker"]["angle"] == 180
    assert marks["marker"]["standoff"] > marks["marker"]["size"] / 2 - 1, "outside of the plot"
    assert figure.layout["margin"]["t"] >= marks["marker"]["standoff"] + marks["marker"]["size"] / 2


def test_losses_may_be_logarithmic_only_where_none_is_negative():
    view = view_of("ring")
    axis = losses(view, LIGHT).log
    assert axis is not None
    assert not axis.chosen
    values = np.concatenate([view.history["d_loss"], view.history["g_loss"]])
    assert 10**axis.low < values.min() < values.max() < 10**axis.high
    negative = view.history | {"g_loss": -view.history["g_loss"]}
    assert losses(replace(view, history=negative), LIGHT).log is None
    assert losses(replace(view, history={}), LIGHT).log is None


def test_what_d_says_over_time_is_a_probability_where_the_objective_makes_it_one():
    view = view_of("ring")
    history = view.history | {"d_real": np.full(100, 3.0), "d_fake": np.full(100, -3.0)}
    view = replace(view, history=history)
    assert recorded(view)
    figure = answers(view, LIGHT)
    real, fake = (numbers(trace["y"]) for trace in figure.data)
    assert (real[0], fake[0]) == (pytest.approx(0.9526, abs=1e-4), pytest.approx(0.0474, abs=1e-4))
    assert [trace["line"]["color"] for trace in figure.data] == [LIGHT.real, LIGHT.generated]
    assert figure.layout["yaxis"]["range"] == [0, 1]
    assert [item.written for item in figure.items] == ["● real 0.95", "▲ generated 0.05"]
    figure = answers(replace(view, config=view.config | {"objective": "wgan"}), LIGHT)
    assert [numbers(trace["y"])[0] for trace in figure.data] == [3, -3]
    low, high = figure.layout["yaxis"]["range"]
    assert low <= -3 < 3 <= high
    assert not recorded(replace(view, history={"step": history["step"], "d_a_loss": history["d_loss"]}))


def test_steps_are_sent_once_for_all_curves():
    view = view_of("ring")
    n = len(view.history["d_loss"])
    even = view.history | {"step": np.arange(1, n + 1) * 10}
    d, g = losses(replace(view, history=even), LIGHT).payload()["data"]
    assert g["x"] == 0, "that of the first trace"
    assert d["x"] == {"even": [10, 10, n]}
    assert len(numbers(d["y"])) == len(numbers(g["y"])) == n
    uneven = np.arange(n) ** 2
    d, _g = losses(replace(view, history=view.history | {"step": uneven}), LIGHT).payload()["data"]
    assert np.array_equal(numbers(d["x"]), uneven)


def test_what_the_component_knows_is_not_sent_and_nothing_else_is_left_out():
    figure = losses(view_of("ring"), LIGHT)
    sent = figure.payload()["layout"]
    assert spec.COMMON | sent | {"xaxis": 0, "yaxis": 0} == figure.layout | {"xaxis": 0, "yaxis": 0}
    assert spec.COMMON_AXIS | spec.COMMON_CROSSHAIR | sent["xaxis"] == figure.layout["xaxis"]
    assert spec.COMMON_AXIS | sent["yaxis"] == figure.layout["yaxis"]
    assert not sent.keys() & spec.COMMON.keys()


def test_outliers_do_not_ruin_the_scale_and_are_said():
    view = view_of("ring")
    calm = losses(view, LIGHT).to_dict()["layout"]["yaxis"]["range"]
    d = view.history["d_loss"].copy()
    d[50] = 1e6
    figure = losses(replace(view, history=view.history | {"d_loss": d}), LIGHT)
    assert figure.layout["yaxis"]["range"] == calm
    assert "↑ peak 1e+06" in [item.written for item in figure.items]


def test_robust_range_holds_the_middle_and_ignores_what_is_not_finite():
    values = np.concatenate([np.linspace(1, 2, 1000), [np.nan, np.inf, -np.inf]])
    low, high = scales.robust_range(values)
    assert 0.7 <= low <= 1
    assert 2 <= high <= 2.3
    assert scales.robust_range(np.full(5, np.nan)) == scales.robust_range(np.zeros(0))


@pytest.mark.parametrize(("value", "expected"), [(0.3, 0.5), (1, 1), (1.01, 2), (30, 50), (70, 100)])
def test_nice(value, expected):
    assert scales.nice(value) == pytest.approx(expected)


def test_smoothing_keeps_a_constant_and_weighs_by_half_lives():
    assert np.allclose(smooth(np.full(50, 3.0), 5), 3)
    out = smooth(np.array([0.0, 1.0]), 1)
    assert out[1] == pytest.approx(1 / 1.5)
    gap = smooth(np.array([1.0, np.nan, 1.0]), 5)
    assert np.isnan(gap[1])
    assert gap[2] == pytest.approx(1)


def test_scores_are_probabilities_only_where_the_objective_says_so():
    view = view_of("ring", scores_real=np.full(8, 3.0), scores_fake=np.full(8, -3.0))
    logistic = scores(view, LIGHT).to_dict()["layout"]
    assert logistic["xaxis"]["range"] == [0, 1]
    assert "0.95" in logistic["title"]["text"]
    raw = scores(replace(view, config=view.config | {"objective": "wgan"}), LIGHT).to_dict()["layout"]
    assert raw["xaxis"]["range"][0] < -3
    assert "3.00" in raw["title"]["text"]


def test_histograms_add_up_to_the_whole_batch():
    for trace in scores(view_of("ring"), LIGHT).to_dict()["data"]:
        assert numbers(trace["y"])[1:-1].sum() == pytest.approx(1)


def test_sigmoid_is_stable():
    assert np.array_equal(sigmoid(np.array([-1000.0, 0.0, 1000.0])), [0, 0.5, 1])


def test_shades_run_from_generated_to_real():
    assert shades(np.array([[-50.0, 0.0, 50.0]]), probability=True).tolist() == [[0, 128, 255]]
    raw = shades(np.array([[4.0, 5.0, 6.0]]), probability=False)
    assert raw.tolist() == [[0, 128, 255]]
    assert shades(np.array([[np.nan, 0.0]]), probability=True)[0, 0] in (127, 128)


def test_tiles_with_labels_have_one_class_a_column():
    labels = np.array([2, 0, 1, 0, 2, 0])
    assert sample_grid.arrange(labels, 2, 3, 6).tolist() == [[1, 2, 0], [3, -1, 4]]


def test_tiles_without_labels_read_like_text():
    assert sample_grid.arrange(None, 2, 3, 5).tolist() == [[0, 1, 2], [3, 4, -1]]


@pytest.mark.parametrize("channels", [1, 3])
def test_crisp_tiles_keep_their_pixels_and_a_clear_gap(channels):
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, channels), np.uint8)
    pixels, pitch = tiles.sheet(images, np.array([[0, 1], [2, -1]]), smooth=False)
    assert pixels.shape == (17, 17, channels)
    assert pitch == 9
    expected = np.where(images == tiles.CLEAR, 0, images)
    assert np.array_equal(pixels[:8, :8], expected[0])
    assert np.array_equal(pixels[9:, :8], expected[2])
    picture = Image.open(io.BytesIO(tiles.png(pixels))).convert("RGBA")
    alpha = np.asarray(picture)[..., 3]
    assert (alpha[:8, :8] == 255).all()
    assert (alpha[8] == 0).all()
    assert (alpha[9:, 9:] == 0).all()


def test_smooth_tiles_are_pillow_bicubic():
    images = np.random.default_rng(0).integers(90, 166, (2, 8, 8, 3), np.uint8)  # Pillow clips between its two passes
    expected = np.stack([np.asarray(Image.fromarray(i).resize((32, 32), Image.Resampling.BICUBIC)) for i in images])
    assert np.abs(sample_grid.enlarge(images, 4).astype(int) - expected).max() <= 2


def test_the_grid_is_one_picture_with_heads():
    view = view_of("digits")
    html = tiles.html(view.samples, sample_grid.arrange(view.labels, 10, 10, 100), True, ["0", "<1>"], 'a "b"')
    assert html.count("<img") == 1
    assert "&lt;1&gt;" in html
    assert "a &quot;b&quot;" in html
    assert len(html) < 150_000


def test_few_pixels_are_sent_as_they_are_and_a_large_sheet_with_a_loss_that_nobody_sees():
    images = np.random.default_rng(0).integers(0, 256, (100, 4, 4, 3), np.uint8).repeat(8, 1).repeat(8, 2)
    few, some = (sample_grid.arrange(None, n, n, n * n) for n in (2, 3))
    assert tiles.live(images[:4, :, :, :1], few, smooth=True) == {
        "pixels": images[:4, :, :, 0].tobytes(), "tile": (32, 32, 1), "scale": 3,
    }  # fmt: skip
    assert tiles.live(images[:9], some, smooth=False)["type"] == "image/png"
    places = sample_grid.arrange(None, 10, 10, 100)
    pixels, _pitch = tiles.sheet(images, places, smooth=False)
    live = tiles.live(images, places, smooth=False)
    assert live["type"] == "image/webp"
    picture = np.asarray(Image.open(io.BytesIO(live["picture"])).convert("RGBA")).astype(int)
    clear = (pixels == tiles.CLEAR).all(2)
    assert np.array_equal(picture[..., 3] == 0, clear)
    assert np.abs(picture[..., :3] - pixels)[~clear].mean() < 25


def test_heat_lies_over_the_tiles_and_is_clear_between_them():
    saliency = np.zeros((4, 8, 8), np.uint8)
    saliency[1, 2, 3] = 255
    heat = tiles.heat(saliency, sample_grid.arrange(None, 2, 2, 4), False, "#DB94D3")
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(heat.split(",")[1]))).convert("RGBA"))
    assert picture.shape == (17, 17, 4)
    assert np.argwhere(picture[..., 3]).tolist() == [[2, 9 + 3]]
    assert picture[2, 12].tolist() == [0xDB, 0x94, 0xD3, 255]


def test_a_metric_has_a_thin_curve_of_g_as_it_is() -> None:
    readings = {"step": np.array([100, 200, 300]), "modes": np.array([8.0, 8.0, 7.0])}
    readings[f"{RAW}modes"] = np.array([1.0, np.nan, 3.0])
    view = view_of("ring", readings=readings, floors={"modes": 8.0})
    measure = MEASURES["modes"]
    thin, thick = [t for t in measure_chart(view, measure, LIGHT, small=False).data if t["mode"] == "lines"]
    assert thin["line"]["width"] < thick["line"]["width"]
    assert (thin["line"]["dash"], thin["line"]["color"]) == ("dot", thick["line"]["color"])
    assert [len(raw(view, "modes")[0]), len(series(view, "modes")[0])] == [2, 3]
    values = [(item.written, item.group) for item in measure_chart(view, measure, LIGHT, small=True).items]
    assert values[:2] == [("▲ 7", "generated"), ("/ 3", "raw")]
    assert {thin["legendgroup"], thick["legendgroup"]} == {"raw", "generated"}
    assert "7 (EMA), 3 (raw G)" in metrics_panel.alt(view, measure)
    assert "EMA / raw" in metrics_panel.about(replace(view, measured=Measured(2500)))
    alone = replace(view, config=view.config | {"ema_half_life": 0.0})
    assert len(measure_chart(alone, measure, LIGHT, small=False).data) == 2
    assert [item.written for item in measure_chart(alone, measure, LIGHT, small=True).items] == ["▲ 7", "● 8"]
    assert "EMA" not in metrics_panel.about(replace(alone, measured=Measured(2500)))
