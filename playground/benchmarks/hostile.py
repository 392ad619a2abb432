"""What files that were made for harm cost: seconds until a sentence comes, memory, and how long others stand still.

Each crafted file is opened as a page does it, in an engine that trains a run meanwhile. The memory is that of the
engine and of the processes that it starts, above what it was before. Every single bit of the headers of a zip is
flipped as well: in the reader itself, and every `--every`th through the engine.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import pickle
import resource
import struct
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from playground.benchmarks.arguments import count
from playground.benchmarks.stamp import stamp
from playground.config.presets import PRESETS
from playground.engine import run_zip
from playground.engine.engine import Engine
from playground.engine.messages import Play
from playground.engine.run import Run
from playground.training import checkpoint
from playground.utils import files, tensorfile
from playground.utils.errors import UserError

NAME = "hostile"
HELP = "what files that were made for harm cost"
SECONDS, BYTES, STILL = 2.0, 200 * 2**20, 0.2  # that a file may cost at most
VICTIM = "a-run-that-goes-on"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bits", type=count, default=1, help="of the bits of headers, one in so many is flipped")
    parser.add_argument("--every", type=count, default=500, help="of these, one in so many is opened in the engine")
    parser.add_argument("--json", type=Path, metavar="FILE")


# The files


def small_run() -> bytes:
    """A zip of a run with three moments."""
    run = Run("a-run-for-a-test", PRESETS["ring"].config.changed(g_width=8, d_width=8, batch_size=8))
    for _n in range(3):
        run.advance(2)
        run.remember("auto")
    return run_zip.pack(run)


def crafted(good: bytes, size: int = 250_000_000) -> dict[str, bytes]:
    """Zips that begin as a `good` one and are made to take memory or time, or to break a reader; by what they are.

    What unpacks to more than it should does so to about `size` bytes.
    """
    members = _members(good)
    header = json.dumps({"__metadata__": {tensorfile.KEY: "0 {}"}})
    old = {
        "bytearray(n)": _old(b"\x80\x02c__builtin__\nbytearray\nJ\x00\x00\x00\x70\x85R."),
        "no-op opcodes": _old(b"\x80\x02" + b"N0" * (size // 2) + b"N."),
        "few no-op opcodes": _old(b"\x80\x02" + b"N0" * (2 * 2**20 - 8) + b"N."),
        "a program": _old(pickle.dumps(_Program(), 2)),
        "lists in lists": _old(b"\x80\x02" + b"]" * 10**6 + b"a" * (10**6 - 1) + b"."),
        "a maze of references": _old(
            b"\x80\x02]q\0" + b"".join(b"]h%ch%caq%c" % (n, n, n + 1) for n in range(60)) + b"."
        ),
        "a list of itself": _old(b"\x80\x02]q\0h\0a."),
        "a long number": _old(b"\x80\x02\x8b" + struct.pack("<i", 10**6) + b"\x01" * 10**6 + b"."),
    }
    new = {
        "a header without end": struct.pack("<Q", 2**63) + b"{}",
        "a header of brackets": _header("[" * (2**23 - 100)),
        "a header of lists": _header('{"a":[' + "[]," * (2**23 // 3 - 100) + "0]}"),
        "a header of names": _header("{" + ",".join(f'"{n}":{{}}' for n in range(600_000)) + "}"),
        "values in values": _header(json.dumps({"__metadata__": {tensorfile.KEY: "0 " + "[" * 10**6}})),
        "a shape beyond all": _header(
            header[:-1] + ', "a": {"dtype": "F64", "shape": [1000000000000], "data_offsets": [0, 8000000000000]}}'
        ),
        "a negative shape": _header(header[:-1] + ', "a": {"dtype": "U8", "shape": [-1, -8], "data_offsets": [0, 8]}}'),
        "no bytes": b"",
        "zeros": bytes(size // 5),
    }
    files_ = {f"pickle: {name}": _zip({**members, "checkpoint.pt": one}) for name, one in old.items()}
    for name, one in new.items():
        files_[f"checkpoint: {name}"] = _zip({**members, checkpoint.FILE: one})
        files_[f"views: {name}"] = _zip({**members, f"views{run_zip.ENDING}": one})
    files_["timeline: brackets"] = _zip({**members, "timeline.json": b"[" * 10**6})
    files_["timeline: lists"] = _zip({**members, "timeline.json": b"[" + b"[]," * (size // 3) + b"0]"})
    files_["zip: a bomb"] = _zip({**members, f"moments/9{run_zip.ENDING}": bytes(size)})
    files_["zip: too many entries"] = _zip({**members, **{str(n): b"" for n in range(60_000)}})
    files_["zip: nothing in it"] = _zip({})
    files_["own set: a bomb"] = _zip({**members, "own.npz": _npz({"x": np.zeros((size // 8, 2), np.float32)})})
    return files_


class _Program:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('unpickled')",)


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _old(program: bytes) -> bytes:
    """A file as `torch.save` wrote it, with that pickle."""
    return _zip({"archive/data.pkl": program, "archive/version": b"3", "archive/byteorder": b"little"})


def _header(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _npz(arrays: dict[str, np.ndarray]) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def header_bits(content: bytes) -> list[int]:
    """The places of all bits in a zip that are not the content of a member, nor text for people."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        end = archive.start_dir
    places: list[int] = []
    for entry in entries:
        begin = entry.header_offset + 30 + len(entry.filename)
        places += range(entry.header_offset, begin)
    return [8 * at + bit for at in [*places, *range(end, len(content))] for bit in range(8)]


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


