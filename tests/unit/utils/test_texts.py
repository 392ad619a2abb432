"""Texts that remember from what they were made."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from playground.utils import translation
from playground.utils.errors import UserError
from playground.utils.translation import Message, _, capitalised, joined, recognised

TEXTS = {
    "Learning rate": "Lernrate",
    "{knob} was changed": "{knob} wurde geändert",
    "Step {n}: {what}.": "{what}, in Schritt {n}。",
    "{a}, {b}": "{a} und {b}",
    "{n:.2f} of {all:.0f}": "{n:.2f} von {all:.0f}",
    "{file} is broken": "{datei} ist kaputt",
    "recall {n}": "Trefferquote {n}",
    "Done.": "Fertig。",
}
EVENT = "Step {n}: {what}."


@pytest.fixture(autouse=True)
def _only_here(monkeypatch):
    monkeypatch.setattr(translation, "_others", {})
    monkeypatch.setattr(translation, "language_of", lambda: "en")
    translation.add("xx", TEXTS)
    yield
    monkeypatch.undo()
    translation.add("gone", {})
    translation._others.pop("gone")


def read(text, language="xx"):
    """What a reader of a language sees of a text."""
    translation.language_of = lambda: language
    try:
        return _(text)
    finally:
        translation.language_of = lambda: "en"


def event():
    return _(EVENT).format(n=3, what=_("{knob} was changed").format(knob=_("Learning rate")))


def test_a_constant_is_translated_where_it_is_read():
    text = _("Learning rate")
    assert text == "Learning rate"
    assert hash(text) == hash("Learning rate")
    assert read(text) == "Lernrate"
    assert read("Learning rate") == "Lernrate"
    assert read("nobody translated this") == "nobody translated this"
    assert read("") == ""


def test_what_was_put_in_is_put_into_the_translation_and_is_translated():
    assert event() == "Step 3: Learning rate was changed."
    assert read(event()) == "Lernrate wurde geändert, in Schritt 3。"
    assert read(read(event()), "en") == event()


def test_numbers_keep_their_format():
    text = _("{n:.2f} of {all:.0f}").format(n=0.123, all=7.9)
    assert text == "0.12 of 8"
    assert read(text) == "0.12 von 8"


@pytest.mark.parametrize("again", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy, copy.copy])  # noqa: S301
def test_a_copy_in_another_process_is_still_to_be_translated(again):
    text = again(event())
    assert type(text) is Message
    assert read(text) == read(event())


def test_str_and_errors_keep_it():
    assert read(str(event())) == read(event())
    assert read(str(UserError(event()))) == read(event())
    assert read(_(EVENT).format(n=1, what=UserError(_("Learning rate")))) == "Lernrate, in Schritt 1。"


def test_it_is_a_text_like_any_other_to_json():
    assert json.dumps({"a": event()}) == json.dumps({"a": "Step 3: Learning rate was changed."})


def test_a_translation_with_other_places_falls_back_to_english():
    text = _("{file} is broken").format(file="a.zip")
    assert read(text) == "a.zip is broken"


def test_a_text_with_braces_put_in_stays_as_it_is():
    text = _("{knob} was changed").format(knob="{n} {0.__class__}")
    assert read(text) == "{n} {0.__class__} wurde geändert"


def test_joined_texts_stay_translatable():
    text = joined(" ", [_("Done."), event(), ""])
    assert text == "Done. Step 3: Learning rate was changed."
    assert read(text) == "Fertig。Lernrate wurde geändert, in Schritt 3。"
    assert joined(", ", []) == ""
    assert read(joined(", ", [_("Learning rate"), "b", "c"])) == "Lernrate und b und c"


def test_a_capital_letter_is_of_english_alone():
    text = capitalised(joined(", ", [_("recall {n}").format(n=1), "b"]))
    assert text == "Recall 1, b"
    assert read(text) == "Trefferquote 1 und b"


def test_what_is_hidden_in_a_part_leaves_the_rest_translatable():
    text = _("{knob} was changed").format(knob="/home/me/x")
    assert read(text.replace("/home/me", "…")) == "…/x wurde geändert"
    assert text.replace("zebra", "") is text


def test_a_text_from_disk_is_recognised():
    translation.language_of = lambda: "xx"
    assert recognised("Step 3: Learning rate was changed.") == "Lernrate wurde geändert, in Schritt 3。"
    assert recognised("Something else") == "Something else"


def test_languages_are_known_by_tags():
    known = {"zh_CN": ["zh", "zh-CN", "zh_TW", "zh-Hant-HK", "ZH-cn", "zh_CN.UTF-8"], "en": ["en", "en-GB"]}
    assert {language: {*map(translation.match, tags)} for language, tags in known.items()} == {
        language: {language} for language in known
    }
    assert translation.match("") == translation.match("de") == translation.match("_") == ""


def test_the_environment_is_asked_by_who_wants_it(monkeypatch):
    monkeypatch.setenv(translation.SETTING, "zh-TW")
    assert translation.of_environment() == "zh_CN"
    assert _("Learning rate").language == "en"
    monkeypatch.setenv(translation.SETTING, "nonsense")
    assert translation.of_environment() == "en"


def test_a_language_is_called_as_its_readers_call_it():
    assert [translation.name_of(language) for language in ("en", "zh_CN", "xx")] == ["English", "中文", "xx"]
