"""The projector mode of all pages, without a browser and without an engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS
from playground.engine.messages import SetKnobs
from playground.ui import projector
from playground.ui.glossary import TERMS
from playground.ui.pages import PAGES
from playground.ui.pages.latent.tools import TOOLS
from tests.app.fakes import FakeHost
from tests.app.form import drawn, number, widget
from tests.app.test_curves import chart
from tests.app.test_train_page import open_page, param, texts

ROOT = Path(__file__).parents[2]
SCRIPT = str(ROOT / "playground" / "ui" / "main" / "script.py")


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


def large(page: AppTest) -> bool:
    """Whether the page is enlarged."""
    return any(f"font-size: {projector.TYPE}px" in element.proto.body for element in page.get("html"))


def on_projector(host: FakeHost, **query: str) -> AppTest:
    page = open_page(host, unfold=False, projector="on", **query)
    assert not page.exception
    return page


def open_at(host: FakeHost, path: str, **query: str) -> AppTest:
    """A page of the whole app, as a visitor opens it at its address."""
    page = AppTest.from_file(SCRIPT, default_timeout=60)
    page._page_hash = "" if path == "train" else calc_hash(path)
    page.session_state["_host"] = host
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    page.run()  # a race is made by now
    assert not page.exception
    return page


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_mode_and_leaves_it(path: str, host: FakeHost) -> None:
    page = open_at(host, path)
    assert not large(page)
    page.button(key="projector").click().run()
    assert not page.exception
    assert large(page)
    assert page.button(key="projector").label == "Leave"
    assert param(page, "projector") == "on"
    page.button(key="projector").click().run()
    assert not page.exception
    assert not large(page)
    assert "projector" not in page.query_params


@pytest.mark.parametrize("path", PAGES)
def test_an_address_opens_every_page_in_the_mode(path: str, host: FakeHost) -> None:
    page = open_at(host, path, projector="on", at_hand="g_lr,batch_size")
    assert large(page)
    assert (param(page, "projector"), param(page, "at_hand")) == ("on", "g_lr,batch_size")
    assert "ignored" not in texts(page)


def test_figures_grow_with_the_type(host: FakeHost) -> None:
    page = on_projector(host)
    sizes = [float(size) for size in re.findall(r'"size": ([0-9.]+)', str(chart(page, "losses")[0]).replace("'", '"'))]
    assert min(sizes) >= 18


def test_one_chart_at_a_time(host: FakeHost) -> None:
    page = on_projector(host)
    for side, other in (("losses", "scores"), ("scores", "losses")):
        page.selectbox(key="in_large").set_value(side).run()
        assert not page.exception
        drawn_now = [str(element.proto) for element in page.get("bidi_component")]
        assert any(f"-{side}" in one for one in drawn_now)
        assert not any(f"-{other}" in one for one in drawn_now)


def test_the_objective_the_networks_and_a_recorded_step_have_the_large_half(host: FakeHost) -> None:
    page = on_projector(host, preset="ring")
    names = {"objective": "card", "networks": "game", "walk": "walk"}
    for side, key in names.items():
        page.selectbox(key="in_large").set_value(side).run()
        assert not page.exception
        for half, held in (("large_stage", key), ("large_side", "stage")):
            [block] = [block for block in blocks(page) if block.proto.id.endswith(f"-{half}")]
            assert any(one.proto.id.endswith(f"-{held}") for one in block.children.values() if hasattr(one, "children"))


def test_three_knobs_stay_at_hand(host: FakeHost) -> None:
    page = on_projector(host, preset="ring")
    assert drawn(page) == set(projector.FIRST)
    number(page, "d_lr").set_value(0.003).run()
    assert host.commands[-1] == SetKnobs({"d_lr": 0.003})
    widget(page, "r1").set_value(1.0).run()
    assert host.commands[-1] == SetKnobs({"r1": 1.0})


def test_buttons_have_a_word_in_sight(host: FakeHost) -> None:
    page = on_projector(host, preset="ring")
    assert page.button(key="turn").label == "Next"
    popovers = [block.proto.popover.label for block in blocks(page) if block.proto.HasField("popover")]
    assert "Knobs" in popovers


def blocks(page: AppTest) -> list[Any]:
    """Everything on the page that holds something."""
    found: list[Any] = []

    def search(node: Any) -> None:
        for child in getattr(node, "children", {}).values():
            if hasattr(child, "children"):
                found.append(child)
            search(child)

    search(page.main)
    return [block for block in found if block.proto is not None]


def test_a_teacher_chooses_the_knobs_at_hand(host: FakeHost) -> None:
    page = on_projector(host, preset="ring")
    page.multiselect(key="at_hand_choice").set_value(["batch_size", "objective"]).run()
    assert not page.exception
    assert drawn(page) == {"batch_size", "objective"}
    assert param(page, "at_hand") == "batch_size,objective"
    again = on_projector(host, run=param(page, "run"), at_hand=param(page, "at_hand"))
    assert drawn(again) == {"batch_size", "objective"}
    again.button(key="projector").click().run()
    assert param(again, "at_hand") == "batch_size,objective", "the choice is there when the mode comes again"
    again.button(key="projector").click().run()
    again.multiselect(key="at_hand_choice").set_value([]).run()
    assert drawn(again) == set(projector.FIRST)
    assert "at_hand" not in again.query_params


@pytest.mark.parametrize("text", ["nonsense", "folder", "", ",,", "d_lr,d_lr,nonsense,g_lr,r1,r2,batch_size"])
def test_what_no_address_should_say_breaks_nothing(text: str, host: FakeHost) -> None:
    page = on_projector(host, at_hand=text)
    assert drawn(page) == set(projector.FIRST)


def test_every_knob_that_may_stay_at_hand_can_be_drawn(host: FakeHost) -> None:
    names = projector.fit_at_hand()
    assert {"d_lr", "objective", "conditional"} < set(names) < set(KNOBS)
    page = on_projector(host)
    for i in range(0, len(names), projector.MOST):
        page.multiselect(key="at_hand_choice").set_value(names[i : i + projector.MOST]).run()
        assert not page.exception
        assert drawn(page) == set(names[i : i + projector.MOST])


def test_the_gallery_of_presets_opens(host: FakeHost) -> None:
    page = on_projector(host, preset="digits")
    assert page.button(key="preset").label == PRESETS["digits"].label
    page.button(key="preset").click().run()
    assert not page.exception
    assert any("gallery" in str(element.proto) for element in page.get("bidi_component"))


def test_whoever_watches_steers_nothing_in_the_mode(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.ui.session.watching", lambda: True)
    page = on_projector(host)
    assert all(widget(page, knob).disabled for knob in projector.FIRST)
    assert page.button(key="preset").disabled


def test_a_race_is_chosen_in_the_mode(host: FakeHost) -> None:
    page = open_at(host, "race", projector="on")
    page.selectbox(key="race_choice").select("seeds").run()
    assert not page.exception
    assert (param(page, "of"), param(page, "projector")) == ("seeds", "on")


def test_a_dataset_is_chosen_in_the_mode(host: FakeHost) -> None:
    page = open_at(host, "data", projector="on", preset="digits")
    box = next(one for one in page.selectbox if (one.key or "").startswith("data_choice_"))
    box.select_index(box.options.index("Ring of 8")).run()
    assert not page.exception
    box = next(one for one in page.selectbox if (one.key or "").startswith("data_choice_"))
    assert box.options[box.index] == "Ring of 8"


def test_a_dataset_is_made_in_the_mode(host: FakeHost) -> None:
    page = open_at(host, "data", projector="on", preset="digits")
    box = next(one for one in page.selectbox if (one.key or "").startswith("data_choice_"))
    box.select_index(box.options.index("Add your own: Table")).run()
    assert not page.exception
    assert [one.label for one in page.text_area] == ["or paste them here"]
    box = next(one for one in page.selectbox if (one.key or "").startswith("data_choice_"))
    assert box.options[box.index] == "Add your own: Table"


def test_a_tool_of_the_latent_page_is_chosen_in_the_mode(host: FakeHost) -> None:
    page = open_at(host, "latent", projector="on", preset="digits")
    box = page.selectbox(key="latent_tool_images_in_list")
    assert box.options == [tool.title for tool in TOOLS.values()]
    box.select("dimensions").run()
    assert not page.exception
    page.button(key="projector").click().run()
    assert page.session_state["latent_tool_images"] == "dimensions", "the usual page goes on with it"


def test_the_glossary_shows_one_term(host: FakeHost) -> None:
    page = open_at(host, "glossary", projector="on")
    for term in (TERMS["fid"], TERMS["mode"]):
        page.button_group(key="glossary_term").set_value(term.name).run()
        assert not page.exception
        shown = [other.name for other in TERMS.values() if f"**{other.name}**" in texts(page)]
        assert shown == [term.name]
