"""What stands on the canvas of the stage: the tiles as Python would draw them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext

from playground.ui.charts import tiles
from playground.ui.components import frames, grid
from tests.browser.test_components import HARNESS
from tests.unit.ui.test_stage_payload import table, view_of

DRAW = "data => { window.here ??= place(); draw(here, Uint8Array.from(data)); }"
SIZE = "document.querySelector('canvas').width"
PIXELS = """() => {
  const canvas = document.querySelector("canvas"), { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return [width, height, Array.from(data, (value) => String.fromCharCode(value)).join("")];
}"""


@pytest.mark.parametrize(("channels", "times", "smooth"), [(1, 1, True), (3, 1, False), (1, 2, True)])
def test_tiles_look_as_python_draws_them(
    visitor: Callable[..., BrowserContext], channels: int, times: int, smooth: bool
) -> None:
    view = view_of("digits")
    assert view.samples is not None
    images = view.samples.repeat(channels, 3).repeat(times, 1).repeat(times, 2)
    view = replace(view, samples=images)
    page = visitor().new_page()
    script = "".join((frames.HERE / f"{stem}.js").read_text("utf-8") for stem in ("common", "grid_pixels", "grid"))
    page.evaluate(HARNESS, [(frames.HERE / "grid.html").read_text("utf-8"), script])
    data = grid.payload(view, table(view), smooth, ("Samples", ""), "alt", asked=False)
    assert ("pixels" in data["sheet"]) == (times == 1 and channels == 1), "the others come as a picture"
    page.evaluate(DRAW, list(frames.packed(data | {"source": frames.source(view)})))
    page.wait_for_function(f"{SIZE} === {data['size'][0]}")
    width, height, shown = page.evaluate(PIXELS)
    sheet, _pitch = tiles.sheet(images, table(view).places, smooth)
    expected = np.asarray(Image.open(io.BytesIO(tiles.png(sheet))).convert("RGBA")).astype(int)
    pixels = np.frombuffer(shown.encode("latin-1"), np.uint8).reshape(height, width, 4)
    assert np.array_equal(pixels[..., 3], expected[..., 3])
    assert np.abs(pixels[..., :3] - expected[..., :3])[pixels[..., 3] > 0].max() <= 1
