"""What the coach says on the Train page, and its cure."""

from __future__ import annotations

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.coach import CONDITIONS, EARLY, UNKNOWN, Diagnosis
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.engine.messages import Event, Mark, Rewind, SetKnobs
from playground.ui.glossary import TERMS
from playground.ui.pages.train import coach_line, cure
from tests.app.fakes import FakeHost, FakeRun
from tests.app.form import read
from tests.app.test_train_page import only_run, open_page, texts
from tests.said import lengthy

EVIDENCE = "1 of 8 modes, 57 % of the samples within 3σ, generated spread 0.04 of real."


def values(page: AppTest) -> list[str]:
    return [element.value for element in page.markdown]


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


def collapsed(host: FakeHost, key: str = "collapse") -> tuple[AppTest, FakeRun]:
    """The page of a run of the collapse preset, of which the coach has said something."""
    page = open_page(host, unfold=False, preset="collapse")
    run = only_run(host)
    run.step, run.version = 1500, 1
    run.diagnosis = Diagnosis(key, (EVIDENCE,), 743)
    run.events.append(Event(951, "coach", f"Coach: {CONDITIONS[key].label}"))
    return page.run(), run


def test_the_line_names_the_condition_and_its_numbers(host: FakeHost) -> None:
    page, _run = collapsed(host)
    assert not page.exception
    line = next(text for text in map(read, values(page)) if "Mode collapse" in text and EVIDENCE in text)
    assert "since" not in line


def test_its_terms_are_explained_where_they_come_first(host: FakeHost) -> None:
    page, _run = collapsed(host)
    line = next(value for value in values(page) if "**<dfn" in value)
    explained = re.findall(r'<dfn class="term" tabindex="0">(.*?)<span role="tooltip">(.*?)</span></dfn>', line)
    assert [word for word, _about in explained] == ["Mode collapse", "modes", "3σ"]
    for key, (_word, about) in zip(("collapse", "mode", "sigma"), explained, strict=True):
        assert TERMS[key].sentence in about


@pytest.mark.parametrize("key", [key for key in CONDITIONS if key != EARLY])
def test_the_line_has_room_for_what_it_says_of_every_condition(key: str) -> None:
    """The longest evidence of a planted run, of points and of images, with long numbers."""
    for said in lengthy(key):
        label, words = coach_line.sentence(said)
        assert label == f"{CONDITIONS[key].label}."
        assert words.startswith(said.evidence[0])
        assert words.endswith((".", ")"))
        assert len(f"{label} {words}") <= coach_line.LETTERS


def test_figures_of_another_step_than_the_one_on_the_stage_say_so(host: FakeHost) -> None:
    page, run = collapsed(host)
    run.readings = {"step": np.array([1300, 1400])}
    run.version += 1
    page.run()
    line = next(text for text in map(read, values(page)) if text.startswith(":material/error: **Mode collapse.**"))
    assert line.endswith(f"At step 1\u202f400: {EVIDENCE}")
    run.readings = {"step": np.array([1400, 1500])}
    run.version += 1
    page.run()
    line = next(text for text in map(read, values(page)) if text.startswith(":material/error: **Mode collapse.**"))
    assert line == f":material/error: **Mode collapse.** {EVIDENCE}"
    long = Diagnosis("collapse", ("x" * (coach_line.LETTERS - 20) + ".",), 743)
    assert coach_line.sentence(long, "At step 1400:") == ("Mode collapse.", long.evidence[0]), "the line has no room"


def test_what_the_line_has_no_room_for_is_behind_it(host: FakeHost) -> None:
    page, run = collapsed(host)
    run.diagnosis = Diagnosis("collapse", (EVIDENCE, "Long " * 30 + "indeed.", "They get better."), 743)
    run.version += 1
    page.run()
    line = next(text for text in map(read, values(page)) if text.startswith(":material/error: **Mode collapse.**"))
    assert line.endswith(f"{EVIDENCE} They get better.")
    assert "Long Long" in texts(page)


def test_the_cure_is_a_button_in_the_line(host: FakeHost) -> None:
    page, run = collapsed(host)
    button = page.button(key="cure_now")
    assert button.label == "Try: R1 0.1 and 3 more"
    assert "- R1 (γ): 0 → 0.1" in button.help
    button.click().run()
    cure = CONDITIONS["collapse"].cure(PRESETS["collapse"].config)
    assert host.commands[-1] == SetKnobs(cure)
    page.run()
    page.button(key="undo").click().run()
    assert RunConfig(**run.config) == PRESETS["collapse"].config


