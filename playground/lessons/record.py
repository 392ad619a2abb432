"""What a lesson is made of, and what can be wrong with its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.lessons.check import Check


@dataclass(frozen=True)
class Choice:
    """An answer to a question; `says` is the useful sentence after it was chosen."""

    text: str
    right: bool
    says: str


@dataclass(frozen=True)
class Step:
    """One task: `text` is Markdown. `preset` and `knobs` are set with one click, the knobs on top of the preset.

    A step has a check, or a question with its choices, or neither: then it is only read.
    """

    title: str
    text: str
    page: str = "train"
    preset: str = ""
    knobs: Mapping[str, Any] = field(default_factory=dict)
    question: str = ""
    choices: tuple[Choice, ...] = ()
    check: Check | None = None


@dataclass(frozen=True)
class Lesson:
    """A sequence of tasks; `learns` says what one can do after it."""

    key: str
    title: str
    minutes: int
    learns: tuple[str, ...]
    steps: tuple[Step, ...]
    language: str


@dataclass(frozen=True)
class Mistake:
    """Something in a file that its author can mend; lines count from 1."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class LessonError(Exception):
    """All mistakes of a file, in the order of its lines."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes

    def __reduce__(self) -> tuple[type[LessonError], tuple[tuple[Mistake, ...]]]:
        return LessonError, (self.mistakes,)
