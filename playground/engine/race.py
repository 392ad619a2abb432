"""Races: several runs that train in lockstep. This module does not import torch: the worker does."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.config.run_config import RunConfig
from playground.engine.leaderboard import Leaderboard
from playground.engine.messages import LARGER, Metric, RaceView, Status
from playground.engine.run_slot import WATCHED_FOR, RunSlot
from playground.engine.run_storage import RUN_ID
from playground.utils import files
from playground.utils.errors import UserError
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run
    from playground.training.replicas import Replicas

LANES = range(2, 6)  # how many runs a race may have
MEASURE_EVERY = 0.5  # seconds between two looks at the quality
MEASURE_SHARE = 0.05  # of the worker's time that they may cost
LIMIT = 100_000  # bytes of a race's file

log = logging.getLogger(__name__)


class Race:
    """One race. Other threads write `seen` and read `race_view`; the rest is the worker's."""

    def __init__(self, race: str, configs: Sequence[dict[str, Any]], exact: bool = False) -> None:
        self.race = race
        self.configs = tuple(configs)
        self.exact = exact  # lanes always take turns, so that each is the single run to the bit
        self.lanes = tuple(f"{race}-{n}" for n in range(1, len(self.configs) + 1))
        self.seen = 0.0
        self.debt = 0.0  # seconds that it trained beyond its share
        self.race_view = RaceView(race, self.lanes, "loading")
        self._replicas: Replicas | None = None
        self._board: Leaderboard | None = None
        self._metric: Metric = "modes"
        self._measured = 0.0
        self._measure_cost = 0.0  # seconds

    def watch(self) -> bool:
        """Keep the view of the race watched; gives whether nobody watched it just now."""
        now = time.monotonic()
        first, self.seen = now - self.seen > WATCHED_FOR, now
        return first

    # Training

    def ready(self, slots: Mapping[str, RunSlot]) -> bool:
        """Whether all lanes play. If some came to rest, the others do; what waits for data is waited for."""
        mine = [slots.get(lane) for lane in self.lanes]
        if all(slot is not None and slot.run is not None and slot.run.status == "playing" for slot in mine):
            return True
        self.unstack()
        if any(slot is not None and (slot.needs is not None or slot.building) for slot in mine):
            return False
        for slot in mine:
            if slot is not None and slot.run is not None and slot.run.status == "playing":
                slot.run.status = "paused"
        return False

    def train(self, runs: Sequence[Run], stop: Callable[[], bool]) -> None:
        """Make steps until `stop`. All lanes end at the same step.

        Lanes that differ in the seed alone are stepped at once where that can be done, which is the same arithmetic
        but not the same rounding; all others, and those of an exact race, take turns.
        """
        if self._replicas is None and not self.exact:
            self._tie(runs)
        if self._replicas is not None:
            self._together(self._replicas, runs, stop)
            return
        while not stop() and all(run.status == "playing" for run in runs):
            last = min(run.step for run in runs)
            for run in runs:
                if run.step == last:  # who is ahead waits
                    run.advance(1)

    def _tie(self, runs: Sequence[Run]) -> None:
        from playground.training.replicas import Replicas, alike

        trainers = [run.trainer for run in runs]
        if alike(trainers):
            self._replicas = Replicas(trainers, runs[0].samples)

    def _together(self, replicas: Replicas, runs: Sequence[Run], stop: Callable[[], bool]) -> None:
        import torch

        from playground.engine.limits import threads

        torch.set_num_threads(threads(replicas.modality))
        first, start = replicas.step_count, time.perf_counter()
        while not stop():
            replicas.step()
        replicas.hand_out()
        made, seconds = replicas.step_count - first, time.perf_counter() - start
        finite = [run.count(made, seconds / len(runs)) for run in runs]
        if not all(finite):
            self.unstack()
            for run in runs:
                run.settle()

    def unstack(self) -> None:
        """Give each lane its weights as its own, so that it can be changed; training ties them again if it can."""
        if self._replicas is not None:
            self._replicas.unstack()
            self._replicas = None

    # What pages see

    def publish(self, slots: Mapping[str, RunSlot]) -> None:
        """The view of the race, if anybody watches; with a new look at the quality if one is due."""
        if time.monotonic() - self.seen > WATCHED_FOR:
            return
        mine = [slots.get(lane) for lane in self.lanes]
        runs = [slot.run for slot in mine if slot is not None and slot.run is not None]
        if len(runs) < len(self.lanes):
            failed = any(slot is not None and slot.run is None and not slot.building for slot in mine)
            self.race_view = RaceView(self.race, self.lanes, "failed" if failed else "loading")
            return
        self._measure(runs)
        assert self._board is not None
        status: Status = "playing" if all(run.status == "playing" for run in runs) else "paused"
        self.race_view = RaceView(
            self.race,
            self.lanes,
            status,
            step=min(run.step for run in runs),
            steps_per_second=runs[0].steps_per_second,
            batched=self._replicas is not None,
            metric=self._metric,
            history=self._board.columns(),
            ahead=self._board.ahead,
        )

    def _measure(self, runs: Sequence[Run]) -> None:
        from playground.engine.quality import measure, metric

        step = min(run.step for run in runs)
        if self._board is None or metric(runs[0]) != self._metric:
            self._metric = metric(runs[0])
            self._board = Leaderboard(len(runs), larger=self._metric in LARGER)
        elif step < self._board.step:
            self._board.clear()
        now = time.monotonic()
        rest = max(MEASURE_EVERY, self._measure_cost / MEASURE_SHARE)
        if step == self._board.step or now - self._measured < rest:
            return
        quality, modes = zip(*(measure(run) for run in runs), strict=True)
        self._board.add(step, quality, modes)
        self._measured, self._measure_cost = now, time.monotonic() - now


