"""The panels of the Train page where the game is a translation: objective, networks, charts, one step; other pages."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest

from playground.config.presets import PRESETS, Preset
from playground.config.run_config import RunConfig
from playground.config.starts import begun
from playground.engine.run import Run
from playground.engine.slow_step import step_through
from playground.engine.snapshot import snapshot
from playground.training.games.cycle import Cycle
from playground.training.games.paired import Paired
from playground.training.games.translation import distance
from playground.training.structure import networks
from playground.ui.charts.spec import Spec
from playground.ui.pages.train import (
    gallery,
    networks_panel,
    objective_panel,
    step_captions,
    step_picture,
    translation_captions,
    translation_terms,
    translator_words,
)
from playground.ui.pages.train.charts import errors
from playground.ui.pages.train.charts import phase as figures
from playground.ui.pages.train.charts.losses import losses
from playground.ui.style import LIGHT
from playground.utils.step_record import Record

DIGITS = PRESETS["digits"].config
PAIRED, CYCLE = begun(DIGITS, "paired"), begun(DIGITS, "cycle", "moons")


def made(config: RunConfig, steps: int = 1) -> Run:
    run = Run("a-run-for-a-test", config)
    run.advance(steps)
    return run


def recorded(config: RunConfig, part: Any = "both") -> Record:
    run = made(config, 0)
    step_through(run, part)
    assert run.record is not None
    return run.record


def plain(latex: str) -> str:
    return re.sub(r"\\textcolor\{#\w+\}\{(\w+|L_\{\w+\})\}", r"\1", latex).replace(" ", "")


# The objective card


def test_the_card_of_a_pair_has_both_weights_and_the_source() -> None:
    config = PAIRED.changed(reconstruction_weight=0.5, adversarial_weight=2.0, r2=0.1).model_dump()
    latex = plain(objective_panel.formulas(config, LIGHT))
    assert r"0.5\;\mathbb{E}\,(G(a)-b)^2" in latex
    assert r"2\;\mathbb{E}\,\mathrm{sp}(-f)" in latex
    assert r"\nabla D(a,G(a))".replace(" ", "") in latex
    code = objective_panel.code(config)
    for function in (distance, Paired.update_g):
        assert inspect.cleandoc(inspect.getsource(function)).splitlines()[0] in code
    assert "self.live.reconstruction_weight * reconstruction" in code
    assert r"\lvert G(a) - b\rvert" in objective_panel.formulas({**config, "reconstruction": "l1"}, LIGHT)


def test_the_card_of_a_cycle_has_its_terms() -> None:
    off = objective_panel.formulas(CYCLE.model_dump(), LIGHT)
    on = objective_panel.formulas(CYCLE.changed(identity_weight=5.0).model_dump(), LIGHT)
    assert r"10\;\mathbb{E}\,\lvert G_{BA}(G_{AB}(a)) - a\rvert" in off
    assert "identity" not in off
    assert r"5\;\mathbb{E}\,\lvert G_{AB}(b) - b\rvert" in on
    assert inspect.cleandoc(inspect.getsource(Cycle.there_and_back)).splitlines()[0] in objective_panel.code(
        CYCLE.model_dump()
    )


@pytest.mark.parametrize(
    ("config", "count"), [(PAIRED, 64), (begun(DIGITS, "paired", "shapes"), 3 * 32 * 32)], ids=["grey", "RGB"]
)
def test_the_sum_of_the_tutorials_is_worked_out_for_the_run(config: RunConfig, count: int) -> None:
    values = config.changed(reconstruction_weight=2.0).model_dump()
    shape = translation_terms.size(values, None)
    assert np.prod(shape) == count
    text = translation_terms.sum_form(values, shape)[1]
    assert f"λ′ = {1 / count:.2g} there" in text
    assert f"λ = 2, which is λ′ = {2 / count:.2g}" in text
    x, y = np.random.default_rng(0).normal(size=(2, 5, *shape))
    mean, total = np.square(x - y).mean(), np.square(x - y).reshape(5, -1).sum(1).mean()
    assert mean == pytest.approx(total / count), "which is why"
    assert "C × H × W" in translation_terms.sum_form(values, ())[1]


# The networks


@pytest.mark.parametrize("config", [PAIRED, begun(DIGITS, "cycle", "digits"), CYCLE], ids=["paired", "cycle", "points"])
def test_the_picture_of_the_networks(config: RunConfig) -> None:
    run = made(config)
    found = networks(run.trainer)
    view = snapshot(run, 1, "ema")
    picture = networks_panel.picture(found, view)
    cycle = config.game == "cycle"
    assert [net["name"] for net in picture["networks"]] == (["G_AB", "G_BA", "D_A", "D_B"] if cycle else ["G", "D"])
    assert ("cycle" in picture["parts"]) == cycle
    assert {f"loss {net.name}" for net in found} <= set(picture["parts"])
    assert all(text for part in picture["parts"].values() for text in (part["label"], part["help"]))
    by_name = {net["name"]: net for net in picture["networks"]}
    if cycle:
        assert (by_name["D_A"]["judges"], by_name["D_B"]["judges"]) == (["G_BA"], ["G_AB"])
    elif config.network == "unet":
        notes = [row["notes"] for row in by_name["G"]["rows"]]
        assert sum("by a skip" in note for note in notes) == 1, "8 x 8 is halved once"
        assert by_name["G"]["skips"] == [[-1, 3]], "from the input to the last convolution"
        assert "4 × 4 scores, one for each patch" in by_name["D"]["help"]
    for net in found:
        assert sum(layer.weights for layer in net.layers) == sum(
            p.numel() for p in run.trainer.nets[net.name].parameters()
        )
    assert not translator_words.parts(found, DIGITS.model_dump())


def test_skips_lead_from_what_came_down_at_the_same_size() -> None:
    run = made(begun(DIGITS, "paired", "digits-16"))
    [G] = [net for net in networks_panel.picture(networks(run.trainer), snapshot(run, 1, "ema"))["networks"]
           if net["name"] == "G"]  # fmt: skip
    assert [row["shape"] for row in G["rows"]][:2] == ["16 × 8 × 8", "32 × 4 × 4"]
    assert G["skips"] == [[0, 4], [-1, 5]]
    plain_net = made(PRESETS["digits"].config)
    assert all(not net["skips"] for net in networks_panel.picture(
        networks(plain_net.trainer), snapshot(plain_net, 1, "ema"))["networks"])  # fmt: skip


def test_losses_of_all_four_networks_are_in_the_picture() -> None:
    run = made(CYCLE, 20)
    run.settle()
    live = networks_panel.live(networks(run.trainer), snapshot(run, 1, "ema"))
    assert {f"loss {name}" for name in ("G_AB", "G_BA", "D_A", "D_B")} <= set(live["values"])


# One step


EVERY = {
    "paired": PAIRED.changed(noise=0.1),
    "several": PAIRED.changed(d_steps=2, g_steps=2, objective="ragan"),
    "points": begun(DIGITS, "paired", "moons"),
    "cycle": CYCLE.changed(identity_weight=1.0, clip=0.1, objective="ragan", g_steps=2),
    "pictures": begun(DIGITS, "cycle", "digits"),
}


@pytest.mark.parametrize("name", EVERY)
def test_every_phase_has_words_a_picture_and_its_part_of_the_game(name: str) -> None:
    record = recorded(EVERY[name])
    game = record.config["game"]
    for phase in record.phases:
        title, text = step_captions.caption(phase, record)
        assert title
        assert text
        assert "{" not in title + text
        assert "G(z)" not in title + text
        assert step_captions.turn(phase, record)
        names = {tensor.name: step_captions.tensor_name(tensor.name, record) for tensor in phase.tensors}
        shown = figures.images(phase, 1, True, names)
        if phase.key in ("draw_pair", "translate", "back") and name not in ("points", "cycle"):
            assert shown.count("<img") == len(phase.tensors)
        figures.chart(phase, 1, 2.0, LIGHT)
        places = step_picture._CYCLE_PLACES if game == "cycle" else step_picture._PLACES
        assert set(step_picture.at_work(phase, game)) <= set(places), phase.key
        assert "lit" in step_picture.strip(phase, LIGHT, game)


def test_every_caption_of_translations_is_met() -> None:
    met = set()
    for config in EVERY.values():
        for phase in recorded(config).phases:
            met |= {f"{config.game} {phase.side} {phase.key}", f"{config.game} {phase.key}"}
    assert set(translation_captions.CAPTIONS) <= met


def test_a_pair_is_named_by_its_task_and_its_patches() -> None:
    record = recorded(PAIRED)
    texts = {f"{p.net} {p.key}": step_captions.caption(p, record).text for p in record.phases}
    assert "G sees the upper part of a picture" in texts["D draw_pair"]
    assert "16 numbers for each, one for each patch" in texts["D judge_real"]
    assert "Only D was asked" in " ".join(
        step_captions.caption(p, again).text for again in [recorded(PAIRED, "d")] for p in again.phases
    )


# The charts


def names_of(figure: Spec) -> list[str]:
    return [trace["name"] for trace in figure.data if trace["name"]]


def test_the_curve_of_a_pair_is_its_reconstruction_with_its_weight() -> None:
    run = made(PAIRED.changed(reconstruction_weight=3.0), 30)
    run.settle()
    view = snapshot(run, 1, "ema")
    assert errors.recorded(view)
    figure = errors.errors(view, LIGHT)
    assert names_of(figure) == ["L2"]
    assert [item.text for item in figure.items] == ["◆ L2 ×3"]
    latest = view.history["reconstruction"][-1]
    assert figure.items[0].value == f"{latest:.3f}"


def test_the_curves_of_a_cycle() -> None:
    run = made(CYCLE, 20)
    run.settle()
    legend = [item.text for item in losses(snapshot(run, 1, "ema"), LIGHT).items]
    assert legend[:4] == ["■ D_A", "■╌ D_B", "▲ G_AB", "▲╌ G_BA"]
    assert names_of(errors.errors(snapshot(run, 1, "ema"), LIGHT)) == ["cycle"]
    run = made(CYCLE.changed(identity_weight=1.0), 20)
    run.settle()
    assert names_of(errors.errors(snapshot(run, 1, "ema"), LIGHT)) == ["cycle", "identity"]
    gan = made(PRESETS["ring"].config, 10)
    gan.settle()
    assert not errors.recorded(snapshot(gan, 1, "ema"))


# The gallery


@pytest.mark.parametrize("word", ["paired", "Fill the hidden half", "inpaint", "translation", "unet"])
def test_a_preset_of_a_translation_is_found_by_task_and_game(word: str) -> None:
    preset = Preset("half", "Half", "Why.", PAIRED.differences(RunConfig()))
    assert word.lower() in gallery._card(preset).also.lower()
    assert "translation" not in gallery._card(PRESETS["digits"]).also.lower()
