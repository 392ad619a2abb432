"""What the words of checks are of a real run, and of a View without most things."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground import coach
from playground.coach import Diagnosis
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS
from playground.engine.commands import carry_out
from playground.engine.messages import Event, Play, Remember, Reset, Rewind, SetKnobs, View
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.lessons.check import parse
from playground.lessons.vocabulary import PAGES, TOOLS, VOCABULARY, readings
from playground.ui import pages
from playground.ui.pages.latent import tools
from playground.utils.translation import _


@pytest.fixture
def run() -> Run:
    run = Run("words", PRESETS["ring"].config.changed(device="cpu"))
    run.remember_in_time()
    run.advance(30)
    return run


def now(run: Run) -> dict[str, Any]:
    return readings(snapshot(run, 0, "ema"), page="train")


def test_every_word_has_a_reading(run: Run) -> None:
    found = now(run)
    assert found.keys() == VOCABULARY.keys()
    assert {name: found[name] for name in KNOBS} == run.config.model_dump()
    assert (found["step"], found["playing"], found["page"]) == (30, False, "train")
    assert found["d_loss"] == pytest.approx(snapshot(run, 0, "ema").history["d_loss"][-1])
    assert found["mode_count"] == 8
    assert (found["recorded"], found["moments"], found["kept_moments"], found["started_over"]) == (0, 1, 0, 0)
    carry_out(run, Play())
    carry_out(run, Remember())
    found = now(run)
    assert (found["playing"], found["moments"], found["kept_moments"]) == (True, 2, 1)


def test_changed_knobs_are_those_that_anybody_changed(run: Run) -> None:
    assert now(run)["changed"] == set()
    carry_out(run, SetKnobs({"d_lr": 0.01}, by="co-teacher"))
    carry_out(run, SetKnobs({"r1": 0.3, "g_lr": run.config.g_lr}))
    assert now(run)["changed"] == {"d_lr", "r1"}
    carry_out(run, SetKnobs({"g_width": 32}))
    found = now(run)
    assert (found["changed"], found["started_over"], found["g_width"]) == (set(), 1, 32)


@pytest.mark.parametrize("name", [name for name, knob in KNOBS.items() if knob.live])
def test_a_change_is_of_one_knob_only(name: str) -> None:
    view = View("v", 0, 0, {}, "paused", "ema", events=(Event(3, "knob", f"{_(KNOBS[name].label)}: 1 → 2"),))
    assert readings(view)["changed"] == {name}


def test_networks_that_went_back_have_reached_what_they_had(run: Run) -> None:
    carry_out(run, Rewind(run.timeline.marks()[0].id))
    assert run.step == 0
    assert now(run)["reached"] == 30
    assert parse("reached(30) and step == 0").holds(now(run))
    carry_out(run, Reset())
    assert now(run)["reached"] == 0


def test_what_the_coach_said_stays_said() -> None:
    said = tuple(Event(3, "coach", text) for text in (coach.announced("collapse"), "Co-teacher: Coach: Divergence"))
    view = View("v", 0, 0, {}, "paused", "ema", events=said, diagnosis=Diagnosis("learning", (), 9))
    found = readings(view)
    assert found["diagnosed"] == {"collapse", "divergence", "learning"}
    assert found["diagnosis"] == "learning"


def test_what_is_not_there_is_none() -> None:
    view = View("v", 0, 0, {}, "loading", "ema")
    found = readings(view, page="race")
    assert found.keys() == VOCABULARY.keys()
    assert [found[name] for name in ("d_loss", "modes", "mode_count", "diagnosis", "d_lr")] == [None] * 5
    assert readings(None, page="race") == {"page": "race"}
    columns = {"step": np.array([1, 2]), "ssim": np.array([0.5, np.nan]), "psnr": np.array([np.nan, np.nan])}
    found = readings(replace(view, readings=columns, floors={"ssim": 1.0, "psnr": float("nan")}))
    assert (found["metric"]["ssim"], found["metric"]["psnr"]) == (0.5, None)
    assert found["floor"] == {"ssim": 1.0, "psnr": None}
    assert not parse('metric("psnr") < 99').holds(found)


def test_the_words_for_pages_and_tools_are_those_of_the_app() -> None:
    assert set(PAGES) == pages.PAGES.keys() - {"glossary", "classroom"}, "a lesson may need any page but these"
    assert set(TOOLS) == tools.TOOLS.keys()


def test_a_tool_is_open_on_the_latent_page_only(run: Run) -> None:
    check = parse('page == "latent" and tool == "walk"')
    assert now(run)["tool"] is None
    assert not check.holds(now(run))
    assert check.holds(readings(snapshot(run, 0, "ema"), page="latent", tool="walk"))
    assert not check.holds(readings(snapshot(run, 0, "ema"), page="latent", tool="panmap"))
