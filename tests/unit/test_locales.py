"""The files of translations: each is complete, and says the same things in the same places."""

from __future__ import annotations

import string
import subprocess
import sys

import pytest
from babel.messages.catalog import Catalog

from playground.utils import translation
from tests import messages

LANGUAGES = [language for language in translation.languages() if language != translation.ENGLISH]
MARKS = ("**", "`", "](", "$", "\\(")
ENDS = ("\n", " ")


def catalog(language: str) -> Catalog:
    return messages.read(translation.file_of(language))


def places(text: str) -> list[tuple[str, str]] | None:
    """The places of a text for what is put in, with their formats; None where it is no template."""
    try:
        return sorted(
            (name, form or "") for _text, name, form, _as in string.Formatter().parse(text) if name is not None
        )
    except ValueError:
        return None


def differences(source: str, text: str) -> list[str]:
    """What of a text is not as in its source."""
    found = [mark for mark in MARKS if source.count(mark) != text.count(mark)]
    found += [
        "ends" for end in ENDS if (source.endswith(end), source[:1] == end) != (text.endswith(end), text[:1] == end)
    ]
    return found + (["places"] if places(source) not in (None, places(text)) else [])


def test_chinese_is_there() -> None:
    assert "zh_CN" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_is_left_over(language: str) -> None:
    known = {str(entry.id): entry for entry in catalog(language) if entry.id}
    wanted = {str(entry.id) for entry in messages.template() if entry.id}
    assert wanted - known.keys() == set(), "python -m tests.messages adds them"
    assert known.keys() - wanted == set(), "python -m tests.messages takes them out"
    assert [text for text, entry in known.items() if not entry.string or entry.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_and_marks_of_its_source(language: str) -> None:
    pairs = [(str(entry.id), str(entry.string)) for entry in catalog(language) if entry.id]
    assert {source: found for source, text in pairs if (found := differences(source, text))} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_is_as_the_command_writes_it(language: str) -> None:
    file = translation.file_of(language)
    assert messages.written(messages.updated(messages.read(file))) == file.read_bytes()


def test_differences_are_noticed() -> None:
    assert differences("{n} **of** {all:.0f}", "{all:.0f} 个中的 **{n}** 个") == []
    assert differences("{n} of `x`", "{m} 个 x") == ["`", "places"]
    assert differences("{n:.2f}", "{n:.3f}") == ["places"]
    assert differences("of ", "个") == ["ends"]


def test_texts_in_f_strings_are_found() -> None:
    """Babel does not look there."""
    assert "You are watching." in messages.in_source()


def test_without_babel_everything_is_in_english() -> None:
    code = (
        "import sys; sys.modules['babel'] = None\n"
        "from playground.utils import translation\n"
        "translation.language_of = lambda: 'zh_CN'\n"
        "print(translation._('Play'), translation.name_of('en'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["Play", "English"]
