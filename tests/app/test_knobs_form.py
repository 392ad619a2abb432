"""The form of the knobs: the essential ones, all with a search, typed numbers, marks, presets, undo and redo."""

from dataclasses import replace
from itertools import pairwise

import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS, cure_of
from playground.config.run_config import KNOBS
from playground.engine.messages import Command, Reset, Rewind, SetKnobs
from playground.ui.knobs import form
from playground.ui.knobs.applies import belongs
from playground.ui.pages.train import gallery
from playground.utils.errors import UserError
from tests.app.fakes import FakeHost
from tests.app.form import drawn, number, widget
from tests.app.test_train_page import only_run, open_page, param, texts


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


def choose(page: AppTest, monkeypatch: pytest.MonkeyPatch, preset: str, both: bool = False) -> AppTest:
    """Press a card in the dialog of presets."""
    page.button(key="preset").click().run()
    with monkeypatch.context() as patch:
        patch.setattr(gallery, "gallery", lambda groups, chosen, *, key, on_choose: on_choose())
        patch.setattr(gallery, "choice", lambda key: (preset, both))
        return page.run()


def train(page: AppTest, host: FakeHost, step: int) -> None:
    """The run is at a step."""
    only_run(host).step = step
    page.run()


def message(page: AppTest) -> bool:
    """Whether a message offers to undo a start over."""
    return any(button.key == "undo_start" for button in page.button)


# Which knobs are drawn


def test_a_visitor_sees_the_essential_knobs(host):
    page = open_page(host, unfold=False)
    assert drawn(page) == set(form.essentials(PRESETS["digits"].config))
    assert {"game", "dataset", "objective", "d_lr", "r1"} <= drawn(page)
    assert page.select_slider[0].key == widget(page, "d_lr").key, "the first slider: nobody has to scroll for it"


def test_folded_groups_draw_nothing_and_lose_nothing(host):
    page = open_page(host, unfold=False, preset="ring", g_width="32")
    page.button_group(key=form.SCOPE).set_value(form.ALL).run()
    assert drawn(page) == set()
    page.session_state[form.group_key("Networks")] = True
    page.run().run()
    widget(page, "g_width").set_value(16).run()
    page.session_state[form.group_key("Networks")] = False
    page.run()
    assert drawn(page) == set()
    assert only_run(host).config == PRESETS["ring"].config.changed(g_width=16).model_dump()
    only_run(host).config["g_width"] = 8
    page.session_state[form.group_key("Networks")] = True
    page.run()
    assert widget(page, "g_width").value == 8
    assert host.commands == [SetKnobs({"g_width": 16})]


def test_a_knob_with_one_choice_is_not_drawn(host, monkeypatch):
    monkeypatch.setitem(KNOBS, "device", replace(KNOBS["device"], choices={"auto": "Automatic"}))
    page = open_page(host)
    assert drawn(page) == {name for name in KNOBS if belongs(name, PRESETS["digits"].config)} - {"device"}
    page.text_input(key=form.QUERY).set_value("device").run()
    assert "device" not in drawn(page)


def test_the_search_shows_what_it_finds(host):
    page = open_page(host, unfold=False)
    page.button_group(key=form.SCOPE).set_value(form.ALL).run()
    page.text_input(key=form.QUERY).set_value("momentum").run()
    assert drawn(page) == {"beta1"}
    widget(page, "beta1").set_value(0.9).run()
    assert only_run(host).config["beta1"] == 0.9
    assert widget(page, "beta1").value == 0.9
    page.text_input(key=form.QUERY).set_value("xyzzy").run()
    assert drawn(page) == set()
    assert any("No knob is called that" in caption.value for caption in page.caption)


# Values


def test_a_number_may_lie_between_the_stops_and_moves_the_slider(host):
    page = open_page(host, unfold=False, preset="ring")
    number(page, "d_lr").set_value(0.00123).run()
    assert host.commands == [SetKnobs({"d_lr": 0.00123})]
    assert widget(page, "d_lr").value == 0.00123
    widget(page, "d_lr").set_value(0.01).run()
    assert only_run(host).config["d_lr"] == 0.01
    assert number(page, "d_lr").value == 0.01
    assert number(page, "batch_size").value == 128