# The measurement


class _Watch:
    """Looks every few milliseconds at the memory of this process and its children, and at the steps of a run."""

    def __init__(self, run: Run) -> None:
        self._run, self._stop = run, threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.peak = self.still = 0.0

    def __enter__(self) -> _Watch:
        self._before = _memory()
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        step, since = self._run.step, time.perf_counter()
        while not self._stop.wait(0.005):
            now = time.perf_counter()
            self.still = max(self.still, now - since)
            if self._run.step != step:
                step, since = self._run.step, now
            self.peak = max(self.peak, _memory() - self._before)


def _memory() -> int:
    """Bytes of this process and its children."""
    total, own = 0, os.getpid()
    children = Path(f"/proc/{own}/task")
    pids = {own}
    for task in children.iterdir():
        try:
            pids |= {int(pid) for pid in (task / "children").read_text().split()}
        except OSError:
            continue
    for pid in pids:
        try:  # a process that was just forked shares all memory with this one until it becomes the reader
            if pid != own and b"sandbox" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                continue
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            continue
    return total


def _children_cpu() -> float:
    """The seconds of work of the processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _opened(engine: Engine, run: Run, number: int, content: bytes | None) -> dict[str, Any]:
    """What opening one file costs; None: what two seconds cost in which nothing is opened."""
    with _Watch(run) as watch:
        start, cpu, sentence = time.perf_counter(), _children_cpu(), ""
        try:
            if content is None:
                time.sleep(2.0)
            else:
                engine.open(f"a-hostile-file-{number:06}", content)
        except UserError as error:
            sentence = str(error)
        seconds, cpu = time.perf_counter() - start, _children_cpu() - cpu
        time.sleep(0.05)
    engine.view(VICTIM)
    return {
        "bytes": len(content or b""),
        "seconds": round(seconds, 3),
        "cpu": round(cpu, 3),
        "mib": round(watch.peak / 2**20, 1),
        "still": round(watch.still, 3),
        "sentence": sentence,
    }


def run(args: argparse.Namespace) -> int:
    """Measure and print a table; write it to `--json`. Gives the exit code: 1 if a file cost too much or was opened."""
    good = small_run()
    bits = header_bits(good)[:: args.bits]
    flips = {"refused": 0, "opened": 0, "other": 0}
    for bit in tqdm(bits, desc="bits", disable=None):
        try:
            run_zip.READERS["run"](flipped(good, bit))
            flips["opened"] += 1  # e.g. a date, or the name of a member that is only for people
        except UserError:
            flips["refused"] += 1
        except Exception:
            flips["other"] += 1
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder)).start()
        engine.create(VICTIM, PRESETS["ring"].config.model_dump())
        engine.send(VICTIM, Play())
        while (view := engine.view(VICTIM)) is None or view.step < 50:
            time.sleep(0.05)
        victim = engine._slots[VICTIM].run
        assert victim is not None
        rows = {"nothing is opened": _opened(engine, victim, 0, None), "a good run": _opened(engine, victim, 0, good)}
        for n, (name, content) in enumerate(tqdm(crafted(good).items(), desc="files", disable=None)):
            rows[name] = _opened(engine, victim, n + 1, content)
        some = [_opened(engine, victim, 1000 + bit, flipped(good, bit)) for bit in tqdm(bits[:: args.every])]
        rows["flipped bits, the most of each"] = {
            **{key: max(row[key] for row in some) for key in ("bytes", "seconds", "cpu", "mib", "still")},
            "sentence": "",
            "n": len(some),
        }
        engine.stop()
    report: dict[str, Any] = {
        **stamp(), "load": round(os.getloadavg()[0], 1),
        "limits": {"seconds": SECONDS, "mib": BYTES / 2**20, "still": STILL},
        "header_bits": len(bits), "flips": flips, "files": rows,
    }  # fmt: skip
    out = ["| file | bytes | seconds | of work | MiB | others stood still, s |", "|---|---|---|---|---|---|"]
    columns = ("bytes", "seconds", "cpu", "mib", "still")
    out += ["| " + " | ".join([name, *(str(row[key]) for key in columns)]) + " |" for name, row in rows.items()]
    sys.stdout.write("\n".join([*out, "", f"header bits flipped one by one: {len(bits)}: {flips}"]) + "\n")
    if args.json:
        files.write(args.json, (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode())
    expensive = [r for r in rows.values() if r["seconds"] > SECONDS or r["mib"] * 2**20 > BYTES or r["still"] > STILL]
    through = [
        name for name, r in rows.items() if not r["sentence"] and not name.startswith(("nothing", "a good", "flipped"))
    ]
    return int(bool(expensive or through or flips["other"]))
