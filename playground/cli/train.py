"""`python -m playground train`: train one run without a browser and write it to a folder."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from playground.benchmarks.arguments import seconds
from playground.config.knob import assignments, spell
from playground.config.presets import DEFAULT, PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.config.starts import begun_for
from playground.export import run_folder
from playground.training import checkpoint
from playground.utils import files, terminal
from playground.utils.errors import UserError
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.history import History
    from playground.engine.run import Run

CHUNK = 0.1  # seconds between two moves of the progress bar
SAVE_EVERY = 30.0  # seconds
CONFIG_LIMIT = 1_000_000  # bytes
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # Ctrl-C, the end of a job or of the machine, a terminal that closes
START = ("preset", "config", "assignments", "data", "seed", "device", "out", "overwrite")  # flags of a new run


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags that spell a config, see `config_of`."""
    parser.add_argument(
        "--preset", metavar="KEY", help=_("where the knobs start; {key} if nothing is said").format(key=DEFAULT)
    )
    parser.add_argument("--config", metavar="FILE", type=Path, help=_("a JSON file of knobs, on top of the preset"))
    parser.add_argument(
        "--set", metavar="KNOB=VALUE", action="extend", nargs="+", dest="assignments", help=_("knobs; may be repeated")
    )
    parser.add_argument("--data", metavar="FOLDER", help=_("train on a folder of IDX files"))
    parser.add_argument("--seed", help=KNOBS["seed"].label)
    parser.add_argument("--device", help=", ".join(KNOBS["device"].choices or ()))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config_arguments(parser)
    parser.add_argument("--steps", type=_steps, default=2000, help=_("how many steps to train (2000)"))
    parser.add_argument("--out", metavar="DIR", type=Path, help=_("the folder to write to; without a run in it"))
    parser.add_argument(
        "--overwrite",
        action="store_true",
        default=None,
        help=_("with --out: write to the folder although it holds a run, which is lost"),
    )
    parser.add_argument(
        "--resume",
        metavar="DIR",
        type=Path,
        help=_("go on with the run in this folder, from where it was saved last, for so many more --steps"),
    )
    parser.add_argument(
        "--save-every",
        metavar="SECONDS",
        type=seconds,
        default=SAVE_EVERY,
        help=_("save at least this often (30); it is also saved at the end, on Ctrl-C, SIGTERM and SIGHUP"),
    )


