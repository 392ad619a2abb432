"""The time machine: moments within a budget, going back, branches, forks, films."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.engine import run_state, run_views
from playground.engine import timeline as timeline_module
from playground.engine.history import History
from playground.engine.links import public
from playground.engine.messages import View
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.engine.timeline import BUDGET, MOST, MOST_BRANCHES, PICTURES, Story, Timeline
from playground.training import checkpoint
from playground.utils.errors import UserError

CONFIGS = {
    "ring": PRESETS["ring"].config,
    "digits": PRESETS["digits"].config.changed(dropout=0.1),
    "dcgan": PRESETS["digits"].config.changed(network="dcgan", g_width=8, d_width=8, conditional=False, ada_target=0.6,
                                              augment="color", augment_p=0.3, pack=2),
    "rmsprop": PRESETS["ring"].config.changed(d_optimiser="rmsprop", g_optimiser="sgd", noise=0.2, noise_steps=30),
}  # fmt: skip


def make(name: str = "ring") -> Run:
    return Run("a-run-for-a-test", CONFIGS[name])


def state(run: Run) -> bytes:
    run.read()
    return checkpoint.to_bytes(run.trainer.state())


@pytest.mark.parametrize("name", CONFIGS)
def test_going_back_and_training_again_is_the_same_training(name: str) -> None:
    run = make(name)
    run.advance(17)
    moment = run.remember()
    assert moment is not None
    run.advance(26)
    first, curves = state(run), run.history.columns()
    run.rewind(moment.id)
    assert run.step == 17
    run.advance(26)
    assert state(run) == first
    again = run.history.columns()
    assert all(np.array_equal(curves[key], again[key]) for key in curves)


def test_a_moment_changes_nothing() -> None:
    a, b = make("digits"), make("digits")
    for _ in range(5):
        a.advance(7)
        b.advance(7)
        a.remember("auto")
        run_views.past(a, a.timeline.moments[0].id)
        run_views.film(a)
    assert state(a) == state(b)


def test_the_old_future_stays_as_a_branch_and_can_be_gone_back_to() -> None:
    run = make()
    run.advance(10)
    early = run.remember()
    run.advance(10)
    late, there = run.remember(), state(run)
    assert early
    assert late
    run.rewind(early.id)
    run.set_knobs({"r1": 3.0})
    run.advance(5)
    assert [(b.parent, b.start) for b in run.timeline.branches] == [(None, 0), (0, 10)]
    assert run_views.past(run, late.id).step == 20
    run.rewind(late.id)
    assert state(run) == there
    assert run.config.r1 == CONFIGS["ring"].r1, "a moment brings its knobs back"
    assert [m.step for m in run.timeline.line()] == [10, 20]
    assert [m.text for m in run.timeline.moments if m.kind == "end"] == ["Before going back"]


def test_going_back_over_a_change_of_the_networks() -> None:
    run = make()
    run.advance(12)
    before = state(run)
    run.set_knobs({"g_width": 32, "z_dim": 5})
    run.advance(3)
    [moment] = [m for m in run.timeline.moments if m.kind == "change"]
    assert moment.step == 12
    generation = run.generation
    run.rewind(moment.id)
    assert state(run) == before
    assert run.generation > generation, "pages draw it anew"
    run.reset()
    assert run.step == 0
    assert [m.kind for m in run.timeline.moments][-1] == "change"


@pytest.mark.parametrize("preset", ["grid", "ring-sharp"])  # other data; the same networks
def test_going_back_over_a_preset(preset: str) -> None:
    run = make()
    run.advance(12)
    before = state(run)
    wanted = PRESETS[preset].config
    run.reset(wanted.differences(run.config))
    assert (run.step, run.config, run.status) == (0, wanted, "paused")
    assert state(run) == state(Run("a-run-for-a-test", wanted)), "fresh weights, from the seed"
    [moment] = [m for m in run.timeline.moments if m.kind == "change"]
    assert moment.text == f"Before the preset “{PRESETS[preset].label}”"
    run.advance(3)
    run.rewind(moment.id)
    assert (run.step, state(run)) == (12, before)
    with pytest.raises(UserError):
        run.reset({"d_lr": 7.0})
    assert state(run) == before


def test_a_fork_with_nothing_changed_is_the_original() -> None:
    run = make("digits")
    run.advance(9)
    moment = run.remember()
    assert moment
    fork = run_state.fork(run, "another-run-here", moment.id, {})
    run.advance(15)
    fork.advance(15)
    assert state(run) == state(fork)
    assert fork.origin == (public(run.id), 9)
    back = Run.from_bytes("another-run-here", fork.to_bytes())
    assert back.origin == (public(run.id), 9)


def test_a_fork_with_a_knob_is_the_run_with_that_knob() -> None:
    run = make()
    run.advance(9)
    moment = run.remember()
    assert moment
    fork = run_state.fork(run, "another-run-here", moment.id, {"d_lr": 1e-4})
    run.set_knobs({"d_lr": 1e-4})
    run.advance(15)
    fork.advance(15)
    assert state(run) == state(fork)
    assert [e.kind for e in fork.events] == ["fork", "knob"]
    with pytest.raises(UserError, match="keeps the networks"):
        run_state.fork(run, "another-run-here", moment.id, {"g_width": 8})
    with pytest.raises(UserError):
        run_state.fork(run, "another-run-here", moment.id, {"d_lr": 7})


def test_the_past_looks_as_it_did() -> None:
    run = make()
    run.advance(40)
    run.set_knobs({"r1": 1.0})
    run.advance(10)
    then = snapshot(run, 1, "ema")
    moment = run.remember()
    assert moment
    run.advance(200)
    run.set_knobs({"r1": 2.0})
    past = run_views.past(run, moment.id)
    assert past.step == 50
    assert past.samples is not None
    assert then.samples is not None
    assert np.array_equal(past.samples, then.samples[: len(past.samples)])
    assert all(np.array_equal(past.history[key], then.history[key]) for key in then.history)
    assert past.events == then.events
    assert past.config == then.config


def test_a_nan_leaves_a_branch() -> None:
    run = make()
    run.advance(20)
    run.keep_moment()
    run.advance(10)
    with torch.no_grad():
        next(run.trainer.G.parameters()).fill_(float("nan"))
    assert run.remember() is None
    run.settle()
    assert run.step == 20
    assert [(b.start, b.end) for b in run.timeline.shown_branches(run.step)] == [(0, 30), (20, 20)]


def test_a_moment_that_cannot_be_taken_back_leaves_the_run_as_it_is() -> None:
    run = make()
    run.advance(5)
    moment = run.remember()
    assert moment
    run.advance(5)
    before = state(run)
    broken = checkpoint.from_bytes(moment.state or b"")
    broken["trainer"]["G"].popitem()
    run.timeline.moments[0] = replace(moment, state=checkpoint.to_bytes({"trainer": broken["trainer"]}))
    with pytest.raises(UserError):
        run.rewind(moment.id)
    assert state(run) == before
    assert len(run.timeline.branches) == 1
    run.timeline.moments[0] = replace(moment, state=None)
    with pytest.raises(UserError, match="Only the picture"):
        run.rewind(moment.id)
    with pytest.raises(UserError, match="no longer kept"):
        run.rewind(99)


def test_the_film_follows_the_line_that_led_here() -> None:
    run = make("digits")
    for _ in range(4):
        run.remember("auto")
        run.advance(10)
    run.rewind(run.timeline.moments[1].id)
    run.advance(5)
    assert [view.step for view in run_views.film(run)] == [0, 10, 15]
    strip = run_views.strip(run, 3)
    assert strip.steps == (0, 10, 15)
    assert strip.samples.shape == (3, 8, 8, 1)
    with pytest.raises(UserError):
        run_views.strip(run, 1000)


def test_other_data_is_no_part_of_a_film() -> None:
    """Also where nothing was trained of the first data, and after going back to it."""
    run = make("digits")
    first = run.remember()
    run.set_knobs({"dataset": "ring"} | CONFIGS["ring"].differences(run.config))
    assert run.timeline.line() == []
    run.advance(3)
    assert [view.kind for view in run_views.film(run)] == ["points"]
    assert first is not None
    run.rewind(first.id)
    run.set_knobs({"dataset": "shapes", "conditional": False})
    run.remember("auto")
    run.advance(3)
    shapes = {view.samples.shape for view in run_views.film(run) if view.samples is not None}
    assert len(shapes) == 1
    assert run_views.strip(run, 90).samples.ndim == 4
    assert {mark.data[0] for mark in run.timeline.marks()} == {"digits", "ring", "shapes"}


# The budget


def view_at(step: int, side: int = 0) -> View:
    samples = np.zeros((1, side, side, 3), np.uint8) if side else np.zeros((9, 2), np.float32)
    kind = "images" if side else "points"
    return View("r", 0, 0, {}, "paused", "ema", step=step, samples=samples, kind=kind)  # type: ignore[arg-type]


def test_dense_now_sparse_in_the_past_never_over_the_budget() -> None:
    timeline = Timeline()
    size = 300_000
    for step in range(0, 200_000, 70):
        timeline.add("auto", "", view_at(step), 0, bytes(size))
        assert timeline.size <= BUDGET
    steps = [m.step for m in timeline.moments]
    assert len(steps) <= MOST
    assert steps[0] == 0
    assert steps[-1] == 199_990
    gaps = np.diff(steps)
    recent, middle, early = gaps[-10:], gaps[len(gaps) // 2 - 5 : len(gaps) // 2 + 5], gaps[:10]
    assert recent.max() < 1500, "a minute ago can still be chosen finely"
    assert early.max() < 1500, "and so can the beginning"
    assert middle.mean() > 3 * max(recent.mean(), early.mean())
    assert gaps.max() < 20_000, "no great hole"


def test_what_a_person_keeps_goes_last() -> None:
    timeline = Timeline()
    kept = timeline.add("kept", "mine", view_at(5), 0, bytes(4_000_000))
    for step in range(10, 2000, 10):
        timeline.add("auto", "", view_at(step), 0, bytes(4_000_000))
    assert timeline.find(kept.id).state is not None
    for step in range(2000, 3000, 10):
        timeline.add("kept", "", view_at(step), 0, bytes(4_000_000))
        assert timeline.size <= BUDGET
    assert timeline.moments[-1].state is not None, "the latest stays whole"


def test_a_state_that_is_too_large_leaves_its_picture() -> None:
    timeline = Timeline()
    moment = timeline.add("auto", "", view_at(1, 32), 0, bytes(BUDGET))
    assert moment.state is None
    assert timeline.marks()[0].whole is False


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["auto", "kept", "change", "end"]), st.integers(0, 9_000_000),
                          st.integers(0, 900)), max_size=60))  # fmt: skip
def test_no_order_of_moments_breaks_the_budget(moments: list[tuple[str, int, int]]) -> None:
    timeline = Timeline()
    for n, (kind, size, side) in enumerate(moments):
        timeline.add(kind, "", view_at(n, side), 0, bytes(size))
        assert timeline.size <= BUDGET
        assert sum(m.picture for m in timeline.moments) <= max(PICTURES, timeline.moments[-1].picture)
        assert timeline.moments[-1].step == n


def test_only_so_many_branches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_module, "MOST_BRANCHES", 4)
    timeline = Timeline()
    story = Story(History(), [])
    for n in range(12):
        timeline.add("auto", "", view_at(n), 0, b"x")
        timeline.branch_off(timeline.branch if n % 3 else None, n, n + 1, story)
        assert len(timeline.branches) <= 4
        known = {branch.id for branch in timeline.branches}
        assert {m.branch for m in timeline.moments} <= known
        assert all(b.parent is None or b.parent in known for b in timeline.branches)
        timeline.line()
    assert MOST_BRANCHES == 8


def test_a_history_as_it_was() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40_000, 5)).astype(np.float32)
    whole, then = History(), History()
    whole.add(rows)
    for count in (0, 1, 2, 4000, 16_384, 16_385, 39_999, 40_000):
        then = History()
        then.add(rows[:count])
        was = whole.until(count)
        assert was.count == count
        a, b = was.columns(), then.columns()
        n = len(a["step"])
        assert n == count // 4  # 40,000 rows are kept in fours
        assert a["step"].tolist() == [40 * (k + 1) for k in range(n)]
        if count == 40_000:
            assert all(np.array_equal(a[key], b[key]) for key in a)
    late = whole.until(36_000)
    late.add(rows[36_000:])
    assert np.allclose(late.columns()["d_loss"], whole.columns()["d_loss"], atol=1e-6)


def test_a_run_remembers_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.engine.run.KEEP_EVERY", 0.0)
    monkeypatch.setattr("playground.engine.run.KEEP_SHARE", 1e9)
    run = Run("a-run-for-a-test", RunConfig(dataset="ring"))
    for _ in range(3):
        run.remember_in_time()
        run.remember_in_time()
        run.advance(2)
    assert [(m.kind, m.step) for m in run.timeline.moments] == [("start", 0), ("auto", 2), ("auto", 4)]


def test_what_the_first_moment_cost_says_nothing_about_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.engine.run.KEEP_EVERY", 0.0)
    run = Run("a-run-for-a-test", RunConfig(dataset="ring"))
    taken = run._taken

    def cold() -> object:
        time.sleep(0.2)  # at a share of 0.02 as much as ten seconds of training
        return taken()

    monkeypatch.setattr(run, "_taken", cold)
    run.remember_in_time()
    monkeypatch.setattr(run, "_taken", taken)
    run.advance(2)
    run.remember_in_time()
    assert [(m.kind, m.step) for m in run.timeline.moments] == [("start", 0), ("auto", 2)]
