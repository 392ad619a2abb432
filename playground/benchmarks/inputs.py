"""What a server says and does to inputs that were made for harm: addresses, folders, files, zips and forged messages.

A real `streamlit run app.py` with folders of its own, and pages that speak Streamlit's protocol. The inputs follow from
the seed. Counted: tracebacks that reach a page, errors of ours in the log, files that appear outside of the data
folder, the most memory of the server with its engines. At the end an honest visitor must see a run train.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tqdm import tqdm

from playground.benchmarks.arguments import count
from playground.benchmarks.forged_inputs import KINDS, Input, made
from playground.benchmarks.stamp import stamp
from playground.engine.process import ROOT
from playground.utils import files, memory, shares

NAME = "inputs"
HELP = "what a server does with inputs that were made for harm"
BUDGET = 3 * shares.GIB  # bytes of the server and its engines; they begin with about 0.5
IGNORED = {"__pycache__", ".git", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--n", type=count, default=1000, help="inputs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pages", type=count, default=3, help="that send at a time")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print; write the report to `--json`. Gives the exit code: 1 if anything went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        report = {**stamp(), **measured(args.n, args.seed, args.pages, args.kinds, Path(folder))}
    report["budget_mib"] = BUDGET // shares.MIB
    print(
        "{n} inputs ({kinds}): {tracebacks} tracebacks on pages, {errors_of_ours} errors of ours in the log "
        "(and {errors_in_streamlit} in Streamlit's own code), {files_outside} files outside of the data folder, "
        "at most {peak_mib} MiB; afterwards a run trains: {trains}".format(**report)
    )
    for row in report["wrong"]:
        print(row)
    if args.json:
        files.write(args.json, (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode())
    wrong = report["tracebacks"] or report["errors_of_ours"] or report["files_outside"] or not report["trains"]
    return int(bool(wrong or report["peak_mib"] > report["budget_mib"]))


def measured(n: int, seed: int, pages: int, kinds: list[str], folder: Path) -> dict[str, Any]:
    """What comes of `n` inputs, in an empty folder."""
    for name in ("data", "home", "tmp", "given"):
        (folder / name).mkdir()
    inputs = list(made(n, seed, kinds, folder / "given"))
    before = _outside(folder)
    start = time.monotonic()
    with _server(folder) as (port, process), _Watch(process.pid) as watch:
        results: list[tuple[Input, dict[str, Any]]] = []
        with ThreadPoolExecutor(pages) as pool:
            asked = [(one, pool.submit(one.send, port)) for one in inputs]
            results += [(one, sent.result()) for one, sent in tqdm(asked, desc="inputs", disable=None)]
        trains = _trains(port)
        refused = _limits_met(port)
    outside = sorted(_outside(folder) - before)
    log = (folder / "server.log").read_text(errors="replace")
    errors, not_ours = _errors(log)
    wrong = [
        {"kind": one.kind, "input": one.name, **found}
        for one, found in results
        if found["tracebacks"] or found["failure"] or not found["answered"]
    ]
    return {
        "seed": seed,
        "n": len(results),
        "kinds": dict(Counter(one.kind for one in inputs)),
        "seconds": round(time.monotonic() - start, 1),
        "tracebacks": sum(found["tracebacks"] for _one, found in results),
        "errors_of_streamlit": sum(found["errors"] for _one, found in results),
        "unanswered": sum(not found["answered"] for _one, found in results),
        "errors_of_ours": len(errors),
        "errors_in_streamlit": not_ours,
        "files_outside": len(outside),
        "peak_mib": round(watch.peak / shares.MIB),
        "trains": trains,
        "limits_met": refused,
        "wrong": [
            *wrong[:40],
            *({"log": one} for one in errors[:20]),
            *({"file": name} for name in outside[:20]),
        ],
    }


def _errors(log: str) -> tuple[list[dict[str, Any]], int]:
    """The errors in the log, and how many more came from within Streamlit: of values that none of its pages sends.

    Whose an error is tells the last place in either.
    """
    rows = [json.loads(line) for line in log.splitlines() if line.startswith("{") and '"level": "error"' in line]
    places = [[one for one in row.get("trace", []) if one.startswith(("playground/", "streamlit/"))] for row in rows]
    ours = [row for row, found in zip(rows, places, strict=True) if not found or found[-1].startswith("playground/")]
    return ours, len(rows) - len(ours)


@contextmanager
def _server(folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The app with the folders that it may write."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {"PLAYGROUND_HOME": folder / "data", "HOME": folder / "home", "TMPDIR": folder / "tmp"}
    environment = {**os.environ, **{name: str(place) for name, place in places.items()}, "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PLAYGROUND_RUNS"] = "5000"  # so many pages in so short a time would else be refused
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        for _attempt in range(600):
            if process.poll() is not None:
                raise RuntimeError((folder / "server.log").read_text(errors="replace"))
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                break
            time.sleep(0.1)
        yield port, process
    finally:
        process.terminate()
        process.wait(timeout=60)


def _outside(folder: Path) -> set[str]:
    """All files of the project, and of the server's folders but that of its data."""
    found: set[str] = set()
    for root in (ROOT, folder / "home", folder / "tmp", folder / "given"):
        for place, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in IGNORED]
            found |= {os.path.relpath(os.path.join(place, name), root.parent) for name in names}
    return found


class _Watch:
    """Looks at the memory of a process and its children."""

    def __init__(self, pid: int) -> None:
        self._pid, self._stop, self.peak = pid, threading.Event(), 0
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(0.1):
            self.peak = max(self.peak, sum(map(memory.of_process, _family(self._pid))))


def _family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _family(int(child))
    return found


def _trains(port: int) -> bool:
    """Whether an honest visitor sees a run train."""
    from playground.benchmarks.refresh import Viewer

    try:
        with Viewer(port, {"preset": "ring"}) as viewer:
            viewer.play()
            first, end = viewer.step(), time.monotonic() + 60
            while time.monotonic() < end:
                if viewer.step() > first:
                    return True
    except (RuntimeError, KeyError, OSError):
        pass
    return False


def _limits_met(port: int) -> dict[str, int]:
    """How often each limit was met, by the server's own numbers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    rows = [line.split() for line in lines if line.startswith("gan_playground_limit_")]
    names = {name.removeprefix("gan_playground_limit_").removesuffix("_hits_total"): float(n) for name, n in rows}
    return {name: int(n) for name, n in names.items() if n}