def _steps(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10**9:
        raise argparse.ArgumentTypeError(_("“{value}” is not a number of steps").format(value=text[:40]))
    return int(text)


class Stop:
    """Turns the first signal that would end the process into a wish to stop; a second one ends it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signal = 0  # the number of the first one
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in SIGNALS if hasattr(signal, name)):
                if signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` sets it
                    self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if self.signal:
            with suppress(OSError):
                files.clear(self.folder, run_folder.FILES)
            os._exit(128 + number)
        self.signal = number


def run(options: argparse.Namespace) -> int:
    """Train and save; gives the exit code: 0, 1 if the training failed, 128 + n if signal n stopped it."""
    folder = _folder(options)
    with Stop(folder) as stop, ExitStack() as claim:
        from playground.engine.run import Run  # imports torch

        if options.resume is not None:
            claim.enter_context(run_folder.claimed(folder))
            training = Run.from_bytes("cli", _read(checkpoint.file_in(folder)))
        else:
            _refuse_to_overwrite(folder, options)
            training = Run("cli", config_of(options))
            run_folder.create(folder)
            claim.enter_context(run_folder.claimed(folder))
            _refuse_to_overwrite(folder, options)
        target = training.step + options.steps
        saving = _Saving(training, folder, options.save_every)
        saving.save()  # a folder that cannot be written is better known before the training
        _advance(training, target, saving, stop)
        training.settle()
        run_folder.save(folder, training, _failed(training))
        return _report(training, folder, target, stop.signal)


def _folder(options: argparse.Namespace) -> Path:
    """Where to write. Raises UserError for flags that do not go together."""
    if options.resume is not None:
        if given := [name for name in START if getattr(options, name) is not None]:
            flag = "set" if given[0] == "assignments" else given[0]
            raise UserError(_("--resume goes on as the run is, so leave --{flag} away.").format(flag=flag))
        return Path(options.resume)
    if options.out is None:
        raise UserError(_("Say where to write with --out DIR."))
    return Path(options.out)


def _refuse_to_overwrite(folder: Path, options: argparse.Namespace) -> None:
    """Raises UserError if a run would be lost."""
    if not options.overwrite and (found := run_folder.found(folder)):
        sentence = _(
            "{folder} holds {file} already. Go on with that run with --resume {folder}, choose another folder, "
            "or lose what is there with --overwrite."
        )
        raise UserError(sentence.format(folder=shlex.quote(str(folder)), file=found[0]))


def _report(run: Run, folder: Path, target: int, signal_number: int) -> int:
    """Say how it ended; gives the exit code."""
    if run.notice:
        terminal.complain(run.notice)
    elif signal_number and run.step < target:
        sentence = _("Stopped by {signal} and saved. Go on with: train --resume {folder} --steps {rest}")
        name = signal.Signals(signal_number).name
        terminal.complain(sentence.format(signal=name, folder=shlex.quote(str(folder)), rest=target - run.step))
    terminal.say(_("Step {step:,}. Files in {folder}.").format(step=run.step, folder=folder))
    if signal_number:
        return 128 + signal_number
    return 1 if run.notice else 0


def config_of(options: argparse.Namespace) -> RunConfig:
    """The config that the flags spell: preset, then file, then flags. Raises UserError with the first finding.

    Another game than that of preset and file begins with knobs that suit it, and it is said which.
    """
    key = options.preset or DEFAULT
    if key not in PRESETS:
        raise UserError(
            _("There is no preset named “{key}”; choose one of: {keys}.").format(key=key[:40], keys=", ".join(PRESETS))
        )
    base = RunConfig() if options.config is not None and options.preset is None else PRESETS[key].config
    filed: dict[str, Any] = {} if options.config is None else _config_file(options.config)
    flags: dict[str, Any] = {} if options.data is None else {"dataset": "idx", "folder": options.data}
    flags |= assignments(options.assignments or ())
    flags |= {name: value for name in ("seed", "device") if (value := getattr(options, name)) is not None}
    before = RunConfig.read(filed, base)[0]
    start = begun_for(flags, before)
    if start is before:
        return base.changed(**{**filed, **flags})
    config = start.changed(**{**filed, **flags})
    _say_what_came(config, [name for name in config.differences(base) if name not in filed and name not in flags])
    return config


def _say_what_came(config: RunConfig, names: list[str]) -> None:
    """Which knobs came with another game, as they may be written after --set."""
    if names:
        sentence = _("“{game}” begins with knobs that suit it: {knobs}.")
        knobs = ", ".join(f"{name}={spell(getattr(config, name))}" for name in names)
        terminal.say(sentence.format(game=KNOBS["game"].written(config.game), knobs=knobs))


def _config_file(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(_read(path, CONFIG_LIMIT))
    except (ValueError, RecursionError) as error:
        raise UserError(_("{path} is not a JSON file.").format(path=path)) from error
    if not isinstance(values, dict):
        raise UserError(_("{path} holds no table of knobs.").format(path=path))
    return values


def _read(path: Path, limit: int | None = None) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise UserError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error


class _Saving:
    """Saves a run so often that what is on the disk is not older than `every` seconds."""

    def __init__(self, run: Run, folder: Path, every: float) -> None:
        self.run, self.folder, self.every = run, folder, every
        self.due = 0.0
        self._cost = 0.0  # seconds that a save takes
        self._said = ""

    def save(self) -> None:
        """Save now. Raises UserError."""
        start = time.monotonic()
        try:
            run_folder.save(self.folder, self.run)  # a run that is broken is found by the training itself
        finally:
            self._cost = max(time.monotonic() - start, self._cost / 2)
            # In time for the next one to be written; but half of the time goes into training.
            self.due = max(start + self.every - 2 * self._cost, time.monotonic() + self.every / 2)

    def try_to_save(self) -> None:
        """Save now; where that cannot be, say so once: the next time may be better."""
        try:
            self.save()
        except UserError as error:
            if self._said != str(error):
                self._said = str(error)
                with tqdm.external_write_mode(file=sys.stderr):
                    terminal.complain(_("{sentence} The training goes on and tries again.").format(sentence=error))


def _advance(run: Run, target: int, saving: _Saving, stop: Stop) -> None:
    """Train up to step `target` under a progress bar, until it fails or a signal comes."""
    with tqdm(total=target - run.step, unit=" steps", disable=None) as bar:
        while run.step < target and not run.notice and not stop.signal:
            bar.update(run.advance(target - run.step, _either(min(time.monotonic() + CHUNK, saving.due), stop)))
            if run.step < target and time.monotonic() >= saving.due:
                saving.try_to_save()


def _either(end: float, stop: Stop) -> Callable[[], bool]:
    """A function that tells whether the time has come, after one step at least, or a signal."""
    calls = itertools.count()
    return lambda: stop.signal != 0 or (next(calls) > 0 and time.monotonic() > end)


def _failed(run: Run) -> tuple[History, int] | None:
    """The curves of a training that failed, which the run itself has left, and the step at which that was found."""
    if not run.notice:
        return None
    branch = run.timeline.branches[-2]
    return run.timeline.stories[branch.id].history, branch.end
