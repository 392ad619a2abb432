"""The later lessons in real runs, as in `test_lessons_in_runs`: they look at the metrics, and at tools of other pages.

What makes these slow is smaller here: batches, some networks, and what the metrics need.
"""

from __future__ import annotations

import pytest

from playground.config.presets import PRESETS
from playground.engine.commands import carry_out
from playground.engine.messages import SetKnobs
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.lessons.check import Check
from playground.lessons.lesson import LESSONS
from playground.lessons.vocabulary import readings
from tests.unit.lessons.test_lessons_in_runs import LATER, set_up

MOST = 2000  # steps of training
EVERY = 100  # steps between two looks
SMALLER = {
    "inpaint-half": {"batch_size": 4, "dataset": "digits-16"},
    "red-blue": {"batch_size": 2, "g_width": 4, "g_depth": 1, "d_width": 4, "d_depth": 1},
    "hidden-code": {"batch_size": 4},
}
OPENS = {  # (lesson, title of the step): the tool of the Latent page that the step asks for
    ("latent-space", "Go for a walk"): "walk",
    ("latent-space", "Directions"): "directions",
    ("latent-space", "Add and subtract"): "arithmetic",
}


def holds(check: Check, run: Run, tool: str | None = None) -> bool:
    return check.holds(readings(snapshot(run, 0, "ema"), page="latent" if tool else "train", tool=tool))


def look(run: Run) -> None:
    """One reading, from its first piece to its last."""
    count = len(run.observer.readings)
    while len(run.observer.readings) == count:
        run.observer.go_on(run, 60.0, lambda: False)


def train(run: Run, check: Check) -> None:
    """Train until the check holds."""
    for _made in range(0, MOST, EVERY):
        run.advance(EVERY)
        if "metric" in check.text or "diagnos" in check.text:
            look(run)
        if holds(check, run):
            return
    pytest.fail(f"{check.text} does not hold after {MOST} steps")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.metrics.features.STEPS", 40)
    for module in ("by_features", "by_pairs"):
        monkeypatch.setattr(f"playground.metrics.evaluate.{module}.SPLITS", 2)
    monkeypatch.setattr("playground.metrics.evaluate.pool.IMAGES", 200)
    monkeypatch.setattr("playground.metrics.evaluate.by_pairs.IMAGES", 50)
    monkeypatch.setattr("playground.metrics.evaluate.by_pairs.MOST", 600)


@pytest.mark.slow
@pytest.mark.parametrize("key", LATER)
def test_each_check_holds_after_its_deed_and_not_before(key: str) -> None:
    run, tool = Run("lesson", PRESETS["ring"].config.changed(device="cpu")), None
    for step in LESSONS[key].steps:
        if step.check is not None:
            assert not holds(step.check, run, tool), f"before “{step.title}”"
        set_up(run, step)
        if step.preset in SMALLER:
            carry_out(run, SetKnobs(SMALLER[step.preset]))
        if step.check is None:
            continue
        assert not holds(step.check, run, tool), f"at the start of “{step.title}”"
        if tool := OPENS.get((key, step.title)):
            assert holds(step.check, run, tool)
        else:
            train(run, step.check)


def test_the_steps_that_open_a_tool_are_there() -> None:
    assert all(any(step.title == title for step in LESSONS[key].steps) for key, title in OPENS)
