"""The scripts of the components, each alone on an empty page: what no app can be made to do at a chosen moment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from playground.config.presets import PRESETS
from playground.engine.messages import View
from playground.ui.components import frames
from playground.ui.components.frames import HERE
from playground.ui.components.plane import payload, words
from playground.utils.colors import DARK, LIGHT
from tests.app.fakes import FakeRun, make_view

VISITOR = Callable[..., BrowserContext]
# `place()` is a new place for the component, `draw(place, data)` what Streamlit does with new data; gives its end.
HARNESS = """async ([html, script]) => {
  const { default: render } = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  window.said = [];
  window.place = () => {
    const place = document.body.appendChild(document.createElement("div"));
    place.innerHTML = html;
    return place;
  };
  window.draw = (parentElement, data) => render({
    data, parentElement, setStateValue: (...said) => window.said.push(said),
    setTriggerValue: (...said) => window.said.push(said),
  });
}"""
TIMELINE = {
    "moments": [[1, 0, 0, "start", 1, ""], [2, 50, 0, "auto", 1, ""], [3, 90, 0, "auto", 1, ""]],
    "branches": [[0, None, 0, 100]],
    "events": [],
    "now": 100,
    "looking": None,
    "heard": 0,
    "text": {"line": "Moments", "step": "Step {n}", "now": "now"},
}
KEYS = {"title": "Keys", "close": "Close", "keys": [["P", "Play"]]}
SLIDERS = {
    "kind": "points",
    "token": "a",
    "rows": [["z1", ""]],
    "values": [0],
    "stops": [-1, 0, 1],
    "present": 3,
    "zero": None,
    "crisp": False,
    "text": {"picture": "Picture", "start": "Start", "sum": "Sum", "choose": "", "help": ""},
    "sprite": None,
    "points": [[0, 0]] * 4,
    "extent": 1,
    "real": [],
    "cloud": [],
}


@pytest.fixture
def alone(visitor: VISITOR) -> Callable[..., Page]:
    """Gives an empty page with the harness for a component, and with other scripts that it needs."""

    def make(name: str, *others: str, **options: Any) -> Page:
        page = visitor(**options).new_page()
        known = f"const WORDS = {json.dumps(words())};\n" if name == "plane" else ""
        script = known + "".join((HERE / f"{stem}.js").read_text("utf-8") for stem in ("common", *others, name))
        page.evaluate(HARNESS, [(HERE / f"{name}.html").read_text("utf-8"), script])
        return page

    return make


def said(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate("window.said")
    return found


def test_a_moment_chosen_just_before_a_redraw_is_not_lost(alone: Callable[[str], Page]) -> None:
    page = alone("timeline")
    line = page.get_by_role("slider")
    press = """data => {
      window.here ??= place(); draw(here, data);
      document.dispatchEvent(new KeyboardEvent("keydown", { key: "[" }));
      draw(here, { ...data, now: 110 });  // drawn by a Python that has not heard of it
    }"""
    page.evaluate(press, TIMELINE)
    expect(line).to_have_attribute("aria-valuetext", "Step 90")
    page.wait_for_function("window.said.length === 1")
    [[name, look]] = said(page)
    assert (name, look["id"]) == ("look", 3)
    answered = {**TIMELINE, "looking": 3, "heard": look["at"]}
    page.evaluate("data => draw(here, data)", answered)
    expect(line).to_have_attribute("aria-valuetext", "Step 90")
    page.evaluate("data => draw(here, data)", {**answered, "looking": None})  # by a button
    expect(line).to_have_attribute("aria-valuetext", "now")


def test_a_choice_that_python_never_hears_of_is_given_up(alone: Callable[[str], Page]) -> None:
    page = alone("timeline")
    page.clock.install()
    page.evaluate("data => { window.here = place(); draw(here, data); }", TIMELINE)
    page.get_by_role("slider").press("Home")
    page.clock.run_for(3500)
    page.evaluate("data => draw(here, data)", {**TIMELINE, "now": 120})
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "now")


def test_moments_of_other_data_have_an_axis_of_their_own(alone: Callable[[str], Page]) -> None:
    other = [[4, 0, 1, "start", 1, "", 1], [5, 7, 1, "auto", 1, "", 1]]
    data = {
        **TIMELINE,
        "moments": [*([*row, 0] for row in TIMELINE["moments"]), *other],  # type: ignore[attr-defined]
        "branches": [[0, None, 0, 100, 0], [1, None, 0, 8, 1]],
        "groups": ["Ring of 8", "Digits"],
        "now": 8,
        "text": {**TIMELINE["text"], "data": "Data"},  # type: ignore[dict-item]
    }
    page = alone("timeline")
    page.evaluate("data => { window.here = place(); draw(here, data); }", data)
    line, which = page.get_by_role("slider"), page.get_by_role("combobox", name="Data")
    expect(which).to_have_value("1")
    line.press("End")
    line.press("ArrowLeft")
    expect(line).to_have_attribute("aria-valuetext", "Step 7")
    line.press("ArrowLeft")
    line.press("ArrowLeft")
    expect(line).to_have_attribute("aria-valuetext", "Ring of 8 · Step 90")
    expect(which).to_have_value("0")
    which.select_option("Digits")
    expect(line).to_have_attribute("aria-valuetext", "now")
    which.select_option("Ring of 8")
    expect(line).to_have_attribute("aria-valuetext", "Ring of 8 · Step 90")


# What is drawn from now on: the words, and the heights of the lines' ends.
DRAWN = """() => {
  window.words = []; window.heights = new Set();
  const { fillText, lineTo } = CanvasRenderingContext2D.prototype;
  Object.assign(CanvasRenderingContext2D.prototype, {
    fillText(text, ...rest) { window.words.push(text); return fillText.call(this, text, ...rest); },
    lineTo(x, y) { window.heights.add(y); return lineTo.call(this, x, y); },
  });
}"""


def test_earlier_branches_lie_on_one_line(alone: Callable[[str], Page]) -> None:
    branches = [[0, None, 0, 60], [1, 0, 40, 80], [2, 1, 50, 90], [3, None, 0, 30], [4, 3, 20, 100]]
    page = alone("timeline")
    page.evaluate(DRAWN)
    place = "data => { window.here = place(); draw(here, data); }"
    page.evaluate(place, {**TIMELINE, "moments": [], "branches": branches})
    assert len(page.evaluate("[...window.heights]")) == 2, "the present line, and one for all the others"
    again = "data => { window.heights.clear(); draw(here, data); }"  # at once: a change of size may draw in between
    page.evaluate(again, {**TIMELINE, "moments": [], "branches": branches[:1]})
    assert len(page.evaluate("[...window.heights]")) == 1


@pytest.mark.parametrize("looking", [None, 1])
@pytest.mark.parametrize("now", [0, 9, 100])
def test_zero_stands_once_on_the_timeline(alone: Callable[[str], Page], now: int, looking: int | None) -> None:
    page = alone("timeline")
    page.evaluate(DRAWN)
    data = {**TIMELINE, "moments": [[1, 0, 0, "start", 1, ""]], "branches": [[0, None, 0, now]], "now": now}
    page.evaluate("data => { window.here = place(); draw(here, data); }", data | {"looking": looking})
    page.wait_for_function("window.words.length")
    again = "data => { window.words = []; draw(here, data); return window.words; }"
    words: list[str] = page.evaluate(again, data | {"looking": looking})
    zeros = [word for word in words if re.search(r"(^|\D)0$", word.replace("\u202f", ""))]
    assert len(zeros) == 1, words
    assert zeros == (["Step 0"] if looking else ["now · 0"] if now == 0 else ["0"])


# The contrast of an element's text with its plate over a colour (WCAG 2.1).
CONTRAST = """([element, under]) => {
  const ctx = document.createElement("canvas").getContext("2d"), style = getComputedStyle(element);
  const light = (...colours) => {
    for (const colour of colours) { ctx.fillStyle = colour; ctx.fillRect(0, 0, 1, 1); }
    const [r, g, b] = [...ctx.getImageData(0, 0, 1, 1).data].map((c) => c / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const plate = light(under, style.backgroundColor), ink = light(under, style.backgroundColor, style.color);
  return (Math.max(plate, ink) + 0.05) / (Math.min(plate, ink) + 0.05);
}"""


def drawn_plane(page: Page, view: View, dark: bool) -> None:
    """The plane with its styles, in the colours of a theme."""
    source = {"weights": "ema", "label": "", "names": {}, "help": {}, "held": True}
    data = list(frames.packed(payload(view, "", playing=False) | {"source": source}))
    text, background = ("#fafafa", "#14181c") if dark else ("#1b2126", "#ffffff")
    now = DARK if dark else LIGHT
    colours = f"--st-text-color: {text}; --st-background-color: {background}; --st-border-color: #8886"
    own = f"--real: {now.real}; --generated: {now.generated}; --discriminator: {now.discriminator}; --neutral: #eee"
    rules = "".join((HERE / f"{stem}.css").read_text("utf-8") for stem in ("common", "plane"))
    page.add_style_tag(content=f"{rules} .here {{ {colours}; position: relative; width: 400px; height: 420px }}")
    page.add_style_tag(content=f".here {{ {own}; background: {background}; color: {text} }}")
    page.evaluate(
        "data => { window.here = place(); here.className = 'here'; draw(here, new Uint8Array(data)); }",
        data,
    )


@pytest.mark.parametrize("dark", [False, True])
def test_what_lies_outside_is_said_on_a_plate_within_the_plane(alone: Callable[..., Page], dark: bool) -> None:
    page = alone("plane", "colour_ramp", "plane_layers", "plane_motion", "plane_pointer")
    view = make_view("run", FakeRun(PRESETS["ring"].config.model_dump(), step=400))
    assert view.samples is not None
    drawn_plane(page, replace(view, samples=view.samples + 100), dark)
    note, canvas = page.locator(".note"), page.locator("canvas")
    expect(note).to_have_text("100 % of the generated points lie outside")
    for under in (LIGHT.generated, LIGHT.real, DARK.generated, DARK.real, "#fff", "#000"):
        assert page.evaluate(CONTRAST, [note.element_handle(), under]) > 7, f"over {under}"
    said, plane = note.bounding_box(), canvas.bounding_box()
    assert said is not None
    assert plane is not None
    assert plane["x"] < said["x"]
    assert said["x"] + said["width"] < plane["x"] + plane["width"]
    assert said["y"] + said["height"] < plane["y"] + plane["height"] - 22, "above the axis"


@pytest.mark.parametrize("dark", [False, True])
def test_a_switch_that_is_off_does_not_look_disabled(alone: Callable[..., Page], dark: bool) -> None:
    page = alone("plane", "colour_ramp", "plane_layers", "plane_motion", "plane_pointer")
    drawn_plane(page, make_view("run", FakeRun(PRESETS["ring"].config.model_dump(), step=400)), dark)
    look = """button => {
      const own = getComputedStyle(button), { filter, opacity } = getComputedStyle(button.querySelector(".sign"));
      return [own.opacity, own.color, filter + opacity, own.borderTopColor, own.backgroundColor];
    }"""
    off = page.locator('.switch[data-layer="push"]').evaluate(look)
    on = page.locator('.switch[data-layer="real"]').evaluate(look)
    assert off[:3] == on[:3], "as strong as one that is on"
    assert off[3] != on[3]
    assert off[4] != on[4]


@pytest.mark.parametrize("background", [(254, 253, 252), (40, 12, 60)])
@pytest.mark.parametrize("logit", [-30.0, 30.0])
def test_points_have_a_rim_that_is_seen_on_any_colour_of_d(
    alone: Callable[..., Page], logit: float, background: tuple[int, int, int]
) -> None:
    page = alone("plane", "colour_ramp", "plane_layers", "plane_motion", "plane_pointer", device_scale_factor=3)
    view = make_view("run", FakeRun(PRESETS["ring"].config.model_dump(), step=400))
    assert view.plane is not None
    angle = np.arange(8, dtype=np.float32) * np.pi / 4
    points = np.stack([np.cos(angle), np.sin(angle)], 1)
    view = replace(view, plane=np.full_like(view.plane, logit), real=points, samples=0.5 * points, extent=1.3)
    source = {"weights": "ema", "label": "", "names": {}, "help": {}, "held": True}
    data = list(frames.packed(payload(view, "", playing=False) | {"source": source}))
    colours = "--real: #07b; --generated: #d50; --discriminator: #93d; --neutral: #eee; --st-text-color: #777"
    page.add_style_tag(content=f"div {{ --st-background-color: rgb{background}; {colours} }}")
    page.evaluate(
        """data => {
          window.here = place();
          here.style.cssText = "position: relative; width: 400px; height: 400px";
          here.querySelector(".field").style.cssText = "position: relative; width: 400px; height: 400px";
          here.querySelector("canvas").style.cssText = "position: absolute; width: 400px; height: 400px";
          draw(here, new Uint8Array(data));
        }""",
        data,
    )
    page.wait_for_function(
        """rim => {
          const canvas = here.querySelector("canvas"), { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          let seen = 0;
          for (let i = 0; i < data.length; i += 4) {
            seen += data[i + 3] === 255 && rim.every((value, k) => Math.abs(data[i + k] - value) < 20);
          }
          return seen > 500;
        }""",
        arg=background,
    )


@pytest.mark.parametrize(("name", "data"), [("timeline", TIMELINE), ("keys", KEYS)])
def test_a_key_is_heard_once_for_as_long_as_the_component_stands(
    alone: Callable[[str], Page], name: str, data: dict[str, Any]
) -> None:
    page = alone(name)
    page.evaluate(
        """data => {
          let heard = 0;
          const { addEventListener: add, removeEventListener: remove } = document;
          document.addEventListener = (...on) => { heard += on[0] === "keydown"; add.apply(document, on); };
          document.removeEventListener = (...on) => { heard -= on[0] === "keydown"; remove.apply(document, on); };
          window.heard = () => heard;
          window.here = place();
          window.ends = [draw(here, data), draw(here, { ...data }), draw(here, { ...data })];
        }""",
        data,
    )
    assert page.evaluate("heard()") == 1
    page.evaluate("ends[0](), ends[1]()")  # newer data overtook these
    assert page.evaluate("heard()") == 1
    page.evaluate("here.remove(), ends[2]()")
    assert page.evaluate("heard()") == 0


def test_the_list_of_keys_opens_and_closes_on_the_same_key(alone: Callable[[str], Page]) -> None:
    page = alone("keys")
    page.evaluate("data => { window.here = place(); draw(here, data)(); draw(here, { ...data }); }", KEYS)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_list_of_keys_stays_open_where_another_one_takes_its_place(alone: Callable[[str], Page]) -> None:
    page = alone("keys")
    page.evaluate("data => { window.here = place(); window.end = draw(here, data); }", KEYS)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("data => { here.remove(); window.here = place(); draw(here, data); }", KEYS)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.evaluate("data => draw(here, data)", KEYS)
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_list_of_keys_opens_after_another_one_came_and_went(alone: Callable[[str], Page]) -> None:
    page = alone("keys")
    page.evaluate("data => { draw(place(), data); const other = place(); draw(other, data); other.remove(); }", KEYS)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_lost_release_of_a_slider_is_told_again(alone: Callable[[str], Page]) -> None:
    page = alone("sliders")
    page.clock.install()
    page.evaluate("data => { window.here = place(); draw(here, data); }", SLIDERS)
    page.get_by_role("slider").press("ArrowRight")
    page.clock.run_for(400)
    assert [value["stops"] for _, value in said(page)] == [[[0, 2]]]
    page.clock.run_for(3100)
    assert [value["stops"] for _, value in said(page)] == [[[0, 2]]] * 2
    page.evaluate("data => draw(here, data)", {**SLIDERS, "values": [1]})
    page.clock.run_for(10_000)
    assert len(said(page)) == 2, "it was heard"
