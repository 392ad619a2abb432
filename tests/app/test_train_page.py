"""The Train page, driven without a browser and without an engine."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.config.games import GAMES
from playground.config.knob import GROUPS
from playground.config.presets import DEFAULT, PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.engine.messages import Pause, Play, Reset, SetKnobs, Step, View
from playground.ui import knobs, session
from playground.ui.knobs import form
from playground.ui.knobs.applies import belongs
from tests.app.fakes import FakeHost
from tests.app.form import read, widget

ROOT = Path(__file__).resolve().parents[2]


def open_page(host: FakeHost, *, unfold: bool = True, context: dict[str, str] | None = None, **query: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "playground" / "ui" / "main" / "script.py"), default_timeout=30)
    page.context = context or {}
    page.session_state["_host"] = host
    if unfold:
        unfold_all(page)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def unfold_all(page: AppTest) -> None:
    """Show all knobs, every group open."""
    page.session_state[form.SCOPE] = form.ALL
    for group in GROUPS:
        page.session_state[form.group_key(group)] = True


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


def only_run(host: FakeHost):
    (run,) = host.runs.values()
    return run


def param(page: AppTest, name: str) -> str:
    value = page.query_params[name]
    return value if isinstance(value, str) else value[0]


def texts(page: AppTest) -> str:
    return "\n".join(read(element.value) for element in [*page.markdown, *page.toast])


def test_the_first_page_is_ready_to_play(host):
    page = open_page(host)
    assert not page.exception
    assert only_run(host).config == PRESETS[DEFAULT].config.model_dump()
    assert page.button(key="play").label == "Play"
    assert "Press Play" in texts(page)
    assert param(page, "preset") == DEFAULT
    assert [param(page, "run")] == list(host.runs)


@pytest.mark.parametrize("game", GAMES)
def test_every_knob_of_a_game_has_a_widget_that_shows_its_value(host, game):
    page = open_page(host, **({"game": game} if game != "gan" else {}))
    config = RunConfig(**only_run(host).config)
    assert config.game == game
    for name, value in only_run(host).config.items():
        if belongs(name, config) and (KNOBS[name].choices is None or len(KNOBS[name].choices) > 1):
            assert widget(page, name).value == value


def test_groups_are_marked_live_or_starts_over(host):
    labels = [expander.label for expander in open_page(host, game="paired").expander]
    for group in GROUPS:
        (label,) = [label for label in labels if label.startswith(group)]
        live = {knob.live for knob in KNOBS.values() if knob.group == group}
        assert ("live" in label) == (live == {True})
        assert ("starts over" in label) == (live == {False})


def test_play_pause_step(host):
    page = open_page(host)
    page.button(key="play").click().run()
    assert page.button(key="play").label == "Pause"
    assert page.button(key="step").disabled
    page.button(key="play").click().run()
    assert page.button(key="play").label == "Play"
    page.button(key="step").click().run()
    assert host.commands == [Play(), Pause(), Step()]


def test_a_double_click_is_one_press(host, monkeypatch):
    monkeypatch.setattr(session, "TWICE", 60.0)
    page = open_page(host)
    page.button(key="play").click().run()
    page.button(key="play").click().run()
    assert host.commands == [Play()]
    assert page.button(key="play").label == "Pause"
    monkeypatch.setattr(session, "TWICE", 0.0)
    page.button(key="play").click().run()
    assert host.commands == [Play(), Pause()]


def test_reset_asks_only_where_progress_would_be_lost(host):
    page = open_page(host)
    page.button(key="reset").click().run()
    assert host.commands == [Reset()]
    only_run(host).step = 50
    page.run()
    page.button(key="reset").click().run()
    assert host.commands == [Reset()]
    page.button(key="no").click().run()
    assert host.commands == [Reset()]
    page.button(key="reset").click().run()
    page.button(key="yes").click().run()
    assert host.commands == [Reset(), Reset()]
    assert only_run(host).step == 0


def test_a_live_knob_acts_at_once_and_shows_in_the_url(host):
    page = open_page(host)
    only_run(host).step = 50
    page.run()
    widget(page, "g_lr").set_value(0.01).run()
    assert host.commands == [SetKnobs({"g_lr": 0.01})]
    assert param(page, "g_lr") == "0.01"
    assert "Learning rate of G" in texts(page)


def test_a_structural_knob_acts_at_once_at_step_0(host):
    page = open_page(host)
    widget(page, "g_width").set_value(64).run()
    assert host.commands == [SetKnobs({"g_width": 64})]


def test_a_structural_knob_asks_once_there_is_progress(host):
    page = open_page(host)
    only_run(host).step = 50
    page.run()
    widget(page, "g_width").set_value(64).run()
    assert host.commands == []
    assert "Width of G: 128 → 64 starts the run over" in texts(page)
    page.button(key="no").click().run()
    assert widget(page, "g_width").value == 128
    widget(page, "g_width").set_value(64).run()
    page.button(key="yes").click().run()
    assert host.commands == [SetKnobs({"g_width": 64})]


def test_a_staged_knob_does_not_hold_up_a_live_one(host):
    page = open_page(host)
    only_run(host).step = 50
    page.run()
    widget(page, "g_width").set_value(64).run()
    widget(page, "d_lr").set_value(0.01).run()
    assert host.commands == [SetKnobs({"d_lr": 0.01})]
    assert "Width of G: 128 → 64" in texts(page)


def test_data_that_does_not_fit_is_mended_and_said(host):
    page = open_page(host)
    widget(page, "dataset").set_value("line").run()
    assert only_run(host).config["dataset"] == "line"
    assert only_run(host).config["conditional"] is False
    assert "no labels" in texts(page)


def test_knobs_that_do_not_apply_are_disabled(host):
    page = open_page(host, preset="ring", dataset="line")
    unfold_all(page)
    page.run()
    for key in ("folder", "conditional", "conditioning", "augment", "augment_p", "ada_target"):
        assert widget(page, key).disabled
    assert not widget(page, "gp").disabled
    assert not widget(page, "pack").disabled
    for key, enabling, value in (
        ("noise_steps", "noise", 0.1),
        ("weight_decay", "d_optimiser", "adamw"),
        ("sn_gain", "d_norm", "spectral"),
    ):
        assert widget(page, key).disabled
        widget(page, enabling).set_value(value).run()
        assert not widget(page, key).disabled
    assert not widget(page, "label_smoothing").disabled
    widget(page, "objective").set_value("wgan").run()
    assert widget(page, "label_smoothing").disabled


def test_widgets_follow_another_tab(host):
    page = open_page(host)
    only_run(host).config["g_lr"] = 0.02
    page.run()
    assert widget(page, "g_lr").value == 0.02


def test_a_second_tab_and_a_reload_find_the_run(host):
    first = open_page(host)
    widget(first, "g_lr").set_value(0.01).run()
    second = open_page(host, run=param(first, "run"))
    assert len(host.runs) == 1
    assert widget(second, "g_lr").value == 0.01


@pytest.mark.parametrize("run", ["nonsense", "a" * 22, "../" * 10])
def test_an_unknown_run_becomes_a_new_one_and_is_said(host, run):
    page = open_page(host, run=run)
    assert not page.exception
    assert list(host.runs) != [run]
    assert "not known" in texts(page)


def test_a_url_full_of_nonsense_is_said(host):
    page = open_page(host, preset="?", g_lr="1e9", z_dim="NaN", colour="red")
    assert not page.exception
    assert only_run(host).config["g_lr"] == KNOBS["g_lr"].high
    for word in ("preset", "g_lr", "z_dim", "colour"):
        assert word in texts(page)


def test_what_a_page_waits_for_is_said():
    loading = View("run", 0, 0, {}, "loading", "ema")
    assert session.not_ready(None) == "The engine is starting."
    assert session.not_ready(loading) == "The run is being made ready."
    assert session.not_ready(dataclasses.replace(loading, waiting="Preparing MNIST … 40 %")) == "Preparing MNIST … 40 %"


def test_before_the_run_is_ready_knobs_and_play_work():
    host = FakeHost(loading=True)
    page = open_page(host)
    assert "The run is being made ready." in texts(page)
    page.button(key="play").click().run()
    widget(page, "g_width").set_value(64).run()
    assert host.commands == [Play(), SetKnobs({"g_width": 64})]
    assert page.button(key="play").label == "Pause"
    host.loading = False
    assert not page.run().exception
    assert page.button(key="play").label == "Pause"


def test_notices_are_shown(host):
    page = open_page(host)
    only_run(host).notice = "A number became infinite."
    host.notice = ""
    page.run()
    assert "A number became infinite." in texts(page)
    host.notice = "The engine stopped."
    page.run()
    assert "The engine stopped." in texts(page)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_draws_while_it_plays(host, preset):
    page = open_page(host, preset=preset)
    page.button(key="play").click().run()
    for _ in range(3):
        assert not page.run().exception


def test_grids_hold_every_default():
    for knob in KNOBS.values():
        if knob.type in (int, float) and knob.choices is None and (grid := knobs.grid_of(knob)):
            assert list(grid) == sorted(set(grid))
            assert knob.low <= grid[0] <= grid[-1] <= knob.high


def test_pages_do_not_import_torch():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; from tests.app.fakes import FakeHost\n"
        "page = AppTest.from_file('playground/ui/main/script.py', default_timeout=60)\n"
        "page.session_state['_host'] = FakeHost()\n"
        "page.run(); assert not page.exception; assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_link_with_mistakes_to_data_that_is_still_read_says_both(host, monkeypatch):
    look = FakeHost.view
    monkeypatch.setattr(
        FakeHost, "view", lambda *args: (view := look(*args)) and dataclasses.replace(view, waiting="Reading the data.")
    )
    page = open_page(host, nonsense="1")
    assert not page.exception
    assert "Reading the data." in texts(page)
    assert "nonsense" in texts(page)