class Races:
    """All races, in memory and as small files beside the runs. Any thread may call these methods."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._known: dict[str, Race] = {}

    def open(self, race: str, configs: Sequence[dict[str, Any]], exact: bool = False) -> Race:
        """The race of this name, which is made of `configs` if there is none. Raises UserError."""
        if (group := self.find(race)) is not None:
            return group
        if not RUN_ID.fullmatch(f"{race}-1"):
            raise UserError(_("“{id}” cannot be the name of a race.").format(id=race[:80]))
        if len(configs) not in LANES:
            raise UserError(_("A race has {low} to {high} lanes.").format(low=LANES[0], high=LANES[-1]))
        whole = [RunConfig.read(config)[0].model_dump() for config in configs]
        with self._lock:
            group = self._known.setdefault(race, Race(race, whole, exact))
        try:
            files.private(self._folder)
            files.write(self._file(race), json.dumps({"lanes": whole, "exact": exact}).encode())
        except OSError as error:
            log.warning("race %s: %s", race, error)  # it lives in memory only
        return group

    def known(self, race: str) -> Race | None:
        """The race of this name, if it is in memory."""
        return self._known.get(race)

    def find(self, race: str) -> Race | None:
        """The race of this name, if there is one."""
        group = self.known(race)
        if group is None and RUN_ID.fullmatch(race) and (found := self._read(race)) is not None:
            with self._lock:
                group = self._known.setdefault(race, found)
        return group

    def of(self, run_id: str) -> Race | None:
        """The race that a run is a lane of."""
        found = re.fullmatch(r"(.+)-\d", run_id)
        group = self.find(found[1]) if found else None
        return group if group is not None and run_id in group.lanes else None

    def all(self) -> list[Race]:
        """The races in memory."""
        return list(self._known.values())

    def rest(self, slots: Mapping[str, RunSlot], unseen: float) -> None:
        """Forget those of which no run is in memory and that nobody has watched for so many seconds."""
        now = time.monotonic()
        for group in self.all():
            if now - group.seen > unseen and not any(lane in slots for lane in group.lanes):
                self.forget(group.race)

    def forget(self, race: str) -> None:
        """Let a race live on disk only."""
        with self._lock:
            self._known.pop(race, None)

    def _file(self, race: str) -> Path:
        return self._folder / f"{race}.race.json"

    def _read(self, race: str) -> Race | None:
        """The race in a file; None if it is not there or not one."""
        try:
            with self._file(race).open("rb") as file:
                content = json.loads(file.read(LIMIT))
            self._file(race).touch()  # files that were not used for long are deleted
            configs = [RunConfig.read(values)[0].model_dump() for values in content["lanes"]]
            return Race(race, configs, content.get("exact") is True) if len(configs) in LANES else None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
