"""The lessons of the app in real runs: no check holds before its deed, each holds after it.

A step is set up as its button does, and then trained, or its page is opened, or what `DEEDS` names is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import pytest

from playground.config.presets import PRESETS
from playground.engine.commands import carry_out
from playground.engine.messages import Command, Reset, SetKnobs, StepThrough
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.lessons.check import Check
from playground.lessons.lesson import LESSONS, Step
from playground.lessons.vocabulary import readings

MOST = 3600  # steps of training; the longest deed took 2,200 when this was written
EVERY, LOOKS = 50, 100  # steps after which the check is tried, and between two looks of the observer
LATER = ("is-it-any-good", "latent-space", "picture-to-picture", "responsible-use")  # have a file of their own
DEEDS: dict[tuple[str, str], Command] = {
    ("two-networks", "One step in slow motion"): StepThrough(),
    ("conditional", "The class inside a step"): StepThrough(),
}


def set_up(run: Run, step: Step) -> None:
    """What the button of a step does."""
    if step.preset:
        values = PRESETS[step.preset].config.changed(**step.knobs, device="cpu").model_dump()
        carry_out(run, Reset(values))
    elif step.knobs:
        carry_out(run, SetKnobs(dict(step.knobs)))
    assert run.notice == ""


def holds(check: Check, run: Run, page: str = "train") -> bool:
    return check.holds(readings(snapshot(run, 0, "ema"), page=page))


def look_at(run: Run) -> None:
    """Have the observer end the look that is due, however slow the machine is: each call has some time for it."""
    for _call in range(200):
        run.observer.go_on(run, 60.0, lambda: False)
        if run.observer.readings and run.observer.readings[-1].step == run.step:
            return
    pytest.fail(f"no look at step {run.step}")


def train(run: Run, check: Check, looked_at: bool) -> None:
    """Train until the check holds."""
    for made in range(EVERY, MOST + 1, EVERY):
        run.advance(EVERY)
        if looked_at and made % LOOKS == 0:
            look_at(run)
        if holds(check, run):
            return
    pytest.fail(f"{check.text} does not hold after {MOST} steps")


def asks_the_coach(steps: Sequence[Step]) -> bool:
    """Whether a check of the first step, or of those after it with the same run, needs looks at the run."""
    same = [steps[0], *takewhile(lambda step: not step.preset, steps[1:])]
    return any(word in step.check.text for step in same if step.check for word in ("metric", "diagnos"))


@pytest.mark.slow
@pytest.mark.parametrize("key", [key for key in LESSONS if key not in LATER])
def test_each_check_holds_after_its_deed_and_not_before(key: str) -> None:
    run = Run("lesson", PRESETS["ring"].config.changed(device="cpu"))
    steps = LESSONS[key].steps
    for n, step in enumerate(steps):
        if step.check is not None:
            assert not holds(step.check, run), f"before “{step.title}”"
        set_up(run, step)
        if step.check is None:
            continue
        assert not holds(step.check, run), f"at the start of “{step.title}”"
        if deed := DEEDS.get((key, step.title)):
            carry_out(run, deed)
            assert holds(step.check, run)
        elif step.page != "train":
            assert holds(step.check, run, step.page), f"on the page of “{step.title}”"
        else:
            train(run, step.check, asks_the_coach(steps[n:]))
