"""Several engines, here or on a cluster: each run lives in one of them, and a page need not know in which.

A run is placed when it is first named: a lane with its race, a fork beside its parent, all others where the fewest
runs are. Runs that play are moved, one at a time, from an engine with many to one with few; a moved run goes on to the
bit, because what travels is a moment of it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from playground.data import shared
from playground.engine.api import ENGINE_METHODS
from playground.engine.gate import AS_THEY_ARE
from playground.engine.host import Host
from playground.engine.links import group_of
from playground.engine.process import Launcher, ThisMachine
from playground.utils import logs
from playground.utils.errors import UserError
from playground.utils.translation import _

KEEP_EVERY = 2.0  # seconds between two looks at all engines
KNOWN_FOR = 60.0  # seconds for which the engine of a run that is not in its memory is remembered
MOVE_PATIENCE = 1.0  # seconds that a move waits for calls about the run to end

log = logging.getLogger(__name__)


def size(environment: Mapping[str, str] = os.environ, launcher: Launcher | None = None) -> int:
    """How many engines there may be: `PLAYGROUND_ENGINES`, or as many as there is room for where they are started."""
    asked = environment.get("PLAYGROUND_ENGINES", "")
    if asked.isascii() and asked.isdigit() and int(asked) > 0:
        return int(asked)
    if asked:
        log.warning("PLAYGROUND_ENGINES is not a number of engines: %s", asked)
    return (launcher or ThisMachine()).engines()


@dataclass
class _Home:
    """Where a run or a race lives."""

    member: int
    calls: int = 0  # that are under way
    moving: bool = False
    used: float = field(default_factory=time.monotonic)


class Fleet:
    """Has every method of `EngineAPI`. Any thread may call them; each may raise UserError.

    One engine starts at once. As long as there are fewer than `most`, one more than has runs is kept ready. Where there
    may be several, a process waits to take the place of one that ends.
    """

    def __init__(self, most: int | None = None, launcher: Launcher | None = None) -> None:
        """`launcher`: where engines are started."""
        self._launcher = launcher or ThisMachine()
        self._most = most or size(launcher=self._launcher)
        threads = os.environ.get("PLAYGROUND_THREADS") or str(self._launcher.threads(self._most))
        self._datasets = shared.Folder()
        self._settings = {"PLAYGROUND_ENGINES": str(self._most), "PLAYGROUND_THREADS": threads}
        self._settings |= self._datasets.environment
        self._lock = threading.Condition()
        self._homes: dict[str, _Home] = {}
        self._members = [Host(self._settings, self._launcher)]
        self._moves = self._looks = 0
        self._ending = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="fleet", daemon=True)
        self._keeper.start()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """A method of an engine; its first argument is the id of a run or race."""
        if name not in ENGINE_METHODS:
            raise AttributeError(name)
        return partial(self._call, name)

    @property
    def notice(self) -> str:
        """A sentence while an engine is coming back, else ""."""
        return next((member.notice for member in self._members if member.notice), "")

    @property
    def pids(self) -> list[int]:
        """The processes of the engines."""
        return [member.pid for member in self._members]

    def health(self) -> dict[str, int]:
        """How many runs are in memory ("runs"), how many of them play ("playing"), and how many engines there are."""
        found = [member.health() for member in self._members]
        return {"engines": len(found), **{key: sum(one[key] for one in found) for key in ("runs", "playing")}}

    def load(self) -> dict[str, float]:
        """What all engines do, for their operator: numbers by name. One that does not answer is not counted."""
        found = {"engines": 0.0, "engines_silent": 0.0, "engine_restarts": 0.0, "moves": float(self._moves)}
        for member in list(self._members):
            found["engine_restarts"] += member.restarts
            try:
                load = member.load()
            except UserError:
                found["engines_silent"] += 1
                continue
            found["engines"] += 1
            for name, value in load.items():
                total = found.get(name, 0.0)
                found[name] = max(total, value) if name == "oldest_message_seconds" else total + value
        return found

    def fork(self, run_id: str, moment: int | None, values: dict[str, Any], new_id: str) -> None:
        """Make a run beside the one from which it comes."""
        with self._at(run_id) as member:
            self._settle(group_of(new_id), member)
            self._members[member].fork(run_id, moment, values, new_id)

    def groups(self) -> set[str]:
        """The runs and races in memory, also those that were a moment ago or are about to be."""
        with self._lock:
            return set(self._homes)

    def exists(self, run_id: str) -> bool:
        """Whether the run is in memory or on disk; this gives it no place."""
        with self._lock:
            home = self._homes.get(group_of(run_id))
        found: bool = self._members[home.member if home else 0].exists(run_id)
        return found

    def where(self, run_id: str) -> int | None:
        """The number of the engine in which a run lives; None if it has no place yet."""
        with self._lock:
            home = self._homes.get(group_of(run_id))
            return None if home is None else home.member

    def census_of(self, member: int) -> dict[str, bool]:
        """The runs in the memory of an engine, and whether each of them plays."""
        return self._members[member].heartbeat()

    def move(self, run_id: str, target: int) -> bool:
        """Have a run, or a race with all its lanes, go on in another engine; gives whether it does.

        It stays where it is if a call about it takes long, or if it cannot be written to disk.
        """
        group = group_of(run_id)
        with self._lock:
            home = self._homes.get(group)
            if home is None or home.moving or home.member == target:
                return False
            home.moving = True
        try:
            with self._lock:
                if not self._lock.wait_for(lambda: home.calls == 0, MOVE_PATIENCE):
                    return False
            released = self._members[home.member].release(group)
            if not released:
                return False
            home.member = target
            self._members[target].take_over(released)
            self._moves += 1
            log.info("moved", extra=logs.extra("run_moved", engine=target))
            return True
        except UserError as error:
            log.warning("moving %s: %s", group, error)
            return False
        finally:
            with self._lock:
                home.moving, home.used = False, time.monotonic()
                self._lock.notify_all()

    def close(self) -> None:
        """End all engines; they keep their runs on disk first."""
        self._ending.set()
        self._keeper.join()
        threads = [threading.Thread(target=member.close) for member in self._members]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._launcher.close()
        self._datasets.close()

    # Where runs live

    def _call(self, method: str, id: str, *arguments: Any, **named: Any) -> Any:
        if method in AS_THEY_ARE:  # a visitor is no run
            return getattr(self._members[0], method)(id, *arguments, **named)
        with self._at(id) as member:
            return getattr(self._members[member], method)(id, *arguments, **named)

    def _settle(self, group: str, member: int) -> None:
        """Give a group a place. Raises UserError if it lives elsewhere already."""
        other = self.where(group)
        taken = other not in (None, member) and group in map(group_of, self._members[other or 0].census())
        with self._lock:
            home = self._homes.setdefault(group, _Home(member))
            if home.member != member and (taken or home.calls or home.moving):
                raise UserError(_("There is a run of this name."))
            home.member, home.used = member, time.monotonic()

    @contextmanager
    def _at(self, id: str) -> Iterator[int]:
        """The number of the engine in which a run lives, which it does not leave meanwhile."""
        with self._lock:
            home = self._homes.get(group_of(id))
            if home is None:
                home = self._homes[group_of(id)] = _Home(self._emptiest())
            self._lock.wait_for(lambda: not home.moving)
            home.calls += 1
        try:
            yield home.member
        finally:
            with self._lock:
                home.calls -= 1
                home.used = time.monotonic()
                self._lock.notify_all()

    def _emptiest(self) -> int:
        """The engine with the fewest runs and races."""
        members = [home.member for home in self._homes.values()]
        return min(range(len(self._members)), key=members.count)

    # The keeper

    def _keep(self) -> None:
        while not self._ending.wait(KEEP_EVERY):
            try:
                self._look()
            except Exception:
                log.exception("the fleet goes on")

    def _look(self) -> None:
        """Forget runs that are in no memory, keep an engine ready, and move a run if that evens out the work."""
        playing: list[set[str]] = []
        for number in range(len(self._members)):
            try:
                playing.append(self._look_at(number))
            except UserError as error:
                log.warning("engine %d: %s", number, error)
        if len(playing) < len(self._members):
            return  # nothing is moved before all are there
        with self._lock:
            full = {home.member for home in self._homes.values()}
        if self._most > 1:  # one engine alone is the one of a laptop, whose memory is dear
            self._members[0].prepare()
        if len(self._members) < self._most and len(full) == len(self._members):
            self._members.append(Host(self._settings, self._launcher))
            return
        busiest, idlest = max(playing, key=len), min(playing, key=len)
        if len(busiest) - len(idlest) >= 2:
            self._looks += 1  # one that cannot be moved is not tried for ever
            self.move(sorted(busiest)[self._looks % len(busiest)], playing.index(idlest))

    def _look_at(self, number: int) -> set[str]:
        """Forget the runs of an engine that are not in its memory any more; gives the groups that play there."""
        census, now = self.census_of(number), time.monotonic()
        groups = {group_of(run_id) for run_id in census}
        with self._lock:
            for group, home in list(self._homes.items()):
                resting = home.calls == 0 and not home.moving and now - home.used > KNOWN_FOR
                if home.member == number and group not in groups and resting:
                    del self._homes[group]
        return {group_of(run_id) for run_id, plays in census.items() if plays}
