"""The form of the knobs where the game is a translation, and the way from one game to another."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from playground.config.knob import GROUPS
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.config.starts import begun
from playground.engine.messages import Reset, SetKnobs
from playground.ui import projector
from playground.ui.knobs import form
from playground.ui.knobs.applies import GAMES_OF, applies, belongs
from tests.app.fakes import FakeHost
from tests.app.form import drawn, widget
from tests.app.test_train_page import only_run, open_page, texts

DIGITS = PRESETS["digits"].config


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


def played(page: AppTest, host: FakeHost, step: int = 50) -> AppTest:
    only_run(host).step = step
    return page.run()


def toasts(page: AppTest) -> str:
    return "\n".join(toast.value for toast in page.toast)


def test_every_game_has_what_steers_it_at_hand(host: FakeHost) -> None:
    page = open_page(host, unfold=False, game="paired", dataset="typeset-digits")
    config = only_run(host).config
    assert (config["game"], config["task"], config["network"]) == ("paired", "inpaint-half", "unet")
    steering = {"game", "task", "dataset", "task_amount", "reconstruction_weight", "adversarial_weight", "objective"}
    assert steering <= drawn(page)
    assert not {"cycle_weight", "identity_weight", "partner"} & drawn(page)
    assert not any(widget(page, name).disabled for name in drawn(page))
    cycle = open_page(FakeHost(), unfold=False, game="cycle", dataset="shapes")
    assert {"game", "task", "cycle_weight", "identity_weight", "adversarial_weight"} <= drawn(cycle)
    assert not {"reconstruction_weight", "task_amount"} & drawn(cycle), "red to blue has no strength"


def test_the_second_dataset_is_there_where_the_task_wants_one(host: FakeHost) -> None:
    page = open_page(host, unfold=False, game="cycle", task="between", dataset="moons", partner="ring")
    assert {"partner", "partner_classes"} <= drawn(page)
    assert list(form.essentials(RunConfig(**only_run(host).config)))[:5] == [
        "game", "task", "dataset", "partner", "partner_classes",
    ]  # fmt: skip


@pytest.mark.parametrize("game", ["gan", "paired", "cycle"])
def test_the_form_has_no_knob_of_another_game(host: FakeHost, game: str) -> None:
    page = open_page(host, **({} if game == "gan" else {"game": game}))
    of_others = {name for name, games in GAMES_OF.items() if game not in games}
    assert of_others
    assert drawn(page) == set(KNOBS) - of_others
    folds = {key for key in GROUPS if any(e.label.startswith(key) for e in page.expander)}
    assert ("Translation" in folds) == (game != "gan"), "a fold without a knob is no fold"
    page.text_input(key=form.QUERY).set_value("lambda").run()
    assert not drawn(page) & of_others


def test_a_game_is_found_by_the_names_of_the_field(host: FakeHost) -> None:
    page = open_page(host)
    for word in ("pix2pix", "cyclegan", "inpainting"):
        page.text_input(key=form.QUERY).set_value(word).run()
        assert "game" in drawn(page)


@pytest.mark.parametrize("game", ["paired", "cycle"])
def test_another_game_comes_with_knobs_that_suit_it_and_says_so(host: FakeHost, game: str) -> None:
    page = open_page(host, unfold=False)
    widget(page, "game").set_value(game).run()
    assert not page.exception
    wanted = begun(DIGITS, game)
    [command] = host.commands
    assert command == SetKnobs(wanted.differences(DIGITS))
    assert only_run(host).config == wanted.model_dump()
    label = KNOBS["game"].written(game)
    assert f"“{label}” comes with knobs that suit it" in toasts(page)
    assert "Network family: MLP → U-Net" in toasts(page)
    assert "Batch size: 64 → 16" in toasts(page)
    assert " more." in toasts(page)
    widget(page, "game").set_value("gan").run()
    assert only_run(host).config == DIGITS.model_dump(), "back again"


def test_what_was_learned_is_asked_for_before_another_game_takes_its_place(host: FakeHost) -> None:
    page = played(open_page(host, unfold=False), host)
    widget(page, "game").set_value("paired").run()
    assert "“Paired translation” starts the run over, with knobs that suit it." in texts(page)
    assert not host.commands
    page.button(key="no").click().run()
    assert only_run(host).config == DIGITS.model_dump()
    assert widget(page, "game").value == "gan"
    widget(page, "game").set_value("paired").run()
    page.button(key="yes").click().run()
    assert only_run(host).config == begun(DIGITS, "paired").model_dump()


def test_a_weight_acts_at_once_and_a_task_starts_over(host: FakeHost) -> None:
    page = played(open_page(host, unfold=False, game="paired", dataset="typeset-digits"), host)
    widget(page, "reconstruction_weight").set_value(0.0).run()
    assert host.commands == [SetKnobs({"reconstruction_weight": 0.0})]
    widget(page, "task").set_value("denoise").run()
    assert "Task: Fill the hidden half → Remove noise starts the run over." in texts(page)
    page.button(key="yes").click().run()
    assert only_run(host).config["task"] == "denoise"
    assert not any(isinstance(command, Reset) for command in host.commands)


def test_data_of_another_kind_brings_networks_for_it(host: FakeHost) -> None:
    page = open_page(host, unfold=False, game="cycle", dataset="shapes")
    widget(page, "dataset").set_value("moons").run()
    assert not page.exception
    config = RunConfig(**only_run(host).config)
    assert (config.network, config.task, config.batch_size, config.g_width) == ("mlp", "turn", 64, 48)
    assert "Network family: U-Net → MLP" in toasts(page)


def test_on_a_projector_the_weights_are_at_hand(host: FakeHost) -> None:
    page = open_page(host, unfold=False, projector="on", game="paired", dataset="typeset-digits")
    assert drawn(page) == set(projector.FIRST_OF["paired"])
    assert not any(widget(page, name).disabled for name in drawn(page))
    page.multiselect(key="at_hand_choice").set_value(["task_amount"]).run()
    assert drawn(page) == {"task_amount"}


def test_identity_has_no_meaning_where_channels_differ() -> None:
    shapes = begun(DIGITS, "cycle", "shapes")
    assert applies("identity_weight", shapes)
    assert not applies("identity_weight", shapes.changed(task="colourise"))
    assert belongs("identity_weight", shapes.changed(task="colourise"))
