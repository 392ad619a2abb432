"""A language for tests: English with an accent on each letter, 40 % longer, in brackets. ⟦Ĺíķé ţĥíš …⟧

What a page still shows without accents was never translated. `strangers` finds it.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element, Node

from playground.data import DATASETS
from playground.ui.glossary import TERMS
from playground.utils import translation
from tests import messages

LANGUAGE = "qps"
PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ACCENTED = "ÁƁÇĐÉƑĜĤÍĴĶĹḾŃÓÞǪŔŠŢÚṼŴẊÝŽáƀçđéƒĝĥíĵķĺḿńóþǫŕšţúṽŵẋýž"
_ACCENTS = str.maketrans(PLAIN, ACCENTED)
# Places, code, formulas, icons, directives and tags stay as they are.
_KEPT = re.compile(r"\{[^{}]*\}|`[^`]*`|\$[^$]*\$|:[a-z_]+[/\[][\w/]*:?|<[^<>]*>|\]\([^)]*\)")
_SKIPPED = re.compile(
    r"%\{\w+\}|`[^`]*`|\${1,2}[^$]*\${1,2}|:material/\w+:|:\w+(?=\[)|https?://\S+|\]\([^)]*\)", re.DOTALL
)
_WORD = re.compile(r"(?<![\w&])[A-Za-z]{2,}(?:['’][A-Za-z]+)*(?!\w)")
_ID = re.compile(r"(?<!\S)((?=\S*\d)[\w-]{16,}([:.]\S*)?|/\S*|\S{60,})(?!\S)")  # and paths, and bytes
_NO_TEXT = re.compile(
    "id|form_id|key|element_id|page_script_hash|active_script_hash|fragment_id|query_string|hash|component_name|url|"
    "url_pathname|html_content|css_content|js_content|icon|widget_id|page|autocomplete|shortcut|icon_position|type|main_script_path|"
    "url_path|arrow_data|language|format|group_id|color|text_align|persist_state_key|width|height|body_type|mime_type"
)  # fields of messages to the browser
_DATA = re.compile(
    "key|token|kind|chosen|status|weights|sheet|picture|url|src|fill|icon|type|mode|dash|symbol|layer|xref|yref|shape|also|"
    "family|color|fillcolor|textposition|xanchor|yanchor|hoverinfo|turn|has|side|bgcolor|hovermode|constrain|ticks|anchor"
)  # fields of what components get
ALLOWED = re.compile(
    "GAN|Playground|DCGAN|MLP|WGAN|CycleGAN|PatchGAN|InfoGAN|Adam|AdamW|SGD|RMSprop|CPU|MNIST|EMA|FID|KID|PNG|SVG|CSV|JSON|"
    "NaN|English|CIFAR|KMNIST|EMNIST|WebP|GIF|Shift|Enter|lerp|slerp|spline|"
    "losses|scores|batch|steps|ema|square|triangle|up|rgba|real|generated|broad|unified|domain|top"
)  # names, keys of the keyboard, and what components know by these words


def pseudo(text: str) -> str:
    """A text in the language for tests."""
    parts, end = [], 0
    for found in _KEPT.finditer(text):
        parts += [text[end : found.start()].translate(_ACCENTS), found[0]]
        end = found.end()
    said = "".join([*parts, text[end:].translate(_ACCENTS)])
    return f"⟦{said}{'·' * (2 * len(text) // 5)}⟧"


def speak() -> None:
    """Have the language: all texts that a translator gets."""
    translation.add(LANGUAGE, {str(entry.id): pseudo(str(entry.id)) for entry in messages.template() if entry.id})


def strangers(page: AppTest) -> dict[str, str]:
    """The words on a page in no language but English, each with the text it was first seen in."""
    found: dict[str, str] = {}
    for text in texts(page):
        for paper in _papers():
            text = text.replace(paper, " ")
        for word in _WORD.findall(_SKIPPED.sub(" ", _ID.sub(" ", _seen(text)))):
            if not ALLOWED.fullmatch(word):
                found.setdefault(word, " ".join(text.split())[:160])
    return found


@cache
def _papers() -> set[str]:
    """Titles of papers, which are in the language of the papers."""
    return {term.paper for term in TERMS.values()} | {data.citation for data in DATASETS.values() if data.citation}


def texts(page: AppTest) -> Iterator[str]:
    """All that the messages of a page to the browser say."""
    yield from _of_node(page._tree)


def _of_node(node: Node) -> Iterator[str]:
    if isinstance(node, Block):
        if (proto := getattr(node, "proto", None)) is not None:
            yield from _of_message(proto)
        for child in node.children.values():
            yield from _of_node(child)
    elif isinstance(node, Element) and node.type not in ("code", "imgs"):
        yield from _of_message(node.proto)


def _of_message(message: Any) -> Iterator[str]:
    for field, value in message.ListFields():
        if _NO_TEXT.fullmatch(field.name):
            continue
        for one in value if field.is_repeated else [value]:
            if field.type == field.TYPE_STRING:
                yield from _of_component(one) if field.name == "json" else [one]
            elif field.type == field.TYPE_BYTES:
                yield from _of_component(_head(one))
            elif field.type == field.TYPE_MESSAGE and not field.message_type.GetOptions().map_entry:
                yield from _of_message(one)


def _head(content: bytes) -> str:
    """The JSON in what a component gets, see `frames.packed`."""
    size = int.from_bytes(content[:4], "little")
    try:
        return content[4 : 4 + size].decode()
    except UnicodeDecodeError:
        return ""


def _of_component(text: str) -> Iterator[str]:
    """The texts in the data of a component: what looks like a sentence or a label, no keys and no colours."""
    try:
        yield from _of_json(json.loads(text))
    except ValueError:
        yield text


def _of_json(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _of_json(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if not _DATA.fullmatch(name):
                yield from _of_json(one)


def _seen(text: str) -> str:
    """What is seen of HTML, and what is read out of it."""
    if "<" not in text:
        return text
    text = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", text, flags=re.DOTALL)
    said = " ".join(re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', text))
    return html.unescape(re.sub(r"<[^<>]*>", " ", text) + " " + said)
