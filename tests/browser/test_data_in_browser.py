"""The Data page, as a person uses it: drawing with mouse and finger, uploading, choosing a part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from math import cos, pi, sin
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from playground import data
from playground.engine.run import Run
from playground.metrics.sliced import sliced_wasserstein
from tests.browser.app import COUNT, LONG, App, at_rest, count, pause, play, visit, wait_beyond
from tests.files_made import ZIPS
from tests.unit.data import pictures_made as made

UPLOADER = "[data-testid=stFileUploader] input[accept*='{}']"


def open_data(page: Page, url: str) -> None:
    page.goto(f"{url}/data")
    expect(page.get_by_role("button", name="Train on this")).to_be_visible(timeout=LONG)


def run_of(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["run"][0]


def heart(box: dict[str, float], points: int = 60) -> list[tuple[float, float]]:
    """A closed heart in the middle of a box of the page."""
    where = []
    for i in range(points + 1):
        t = 2 * pi * i / points
        x, y = 16 * sin(t) ** 3, 13 * cos(t) - 5 * cos(2 * t) - 2 * cos(3 * t) - cos(4 * t)
        where.append((box["x"] + box["width"] * (0.5 + x / 42), box["y"] + box["height"] * (0.47 - y / 42)))
    return where


def canvas(page: Page) -> Locator:
    page.get_by_role("button", name="Draw", exact=True).click()
    sheet = page.locator(".drawer .sheet")
    expect(sheet).to_be_visible(timeout=LONG)
    return sheet


def make(app: App, page: Page, name: str) -> str:
    """Make a dataset of what was drawn; gives its key."""
    expect(page.locator(".st-key-preview canvas")).to_be_visible(timeout=LONG)
    field = page.get_by_role("textbox", name="Name")
    field.fill(name)
    field.press("Enter")
    before = _drawn(app)
    page.get_by_role("button", name="Make the dataset").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible(timeout=LONG)
    [key] = _drawn(app) - before
    return key


def _drawn(app: App) -> set[str]:
    return {path.stem for path in (app.home / "own" / "unsaved").glob("my-*.npz")}


def train(page: Page, beyond: int) -> str:
    """Train on the dataset that the page shows, and pause; gives the run's id."""
    page.get_by_role("button", name="Train on this").click()
    expect(page.locator(".st-key-plane canvas")).to_be_visible(timeout=LONG)
    at_rest(page)
    play(page, beyond=beyond)
    pause(page)
    return run_of(page)


