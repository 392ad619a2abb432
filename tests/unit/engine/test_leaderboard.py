"""The leader of a race changes when it should, and not at every look."""

import numpy as np
import pytest

from playground.engine.leaderboard import LOOKS, ROWS, Leaderboard


def leaders(board: Leaderboard, rows: list[list[float]]) -> list[int | None]:
    found = []
    for values in rows:
        board.add(board.step + 1, values)
        found.append(board.leader)
    return found


@pytest.mark.parametrize(("larger", "good", "bad"), [(True, 0.9, 0.5), (False, 0.1, 0.4)])
def test_who_leads_for_some_looks_is_ahead(larger: bool, good: float, bad: float) -> None:
    assert leaders(Leaderboard(2, larger), [[bad, good]] * 4) == [None] * (LOOKS - 1) + [1, 1]


def test_one_look_changes_nothing() -> None:
    board = Leaderboard(2, larger=True)
    leaders(board, [[0.9, 0.5]] * LOOKS)
    assert leaders(board, [[0.5, 0.9], [0.5, 0.9], [0.9, 0.5], [0.5, 0.9], [0.5, 0.9]]) == [0] * 5
    assert leaders(board, [[0.5, 0.9]]) == [1]


def test_nobody_is_ahead_by_less_than_the_margin() -> None:
    board = Leaderboard(3, larger=True)
    assert leaders(board, [[0.90, 0.94, 0.1]] * 5) == [None] * 5
    leaders(board, [[0.90, 0.96, 0.1]] * LOOKS)
    assert leaders(board, [[0.90, 0.94, 0.1]] * 5) == [1] * 5, "the leader may fall back to half of it"
    assert leaders(board, [[0.90, 0.91, 0.1]] * LOOKS)[-1] is None


def test_what_is_not_finite_is_last() -> None:
    nan = float("nan")
    assert leaders(Leaderboard(2, larger=False), [[nan, 3.0]] * LOOKS)[-1] == 1
    assert leaders(Leaderboard(2, larger=False), [[nan, nan]] * LOOKS)[-1] is None
    assert leaders(Leaderboard(2, larger=False), [[0.0, 0.0]] * LOOKS)[-1] is None


def test_the_history_is_bounded_and_keeps_its_end() -> None:
    board = Leaderboard(2, larger=True)
    for step in range(10 * ROWS):
        board.add(step, [step, 0.0])
    columns = board.columns()
    assert ROWS / 2 <= len(columns["step"]) <= ROWS
    assert columns["step"][-1] == 10 * ROWS - 1
    assert np.array_equal(columns["quality"][:, 0], columns["step"])
    assert (np.diff(columns["step"]) > 0).all()
    board.clear()
    assert board.columns()["quality"].shape == (0, 2)
    assert board.leader is None
