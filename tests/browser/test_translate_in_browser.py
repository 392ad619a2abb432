"""The Translate page as a person uses it: a drawing is hidden in part and filled, a picture is brought."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from urllib.parse import urlencode

import numpy as np
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.app import LONG, App, pause, play, wait_beyond

SMALL = {"network": "unet", "g_depth": 2, "d_depth": 2, "g_width": 8, "d_width": 8, "batch_size": 16, "conditional": 0}
INPAINT = SMALL | {
    "game": "paired", "task": "inpaint-half", "dataset": "typeset-digits", "g_norm": "batch",
    "d_activation": "leaky-relu", "r1": 0.2, "penalty_every": 8, "adversarial_weight": 0, "ema_half_life": 0,
}  # fmt: skip
CYCLE = SMALL | {"game": "cycle", "task": "inverse", "dataset": "typeset-digits", "g_norm": "group"}
BAR, COVER = ((0.5, 0.15), (0.5, 0.85)), ((0.3, 0.5), (0.7, 0.5))  # a one, and the middle of it


def _open(page: Page, app: App, knobs: dict[str, object]) -> None:
    page.goto(f"{app.url}/translate?{urlencode(knobs)}")
    expect(page.locator(".pictures.translated")).to_be_visible(timeout=3 * LONG)  # the glyphs are drawn first


def _stroke(page: Page, sheet: Locator, places: tuple[tuple[float, float], ...]) -> None:
    expect(sheet).to_be_visible(timeout=LONG)
    box = sheet.bounding_box()
    assert box is not None
    (first, *others) = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def _figure(page: Page, caption: str) -> Locator:
    return page.locator(".pictures.translated figure", has_text=caption).locator("img")


def _pixels(page: Page, caption: str) -> np.ndarray:
    """What a picture shows, grey, (28, 28) from 0 to 255."""
    address = _figure(page, caption).get_attribute("src")
    assert address is not None
    picture = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("L")
    return np.asarray(picture.resize((28, 28), Image.Resampling.BOX)).astype(float)


def _changes(page: Page, caption: str, before: str | None) -> None:
    expect(_figure(page, caption)).not_to_have_attribute("src", before or "", timeout=LONG)


def test_a_part_of_an_own_drawing_is_hidden_and_filled_while_g_learns(app: App, page: Page) -> None:
    _open(page, app, INPAINT)
    _stroke(page, page.locator(".drawer .sheet"), BAR)
    expect(_figure(page, "What G makes of it")).to_be_visible(timeout=LONG)
    page.get_by_role("radio", name="Brush", exact=True).click()
    brush = page.locator(".st-key-translate_paint .sheet")
    expect(brush).to_be_visible(timeout=LONG)
    page.get_by_role("radio", name="Brush", exact=True).blur()
    whole = _figure(page, "What G makes of it").get_attribute("src")
    _stroke(page, brush, COVER)
    _changes(page, "What G makes of it", whole)  # G no longer sees that part

    drawing = _pixels(page, "What it should be")
    bar, hidden = slice(13, 15), slice(13, 15)  # columns of the bar, and rows of what is painted over
    assert drawing[hidden, bar].mean() > 150  # there was something to see
    untrained = _pixels(page, "What G makes of it")
    upper, stroke = slice(6, 10), slice(13, 15)  # a part of the bar that G sees
    before = np.abs(untrained - drawing)[upper, stroke].mean()

    first = _figure(page, "What G makes of it").get_attribute("src")
    play(page, beyond=40)
    _changes(page, "What G makes of it", first)
    second = _figure(page, "What G makes of it").get_attribute("src")
    wait_beyond(page, 150)
    _changes(page, "What G makes of it", second)  # again and again, without a press
    pause(page)
    filled = _pixels(page, "What G makes of it")
    assert np.abs(filled - untrained)[hidden, bar].mean() > 20
    assert np.abs(filled - drawing)[upper, stroke].mean() < 0.7 * before  # G has learned to keep what it sees


def test_an_upload_is_brought_to_the_form_of_the_data_and_goes_both_ways(
    app: App, visitor: Callable[..., BrowserContext]
) -> None:
    page = visitor(1280, 720).new_page()
    _open(page, app, CYCLE)
    page.get_by_role("radio", name="Upload", exact=True).click()
    shades = np.zeros((60, 100, 3), np.uint8)
    shades[:, 50:] = 230, 120, 40
    out = io.BytesIO()
    Image.fromarray(shades).save(out, "JPEG")
    page.locator("input[type=file]").set_input_files(
        {"name": "wide.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
    )
    expect(_figure(page, "What G sees")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Cut to a square at the centre, made 28×28 pixels, grey.")).to_be_visible()
    seen = _pixels(page, "What G sees")
    assert seen[:, :12].mean() < 15
    assert 110 < seen[:, 16:].mean() < 190  # the brightness of the colour
    expect(_figure(page, "Back again")).to_be_visible()

    there = _figure(page, "What G sees").get_attribute("src")
    page.get_by_role("radio", name="B to A and back").click()
    _changes(page, "What G sees", there)
    assert _pixels(page, "What G sees")[:, :12].mean() > 240  # the task makes a sample of B of it: dark is bright
    back = _figure(page, "What G sees").get_attribute("src")
    page.get_by_text("Apply the task to my picture").click()
    _changes(page, "What G sees", back)
    assert _pixels(page, "What G sees")[:, :12].mean() < 15
    with page.expect_download() as download:
        page.get_by_role("button", name="Take home").click()
    taken = np.asarray(Image.open(download.value.path()).convert("RGB"))
    assert taken.shape[1] > 3 * 64
    assert re.fullmatch(r"translation-step-\d+\.png", download.value.suggested_filename)
