"""The curves as SVG and PNG, whatever the history holds."""

import io
import subprocess
import sys
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from playground.engine.messages import Event
from playground.export.figures import drawable
from playground.export.plots import LISTED, Curves, curves_png, curves_svg, grouped
from playground.utils.colors import DARK, LIGHT, rgb

NAMES = ("d_loss", "g_loss", "d_real", "d_fake")


def history(n: int = 200) -> dict[str, np.ndarray]:
    t = np.linspace(0, 1, n)
    lines = (1 + 0.3 * np.sin(9 * t), 0.7 + t / 5, 0.2 + t, -0.4 - t)
    return {"step": np.arange(1, n + 1) * 10, **dict(zip(NAMES, lines, strict=True))}


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def count_of(picture: np.ndarray, color: str) -> int:
    return int((np.abs(picture - rgb(color)).max(-1) <= 2).sum())


CURVES = Curves(history(), (Event(500, "knob", "Learning rate of G: 0.1 → 0.2"),), "Ring of 8", (1.39, 0.69), True)


def test_the_svg_is_xml_without_anything_that_runs():
    root = ET.fromstring(curves_svg(CURVES))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert {"path", "svg"} <= tags
    assert not tags & {"script", "foreignObject", "a", "image"}
    assert not any(name.lower().startswith("on") for element in root.iter() for name in element.attrib)


def test_the_svg_has_its_title_as_text_and_the_colours_of_d_and_g():
    content = curves_svg(CURVES).decode()
    assert "<dc:title>Ring of 8</dc:title>" in content
    for color in (LIGHT.discriminator, LIGHT.generated, LIGHT.real):
        assert color.lower() in content.lower()
    assert "<dc:date>" not in content


@pytest.mark.parametrize("draw", [curves_svg, curves_png])
def test_equal_curves_give_equal_files_and_others_do_not(draw):
    same = Curves(history(), CURVES.events, CURVES.title, CURVES.levels, True)
    assert draw(CURVES) == draw(same)
    assert draw(CURVES) != draw(Curves(history(100), CURVES.events, CURVES.title, CURVES.levels, True))


def test_the_svg_is_the_same_in_another_process():
    script = (
        "import sys\nfrom tests.unit.export.test_plots import CURVES\nfrom playground.export.plots import curves_svg\n"
        "sys.stdout.buffer.write(curves_svg(CURVES))"
    )
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, timeout=120).stdout
    assert other == curves_svg(CURVES)


@pytest.mark.parametrize(("dark", "palette"), [(False, LIGHT), (True, DARK)])
def test_the_png_has_the_colours_of_the_theme(dark, palette):
    picture = pixels(curves_png(Curves(history(), dark=dark)))
    assert picture.shape[1] == 1600
    for color in (palette.discriminator, palette.generated, palette.real):
        assert count_of(picture, color) > 300
    assert tuple(picture[0, 0]) == ((20, 23, 26) if dark else (255, 255, 255))


def test_the_curves_go_where_the_numbers_say():
    """A loss of D that rises is higher on the right than on the left."""
    n = 300
    columns = history(n) | {"d_loss": np.linspace(0, 10, n), "g_loss": np.full(n, np.nan)}
    picture = pixels(curves_png(Curves(columns)))
    there = np.abs(picture - rgb(LIGHT.discriminator)).max(-1) <= 2
    y, x = np.nonzero(there[230:])  # below the names of the lines
    assert y[x < 500].mean() > y[x > 1200].mean() + 200


def test_events_are_listed_with_the_numbers_of_their_marks():
    one = pixels(curves_png(Curves(history(), CURVES.events)))
    none = pixels(curves_png(Curves(history())))
    assert one.shape[0] > none.shape[0]
    many = tuple(Event(step, "knob", "text") for step in range(0, 2000, 10))
    tall = pixels(curves_png(Curves(history(), many)))
    assert tall.shape[0] < none.shape[0] + (LISTED + 3) * 40


def test_events_close_to_each_other_share_a_mark():
    events = [Event(step, "knob", "") for step in (100, 0, 103, 110, 111)]
    assert [[e.step for e in group] for group in grouped(events, 10)] == [[0], [100, 103, 110], [111]]


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {name: np.zeros(0) for name in ("step", *NAMES)},
        history(1),
        history() | {"d_loss": np.full(200, np.nan), "g_loss": np.full(200, np.nan)},
        {"step": np.arange(9), **{name: np.full(9, np.inf) for name in NAMES}},
        {"step": np.arange(9), **{name: np.tile([3e38, -3e38, np.nan], 3).astype(np.float32) for name in NAMES}},
        {"step": np.arange(9), **{name: np.full(9, 1e-40) for name in NAMES}},
    ],
)
@pytest.mark.parametrize("probability", [False, True])
def test_odd_histories_are_drawn(columns, probability):
    curves = Curves(columns, CURVES.events, "", (), probability)
    ET.fromstring(curves_svg(curves))
    assert pixels(curves_png(curves)).shape[1] == 1600


@pytest.mark.parametrize(
    "text", ["$x^2$", "$\\frac{", "<script>alert(1)</script>", "漢字 \x00\x1b\n", "\ud800", "a" * 999]
)
def test_what_a_person_wrote_is_drawn_as_it_is(text):
    curves = Curves(history(), (Event(5, "knob", text),), text)
    root = ET.fromstring(curves_svg(curves))
    assert not any(element.tag.endswith("script") for element in root.iter())


def test_letters_that_the_font_lacks_become_boxes():
    assert drawable("η = ½ → 漢\n\x00") == "η = ½ → □  "


numbers = st.floats(width=32, allow_nan=True, allow_infinity=True)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 90).flatmap(lambda n: st.tuples(*[hnp.arrays(np.float32, n, elements=numbers) for _name in NAMES])),
    st.lists(st.builds(Event, st.integers(0, 10**9), st.just("knob"), st.text(max_size=20)), max_size=4),
    st.text(max_size=30),
)
def test_any_history_gives_an_svg(columns, events, title):
    steps = np.arange(1, len(columns[0]) + 1) * 10
    curves = Curves({"step": steps, **dict(zip(NAMES, columns, strict=True))}, events, title, (1.0, 0.5), True)
    root = ET.fromstring(curves_svg(curves))
    assert root.tag.endswith("svg")
    assert not any(element.tag.endswith("script") for element in root.iter())


def test_matplotlib_waits_until_somebody_takes_a_figure():
    script = "import sys, playground.export.plots, playground.export.film; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=120).returncode == 0
