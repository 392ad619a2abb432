"""Terms in sentences: found, explained once, and from the glossary alone."""

from __future__ import annotations

import re

import pytest

from playground.coach import CONDITIONS
from playground.ui import terms
from playground.ui.glossary import TERMS
from tests.app.form import read
from tests.said import lengthy


def marked(text: str, before: str = "") -> list[str]:
    return re.findall(r'tabindex="0">(.*?)<span role="tooltip">', terms.explained(text, before))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Mode collapse. 1 of 8 modes.", ["Mode collapse", "modes"]),
        ("Use the non-saturating loss and an EMA.", ["non-saturating loss", "EMA"]),
        ("Clipping saturates D: 90 % within 3σ.", ["Clipping", "saturates", "3σ"]),
        ("Modes, mode, modes.", ["Modes"]),
        ("A model of modern r10.", []),
        ("The logits oscillate; an oscillation.", ["logits", "oscillation"]),
        ("", []),
    ],
)
def test_terms_are_found_as_whole_words_and_once(text: str, found: list[str]) -> None:
    assert marked(text) == found
    assert read(terms.explained(text)) == text


def test_what_was_explained_before_is_not_explained_again() -> None:
    assert marked("All modes collapse: mode collapse.", "Mode collapse.") == ["modes"]


def test_nothing_in_a_sentence_is_taken_for_html_or_markdown() -> None:
    said = terms.explained("<img src=x> **scores** [a](b) $x$")
    assert re.sub(r"<dfn.*?</dfn>", "", said) == r"\<img src=x\> \*\*\*\* \[a\](b) \$x\$"


@pytest.mark.parametrize("key", TERMS)
def test_each_word_leads_to_its_term(key: str) -> None:
    for word in TERMS[key].words:
        assert marked(f"See {word} here.") == [word]
        assert TERMS[key].sentence in terms.explained(word)


JARGON = (
    "mode collapse", "mode hopping", "vanishing gradient", "gradients", "scores", "logits", "divergence", "oscillation",
    "saturates", "clipping", "overfits", "memorisation", "converged", "3σ", "recall", "Fréchet distance", "EMA", "R1",
    "non-saturating loss", "momentum", "learning rates", "augmentation", "gradient penalty", "NaN", "modes",
    "equilibrium",
)  # fmt: skip


def test_all_jargon_that_the_coach_uses_is_explained() -> None:
    words = [c.label for c in CONDITIONS.values()] + [c.explanation + " " + c.advice for c in CONDITIONS.values()]
    for key in CONDITIONS:
        words += [sentence for diagnosis in lengthy(key) for sentence in diagnosis.evidence]
    said = " ".join(words).casefold()
    used = [word for word in JARGON if re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", said)]
    assert len(used) > 15
    assert [word for word in used if marked(word) != [word]] == []
