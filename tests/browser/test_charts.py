"""The chart component with Plotly on an empty page: reading, zooming, switching, by hand and by keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly
import pytest
from playwright.sync_api import Page, expect

from playground.config.presets import PRESETS
from playground.engine.messages import View
from playground.metrics.catalogue import MEASURES
from playground.ui.charts.scores import BINS, scores
from playground.ui.charts.spec import Spec, array, axis, layout, steps
from playground.ui.components import frames
from playground.ui.components.chart import CONSTANTS, words
from playground.ui.components.frames import HERE
from playground.ui.pages.train.charts.losses import losses
from playground.ui.pages.train.charts.metric import measure_chart
from playground.ui.style import LIGHT
from tests.browser.test_components import HARNESS

if TYPE_CHECKING:
    from tests.browser.conftest import Pool

SCRIPTS = ("common", "chart_head", "chart_figure", "chart_plotly", "chart_keys", "chart")
GRAPH = "document.querySelector('.js-plotly-plot')"
RANGES = f"['xaxis', 'yaxis'].map(name => {GRAPH}._fullLayout[name].range)"
COUNTER = count()
DRAW = "data => { window.end = draw(here, Uint8Array.from(data)); }"
LAST = 1.02  # the axis of the steps ends a little beyond the last one


@pytest.fixture(scope="module")
def drawing(pool: Pool) -> Iterator[Page]:
    """A page with Plotly, which takes a browser longer to read than to draw what a test asks for."""
    options = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
    context = pool.take("", options)
    page = context.new_page()
    page.add_script_tag(content=(files(plotly) / "package_data" / "plotly.min.js").read_text("utf-8"))
    page.add_style_tag(content="body { margin: 0; font: 15px sans-serif; }" + (HERE / "chart.css").read_text("utf-8"))
    yield page
    context.close()


@pytest.fixture
def place(drawing: Page, pool: Pool) -> Iterator[Page]:
    """That page with a place of 600 x 300 for one chart, whose scripts know of no other one."""
    page = drawing
    page.evaluate("() => document.body.replaceChildren()")
    page.mouse.move(700, 700)
    known = CONSTANTS | {"WORDS": words()}
    script = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in known.items())
    script += "".join((HERE / f"{stem}.js").read_text("utf-8") for stem in SCRIPTS)
    page.evaluate(HARNESS, [(HERE / "chart.html").read_text("utf-8"), script])
    page.evaluate(
        "() => { window.here = place(); here.style.cssText = 'position: relative; width: 600px; height: 300px'; }"
    )
    yield page
    page.evaluate("() => window.end?.()")
    problems, pool.problems = pool.problems, []
    assert problems == []


def sent(figure: Spec) -> list[int]:
    """The bytes that Streamlit hands to the component."""
    return list(frames.packed([figure.payload(), "A chart", "key", None]))


def show(page: Page, figure: Spec) -> None:
    """Draw a figure as Streamlit would, and wait until Plotly has drawn it."""
    figure.layout["meta"] = f"drawing {next(COUNTER)}"
    page.evaluate(DRAW, sent(figure))
    page.wait_for_function(f"'{figure.layout['meta']}' === {GRAPH}?.layout.meta")


def curves(rows: int, generation: int = 0, every: int = 10) -> Spec:
    """Losses of a run: D's falls from 1.5 by a thousandth a row of so many steps, G's stands at 0.5."""
    history = {
        "step": np.arange(1, rows + 1) * every,
        "d_loss": 1.5 - np.arange(rows) / 1000,
        "g_loss": np.full(rows, 0.5),
    }
    config = {"objective": "non-saturating"}
    return losses(View("run", generation, rows, config, "playing", "raw", step=rows * every, history=history), LIGHT)


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """The pixel at these shares of the plot."""
    box = page.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=5)
    page.mouse.up()


def test_the_pointer_reads_the_curves_at_a_step_also_of_new_data(place: Page) -> None:
    show(place, curves(20, every=100))
    place.locator("select").select_option("off")
    label = place.locator(".hoverlayer")
    place.mouse.move(*at(place, 1000 / (LAST * 2000), 0.5))
    for says in ("step 1\u202f000", "D 1.491", "G 0.500"):
        expect(label).to_contain_text(says)
    show(place, curves(40, every=100))  # the pointer rests: there now is the step 2 000
    for says in ("step 2\u202f000", "D 1.481"):
        expect(label).to_contain_text(says)


def test_a_zoom_lasts_for_the_run_and_a_double_click_follows_the_newest_step_again(place: Page) -> None:
    show(place, curves(200))
    drag(place, (0.25, 0.2), (0.5, 0.6))
    place.wait_for_function(f"{RANGES}[0][0] > 100")
    zoomed = place.evaluate(RANGES)
    assert zoomed[0] == pytest.approx([0.25 * LAST * 2000, 0.5 * LAST * 2000], abs=15)
    for rows in range(210, 310, 10):
        show(place, curves(rows))
        assert place.evaluate(RANGES) == zoomed
    place.mouse.dblclick(*at(place, 0.5, 0.5))
    place.wait_for_function(f"{RANGES}[0][1] > 3000")
    show(place, curves(400))
    assert place.evaluate(RANGES)[0] == pytest.approx([0, LAST * 4000])
    drag(place, (0.25, 0.2), (0.5, 0.6))
    place.wait_for_function(f"{RANGES}[0][0] > 100")
    show(place, curves(100, generation=1))
    assert place.evaluate(RANGES)[0] == pytest.approx([0, LAST * 1000]), "another generation starts whole"


def test_new_data_does_not_end_what_is_being_dragged(place: Page) -> None:
    show(place, curves(200))
    place.mouse.move(*at(place, 0.25, 0.2))
    place.mouse.down()
    place.mouse.move(*at(place, 0.4, 0.5), steps=3)
    place.evaluate(DRAW, sent(curves(300)))
    place.mouse.move(*at(place, 0.5, 0.6), steps=3)
    place.mouse.up()
    place.wait_for_function(f"{GRAPH}.data.at(-1).x[0] === 3000")
    assert place.evaluate(RANGES)[0] == pytest.approx([0.25 * LAST * 2000, 0.5 * LAST * 2000], abs=15)


def test_series_smoothing_and_the_logarithmic_axis_are_switched_by_keys_alone(place: Page) -> None:
    shown = f"{GRAPH}._fullData.filter(t => t.visible).map(t => [t.name, t.opacity])"
    show(place, curves(200))
    assert sum(opacity < 1 for name, opacity in place.evaluate(shown)) == 2, "what was averaged is faint behind"
    place.get_by_role("button", name="■ D").press("Enter")
    place.wait_for_function(f"{shown}.every(([name]) => name !== 'D')")
    expect(place.get_by_role("button", name="■ D")).to_have_attribute("aria-pressed", "false")
    show(place, curves(210))
    assert "D" not in [name for name, _opacity in place.evaluate(shown)], "it stays away"
    place.get_by_role("button", name="■ D").press("Enter")
    place.get_by_role("combobox", name="Smoothing").select_option("off")
    place.wait_for_function(f"{shown}.every(([, opacity]) => opacity === 1)")
    place.get_by_role("button", name="log").press("Enter")
    place.wait_for_function(f"{GRAPH}._fullLayout.yaxis.type === 'log'")
    chart = place.get_by_role("group", name="A chart")
    chart.focus()
    place.keyboard.press("End")
    expect(place.locator("[aria-live]")).to_have_text("step 2100, D 1.29, G 0.5")
    place.keyboard.press("Shift+ArrowLeft")
    expect(place.locator("[aria-live]")).to_have_text("step 2000, D 1.3, G 0.5")
    place.keyboard.press("+")
    place.wait_for_function(f"{RANGES}[0][0] > 500")
    place.keyboard.press("Escape")
    place.wait_for_function(f"{RANGES}[0][0] === 0")


def test_the_axis_of_a_metric_that_may_be_negative_is_never_logarithmic(place: Page) -> None:
    logarithmic = f"{GRAPH}._fullLayout.yaxis.type === 'log'"
    for key, values, log in (("frechet", [90.0, 20.0, 3.0], True), ("kernel", [40.0, -105.0, 2.0], False)):
        readings = {"step": np.array([100, 200, 300]), key: np.array(values)}
        config = PRESETS["digits"].config.model_dump()
        view = View("run", 0, 3, config, "playing", "raw", step=300, readings=readings, floors={key: 1.0})
        show(place, measure_chart(view, MEASURES[key], LIGHT, small=False))
        assert place.evaluate(logarithmic) == log
        button = place.get_by_role("button", name="log", exact=True)
        expect(button).to_have_count(int(log))
        for _ in range(2 * log):  # from now on it is the reader's choice
            button.click()
    low, high = place.evaluate(RANGES)[1]
    assert low < -105
    assert high > 40


def test_a_chart_is_saved_as_it_is_shown(place: Page, tmp_path: Path) -> None:
    show(place, curves(20))
    for kind, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        place.mouse.move(*at(place, 0.5, 0.5))
        with place.expect_download() as download:
            place.locator(f'.modebar-btn[data-title="Save as {kind}"]').click()
        assert download.value.suggested_filename == f"losses.{kind.lower()}"
        download.value.save_as(tmp_path / kind)
        assert (tmp_path / kind).read_bytes().startswith(begins)
    assert "Losses" in (tmp_path / "SVG").read_text("utf-8")


def test_marks_glide_unless_motion_is_not_wanted(place: Page) -> None:
    marks: dict[str, Any] = {
        "type": "scatter", "mode": "markers", "marker": {"color": LIGHT.ink, "size": 9}, "meta": {"glide": True},
    }  # fmt: skip
    moving = "document.getAnimations().some(a => a.effect.target.classList.contains('point'))"
    for y, motion, moves in ((1.0, "reduce", False), (5.0, "reduce", False), (1.0, "no-preference", True)):
        place.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
        data = [marks | {"x": array(np.arange(3)), "y": array(np.full(3, y))}]
        show(place, Spec(data, layout(LIGHT, xaxis=axis(LIGHT, 0, 3), yaxis=axis(LIGHT, 0, 6))))
        place.wait_for_function(f"{GRAPH}.data[0].y[0] === {y}")
        assert place.evaluate(moving) == moves
    place.emulate_media(reduced_motion="reduce")


def test_a_histogram_answers_to_the_pointer(place: Page) -> None:
    view = View(
        "run", 0, 0, {"objective": "wgan"}, "paused", "raw",
        scores_real=np.repeat([-0.97, 1.03], [30, 10]), scores_fake=np.repeat([-0.97, 1.03], [10, 30]),
    )  # fmt: skip
    figure = scores(view, LIGHT)
    show(place, figure)
    low, high = figure.layout["xaxis"]["range"]
    bin_ = int((-0.97 - low) / (high - low) * BINS)
    place.mouse.move(*at(place, (bin_ + 0.5) / BINS, 0.5))
    for says in ("real 75%", "generated 25%"):
        expect(place.locator(".hoverlayer")).to_contain_text(says)


def test_letters_at_the_ends_of_lines_lie_apart_and_values_beside_an_axis_are_whole(place: Page) -> None:
    x = np.arange(50)
    data: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "name": letter, "x": array(x), "y": array(x * 0 + y),
            "line": {"color": LIGHT.ink}, "meta": {"label": letter},
        }
        for letter, y in zip("ABCDE", (0, 1, 2, 9_000, 9_001), strict=True)
    ]  # fmt: skip
    figure = Spec(data, layout(LIGHT, xaxis=steps(LIGHT, 50), yaxis=axis(LIGHT, -99_500, 99_500, tickformat=",d")))
    show(place, figure)
    boxes = [box for letter in place.locator(".textpoint").all() if (box := letter.bounding_box())]
    tops = sorted(box["y"] for box in boxes)
    assert len(tops) == 5
    assert min(np.diff(tops)) > 12
    edge = place.locator(".gan-chart").bounding_box()
    ticks = [box for tick in place.locator(".ytick text").all() if (box := tick.bounding_box())]
    assert edge is not None
    assert len(ticks) > 2
    assert all(box["x"] >= edge["x"] for box in ticks)
