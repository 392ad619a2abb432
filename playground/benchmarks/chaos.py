"""What is lost when engines are killed and stopped: several runs play in a fleet of two, as pages watch them.

At random moments an engine gets SIGKILL, or SIGSTOP, which ends nothing: the fleet has to find out. Then all runs are
waited for: those of that engine until they train in another process, the others until their steps go on. A run falls
behind by the steps that a page had seen and that were not on disk; in seconds, by how long before the signal the page
had seen the step at which it came back. Lost is a run that fails, that comes back without its past, or that does not
train again within `PATIENCE`.

With `--cluster` the engines are on a simulated cluster, and a machine may be taken away with its engines.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from tqdm import tqdm

from playground.benchmarks.arguments import count
from playground.benchmarks.simulated_cluster import SimulatedCluster, simulated_cluster
from playground.benchmarks.stamp import stamp
from playground.config.presets import PRESETS
from playground.engine.fleet import Fleet
from playground.engine.messages import Play, View
from playground.engine.run_slot import SAVE_EVERY
from playground.utils import files
from playground.utils.errors import UserError

NAME = "chaos"
HELP = "what is lost, and for how long nothing trains, when engines are killed and stopped"
ENGINES = 2
PATIENCE = 180.0  # seconds
LOOK_EVERY = 0.1  # seconds between two looks of a page
BETWEEN = (1.0, 8.0)  # seconds from the moment at which all train until the next signal
SIGNALS = {"kill": "SIGKILL", "stop": "SIGSTOP"}
KINDS = (*SIGNALS, "machine")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=count, default=10, help="how often an engine is killed")
    parser.add_argument(
        "--stops", type=int, choices=range(1000), default=0, metavar="N", help="how often one is stopped"
    )
    parser.add_argument("--cluster", action="store_true", help="on a simulated cluster; needs requirements-cluster.txt")
    parser.add_argument(
        "--machines", type=int, choices=range(1000), default=0, metavar="N", help="how often one is taken away from it"
    )
    parser.add_argument("--runs", type=count, default=6)
    parser.add_argument("--seed", type=int, default=0, help="of the moments and the engines")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print; write the report to `--json`. Gives the exit code: 1 if anything is lost or left."""
    if args.machines and not args.cluster:
        raise UserError("--machines needs --cluster.")
    with (
        tempfile.TemporaryDirectory() as home,
        _setting("PLAYGROUND_HOME", home),
        simulated_cluster(ENGINES) if args.cluster else nullcontext() as cluster,
    ):
        report = {**stamp(), **_chaos(args, Path(home), cluster)}
    print(
        "{lost} of {runs} runs lost in {events} events; behind at most {behind_steps} steps ({behind_seconds:.1f} s, "
        "saved every {save_every:g} s); {processes_left} processes, {locks_left} locks left".format(**report)
    )
    for kind, found in report["seconds_until_all_train"].items():
        print("after a {kind}, all train again in {median:.1f} s (most {max:.1f} s)".format(kind=kind, **found))
    if args.json:
        files.write(args.json, json.dumps(report, indent=1).encode())
    return int(bool(report["lost"] or report["processes_left"] or report["locks_left"]))


