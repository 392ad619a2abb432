"""No run, and nobody who sends messages, takes more than a share of an engine's worker."""

import time
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.engine.engine import Engine
from playground.engine.mailbox import MOST_WAITING, Ask, Mailbox
from playground.engine.messages import Pause, Play
from playground.engine.run_slot import RunSlot
from playground.engine.turns import SLICE, due
from playground.utils.errors import UserError

RING = PRESETS["ring"].config.changed(device="cpu", g_width=16, d_width=16, batch_size=32).model_dump()
A, B, C = ("run-" + letter * 16 for letter in "abc")


def shares(seconds_of_a_step: list[float], turns: int = 20_000) -> list[float]:
    """What part of the time each run gets; a turn is as many steps as fit into a slice, but at least one."""
    slots = [RunSlot(RunConfig().model_dump()) for _ in seconds_of_a_step]
    spent = dict.fromkeys(range(len(slots)), 0.0)
    for _ in range(turns):
        now = due(slots)
        assert now, "somebody always trains"
        for n, step in enumerate(seconds_of_a_step):
            if slots[n] in now:
                used = step
                while used <= SLICE:
                    used += step
                slots[n].debt += used
                spent[n] += used
    return [one / sum(spent.values()) for one in spent.values()]


@pytest.mark.parametrize(
    "seconds_of_a_step", [[0.001, 1.0], [0.001, 0.002, 3.0], [2.0, 5.0], [0.029, 0.031], [0.001], [9.0]]
)
def test_a_run_with_long_steps_gets_no_more_time_than_others(seconds_of_a_step: list[float]) -> None:
    equal = 1 / len(seconds_of_a_step)
    assert shares(seconds_of_a_step) == pytest.approx([equal] * len(seconds_of_a_step), rel=0.05)


def test_a_run_that_rests_pays_meanwhile(tmp_path: Path) -> None:
    """Who pauses after a long step need not wait for it when playing again."""
    engine = Engine(tmp_path)
    scheduler = engine._scheduler
    for run in (A, B):
        engine.create(run, RING)
    slots = [cast(Any, scheduler.slots[run]) for run in (A, B)]
    while any(slot.run is None for slot in slots):
        scheduler.turn()
    engine.send(A, Play())
    scheduler.turn()
    slots[1].debt = 0.5
    end = time.monotonic() + 0.6
    while time.monotonic() < end:
        scheduler.turn()
    assert slots[1].debt == 0.0
    engine.send(B, Play())
    scheduler.turn()
    assert slots[1].run.step > 0
    slots[1].debt = 0.5
    scheduler.turn()
    assert slots[1].debt > 0.3, "who plays pays in turns"


def test_messages_of_all_runs_take_turns_in_the_order_of_each() -> None:
    mailbox = Mailbox()
    for n in range(5):
        mailbox.put(A, n)
    mailbox.put(B, "b")
    mailbox.put(f"{A}-2", "lane")  # of a race with that name
    mailbox.put(C, "c")
    assert list(mailbox.take()) == [
        (A, 0), (B, "b"), (C, "c"), (A, 1), (A, 2), (A, 3), (A, 4), (f"{A}-2", "lane"),
    ]  # fmt: skip
    assert not mailbox.waiting()


def test_what_comes_after_the_budget_waits() -> None:
    mailbox = Mailbox()
    for n in range(50):
        mailbox.put(A, n)
    taken = []
    for _run, n in mailbox.take(budget=0.05):
        taken.append(n)
        time.sleep(0.02)
    assert 1 <= len(taken) <= 3
    assert [n for _run, n in mailbox.take()] == list(range(len(taken), 50))


def test_a_run_trains_however_many_messages_come(tmp_path: Path) -> None:
    engine = Engine(tmp_path)  # its worker is not started: this test takes its turns
    scheduler = engine._scheduler
    for run in (A, B):
        engine.create(run, RING)
    slots = [cast(Any, scheduler.slots[run]) for run in (A, B)]
    while any(slot.run is None for slot in slots):
        scheduler.turn()
    engine.send(A, Play())
    scheduler.turn()
    took: list[int] = []

    def slow(_run: Any, n: int) -> None:
        took.append(n)
        time.sleep(SLICE / 2)

    for n in range(100):
        engine._mailbox.put(B, Ask(partial(slow, n=n), Future()))
    for _ in range(4):
        before = slots[0].run.step
        scheduler.turn()
        assert slots[0].run.step > before, "messages leave time to train"
        assert len(took) < 100, "and what is too much waits"
    assert took == list(range(len(took)))
    assert took, "and training leaves time for messages"
    engine.send(A, Pause())


def test_nobody_can_heap_up_messages(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    for run in (A, B):
        engine.create(run, RING)
    while not engine._mailbox.full(A):
        engine.send(A, Pause())
    with pytest.raises(UserError, match="Too much was asked"):
        engine.send(A, Pause())
    assert len(list(engine._mailbox.take())) <= MOST_WAITING + 1
    engine.send(B, Pause())
