"""Runs of the same structure that are stepped as one, whoever owns them: see `training.stack`.

This module does not import torch: the worker does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

from playground.engine.run_slot import RunSlot

if TYPE_CHECKING:
    from playground.engine.run import Run
    from playground.training.stack import Stack


class Stacks:
    """The stacks of one engine; its worker's. A stack lasts until a run of it is touched or others train with it."""

    def __init__(self) -> None:
        self._stacks: dict[tuple[Run, ...], Stack] = {}
        self._wanted = True

    def together(self, slots: Sequence[RunSlot]) -> list[list[RunSlot]]:
        """The slots whose runs train now, in groups that may be stepped as one."""
        groups = self._groups(slots) if slots and self._wanted else [[slot] for slot in slots]
        now = {_runs(group) for group in groups}
        for runs in list(self._stacks):
            if runs not in now:
                self.separate(runs[0])
        return groups

    def _groups(self, slots: Sequence[RunSlot]) -> list[list[RunSlot]]:
        from playground.training.stack import MOST, structure

        alike: dict[Hashable, list[RunSlot]] = {}
        groups = []
        for slot in slots:
            shared = None if slot.run is None else structure(slot.run.trainer)
            group = alike.get(shared)
            if shared is None or group is None or len(group) == MOST:
                alike[shared] = group = []
                groups.append(group)
            group.append(slot)
        return groups

    def train(self, runs: Sequence[Run], seconds: float, cut: Callable[[], bool]) -> bool:
        """Make steps of a group as one for so many seconds, or until `cut`.

        Gives False, and makes none, where that is not exact or brings nothing.
        """
        import torch

        from playground.engine.limits import threads

        torch.set_num_threads(threads(runs[0].trainer.modality))
        stack = self._stack(tuple(runs))
        if stack is None:
            return False
        made, start = 0, time.perf_counter()
        while not cut() and time.perf_counter() < start + seconds:
            stack.step()
            made += 1
        stack.hand_out()
        share = (time.perf_counter() - start) / len(runs)
        finite = [run.count(made, share) for run in runs]
        if not all(finite):
            self.separate(runs[0])
            for run, whole in zip(runs, finite, strict=True):
                if not whole:
                    run.settle()
        return True

    def _stack(self, runs: tuple[Run, ...]) -> Stack | None:
        """The stack of these runs; None where it would not make the bits of each alone."""
        from playground.training.games.gan import GAN
        from playground.training.stack import LEAST, Stack, exact

        if len(runs) < LEAST:
            return None
        if runs not in self._stacks:
            lanes = [run.trainer for run in runs if isinstance(run.trainer, GAN)]
            if not exact(lanes):
                return None
            self._stacks[runs] = Stack(lanes)
        return self._stacks[runs]

    def separate(self, run: Run) -> None:
        """Give a run, and those that are stepped with it, weights of their own, so that it can be changed."""
        for runs in list(self._stacks):
            if run in runs:
                self._stacks.pop(runs).unstack()

    def give_up(self) -> None:
        """Stack nothing any more: an error in a step of one run must not end those of others again."""
        self._wanted = False
        for stack in self._stacks.values():
            stack.unstack()
        self._stacks.clear()


def _runs(slots: Sequence[RunSlot]) -> tuple[Run, ...]:
    return tuple(slot.run for slot in slots if slot.run is not None)
