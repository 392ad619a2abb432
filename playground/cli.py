"""The command line: list what there is, train without a browser, run a benchmark.

Exit codes: 0 done; 1 a training that met a NaN; 2 bad input, with one sentence on standard error; 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tqdm import tqdm

from playground import bench, tables
from playground.config import KNOBS, RunConfig
from playground.data import DATASETS, Progress
from playground.data.classics import CLASSICS, download, folder_of, size_of
from playground.errors import UserError
from playground.i18n import _
from playground.knob import Knob, assignments, spell
from playground.objectives import OBJECTIVES
from playground.presets import DEFAULT, PRESETS

if TYPE_CHECKING:
    from playground.engine.run import Run

CHECKPOINT = "checkpoint.pt"
CHUNK = 0.1  # seconds between two moves of the progress bar
MOMENT_EVERY = 30.0  # seconds between two saved moments in memory
CONFIG_LIMIT = 1_000_000  # bytes


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(_("{message}. See “{program} --help”.").format(message=message, program=self.prog))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        options = _parser(with_benchmarks=arguments[:1] == ["bench"]).parse_args(arguments)
        code: int = options.run(options)
        return code
    except UserError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    except BrokenPipeError:  # `list knobs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what Python flushes at its end
        return 0
    except OSError as error:  # a report that cannot be read or written
        path, reason = error.filename or _("A file"), error.strerror or error
        print(_("{path}: {reason}.").format(path=path, reason=reason), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser(with_benchmarks: bool) -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m playground", description="Watch two networks fight.", allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="list | train | download | bench")

    listing = commands.add_parser("list", help=_("what there is to choose from"))
    listing.add_argument("what", choices=tuple(LISTS))
    form = listing.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help=_("as JSON"))
    form.add_argument("--markdown", action="store_true", help=_("knobs only: the README's table"))
    listing.set_defaults(run=_list)

    train = commands.add_parser("train", help=_("train one run and write it to a folder"))
    train.add_argument(
        "--preset", metavar="KEY", help=_("where the knobs start; {key} if nothing is said").format(key=DEFAULT)
    )
    train.add_argument("--config", metavar="FILE", type=Path, help=_("a JSON file of knobs, on top of the preset"))
    train.add_argument(
        "--set", metavar="KNOB=VALUE", action="extend", nargs="+", dest="assignments", help=_("knobs; may be repeated")
    )
    train.add_argument("--data", metavar="FOLDER", help=_("train on a folder of IDX files"))
    train.add_argument("--seed", help=KNOBS["seed"].label)
    train.add_argument("--device", help=", ".join(KNOBS["device"].choices or ()))
    train.add_argument("--steps", type=_steps, default=2000, help=_("how many steps to train (2000)"))
    train.add_argument("--out", metavar="DIR", type=Path, help=_("the folder to write to"))
    train.add_argument("--resume", metavar="DIR", type=Path, help=_("go on with the run in this folder"))
    train.set_defaults(run=_train)

    downloading = commands.add_parser("download", help=_("fetch a classic dataset once, for use without a network"))
    downloading.add_argument("datasets", nargs="+", choices=tuple(CLASSICS))
    downloading.set_defaults(run=_download)

    benchmarks = commands.add_parser("bench", help=_("measure"))
    if with_benchmarks:
        kinds = benchmarks.add_subparsers(required=True, metavar="NAME")
        for module in _benchmarks():
            kind = kinds.add_parser(module.NAME, help=(module.__doc__ or "").split("\n")[0])
            module.add_arguments(kind)
            kind.set_defaults(run=module.run)
    return parser


def _benchmarks() -> list[Any]:
    """The modules of playground.bench that are benchmarks: they have NAME, add_arguments(parser) and run(options).

    One whose packages are not installed is left out: training needs neither Streamlit nor a browser.
    """
    found = []
    for module in pkgutil.iter_modules(bench.__path__):
        try:
            found.append(importlib.import_module(f"{bench.__name__}.{module.name}"))
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("playground"):
                raise
    return [module for module in found if hasattr(module, "NAME")]


def _steps(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10**9:
        raise argparse.ArgumentTypeError(_("“{value}” is not a number of steps").format(value=text[:40]))
    return int(text)


# list


def _preset_rows() -> list[dict[str, Any]]:
    return [{"key": p.key, "label": _(p.label), "why": _(p.why), "values": p.values} for p in PRESETS.values()]


def _dataset_rows() -> list[dict[str, Any]]:
    fields = ("kind", "shape", "classes", "source", "licence", "citation")
    return [{"key": d.key, "label": _(d.label), **{f: getattr(d, f) for f in fields}} for d in DATASETS.values()]


def _objective_rows() -> list[dict[str, Any]]:
    fields = ("why", "output", "watch", "d_formula", "g_formula", "paper", "equilibrium", "settings")
    return [{"key": o.key, "label": _(o.label), **{f: getattr(o, f) for f in fields}} for o in OBJECTIVES.values()]


def _knob_rows() -> list[dict[str, Any]]:
    return [
        {
            "key": knob.name,
            "label": _(knob.label),
            "help": _(knob.help),
            "group": _(knob.group),
            "live": knob.live,
            "type": knob.type.__name__,
            "default": knob.default,
            "low": knob.low,
            "high": knob.high,
            "choices": None if knob.choices is None else list(knob.choices),
        }
        for knob in KNOBS.values()
    ]


LISTS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "presets": _preset_rows,
    "datasets": _dataset_rows,
    "objectives": _objective_rows,
    "knobs": _knob_rows,
}


def _list(options: argparse.Namespace) -> int:
    if options.markdown and options.what != "knobs":
        raise UserError(_("--markdown is for “list knobs” only."))
    if options.markdown:
        print(knob_table())
        return 0
    rows = LISTS[options.what]()
    if options.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    width = max(len(row["key"]) for row in rows) + 2
    for row in rows:
        note = row.get("why") or row.get("source") or _values(KNOBS[row["key"]])
        print(f"{row['key']:{width}}{row['label']}: {note}")
    return 0


def _values(knob: Knob) -> str:
    """What `knob` may be, and its default."""
    if knob.choices is not None:
        span = ", ".join(knob.choices)
    elif knob.low is not None and knob.high is not None:
        span = _("{low} to {high}").format(low=f"{knob.low:.10g}", high=f"{knob.high:.10g}")
    else:
        span = _("on, off") if knob.type is bool else _("text")
    default = spell(knob.default)
    return span if default == "" else _("{span} (default {default})").format(span=span, default=default)


def knob_table() -> str:
    """The README's table of knobs."""
    lines = ["| knob | what it is | values | acts |", "|---|---|---|---|"]
    lines += [
        f"| `{knob.name}` | {knob.label} | {_values(knob)} | {'live' if knob.live else 'starts over'} |"
        for knob in KNOBS.values()
    ]
    return "\n".join(lines)


