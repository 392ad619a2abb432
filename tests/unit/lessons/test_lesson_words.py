"""A lesson calls buttons, panels and presets by the names that they have on the page, in each language."""

from __future__ import annotations

import re

import pytest

from playground.lessons.lesson import LESSONS, lesson
from playground.utils import translation
from tests import messages

NAME = re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)")  # what stands in italics
OWN = ("y", "lerp", "slerp")  # a symbol, and words that are explained there; not on any button


def on_pages(language: str) -> list[re.Pattern[str]]:
    """The texts of the app in a language; any words fit where something is put in."""
    if language == translation.ENGLISH:
        texts = {str(entry.id) for entry in messages.template() if entry.id}
    else:
        texts = {str(entry.string) for entry in messages.read(translation.file_of(language)) if entry.id}
    said = {text for text in texts if len(re.sub(r"\{.*?\}|\W", "", text)) > 1}
    return [re.compile(re.sub(r"\\\{.*?\\\}", "“?.{1,40}”?", re.escape(text))) for text in said]


@pytest.mark.parametrize("language", translation.languages())
def test_every_name_in_a_lesson_stands_on_a_page(language: str) -> None:
    known, unknown = on_pages(language), dict[str, list[str]]()
    for key in LESSONS:
        for step in lesson(key, language).steps:
            names = [" ".join(name.split()) for name in NAME.findall(f"{step.text}\n{step.question}")]
            names = [name for name in names if name not in OWN and not any(text.fullmatch(name) for text in known)]
            if names:
                unknown.setdefault(key, []).extend(names)
    assert unknown == {}
