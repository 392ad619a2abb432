"""The games of the quiz: what is true, what D says, and that the run stays as it is to the bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.config.presets import PRESETS
from playground.engine.quiz_boards import QuizBoards
from playground.engine.run import Run
from playground.latent.quiz import Opponent, Placed, RealOrGenerated, Tiles
from playground.training import checkpoint
from playground.training.model import unpixels
from playground.utils.errors import UserError


def _run(preset: str, **changes: object) -> Run:
    run = Run("q", PRESETS[preset].config.changed(device="cpu", **changes))
    run.remember("kept")
    run.advance(3)
    return run


def _state(run: Run) -> bytes:
    run.read()
    return checkpoint.to_bytes({"trainer": run.trainer.state()})


@pytest.mark.parametrize("objective", ["non-saturating", "wgan"])
def test_tiles_are_what_they_are_said_to_be_and_d_is_counted_as_it_answers(objective: str) -> None:
    run = _run("digits", objective=objective)
    before, question = _state(run), RealOrGenerated(7, 24)
    tiles: Tiles = run.models.answer(question, "ema")
    assert _state(run) == before
    data = run.samples.x.permute(0, 2, 3, 1).numpy()
    of_the_data = [bool((data == picture).all((1, 2, 3)).any()) for picture in tiles.pictures]
    assert tiles.real.tolist() == of_the_data
    assert 0 < tiles.real.sum() < 24
    state = checkpoint.from_bytes(before)["trainer"]
    there = run.trainer.frozen(state)
    y = None if tiles.labels is None else torch.from_numpy(tiles.labels)
    logits = there.logits(unpixels(tiles.pictures), y).numpy()
    np.testing.assert_allclose(tiles.logits, logits, atol=1e-6)
    assert tiles.d_right == sum((f > tiles.level) == real for f, real in zip(logits, tiles.real, strict=True))
    assert (tiles.level == 0.0) == (objective == "non-saturating")
    again: Tiles = run.models.answer(question, "ema")
    assert (again.pictures == tiles.pictures).all()
    other: Tiles = run.models.answer(RealOrGenerated(8, 24), "ema")
    assert (other.real != tiles.real).any()


def test_the_level_of_a_score_lies_between_the_means_of_both_kinds() -> None:
    run = _run("ring", objective="wgan")
    found = run.models.answer(Opponent(2.0), "ema")
    means = [float(run.trainer.logits(torch.from_numpy(x), None).mean()) for x in (found.real, found.samples)]
    assert found.level == pytest.approx(sum(means) / 2, abs=1e-5)


def test_a_moment_answers_with_its_own_weights() -> None:
    run = _run("digits")
    moment = run.timeline.moments[-1].id
    then, now = (run.models.answer(RealOrGenerated(7), source).logits for source in (moment, "ema"))
    assert (then != now).any()


@pytest.mark.parametrize("objective", ["non-saturating", "minimax", "rpgan", "ragan"])
def test_the_arrows_go_down_the_loss_of_g_and_nothing_changes(objective: str) -> None:
    run = _run("ring", objective=objective)
    before = _state(run)
    points = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    opponent, found = run.models.answer(Opponent(2.0), "ema"), run.models.answer(Placed(points), "ema")
    assert _state(run) == before
    assert opponent.plane.shape == (48, 48)
    assert (opponent.mode_count, found.modes is not None) == (8, True)
    nudge = 1e-2 * found.pull / max(np.abs(found.pull).max(), 1e-9)
    after = run.models.answer(Placed(points + nudge), "ema")
    assert after.loss <= found.loss
    if objective == "non-saturating":
        assert found.loss == pytest.approx(float(np.logaddexp(0, -found.logits).mean()), rel=1e-5)
        on_modes = np.array(run.samples.centres, np.float32)
        assert run.models.answer(Placed(on_modes), "ema").modes == 8


def test_strange_questions_get_a_sentence() -> None:
    run = _run("ring")
    for question in (RealOrGenerated(1), Placed(np.full((3, 2), np.nan)), Placed(np.zeros((3, 3))), "tiles"):
        with pytest.raises(UserError):
            run.models.answer(question, "ema")


def test_a_board_adds_rounds_up_under_clean_names_and_lives_as_long_as_the_run() -> None:
    boards = QuizBoards()
    boards.score("a", " Ada\n", 6, 12)
    boards.score("a", "Ada", 12, 12)
    boards.score("a", "Bo" * 40, 11, 12)
    boards.score("a", "", 12, 12)
    boards.score("b-1", "Cy", 1, 12)
    assert [(row.name, row.right, row.of) for row in boards.board("a")] == [("Bo" * 10, 11, 12), ("Ada", 18, 24)]
    for wrong in ((13, 12), (-1, 12), (0, 0), (100, 100)):
        with pytest.raises(UserError):
            boards.score("a", "Ada", *wrong)
    boards.forget({"b"})
    assert (boards.board("a"), len(boards.board("b-1"))) == ((), 1)