def test_the_widget_that_a_person_uses_keeps_its_key(host):
    page = open_page(host, unfold=False, preset="ring")
    slider, field = widget(page, "d_lr").key, number(page, "d_lr").key
    widget(page, "d_lr").set_value(0.01).run()
    assert widget(page, "d_lr").key == slider, "it would lose the keyboard"
    assert number(page, "d_lr").key != field
    slider = widget(page, "d_lr").key
    only_run(host).config["d_lr"] = 0.05
    page.run()
    assert widget(page, "d_lr").key != slider


def test_an_old_value_of_a_widget_undoes_nothing(host):
    page = open_page(host, unfold=False, preset="ring")
    stale = widget(page, "d_lr")
    number(page, "d_lr").set_value(0.01).run()
    sent = page._tree.get_widget_states()
    sent.widgets.append(stale.set_value(0.005)._widget_state)  # from a browser that has not heard of the new widget
    page._run(sent)
    assert host.commands == [SetKnobs({"d_lr": 0.01})]
    assert widget(page, "d_lr").value == 0.01


def test_a_knob_that_differs_from_the_preset_is_marked_and_can_be_put_back_alone(host):
    page = open_page(host, unfold=False, preset="ring", d_lr="0.01", r1="1")
    marked = {b.key for b in page.button if (b.key or "").startswith("back_")}
    assert marked == {"back_d_lr", "back_r1"}
    assert any("2 knobs changed" in caption.value for caption in page.caption)
    page.button(key="back_d_lr").click().run()
    assert host.commands == [SetKnobs({"d_lr": 0.002})]
    assert widget(page, "d_lr").value == 0.002
    assert {b.key for b in page.button if (b.key or "").startswith("back_")} == {"back_r1"}


# Undo and redo


def test_undo_and_redo_of_live_knobs(host):
    page = open_page(host, unfold=False, preset="ring")
    train(page, host, 50)
    assert page.button(key="undo").disabled
    widget(page, "d_lr").set_value(0.01).run()
    widget(page, "g_lr").set_value(0.05).run()
    assert "0.05 → 0.002" in page.button(key="undo").help
    page.button(key="undo").click().run()
    assert (only_run(host).config["d_lr"], only_run(host).config["g_lr"]) == (0.01, 0.002)
    assert widget(page, "g_lr").value == 0.002
    page.button(key="undo").click().run()
    assert only_run(host).config == PRESETS["ring"].config.model_dump()
    assert page.button(key="undo").disabled
    page.button(key="redo").click().run()
    page.button(key="redo").click().run()
    assert (only_run(host).config["d_lr"], only_run(host).config["g_lr"]) == (0.01, 0.05)
    page.button(key="undo").click().run()
    widget(page, "r1").set_value(1.0).run()
    assert page.button(key="redo").disabled, "a new change ends what was undone"
    assert only_run(host).step == 50


def test_undo_of_a_structural_knob_brings_the_weights_back(host):
    page = open_page(host, unfold=False, preset="ring")
    train(page, host, 50)
    widget(page, "g_width").set_value(32).run()
    page.button(key="yes").click().run()
    assert only_run(host).step == 0
    assert message(page)
    train(page, host, 20)
    page.button(key="undo").click().run()
    assert (only_run(host).step, only_run(host).config["g_width"]) == (50, 64)
    page.button(key="redo").click().run()
    assert (only_run(host).step, only_run(host).config["g_width"]) == (20, 32)
    page.button(key="undo").click().run()
    assert (only_run(host).step, only_run(host).config["g_width"]) == (50, 64)


def test_going_back_to_a_moment_can_be_undone(host):
    page = open_page(host, unfold=False, preset="ring")
    train(page, host, 30)
    page.button(key="remember").click().run()
    train(page, host, 50)
    widget(page, "d_lr").set_value(0.01).run()
    past_moment = only_run(host).marks[0].id
    page.session_state["_looking"] = past_moment
    page.run()
    page.button(key="rewind").click().run()
    assert (only_run(host).step, only_run(host).config["d_lr"]) == (30, 0.002)
    assert not message(page), "it did not start over"
    page.button(key="undo").click().run()
    assert (only_run(host).step, only_run(host).config["d_lr"]) == (50, 0.01)


