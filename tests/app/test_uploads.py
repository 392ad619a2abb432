"""The Data page on the files that people have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground import data
from playground.data import own
from playground.ui.pages.data import create
from tests.app.fakes import FakeHost
from tests.app.test_data_page import _html, _open, _show, _words
from tests.files_made import FOLDERS, TABLES, ZIPS, write


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))


def _maker(name: str) -> AppTest:
    app = _open(FakeHost())
    app.button(key=f"show_{name}__").click()
    return app.run()


def _made(app: AppTest) -> Any:
    """The samples of the set that the page makes."""
    app.button(key="make").click()
    app.run()
    assert not app.exception
    [key] = app.session_state["_data_mine"]
    about = own.about(key)
    assert about is not None
    return data.load(about.dataset, key), about


def _upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    given = [(name, content, "application/octet-stream") for name, content in files]
    uploader = app.file_uploader[0]
    uploader.set_value(given if uploader.accept_multiple_files else given[0])
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("case", TABLES)
def test_a_table_becomes_its_points(case: str) -> None:
    content, points = TABLES[case]
    app = _upload(_maker("table"), (case, content))
    assert "60 points" in _words(app)
    assert "separator: " in _words(app)
    samples, about = _made(app)
    middle = (points.max(0) + points.min(0)) / 2
    wanted = (points - middle) / (np.ptp(points, axis=0).max() / 2)
    assert np.allclose(samples.x.numpy(), wanted, atol=1e-6)
    assert "decimal mark: " in about.findings[0]


def test_an_ambiguous_table_asks_and_a_choice_settles_it() -> None:
    content = b"1,250\t2,300\n3,125\t4,500\n2,125\t1,500\n"
    app = _upload(_maker("table"), ("a.tsv", content))
    assert "can be read as 1.25 and as 1250" in app.warning[0].value
    assert not [button for button in app.button if button.key == "make"]
    [decimal] = [box for box in app.selectbox if box.label == "Decimal mark"]
    decimal.set_value(",")
    app.run()
    assert not app.exception
    assert not app.warning
    assert "decimal mark: comma, thousands mark: none" in _words(app)
    [y] = [box for box in app.selectbox if box.label == "Column of y"]
    assert y.options == ["1", "2"]


def test_columns_can_be_chosen() -> None:
    app = _maker("table")
    app.text_area[0].set_value("a,b,c\n1,2,30.5\n4,5,10\n7,8.5,20\n")
    app.run()
    assert "Columns “a” and “b” of 3 are x and y" in _words(app)
    for label, column in (("Column of x", 2), ("Column of y", 0)):
        [box] = [box for box in app.selectbox if box.label == label]
        box.set_value(column)
        app.run()
    assert not app.exception
    assert "Columns “c” and “a” of 3 are x and y" in _words(app)


@pytest.mark.parametrize("case", ZIPS)
def test_a_zip_becomes_its_classes(case: str) -> None:
    content, classes = ZIPS[case]
    app = _upload(_maker("pictures"), (case, content))
    assert not app.warning
    samples, about = _made(app)
    assert dict(zip(samples.names, np.bincount(samples.y).tolist(), strict=True)) == classes
    assert all(np.ptp(image) > 100 for image in samples.x.numpy())
    if case == "train_test.zip":
        assert about.findings == ("The folders “test”, “train” are parts of one set and were merged.",)


def test_the_ground_under_transparent_parts_can_be_chosen() -> None:
    app = _upload(_maker("pictures"), ("ink.zip", ZIPS["ink_on_transparent.zip"][0]))
    assert "Transparent parts are filled with white." in _words(app)
    app.segmented_control(key=create.GROUND).set_value("black")
    app.run()
    assert not app.exception
    assert "All these pictures are the same one" in app.warning[0].value  # black on black
    app.segmented_control(key=create.GROUND).set_value("auto")
    app.run()
    assert not app.warning
    opaque = _upload(_maker("pictures"), ("shapes.zip", ZIPS["train_test.zip"][0]))
    assert create.GROUND not in [control.key for control in opaque.segmented_control]


def test_what_cannot_be_read_is_named() -> None:
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50)
    app = _upload(_maker("pictures"), ("shapes.zip", ZIPS["train_test.zip"][0]), ("IMG_1.heic", heic))
    assert "HEIC cannot be read here: save as JPEG" in _words(app)
    assert "10 pictures" in _words(app)


@pytest.mark.parametrize("case", FOLDERS)
def test_a_folder_of_idx_files_shows_its_classes(case: str, tmp_path: Path) -> None:
    folder, host = write(tmp_path, case), FakeHost()
    app = _show(_open(host), "idx")
    app.text_input(key="data_folder").set_value(str(folder))
    app.run()
    assert not app.exception
    html = _html(app)
    for name, n in FOLDERS[case][1].items():
        assert f"<span>{name}</span>" in html
        assert f"<span class='n'>{n}</span>" in html
    if case == "labels_0_and_200":
        assert "each one that occurs is a class: 0, 200." in html
