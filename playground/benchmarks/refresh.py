"""What it costs the server to draw the Train page again, and what a viewer costs the training.

A real `streamlit run app.py` and a real engine; the viewers speak Streamlit's own protocol over a web socket and ask
for the fragment again as the browser does, but draw nothing, so that no browser disturbs the figures. Each viewer plays
a run of its own. Cost: the server process' CPU time by the number of redraws. Payload: the bytes of the messages that a
viewer gets, the code of the components included, by the number of its redraws. What a View costs the main thread of a
browser is measured in one of its own. Another checkout of this project can be measured in turn with this one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, Self
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from tqdm import tqdm
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from playground.benchmarks import browser
from playground.benchmarks.arguments import count
from playground.benchmarks.stamp import commit, stamp
from playground.config.presets import PRESETS
from playground.engine.process import ROOT
from playground.utils import files

NAME = "refresh"
HELP = "server CPU, bytes and browser time per redraw of the Train page; steps per second with a viewer and without"
STEP = re.compile(r'class="step">\D*<b>([\d\s\u202f,.]+)</b>')
STAGES = ("-plane", "-grid")  # how the ids of the stage's components end
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--presets", nargs="+", choices=PRESETS, default=["digits", "ring"])
    parser.add_argument("--viewers", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement")
    parser.add_argument("--rounds", type=count, default=3, help="of steps per second with a viewer and without")
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="another checkout to compare with")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print; write the report to `--json`. Gives the exit code."""
    report: dict[str, Any] = {**stamp(), "seconds": args.seconds, "redraws": [], "training": [], "browser": []}
    reports = {ROOT: report}
    if args.against:
        reports[args.against] = {"commit": commit(args.against), "redraws": [], "browser": []}
        report["against"] = reports[args.against]
    for preset in args.presets:
        for folder, found in reports.items():
            if folder != ROOT:
                tqdm.write(f"of {found['commit']}:")
            _measure(found, preset, args.viewers, args.seconds, folder)
        with server() as (port, _process):
            row = {"preset": preset, **training(port, preset, args.seconds, args.rounds)}
        report["training"].append(row)
        tqdm.write("{preset}: {watched:.0f} steps/s watched, {alone:.0f} alone, ratio {ratio:.2f}".format(**row))
    if args.json:
        files.write(args.json, json.dumps(report, indent=2).encode())
    return 0


def _measure(report: dict[str, Any], preset: str, viewers: list[int], seconds: float, folder: Path) -> None:
    """Add what redraws of the project in `folder` cost the server and the browser."""
    for n in viewers:
        with server(folder) as (port, process):
            row: dict[str, Any] = {"preset": preset, "viewers": n, **redraws(port, process.pid, preset, n, seconds)}
        report["redraws"].append(row)
        tqdm.write(
            "{preset}, {viewers} viewer(s): {ms:.1f} ms of CPU and {kb:.1f} KB per redraw, "
            "{stage_kb:.1f} KB of them the stage's, "
            "{rate:.1f} redraws/s".format(**row)
        )
    with server(folder) as (port, _process):
        shown = {"preset": preset, **browser.main_thread(port, preset, seconds)}
    report["browser"].append(shown)
    tqdm.write(browser.sentence(shown))


def redraws(port: int, pid: int, preset: str, viewers: int, seconds: float) -> dict[str, float]:
    """CPU milliseconds of process `pid` and kilobytes per redraw while `viewers` watch their playing runs."""
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(Viewer(port, {"preset": preset})) for _ in range(viewers)]
        for viewer in crowd:
            viewer.play()
        time.sleep(5)
        cpu, start = _cpu(pid), time.perf_counter()
        before = [sum(column) for column in zip(*((v.redraws, v.received, v.stage) for v in crowd), strict=True)]
        time.sleep(seconds)
        cpu, spent = _cpu(pid) - cpu, time.perf_counter() - start
        after = [sum(column) for column in zip(*((v.redraws, v.received, v.stage) for v in crowd), strict=True)]
    drawn, sent, stage = (then - now for now, then in zip(before, after, strict=True))
    return {
        "ms": 1000 * cpu / drawn,
        "kb": sent / 1000 / drawn,
        "stage_kb": stage / 1000 / drawn,
        "rate": drawn / spent,
    }


def training(port: int, preset: str, seconds: float, rounds: int) -> dict[str, float]:
    """Steps per second with one viewer at the page's own rate and with nobody, taking turns."""
    watched, alone = [], []
    with Viewer(port, {"preset": preset}) as viewer:
        viewer.play()
        time.sleep(5)
        link = viewer.query
    for _ in range(rounds):
        with Viewer(port, link) as viewer:
            first, start = viewer.step(), time.perf_counter()
            time.sleep(seconds)
            last, left = viewer.step(), time.perf_counter()
            watched.append((last - first) / (left - start))
        time.sleep(seconds)
        with Viewer(port, link) as viewer:
            alone.append((viewer.step() - last) / (time.perf_counter() - left))
    ratio = median(w / a for w, a in zip(watched, alone, strict=True))
    return {"watched": median(watched), "alone": median(alone), "ratio": ratio}


