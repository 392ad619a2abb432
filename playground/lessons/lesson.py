"""Lessons: titles, texts, questions and checks, read from `assets/lessons/<nn-key>/<language>.md`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

from playground.lessons.reader import read_text
from playground.lessons.record import Choice, Lesson, LessonError, Mistake, Step
from playground.utils.translation import _

__all__ = ["LESSONS", "Choice", "Lesson", "LessonError", "Mistake", "Step", "lesson", "read", "read_text"]

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "lessons"
LARGEST = 200_000  # bytes of a file
LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?")
_NUMBERED = re.compile(r"\d+-(.+)")


def read(folder: Path, language: str = "en", metrics: Collection[str] = ()) -> Lesson:
    """The lesson in a folder. Raises LessonError with every mistake.

    With `metrics`, those are all that its checks may ask for.
    """
    file = folder / f"{language}.md"
    numbered = _NUMBERED.fullmatch(folder.name)
    return read_text(numbered[1] if numbered else folder.name, language, _text(file), str(file), metrics)


def _text(file: Path) -> str:
    """The text of a file. Raises LessonError."""

    def refused(sentence: str, line: int = 1) -> LessonError:
        return LessonError((Mistake(str(file), line, sentence),))

    if not file.is_file():
        raise refused(_("There is no such file. A lesson is a folder with a file en.md."))
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise refused(_("The file cannot be read: {reason}.").format(reason=error.strerror or error)) from error
    if len(content) > LARGEST:
        raise refused(_("The file has more than {n} KB. Make two lessons of it.").format(n=LARGEST // 1000))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise refused(_("This is not UTF-8 text. Save the file with the encoding UTF-8."), line) from error


@cache
def _folders() -> dict[str, Path]:
    """The folders of the lessons that come with the app, in the order of the course."""
    found = sorted(path.parent for path in FOLDER.glob("*/en.md"))
    return {numbered[1]: folder for folder in found if (numbered := _NUMBERED.fullmatch(folder.name))}


@cache
def _lesson(key: str, language: str) -> Lesson:
    return read(_folders()[key], language)


class _Lessons(Mapping[str, Lesson]):
    """The lessons in English; each file is read when it is first asked for."""

    def __getitem__(self, key: str) -> Lesson:
        return _lesson(key, "en")

    def __iter__(self) -> Iterator[str]:
        return iter(_folders())

    def __len__(self) -> int:
        return len(_folders())


LESSONS: Mapping[str, Lesson] = _Lessons()


def lesson(key: str, language: str = "en") -> Lesson:
    """The lesson in this language, or in English if there is no such translation. Raises KeyError."""
    there = (wanted for wanted in in_order(language) if (_folders()[key] / f"{wanted}.md").is_file())
    return _lesson(key, next(there, "en"))


def in_order(language: str) -> tuple[str, ...]:
    """The names of files in which a reader of this language looks for a lesson: zh_CN, zh, en."""
    known = LANGUAGE.fullmatch(language)
    return (language, re.split("[-_]", language)[0], "en") if known else ("en",)
