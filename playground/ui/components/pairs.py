"""The stage of a translation: what G was given, what it made of it, and what belongs to them, pair by pair."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from playground.data.modality import tiles_of
from playground.engine.messages import Translation, View
from playground.losses.objectives import OBJECTIVES
from playground.ui.components import frames
from playground.utils.colors import shades
from playground.utils.translation import _

PNG_MOST = 16_384  # bytes; what is more is sent twice a second with a loss that nobody sees
QUALITY = 85
LANE = (5, 8)  # bands and columns in a lane of a race, at most

PARTS = {  # of a pair, in the order in which they stand below each other
    "input": _("input"),
    "output": _("▲ output"),
    "truth": _("● truth"),
    "back": _("▲ back again"),
}
TRANSLATED = _("▲ translated")  # what an output is called where nobody knows the truth


def words() -> dict[str, Any]:
    """The words that the script shows."""
    return {
        "keys": _("Arrow keys move, Enter follows a pair through time."),
        "pair": _("Pair {n}"),
        "follow": _("A click follows it through time."),
        "followed": _("Followed through time."),
        "wipe": _("Wipe the input over the output"),
        "wipes": _("wipe over it ▸"),
        "patches": _("D's patches"),
        "patchesHelp": _("What D says of each part of an output, from generated to real"),
        "ofPatches": _("patches"),
        "way": _("Which way"),
        "ways": [_("A to B"), _("B to A")],
    }


_mount = frames.register("pairs", "colour_ramp", "pairs_pictures", words=words)


def pairs(
    view: View,
    *,
    key: str,
    alt: str,
    smooth: bool,
    most: tuple[int, int],
    followed: int | None,
    backwards: bool,
    source: dict[str, Any],
    on_weights: Callable[[], None],
) -> int | None:
    """Draw the translations of `view`; gives the index of the pair that was clicked just now, to be followed.

    `most` are how many rows of pictures and pairs in a row may be shown. `backwards`: whether the way from B to A is
    shown. After a press of its switch `st.session_state[key]["backwards"]` is whether it is to be. `source` is the
    switch between the average of G and G as it is, see `frames.source`; `on_weights` is called after a press of it,
    with what was chosen in `frames.heard(key, "weights")`.
    """
    data = payload(view, alt, smooth, most, followed, backwards) | {"source": source}
    result = _mount(
        key=key,
        data=frames.packed(data),
        height="stretch",
        on_picked_change=frames.nothing,
        on_backwards_change=frames.nothing,
        on_weights_change=on_weights,
    )
    picked: int | None = result.picked
    return picked


def small_pairs(view: View, *, key: str, alt: str) -> None:
    """Draw the translations of `view` over all of the room there is, without switches and without a close-up."""
    rows = LANE[0] * len(PARTS)
    source: dict[str, Any] = {"weights": view.weights, "label": "", "names": {}, "help": {}, "held": True}
    data = payload(view, alt, True, (rows, LANE[1]), None, False, small=True) | {"source": source}
    _mount(key=key, data=frames.packed(data), height="stretch")


def payload(
    view: View,
    alt: str,
    smooth: bool,
    most: tuple[int, int],
    followed: int | None,
    backwards: bool,
    small: bool = False,
) -> dict[str, Any]:
    """What the browser gets of one View: 10 to 25 KB."""
    there = view.translation
    assert there is not None
    turns = there.reverse is not None
    backwards = backwards and turns
    shown = there.reverse if backwards and there.reverse is not None else there
    found = _parts(shown, view.samples)
    pictures = _alike([tiles_of(samples) for samples in found.values()])
    count, height, width = pictures.shape[1:4]
    rows, columns = most
    probability = OBJECTIVES[view.config["objective"]].probability
    scored = not backwards and view.scores is not None
    return {
        "parts": [{"name": name, "label": _label(name, found)} for name in found],
        "sheet": _sheet(pictures),
        "tile": [width, height],
        "count": count,
        "hidden": None if shown.hidden is None else np.packbits(shown.hidden[:count]).tobytes(),
        "patches": None if small else _patches(shown.patches, probability),
        "scores": [round(float(s), 4) for s in np.nan_to_num(view.scores[:count])] if scored else [],  # type: ignore[index]
        "probability": probability,
        "bands": max(1, rows // len(found)),
        "columns": columns,
        "followed": -1 if followed is None or followed >= count else followed,
        "turns": turns,
        "backwards": backwards,
        "crisp": not smooth,
        "small": small,
        "alt": alt,
    }


def _parts(shown: Translation, samples: np.ndarray | None) -> dict[str, np.ndarray]:
    """The parts that there are, (n, ...) each, by name."""
    outputs = shown.samples if shown.samples is not None else samples
    found = {"input": shown.inputs, "output": outputs, "truth": shown.truth, "back": shown.back}
    there = {name: found[name] for name in PARTS if found[name] is not None}
    n = min(len(part) for part in there.values() if part is not None)
    return {name: part[:n] for name, part in there.items() if part is not None}


def _label(name: str, parts: dict[str, np.ndarray]) -> str:
    return TRANSLATED if name == "output" and "back" in parts else PARTS[name]


def _alike(parts: list[np.ndarray]) -> np.ndarray:
    """Pictures (n, h, w, 1 or 3) uint8 of each part in one array (parts, n, h, w, c)."""
    channels = max(part.shape[3] for part in parts)
    return np.stack([np.broadcast_to(part, (*part.shape[:3], channels)) for part in parts])


def _sheet(pictures: np.ndarray) -> dict[str, Any]:
    """`pictures` (parts, n, h, w, c) uint8 as one picture: a strip of each part, one below the other."""
    parts, n, h, w, c = pictures.shape
    pixels = np.ascontiguousarray(pictures.transpose(0, 2, 1, 3, 4)).reshape(parts * h, n * w, c)
    image = Image.fromarray(pixels[:, :, 0] if c == 1 else pixels)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    if file.tell() <= PNG_MOST:
        return {"picture": file.getvalue(), "type": "image/png"}
    file = io.BytesIO()
    image.convert("RGB").save(file, "WEBP", quality=QUALITY, method=0)
    return {"picture": file.getvalue(), "type": "image/webp"}


def _patches(logits: np.ndarray | None, probability: bool) -> dict[str, Any] | None:
    """D's logits (n, rows, columns) of the patches, and their places between its colours."""
    if logits is None:
        return None
    return {
        "rows": logits.shape[1],
        "columns": logits.shape[2],
        "logits": np.nan_to_num(logits).round(2).ravel().tolist(),
        "shades": shades(logits, probability).tobytes(),
    }
