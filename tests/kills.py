"""Kills `train` at random moments, also while it saves, and looks at what is on the disk after each kill.

One run is killed and resumed again and again, and at last trained to its end: its files must then equal, to the bit,
those of the same run that nobody killed.

    python -m tests.kills --kills 24 --json assets/evidence/kills.json

Every second kill comes at a random time from outside; the others come from within a save, right before one of its
operations on files. Needs Unix: the trainings are forked, so that PyTorch is imported once.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import random
import shlex
import signal
import struct
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

from playground.benchmarks.arguments import count, seconds
from playground.benchmarks.stamp import stamp
from playground.cli.main import main as playground
from playground.engine.run import Run
from playground.export import run_folder
from playground.training.games.gan import GAN
from playground.utils import files

STEPS = 10**6  # of a training that is killed
TAIL = 20  # steps of the last one, which ends by itself
OPERATIONS = ("fsync", "fsync", "fsync", "fsync", "replace", "replace", "replace", "replace", "fsync")  # of a save
NS = 1e-9
KINDS = {
    "whole": "all four files are those of one save",
    "behind": "killed between two moves: beside the new checkpoint lie the curves or the picture of an earlier save",
    "torn": "anything else: a file is cut off, or the curves are not those of this run until its checkpoint",
}


class Notes:
    """What a training writes down for its killer, in memory that both share: when each step was done."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8 * (STEPS + 1))

    def note(self, step: int) -> None:
        struct.pack_into("q", self._memory, 8 * step, time.monotonic_ns())

    def time(self, step: int) -> int:
        """In nanoseconds; 0 where it was not done."""
        return int(struct.unpack_from("q", self._memory, 8 * step)[0])

    def last(self, step: int) -> int:
        """The last step that was done, from `step` on."""
        while step + 1 < STEPS and self.time(step + 1):
            step += 1
        return step

    def note_death(self) -> int:
        """Note the present as the time of the kill; gives it in nanoseconds."""
        self.note(STEPS)
        return self.time(STEPS)

    def forget(self) -> None:
        self._memory[:] = bytes(len(self._memory))


def train(notes: Notes, flags: list[str], strike: tuple[int, int] | None) -> int:
    """Start `train` in a process of its own, which kills itself before operation `strike[1]` of save `strike[0]`."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        _take_notes(notes)
        if strike is not None:
            _strike(notes, *strike)
        code = playground(["train", *flags])
    finally:
        os._exit(code)


def _take_notes(notes: Notes) -> None:
    step = GAN.step

    def noted(self: GAN) -> None:
        if not notes.time(self.step_count):
            notes.note(self.step_count)
        step(self)
        notes.note(self.step_count)

    GAN.step = noted  # type: ignore[method-assign]


def _strike(notes: Notes, save: int, operation: int) -> None:
    done = 0

    def deadly(function):  # type: ignore[no-untyped-def]
        def call(*arguments):  # type: ignore[no-untyped-def]
            nonlocal done
            if done == save * len(OPERATIONS) + operation:
                notes.note_death()
                os.kill(os.getpid(), signal.SIGKILL)
            done += 1
            return function(*arguments)

        return call

    os.fsync, os.replace = deadly(os.fsync), deadly(os.replace)


def inspect(folder: Path) -> tuple[int, str]:
    """The step that was saved, and of what kind the set is, see `KINDS`."""
    found = {name: (folder / name).read_bytes() for name in run_folder.FILES}
    run = Run.from_bytes("killed", found[run_folder.CHECKPOINT])
    right = run_folder.contents(run)
    assert right is not None
    if found == right:
        return run.step, "whole"
    curves, picture = found["history.csv"], found["samples.png"]
    earlier = curves.endswith(b"\n") and right["history.csv"].startswith(curves) and picture.endswith(b"IEND\xaeB`\x82")
    return run.step, "behind" if earlier and found["config.json"] == right["config.json"] else "torn"


def kill_again_and_again(folder: Path, kills: int, every: float, seed: int) -> list[dict[str, object]]:
    """One row a kill. The run lies in `folder`."""
    dice, notes, rows = random.Random(seed), Notes(), []
    start, first = 0, ["--preset", "ring", "--device", "cpu", "--seed", str(seed), "--out", str(folder)]
    for n in range(kills):
        notes.forget()
        strike = (dice.randrange(3), dice.randrange(len(OPERATIONS))) if n % 2 else None
        flags = ["--resume", str(folder)] if n else first
        child = train(notes, [*flags, "--steps", str(STEPS), "--save-every", str(every)], strike)
        if strike is None:
            while not notes.time(start):
                time.sleep(0.001)
            time.sleep(dice.uniform(0, 3 * every))
            notes.note_death()
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status), f"train ended by itself: {status}"
        reached = notes.last(start)
        saved, state = inspect(folder)
        left = [path.name for path in folder.iterdir() if path.name not in run_folder.FILES]
        where = "anywhere"
        if strike is not None:
            where = f"in save {strike[0]} before {OPERATIONS[strike[1]]} ({strike[1] + 1} of {len(OPERATIONS)})"
        lost = round((notes.time(STEPS) - notes.time(saved)) * NS, 3) if notes.time(saved) else 0.0  # had not begun
        row = {"kill": n + 1, "where": where, "step": reached, "saved": saved, "seconds_lost": lost, "set": state}
        rows.append({**row, "temporary_files": len(left)})
        print(rows[-1], file=sys.stderr, flush=True)
        start = saved
    return rows


def finish(folder: Path, other: Path, seed: int) -> bool:
    """Train the run to its end, and the same one that nobody kills; gives whether their files are the same bytes."""
    step = inspect(folder)[0] + TAIL
    notes = Notes()
    common = ["--preset", "ring", "--device", "cpu", "--seed", str(seed)]
    for flags in (
        ["--resume", str(folder), "--steps", str(TAIL)],
        [*common, "--out", str(other), "--steps", str(step)],
    ):
        status = os.waitpid(train(notes, flags, None), 0)[1]
        if status:
            return False
    names = {path.name for path in folder.iterdir()}
    return names == set(run_folder.FILES) and all(
        (folder / name).read_bytes() == (other / name).read_bytes() for name in names
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--kills", type=count, default=24)
    parser.add_argument("--save-every", type=seconds, default=3.0, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, other = Path(place) / "killed", Path(place) / "alone"
        rows = kill_again_and_again(folder, options.kills, options.save_every, options.seed)
        equal = finish(folder, other, options.seed)
    report = {
        **stamp(),
        "command": f"python -m tests.kills {shlex.join(sys.argv[1:])}",
        "kinds": KINDS,
        "save_every": options.save_every,
        "most_seconds_lost": max(float(str(row["seconds_lost"])) for row in rows),
        "torn": sum(row["set"] == "torn" for row in rows),
        "behind": sum(row["set"] == "behind" for row in rows),
        "equal_to_the_run_that_nobody_killed": equal,
        "rows": rows,
    }
    text = json.dumps(report, indent=1) + "\n"
    print(text, end="")
    if options.json:
        files.write(options.json, text.encode())
    return int(bool(report["torn"]) or not equal)


if __name__ == "__main__":
    sys.exit(main())
