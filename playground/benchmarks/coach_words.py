"""What the coach says after each reading of a run."""

from __future__ import annotations

from collections.abc import Sequence

from playground.coach import EARLY, Diagnosis, diagnose
from playground.config.run_config import RunConfig
from playground.utils.readings import Reading


def heard(readings: Sequence[Reading], config: RunConfig) -> list[tuple[int, str]]:
    """The step of each reading, and the key of what the coach says after it."""
    return [(reading.step, word.key) for reading, word in zip(readings, words_after(readings, config), strict=True)]


def words_after(readings: Sequence[Reading], config: RunConfig) -> list[Diagnosis]:
    """The diagnosis after each reading."""
    words: list[Diagnosis] = []
    for n in range(1, len(readings) + 1):
        words.append(diagnose(readings[:n], config, words[-1] if words else None))
    return words


def most(words: list[str]) -> str:
    """What was said most often, the later of equals."""
    return max(reversed(words), key=words.count) if words else EARLY