def follows(app: App, run_id: str, drawn: str, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float]:
    """How far the samples are from what was drawn, and how far it is from itself: sliced Wasserstein distances."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(app.home))
    run = Run.from_bytes(run_id, (app.home / "runs" / f"{run_id}.safetensors").read_bytes())
    assert run.config.dataset == "own-points"
    assert drawn in run.config.own
    x = run.samples.x.numpy()
    picked = np.random.default_rng(0).permutation(len(x))
    z = torch.randn(2000, run.config.z_dim, generator=torch.Generator().manual_seed(0))
    fake = run.trainer.sample(z, None).numpy()
    return sliced_wasserstein(fake, x[picked[:2000]]), sliced_wasserstein(x[picked[2000:4000]], x[picked[:2000]])


def check_heart(app: App, drawn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(app.home))
    x = data.load("own-points", drawn).x
    # A heart: its lowest point lies in the middle, its highest ones on both sides.
    low, high = x[x[:, 1] < -0.8], x[x[:, 1] > 0.6]
    assert low[:, 0].abs().mean() < 0.2
    assert high[:, 0].abs().mean() > 0.3
    assert high[:, 0].mean().abs() < 0.15


@pytest.mark.slow
def test_hearts_drawn_by_hand_are_datasets_and_learnt(
    app: App, visitor: Callable[..., BrowserContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visitor(has_touch=True).new_page()
    open_data(page, app.url)
    eraser_undo_and_clear(page, canvas(page))
    draw_with_a_finger(page, box_of(canvas(page)))
    check_heart(app, make(app, page, "My finger"), monkeypatch)
    draw_with_the_mouse(page, box_of(canvas(page)))
    drawn = make(app, page, "My heart")
    check_heart(app, drawn, monkeypatch)
    distance, floor = follows(app, train(page, beyond=150), drawn, monkeypatch)
    assert floor < 0.03
    assert distance < 0.1, "an untrained G is at about 0.5"


def box_of(found: Locator) -> dict[str, float]:
    box = found.bounding_box()
    assert box is not None
    return dict(box)


def draw_with_the_mouse(page: Page, box: dict[str, float]) -> None:
    (x, y), *others = heart(box)
    page.mouse.move(x, y)
    page.mouse.down()
    for x, y in others:
        page.mouse.move(x, y, steps=2)
    page.mouse.up()


def draw_with_a_finger(page: Page, box: dict[str, float]) -> None:
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    first, *others = heart(box)
    touch("touchStart", first)
    for point in others:
        touch("touchMove", point)
    touch("touchEnd")


def eraser_undo_and_clear(page: Page, sheet: Locator) -> None:
    box = box_of(sheet)

    def line(height: float) -> None:
        y = box["y"] + height * box["height"]
        page.mouse.move(box["x"] + 0.2 * box["width"], y)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.8 * box["width"], y, steps=5)
        page.mouse.up()

    def ink() -> int:
        n: int = sheet.locator("canvas").evaluate(
            "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 > 2 && v).length"
        )
        return n

    make = page.get_by_role("button", name="Make the dataset")
    line(0.3)
    expect(make).to_be_visible(timeout=LONG)
    one = ink()
    line(0.7)
    assert ink() > 1.5 * one
    page.locator(".drawer").get_by_role("button", name="Undo").click()
    assert ink() == pytest.approx(one, rel=0.05)
    page.locator(".drawer").get_by_role("button", name="Eraser").click()
    line(0.3)
    assert ink() < 0.5 * one
    page.locator(".drawer").get_by_role("button", name="Clear").click()
    assert ink() == 0
    expect(make).to_have_count(0, timeout=LONG)
    page.locator(".drawer [data-tool=pencil]").click()


# Uploads


def picture(shape: str, seed: int, side: int = 40) -> bytes:
    """A PNG of a bright square or of a bright bar."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 60, (side, side, 3), np.uint8)
    at = int(rng.integers(4, 14))
    pixels[at : at + 20, (slice(at, at + 20) if shape == "square" else slice(None))] = (240, 200, 40)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def upload(page: Page, *files: tuple[str, bytes], takes: str = ".zip", kind: str = "application/zip") -> None:
    """Give files to the uploader that takes such ones; the one of another form may still be there."""
    page.locator(UPLOADER.format(takes)).set_input_files(
        [{"name": name, "mimeType": kind, "buffer": content} for name, content in files]
    )


def test_files_that_people_have_become_datasets(app: App, page: Page) -> None:
    open_data(page, app.url)
    pictures_are_uploaded_in_one_go(page)
    a_table_is_asked_about(page)
    a_zip_of_pictures_becomes_classes_and_is_trained_on(page)


def pictures_are_uploaded_in_one_go(page: Page) -> None:
    page.get_by_role("button", name="Pictures", exact=True).click()
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50)
    upload(page, *((name, content) for name, (content, _classes) in ZIPS.items()), ("IMG_1.heic", heic))
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("22 pictures, 4 classes", timeout=LONG)
    expect(main).to_contain_text("HEIC cannot be read here: save as JPEG")
    expect(main).to_contain_text("The folders “test”, “train” are parts of one set and were merged.")
    expect(main).to_contain_text("Transparent parts are filled with white.")
    page.get_by_role("button", name="Make the dataset").click()
    expect(page.locator(".bars > span:not([class])")).to_have_text(["circle", "square", "Vögel", "猫"], timeout=LONG)
    expect(page.locator(".bars .n")).to_have_text(["9", "9", "2", "2"])


def a_table_is_asked_about(page: Page) -> None:
    page.get_by_role("button", name="Table").click()
    main, table = page.get_by_test_id("stMain"), b"1,250\t2,300\n3,125\t4,500\n2,125\t1,500\n"
    upload(page, ("open.tsv", table), takes=".tsv", kind="text/plain")
    expect(main).to_contain_text("can be read as 1.25 and as 1250", timeout=LONG)
    page.get_by_role("combobox", name="Decimal mark").click()
    page.get_by_role("option", name="comma").click()
    expect(main).to_contain_text("decimal mark: comma, thousands mark: none", timeout=LONG)
    expect(main).to_contain_text("3 points")


