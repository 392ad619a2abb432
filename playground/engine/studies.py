"""Work that pages ask for beside the training: begun once, done in small pieces, given up when nobody asks any more."""

from __future__ import annotations

import hashlib
import logging
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from playground.engine.messages import Source
from playground.latent.questions import Study
from playground.utils import logs, shares
from playground.utils.errors import UserError
from playground.utils.translation import _

SHARE = 0.15  # of the worker's time that studies may take while anything trains
PIECE = 0.05  # seconds that they may take at a time while nothing trains
GIVEN_UP = 10.0  # seconds after which an unfinished study is dropped that nobody asks for
KEPT = shares.limit("studies")  # of a run

log = logging.getLogger(__name__)
Key = tuple[Any, ...]


@dataclass
class _Work:
    study: Study
    pieces: Any  # a generator, see `playground.latent.studies`; None once it is finished
    asked: float = field(default_factory=lambda: time.monotonic())
    turn: int = 0  # at which it had its last piece


class Studies:
    """Of one run. `ask` and `drop` may be called by any thread, the others by the worker."""

    def __init__(self) -> None:
        self._works: dict[Key, _Work] = {}
        self._debt = 0.0  # seconds that studies may take now
        self._turn = 0  # counts the pieces

    def find(self, key: Key) -> Study | None:
        """How far a study is; keeps it going."""
        work = self._works.get(key)
        if work is None:
            return None
        work.asked = time.monotonic()
        return work.study

    def begin(self, key: Key, step: int, make: Callable[[], Any]) -> None:
        """Begin a study unless it was; `make` gives its pieces."""
        if key in self._works:
            return
        while len(works := list(self._works.items())) >= KEPT:
            self.drop(min(works, key=lambda item: (item[1].pieces is not None, item[1].asked))[0])
        try:
            self._works[key] = _Work(Study(step), make())
        except UserError as error:
            self._works[key] = _Work(Study(step, problem=str(error)), None)

    def drop(self, key: Key) -> None:
        """Give a study up."""
        self._works.pop(key, None)

    @property
    def busy(self) -> bool:
        """Whether there is something to do."""
        return any(work.pieces is not None for work in list(self._works.values()))

    def go_on(self, trained: float | None, stop: Callable[[], bool]) -> None:
        """Do some pieces: as many as `trained` seconds of training allow; without a training, for as long as PIECE."""
        start = time.perf_counter()
        self._debt = PIECE if trained is None else min(self._debt + trained * SHARE / (1 - SHARE), PIECE)
        for key, work in list(self._works.items()):
            if work.pieces is not None and time.monotonic() - work.asked > GIVEN_UP:
                self.drop(key)
        while self._debt > 0 and not stop():
            unfinished = [work for work in list(self._works.values()) if work.pieces is not None]
            if not unfinished:
                return
            self._turn += 1
            work = min(unfinished, key=lambda work: work.turn)  # in turn: a short one does not wait for a long one
            work.turn = self._turn
            self._piece(work)
            now = time.perf_counter()
            self._debt -= now - start
            start = now

    @staticmethod
    def _piece(work: _Work) -> None:
        try:
            done, total, *preview = next(work.pieces)
            work.study = replace(work.study, done=done, total=total)
            if preview:
                work.study = replace(work.study, preview=preview[0])
            return
        except StopIteration as end:
            work.study = replace(work.study, done=work.study.total, result=end.value)
        except UserError as error:
            work.study = replace(work.study, problem=str(error))
        except Exception as error:
            words = _("This could not be worked out ({error}). The server's log has it as {name}.")
            problem = words.format(error=type(error).__name__, name=logs.failure(log, error))
            work.study = replace(work.study, problem=problem)
        work.pieces = None


def key_of(question: Any, source: Source, since: int) -> Key:
    """What tells a study from others: the question, the weights it is about, and from which step on they may be."""
    return type(question).__name__, hashlib.sha256(pickle.dumps(question)).hexdigest(), source, since
