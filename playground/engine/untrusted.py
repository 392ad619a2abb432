"""What a saved run may say: its config, its events, its words. Whoever wrote it, nothing in it is believed."""

from __future__ import annotations

from typing import Any

from playground.config.run_config import RunConfig
from playground.engine.messages import Event
from playground.training.checkpoint import NOT_ONE, check_schema
from playground.utils import tensorfile
from playground.utils.errors import UserError
from playground.utils.translation import _

MAX_EVENTS = 500
MAX_TEXT = 300  # letters of a word or a sentence in a file
MAX_STEP = 2**53  # that a page can count
DAMAGED = _("The checkpoint does not fit its own config: it is damaged.")


def config_in(content: bytes) -> RunConfig:
    """The config in a checkpoint, of which only the header is read. Raises UserError."""
    state = tensorfile.values(content, NOT_ONE)
    check_schema(state)
    trainer = state.get("trainer")
    if not isinstance(trainer, dict) or not isinstance(trainer.get("config"), dict):
        raise UserError(NOT_ONE)
    config, findings = RunConfig.read(trainer["config"])
    if findings:
        raise UserError(_("The checkpoint's config is not valid: {finding}").format(finding=findings[0]))
    return config


def events_in(rows: list[Any]) -> list[Event]:
    """The events in a file. Raises many kinds of errors."""
    events = [Event(int(step), *words_in(kind, text)) for step, kind, text in rows[-MAX_EVENTS:]]
    if any(not 0 <= event.step <= MAX_STEP for event in events):
        raise ValueError("events")
    return events


def words_in(*words: Any) -> list[str]:
    """Words in a file, not too long. Raises ValueError."""
    if not all(isinstance(word, str) for word in words):
        raise ValueError("words")
    "".join(words).encode()  # half a letter of UTF-16 could neither be shown nor saved
    return [word[:MAX_TEXT] for word in words]
