"""What the engines say, in the language of the visitor who reads it."""

from __future__ import annotations

import copy
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, TypeVar

from playground.engine.messages import Event, Mark
from playground.utils.translation import ENGLISH, Message, _, language_of_reader, recognised

T = TypeVar("T")
DEEPEST = 6  # levels of records in records


def told(value: T) -> T:
    """The same with every message in it translated, however deep; it is no other object where there is none."""
    found: T = value if language_of_reader() == ENGLISH else _told(value, DEEPEST)
    return found


def _told(value: Any, deep: int) -> Any:
    if isinstance(value, Message):
        return _(value)
    if not deep:
        return value
    if isinstance(value, Event | Mark):
        return _of_past(value, language_of_reader())
    if type(value) in (tuple, list) and value and not isinstance(value[0], int | float):
        parts = [_told(part, deep - 1) for part in value]
        same = all(new is old for new, old in zip(parts, value, strict=True))
        return value if same else type(value)(parts)
    if type(value) is dict:
        found = {key: _told(part, deep - 1) for key, part in value.items()}
        return value if all(found[key] is part for key, part in value.items()) else found
    if is_dataclass(value) and not isinstance(value, type):
        return _with(value, {f.name: _told(getattr(value, f.name), deep - 1) for f in fields(value)})
    return value


@lru_cache(maxsize=4096)
def _of_past(record: Event | Mark, _language: str) -> Any:
    """A run has hundreds of these in each View. Those that come from disk no longer know of what they were made."""
    text = record.text
    return _with(record, {"text": _(text) if isinstance(text, Message) else recognised(text)})


def _with(record: Any, values: dict[str, Any]) -> Any:
    """A copy of a record with other values, unless they are the same objects."""
    changed = {name: value for name, value in values.items() if value is not getattr(record, name)}
    if not changed:
        return record
    other = copy.copy(record)
    for name, value in changed.items():
        object.__setattr__(other, name, value)
    return other
