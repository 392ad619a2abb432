"""A class on one server: each student plays a run of their own in a page of their own.

The students speak Streamlit's own protocol over a web socket, as those of `bench refresh` do, on the cores of the
server. First one run plays alone; then all play, and nobody presses anything; then each presses Pause and Play, one in
ten of them at a time; at the end all but the first pause, and that one is measured alone once more. A press has its
effect in the first View that shows it: after Pause the step at which the run rests, after Play a later one.

Some students may be hostile: one trains the largest networks that are admitted, one presses "Keep moment" without end,
one opens the same run in many tabs, and so on in turn. The index of fairness (Jain et al., 1984) is that of the steps
per second of all others, which have the same config: 1 where all are equal, 1 / n where one has all. A run rests when
four redraws, about eight seconds, have the same step: where an engine stands still for longer, Pause looks too quick.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
from tqdm import tqdm

from playground import data
from playground.benchmarks.arguments import count, seconds
from playground.benchmarks.refresh import Viewer, server
from playground.benchmarks.stamp import stamp
from playground.benchmarks.timing import busy
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS
from playground.engine import limits
from playground.utils import files
from playground.utils.errors import UserError

NAME = "class"
HELP = "redraws, response and fair shares while a class uses one server"
HOSTILE = ("large", "remember", "tabs")
TABS = 8  # of the student who opens many
SETTLE = 3.0  # seconds from the last Play until something is measured
DOUBLE_CLICK = 0.5  # seconds within which a page takes a second press for one
PATIENCE = 60.0  # seconds that a student waits for an effect
RESTS = 4  # redraws with the same step: the run rests


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--students", type=count, default=30, metavar="N")
    parser.add_argument("--hostile", type=int, choices=range(100), default=0, metavar="N", help="how many of them are")
    parser.add_argument("--engines", nargs="+", type=count, default=[1], help="one measurement with each number")
    parser.add_argument("--preset", default="ring", choices=PRESETS)
    parser.add_argument("--seconds", type=seconds, default=20.0, help="of training without a press, and of one alone")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print; write the report to `--json`. Gives the exit code. Raises UserError."""
    if args.hostile >= args.students:
        raise UserError("There must be a student who is not hostile.")
    report: dict[str, Any] = {**stamp(), "preset": args.preset, "seconds": args.seconds, "rows": []}
    for engines in args.engines:
        before = {"others_busy": busy(), "load": round(os.getloadavg()[0], 1)}
        with server(PLAYGROUND_ENGINES=str(engines)) as (port, _process), contextlib.ExitStack() as stack:
            found = measure(stack, port, args.preset, kinds(args.students, args.hostile), args.seconds)
        row = {"engines": engines, "students": args.students, "hostile": args.hostile, **before, **found}
        report["rows"].append(row)
        tqdm.write(sentence(row))
    if args.json:
        files.write(args.json, json.dumps(report, indent=1).encode())
    return 0


def kinds(students: int, hostile: int) -> list[str]:
    """What each student is; the first is never hostile."""
    return ["fair"] * (students - hostile) + [HOSTILE[n % len(HOSTILE)] for n in range(hostile)]


class Student(Viewer):
    """A viewer that writes down what it sees: the steps, and how long a press took."""

    def __init__(self, port: int, query: dict[str, str], kind: str) -> None:
        super().__init__(port, query)
        self.kind = kind
        self.seen: list[tuple[float, int]] = []  # when the page drew which step

    def shown(self, step: int) -> None:
        super().shown(step)
        self.seen.append((time.perf_counter(), step))

    def rate(self, start: float, end: float) -> float:
        """Steps per second, by what was seen in between."""
        seen = [one for one in list(self.seen) if start <= one[0] <= end]
        if len(seen) < 2:
            return 0.0
        (first, step), (last, later) = seen[0], seen[-1]
        return (later - step) / (last - first)

    def begins(self) -> None:
        """Wait until the page shows that the run trains, or for as long as a student waits."""
        step, start = self.seen[-1][1], time.perf_counter()
        wait(lambda: self._later(step, start))

    def pause(self) -> float | None:
        """Press Pause; gives the seconds until the page showed where the run rests, None if it never did."""
        start = self._press("Pause", other="Play")

        def rests() -> float | None:
            steps = [one for one in list(self.seen) if one[0] > start]
            last = [when for when, step in steps if step == steps[-1][1]]
            return last[0] - start if len(last) >= RESTS else None

        return wait(rests)

    def go_on(self) -> float | None:
        """Press Play; gives the seconds until the page showed that the run trains, None if it never did."""
        rest = self.seen[-1][1]
        start = self._press("Play", other="Pause")
        return wait(lambda: self._later(rest, start))

    def _later(self, step: int, start: float) -> float | None:
        """Seconds from `start` until the page showed a later step."""
        return next((when - start for when, shown in list(self.seen) if when > start and shown > step), None)

    def _press(self, label: str, other: str) -> float:
        """Press a button once it is there, which turns into the `other` one; gives when."""
        wait(lambda: 1.0 if self.can(label) else None)
        time.sleep(DOUBLE_CLICK)
        self._buttons.pop(other, None)
        start = time.perf_counter()
        if self.can(label):
            self.press(label)
        return start


def wait(found: Callable[[], float | None]) -> float | None:
    """What comes, once it does; None if it did not in time."""
    end = time.monotonic() + PATIENCE
    while (value := found()) is None and time.monotonic() < end:
        time.sleep(0.01)
    return value


