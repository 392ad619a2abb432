"""The Data page, as a person uses it: drawing with mouse and finger, uploading, choosing a part."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from math import cos, pi, sin
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from playground import data
from playground.engine.run import Run
from playground.metrics.sliced import sliced_wasserstein
from tests.browser.app import LONG, App, count, pause, play, visit, wait_beyond
from tests.files_made import ZIPS

SHEET = ".st-key-sheet"


def open_data(page: Page, url: str) -> None:
    visit(page, url)
    page.get_by_role("link", name="Data").first.click()
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
def test_a_heart_drawn_with_the_mouse_is_learnt(app: App, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    open_data(page, app.url)
    box = canvas(page).bounding_box()
    assert box is not None
    (x, y), *others = heart(box)
    page.mouse.move(x, y)
    page.mouse.down()
    for x, y in others:
        page.mouse.move(x, y, steps=2)
    page.mouse.up()
    drawn = make(app, page, "My heart")
    check_heart(app, drawn, monkeypatch)
    distance, floor = follows(app, train(page, beyond=1000), drawn, monkeypatch)
    assert floor < 0.03
    assert distance < 0.1, "an untrained G is at about 0.5"


def test_a_heart_drawn_with_a_finger_is_the_same_kind_of_dataset(
    app: App, visitor: Callable[..., BrowserContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = visitor(has_touch=True)
    page = context.new_page()
    open_data(page, app.url)
    box = canvas(page).bounding_box()
    assert box is not None
    finger = context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    first, *others = heart(box)
    touch("touchStart", first)
    for point in others:
        touch("touchMove", point)
    touch("touchEnd")
    check_heart(app, make(app, page, "My finger"), monkeypatch)


def test_eraser_undo_and_clear(app: App, page: Page) -> None:
    open_data(page, app.url)
    sheet = canvas(page)
    box = sheet.bounding_box()
    assert box is not None

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


def upload(page: Page, name: str, content: bytes, kind: str = "application/zip") -> None:
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        {"name": name, "mimeType": kind, "buffer": content}
    )


def test_a_zip_of_pictures_becomes_a_dataset_with_classes(app: App, page: Page) -> None:
    open_data(page, app.url)
    page.get_by_role("button", name="Pictures").click()
    members = {f"pets/{shape}/{i}.png": picture(shape, i) for shape in ("square", "bar") for i in range(20)}
    upload(page, "pets.zip", archive(members | {"pets/readme.txt": b"hello", "pets/bar/broken.png": b"\x89PNG"}))
    expect(page.get_by_text("40 pictures, 2 classes")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Make the dataset").click()
    expect(page.get_by_role("heading", name="pets")).to_be_visible(timeout=LONG)
    expect(page.locator(".bars")).to_contain_text("bar")
    expect(page.locator(".facts")).to_contain_text("40, 28×28, RGB")
    expect(page.locator(".facts")).to_contain_text("“pets/bar/broken.png”")
    page.get_by_role("button", name="Train on this").click()
    expect(page.locator(".tiles .heads")).to_contain_text("square", timeout=LONG)
    play(page, beyond=3)
    pause(page)


def test_files_that_people_have_are_uploaded_in_one_go(app: App, page: Page) -> None:
    page.goto(f"{app.url}/data")
    page.get_by_role("button", name="Pictures").click()
    picker = page.locator("[data-testid=stFileUploader] input[accept*='.zip']")
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50)
    picker.set_input_files(
        [
            *({"name": name, "mimeType": "application/zip", "buffer": content} for name, (content, _c) in ZIPS.items()),
            {"name": "IMG_1.heic", "mimeType": "image/heic", "buffer": heic},
        ]
    )
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("22 pictures, 4 classes", timeout=LONG)
    expect(main).to_contain_text("HEIC cannot be read here: save as JPEG")
    expect(main).to_contain_text("The folders “test”, “train” are parts of one set and were merged.")
    expect(main).to_contain_text("Transparent parts are filled with white.")
    page.get_by_role("button", name="Make the dataset").click()
    expect(page.locator(".bars > span:not([class])")).to_have_text(["circle", "square", "Vögel", "猫"], timeout=LONG)
    expect(page.locator(".bars .n")).to_have_text(["9", "9", "2", "2"])
    page.get_by_role("button", name="Table").click()
    table = page.locator("[data-testid=stFileUploader] input[accept*='.tsv']")
    table.set_input_files(
        {"name": "open.tsv", "mimeType": "text/plain", "buffer": b"1,250\t2,300\n3,125\t4,500\n2,125\t1,500\n"}
    )
    expect(main).to_contain_text("can be read as 1.25 and as 1250", timeout=LONG)
    page.get_by_role("combobox", name="Decimal mark").click()
    page.get_by_role("option", name="comma").click()
    expect(main).to_contain_text("decimal mark: comma, thousands mark: none", timeout=LONG)
    expect(main).to_contain_text("3 points")


def test_only_some_classes(app: App, page: Page) -> None:
    open_data(page, app.url)
    for name in ("3", "8"):
        page.locator(".st-key-classes_digits_ button", has_text=name).click()
    expect(page.locator(".bars .n")).to_have_text(["183", "174"], timeout=LONG)
    page.get_by_role("button", name="Train on this").click()
    expect(page.locator(".st-key-stage .heads span")).to_have_text(["3", "8"], timeout=LONG)
    page.wait_for_url("**classes=3%2C8**")
    play(page, beyond=20)
    pause(page)


# What people should not upload


def png_of(width: int, height: int) -> bytes:
    """A PNG that says to be so large, with almost nothing in it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def hostile() -> dict[str, tuple[bytes, str]]:
    """Uploads, and a part of the sentence that each gets."""
    good = picture("square", 0)
    bomb = archive({"bomb.png": bytes(200_000_000), "a.png": good, "b.png": good})
    names = archive({"../../evil.png": good, "/etc/evil.png": good, "a.png": good, "b.png": good})
    many = archive({f"{i}.png": b"" for i in range(100_000)})
    large = archive({"large.png": png_of(30_000, 30_000), "a.png": good, "b.png": good})
    broken = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(256, size=(200, 200, 3), dtype=np.uint8)).save(broken, "JPEG")
    cut = archive({"cut.jpg": broken.getvalue()[:3000], "a.png": good, "b.png": good})
    return {
        "bomb.zip": (bomb, "bomb.png"),
        "names.zip": (names, "evil.png"),
        "many.zip": (many, "at most 20"),
        "large.zip": (large, "large.png"),
        "cut.zip": (cut, "cut.jpg"),
        "nonsense.zip": (b"PK\x03\x04" + bytes(1000), "nonsense.zip"),
    }


