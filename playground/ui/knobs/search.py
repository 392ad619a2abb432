"""Finds knobs by what a person types: names, symbols, words of the help, and everyday words for the same thing."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from playground.config.knob import Knob
from playground.config.run_config import KNOBS
from playground.utils.translation import _, language_of_reader

_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "λ": "lambda", "σ": "sigma"}
_NOWHERE = 9


def find(query: str) -> list[Knob]:
    """The knobs that have all words of `query`, or words that begin with them; the best matches first."""
    asked = words(query)
    places = {name: max((_place(name, one) for one in asked), default=_NOWHERE) for name in KNOBS}
    return [KNOBS[name] for name in sorted(KNOBS, key=places.__getitem__) if places[name] < _NOWHERE]


def _place(name: str, asked: str) -> int:
    """Where a knob has a word that begins with `asked`: 0 in its label, ..., 3 in its help."""
    texts = _texts(name, language_of_reader())
    return next((i for i, known in enumerate(texts) if any(_fits(word, asked) for word in known)), _NOWHERE)


def _fits(word: str, asked: str) -> bool:
    """Whether a word begins with `asked`; where words are written without spaces, whether it has it."""
    return word.startswith(asked) or (not asked.isascii() and asked in word)


@cache
def _texts(name: str, _language: str) -> tuple[list[str], ...]:
    """The words of a knob: its label and name; everyday words; its choices and group; its help."""
    knob = KNOBS[name]
    choices = " ".join(_(label) for label in (knob.choices or {}).values())
    label = f"{knob.label} {_(knob.label)} {name} {name.replace('_', ' ')}"
    return tuple(map(words, (label, f"{knob.words} {_(knob.words)}", f"{choices} {_(knob.group)}", _(knob.help))))


def words(text: str) -> list[str]:
    """Words in small letters without accents and small figures; those with Greek letters also spelled."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    found = re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)))
    spelled = [re.sub("[αβγλσ]", lambda letter: _GREEK[letter[0]], word) for word in found]
    return list(dict.fromkeys(found + spelled))
