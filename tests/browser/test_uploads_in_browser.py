"""What a person sees who uploads more than a page may have."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import LONG, running
from tests.browser.test_data_in_browser import archive, picture


def test_what_is_too_much_is_left_out_in_words_and_the_way_out_works(
    tmp_path: Path, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_SESSION_UPLOADS", "1M")
    members = {f"pets/{shape}/{i}.png": picture(shape, i) for shape in ("square", "bar") for i in range(20)}
    large = archive(members | {"pets/notes.bin": random.Random(0).randbytes(600_000)})
    with running(tmp_path) as app:
        page.goto(f"{app.url}/data")
        page.locator(".st-key-makers").get_by_role("button", name="Pictures").click()
        picker = page.locator("[data-testid=stFileUploader] input[accept*='.zip']")
        picker.set_input_files([{"name": "pets.zip", "mimeType": "application/zip", "buffer": large}])
        expect(page.get_by_text("40 pictures, 2 classes")).to_be_visible(timeout=LONG)
        picker.set_input_files([{"name": "more.zip", "mimeType": "application/zip", "buffer": large}])
        said = page.get_by_text("The last file was left out: uploads of one page may have 1 MB in all.")
        expect(said).to_be_visible(timeout=LONG)
        expect(page.get_by_text("40 pictures, 2 classes")).to_be_visible(timeout=LONG)
        page.get_by_role("button", name="Remove more.zip").click()
        expect(said).to_have_count(0, timeout=LONG)
        page.get_by_role("button", name="Make the dataset").click()
        expect(page.get_by_role("heading", name="pets")).to_be_visible(timeout=LONG)
        page.locator(".st-key-makers").get_by_role("button", name="Pictures").click()
        expect(page.get_by_text("In a zip, the folders become the classes.")).to_be_visible(timeout=LONG)
        picker.set_input_files([{"name": "again.zip", "mimeType": "application/zip", "buffer": large}])
        expect(page.get_by_text("40 pictures, 2 classes")).to_be_visible(timeout=LONG)
