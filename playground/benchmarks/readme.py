"""The page of measured figures, written from the files in `assets/evidence`: no figure is typed by hand.

`python -m playground bench readme --write docs/measured.md` puts them between the marks; a test compares. A
benchmark that the page quotes has one function in `readme_parts`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from playground.benchmarks.readme_parts import PARTS
from playground.utils import files
from playground.utils.errors import UserError
from playground.utils.translation import _

NAME = "readme"
HELP = "the figures of docs/measured.md, from assets/evidence"
EVIDENCE = Path(__file__).resolve().parents[2] / "assets" / "evidence"
START, END = "<!-- measured -->\n", "<!-- /measured -->"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", type=Path, metavar="FILE", help="put them between the marks of this file")


def run(args: argparse.Namespace) -> int:
    """Print the figures, or put them into a file. Gives the exit code."""
    text = measured(EVIDENCE)
    if args.write is None:
        sys.stdout.write(text)
        return 0
    before, start, rest = args.write.read_text(encoding="utf-8").partition(START)
    _old, end, after = rest.partition(END)
    if not start or not end:
        raise UserError(_("{path} has no marks between which the figures belong.").format(path=args.write))
    files.write(args.write, (before + start + text + end + after).encode())
    return 0


def measured(folder: Path) -> str:
    """All that the page says of measurements, from the reports in `folder`."""
    text = "\n".join(write(_report(folder / name)) for name, write in PARTS.items())
    return text.replace("](assets/", "](../assets/")


def _report(path: Path) -> Any:
    """A report: JSON as it is, Markdown as text. Raises UserError where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text) if path.suffix == ".json" else text
    except (OSError, ValueError) as error:
        raise UserError(_("{path} is not a report that can be read.").format(path=path)) from error
