"""The Data page against a host without an engine."""

from __future__ import annotations

import ast
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from playground import data
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import DATASETS, Choice, own
from playground.data.classics import CLASSICS, absent
from playground.engine.messages import Card, SetKnobs
from playground.ui.pages.data import pictures_source, selection
from playground.ui.pages.data.selection import Shown
from playground.ui.style import escape_markdown
from playground.utils.errors import UserError
from tests.app.fakes import FakeHost

RUN = "r" * 22
POINTS = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))


def _door() -> None:
    import streamlit as st

    from playground.ui.pages import entry

    data = entry("data")
    data._default = True
    st.navigation([data, entry("train")]).run()


def _open(host: FakeHost, step: int = 0, **changes: Any) -> AppTest:
    """The page on a run of the digits."""
    host.create(RUN, PRESETS["digits"].config.changed(**changes).model_dump())
    host.runs[RUN].step = step
    app = AppTest.from_function(_door, default_timeout=60)
    app.session_state["_host"] = host
    app.query_params["run"] = RUN
    return app.run()


def _show(app: AppTest, dataset: str, source: str = "") -> AppTest:
    app.button(key=f"show__{dataset}_{source}").click()
    return app.run()


def _html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def _words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.warning)
    return " ".join(element.value for kind in kinds for element in kind)


def _sent(host: FakeHost) -> dict[str, Any]:
    """The knobs of the one command that was sent."""
    [command] = host.commands
    assert isinstance(command, SetKnobs)
    return command.values


def test_it_begins_with_what_the_run_learns_from() -> None:
    app = _open(FakeHost())
    assert not app.exception
    assert "Handwritten digits" in _words(app)
    assert "The run trains on this dataset." in _words(app)
    assert app.button(key="train_on").disabled
    html = _html(app)
    for fact in ("1\u202f797, 8×8, grey", "0 … 255", "CC BY 4.0", "doi:10.24432/C50P49", "UCI Machine Learning"):
        assert fact in html


def test_every_dataset_has_its_button() -> None:
    app = _open(FakeHost())
    keys = {button.key for button in app.button}
    for key, dataset in DATASETS.items():
        assert (f"show__{key}_" in keys) == (dataset.asks != "own")
    for maker in ("draw", "table", "pictures"):
        assert f"show_{maker}__" in keys


def test_other_data_brings_the_knobs_that_suit_it_and_keeps_the_seed() -> None:
    host = FakeHost()
    app = _show(_open(host, seed=7), "shapes")
    assert not app.exception
    app.button(key="train_on").click()
    app.run()
    assert not app.exception
    wanted = PRESETS["shapes"].config.changed(seed=7)
    assert RunConfig(**{**PRESETS["digits"].config.changed(seed=7).model_dump(), **_sent(host)}) == wanted


def test_a_part_of_the_same_data_keeps_the_knobs_of_the_run() -> None:
    host = FakeHost()
    app = _open(host, d_lr=5e-4)
    app.session_state["classes_digits_"] = [3, 8]
    app.session_state["size_digits_"] = 100
    app.session_state["repeat_class_digits_"] = 8
    app.session_state["repeat_times_digits_"] = 5
    app.run()
    assert not app.exception
    assert host.asked[-1][2] == Choice("3,8", 100, "8x5")
    app.button(key="train_on").click()
    app.run()
    assert _sent(host) == {"classes": "3,8", "size": 100, "repeat": "8x5"}


def test_the_page_begins_with_the_part_that_the_run_has() -> None:
    app = _open(FakeHost(), classes="3,8", size=100, repeat="8x5")
    assert not app.exception
    assert app.select_slider(key="size_digits_").value == 100
    assert app.number_input(key="repeat_times_digits_").value == 5
    assert "The run trains on this dataset." in _words(app)


def test_a_trained_run_is_asked_about_first() -> None:
    host = FakeHost()
    app = _show(_open(host, step=500), "moons")
    app.button(key="train_on").click()
    app.run()
    assert host.commands == []
    assert "Training on “Two moons” starts the run over." in _words(app)  # on the Train page
    app.button(key="yes").click()
    app.run()
    assert _sent(host)["dataset"] == "moons"


# What is not here yet


@pytest.mark.parametrize("key", CLASSICS)
def test_a_missing_classic_says_so_and_can_be_fetched(key: str) -> None:
    host = FakeHost()
    host.cards[key] = Card("missing", "It is not here, and this is why.")
    app = _show(_open(host), key)
    assert not app.exception
    assert "It is not here, and this is why." in _words(app)
    assert "MB" in app.button(key="fetch").label
    app.button(key="fetch").click()
    app.run()
    assert (key, "", Choice(), True) in host.asked