@contextlib.contextmanager
def server(folder: Path = ROOT, **settings: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The app in a folder on a free port of 127.0.0.1, with data and settings (PLAYGROUND_...) of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        environment = {**os.environ, "PLAYGROUND_HOME": home, **settings}
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield port, process
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used, its threads included (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Viewer:
    """One page of the app without a browser: keeps its web socket open and asks for its fragment at each tick.

    `pace`: seconds between two redraws, where the page's own rate is too slow. `page`: another one than the first.
    """

    by_clock = False  # whether the pace counts from when a redraw was asked for, as that of a browser, not from its end

    def __init__(self, port: int, query: dict[str, str], pace: float | None = None, page: str = "") -> None:
        self.query = query
        self._page, self._page_hash = page, ""
        self._pace = pace
        self.redraws = 0
        self.received = self.stage = 0  # bytes in all, and those of the stage
        self._step = -1
        self._buttons: dict[str, str] = {}
        self._fragment, self._interval, self._next = "", 0.0, float("inf")
        self._asked = 0.0  # when the latest redraw was
        self._closing = threading.Event()
        self._connection = connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._socket = self._connection.__enter__()
        self._rerun()
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._closing.set()
        self._thread.join()
        self._connection.__exit__(None, None, None)

    def play(self) -> None:
        """Press Play, once there is such a button and the run is there."""
        self.step()
        self.press("Play")

    def go(self, page: str) -> None:
        """Open another page."""
        self._page, self._page_hash = page, ""
        self._rerun()

    def can(self, label: str) -> bool:
        """Whether the page has shown a button with this label."""
        return label in self._buttons

    def press(self, label: str) -> None:
        """Press such a button."""
        self._rerun(button=self._buttons[label])

    def step(self) -> int:
        """The step that the page shows next."""
        self._step = -1
        end = time.monotonic() + 60
        while self._step < 0 or not {"Play", "Pause"} & self._buttons.keys():
            if time.monotonic() > end:
                raise RuntimeError("the page shows no step")
            time.sleep(0.005)
        return self._step

    def _rerun(self, fragment: str = "", button: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = urlencode(self.query)
        state.page_name, state.page_script_hash = "" if self._page_hash else self._page, self._page_hash
        state.fragment_id = fragment
        state.is_auto_rerun = bool(fragment)
        if button:
            widget = state.widget_states.widgets.add()
            widget.id, widget.trigger_value = button, True
        self._socket.send(message.SerializeToString())

    def _watch(self) -> None:
        while not self._closing.is_set():
            try:
                self._take(ForwardMsg.FromString(self._receive()))
            except TimeoutError:
                pass
            except ConnectionClosed:  # the server is gone
                return
            if time.monotonic() > self._next:
                self._next, self._asked = float("inf"), time.monotonic()
                self._rerun(self._fragment)

    def _receive(self) -> bytes:
        data = self._socket.recv(timeout=0.02)
        assert isinstance(data, bytes)
        self.received += len(data)
        return data

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "auto_rerun":
            self._fragment, self._interval = message.auto_rerun.fragment_id, message.auto_rerun.interval
            self._next = time.monotonic() + self._interval
        elif kind == "navigation":  # also where the page led to another one
            self._page_hash = message.navigation.page_script_hash
        elif kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
                self.redraws += 1
            if self._interval:
                since = self._asked if self.by_clock else time.monotonic()
                self._next = since + (self._interval if self._pace is None else self._pace)
        elif kind == "page_info_changed":
            self.query = dict(
                part.split("=", 1) for part in message.page_info_changed.query_string.split("&") if "=" in part
            )
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if element.WhichOneof("type") == "button":
                self._buttons[element.button.label] = element.button.id
            elif element.WhichOneof("type") == "bidi_component" and element.bidi_component.id.endswith(STAGES):
                self.stage += message.ByteSize()
            elif element.WhichOneof("type") == "html":
                self.wrote(element.html.body)
            if element.WhichOneof("type") == "bidi_component":
                self.mounted(element.bidi_component)

    def mounted(self, component: BidiComponent) -> None:
        """Take in what the page has told a component."""

    def wrote(self, html: str) -> None:
        """Take in some HTML that the page has drawn."""
        if found := STEP.search(html):
            self.shown(int(re.sub(r"\D", "", found[1])))

    def shown(self, step: int) -> None:
        """Take in the step of a View that the page has drawn."""
        self._step = step