def memory(app: App) -> int:
    """Bytes that the server and its engine hold."""
    return sum(process.memory_info().rss for process in [app.server, *app.engines()] if process.is_running())


@pytest.mark.slow
def test_hostile_uploads_get_a_sentence_and_disturb_nobody(app: App, visitor: Callable[..., BrowserContext]) -> None:
    trainer, page = visitor().new_page(), visitor().new_page()
    visit(trainer, f"{app.url}/?preset=ring")
    play(trainer, beyond=50)
    open_data(page, app.url)
    idle, most = memory(app), 0
    page.get_by_role("button", name="Pictures").click()
    for name, (content, sentence) in hostile().items():
        step = count(trainer)
        upload(page, name, content)
        expect(page.get_by_test_id("stMain")).to_contain_text(sentence, timeout=LONG)
        most = max(most, memory(app))
        wait_beyond(trainer, step + 20)
        page.get_by_role("button", name=f"Remove {name}").click()
        expect(page.get_by_text("In a zip, the folders become the classes.")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Table").click()
    rng = np.random.default_rng(0)
    million = "\n".join(f"{x:.4f},{y:.4f}" for x, y in rng.normal(size=(1_000_000, 2)))
    tables = {
        "text.csv": (b"these are\nwords only\n", "number"),
        "nan.csv": (b"x,y\nnan,1\n2,inf\n1,1\n3,4\n", "left out: 2"),
        "one.csv": (b"1,2\n", "at least 2 different points"),
        "wide.csv": ("x\ty\n1\t2\n3\t4\n5\t9\n".encode("utf-16"), "3 points"),
        "million.csv": (million.encode(), "one in 5 was taken"),
    }
    for name, (content, sentence) in tables.items():
        step = count(trainer)
        upload(page, name, content, "text/csv")
        expect(page.get_by_test_id("stMain")).to_contain_text(sentence, timeout=LONG)
        most = max(most, memory(app))
        wait_beyond(trainer, step + 20)
        page.get_by_role("button", name=f"Remove {name}").click()
        expect(page.get_by_text("One point a line")).to_be_visible(timeout=LONG)
    assert most - idle < 2**30
    assert not list(app.home.rglob("*evil*"))