def test_another_run_has_nothing_to_undo(host):
    page = open_page(host, unfold=False, preset="ring")
    widget(page, "d_lr").set_value(0.01).run()
    page.query_params["run"] = "another-run-of-somebody"
    host.create("another-run-of-somebody", PRESETS["grid"].config.model_dump())
    page.run()
    assert page.button(key="undo").disabled


def test_a_reload_forgets_nothing_that_can_be_undone(host, monkeypatch):
    page = open_page(host, unfold=False, preset="ring")
    train(page, host, 50)
    widget(page, "d_lr").set_value(0.01).run()
    choose(page, monkeypatch, "grid")
    page = open_page(host, unfold=False, run=param(page, "run"))
    assert message(page)
    page.button(key="undo").click().run()
    assert (only_run(host).step, only_run(host).config["d_lr"]) == (50, 0.01)
    page = open_page(host, unfold=False, run=param(page, "run"))
    page.button(key="undo").click().run()
    assert only_run(host).config == PRESETS["ring"].config.model_dump()
    assert page.button(key="undo").disabled
    assert not page.button(key="redo").disabled


# Presets


def test_a_preset_starts_the_run_over_without_a_question(host, monkeypatch):
    page = open_page(host, unfold=False, preset="digits", d_lr="0.01")
    train(page, host, 50)
    choose(page, monkeypatch, "grid")
    assert not page.exception
    assert [type(command) for command in host.commands] == [Reset]
    assert (only_run(host).step, only_run(host).config) == (0, PRESETS["grid"].config.model_dump())
    assert "starts the run over" not in texts(page)
    assert "“Grid of 25” from step 0" in texts(page)
    assert param(page, "preset") == "grid"
    page.button(key="undo_start").click().run()
    assert isinstance(host.commands[-1], Rewind)
    assert (only_run(host).step, only_run(host).config) == (
        50,
        PRESETS["digits"].config.changed(d_lr=0.01).model_dump(),
    )
    assert widget(page, "d_lr").value == 0.01
    assert not message(page)


def tour(names: list[str]) -> list[str]:
    """A way on which each name comes right after each other one, once (Hierholzer, 1873)."""
    left, way, out = {a: [b for b in names if b != a] for a in names}, names[:1], list[str]()
    while way:
        if left[way[-1]]:
            way.append(left[way[-1]].pop())
        else:
            out.append(way.pop())
    return out[::-1]


def test_every_failure_from_every_other_run_has_its_own_knobs_and_fresh_weights(host, monkeypatch):
    names = ["digits", *(key for key in PRESETS if cure_of(key))]
    page = open_page(host, unfold=False, preset="ring-sharp")
    way = tour(names)
    assert len(set(pairwise(way))) == len(names) * (len(names) - 1) == 30
    for name in way:
        old = only_run(host).generation
        choose(page, monkeypatch, name)
        run = only_run(host)
        assert (run.step, run.generation, run.config) == (0, old + 1, PRESETS[name].config.model_dump())
        train(page, host, 50)


def test_a_preset_with_live_knobs_only_starts_over_too(host, monkeypatch):
    page = open_page(host, unfold=False, preset="ring")
    train(page, host, 50)
    choose(page, monkeypatch, "ring-sharp")
    assert only_run(host).step == 0
    choose(page, monkeypatch, "ring-sharp")
    assert only_run(host).config == PRESETS["ring-sharp"].config.model_dump()


def test_at_step_0_undo_of_a_preset_puts_the_knobs_back(host, monkeypatch):
    page = open_page(host, unfold=False, preset="ring")
    choose(page, monkeypatch, "grid")
    page.button(key="undo_start").click().run()
    assert only_run(host).config == PRESETS["ring"].config.model_dump()


