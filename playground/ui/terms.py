"""Terms of the field in a sentence, each with its explanation: on hover, on focus, and at a tap."""

from __future__ import annotations

import re
from functools import cache

from playground.ui.glossary import TERMS
from playground.ui.style import escape_markdown
from playground.utils.translation import _


def explained(text: str, before: str = "") -> str:
    """`text` as Markdown with HTML in which each term of the glossary is explained where it comes first.

    `before` is what stands before the text; its terms are explained there.
    """
    parts, end = [], 0
    known = {_words()[word.casefold()] for word in _pattern().findall(before)}
    for found in _pattern().finditer(text):
        key = _words()[found[0].casefold()]
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
def _words() -> dict[str, str]:
    """The keys of the glossary by the words that stand for them in sentences."""
    return {_(word).casefold(): key for key, term in TERMS.items() for word in term.words}


@cache
def _pattern() -> re.Pattern[str]:
    """Finds these words; of two that start at one place the longer one."""
    words = sorted(_words(), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)