@pytest.mark.parametrize("preset", PRESETS)
def test_every_cure_has_a_short_name(preset: str) -> None:
    for condition in CONDITIONS.values():
        if found := condition.cure(PRESETS[preset].config):
            name = cure.in_short(found)
            assert name.startswith("Try: ")
            assert "{" not in name
            assert len(name) <= 36
            assert name.endswith("more") == (len(found) > 1)


def test_behind_it_are_explanation_advice_and_history(host: FakeHost) -> None:
    page, _run = collapsed(host)
    said = texts(page)
    assert "since step 743" in said
    assert CONDITIONS["collapse"].explanation in said
    assert "switch R1 on" in said
    assert "R1 (γ): 0 → 0.1" in said
    assert any(caption.value == "What it said before: Mode collapse at step 951" for caption in page.caption)


def test_numbers_are_written_as_the_knobs_write_them(host: FakeHost) -> None:
    page, run = collapsed(host, "hopping")
    run.config = PRESETS["ttur"].config.model_dump()
    run.version += 1
    assert "Learning rate of D: 2e-5 → 0.002" in texts(page.run())


def test_the_button_changes_the_knobs_of_the_cure_and_nothing_before_it(host: FakeHost) -> None:
    page, run = collapsed(host)
    cure = CONDITIONS["collapse"].cure(PRESETS["collapse"].config)
    assert not any(isinstance(command, SetKnobs) for command in host.commands)
    page.button(key="cure").click().run()
    assert host.commands[-1] == SetKnobs(cure)
    assert RunConfig(**run.config) == PRESETS["collapse"].config.changed(**cure)


@pytest.mark.parametrize(("well", "id"), [(False, 1), (True, 3)])
def test_what_has_blown_up_goes_back_first(host: FakeHost, well: bool, id: int) -> None:
    page, run = collapsed(host, "divergence")
    run.diagnosis = Diagnosis("divergence", (EVIDENCE,), 743, well)
    steps = {1: (0, True), 2: (300, False), 3: (500, True), 4: (600, True), 5: (1400, True)}
    run.marks = [Mark(mark, step, 0, "auto", "", whole) for mark, (step, whole) in steps.items()]
    cure = CONDITIONS["divergence"].cure(PRESETS["collapse"].config)
    page.run()
    assert f"Back to step {steps[id][0]}" in texts(page)
    page.button(key="cure").click().run()
    config = PRESETS["collapse"].config.changed(**cure).model_dump()
    live = {name: value for name, value in config.items() if KNOBS[name].live}
    assert host.commands[-1] == Rewind(id, live), "the other knobs are not those of that time"


def test_where_no_moment_is_kept_it_stays_where_it_is(host: FakeHost) -> None:
    page, run = collapsed(host, "divergence")
    run.marks = [Mark(1, 0, 0, "start", "", False)]
    page.run()
    assert "Back to step" not in texts(page)
    page.button(key="cure").click().run()
    assert not any(isinstance(command, Rewind) for command in host.commands)


@pytest.mark.parametrize("key", ["learning", "converged", UNKNOWN])
def test_where_there_is_no_cure_there_is_no_button(host: FakeHost, key: str) -> None:
    page, _run = collapsed(host, key)
    assert CONDITIONS[key].label in texts(page)
    assert not [button for button in page.button if button.key in ("cure", "cure_now")]


def test_while_it_is_too_early_the_page_says_what_was_done(host: FakeHost) -> None:
    page, run = collapsed(host, EARLY)
    assert "Too early" not in texts(page)
    run.events.insert(0, Event(900, "knob", "R1 → 0.1"))
    page.run()
    assert "R1 → 0.1" in texts(page)


def test_what_the_coach_said_is_no_deed(host: FakeHost) -> None:
    page, run = collapsed(host, EARLY)
    run.events[:] = [Event(951, "coach", "Coach: Mode collapse")]
    page.run()
    assert "Coach: Mode collapse" not in "\n".join(m.value for m in page.markdown if "Step 951" in m.value)