def largest(preset: str) -> dict[str, str]:
    """The query of the largest networks and batch of a preset's family that a server like this one admits."""
    config = PRESETS[preset].config
    samples = data.load(config.dataset)
    high = {name: int(KNOBS[name].high or 0) for name in ("g_depth", "d_depth", "batch_size")}
    width = int(KNOBS["g_width"].high or 0)
    while width > 1:
        values = {**high, "g_width": width, "d_width": width}
        with contextlib.suppress(UserError):
            limits.admitted(config.changed(**values), samples)
            break
        width //= 2
    return {name: str(value) for name, value in values.items()}


def measure(stack: contextlib.ExitStack, port: int, preset: str, who: Sequence[str], seconds: float) -> dict[str, Any]:
    """What a class of these kinds of students meets on the server at `port`; `stack` closes their pages."""

    def student(kind: str) -> Student:
        query = {"preset": preset, **(largest(preset) if kind == "large" else {})}
        one = stack.enter_context(Student(port, query, kind))
        one.play()
        return one

    first = student(who[0])
    first.begins()
    alone = [_alone(first, seconds)]
    pages = [first, *(student(kind) for kind in tqdm(who[1:], unit="students", leave=False))]
    for page in pages:
        if page.kind == "fair":
            page.begins()
    with _hostile(stack, port, pages):
        rows = _undisturbed(pages, seconds)
        pauses, plays = _presses([page for page in pages if page.kind == "fair"])
    for page in pages[1:]:
        if page.can("Pause"):
            page.press("Pause")
    alone.append(_alone(first, seconds))
    rates = [row["steps_per_s"] for row in rows if row["kind"] == "fair"]
    total = sum(row["steps_per_s"] for row in rows)
    return {
        "redraws_per_s": round(median(row["redraws_per_s"] for row in rows), 3),
        "kb": round(median(row["kb"] for row in rows), 1),
        "presses": {"Pause": _response(pauses), "Play": _response(plays)},
        "fairness": jain(rates),
        "steps_per_s": round(total, 1),
        "alone_steps_per_s": [round(rate, 1) for rate in alone],
        "of_alone": round(total / mean(alone), 3) if min(alone) else None,
        "load_in_class": round(os.getloadavg()[0], 1),
        "rows": rows,
    }


def _alone(page: Student, seconds: float) -> float:
    time.sleep(SETTLE)
    start = time.perf_counter()
    time.sleep(seconds)
    return page.rate(start, time.perf_counter())


def _undisturbed(pages: Sequence[Student], seconds: float) -> list[dict[str, Any]]:
    """What each student gets while nobody presses anything but those who are hostile."""
    time.sleep(SETTLE)
    start = time.perf_counter()
    before = [(page.redraws, page.received) for page in pages]
    time.sleep(seconds)
    spent, end = time.perf_counter() - start, time.perf_counter()
    rows = []
    for page, (redraws, received) in zip(pages, before, strict=True):
        drawn = page.redraws - redraws
        kb = (page.received - received) / 1000 / drawn if drawn else 0.0
        rate = page.rate(start, end)
        row = {"redraws_per_s": round(drawn / spent, 3), "kb": round(kb, 1), "steps_per_s": round(rate, 1)}
        rows.append({"kind": page.kind, **row})
    return rows


def _presses(pages: Sequence[Student]) -> tuple[list[float | None], list[float | None]]:
    """Seconds of Pause and of Play, of one page after the other; a tenth of them at a time."""
    with ThreadPoolExecutor(max(1, len(pages) // 10)) as hands:
        found = list(hands.map(lambda page: (page.pause(), page.go_on()), pages))
    return [pause for pause, _play in found], [play for _pause, play in found]


def _response(found: Sequence[float | None]) -> dict[str, float | int | None]:
    times = [one for one in found if one is not None]
    p50, p95 = (round(float(np.percentile(times, q)), 2) for q in (50, 95)) if times else (None, None)
    return {"n": len(found), "without_effect": len(found) - len(times), "p50": p50, "p95": p95}


def jain(rates: Sequence[float]) -> float | None:
    """(sum x)^2 / (n sum x^2): 1 where all are equal, 1 / n where one has all; None where nobody has anything."""
    squares = sum(rate * rate for rate in rates)
    return round(sum(rates) ** 2 / (len(rates) * squares), 4) if squares else None


@contextlib.contextmanager
def _hostile(stack: contextlib.ExitStack, port: int, pages: Sequence[Student]) -> Iterator[None]:
    """What hostile students do beside training."""
    ending = threading.Event()

    def remember(page: Student) -> None:
        while not ending.wait(0.05):
            if page.can("Keep moment"):
                page.press("Keep moment")

    pressing = [page for page in pages if page.kind == "remember"]
    threads = [threading.Thread(target=remember, args=(page,), daemon=True) for page in pressing]
    for page in pages:
        if page.kind == "tabs":
            for _tab in range(TABS):
                stack.enter_context(Viewer(port, page.query))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ending.set()
        for thread in threads:
            thread.join()


def sentence(row: dict[str, Any]) -> str:
    """One measurement for people."""
    presses = ", ".join(f"{name} {found['p95']} s" for name, found in row["presses"].items())
    first, second = row["alone_steps_per_s"]
    return (
        f"{row['students']} students ({row['hostile']} hostile), {row['engines']} engine(s): "
        f"{row['redraws_per_s']:.2f} redraws/s of {row['kb']:.1f} KB each; p95 of a press: {presses}; "
        f"fairness {row['fairness']}; {row['steps_per_s']:.0f} steps/s in all, one alone {first:.0f} and "
        f"{second:.0f}; load {row['load']} before, others keep {row['others_busy']} cores busy"
    )
