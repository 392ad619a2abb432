"""What other threads leave for the worker, which alone touches runs."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from playground.engine.links import group_of
from playground.utils import logs
from playground.utils.errors import UserError
from playground.utils.translation import _

PATIENCE = 30.0  # seconds that a question waits for its answer
MOST_WAITING = 200  # messages for a run or a race

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Build:
    """Bring the run back from disk, or make it."""


@dataclass(frozen=True)
class Go:
    """The data that a run waited for is there, or will never be."""


@dataclass(frozen=True)
class Ask:
    """A question that the worker answers between two steps, of a run or, with None in its place, of none."""

    work: Callable[[Any], Any]
    answer: Future[Any]

    def reply(self, run: Any) -> None:
        """Answer, unless nobody waits any more; whatever goes wrong becomes a sentence."""
        if not self.answer.set_running_or_notify_cancel():
            return
        try:
            self.answer.set_result(self.work(run))
        except Exception as error:
            self.answer.set_exception(UserError(words(error)))

    def refuse(self, sentence: str) -> None:
        """Answer with a UserError, unless it is answered or nobody waits any more."""
        if not self.answer.done() and self.answer.set_running_or_notify_cancel():
            self.answer.set_exception(UserError(sentence))


class Mailbox:
    """Messages by the id of their run, "" for none; safe for any thread. Runs take turns, whoever sends how many."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queues: dict[str, deque[tuple[str, Any, float]]] = {}  # by group, in the order of their turns; and when

    def put(self, run_id: str, message: Any) -> None:
        with self._changed:
            self._queues.setdefault(group_of(run_id), deque()).append((run_id, message, time.monotonic()))
            self._changed.notify()

    def wake(self) -> None:
        """End the worker's waiting."""
        self.put("", None)

    def waiting(self) -> bool:
        """Whether there is a message."""
        return bool(self._queues)

    def age(self) -> float:
        """For how many seconds the oldest message has waited; 0 if there is none."""
        with self._changed:
            oldest = min((queue[0][2] for queue in self._queues.values()), default=math.inf)
        return max(0.0, time.monotonic() - oldest)

    def full(self, run_id: str) -> bool:
        """Whether so many messages wait for a run that no more should come."""
        return self.waiting_for(run_id) >= MOST_WAITING

    def waiting_for(self, run_id: str) -> int:
        """How many messages wait for a run, its race, or another lane of that."""
        with self._changed:
            return len(self._queues.get(group_of(run_id), ()))

    def ask(self, run_id: str, work: Callable[[Any], Any]) -> Any:
        """What `work` gives for a run, or for None, on the worker's thread. Raises UserError.

        What the worker has not begun by then, it leaves.
        """
        answer: Future[Any] = Future()
        self.put(run_id, Ask(work, answer))
        try:
            return answer.result(timeout=PATIENCE)
        except TimeoutError:
            if not answer.cancel():
                return answer.result()  # it has just begun
            raise UserError(_("The engine is busy. Try again.")) from None

    def take(self, wait: float = 0.0, budget: float = math.inf) -> Iterator[tuple[str, Any]]:
        """What is there, also what comes meanwhile, one message of each run in turn.

        Waits up to `wait` seconds for the first; after `budget` seconds the others wait for the next time.
        """
        with self._changed:
            if not self._queues:
                self._changed.wait(wait)
        end = time.monotonic() + budget
        while self._queues and time.monotonic() < end:
            with self._changed:
                group = next(iter(self._queues))
                queue = self._queues.pop(group)
                run_id, message, _when = queue.popleft()
                if queue:
                    self._queues[group] = queue  # at the end of the line
            yield run_id, message


def words(error: Exception) -> str:
    """What a person reads of an error: what was not written for people may name folders of this server.

    Such an error goes to the log, under a name that the person reads too.
    """
    if isinstance(error, UserError):
        return str(error)
    words = _("The engine met an error ({error}). The server's log has it as {name}.")
    return words.format(error=type(error).__name__, name=logs.failure(log, error))
