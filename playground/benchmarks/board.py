"""A class on its teacher's board: how soon all are in it, how often the board is drawn, how soon a pause reaches all.

A teacher and students on one server speak Streamlit's own protocol over a web socket, as the viewers of `bench refresh`
do, on the cores of the server. The teacher opens a class; the students, whose pages are open already, press Join in the
same moment; all of them train. A pause has reached all runs once the board shows each of them at rest; the students'
own pages show it at their next redraw.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from streamlit.proto.BidiComponent_pb2 import BidiComponent
from tqdm import tqdm

from playground.benchmarks.arguments import count, seconds
from playground.benchmarks.classroom import wait
from playground.benchmarks.refresh import Viewer, server
from playground.benchmarks.stamp import stamp
from playground.config.presets import PRESETS
from playground.utils import files
from playground.utils.translation import _

NAME = "board"
HELP = "a class on its teacher's board: joining, redraws, and how soon a pause reaches all"
CODE = re.compile(r'class="class_code">(\w+)<')
SETTLE = 3.0  # seconds of training before the board is measured


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--students", type=count, default=30, metavar="N")
    parser.add_argument("--engines", nargs="+", type=count, default=[1], help="one measurement with each number")
    parser.add_argument("--preset", default="ring", choices=PRESETS)
    parser.add_argument("--seconds", type=seconds, default=20.0, help="for which the board is watched")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print; write the report to `--json`. Gives the exit code."""
    report: dict[str, Any] = {**stamp(), "preset": args.preset, "seconds": args.seconds, "rows": []}
    for engines in args.engines:
        load = round(os.getloadavg()[0], 1)
        with server(PLAYGROUND_ENGINES=str(engines)) as (port, _process), contextlib.ExitStack() as stack:
            found = measure(stack, port, args.preset, args.students, args.seconds)
        row = {"engines": engines, "students": args.students, "load": load, **found}
        report["rows"].append(row)
        tqdm.write(sentence(row))
    if args.json:
        files.write(args.json, json.dumps(report, indent=1).encode())
    return 0


class Page(Viewer):
    """A viewer that waits for buttons."""

    def waits_for(self, label: str) -> None:
        """Wait until there is a button of this label."""
        wait(lambda: 1.0 if self.can(label) else None)


class Teacher(Page):
    """Opens a class and looks at its board."""

    by_clock, code = True, ""
    resting = 0  # students whose run pauses, by the latest board

    def wrote(self, html: str) -> None:
        if found := CODE.search(html):
            self.code = found[1]

    def mounted(self, component: BidiComponent) -> None:
        if component.id.endswith("-class_board"):
            self.resting = component.bytes.count(
                json.dumps({"state": _("paused")}, separators=(",", ":"))[1:-1].encode()
            )

    def open(self) -> str:
        """Open the class; gives its code."""
        self.waits_for("Open a class")
        self.press("Open a class")
        wait(lambda: 1.0 if self.code else None)
        return self.code


class Student(Page):
    """Joins the class and trains what it begins with."""

    seen = False  # a step of the run

    def shown(self, step: int) -> None:
        super().shown(step)
        self.seen = True

    def forget(self, label: str) -> None:
        """Wait for a button of this label to be drawn anew."""
        self._buttons.pop(label, None)


def measure(stack: contextlib.ExitStack, port: int, preset: str, students: int, seconds: float) -> dict[str, Any]:
    """What a class meets on the server at `port`; `stack` closes the pages."""
    teacher = stack.enter_context(Teacher(port, {"preset": preset}))
    teacher.waits_for("Play")
    teacher.go("classroom")
    code = teacher.open()
    pages = [
        stack.enter_context(Student(port, {"join": code}, page="classroom"))
        for _n in tqdm(range(students), unit="students", leave=False)
    ]
    for page in pages:
        page.waits_for("Join")
    start = time.perf_counter()
    for page in pages:
        page.press("Join")
    joined = _times(pages, start, lambda page: page.seen and page.can("Play"))
    for page in pages:
        page.play()
    time.sleep(SETTLE)
    drawn, received, begun = teacher.redraws, teacher.received, time.perf_counter()
    time.sleep(seconds)
    spent, redraws = time.perf_counter() - begun, teacher.redraws - drawn
    kb = (teacher.received - received) / 1000 / redraws if redraws else None
    for page in pages:
        page.waits_for("Pause")
        page.forget("Play")
    start = time.perf_counter()
    teacher.press("Pause all")
    rest = wait(lambda: time.perf_counter() - start if teacher.resting == students else None)
    paused = _times(pages, start, lambda page: page.can("Play"))
    return {
        "joined_s": joined,
        "redraws_per_s": round(redraws / spent, 2),
        "kb": kb and round(kb, 1),
        "rest_s": rest and round(rest, 2),
        "paused_s": paused,
        "load_in_class": round(os.getloadavg()[0], 1),
    }


def _times(pages: Sequence[Student], start: float, there: Callable[[Student], bool]) -> dict[str, float | int | None]:
    """Seconds since `start` until each page was so: the median and the most, and how many never were."""
    left, found = list(pages), []

    def all_there() -> float | None:
        for page in [page for page in left if there(page)]:
            found.append(time.perf_counter() - start)
            left.remove(page)
        return None if left else 1.0

    wait(all_there)
    middle, most = (round(median(found), 2), round(max(found), 2)) if found else (None, None)
    return {"n": len(pages), "never": len(left), "median": middle, "most": most}


def sentence(row: dict[str, Any]) -> str:
    """One measurement for people."""
    joined, paused = row["joined_s"], row["paused_s"]
    return (
        f"{row['students']} students, {row['engines']} engine(s): all have a run {joined['most']} s after Join (median "
        f"{joined['median']}, never {joined['never']}); the board is drawn {row['redraws_per_s']} times a second, "
        f"{row['kb']} KB each; it shows all at rest {row['rest_s']} s after Pause, their own pages after "
        f"{paused['most']} s (median {paused['median']}, never {paused['never']}); load {row['load']} before, "
        f"{row['load_in_class']} in class"
    )
