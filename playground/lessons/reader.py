"""Reads the file of a lesson: front matter, then steps with text, directives and answers. Finds every mistake."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.lessons.check import Check, CheckError, nearest, parse
from playground.lessons.record import Choice, Lesson, LessonError, Mistake, Step
from playground.lessons.vocabulary import PAGES
from playground.utils.errors import UserError
from playground.utils.translation import _

FENCE = "---"
HEAD = ("title", "minutes", "learns")
DIRECTIVES = ("page", "preset", "knobs", "question", "check")
LONGEST_HOUR = 240  # minutes
MOST_STEPS, MOST_ANSWERS, MOST_MISTAKES = 40, 8, 50
LONGEST_LINE = 2000  # characters of a directive or an answer

_PAIR = re.compile(r"([A-Za-z_]+):(?:\s+(.*))?")
_ANSWER = re.compile(r"[-*] \[(.?)\] ?(.*)")
_NEXT_KNOB = re.compile(r",\s*(?=\w+\s*=)")  # the value of a knob may have a comma itself
CODE = ("```", "~~~")  # what begins and ends code that is written out


class _Line(NamedTuple):
    number: int
    text: str


@dataclass
class _Draft:
    """A step as it stands in the file."""

    heading: _Line
    text: list[str] = field(default_factory=list)
    directives: dict[str, _Line] = field(default_factory=dict)
    answers: list[_Line] = field(default_factory=list)


def read_text(key: str, language: str, text: str, file: str, metrics: Collection[str] = ()) -> Lesson:
    """The lesson that `text` spells, which stands in `file`. Raises LessonError with every mistake.

    With `metrics`, those are all that its checks may ask for.
    """
    reader = _Reader(file, metrics)
    with contextlib.suppress(_Enough):
        lesson = _lesson(reader, key, language, text)
    if reader.mistakes:
        raise LessonError(tuple(sorted(reader.mistakes, key=lambda mistake: mistake.line)))
    return lesson


class _Enough(Exception):
    """There are so many mistakes that more of them would help nobody."""


def _lesson(reader: _Reader, key: str, language: str, text: str) -> Lesson:
    """The lesson, of no use if the reader found mistakes. Raises _Enough."""
    lines = [_Line(n, line.rstrip()) for n, line in enumerate(re.split("\r\n|\r|\n", text), 1)]
    title, minutes, learns, rest = reader.head(lines)
    steps = tuple(reader.steps(rest))
    return Lesson(key, title, minutes, learns, steps, language)


class _Reader:
    """Goes on after a mistake. `config` is the one that a run would have after the steps so far."""

    def __init__(self, file: str, metrics: Collection[str]) -> None:
        self.mistakes: list[Mistake] = []
        self._file, self._metrics = file, metrics
        self._config = RunConfig()

    def wrong(self, line: int, sentence: str) -> None:
        self.mistakes.append(Mistake(self._file, line, sentence))
        if len(self.mistakes) == MOST_MISTAKES:
            raise _Enough

    # The front matter

    def head(self, lines: list[_Line]) -> tuple[str, int, tuple[str, ...], list[_Line]]:
        """Title, minutes, what one learns, and the lines after the front matter."""
        ends = [i for i, line in enumerate(lines) if line.text == FENCE]
        if ends[:1] != [0] or len(ends) < 2:
            self.wrong(1, _("Begin with a line “---”, then title, minutes and learns, then another line “---”."))
            after = next((i for i, line in enumerate(lines) if line.text.startswith("## ")), len(lines))
            return "", 0, (), lines[after:]
        found, learns = self._pairs(lines[1 : ends[1]])
        for name in HEAD:
            there = learns if name == "learns" else name in found and found[name].text
            if not there:
                line = found[name].number if name in found else 1
                self.wrong(line, _("The front matter has no “{name}”.").format(name=name))
        title, minutes = found.get("title"), found.get("minutes")
        return (
            title.text if title else "",
            self._minutes(minutes) if minutes and minutes.text else 0,
            tuple(learns),
            lines[ends[1] + 1 :],
        )

    def _pairs(self, lines: list[_Line]) -> tuple[dict[str, _Line], list[str]]:
        found: dict[str, _Line] = {}
        learns: list[str] = []
        name = ""
        for number, text in lines:
            if not text:
                continue
            if name == "learns" and text.lstrip().startswith("- ") and text.lstrip()[2:].strip():
                learns.append(text.lstrip()[2:].strip())
                continue
            pair = _PAIR.fullmatch(text)
            if pair is None:
                self.wrong(number, _("The front matter has lines “name: value”, and “- item” after “learns:”."))
                continue
            name, value = pair[1], (pair[2] or "").strip()
            if name not in HEAD:
                sentence = _("The front matter has no “{name}”.").format(name=name)
                self.wrong(number, sentence + (nearest(name, HEAD) or " " + _("It has title, minutes and learns.")))
            elif name in found:
                self.wrong(number, _("There is a second “{name}”.").format(name=name))
            elif name == "learns" and value:
                self.wrong(number, _("Write what one learns in the lines below “learns:”, each after “- ”."))
            found.setdefault(name, _Line(number, value))
        return found, learns

    def _minutes(self, line: _Line) -> int:
        if line.text.isascii() and line.text.isdecimal() and len(line.text) < 5 and 0 < int(line.text) <= LONGEST_HOUR:
            return int(line.text)
        sentence = _("The minutes are a whole number from 1 to {most}, not “{value}”.")
        self.wrong(line.number, sentence.format(most=LONGEST_HOUR, value=line.text[:40]))
        return 0

    # The steps

    def steps(self, lines: list[_Line]) -> Iterator[Step]:
        drafts = self._drafts(lines)
        if not drafts:
            self.wrong(lines[-1].number if lines else 1, _("There is no step. A step begins with a line “## Title”."))
        for draft in drafts:
            yield self._step(draft)

    def _drafts(self, lines: list[_Line]) -> list[_Draft]:
        drafts: list[_Draft] = []
        code = ""  # what ends the code that is written out here
        for line in lines:
            starts = next((mark for mark in CODE if line.text.startswith(mark)), "")
            if not code and re.match(r"##(\s|$)", line.text):
                if len(drafts) == MOST_STEPS:
                    sentence = _("There are more than {n} steps. Make two lessons of it.").format(n=MOST_STEPS)
                    self.wrong(line.number, sentence)
                    break
                drafts.append(_Draft(_Line(line.number, line.text[2:].strip())))
            elif not drafts:
                if line.text:
                    self.wrong(line.number, _("This stands before the first step. A step begins with “## Title”."))
            elif code or starts:
                code = ("" if starts == code else code) if code else starts
                drafts[-1].text.append(line.text)
            elif not self._is_directive(line, drafts[-1]):
                drafts[-1].text.append(line.text)
        if code:
            self.wrong(lines[-1].number, _("Code that begins with {mark} has no end.").format(mark=code))
        return drafts

    def _is_directive(self, line: _Line, draft: _Draft) -> bool:
        """Whether a line is a directive, or an answer, or was meant as one; then it is noted."""
        if len(line.text) > LONGEST_LINE and (_ANSWER.fullmatch(line.text) or _PAIR.fullmatch(line.text)):
            self.wrong(line.number, _("This line is longer than {n} characters.").format(n=LONGEST_LINE))
            return True
        if answer := _ANSWER.fullmatch(line.text):
            if answer[1] not in ("x", "X", " "):
                self.wrong(line.number, _("An answer begins with “- [x]” if it is right, and with “- [ ]” if not."))
            elif "question" not in draft.directives:
                self.wrong(line.number, _("An answer stands below its question. Write “question: …” above it."))
            else:
                draft.answers.append(line)
            return True
        pair = _PAIR.fullmatch(line.text)
        if pair is None:
            return False
        name, value = pair[1], (pair[2] or "").strip()
        if name not in DIRECTIVES:
            meant = nearest(name, DIRECTIVES)
            if meant:
                self.wrong(line.number, _("There is no directive “{name}”.").format(name=name) + meant)
            return bool(meant)
        if not value:
            self.wrong(line.number, _("Nothing stands after “{name}:”.").format(name=name))
        elif name in draft.directives:
            self.wrong(line.number, _("This step has a second “{name}”.").format(name=name))
        draft.directives.setdefault(name, _Line(line.number, value))
        return True

    def _step(self, draft: _Draft) -> Step:
        line, title = draft.heading
        given = {name: found for name, found in draft.directives.items() if found.text}
        text = "\n".join(draft.text).strip()
        if not title:
            self.wrong(line, _("This step has no title. Write it after “## ”."))
        if not text:
            self.wrong(line, _("This step has no text that says what to do or to see."))
        if "question" in given and "check" in given:
            self.wrong(given["check"].number, _("A step has a check or a question, not both. Make two steps of it."))
        preset, knobs = self._setup(given)
        return Step(
            title=title,
            text=text,
            page=self._page(given["page"]) if "page" in given else "train",
            preset=preset,
            knobs=knobs,
            question=given["question"].text if "question" in given else "",
            choices=self._choices(given["question"], draft.answers) if "question" in given else (),
            check=self._check(given["check"]) if "check" in given else None,
        )

    def _page(self, line: _Line) -> str:
        if line.text not in PAGES:
            sentence = _("There is no page “{name}”.").format(name=line.text[:40])
            said = nearest(line.text, PAGES) or " " + _("There are {names}.").format(names=", ".join(PAGES))
            self.wrong(line.number, sentence + said)
        return line.text

    def _check(self, line: _Line) -> Check | None:
        try:
            return parse(line.text, self._metrics)
        except CheckError as error:
            self.wrong(line.number, str(error))
            return None

    # What a click sets

    def _setup(self, given: dict[str, _Line]) -> tuple[str, dict[str, Any]]:
        preset = given["preset"].text if "preset" in given else ""
        if preset in PRESETS:
            self._config = PRESETS[preset].config
        elif preset:
            sentence = _("There is no preset “{name}”.").format(name=preset[:40])
            self.wrong(given["preset"].number, sentence + (nearest(preset, PRESETS) or " " + _("See “list presets”.")))
        if "knobs" not in given:
            return preset, {}
        line, text = given["knobs"]
        before = len(self.mistakes)
        knobs = dict(pair for part in _NEXT_KNOB.split(text) if (pair := self._knob(line, part)))
        if len(self.mistakes) == before:
            try:
                self._config = self._config.changed(**knobs)
            except UserError as error:
                self.wrong(line, str(error))
        return preset, knobs

    def _knob(self, line: int, part: str) -> tuple[str, Any] | None:
        name, equals, value = (side.strip() for side in part.partition("="))
        if not equals:
            self.wrong(
                line, _("Knobs are written “knob=value”, with a comma between two, not “{x}”.").format(x=part[:40])
            )
        elif name not in KNOBS:
            self.wrong(line, _("There is no knob named “{name}”.").format(name=name[:40]) + nearest(name, KNOBS))
        else:
            mended, sentence = KNOBS[name].mend(value)
            if not sentence:
                return name, mended
            self.wrong(line, sentence)
        return None

    # The answers

    def _choices(self, question: _Line, answers: list[_Line]) -> tuple[Choice, ...]:
        choices: list[Choice] = []
        if len(answers) > MOST_ANSWERS:
            sentence = _("The question has more than {n} answers.").format(n=MOST_ANSWERS)
            self.wrong(answers[MOST_ANSWERS].number, sentence)
        for line, text in answers[:MOST_ANSWERS]:
            found = _ANSWER.fullmatch(text)
            assert found is not None
            answer, _mark, says = (part.strip() for part in found[2].partition("::"))
            choice = Choice(answer, found[1] != " ", says)
            if not answer:
                self.wrong(line, _("This answer is empty."))
            elif answer in [other.text for other in choices]:
                self.wrong(line, _("This answer stands here twice."))
            if not choice.right and not says:
                self.wrong(line, _("A wrong answer needs a sentence that helps. Write it after “::”."))
            if choice.right and any(other.right for other in choices):
                self.wrong(line, _("This is a second right answer. A question has one."))
            choices.append(choice)
        if not any(choice.right for choice in choices):
            self.wrong(question.number, _("The question has no right answer. Mark it with “- [x]”."))
        elif len(choices) < 2:
            self.wrong(question.number, _("The question has only one answer."))
        return tuple(choices)
