"""What is lost when the server itself is killed: students play on it, and another server starts on the same folder.

At random moments the server gets SIGKILL, and the next one starts at once. The engines of the old one have to find out,
save and end by themselves. The students' pages come back on the new server, and where a run rests they press Play.
Seconds count from the start of the new server. A run falls behind by the steps that its page had
shown and that the new server does not have; lost is one that comes back without its past or does not train again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from playground.benchmarks.arguments import count
from playground.benchmarks.chaos import BETWEEN, PATIENCE
from playground.benchmarks.classroom import Student
from playground.benchmarks.refresh import server
from playground.benchmarks.stamp import stamp
from playground.engine.run_slot import SAVE_EVERY
from playground.utils import files
from playground.utils.errors import UserError

NAME = "server-kills"
HELP = "what is lost, and for how long nothing trains, when the server is killed"
ENDED = 60.0  # seconds in which the engines of a killed server have to end
SMALL = {"preset": "ring", "g_width": "16", "d_width": "16", "batch_size": "32"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=count, default=5, help="how often the server is killed")
    parser.add_argument("--students", type=count, default=10, help="each with a run of its own")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print; write the report to `--json`. Gives the exit code: 1 if anything is lost or left."""
    if not Path("/proc").is_dir():
        raise UserError("This benchmark reads /proc, which only Linux has.")
    queries: Sequence[dict[str, str]] = [{**SMALL, "seed": str(n)} for n in range(args.students)]
    random_, rows = random.Random(args.seed), list[dict[str, Any]]()
    before: dict[str, Any] | None = None
    with tempfile.TemporaryDirectory() as home:
        for _kill in tqdm(range(args.kills + 1)):
            start = time.perf_counter()
            with server(PLAYGROUND_HOME=home) as (port, process), contextlib.ExitStack() as pages:
                students = [pages.enter_context(Student(port, query, "fair")) for query in queries]
                backs = [_comes_back(student, known=before is not None) for student in students]
                if before is not None:
                    rows.append(_row(before, students, backs, start))
                    if len(rows) == args.kills:
                        break
                while len(list((Path(home) / "runs").glob("*.safetensors"))) < args.students:
                    time.sleep(0.1)  # what was never saved cannot come back
                time.sleep(random_.uniform(*BETWEEN))
                queries = [student.query for student in students]
                before = _killed(process, students)
    report = {**stamp(), **_summary(rows, args)}
    print(
        "{lost} of {students} runs lost in {kills} kills of the server; behind at most {behind_steps} steps "
        "({behind_seconds:.1f} s, saved every {save_every:g} s); {engines_left} engines left; all train again in "
        "{median:.1f} s (most {max:.1f} s)".format(**report, **report["seconds_until_all_train"])
    )
    if args.json:
        files.write(args.json, json.dumps(report, indent=1).encode())
    return int(bool(report["lost"] or report["engines_left"]))


def _comes_back(student: Student, known: bool) -> int:
    """The step at which a page finds its run, which plays from then on; 0 if a `known` one does not come back."""
    back, end = student.step(), time.monotonic() + PATIENCE / 3
    while known and back == 0 and time.monotonic() < end:  # it is being read
        back = student.step()
    if not student.can("Pause"):
        student.press("Play")
    return back


def _killed(process: subprocess.Popen[bytes], students: Sequence[Student]) -> dict[str, Any]:
    """Kill the server; gives its engines, what its pages had shown, and when it was."""
    engines = _children(process.pid)
    seen = [list(student.seen) for student in students]
    when = time.perf_counter()
    process.kill()
    process.wait()
    return {"engines": engines, "seen": seen, "when": when}


def _left(engines: Sequence[int]) -> int:
    """How many of a killed server's engines do not end."""
    end = time.monotonic() + ENDED
    while (left := [pid for pid in engines if _alive(pid)]) and time.monotonic() < end:
        time.sleep(0.05)
    return len(left)


def _row(before: dict[str, Any], students: Sequence[Student], backs: Sequence[int], start: float) -> dict[str, Any]:
    """Wait until all train again; gives what was lost since the server before this one was killed."""
    end = time.monotonic() + PATIENCE
    waiting = set(range(len(students)))
    while waiting and time.monotonic() < end:
        waiting -= {n for n in waiting if students[n].seen and students[n].seen[-1][1] > backs[n]}
        time.sleep(0.01)
    again = time.perf_counter()
    behind_steps, behind_seconds = [], []
    for seen, back in zip(before["seen"], backs, strict=True):
        behind_steps.append(max(0, seen[-1][1] - back))
        known = [when for when, step in seen if step <= back]
        behind_seconds.append(round(before["when"] - known[-1], 2) if behind_steps[-1] and known else 0.0)
    lost = {n for n, back in enumerate(backs) if back == 0} | waiting
    return {
        "seconds": round(again - start, 2),
        "engines_left": _left(before["engines"]),
        "lost": sorted(lost),
        "behind_steps": behind_steps,
        "behind_seconds": behind_seconds,
    }


def _summary(rows: Sequence[dict[str, Any]], args: argparse.Namespace) -> dict[str, Any]:
    seconds = [row["seconds"] for row in rows]
    return {
        "students": args.students,
        "seed": args.seed,
        "kills": len(rows),
        "save_every": SAVE_EVERY,
        "lost": len({run for row in rows for run in row["lost"]}),
        "behind_steps": max(n for row in rows for n in row["behind_steps"]),
        "behind_seconds": max(n for row in rows for n in row["behind_seconds"]),
        "seconds_until_all_train": {"median": round(statistics.median(seconds), 2), "max": max(seconds)},
        "engines_left": sum(row["engines_left"] for row in rows),
        "rows": list(rows),
    }


def _children(pid: int) -> list[int]:
    """The processes that a process has started and that live."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def _alive(pid: int) -> bool:
    """Whether a process lives; a zombie does not."""
    with contextlib.suppress(OSError):
        os.kill(pid, 0)
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    return False
