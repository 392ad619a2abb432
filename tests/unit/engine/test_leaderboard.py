"""Who is ahead in a race is said when it is clear, of all lanes, and does not change at every look."""

from itertools import pairwise

import numpy as np
import pytest

from playground.engine.leaderboard import LOOKS, ROWS, Leaderboard, ahead

NAN = float("nan")


def verdicts(board: Leaderboard, rows: list[list[float]]) -> list[tuple[int, ...]]:
    found = []
    for values in rows:
        board.add(board.step + 1, values)
        found.append(board.ahead)
    return found


# One look


@pytest.mark.parametrize(
    ("quality", "found"),
    [
        ([0.1, 0.9], (1,)),
        ([0.92, 0.94], ()),
        ([0.97, 0.11, 0.34, 0.96, 0.95], (0, 3, 4)),  # 8, 1, 3, 8 and 8 of 8 modes
        ([0.97, 0.11, 0.34, 0.90, 0.82], (0,)),
        ([0.97, 0.93, 0.89, 0.85], ()),  # no gap is clear
        ([0.1, 0.5, 0.5], (1, 2)),
        ([0.0, 0.0, 0.0], ()),
        ([NAN, 0.4, 0.4], (1, 2)),
        ([NAN, NAN, 0.4], (2,)),
        ([NAN, NAN], ()),
        ([NAN, float("inf"), 0.0], (2,)),
    ],
)
def test_the_smallest_group_that_is_clearly_better_is_ahead(quality: list[float], found: tuple[int, ...]) -> None:
    assert ahead(quality, larger=True) == found


@pytest.mark.parametrize(
    ("distances", "found"),
    [
        ([0.4, 0.1], (1,)),
        ([0.100, 0.104], ()),
        ([0.0100, 0.0110], (0,)),  # a tenth of a small distance counts as one of a large distance
        ([10.0, 11.0], (0,)),
        ([0.1, 0.9, 0.5, 0.101, 0.102], (0, 3, 4)),
        ([0.0, 0.0], ()),
        ([0.0, 0.1], (0,)),
        ([NAN, 3.0], (1,)),
        ([NAN, NAN, NAN], ()),
    ],
)
def test_of_distances_the_smaller_is_better(distances: list[float], found: tuple[int, ...]) -> None:
    assert ahead(distances, larger=False) == found


def test_at_the_same_quality_the_modes_decide() -> None:
    assert ahead([0.121, 0.123], larger=True) == ()
    assert ahead([0.121, 0.123], larger=True, modes=[1 / 8, 7 / 8]) == (1,), "97 % on one mode, 14 % on seven"
    assert ahead([0.145, 0.123], larger=True, modes=[1 / 8, 7 / 8]) == (1,)
    assert ahead([0.245, 0.123], larger=True, modes=[1 / 8, 7 / 8]) == (0,), "where the quality differs, it decides"
    assert ahead([0.121, 0.123], larger=True, modes=[2 / 8, 3 / 8]) == ()
    assert ahead([0.3, 0.3, 0.3], larger=True, modes=[NAN, NAN, NAN]) == ()
    assert ahead([0.3, 0.3, 0.3, 0.0], larger=True, modes=[7 / 8, 2 / 8, 7 / 8, 0.0]) == (0, 2)


def test_lanes_change_their_places_and_the_verdict_follows() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        quality, order = rng.random(5), rng.permutation(5)
        found = ahead(quality.tolist(), larger=True)
        moved = ahead(quality[order].tolist(), larger=True)
        assert {int(order[lane]) for lane in moved} == set(found)


# Many looks


@pytest.mark.parametrize(("larger", "good", "bad"), [(True, 0.9, 0.5), (False, 0.1, 0.4)])
def test_who_leads_for_some_looks_is_ahead(larger: bool, good: float, bad: float) -> None:
    assert verdicts(Leaderboard(2, larger), [[bad, good]] * 4) == [()] * (LOOKS - 1) + [(1,), (1,)]


def test_one_look_changes_nothing() -> None:
    board = Leaderboard(2, larger=True)
    verdicts(board, [[0.9, 0.5]] * LOOKS)
    assert verdicts(board, [[0.5, 0.9], [0.5, 0.9], [0.9, 0.5], [0.5, 0.9], [0.5, 0.9]]) == [(0,)] * 5
    assert verdicts(board, [[0.5, 0.9]]) == [(1,)]


def test_nobody_is_ahead_alone_by_less_than_the_margin() -> None:
    board = Leaderboard(3, larger=True)
    assert verdicts(board, [[0.90, 0.94, 0.1]] * 5)[-1] == (0, 1)
    verdicts(board, [[0.90, 0.96, 0.1]] * LOOKS)
    assert verdicts(board, [[0.90, 0.94, 0.1]] * 5) == [(1,)] * 5, "the leader may fall back to half of it"
    assert verdicts(board, [[0.90, 0.91, 0.1]] * LOOKS)[-1] == (0, 1)


def test_noise_does_not_make_the_verdict_flicker() -> None:
    rng = np.random.default_rng(0)
    level = np.array([0.93, 0.12, 0.35, 0.93, 0.93])
    board = Leaderboard(5, larger=True)
    found = verdicts(board, (level + rng.normal(0, 0.01, (400, 5))).tolist())
    assert set(found[LOOKS:]) == {(0, 3, 4)}
    even = Leaderboard(2, larger=True)
    assert set(verdicts(even, (0.8 + rng.normal(0, 0.01, (400, 2))).tolist())) == {()}


def test_a_lead_that_hovers_about_the_margin_does_not_flicker() -> None:
    rng = np.random.default_rng(1)
    leads = 0.05 + rng.uniform(-0.02, 0.02, 400)
    found = verdicts(Leaderboard(2, larger=True), [[0.5 + lead, 0.5] for lead in leads])
    assert sum(a != b for a, b in pairwise(found)) <= 1


def test_looks_that_all_disagree_are_judged_by_their_medians() -> None:
    board = Leaderboard(3, larger=True)
    verdicts(board, [[0.9, 0.9, 0.1]] * LOOKS)
    assert verdicts(board, [[0.96, 0.9, 0.1], [0.9, 0.96, 0.1], [0.92, 0.92, 0.9]])[-1] == (0, 1)


def test_the_modes_of_many_looks_count_too() -> None:
    board = Leaderboard(2, larger=True)
    for step in range(LOOKS):
        board.add(step, (0.121, 0.123), (1 / 8, 7 / 8))
    assert board.ahead == (1,)
    for step in range(LOOKS, 3 * LOOKS):
        board.add(step, (0.12, 0.12), (0.5, 0.5))
    assert board.ahead == ()


def test_what_is_not_finite_is_last() -> None:
    assert verdicts(Leaderboard(2, larger=False), [[NAN, 3.0]] * LOOKS)[-1] == (1,)
    assert verdicts(Leaderboard(2, larger=False), [[NAN, NAN]] * LOOKS)[-1] == ()
    assert verdicts(Leaderboard(2, larger=False), [[0.0, 0.0]] * LOOKS)[-1] == ()
    board = Leaderboard(3, larger=True)
    verdicts(board, [[0.9, 0.5, 0.5]] * LOOKS)
    assert verdicts(board, [[NAN, 0.5, 0.5]] * LOOKS)[-1] == (1, 2), "a leader that broke"


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
    assert board.ahead == ()
