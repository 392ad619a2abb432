"""The judge of who may do what: it stands before the engine, and turns ids of links into those of runs and back.

Whoever has the id of a run or race may do everything to it. Whoever has a link may do what `MAY` lists, and gets to
read no other id than that of the link.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from playground.engine.api import METHODS
from playground.engine.classrooms import Classrooms
from playground.engine.links import Links, Right, Role, Target, group_of
from playground.engine.messages import Command, RaceView, View
from playground.engine.quiz_boards import QuizBoards, QuizRow
from playground.engine.studies import GIVEN_UP, KEPT, key_of
from playground.latent.questions import Study
from playground.utils import shares
from playground.utils.errors import UserError
from playground.utils.translation import _

HERE_FOR = 10.0  # seconds for which one look counts as watching
MOST_WATCHING = 1000  # that are counted
MOST_STUDIES = KEPT // 2  # of those who watch a run, at a time

_NOBODY: frozenset[Right] = frozenset()
_LOOK: frozenset[Right] = frozenset({"watch", "steer"})
_STEER: frozenset[Right] = frozenset({"steer"})
_COPY: frozenset[Right] = frozenset({"watch", "steer", "copy"})

# Which links allow a call. The first argument of each is the id in question.
MAY: dict[str, frozenset[Right]] = {
    **dict.fromkeys(("view", "race_view", "past", "film", "strip", "record", "pack", "networks", "recipe"), _LOOK),
    **dict.fromkeys(("sample", "translate", "study", "answer", "attend", "quiz_score", "quiz_board"), _LOOK),
    **dict.fromkeys(("send", "pin", "drop", "race", "share"), _STEER),
    **dict.fromkeys(("exists", "fork", "admit"), _COPY),
    **dict.fromkeys(("create", "open", "cancel_open", "unshare"), _NOBODY),
}
AS_THEY_ARE = ("card", "cancel")  # their first argument only tells one who waits from another
_UNKNOWN: dict[str, Any] = {"view": None, "race_view": None}  # what these say of what is not there


class Gate:
    """Has the methods of `SharedAPI`; any thread may call them. `folder` is where links are kept."""

    def __init__(self, engine: Any, folder: Path) -> None:
        self._engine = engine
        self._links = Links(folder)
        self._links.forget_old()
        self._lock = threading.Lock()
        self._here: dict[str, dict[str, float]] = {}  # by run or race: who watches it, and when that was heard last
        self._asked: dict[str, dict[Any, float]] = {}  # by run: the studies of those who watch
        self._quiz = QuizBoards()
        self.classrooms = Classrooms()

    @property
    def notice(self) -> str:
        """A sentence about the engine, or ""."""
        notice: str = self._engine.notice
        return notice

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Any other method of the engine."""
        if name not in METHODS:
            raise AttributeError(name)
        return partial(self._call, name)

    def _call(self, method: str, id: str, *arguments: Any, **named: Any) -> Any:
        if method in AS_THEY_ARE:
            return getattr(self._engine, method)(id, *arguments, **named)
        target = self._links.find(id)
        if target is None and method in _UNKNOWN:
            return _UNKNOWN[method]
        target = _allowed(method, target)
        return _under(id, target, getattr(self._engine, method)(target.id, *arguments, **named))

    def close(self) -> None:
        """End the engines behind it."""
        self._engine.close()

    def load(self) -> dict[str, float]:
        """What the engines do, for the operator: numbers by name. No page may ask for it."""
        found: dict[str, float] = self._engine.load()
        return found

    def health(self) -> dict[str, int]:
        """How many runs there are, which is nobody's secret."""
        found: dict[str, int] = self._engine.health()
        return found

    def send(self, id: str, command: Command) -> None:
        """Queue a command, which says whether it comes by a link."""
        target = self._let("send", id)
        if not isinstance(command, Command):
            raise UserError(_("This is not a command."))
        self._engine.send(target.id, replace(command, by="" if target.right == "owner" else "co-teacher"))

    def exists(self, id: str) -> bool:
        """Whether there is the run or, by a link to copy it, the race."""
        target = self._links.find(id)
        if target is None:
            return False
        return bool(
            self._engine.exists(target.id) or (target.right == "copy" and self._engine.race_view(target.id) is not None)
        )

    def fork(self, id: str, moment: int | None, values: dict[str, Any], new_id: str) -> None:
        """Make a new run from a moment or from the present; a link to copy has its own moment."""
        target = self._let("fork", id)
        if self._engine.exists(new_id):
            raise UserError(_("There is a run of this name."))
        self._engine.fork(target.id, None if target.right == "copy" else moment, values, new_id)

    def study(self, id: str, question: Any, source: Any = "ema", since: int = 0) -> Study:
        """How far an answer is; those who watch may ask for so many at a time that the owner's are not crowded out."""
        target = self._let("study", id)
        if target.right == "watch":
            key, now = key_of(question, source, since), time.monotonic()
            with self._lock:
                self._asked = _recent(self._asked, now - GIVEN_UP)
                asked = self._asked.setdefault(target.id, {})
                if key not in asked and len(asked) >= MOST_STUDIES:
                    shares.hit("studies")
                    raise UserError(_("Many people ask about this run now. Try again soon, or take your own copy."))
                asked[key] = now
        found: Study = self._engine.study(target.id, question, source, since)
        return found

    def share(self, id: str, role: Role, moment: int | None = None) -> str:
        """The id of a link. One to copy leads to a run or race that nobody else knows, made at once and never
        trained.
        """
        target = self._let("share", id)
        race = self._engine.race_view(target.id) is not None
        if not race and not self._engine.exists(target.id):
            raise UserError(_("This run is not known here."))
        if role != "copy":
            return self._links.make(target.id, role, race)
        still = secrets.token_urlsafe(16)
        self._engine.fork(target.id, moment, {}, still)
        return self._links.make(target.id, role, race, to=still)

    def unshare(self, id: str) -> None:
        """End all links to a run or race."""
        self._links.end(self._let("unshare", id).id)

    def attend(self, id: str, who: str = "") -> int:
        """Count `who` as one who watches, if they do; gives how many there are."""
        target, now = self._let("attend", id), time.monotonic()
        with self._lock:
            self._here = _recent(self._here, now - HERE_FOR)
            here = self._here.get(target.id, {})
            if who and target.right == "watch" and len(here) < MOST_WATCHING:
                self._here[target.id] = here | {who[:64]: now}
            return len(self._here.get(target.id, {}))

    def quiz_score(self, id: str, name: str, right: int, of: int) -> None:
        """Add a round of the quiz to what a nickname has; the boards of runs that have left the memory go."""
        target = self._let("quiz_score", id)
        self._quiz.forget({target.id, *self._engine.groups()})
        self._quiz.score(target.id, name, right, of)

    def quiz_board(self, id: str) -> tuple[QuizRow, ...]:
        """Who recognised how many tiles of a run, the best one first."""
        return self._quiz.board(self._let("quiz_board", id).id)

    def admit(self, id: str, held: Sequence[str]) -> tuple[str, ...]:
        """Those of `held`, a visitor's runs and races, that are in memory. Raises UserError without room for `id`."""
        groups: set[str] = self._engine.groups()

        def there(one: str) -> bool:
            target = self._links.find(one)
            return target is not None and group_of(target.id) in groups

        still = tuple(one for one in held if there(one))
        if there(id):
            return still
        if len(still) >= shares.limit("session_runs"):
            shares.hit("session_runs")
            words = _(
                "You have {n} runs here, and nobody may have more. Go on with one of them (the browser's Back leads "
                "there), or wait: a run that nobody looks at leaves the memory after {minutes} minutes."
            )
            raise UserError(words.format(n=len(still), minutes=round(shares.EVICT_AFTER / 60)))
        if len(groups) >= shares.limit("runs"):
            shares.hit("runs")
            words = _("This server has {n} runs at work, and it takes no more. Try again in a few minutes.")
            raise UserError(words.format(n=len(groups)))
        return still

    def _let(self, method: str, id: str) -> Target:
        """Where an id leads. Raises UserError unless it allows the call."""
        return _allowed(method, self._links.find(id))


def _recent(noted: dict[str, dict[Any, float]], since: float) -> dict[str, dict[Any, float]]:
    """Those notes of each run or race that were made since then."""
    kept = {run: {one: last for one, last in notes.items() if last > since} for run, notes in noted.items()}
    return {run: notes for run, notes in kept.items() if notes}


def _allowed(method: str, target: Target | None) -> Target:
    if target is None:
        raise UserError(_("This link is not known here, or it has ended."))
    if target.right == "owner" or target.right in MAY[method]:
        return target
    if target.right == "watch":
        raise UserError(_("You are watching this run. Take your own copy to change something."))
    if target.right == "copy":
        raise UserError(_("This link is for a copy of the run."))
    raise UserError(_("Only the owner of this run can do that."))


def _under(id: str, target: Target, result: Any) -> Any:
    """A result with the id that was asked for in place of the one that it leads to."""
    if id == target.id:
        return result
    if isinstance(result, View):
        return replace(result, run=id, origin=None)
    if isinstance(result, RaceView):
        return replace(result, race=id, lanes=tuple(f"{id}-{n}" for n in range(1, len(result.lanes) + 1)))
    if isinstance(result, tuple):
        return tuple(_under(id, target, one) for one in result)
    return result