@pytest.mark.parametrize("key", CLASSICS)
def test_the_page_does_not_send_a_person_to_itself(key: str) -> None:
    host = FakeHost()
    host.cards[key] = Card("missing", absent(key))
    words = _words(_show(_open(host), key))
    assert "not on this machine yet" in words
    assert "button below" in words
    assert "Data page" not in words


def test_a_set_that_is_gone_is_said_where_one_can_make_it_again() -> None:
    host = FakeHost()
    host.cards["own-images"] = Card("failed", "The set “gone” is not here any more. Upload it again on the Data page.")
    app = _open(host)
    app.session_state["_data_shown"] = Shown("own-images", "gone")
    app.run()
    assert not app.exception
    assert "“Add your own”" in _words(app)
    assert "Data page" not in _words(app)


def test_a_download_shows_how_far_it_is_and_can_be_cancelled() -> None:
    host = FakeHost()
    host.cards["mnist"] = Card("working", "Downloading MNIST …", done=2_500_000, total=10_000_000, bytes=True)
    app = _show(_open(host), "mnist")
    assert not app.exception
    [bar] = app.get("progress")
    assert bar.proto.value == 25
    assert bar.proto.text == "Downloading MNIST … 2.5 / 10.0 MB"
    app.button(key="cancel").click()
    app.run()
    assert host.cancelled == [("mnist", "")]


def test_a_rendering_counts_samples() -> None:
    host = FakeHost()
    host.cards["typeset-digits"] = Card("working", "Preparing …", done=2000, total=20_000)
    app = _show(_open(host), "typeset-digits")
    [bar] = app.get("progress")
    assert bar.proto.text == "Preparing … 2\u202f000 / 20\u202f000"


def test_a_folder_is_asked_for_by_name() -> None:
    host = FakeHost()
    host.cards["idx"] = Card("failed", "There is no folder there.")
    app = _show(_open(host), "idx")
    assert not app.exception
    assert host.asked[-1][0] != "idx"
    assert "IDX is the file format of MNIST" in _words(app)
    app.text_input(key="data_folder").set_value(" /some/where ")
    app.run()
    assert host.asked[-1][:2] == ("idx", "/some/where")
    assert "There is no folder there." in _words(app)


# Sets of one's own


def test_a_saved_set_is_listed_shown_and_trained_on() -> None:
    key = own.add("*My* [heart](x)", POINTS, None, (), "Drawn by hand")
    own.save(key, keep=True)
    host = FakeHost()
    app = _show(_open(host), "own-points", key)
    assert not app.exception
    assert app.button(key=f"show__own-points_{key}").label == escape_markdown("*My* [heart](x)")
    assert "Drawn by hand" in _html(app)
    assert "everybody who uses it sees this set" in _words(app)
    app.button(key="train_on").click()
    app.run()
    assert (_sent(host)["dataset"], _sent(host)["own"], _sent(host)["z_dim"]) == ("own-points", key, 2)


def test_a_damaged_saved_set_takes_the_page_from_nobody() -> None:
    keys = [own.add(name, POINTS + n, None, (), "Drawn by hand") for n, name in enumerate(("Good", "Bad", "Worse"))]
    for key in keys:
        own.save(key, keep=True)
    good, bad, worse = (own.folder(saved=True) / f"{key}.npz" for key in keys)
    content = bytearray(bad.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 6] ^= 64  # the version of zip that is needed: ZipFile raises NotImplementedError
    bad.write_bytes(content)
    worse.write_bytes(b"PK\x05\x06" + bytes(18))
    own._read_about.cache_clear()
    app = _show(_open(FakeHost()), "own-points", good.stem)
    assert not app.exception
    assert not [button for button in app.button if bad.stem in str(button.key) or worse.stem in str(button.key)]


def test_a_set_made_here_can_be_saved_and_unsaved() -> None:
    key = own.add("Pets", np.zeros((4, 1, 16, 16), np.uint8), np.arange(4) % 2, ("<b>cat", "dog"), "From pets.zip")
    app = _open(FakeHost())
    app.session_state["_data_mine"] = [key]
    app.session_state["_data_owned"] = {key}
    app = _show(app.run(), "own-images", key)
    assert not app.exception
    assert "&lt;b&gt;cat" in _html(app)
    assert not own.about(key).saved
    app.toggle(key=f"keep_{key}").set_value(True)
    app.run()
    assert own.about(key).saved
    app.toggle(key=f"keep_{key}").set_value(False)
    app.run()
    assert not own.about(key).saved