def test_the_message_stays_while_the_run_plays_and_ends_with_another_change(host, monkeypatch):
    page = open_page(host, unfold=False, preset="ring")
    train(page, host, 50)
    choose(page, monkeypatch, "grid")
    page.button(key="play").click().run()
    assert message(page)
    widget(page, "d_lr").set_value(0.01).run()
    assert not message(page)


def test_a_preset_of_ones_own_files_asks_where_they_are(host, monkeypatch):
    page = open_page(host, unfold=False, preset="ring")
    train(page, host, 50)
    choose(page, monkeypatch, "mlp-28")
    assert host.commands == []
    assert "enter the folder" in texts(page)
    widget(page, "folder").set_value("/data/idx").run()
    page.button(key="yes").click().run()
    assert only_run(host).config == PRESETS["mlp-28"].config.changed(folder="/data/idx").model_dump()
    choose(page, monkeypatch, "dcgan-28")
    assert only_run(host).config["folder"] == "/data/idx", "it is asked for once"


def test_a_failure_its_cure_and_their_race_are_a_press_apart(host):
    page = open_page(host, unfold=False, preset="collapse")
    page.button(key="pair_other").click().run()
    assert only_run(host).config == PRESETS["collapse-cured"].config.model_dump()
    page.button(key="pair_other").click().run()
    assert only_run(host).config == PRESETS["collapse"].config.model_dump()
    page.button(key="pair_race").click().run()
    assert not page.exception
    [race] = host.races.values()
    assert race.configs == [PRESETS[key].config.model_dump() for key in ("collapse", "collapse-cured")]


def test_the_dialog_races_a_failure_and_its_cure(host, monkeypatch):
    page = choose(open_page(host, unfold=False), monkeypatch, "hopping", both=True)
    assert not page.exception
    [race] = host.races.values()
    assert race.configs == [PRESETS[key].config.model_dump() for key in ("hopping", "hopping-cured")]


def test_the_dialog_has_every_preset_once_and_cures_beside_their_failures(host, monkeypatch):
    seen = []
    page = open_page(host, unfold=False)
    monkeypatch.setattr(gallery, "gallery", lambda groups, chosen, **_how: seen.append((groups, chosen)))
    page.button(key="preset").click().run()
    groups, chosen = seen[-1]
    assert chosen == "digits"
    pairs = [(c.first.key, c.second.key) for _title, cards in groups for c in cards if isinstance(c, gallery.Pair)]
    keys = [c.key for _title, cards in groups for c in cards if isinstance(c, gallery.Card)]
    assert all(cure_of(failure) == cure for failure, cure in pairs)
    assert sorted(keys + [key for pair in pairs for key in pair]) == sorted(PRESETS)
    assert all(len(cards) > 1 for _title, cards in groups)
    singles = [c for _title, cards in groups for c in cards if isinstance(c, gallery.Card)]
    assert all(card.picture for card in singles)
    assert {card.key for card in singles if "folder of yours" in card.why} == {"mlp-28", "dcgan-28"}
    assert {card.key for card in singles if "downloaded first" in card.why} == {"handwritten"}


def test_a_refused_command_is_nothing_to_undo(host, monkeypatch):
    page = open_page(host, unfold=False, preset="ring")

    def refuse(run_id: str, command: Command) -> None:
        raise UserError("The engine does not answer.")

    monkeypatch.setattr(host, "send", refuse)
    widget(page, "d_lr").set_value(0.01).run()
    assert widget(page, "d_lr").value == 0.01, "the page still waits for it"
    assert page.button(key="undo").disabled


def test_why_a_command_was_refused_stays_until_the_next_one(host, monkeypatch):
    page = open_page(host, unfold=False, preset="ring")

    def refuse(run_id: str, command: Command) -> None:
        raise UserError("The engine does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(host, "send", refuse)
        page.button(key="step").click().run()
    for _tick in range(3):
        assert "The engine does not answer." in texts(page)
        page.run()
    page.button(key="step").click().run()
    assert "The engine does not answer." not in texts(page)
    assert only_run(host).step == 1
