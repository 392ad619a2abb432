"""The objective card of the Train page, and the folds of its sidebar, without a browser and without an engine."""

import inspect
import re

import pytest
from streamlit.testing.v1 import AppTest

from playground.config.knob import GROUPS
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.engine.messages import Event
from playground.losses import regularizers
from playground.losses.objectives import OBJECTIVES
from playground.ui import knobs
from playground.ui.pages.train import objective_panel
from playground.ui.pages.train.charts.gradient import CURVES
from playground.ui.style import LIGHT
from tests.app.fakes import FakeHost
from tests.app.test_train_page import only_run, open_page, texts

ALL = pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)


def open_card(host: FakeHost, **query: str) -> AppTest:
    page = open_page(host, unfold=False, **{"preset": "ring"} | query)
    return page.button_group(key="side").set_value("objective").run()


def charts(page: AppTest) -> set[str]:
    return {element.key for element in page.get("bidi_component")}


def plain(latex: str) -> str:
    """Without colours and spaces."""
    return re.sub(r"\\textcolor\{#\w+\}\{(\w+)\}", r"\1", latex).replace(" ", "")


@ALL
def test_the_card_shows_what_runs(objective):
    page = open_card(FakeHost(), objective=objective.key, r1="0")
    assert not page.exception
    assert f"**{objective.label}**" in texts(page)
    for formula in (objective.d_formula, objective.g_formula):
        assert formula.replace(" ", "") in plain(texts(page))
    [shown] = page.code
    parts = [inspect.getsource(loss).rstrip() for loss in (objective.d_loss, objective.g_loss)]
    assert shown.value == "\n\n".join(parts)
    assert objective.paper in [caption.value for caption in page.caption]
    for words in (objective.why, objective.output, objective.watch):
        assert words in texts(page)
    assert ("Equilibrium" in texts(page)) == (objective.equilibrium is not None)
    assert not charts(page) & {"losses", "scores"}


@ALL
def test_curves_only_where_a_loss_is_a_function_of_one_score(objective):
    page = open_card(FakeHost(), objective=objective.key)
    assert ({"g_loss", "g_gradient"} <= charts(page)) == (not objective.needs_real)
    assert (objective.key in CURVES) == (not objective.needs_real)


def test_the_choice_goes_back_to_the_curves():
    page = open_card(FakeHost())
    page.button_group(key="side").set_value("curves").run()
    assert {"losses", "scores"} <= charts(page)
    assert not page.code


REGULARIZED = {
    "r1": (r"\tfrac{0.2}{2}\,\mathbb{E}\,\lVert\nabla D(x)\rVert^2", regularizers.zero_centred),
    "r2": (r"\tfrac{0.2}{2}\,\mathbb{E}\,\lVert\nabla D(G(z))\rVert^2", regularizers.zero_centred),
    "gp": (r"0.2\,\mathbb{E}(\lVert\nabla D(\hat x)\rVert-1)^2", regularizers.gradient_penalty),
    "dragan": (r"0.2\,\mathbb{E}(\lVert\nabla D(x+\delta)\rVert-1)^2", regularizers.dragan),
    "label_smoothing": (r"0.2\,\mathbb{E}\,d", regularizers.label_smoothing),
    "clip": (r"|\theta_D| \le 0.2", regularizers.clip_),
}


@pytest.mark.parametrize("name", REGULARIZED)
def test_what_is_switched_on_stands_in_the_formula_and_in_the_code(name):
    latex, function = REGULARIZED[name]
    config = RunConfig(r1=0.0).changed(**{name: 0.2}).model_dump()
    off = RunConfig(r1=0.0).model_dump()
    assert latex.replace(" ", "") in plain(objective_panel.formulas(config, LIGHT))
    assert latex.replace(" ", "") not in plain(objective_panel.formulas(off, LIGHT))
    assert inspect.getsource(function).rstrip() in objective_panel.code(config)
    assert function.__name__ not in objective_panel.code(off)


def test_every_function_is_shown_once_and_small_numbers_are_powers():
    config = RunConfig(r1=0.1, r2=0.1, d_lr=1e-5).changed(r1=1e-5).model_dump()
    assert objective_panel.code(config).count("def zero_centred") == 1
    assert r"\tfrac{1\cdot 10^{-5}}{2}" in objective_panel.formulas(config, LIGHT)


def test_the_auxiliary_classifier_adds_to_both_losses():
    config = PRESETS["digits"].config.changed(conditioning="acgan").model_dump()
    assert objective_panel.formulas(config, LIGHT).count("classifier") == 2
    assert objective_panel.formulas(config, LIGHT).count("(y, C(G(z)))") == 2  # in D's loss beside that of real samples
    assert objective_panel.formulas(config, LIGHT).count("(y, C(x))") == 1
    assert "classifier" not in objective_panel.formulas(PRESETS["digits"].config.model_dump(), LIGHT)


@ALL
def test_the_papers_settings_at_a_press(objective):
    host = FakeHost()
    page = open_card(host, objective=objective.key)
    only_run(host).step = 50
    page.run()
    button = page.button(key="settings")
    for name in objective.settings:
        assert KNOBS[name].label in button.help
    button.click().run()
    assert not page.exception
    live = {name: value for name, value in objective.settings.items() if KNOBS[name].live}
    assert live.items() <= only_run(host).config.items()
    if len(live) < len(objective.settings):
        assert "starts the run over" in texts(page)
        page.button(key="yes").click().run()
    assert objective.settings.items() <= only_run(host).config.items()
    assert page.button(key="settings").disabled
    assert only_run(host).config["objective"] == objective.key


def test_keeping_the_run_keeps_the_live_settings():
    host = FakeHost()
    page = open_card(host, objective="hinge")
    only_run(host).step = 50
    page.run()
    page.button(key="settings").click().run()
    assert "Normalisation of D: None → Spectral, Spectral norm of a layer: 2 → 1 starts the run over" in texts(page)
    page.button(key="no").click().run()
    assert only_run(host).config["d_norm"] == "none"
    assert only_run(host).config["d_steps"] == 5
    assert only_run(host).step == 50
    assert not page.button(key="settings").disabled


def test_the_card_is_there_before_the_engine():
    page = open_card(FakeHost(loading=True))
    assert not page.exception
    assert page.code
    assert not charts(page) & {"g_loss", "g_gradient"}


def test_many_changes_at_once_are_one_short_sentence():
    host = FakeHost()
    page = open_page(host, unfold=False)
    run = only_run(host)
    run.step = 50
    run.events = [Event(50, "knob", f"Knob {k}") for k in range(7)]
    page.run()
    assert "Step 50: Knob 6 (and 6 more knobs)" in texts(page)


# The sidebar


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_is_wholly_live_or_starts_over(group):
    assert len({knob.live for knob in KNOBS.values() if knob.group == group}) == 1


def test_sliders_reach_every_default():
    for knob in KNOBS.values():
        if knob.type in (int, float) and knob.choices is None and (grid := knobs.grid_of(knob)):
            assert knob.default in grid, knob.name
            assert len(grid) < 40
