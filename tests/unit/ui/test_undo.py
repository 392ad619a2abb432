"""What undoes a change of knobs, given what the engine says of the run."""

from dataclasses import replace

from playground.config.presets import PRESETS
from playground.engine.messages import Branch, Mark, Reset, Rewind, SetKnobs, View
from playground.ui.undo import Change

RING = PRESETS["ring"].config.model_dump()
LIVE = Change({"d_lr": 1.0}, {"d_lr": 2.0})
OVER = Change({"g_width": 64}, {"g_width": 32}, over=True, branch=0, generation=0)


def view(generation: int, *marks: Mark) -> View:
    branches = Branch(0, None, 0, 9), Branch(1, None, 0, 3)
    return View("a-run", generation, 1, RING, "paused", "ema", moments=marks, branches=branches)


def test_a_live_change_is_undone_by_the_old_values() -> None:
    assert LIVE.back(view(0)) == SetKnobs({"d_lr": 1.0})
    assert LIVE.back(None) == SetKnobs({"d_lr": 1.0})


def test_a_start_over_is_undone_by_going_back_to_the_end_of_the_branch_that_it_left() -> None:
    marks = (Mark(1, 5, 0, "auto", "", True), Mark(2, 9, 0, "change", "", True), Mark(3, 3, 1, "auto", "", True))
    assert OVER.back(view(1, *marks)) == Rewind(2)
    assert OVER.back(view(1, marks[0], replace(marks[1], whole=False), marks[2])) == Rewind(1), "only a picture is left"


def test_where_no_weights_are_kept_the_knobs_come_back() -> None:
    assert OVER.back(view(1, Mark(3, 3, 1, "auto", "", True))) == Reset({"g_width": 64})
    assert OVER.back(None) == Reset({"g_width": 64})


def test_what_the_engine_refused_takes_no_steps_away() -> None:
    assert OVER.back(view(0, Mark(1, 5, 0, "auto", "", True))) == SetKnobs({"g_width": 64})