def a_zip_of_pictures_becomes_classes_and_is_trained_on(page: Page) -> None:
    page.get_by_role("button", name="Pictures", exact=True).click()
    members = {f"pets/{shape}/{i}.png": picture(shape, i) for shape in ("square", "bar") for i in range(20)}
    more = {"pets/readme.txt": b"hello", "pets/bar/broken.png": b"\x89PNG"}
    upload(page, ("pets.zip", archive(members | more)))
    expect(page.get_by_text("40 pictures, 2 classes")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Make the dataset").click()
    expect(page.get_by_role("heading", name="pets")).to_be_visible(timeout=LONG)
    expect(page.locator(".bars")).to_contain_text("bar")
    expect(page.locator(".facts")).to_contain_text("40, 28×28, RGB")
    expect(page.locator(".facts")).to_contain_text("“pets/bar/broken.png”")
    page.get_by_role("button", name="Train on this").click()
    expect(page.locator(".tiles .heads")).to_contain_text("square", timeout=LONG)
    one_step(page)


def one_step(page: Page) -> None:
    """Train one step of what the page shows."""
    at_rest(page)
    page.locator(".st-key-step").get_by_role("button").click()
    expect(page.locator(COUNT)).to_have_text("1", timeout=LONG)


def test_only_some_classes(app: App, page: Page) -> None:
    open_data(page, app.url)
    for name in ("3", "8"):
        page.locator(".st-key-classes_digits_ button", has_text=name).click()
    expect(page.locator(".bars .n")).to_have_text(["183", "174"], timeout=LONG)
    page.get_by_role("button", name="Train on this").click()
    expect(page.locator(".st-key-stage .heads span")).to_have_text(["3", "8"], timeout=LONG)
    page.wait_for_url("**classes=3%2C8**")
    one_step(page)


# What people should not upload


def hostile() -> dict[str, bytes]:
    """Zips: one with everything that is left out, and two good pictures; one that is broken; one of too many files."""
    good, cut = picture("square", 0), io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(256, size=(200, 200, 3), dtype=np.uint8)).save(cut, "JPEG")
    members = {
        "bomb.png": bytes(100_000_000),
        "../../evil.png": good,
        "/etc/evil.png": good,
        "large.png": made.png(
            30_000, 30_000, colour=2, body=bytes(1_000_000)
        ),  # that says so, with almost nothing in it
        "cut.jpg": cut.getvalue()[:3000],
    }
    return {
        "bad.zip": archive(members | {"a.png": good, "b.png": picture("bar", 0)}),
        "nonsense.zip": b"PK\x03\x04" + bytes(1000),
        "many.zip": made.empties(20_001, claimed=20_001),
    }


def memory(app: App) -> int:
    """Bytes that the server and its engine hold."""
    return sum(process.memory_info().rss for process in [app.server, *app.engines()] if process.is_running())


@pytest.mark.slow
def test_hostile_uploads_get_a_sentence_and_disturb_nobody(
    app: App, visitor: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    """Each way that the page takes: some or all is left out of what is opened, or nothing is opened."""
    trainer, page = visitor().new_page(), visitor().new_page()
    visit(trainer, f"{app.url}/?preset=ring")
    play(trainer, beyond=20)
    open_data(page, app.url)
    idle, most = memory(app), 0
    main = page.get_by_test_id("stMain")

    def disturbs_nobody(*said: str) -> None:
        nonlocal most
        step = count(trainer)
        for sentence in said:
            expect(main).to_contain_text(sentence, timeout=LONG)
        most = max(most, memory(app))
        wait_beyond(trainer, step + 20)

    page.get_by_role("button", name="Pictures", exact=True).click()
    *zips, many = hostile().items()
    upload(page, *zips)
    disturbs_nobody("bomb.png", "evil.png", "large.png", "cut.jpg", "a broken zip: 1 (“nonsense.zip”)")
    upload(page, many)
    disturbs_nobody("has more than 20")
    for name, _content in (*zips, many):
        page.get_by_role("button", name=f"Remove {name}").click()
    expect(page.get_by_text("In a zip, the folders become the classes.")).to_be_visible(timeout=LONG)

    page.get_by_role("button", name="Table").click()
    upload(page, ("text.csv", b"these are\nwords only\n"), takes=".csv", kind="text/csv")
    disturbs_nobody("No line holds two numbers")
    points = np.random.default_rng(0).normal(size=(1_000_000, 2))
    million = "\n".join(["nan,1", "2,inf", *(f"{x:.4f},{y:.4f}" for x, y in points)])
    (tmp_path / "million.csv").write_text(million)
    page.locator(UPLOADER.format(".csv")).set_input_files(tmp_path / "million.csv")
    disturbs_nobody("left out: 2", "one in 5 was taken")
    page.get_by_role("button", name="Remove million.csv").click()
    expect(page.get_by_text("One point a line")).to_be_visible(timeout=LONG)
    assert most - idle < 2**30
    assert not list(app.home.rglob("*evil*"))