def test_of_a_handful_of_samples_there_is_nothing_to_cut() -> None:
    key = own.add("Three", POINTS[:3], None, (), "Pasted")
    own.save(key, keep=True)
    app = _show(_open(FakeHost()), "own-points", key)
    assert not app.exception
    assert not app.select_slider
    app.button(key="train_on").click()
    assert not app.run().exception


def test_a_pasted_table_becomes_a_set() -> None:
    host = FakeHost()
    app = _open(host)
    app.button(key="show_table__").click()
    app.run()
    assert not app.exception
    app.text_area[0].set_value("x;y\n" + "\n".join(f"{i};{i % 7}" for i in range(50)))
    app.run()
    assert "50 points" in _words(app)
    app.text_input(key="name_table__0").set_value("Saw")
    app.run()
    app.button(key="make").click()
    app.run()
    assert not app.exception
    [key] = app.session_state["_data_mine"]
    assert own.about(key).name == "Saw"
    assert host.asked[-1][:2] == ("own-points", key)
    assert "### Saw" in _words(app)


def test_a_table_that_is_none_is_a_sentence() -> None:
    app = _open(FakeHost())
    app.button(key="show_table__").click()
    app.run()
    app.text_area[0].set_value("hello\nworld")
    app.run()
    assert not app.exception
    assert app.warning
    assert not [button for button in app.button if button.key == "make"]


def test_a_drawing_is_waited_for() -> None:
    app = _open(FakeHost())
    app.button(key="show_draw__").click()
    app.run()
    assert not app.exception
    assert "appear here" in _words(app)


def test_the_form_of_pictures_leaves_the_train_page_alone() -> None:
    app = _open(FakeHost())
    app.button(key="show_pictures__").click()
    app.run()
    assert len(app.segmented_control) == 4
    for control in app.segmented_control:
        control.set_value(control.options[-1])
    app.run()
    app = _show(app, "moons")
    app.button(key="train_on").click()
    app.run()
    assert not app.exception
    assert app.session_state["side"] == "curves"