@contextmanager
def _setting(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


class Page(threading.Thread):
    """Looks at a run again and again, as a page does."""

    def __init__(self, fleet: Fleet, run: str) -> None:
        super().__init__(daemon=True)
        self.run_id = run
        self.view: View | None = None  # the latest
        self.by = 0  # the process that gave it
        self.trains = (0, 0.0)  # the process in which the step last grew, and when
        self.steps: deque[tuple[float, int]] = deque(maxlen=3000)  # when which step was seen
        self.closed = threading.Event()
        self._fleet = fleet

    def pid(self) -> int:
        """The process in which the run lives."""
        return self._fleet.pids[self._fleet.where(self.run_id) or 0]

    def run(self) -> None:
        while not self.closed.wait(LOOK_EVERY):
            before = self.pid()
            with suppress(UserError):
                view = self._fleet.view(self.run_id)
                if view is not None and view.status != "loading" and before == self.pid():
                    self._note(view, before)

    def _note(self, view: View, by: int) -> None:
        now = time.monotonic()
        if self.view is not None and by == self.by and view.step > self.view.step:
            self.trains = (by, now)
        self.view, self.by = view, by
        self.steps.append((now, view.step))

    def back(self) -> int | None:
        """The step at which the run came back from disk; None if it never did."""
        events = self.view.events if self.view is not None else ()
        return next((event.step for event in reversed(events) if event.kind == "restored"), None)

    def seen(self, step: int, until: float) -> float:
        """When the page had last seen no later step than this one."""
        return max((when for when, one in list(self.steps) if when <= until and one <= step), default=until)


def _until(found: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not found():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _chaos(args: argparse.Namespace, home: Path, cluster: SimulatedCluster | None) -> dict[str, Any]:
    fleet, pids = Fleet(ENGINES, None if cluster is None else cluster.launcher), set[int]()
    pages: list[Page] = []
    try:
        pages += _start(fleet, args.runs)
        kinds = ["kill"] * args.kills + ["stop"] * args.stops + ["machine"] * args.machines
        random_ = random.Random(args.seed)
        random_.shuffle(kinds)
        rows = []
        for kind in tqdm(kinds):
            time.sleep(random_.uniform(*BETWEEN))
            pids.update(filter(None, fleet.pids))
            engine = random_.randrange(len(fleet.pids))
            strike = partial(_strike, kind, fleet.pids[engine], cluster)
            rows.append({"kind": kind, "engine": engine, **_event(fleet, pages, fleet.pids[engine], strike)})
        pids.update(filter(None, fleet.pids))
        restarts = int(fleet.load()["engine_restarts"])
    finally:
        for page in pages:
            page.closed.set()
        for page in pages:
            page.join()
        fleet.close()
    return {**_summary(rows, args), "restarts": restarts, **_left(pids, home / "locks"), "rows": rows}


def _start(fleet: Fleet, runs: int) -> list[Page]:
    """Runs that play, spread over the engines, all of them on disk."""
    small = PRESETS["ring"].config.changed(device="cpu", g_width=16, d_width=16, batch_size=32)
    pages = []
    for n in range(runs):
        run_id = f"chaos-of-engines-{n:02}"
        fleet.create(run_id, small.changed(seed=n).model_dump())
        pages.append(Page(fleet, run_id))
        if n == 0 and not _until(lambda: len(fleet.pids) == ENGINES):
            raise UserError("The second engine does not start.")
    for page in pages:
        page.start()
    if not _until(lambda: all(page.view is not None for page in pages)):
        raise UserError("The runs do not start.")
    for page in pages:
        fleet.send(page.run_id, Play())
    if not _until(lambda: all(page.trains[0] for page in pages)):
        raise UserError("The runs do not train.")
    time.sleep(2 * SAVE_EVERY)  # each of them is saved as one that plays
    return pages


def _strike(kind: str, hit: int, cluster: SimulatedCluster | None) -> None:
    """Send a signal to an engine, or take its machine away."""
    if kind in SIGNALS:
        os.kill(hit, getattr(signal, SIGNALS[kind]))
    elif cluster is not None:
        cluster.take_away(hit)


def _event(fleet: Fleet, pages: list[Page], hit: int, strike: Callable[[], None]) -> dict[str, Any]:
    """Have an engine struck, and wait until all train again."""
    start = time.monotonic()
    steps = {page.run_id: page.view.step if page.view is not None else 0 for page in pages}
    living = [page for page in pages if page.pid() == hit]
    strike()

    def trains(page: Page) -> bool:
        by, when = page.trains
        return by not in (0, hit) and when > start

    _until(lambda: hit not in fleet.pids and all(map(trains, pages)))
    seconds = time.monotonic() - start
    lost = [page.run_id for page in pages if not trains(page) or (page in living and page.back() is None)]
    backs = [(page, page.back()) for page in living]
    return {
        "seconds": round(seconds, 2),
        "lost": lost,
        "behind_steps": [max(0, steps[page.run_id] - back) for page, back in backs if back is not None],
        "behind_seconds": [round(start - page.seen(back, start), 2) for page, back in backs if back is not None],
    }


def _summary(rows: list[dict[str, Any]], args: argparse.Namespace) -> dict[str, Any]:
    by_kind = {kind: [row["seconds"] for row in rows if row["kind"] == kind] for kind in KINDS}
    return {
        "engines": ENGINES,
        "runs": args.runs,
        "seed": args.seed,
        "events": len(rows),
        "kills": len(by_kind["kill"]),
        "stops": len(by_kind["stop"]),
        "machines": len(by_kind["machine"]),
        "save_every": SAVE_EVERY,
        "lost": len({run for row in rows for run in row["lost"]}),
        "behind_steps": max((n for row in rows for n in row["behind_steps"]), default=0),
        "behind_seconds": max((n for row in rows for n in row["behind_seconds"]), default=0.0),
        "seconds_until_all_train": {
            kind: {"median": round(statistics.median(found), 2), "max": max(found)}
            for kind, found in by_kind.items()
            if found
        },
    }


def _left(pids: set[int], locks: Path) -> dict[str, int]:
    """Processes that are still there, locks that somebody still holds, and notes of runs that did not come back."""
    alive = 0
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            alive += 1
    held = 0
    for path in locks.glob("*.lock"):
        try:
            FileLock(path).acquire(timeout=0).lock.release()
        except Timeout:
            held += 1
    return {"processes_left": alive, "locks_left": held + len(list(locks.glob("*.begun")))}
