"""Every sentence a user reads goes through `_`; English is the source language.

`_` asks `language_of` which language is read at present: the pages answer for the visitor whose page is drawn, the
command line for its user; everywhere else, as in an engine, it is English. What `_` gives remembers from what it was
made, so a sentence that was made in another process, or when a module was imported, is translated where it is read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from numbers import Number
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).resolve().parents[2] / "assets" / "locales"
ENGLISH = "en"
SETTING = "PLAYGROUND_LANGUAGE"
_FILE = Path("LC_MESSAGES", "playground.po")
_WIDE_MARK = re.compile(r"(?<=[，。；：？！、）]) +(?=\S)")  # which has its space within itself

_FIXED = 4  # letters and marks that a text must have besides what is put in, to be recognised

_others: dict[str, Mapping[str, str]] = {}  # languages that have no file: what each English text is there


def _english() -> str:
    return ENGLISH


language_of: Callable[[], str] = _english  # which language is read at present


def language_of_reader() -> str:
    """Which language is read at present, as whoever knows says it."""
    return language_of()


class Message(str):
    """A text that remembers the English one that it is a translation of, and what was put into that.

    It is a str like any other in the language in which it was made, and so are its equality and its hash. It pickles.
    """

    source: str
    arguments: tuple[tuple[Any, ...], dict[str, Any]] | None  # None where nothing was put in
    language: str

    def __new__(
        cls,
        text: str,
        source: str | None = None,
        arguments: tuple[tuple[Any, ...], dict[str, Any]] | None = None,
        language: str = ENGLISH,
    ) -> Message:
        message = super().__new__(cls, text)
        message.source = str.__str__(text) if source is None else source
        message.arguments = arguments
        message.language = language
        return message

    def format(self, *args: object, **kwargs: object) -> Message:
        """As of any str; a message that is put into another one is translated with it."""
        if self.arguments is not None:  # text that is whole
            return Message(super().format(*args, **kwargs), language=self.language)
        kept = tuple(map(_kept, args)), {name: _kept(value) for name, value in kwargs.items()}
        args = tuple(_read(value, self.language) for value in args)
        kwargs = {name: _read(value, self.language) for name, value in kwargs.items()}
        try:
            text = super().format(*args, **kwargs)
        except (LookupError, ValueError):
            if self.language == ENGLISH:
                raise
            text = self.source.format(*args, **kwargs)  # a translation has other places than its original
        return Message(_WIDE_MARK.sub("", text), self.source, kept, self.language)

    def replace(self, old: str, new: str, count: int = -1) -> str:  # type: ignore[override]
        """As of any str; still to be translated where only what was put in had `old`."""
        text = super().replace(old, new, count)
        if text == self:
            return self
        if self.arguments is None or count != -1:
            return text
        args, kwargs = self.arguments

        def inside(value: Any) -> Any:
            return value.replace(old, new) if isinstance(value, str) else value

        made = _plain(self.source, self.language).format(
            *map(inside, args), **{name: inside(value) for name, value in kwargs.items()}
        )
        return made if made == text else text

    def __str__(self) -> str:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, (str.__str__(self), self.source, self.arguments, self.language)


def _(text: str) -> str:
    """`text` in the language that is read at present, or as it is where no translation is known.

    What was put into a `Message` before is put into its translation, and is translated if it is a message itself.
    """
    return _in(text, language_of()) if text else ""


def _in(text: str, language: str) -> str:
    if not isinstance(text, Message):
        return _plain(text, language)
    if text.language == language:
        return text
    message = _plain(text.source, language)
    if text.arguments is None:
        return message
    args, kwargs = text.arguments
    return message.format(*args, **kwargs)


def english(text: str) -> str:
    """A message in English, for a font that has no other letters; any other text as it is."""
    return _in(text, ENGLISH) if isinstance(text, Message) else text


def joined(separator: str, texts: Iterable[str]) -> str:
    """As `separator.join(texts)`, but the messages among them are still to be translated; empty ones are left out."""
    whole = ""
    for text in filter(None, texts):
        whole = _(f"{{a}}{separator}{{b}}").format(a=whole, b=text) if whole else text
    return whole


def capitalised(text: str) -> str:
    """A sentence that begins with a capital letter in English; its translation begins as it likes."""
    whole = text[:1].upper() + text[1:]
    return Message(whole, text.source, text.arguments) if isinstance(text, Message) else whole


@lru_cache(maxsize=4096)
def _recognised(text: str, language: str) -> str:
    if (whole := _plain(text, language)) != text or language == ENGLISH:
        return whole
    for literals, pattern, template in _templates(language):
        if all(literal in text for literal in literals) and (found := pattern.fullmatch(text)):
            parts = {name: _recognised(part, language) for name, part in found.groupdict().items()}
            return _plain(template, language).format(**parts)
    return text


def recognised(text: str) -> str:
    """The translation of a text in English that was saved, and no longer knows what was put into it."""
    return _recognised(text, language_of())


@lru_cache(maxsize=8)
def _templates(language: str) -> list[tuple[tuple[str, ...], re.Pattern[str], str]]:
    """Texts into which at most three names are put: what else they have, a pattern, and the text. The longest first."""
    found = []
    for template in _catalog(language):
        literals, names = re.split(r"\{\w+\}", template), re.findall(r"\{(\w+)\}", template)
        fixed = sum(map(len, literals))
        if 0 < len(names) == len(set(names)) < 4 and fixed >= _FIXED and "{" not in "".join(literals):
            parts = [re.escape(literals[0])]
            for name, literal in zip(names, literals[1:], strict=True):
                parts += [f"(?P<{name}>.+?)", re.escape(literal)]
            found.append((fixed, tuple(literals), re.compile("".join(parts), re.DOTALL), template))
    return [rest for _fixed, *rest in sorted(found, key=lambda row: -row[0])]  # type: ignore[misc]


def number(n: int) -> str:
    """`n` with a thin space between thousands, which no language takes for a decimal mark."""
    return f"{n:,}".replace(",", "\u202f")


def _read(value: Any, language: str) -> Any:
    return _in(value, language) if isinstance(value, Message) else value


def _kept(value: Any) -> Any:
    """What a message remembers of something that was put into it: small, and it pickles."""
    if value is None or isinstance(value, Message | Number):
        return value
    return str(value)


# Languages


def is_set() -> bool:
    """Whether the environment asks for a language."""
    return bool(os.environ.get(SETTING))


def of_environment() -> str:
    """The language that `PLAYGROUND_LANGUAGE` asks for; English where there is no such translation."""
    return match(os.environ.get(SETTING, "")) or ENGLISH


@lru_cache(maxsize=1)
def _with_file() -> tuple[str, ...]:
    return tuple(sorted(file.parent.parent.name for file in LOCALES.glob(f"*/{_FILE}")))


def languages() -> tuple[str, ...]:
    """English, and each language that has a file."""
    return (ENGLISH, *(name for name in (*_with_file(), *_others) if name != ENGLISH))


def match(wanted: str) -> str:
    """The language that is meant by a tag such as zh-CN, zh_Hant_TW or en-GB: that one or a relative; "" if none is."""
    tag = wanted.partition(".")[0].replace("-", "_").casefold()
    known = {language.casefold(): language for language in languages()}
    base = tag.partition("_")[0]
    relatives = [language for folded, language in known.items() if base and folded.partition("_")[0] == base]
    return known.get(tag) or (relatives[0] if relatives else "")


@cache
def name_of(language: str) -> str:
    """What a language is called by those who read it."""
    try:
        from babel import Locale, UnknownLocaleError
    except ImportError:
        return "English" if language == ENGLISH else language
    try:
        return Locale.parse(language).language_name or language
    except (UnknownLocaleError, ValueError):
        return language


def add(language: str, texts: Mapping[str, str]) -> None:
    """Have a language that has no file, as a test may want: what each English text is in it."""
    _others[language] = texts
    for cached in (_plain, _catalog, _templates, _recognised):
        cached.cache_clear()


@lru_cache(maxsize=16_384)
def _plain(text: str, language: str) -> Message:
    """The translation of a text into which nothing was put yet."""
    if language == ENGLISH:
        return Message(text, language=language)
    return Message(_catalog(language).get(text, text), text, language=language)


def file_of(language: str) -> Path:
    """The file with the translations into a language."""
    return LOCALES / language / _FILE


@cache
def _catalog(language: str) -> Mapping[str, str]:
    """The translations in the file of a language; none where there is no such file, or Babel is not installed."""
    if language in _others or language not in _with_file():
        return _others.get(language, {})
    try:
        from babel.messages.pofile import read_po  # the core runs without it
    except ImportError:
        return {}
    with file_of(language).open("rb") as content:
        read = read_po(content, locale=language)
    return {str(entry.id): str(entry.string) for entry in read if entry.id and entry.string and not entry.fuzzy}
