"""How a component is registered, and the forms in which components get pictures, points and numbers."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from playground.engine.messages import View
from playground.ui import door
from playground.ui.style import DARK, LIGHT
from playground.utils.translation import ENGLISH, _, language_of_reader

HERE = Path(__file__).parent
MOST = 32_767  # the greatest 16-bit number

_INKS = ".root { --generated-ink: color-mix(in srgb, var(--generated) 80%, var(--st-text-color)); }\n"  # of text
_PALETTE = "".join(
    f"{selector} {{ --real: {colours.real}; --generated: {colours.generated}; "
    f"--discriminator: {colours.discriminator}; --neutral: {colours.neutral}; --faint: {colours.faint}; }}\n"
    for selector, colours in ((".root", LIGHT), (".root.dark", DARK))
)


# What Streamlit sends again with every change. The script has the styles, so that the browser keeps both.
_IMPORT = """const { default: render } = await import(new URL("%s", document.baseURI));
export default render;
"""
_UNTIL_THEN = ".root { visibility: hidden; max-height: 0; overflow: hidden; }"  # and takes no room
_SHOWN = ".root { visibility: visible; max-height: none; overflow: visible; }\n"
_STYLED = """
const STYLES = new CSSStyleSheet();
STYLES.replaceSync(%s);
export default function (component) {
const root = component.parentElement.getRootNode();
if (!root.adoptedStyleSheets?.includes(STYLES)) root.adoptedStyleSheets?.push(STYLES);
return render(component);
}
"""


def register(
    name: str,
    *scripts: str,
    constants: Mapping[str, Any] | None = None,
    words: Callable[[], Mapping[str, Any]] | None = None,
    isolated: bool = True,
) -> Any:
    """Register the component that lives in `name`.html, .css and .js beside this file; gives its mounting command.

    `scripts` are the stems of further scripts that its own one uses, `constants` names that they know. They know WORDS,
    too, if it has `words`: then it has a script for each language. One that is not `isolated` stands in the document
    itself, and its styles apply to all of the page: they name the component.
    """
    if words is None:
        return _registered(name, name, scripts, constants or {}, isolated)

    @cache
    def of(language: str) -> Any:
        known = {"WORDS": words(), **(constants or {})}
        called = name if language == ENGLISH else f"{name}_{language}"
        return _registered(name, called, scripts, known, isolated)

    of(ENGLISH)
    return lambda **mounting: of(language_of_reader())(**mounting)


def _registered(name: str, called: str, scripts: tuple[str, ...], constants: Mapping[str, Any], isolated: bool) -> Any:

    def text(stem: str, suffix: str) -> str:
        return _lean((HERE / f"{stem}.{suffix}").read_text("utf-8"))

    shared = _PALETTE + _INKS + _SHOWN + text("common", "css") if isolated else ""
    styles = shared + text(name, "css")
    known = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in constants.items())
    own = text(name, "js").replace("export default function (component)", "function render(component)")
    script = known + "".join(text(stem, "js") for stem in ("common", *scripts)) + own + _STYLED % json.dumps(styles)
    return st.components.v2.component(
        f"playground_{called}",
        html=text(name, "html"),
        css=_UNTIL_THEN if isolated else None,
        js=_IMPORT % door.publish(name, script.encode()),
        isolate_styles=isolated,
    )


def source(view: View, held: str = "") -> dict[str, Any]:
    """The switch of the stage between the average of G and G as it is, for the browser.

    It shows whose samples are drawn. It cannot be turned where there is only one of the two, or where `held` says why.
    """
    if not held and not view.averaged:
        held = _("This run does not average the weights of G: its EMA half-life is 0.")
    return {
        "weights": view.weights,
        "label": _("Samples from"),
        "names": {"ema": _("EMA"), "raw": _("raw")},
        "help": {
            "ema": held or _("G with the average of its weights over the last steps (EMA). Training does not use it."),
            "raw": held or _("G with its weights at this step, the one that D plays against."),
        },
        "held": bool(held),
    }


def heard(key: str, name: str) -> Any:
    """What the component `key` said last under `name`, for the callback; None if it is gone by now."""
    component = st.session_state.get(key)
    return component[name] if component else None


def nothing() -> None:
    """For a callback of what a component cannot say this time."""


def _lean(text: str) -> str:
    """`text` without indentation, empty lines and lines of comment: Streamlit sends it again with every change."""
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


def packed(data: Any) -> bytes:
    """`data` for a component: JSON, and behind it what is bytes in it, of which it says {"bytes": [first, end]}.

    Its script calls `unpacked`. In JSON alone the bytes would be base64, which is a third longer.
    """
    parts: list[bytes] = []

    def place(value: Any) -> dict[str, tuple[int, int]]:
        if not isinstance(value, bytes):
            raise TypeError(f"a component cannot get {type(value).__name__}")
        first = sum(map(len, parts))
        parts.append(value)
        return {"bytes": (first, first + len(value))}

    head = json.dumps(data, default=place, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([len(head).to_bytes(4, "little"), head, *parts])


def sprite(images: np.ndarray, columns: int) -> str:
    """`images` (n, h, w, c) uint8, c 1 or 3, as one PNG of `columns` tiles a row, row by row; a data URI."""
    n, h, w, c = images.shape
    rows = -(-n // columns)
    sheet = np.zeros((rows * columns, h, w, c), np.uint8)
    sheet[:n] = images
    sheet = sheet.reshape(rows, columns, h, w, c).swapaxes(1, 2).reshape(rows * h, columns * w, c)
    file = io.BytesIO()
    Image.fromarray(sheet[..., 0] if c == 1 else sheet).save(file, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def points(xy: np.ndarray) -> list[list[float]]:
    """Points (n, 2) as short numbers for JSON; what is not finite is drawn at the origin."""
    out: list[list[float]] = np.nan_to_num(xy.astype(np.float64), posinf=0, neginf=0).round(3).tolist()
    return out


def short(values: np.ndarray, reach: float | None = None) -> dict[str, Any]:
    """`values` as bytes of 16-bit numbers over [-reach, reach]; what lies beyond is drawn at the edge.

    Without `reach`, their own greatest distance from 0. What is not a number counts as 0.
    """
    values = np.nan_to_num(np.asarray(values, np.float64))
    reach = reach or max(float(np.abs(values).max(initial=0)), 1e-9)
    steps = np.rint(values.clip(-reach, reach) * (MOST / reach)).astype("<i2")
    return {"b": steps.tobytes(), "unit": reach / MOST}
