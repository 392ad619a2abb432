"""`python -m playground lesson`: look at the file of a lesson, list the lessons, list the words of their checks."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from playground.lessons import lesson
from playground.lessons.vocabulary import VOCABULARY, Word
from playground.metrics.catalogue import readable
from playground.utils import terminal
from playground.utils.translation import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    doing = parser.add_subparsers(required=True, metavar="check | words | list")
    checking = doing.add_parser("check", help=_("say every mistake in the files of a lesson"))
    checking.add_argument("folder", metavar="FOLDER", type=Path)
    checking.set_defaults(run=_check)
    naming = doing.add_parser("words", help=_("the words that a check may use"))
    naming.add_argument("--markdown", action="store_true", help=_("the table of docs/lessons.md"))
    naming.set_defaults(run=_words)
    listing = doing.add_parser("list", help=_("the lessons that there are"))
    listing.add_argument("--json", action="store_true", help=_("as JSON"))
    listing.set_defaults(run=_list)


def _check(options: argparse.Namespace) -> int:
    """Read the file of each language; exit code 2 and a line for each mistake, or some lines of what was understood."""
    there = sorted(path.stem for path in options.folder.glob("*.md") if lesson.LANGUAGE.fullmatch(path.stem))
    wrong: list[lesson.Mistake] = []
    said: list[str] = []
    for language in there or ["en"]:
        try:
            said.append(_summary(lesson.read(options.folder, language, readable())))
        except lesson.LessonError as error:
            wrong += error.mistakes
    for mistake in wrong:
        terminal.complain(str(mistake))
    if wrong:
        return 2
    print("\n".join(said))
    return 0


def _summary(found: lesson.Lesson) -> str:
    head = _("{key} ({language}): {title}, {minutes} minutes, {n} steps").format(
        key=found.key, language=found.language, title=found.title, minutes=found.minutes, n=len(found.steps)
    )
    return "\n".join([head, *(f"  {n}. {step.title}: {_deed(step)}" for n, step in enumerate(found.steps, 1))])


def _deed(step: lesson.Step) -> str:
    """What ticks a step."""
    if step.check is not None:
        return step.check.text
    return _("a question with {n} answers").format(n=len(step.choices)) if step.question else _("to be read")


def _words(options: argparse.Namespace) -> int:
    if options.markdown:
        print(word_table())
        return 0
    width = max(len(spelled(name)) for name in VOCABULARY) + 2
    for name, word in VOCABULARY.items():
        print(f"{spelled(name):{width}}{_(word.type)}: {_(word.says)}{_choices(word)}")
    return 0


def spelled(name: str) -> str:
    """A word as it stands in a check."""
    takes = VOCABULARY[name].takes
    if not takes:
        return name
    return f"{name}(200)" if takes == "step" else f'{name}("{takes}")'


def _choices(word: Word) -> str:
    return " " + _("One of: {options}.").format(options=", ".join(word.choices)) if word.choices else ""


def word_table() -> str:
    """The table of `docs/lessons.md`."""
    rows = [f"| `{spelled(name)}` | {_(w.type)} | {_(w.says)}{_choices(w)} |" for name, w in VOCABULARY.items()]
    return "\n".join(["| word | is a | what it is |", "|---|---|---|", *rows])


def _list(options: argparse.Namespace) -> int:
    rows = [
        {k: v for k, v in asdict(found).items() if k != "steps"} | {"steps": len(found.steps)}
        for found in lesson.LESSONS.values()
    ]
    if options.json:
        terminal.print_json(rows)
        return 0
    width = max((len(key) for key in lesson.LESSONS), default=0) + 2
    for row in rows:
        words = _("{title}, {minutes} minutes, {steps} steps").format(**row)
        print(f"{row['key']:{width}}{words}: {'; '.join(row['learns'])}")
    return 0
