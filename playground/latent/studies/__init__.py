"""Answers to the questions of pages: work in small pieces, so that the training goes on between them.

Each module has a record `ANSWERS`, found here by itself: the type of a question and the function that answers it. That
function is a generator: it yields (done, total), or (done, total, preview), after each piece of at most some
milliseconds, and returns the result, which is plain data. It raises UserError for a question that cannot be answered.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Generator
from typing import Any

from playground.training.model import Model

Work = Generator[tuple[int, int] | tuple[int, int, Any], None, Any]
ANSWERS: dict[type, Callable[[Model, Any], Work]] = {}
for _module in pkgutil.iter_modules(__path__):
    ANSWERS |= importlib.import_module(f"{__name__}.{_module.name}").ANSWERS


def answer(model: Model, question: Any) -> Work:
    """The work on a question about a model that does not change while it goes on. Raises KeyError for a strange one."""
    return ANSWERS[type(question)](model, question)


def answer_now(model: Model, question: Any) -> Any:
    """The result, for tests and scripts. Raises UserError."""
    work = answer(model, question)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value