def test_no_two_widgets_share_a_key() -> None:
    """Across all pages: what one page remembers must not become another one's."""
    found: dict[str, set[str]] = {}
    for path in Path(data.__file__).parents[1].joinpath("ui").rglob("*.py"):
        tree = ast.parse(path.read_text())
        constants = {
            target.id: node.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
                values = getattr(node.value, "elts", [])
                pairs = zip(node.targets[0].elts, values, strict=False)
                constants |= {
                    n.id: v.value for n, v in pairs if isinstance(v, ast.Constant) and isinstance(n, ast.Name)
                }
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "key":
                key = getattr(node.value, "value", None) or constants.get(getattr(node.value, "id", ""))
                if isinstance(key, str):
                    found.setdefault(key, set()).add(path.name)
    assert {"side", "picture_side", "turn"} <= set(found)
    assert {key: files for key, files in found.items() if len(files) > 1} == {}


# Pictures with a class


def _picture(value: int) -> bytes:
    out = io.BytesIO()
    pixels = np.zeros((20, 20), np.uint8)
    pixels[4:12, 4 : 8 + value] = 250
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def _labels() -> None:
    from types import SimpleNamespace

    import streamlit as st

    from playground.ui.pages.data import pictures_source

    files = [SimpleNamespace(file_id=one) for one in st.session_state["came"]]
    st.session_state["labels"] = pictures_source.labels_of(0, files)


def test_loose_pictures_get_the_class_that_was_typed_before_they_came() -> None:
    app = AppTest.from_function(_labels)
    for label, came in (("cat", ["a"]), ("dog", ["a", "b"]), ("", ["b", "c"])):
        app.session_state["picture_class_0"], app.session_state["came"] = label, came
        app.run()
    assert app.session_state["labels"] == ["dog", ""]
    page = _open(FakeHost())
    page.session_state["_data_shown"] = Shown(maker="pictures")
    page.run()
    page.text_input(key="picture_class_0").set_value("cat").run()
    files = [(f"{i}.png", _picture(i), "image/png") for i in range(2)]
    page.session_state["_pictures_taken_0"] = [pictures_source.Taken("dog", _picture(3))]
    page.file_uploader(key="pictures_0").set_value(files).run()
    assert "3 pictures, 2 classes: cat, dog" in _words(page)


def test_pictures_made_here_have_classes_too_and_can_be_taken_back() -> None:
    app = _open(FakeHost())
    app.session_state["_data_shown"] = Shown(maker="pictures")
    app.session_state["_pictures_taken_0"] = [
        pictures_source.Taken(label, _picture(i)) for label in ("left", "right") for i in range(3)
    ]
    app.run()
    assert not app.exception
    assert "Made here: left: 3, right: 3" in _words(app)
    assert "6 pictures, 2 classes: left, right" in _words(app)
    app.button(key="picture_remove").click().run()
    assert "Made here: left: 3, right: 2" in _words(app)
    app.button(key="make").click().run()
    app.run()
    assert not app.exception
    shown = app.session_state["_data_shown"]
    assert own.about(shown.source) is not None
    samples = data.load(shown.dataset, shown.source)
    assert samples.class_names == ("left", "right")
    assert np.bincount(samples.y.numpy()).tolist() == [3, 2]


def _photographed() -> None:
    from types import SimpleNamespace

    import streamlit as st

    from playground.ui.pages.data import pictures_source

    st.session_state["picture_class_0"] = "left"
    st.session_state["shot"] = SimpleNamespace(getvalue=lambda: b"a photo")
    pictures_source._photo(0, "shot")
    st.session_state["shot"] = None  # taken back
    pictures_source._photo(0, "shot")


def test_a_photo_gets_the_class_that_stands_in_the_field() -> None:
    page = _open(FakeHost())
    page.session_state["_data_shown"] = Shown(maker="pictures")
    page.run()
    assert not page.get("camera_input")
    page.button_group(key=pictures_source.MORE).set_value("camera").run()
    assert not page.exception
    assert len(page.get("camera_input")) == 1
    app = AppTest.from_function(_photographed).run()
    assert app.session_state["_pictures_taken_0"] == [pictures_source.Taken("left", b"a photo")]


def test_a_drawing_becomes_a_picture_and_nothing_drawn_a_sentence() -> None:
    line = [{"erase": False, "width": 0.1, "points": [0.2, 0.5, 0.8, 0.5]}]
    picture = np.asarray(Image.open(io.BytesIO(pictures_source.drawn(line))))
    assert picture[picture.shape[0] // 2, picture.shape[1] // 2] == 255
    assert picture[0, 0] == 0
    for nothing in ([], "no drawing"):
        with pytest.raises(UserError):
            pictures_source.drawn(nothing)
    assert pictures_source.named("a/b.png", "x/y") == "x y/b.png"
    assert pictures_source.named("set.zip", "x") == "set.zip"


def test_no_class_chosen_says_all() -> None:
    app = _open(FakeHost())
    assert "All 10 classes" in _words(app)
    app.button_group(key="classes_digits_").set_value([3, 8]).run()
    assert "2 of 10 classes" in _words(app)


def test_folders_that_a_server_allows_are_chosen_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.data.idx_folder.choices", lambda: ["/data/mnist"])
    app = _show(_open(FakeHost()), "idx")
    assert not app.exception
    field = app.selectbox(key="data_folder")
    assert field.options == ["None", "/data/mnist"]
    field.select("/data/mnist").run()
    assert not app.exception
    assert app.session_state["data_folder"] == "/data/mnist"


def test_who_brings_what_another_has_saved_cannot_take_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr(selection.st, "session_state", state)
    picture = np.zeros((4, 1, 16, 16), np.uint8)
    teachers = own.add("Pets", picture, np.arange(4) % 2, ("cat", "dog"), "From pets.zip")
    selection.made(teachers)
    assert selection.is_mine(teachers)
    own.save(teachers, keep=True)
    state.clear()  # another visitor
    same = own.add("Pets", picture, np.arange(4) % 2, ("cat", "dog"), "From pets.zip")
    assert same == teachers
    selection.made(same)
    assert not selection.is_mine(same)
    assert selection.shown().source == same


# The lists


def test_there_is_one_place_to_add_data_and_a_list_of_what_was_made_only_where_there_is_some() -> None:
    app = _open(FakeHost())
    captions = [one.value for one in app.sidebar.caption]
    assert captions[0] == "Add your own"
    assert "Made here" not in captions
    ways = [button.key for button in app.sidebar.button][:4]
    assert ways == ["show_draw__", "show_table__", "show_pictures__", "show__idx_"]
    app.session_state["_data_mine"] = [own.add("Three lines", 2 * POINTS, None, (), "Drawn by hand", ())]
    app.run()
    assert [one.value for one in app.sidebar.caption][:2] == ["Add your own", "Made here"]
    assert "Three lines" in [button.label for button in app.sidebar.button]
