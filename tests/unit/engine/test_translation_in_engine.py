"""Runs that translate in the engine: moments, forks, races, files, other games, strangers' files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import load
from playground.engine import limits, run_state, run_views, run_zip, timeline_files, timeline_state
from playground.engine.messages import Translation, View
from playground.engine.race import Race
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.engine.timeline import Timeline
from playground.engine.timeline_files import Snapshot
from playground.engine.translation_state import arrays
from playground.training import checkpoint, games
from playground.utils import tensorfile
from playground.utils.errors import UserError
from tests.unit.training.translations import ALL, CLOUDS, CYCLE, PAIRED, kept

GAMES = pytest.mark.parametrize("config", ALL.values(), ids=ALL)


def at(config: RunConfig, *steps: int) -> Run:
    """A run that remembered at these steps, and made two more."""
    run = Run("a-run-for-the-test", config)
    run.remember("start")
    for step in steps:
        run.advance(step - run.step)
        run.remember()
    run.advance(2)
    return run


def same(a: Translation | None, b: Translation | None) -> bool:
    """Whether two have the same arrays."""
    if a is None or b is None:
        return a is b
    for field in fields(Translation):
        mine, other = getattr(a, field.name), getattr(b, field.name)
        equal = same(mine, other) if field.name == "reverse" else np.array_equal(mine, other)
        if not equal or (mine is None) != (other is None):
            return False
    return True


def reloaded(run: Run, folder: Path) -> Timeline:
    timeline_files.write(folder, Snapshot.of(run.timeline))
    found = timeline_files.read(folder)
    assert found is not None
    return found


@GAMES
def test_a_moment_shows_the_same_after_it_was_on_disk(config: RunConfig, tmp_path: Path) -> None:
    run = at(config, 3, 6)
    before = [run_views.past(run, mark.id) for mark in run.timeline.marks()]
    content = run.to_bytes()
    other = Run.from_bytes("another-run", content)
    other.recall(reloaded(run, tmp_path))
    after = [run_views.past(other, mark.id) for mark in other.timeline.marks()]
    assert [view.step for view in after] == [0, 3, 6]
    for a, b in zip(before, after, strict=True):
        assert a.translation is not None
        assert same(a.translation, b.translation)
        assert np.array_equal(a.samples, b.samples)
        assert b.fixed_z is None
        assert len(a.translation.inputs) == len(a.samples)
    assert not same(after[0].translation, after[2].translation) or config.game == "paired"
    zipped, past = run_zip.unpack(run_zip.pack(run))
    third = Run.from_bytes("a-third-run", zipped)
    third.recall(past)
    assert same(run_views.past(third, 2).translation, before[1].translation)


def test_what_a_translation_showed_counts_as_memory() -> None:
    moment = at(CYCLE, 3).timeline.moments[-1]
    view = moment.view
    shown = sum(x.nbytes for x in arrays(view.translation))
    assert shown > view.samples.nbytes  # type: ignore[union-attr]
    without = dataclasses.replace(moment, view=dataclasses.replace(view, translation=None))
    assert moment.picture - without.picture == shown


def test_the_way_back_can_be_followed_through_time_too() -> None:
    """Moments keep it already; those of a run that had none are left out."""
    run = at(CYCLE, 3, 6)
    views = run_views.film(run)
    there, back = run_views.strip(run, 2), run_views.strip(run, 2, reverse=True)
    assert there.steps == back.steps == (0, 3, 6, 8)
    for i, view in enumerate(views):
        assert view.samples is not None
        assert view.translation is not None
        assert view.translation.reverse is not None
        assert view.translation.reverse.samples is not None
        assert np.array_equal(there.samples[i], view.samples[2])
        assert np.array_equal(back.samples[i], view.translation.reverse.samples[2])
    assert not np.array_equal(back.samples[0], back.samples[-1])
    first = run.timeline.moments[1]
    only = dataclasses.replace(first.view, translation=Translation(views[1].translation.inputs))  # type: ignore[union-attr]
    run.timeline.moments[1] = dataclasses.replace(first, view=only)
    assert run_views.strip(run, 2, reverse=True).steps == (0, 6, 8)
    for asked, index in ((run, 24), (at(PAIRED), 0)):
        with pytest.raises(UserError, match="no such sample"):
            run_views.strip(asked, index, reverse=True)


@GAMES
def test_back_to_a_moment_a_fork_and_a_restart_are_the_same_training(config: RunConfig) -> None:
    run = at(config, 4)
    run.advance(2)
    expected = kept(run.trainer)
    [moment] = [mark.id for mark in run.timeline.marks() if mark.step == 4]
    fork = run_state.fork(run, "a-fork", moment, {})
    fork.advance(4)
    assert kept(fork.trainer) == expected
    again = Run.from_bytes("again", at(config, 4).to_bytes())
    again.advance(2)
    assert kept(again.trainer) == expected
    run.rewind(moment)
    run.advance(4)
    assert kept(run.trainer) == expected
    changed = run_state.fork(run, "another-fork", moment, {"adversarial_weight": 0.0})
    changed.advance(4)
    assert kept(changed.trainer) != expected


def test_another_game_starts_over_and_the_past_can_be_seen_and_taken_up_again() -> None:
    run = at(PAIRED, 3)
    expected = kept(run.trainer)
    for game, more in (("cycle", {"task": "thin-bold"}), ("gan", {"network": "mlp"}), ("paired", {"task": "denoise"})):
        run.set_knobs({"game": game, **more})
        assert (run.step, run.config.game, run.history.names) == (0, game, run.trainer.columns)
        run.advance(3)
        run.remember()
    views = {mark.id: run_views.past(run, mark.id) for mark in run.timeline.marks()}
    ends = [view for view in views.values() if view.config["game"] == "paired" and view.step == 5]
    [end] = [view for view in ends if view.config["task"] == "inpaint-half"]
    assert end.translation is not None
    assert end.translation.hidden is not None
    assert "reconstruction" in end.history
    for view in views.values():
        assert (view.translation is None) == (view.config["game"] == "gan")
        assert (view.fixed_z is None) == (view.config["game"] != "gan") or view.config["game"] == "gan"
        assert (view.translation is None or view.translation.reverse is not None) == (view.config["game"] != "paired")
    [back] = [key for key, view in views.items() if view is end]
    assert [v.step for v in run_views.film(run)][-1] == 3, "moments of other games are no part of the film"
    run.rewind(back)
    assert run.config == PAIRED
    assert kept(run.trainer) == expected
    run.advance(2)


def test_a_moment_of_latents_is_given_none_by_a_run_that_has_none(tmp_path: Path) -> None:
    run = at(PRESETS["digits"].config.changed(device="cpu", dataset="digits-16", conditional=False), 2)
    run.set_knobs({"game": "cycle", "task": "thin-bold", "network": "unet"})
    run.advance(2)
    run.remember()
    run.timeline = reloaded(run, tmp_path)
    views = [run_views.past(run, mark.id) for mark in run.timeline.marks()]
    assert [view.fixed_z is None for view in views] == [True] * len(views)
    run.set_knobs({"game": "gan", "network": "mlp"})
    views = [run_views.past(run, mark.id) for mark in run.timeline.marks()]
    of_gan = [view.fixed_z is not None for view in views if view.translation is None]
    assert of_gan
    assert all(of_gan)
    assert all(view.fixed_z is None for view in views if view.translation is not None)


def test_a_race_of_translations_takes_turns() -> None:
    weights = [{"adversarial_weight": 0.0}, {}, {"reconstruction_weight": 0.0}]
    configs = [PAIRED.changed(**knobs) for knobs in weights]
    race = Race("a-race-of-the-test", [config.model_dump() for config in configs])
    lanes = [Run(name, config) for name, config in zip(race.lanes, configs, strict=True)]
    for run in lanes:
        run.play()
    left = iter(range(9))
    race.train(lanes, lambda: next(left, None) is None)
    assert len({run.step for run in lanes}) == 1
    assert lanes[0].step > 0
    for run, config in zip(lanes, configs, strict=True):
        alone = games.start(config, load(config.dataset))
        for _ in range(run.step):
            alone.step()
        assert kept(alone) == kept(run.trainer)


# Memory


def test_a_cycle_of_four_networks_is_counted_with_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for config in ALL.values():
        samples = load(config.dataset, choice=config.choice)
        trainer = games.start(config, samples)
        weights = sum(p.numel() for net in trainer.nets.values() for p in net.parameters())
        assert limits.admitted(config, samples).weights == weights
        assert len(trainer.nets) == (4 if config.game == "cycle" else 2)
    size = games.size(CYCLE, load(CYCLE.dataset))
    assert size.activations > 2 * games.size(PAIRED.changed(task="inverse"), load(CYCLE.dataset)).activations
    monkeypatch.setattr(limits, "run_memory", lambda: size.bytes - 1)
    with pytest.raises(UserError):
        limits.admitted(CYCLE, load(CYCLE.dataset))


# Old files, and those of strangers


def test_a_checkpoint_from_before_there_were_translations_opens() -> None:
    new = {name for name in RunConfig.model_fields if name not in PRESETS["ring"].config.model_dump()} | {
        "task", "task_amount", "partner", "partner_classes", "reconstruction", "reconstruction_weight",
        "adversarial_weight", "cycle_weight", "identity_weight", "sample_pool", "d_patches",
    }  # fmt: skip
    run = Run("an-old-run", PRESETS["ring"].config.changed(device="cpu"))
    run.advance(4)
    state = checkpoint.from_bytes(run.to_bytes())
    state.pop("schema")
    state["trainer"]["config"] = {k: v for k, v in state["trainer"]["config"].items() if k not in new}
    opened = Run.from_bytes("opened", checkpoint.to_bytes(state))
    assert opened.config == run.config
    run.advance(3)
    opened.advance(3)
    assert kept(run.trainer) == kept(opened.trainer)
    view = timeline_state.view_state(snapshot(run, 0, "ema"))
    view.pop("translation")
    assert timeline_state.view_in(view).translation is None


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t["pools"]["D_A"].update(kept=t["pools"]["D_A"]["kept"][:1]),
        lambda t: t["pools"]["D_B"].update(count=99),
        lambda t: t["d_updates"].update(D_A=-1),
        lambda t: t.pop("pools"),
        lambda t: t.update(fixed_z=t["fixed_z"][:3]),
        lambda t: t.update(G_AB={}),
        lambda t: t["config"].update(game="paired"),
        lambda t: t["config"].update(task="inpaint-half"),
        lambda t: t["config"].update(game="gan"),
        lambda t: t["config"].update(sample_pool=5),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_gets_a_sentence(change: Callable[[dict[str, Any]], object]) -> None:
    state = checkpoint.from_bytes(at(CYCLE, 2).to_bytes())
    state.pop("schema")
    change(state["trainer"])
    with pytest.raises(UserError, match="checkpoint"):
        Run.from_bytes("a-strangers-run", checkpoint.to_bytes(state))


def _put(*path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(view: dict[str, Any]) -> None:
        for key in path[:-1]:
            view = view[key]
        if value is None:
            view.pop(path[-1])
        else:
            view[path[-1]] = value(view[path[-1]]) if callable(value) else value

    return change


VIEWS = {
    "fewer inputs": _put("translation", "inputs", value=lambda x: x[:3]),
    "inputs of another size": _put("translation", "inputs", value=lambda x: np.repeat(x, 2, 1)),
    "inputs of numbers": _put("translation", "inputs", value=lambda x: x.astype(np.float32)),
    "no inputs": _put("translation", "inputs", value=None),
    "a way back of other samples": _put("translation", "reverse", "back", value=lambda x: x[1:]),
    "another way without samples": _put("translation", "reverse", "samples", value=None),
    "a way within a way": _put("translation", "reverse", "reverse", value=lambda x: {"inputs": np.zeros((1, 2, 2, 1))}),
    "patches of nothing": _put("translation", "patches", value=lambda x: x[:, :0]),
    "patches of words": _put("translation", "patches", value="many"),
    "a list": _put("translation", value=[1, 2]),
    "hidden numbers": _put("translation", "hidden", value=lambda _x: np.zeros((24, 16, 16), np.float32)),
    "much too large": _put("translation", "back", value=lambda x: np.zeros((24, 1024, 1024, 1), np.uint8)),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_moment_that_nobody_could_draw_is_refused(name: str) -> None:
    view = timeline_state.view_state(snapshot(Run("a-run", CYCLE), 0, "ema"))
    good = tensorfile.read(tensorfile.write(view), "damaged")
    assert isinstance(timeline_state.view_in(good), View)
    VIEWS[name](good)
    with pytest.raises(Exception):  # noqa: B017, PT011 many kinds, which `guarded` makes a sentence of
        timeline_state.view_in(good)


def test_clouds_have_threads_of_points() -> None:
    run = at(CLOUDS, 2)
    shown = snapshot(run, 0, "ema").translation
    assert shown is not None
    assert shown.inputs.shape == shown.back.shape == (500, 2)  # type: ignore[union-attr]
    assert shown.reverse is not None
    assert shown.reverse.samples is not None
