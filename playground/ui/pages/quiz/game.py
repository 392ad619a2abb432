"""A visitor's rounds of “Be D” on one run: which moments are the levels, and how each round ended."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from playground.engine.messages import Mark, Source, View
from playground.latent.quiz import Tiles

LEVELS = 6
_GAMES = "_quiz_games"
KEPT = 4  # runs whose rounds are remembered


@dataclass(frozen=True)
class Level:
    """One moment of the training; `source` are its weights."""

    source: Source
    step: int


@dataclass(frozen=True)
class Round:
    """How a round ended: how many of how many tiles the visitor and D had right."""

    step: int
    right: int
    d_right: int
    of: int


@dataclass
class Game:
    """Lives in a visitor's session, so that what is true of the tiles stays on the server."""

    levels: tuple[Level, ...]
    at: int = 0
    seed: int = field(default_factory=lambda: secrets.randbelow(2**40))  # each round has the next one
    token: str = field(default_factory=lambda: secrets.token_urlsafe(6))
    tiles: Tiles | None = None
    step: int = 0  # of the weights that made the tiles
    marks: list[str] | None = None  # once they are all made
    rounds: list[Round] = field(default_factory=list)

    @property
    def level(self) -> Level:
        return self.levels[self.at]

    def go(self, at: int) -> None:
        """New tiles, at a level."""
        self.at = min(max(at, 0), len(self.levels) - 1)
        self.seed += 1
        self.token = secrets.token_urlsafe(6)
        self.tiles, self.marks = None, None

    def finish(self, marks: list[str], real: str) -> Round:
        """Take the marks of all tiles; `real` is the one for a real tile."""
        assert self.tiles is not None
        right = sum((mark == real) == bool(truth) for mark, truth in zip(marks, self.tiles.real, strict=True))
        self.marks = marks
        self.rounds.append(Round(self.step, right, self.tiles.d_right, len(marks)))
        return self.rounds[-1]


def of(view: View, live: Source) -> Game:
    """The visitor's game on this run; a run that started over has a new one."""
    games: dict[tuple[str, int], Game] = st.session_state.setdefault(_GAMES, {})
    key = (view.run, view.generation)
    if key not in games:
        while len(games) >= KEPT:
            del games[next(iter(games))]
        games[key] = Game(levels(view.line, view.step, live))
    return games[key]


def found(view: View | None) -> Game | None:
    """The game on this run, if there is one."""
    return None if view is None else st.session_state.get(_GAMES, {}).get((view.run, view.generation))


def levels(line: Sequence[Mark], step: int, live: Source) -> tuple[Level, ...]:
    """At most `LEVELS`, about evenly spread over the steps, from the first moment that is kept whole to the present."""
    marks = {mark.step: mark.id for mark in line if mark.whole and mark.step < step}
    wanted = [step * k / (LEVELS - 1) for k in range(LEVELS - 1)]
    steps = sorted({min(marks, key=lambda at: abs(at - want)) for want in wanted}) if marks else []
    return (*(Level(marks[at], at) for at in steps), Level(live, step))


def accuracies(rounds: Sequence[Round]) -> list[tuple[int, float, float]]:
    """(step, the visitor's share, D's share) of right tiles at each step that was played, in their order."""
    out = []
    for step in sorted({each.step for each in rounds}):
        here = [each for each in rounds if each.step == step]
        of = sum(each.of for each in here)
        out.append((step, sum(each.right for each in here) / of, sum(each.d_right for each in here) / of))
    return out


def words(game: Game | None) -> dict[str, float | None]:
    """What the checks of lessons may ask about the rounds."""
    rounds = game.rounds if game else []
    of = sum(each.of for each in rounds)
    return {
        "quiz_rounds": len(rounds),
        "quiz_accuracy": sum(each.right for each in rounds) / of if of else None,
        "quiz_d_accuracy": sum(each.d_right for each in rounds) / of if of else None,
    }
