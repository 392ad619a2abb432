"""The command line: list what there is, train and translate without a browser, run a benchmark.

Exit codes: 0 done; 1 a training that met a NaN; 2 bad input, with one sentence on standard error; 128 + n stopped by
signal n (130: Ctrl-C).
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from tqdm import tqdm

from playground import benchmarks
from playground.cli import lesson, model, sample, script, status, train, translate
from playground.config.games import GAMES
from playground.config.knob import Knob, spell
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS
from playground.data import DATASETS, Progress, report
from playground.data.classics import CLASSICS, download, folder_of, size_of
from playground.data.tasks import TASKS
from playground.losses.objectives import OBJECTIVES
from playground.metrics.catalogue import MEASURES
from playground.utils import terminal, translation
from playground.utils.errors import UserError
from playground.utils.translation import _


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(_("{message}. See “{program} --help”.").format(message=message, program=self.prog))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    terminal.prepare()
    translation.language_of = translation.of_environment
    try:
        options = _parser(with_benchmarks=arguments[:1] == ["bench"]).parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()  # here a full disk can still be said
        return code
    except UserError as error:
        terminal.complain(_(str(error)))
        return 2
    except BrokenPipeError:  # `list knobs | head`
        terminal.give_up_output()
        return 0
    except OSError as error:  # a report that cannot be read or written
        path, reason = error.filename or _("A file"), error.strerror or error
        terminal.complain(_("{path}: {reason}.").format(path=path, reason=reason))
        terminal.give_up_output()
        return 2
    except KeyboardInterrupt:
        return 130


def _parser(with_benchmarks: bool) -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m playground", description="Watch two networks fight.", allow_abbrev=False)
    commands = parser.add_subparsers(
        required=True,
        metavar="list | inspect | train | sample | translate | script | model | lesson | download | status | bench",
    )

    listing = commands.add_parser("list", help=_("what there is to choose from"))
    listing.add_argument("what", choices=tuple(LISTS))
    form = listing.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help=_("as JSON"))
    form.add_argument("--markdown", action="store_true", help=_("knobs only: the table of docs/knobs.md"))
    listing.set_defaults(run=_list)

    looking = commands.add_parser("inspect", help=_("what a file or folder is as data, and how it is understood"))
    looking.add_argument("path", metavar="FILE_OR_FOLDER", type=Path)
    looking.add_argument("--json", action="store_true", help=_("as JSON"))
    looking.add_argument("--separator", metavar="MARK", help=_("of a table: tab, semicolon, comma, bar or space"))
    looking.add_argument("--decimal", metavar="MARK", help=_("of a table: point or comma"))
    looking.add_argument("--thousands", metavar="MARK", help=_("of a table: none, comma, point, space or apostrophe"))
    looking.add_argument("--columns", metavar="X,Y", default="", help=_("of a table: names, or numbers from 1"))
    looking.set_defaults(run=_inspect)

    training = commands.add_parser("train", help=_("train one run and write it to a folder"))
    train.add_arguments(training)
    training.set_defaults(run=train.run)

    translating = commands.add_parser("translate", help=_("have the G of a trained translation translate pictures"))
    translate.add_arguments(translating)
    translating.set_defaults(run=translate.run)

    sampling = commands.add_parser("sample", help=_("have the G of a trained run make samples"))
    sample.add_arguments(sampling)
    sampling.set_defaults(run=sample.run)

    taking = commands.add_parser("model", help=_("take the G of a trained GAN home, to use it elsewhere"))
    model.add_arguments(taking)
    taking.set_defaults(run=model.run)

    writing = commands.add_parser("script", help=_("write a GAN as one file of plain PyTorch, or as a notebook"))
    script.add_arguments(writing)
    writing.set_defaults(run=script.run)

    teaching = commands.add_parser("lesson", help=_("look at the file of a lesson, and list what there is"))
    lesson.add_arguments(teaching)

    downloading = commands.add_parser("download", help=_("fetch a classic dataset once, for use without a network"))
    downloading.add_argument("datasets", nargs="+", choices=tuple(CLASSICS))
    downloading.set_defaults(run=_download)

    asking = commands.add_parser("status", help=_("what a server does that runs now"))
    asking.add_argument("address", nargs="?", default="http://127.0.0.1:8501", help=_("of the server"))
    asking.add_argument("--json", action="store_true", help=_("as JSON"))
    asking.set_defaults(run=status.run)

    measuring = commands.add_parser("bench", help=_("measure"))
    if with_benchmarks:
        kinds = measuring.add_subparsers(required=True, metavar="NAME")
        for module in _benchmarks():
            kind = kinds.add_parser(module.NAME, help=(module.__doc__ or "").split("\n")[0])
            module.add_arguments(kind)
            kind.set_defaults(run=module.run)
    return parser


def _benchmarks() -> list[Any]:
    """The modules of playground.benchmarks that are benchmarks: they have NAME, add_arguments(parser) and run(options).

    One whose packages are not installed is left out: training needs neither Streamlit nor a browser.
    """
    found = []
    for module in pkgutil.iter_modules(benchmarks.__path__):
        try:
            found.append(importlib.import_module(f"{benchmarks.__name__}.{module.name}"))
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("playground"):
                raise
    return [module for module in found if hasattr(module, "NAME")]


# list


def _preset_rows() -> list[dict[str, Any]]:
    return [{"key": p.key, "label": _(p.label), "why": _(p.why), "values": p.values} for p in PRESETS.values()]


def _dataset_rows() -> list[dict[str, Any]]:
    fields = ("kind", "shape", "classes", "source", "licence", "citation")
    return [{"key": d.key, "label": _(d.label), **{f: getattr(d, f) for f in fields}} for d in DATASETS.values()]


def _objective_rows() -> list[dict[str, Any]]:
    fields = ("why", "output", "watch", "d_formula", "g_formula", "paper", "equilibrium", "settings", "settings_from")
    return [{"key": o.key, "label": _(o.label), **{f: getattr(o, f) for f in fields}} for o in OBJECTIVES.values()]


def _metric_rows() -> list[dict[str, Any]]:
    fields = ("formula", "paper", "better", "kinds", "samples", "cost")
    return [
        {"key": m.key, "label": _(m.label), "says": _(m.says), **{f: getattr(m, f) for f in fields}}
        for m in MEASURES.values()
    ]


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


def _game_rows() -> list[dict[str, Any]]:
    return [{"key": g.key, "label": _(g.label), "why": _(g.why)} for g in GAMES.values()]


def _task_rows() -> list[dict[str, Any]]:
    fields = ("strength", "masked", "paired", "partner", "modality")
    return [
        {"key": t.key, "label": _(t.label), "why": _(t.why), **{f: getattr(t, f) for f in fields}}
        for t in TASKS.values()
    ]


LISTS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "presets": _preset_rows,
    "datasets": _dataset_rows,
    "objectives": _objective_rows,
    "games": _game_rows,
    "tasks": _task_rows,
    "metrics": _metric_rows,
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
        terminal.print_json(rows)
        return 0
    width = max(len(row["key"]) for row in rows) + 2
    for row in rows:
        note = row.get("why") or row.get("says") or row.get("source") or _values(KNOBS[row["key"]])
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
    """The table of `docs/knobs.md`."""
    lines = ["| knob | what it is | values | acts |", "|---|---|---|---|"]
    lines += [
        f"| `{knob.name}` | {knob.label} | {_values(knob)} | {'live' if knob.live else 'starts over'} |"
        for knob in KNOBS.values()
    ]
    return "\n".join(lines)


# inspect


def _inspect(options: argparse.Namespace) -> int:
    wish = report.marks(options.separator, options.decimal, options.thousands)
    found = report.inspect(options.path, wish, options.columns)
    if options.json:
        terminal.print_json(found.as_json())
    else:
        print(found.text())
    return 0


# download


def _download(options: argparse.Namespace) -> int:
    """Fetch classics, a progress bar each. Ctrl-C ends it; nothing half-written stays."""
    for key in options.datasets:
        label = _(DATASETS[key].label)
        with tqdm(desc=label, total=size_of(key) or None, unit="B", unit_scale=True) as bar:
            download(key, _moves(bar))
        terminal.say(_("{label} is in {folder}.").format(label=label, folder=folder_of(key)))
    return 0


def _moves(bar: tqdm[NoReturn]) -> Progress:
    """What moves `bar` to what is done; back, if a server starts again."""

    def progress(done: int, total: int) -> None:
        bar.update(done - bar.n)

    return progress