# train


def _train(options: argparse.Namespace) -> int:
    from playground.engine.run import Run  # imports torch

    start = ("preset", "config", "assignments", "data", "seed", "device", "out")
    folder: Path
    if options.resume is not None:
        if given := [name for name in start if getattr(options, name) is not None]:
            flag = "set" if given[0] == "assignments" else given[0]
            raise UserError(_("--resume goes on as the run is, so leave --{flag} away.").format(flag=flag))
        folder = options.resume
        run = Run.from_bytes("cli", _read(folder / CHECKPOINT))
    elif options.out is None:
        raise UserError(_("Say where to write with --out DIR."))
    else:
        folder = options.out
        run = Run("cli", _config(options))
    _save(run, folder)  # a folder that cannot be written is better known before the training
    code = _advance(run, options.steps)
    _save(run, folder)
    if run.notice:
        print(run.notice, file=sys.stderr)
    print(_("Step {step:,}. Files in {folder}.").format(step=run.step, folder=folder))
    return code


def _config(options: argparse.Namespace) -> RunConfig:
    """The config that the flags spell: preset, then file, then flags. Raises UserError with the first finding."""
    key = options.preset or DEFAULT
    if key not in PRESETS:
        raise UserError(
            _("There is no preset named “{key}”; choose one of: {keys}.").format(key=key[:40], keys=", ".join(PRESETS))
        )
    base = RunConfig() if options.config is not None and options.preset is None else PRESETS[key].config
    values: dict[str, Any] = {} if options.config is None else _config_file(options.config)
    if options.data is not None:
        values |= {"dataset": "idx", "folder": options.data}
    values |= assignments(options.assignments or ())
    values |= {name: value for name in ("seed", "device") if (value := getattr(options, name)) is not None}
    return base.changed(**values)


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


def _advance(run: Run, steps: int) -> int:
    """Make `steps` steps under a progress bar; 0, or 1 for a training that failed, or 130 for an interrupted one."""
    target, saved = run.step + steps, time.monotonic()
    with tqdm(total=steps, unit=" steps", disable=None) as bar:
        try:
            while run.step < target and not run.notice:
                bar.update(run.advance(target - run.step, _timer(CHUNK)))
                if run.step == target:
                    run.settle()
                if time.monotonic() - saved > MOMENT_EVERY:
                    run.keep_moment()
                    saved = time.monotonic()
        except KeyboardInterrupt:
            return 130
    return 1 if run.notice else 0


def _timer(seconds: float) -> Callable[[], bool]:
    """A function that tells whether `seconds` have passed."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def _save(run: Run, folder: Path) -> None:
    from playground import export
    from playground.engine.look import look

    view = look(run, 0, "ema")
    assert view.samples is not None
    export.write(folder / "config.json", tables.config_json(view.config))
    export.write(folder / "history.csv", tables.history_csv(run.history.columns()))
    export.write(folder / "samples.png", export.samples_png(view.samples, view.real, view.extent))
    export.write(folder / CHECKPOINT, run.to_bytes())


# download


def _download(options: argparse.Namespace) -> int:
    """Fetch classics, a progress bar each. Ctrl-C ends it; nothing half-written stays."""
    for key in options.datasets:
        label = _(DATASETS[key].label)
        with tqdm(desc=label, total=size_of(key) or None, unit="B", unit_scale=True) as bar:
            download(key, _moves(bar))
        print(_("{label} is in {folder}.").format(label=label, folder=folder_of(key)))
    return 0


def _moves(bar: tqdm[NoReturn]) -> Progress:
    """What moves `bar` to what is done; back, if a server starts again."""

    def progress(done: int, total: int) -> None:
        bar.update(done - bar.n)

    return progress
