"""Terms of the field in a sentence, each with its explanation: on hover, on focus, and at a tap."""

from __future__ import annotations

import re
from functools import cache

from playground.ui.glossary import TERMS
from playground.ui.style import escape_markdown
from playground.utils.translation import _, language_of_reader


def explained(text: str, before: str = "") -> str:
    """`text` as Markdown with HTML in which each term of the glossary is explained where it comes first.

    `before` is what stands before the text; its terms are explained there.
    """
    parts, end = [], 0
    words, pattern = _words(language_of_reader()), _pattern(language_of_reader())
    known = {words[word.casefold()] for word in pattern.findall(before)}
    for found in pattern.finditer(text):
        key = words[found[0].casefold()]
        if key not in known:
            known.add(key)
            about = f"**{escape_markdown(_(TERMS[key].name))}.** {escape_markdown(_(TERMS[key].sentence))}"
            parts += [escape_markdown(text[end : found.start()]), with_tip(found[0], about)]
            end = found.end()
    return "".join([*parts, escape_markdown(text[end:])])


def with_tip(word: str, about: str) -> str:
    """A word as Markdown with HTML; `about`, which is Markdown in one line, shows while it is pointed at or focused."""
    return f'<dfn class="term" tabindex="0">{escape_markdown(word)}<span role="tooltip">{about}</span></dfn>'


@cache
def _words(_language: str) -> dict[str, str]:
    """The keys of the glossary by the words that stand for them in sentences of this language, the one that is read."""
    return {_(word).casefold(): key for key, term in TERMS.items() for word in term.words}


@cache
def _pattern(language: str) -> re.Pattern[str]:
    """Finds these words; of two that start at one place the longer one."""
    words = sorted(_words(language), key=len, reverse=True)
    return re.compile("|".join(map(_bounded, words)), re.IGNORECASE)


def _bounded(word: str) -> str:
    """A pattern for a word that is no part of another one; where words are written without spaces, nobody can tell."""
    before, after = (r"(?<!\w)", r"(?!\w)") if word.isascii() or not _UNSPACED.search(word) else ("", "")
    return f"{before}{re.escape(word)}{after}"


_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")  # Chinese and Japanese
