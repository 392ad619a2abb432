"""The file of a lesson: what is read, every mistake with its line, and the lessons that come with the app."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from copy import deepcopy
from pathlib import Path

import pytest

from playground.cli.lesson import word_table
from playground.cli.main import main
from playground.lessons import lesson
from playground.lessons.lesson import LESSONS, Choice, LessonError, Mistake, read, read_text
from playground.lessons.vocabulary import PAGES, VOCABULARY
from playground.metrics.catalogue import readable

ROOT = Path(__file__).parents[3]
HEAD = """---
title: A title
minutes: 5
learns:
  - one thing
  - another: thing
---

"""
WHOLE = (
    HEAD
    + """## First

Some *text*.

- a list
- [a link](https://example.com) that is no answer

```python
## no step
check: no check
```

preset: ring
knobs: d_lr=0.002, objective=minimax, r1=0
page: train
check: step >= 200 and modes >= 6

## Second

More text.

knobs: conditional=no, classes=1,2
page: race
question: Which one?
- [ ] a :: Look again.
- [x] b
"""
)


def test_a_lesson_is_read() -> None:
    found = read_text("key", "en", WHOLE, "en.md")
    assert (found.key, found.language, found.title, found.minutes) == ("key", "en", "A title", 5)
    assert found.learns == ("one thing", "another: thing")
    first, second = found.steps
    assert (first.title, first.page, first.preset) == ("First", "train", "ring")
    assert first.text.startswith("Some *text*.\n\n- a list\n- [a link]")
    assert first.text.endswith("```python\n## no step\ncheck: no check\n```")
    assert first.knobs == {"d_lr": 0.002, "objective": "minimax", "r1": 0.0}
    assert first.check is not None
    assert first.check.text == "step >= 200 and modes >= 6"
    assert (first.question, first.choices) == ("", ())
    assert (second.page, second.preset, second.check) == ("race", "", None)
    assert second.knobs == {"conditional": False, "classes": "1,2"}
    assert second.question == "Which one?"
    assert second.choices == (Choice("a", False, "Look again."), Choice("b", True, ""))
    assert deepcopy(found) == found
    assert read_text("key", "en", WHOLE.replace("\n", "\r\n"), "en.md") == found


def mistakes(text: str) -> list[tuple[int, str]]:
    with pytest.raises(LessonError) as error:
        read_text("key", "en", text, "x/en.md", metrics=("fid",))
    assert deepcopy(error.value).mistakes == error.value.mistakes
    assert {mistake.file for mistake in error.value.mistakes} == {"x/en.md"}
    return [(mistake.line, mistake.sentence) for mistake in error.value.mistakes]


@pytest.mark.parametrize(
    ("lines", "line", "says"),
    [
        ("preset: rign", 12, "no preset “rign”. Did you mean “ring”?"),
        ("preset: xxxxxx", 12, "no preset “xxxxxx”. See “list presets”."),
        ("preset:", 12, "Nothing stands after “preset:”"),
        ("knobs: d_lrr=0.1", 12, "no knob named “d_lrr”. Did you mean “d_lr”?"),
        ("knobs: r1=0.1, d_lr=99", 12, "d_lr = 99 is outside 0 to 0.1"),
        ("knobs: objective=minmax", 12, "objective cannot be “minmax”"),
        ("knobs: d_lr", 12, "“knob=value”"),
        ("knobs: d_lr=fast", 12, "d_lr must be a number"),
        ("preset: ring\nknobs: network=dcgan", 13, "Set "),
        ("page: trian", 12, "no page “trian”. Did you mean “train”?"),
        ("page: qqq", 12, "There are train, race, data, latent, translate, quiz."),
        ("check: moeds >= 6", 12, "no word “moeds”. Did you mean “modes”?"),
        ("check: step >=", 12, "cannot be understood"),
        ('check: metric("fdi") < 1', 12, "Did you mean “fid”?"),
        ("check: step > 1\ncheck: step > 2", 13, "second “check”"),
        ("chekc: step > 1", 12, "no directive “chekc”. Did you mean “check”?"),
        ("check: step > 1\nquestion: x?\n- [x] a\n- [ ] b :: c", 12, "not both"),
        ("question: x?\n- [x] a\n- [x] b :: c", 14, "second right answer"),
        ("question: x?\n- [ ] a :: a\n- [ ] b :: c", 12, "no right answer"),
        ("question: x?", 12, "no right answer"),
        ("question: x?\n- [x] a", 12, "only one answer"),
        ("question: x?\n- [x] a\n- [ ] b", 14, "A wrong answer needs a sentence"),
        ("question: x?\n- [x] a\n- [ ] b ::", 14, "A wrong answer needs a sentence"),
        ("question: x?\n- [x] a\n- [ ] a :: c", 14, "twice"),
        ("question: x?\n- [x] a\n- [ ] :: c", 14, "empty"),
        ("question: x?\n- [x] a\n- [y] b :: c", 14, "begins with “- [x]”"),
        ("- [x] a", 12, "below its question"),
        ("```\ncode", 13, "has no end"),
        ("##\nText.", 12, "has no title"),
        ("## Two", 12, "has no text"),
    ],
)
def test_a_mistake_in_a_step_is_told_with_its_line(lines: str, line: int, says: str) -> None:
    found = mistakes(HEAD + "## One\n\nText.\n" + lines)
    assert (line, True) in [(n, says in sentence) for n, sentence in found], found


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("minutes: 5", "minutes: five", 3, "a whole number from 1 to 240, not “five”"),
        ("minutes: 5", "minutes: 0", 3, "a whole number"),
        ("minutes: 5", "minutes: 5.5", 3, "a whole number"),
        ("minutes: 5", "minutes: " + "9" * 5000, 3, "a whole number"),
        ("minutes: 5", "minutes:", 3, "has no “minutes”"),
        ("minutes: 5", "", 1, "has no “minutes”"),
        ("title: A title", "", 1, "has no “title”"),
        ("title: A title", "title: A\ntitle: B", 3, "a second “title”"),
        ("title: A title", "titel: A title", 2, "Did you mean “title”?"),
        ("title: A title", "what is this", 2, "“name: value”"),
        ("learns:", "learns: all", 4, "below “learns:”"),
        ("  - one thing\n  - another: thing\n", "", 4, "has no “learns”"),
        ("---\ntitle", "title", 1, "Begin with a line “---”"),
        ("---\n\n", "\n", 1, "Begin with a line “---”"),
        ("---\n\n", "---\n\nText.\n", 9, "before the first step"),
    ],
)
def test_a_mistake_in_the_front_matter_is_told_with_its_line(old: str, new: str, line: int, says: str) -> None:
    found = mistakes(HEAD.replace(old, new, 1) + "## One\n\nText.\n")
    assert (line, True) in [(n, says in sentence) for n, sentence in found], found


def test_every_mistake_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = HEAD.replace("5", "x") + "## \npreset: rign\nknobs: a=1, b=2\ncheck: x\n## Two\n\nA.\n\npage: y\n"
    found = [line for line, _sentence in mistakes(text)]
    assert found == [3, 9, 9, 10, 11, 11, 12, 17]


def test_a_file_without_steps_is_no_lesson() -> None:
    assert "no step" in mistakes(HEAD)[0][1]
    assert mistakes("")


def test_knobs_are_looked_at_on_top_of_what_the_steps_before_have_set() -> None:
    one = HEAD + "## One\n\nText.\n\npreset: moons-to-circle\n\n## Two\n\nText.\n\nknobs: cycle_weight=1\n"
    assert read_text("key", "en", one, "f").steps[1].knobs == {"cycle_weight": 1.0}


def test_whatever_is_written_only_a_lesson_error_is_raised() -> None:
    draw = random.Random(3)
    lines = [
        *WHOLE.split("\n"),
        "---",
        "##",
        "check:",
        "- [x]",
        "- [",
        "preset: \0",
        "knobs: =,=",
        "knobs: a=,b",
        "~~~",
    ]
    for _round in range(400):
        text = "\n".join(draw.choice(lines) for _n in range(draw.randrange(30)))
        for head in ("", HEAD):
            with suppress(LessonError):
                read_text("key", "en", head + text, "f")


# Files


def refused(folder: Path) -> Mistake:
    with pytest.raises(LessonError) as error:
        read(folder)
    (mistake,) = error.value.mistakes
    return mistake


def test_files_that_are_no_lesson(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path).sentence
    assert "no such file" in refused(tmp_path / "nowhere").sentence
    file = tmp_path / "en.md"
    file.mkdir()
    assert "no such file" in refused(tmp_path).sentence
    file.rmdir()
    file.write_bytes(b"a" * 200_001)
    assert "more than 200 KB" in refused(tmp_path).sentence
    file.write_bytes(b"one\ntwo \xff\n")
    mistake = refused(tmp_path)
    assert (mistake.file, mistake.line) == (str(file), 2)
    assert "UTF-8" in mistake.sentence
    file.write_bytes(b"\xef\xbb\xbf" + WHOLE.encode())
    assert read(tmp_path).key == tmp_path.name


def test_a_large_file_is_read_in_a_moment(tmp_path: Path) -> None:
    (tmp_path / "en.md").write_text(HEAD + "## A\n" * 30_000 + "check: " + "(" * 10_000)
    with pytest.raises(LessonError):
        read(tmp_path)


# The lessons of the app


def test_lessons_are_in_the_order_of_the_course() -> None:
    folders = sorted(path.name for path in lesson.FOLDER.iterdir() if path.is_dir())
    assert list(LESSONS) == [re.sub(r"^\d\d-", "", name) for name in folders]
    assert len(LESSONS) == len(folders) >= 3
    assert lesson.lesson("two-networks", "xx") is LESSONS["two-networks"]
    assert lesson.lesson("two-networks", "../en") is LESSONS["two-networks"]
    with pytest.raises(KeyError):
        LESSONS["nothing"]


@pytest.mark.parametrize("folder", sorted(lesson.FOLDER.iterdir()), ids=lambda path: path.name)
def test_a_lesson_is_short_and_says_something_useful_of_every_answer(folder: Path) -> None:
    found = read(folder, "en", readable())
    assert 6 <= len(found.steps) <= 9
    for step in found.steps:
        assert step.page in PAGES
        assert len(step.text.split()) <= 60, step.title
        assert step.check or step.question
        for choice in step.choices:
            assert len(choice.says.split()) >= 6, choice
    questions = [step for step in found.steps if step.choices]
    places = {[choice.right for choice in step.choices].index(True) for step in questions}
    assert len(places) > 1, "the right answer is not always at the same place"


@pytest.mark.parametrize("folder", sorted(lesson.FOLDER.iterdir()), ids=lambda path: path.name)
def test_a_lesson_asks_for_the_same_in_every_language(folder: Path) -> None:
    def asked(language: str) -> list[tuple[object, ...]]:
        return [
            (
                step.page,
                step.preset,
                step.knobs,
                step.check and step.check.text,
                bool(step.question),
                [choice.right for choice in step.choices],
            )
            for step in read(folder, language, readable()).steps
        ]

    for file in folder.glob("*.md"):
        assert asked(file.stem) == asked("en"), file


# The command line and the docs


def test_the_command_checks_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "04-mine"
    folder.mkdir()
    (folder / "en.md").write_text(WHOLE)
    (folder / "README.md").write_text("no lesson")
    assert main(["lesson", "check", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[0] == "mine (en): A title, 5 minutes, 2 steps"
    assert out.splitlines()[1:] == [
        "  1. First: step >= 200 and modes >= 6",
        "  2. Second: a question with 2 answers",
    ]
    (folder / "zh.md").write_text(WHOLE.replace("modes", "moeds").replace("minutes: 5", "minutes: x"))
    assert main(["lesson", "check", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.partition(": ")[0] for line in err.splitlines()] == [f"{folder}/zh.md:3", f"{folder}/zh.md:24"]
    assert main(["lesson", "check", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.startswith(f"{tmp_path}/nowhere/en.md:1: There is no such file.")


def test_the_command_lists_lessons_and_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lesson", "list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(LESSONS)
    assert main(["lesson", "words"]) == 0
    assert [re.split(r"\W", line)[0] for line in capsys.readouterr().out.splitlines()] == list(VOCABULARY)


def test_the_page_for_teachers_is_in_step_with_the_vocabulary(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "lessons.md").read_text()
    assert page.partition("<!-- words -->\n")[2].partition("\n<!-- /words -->")[0] == word_table()
    example = page.partition("```markdown\n")[2].partition("\n```\n")[0]
    assert read_text("example", "en", example, "docs/lessons.md", readable()).steps


def test_a_lesson_has_bounds() -> None:
    step = "## Step\nText.\n"
    head = "---\ntitle: A\nminutes: 5\nlearns:\n- one\n---\n"
    assert len(read_text("a", "en", head + step * 40, "en.md").steps) == 40
    answers = "question: Who?\n- [x] me\n" + "".join(f"- [ ] {n} :: No.\n" for n in range(8))
    for text, said in {
        head + step * 41: "more than 40 steps",
        head + step + answers: "more than 8 answers",
        head + step + "check: " + "(" * 3000: "longer than 2000 characters",
        head + "## \n" * 4000: "no title",
    }.items():
        with pytest.raises(LessonError) as caught:
            read_text("a", "en", text, "en.md")
        assert any(said in mistake.sentence for mistake in caught.value.mistakes), said
        assert len(caught.value.mistakes) <= 50
