"""Who recognised how many tiles of a run, by nickname. In memory only; nothing but the nickname tells who it was."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from playground.engine.links import group_of
from playground.latent.direction_file import clean_name
from playground.latent.quiz import MOST_TILES
from playground.utils.errors import UserError
from playground.utils.translation import _

LONGEST = 20  # characters of a nickname
MOST_NAMES, MOST_RUNS = 200, 500  # of a run; those that have a board


@dataclass(frozen=True)
class QuizRow:
    """How many of how many tiles somebody had right, in all of their rounds."""

    name: str
    right: int
    of: int

    @property
    def accuracy(self) -> float:
        return self.right / self.of


def nickname(name: str) -> str:
    """A nickname on one line, without what cannot be seen, and short; it may be empty."""
    return clean_name(name)[:LONGEST].strip()


class QuizBoards:
    """Of all runs. Any thread may call the methods."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._boards: dict[str, dict[str, QuizRow]] = {}  # by run, the latest one last; then by name

    def score(self, run_id: str, name: str, right: int, of: int) -> None:
        """Add a round to what somebody has. Who gives no nickname is on no board. Raises UserError."""
        numbers = isinstance(right, int) and isinstance(of, int) and isinstance(name, str)
        if not numbers or not 0 <= right <= of <= MOST_TILES or of == 0:
            raise UserError(_("This is not the result of a round."))
        name = nickname(name)
        if not name:
            return
        with self._lock:
            board = self._boards.pop(run_id, {})
            self._boards[run_id] = board
            while len(self._boards) > MOST_RUNS:
                del self._boards[next(iter(self._boards))]
            if name not in board and len(board) >= MOST_NAMES:
                raise UserError(_("The board of this run is full."))
            row = board.get(name, QuizRow(name, 0, 0))
            board[name] = replace(row, right=row.right + right, of=row.of + of)

    def board(self, run_id: str) -> tuple[QuizRow, ...]:
        """The rows of a run, the best one first; of two that are as good, the one with more tiles."""
        with self._lock:
            rows = list(self._boards.get(run_id, {}).values())
        return tuple(sorted(rows, key=lambda row: (-row.accuracy, -row.of, row.name)))

    def forget(self, kept: set[str]) -> None:
        """Forget the boards of all runs but those that are `kept`, or lanes of races that are."""
        with self._lock:
            self._boards = {run: board for run, board in self._boards.items() if kept & {run, group_of(run)}}
