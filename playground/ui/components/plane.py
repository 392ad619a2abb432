"""The stage of a 2-D run: points that move, D's output, and what else can be seen in the plane; each in a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from playground.engine.messages import View
from playground.losses.objectives import OBJECTIVES
from playground.ui.components import frames
from playground.utils.colors import shades
from playground.utils.translation import _

REAL, GENERATED = 600, 500  # points; more hide each other
LATENTS = 4  # numbers of z that the pointer shows
BEYOND = 8.0  # times the extent: where a point that is even farther out is drawn


def words() -> dict[str, Any]:
    """The words that the script of the plane shows."""
    return {
        "keys": _("Plus and minus zoom, arrow keys move, Home shows everything."),
        "whole": _("Show everything"),
        "layers": _("Layers"),
        "names": {
            "real": _("real"),
            "generated": _("generated"),
            "plane": "D",
            "push": _("push"),
            "mesh": _("grid"),
            "trails": _("trails"),
            "inputs": _("inputs"),
            "threads": _("map"),
            "back": _("way back"),
        },
        "help": {
            "real": _("Points of the dataset"),
            "generated": _("What G makes of always the same z"),
            "plane": _("What D says, from generated to real; its decision line, where it cannot tell"),
            "push": _("Which way each sample shown must go to look more real to D"),
            "mesh": _("A grid of z as G bends it; darker where G puts more samples"),
            "trails": _("Where some samples were in the last three seconds"),
            "inputs": _("Samples of A, which G is given: none that it learns from"),
            "threads": _("From inputs to what G makes of them"),
            "back": _("From inputs to where the way there and back leads; short lines where it can be undone"),
        },
        "translated": {
            "real": _("Samples of B, as the outputs should be"),
            "generated": _("What G makes of the inputs"),
        },
        "came": _("from"),
    }


_mount = frames.register("plane", "colour_ramp", "plane_layers", "plane_motion", "plane_pointer", words=words)


def plane(
    view: View, *, key: str, alt: str, playing: bool, source: dict[str, Any], on_weights: Callable[[], None]
) -> None:
    """Draw `view`. The switches of the layers, the zoom and the tweening between two Views belong to the browser.

    `source` is the switch between the average of G and G as it is, see `frames.source`; `on_weights` is called after a
    press of it, with what was chosen in `frames.heard(key, "weights")`.
    """
    data = payload(view, alt, playing) | {"source": source}
    _mount(key=key, data=frames.packed(data), height="stretch", on_weights_change=on_weights)


def small_plane(view: View, *, key: str, alt: str, playing: bool) -> None:
    """Draw the points and D's output of `view` over all of the room there is, without switches and without a zoom."""
    bare = replace(view, push=None, mesh=None, fixed_z=None)
    source: dict[str, Any] = {"weights": view.weights, "label": "", "names": {}, "help": {}, "held": True}
    data = payload(bare, alt, playing, small=True) | {"source": source}
    _mount(key=key, data=frames.packed(data), height="stretch")


def payload(view: View, alt: str, playing: bool, small: bool = False) -> dict[str, Any]:
    """What the browser gets of one View: about 17 KB, of a small one 12 KB."""
    assert view.samples is not None
    reach = BEYOND * view.extent
    latents = np.zeros((0, 1)) if view.fixed_z is None else view.fixed_z[:GENERATED, :LATENTS]
    return {
        "run": f"{view.run}:{view.generation}",
        "version": f"{view.version}:{view.step}:{view.weights}",
        "weights": view.weights,
        "playing": playing,
        "small": small,
        "extent": view.extent,
        "probability": OBJECTIVES[view.config["objective"]].probability,
        "level": view.level,
        "real": frames.short(_or_none(view.real, 2)[:REAL], reach),
        "generated": frames.short(view.samples[:GENERATED], reach),
        "latents": frames.short(latents),
        "dimensions": latents.shape[1],
        "more": view.fixed_z is not None and view.fixed_z.shape[1] > LATENTS,
        "scores": frames.short(_or_none(view.scores)[:GENERATED]),
        "push": frames.short(_or_none(view.push, 2)),
        "mesh": frames.short(_or_none(view.mesh, 2), reach),
        "translates": view.translation is not None,
        "inputs": frames.short(_of_inputs(view, "inputs"), reach),
        "back": frames.short(_of_inputs(view, "back"), reach),
        "logits": frames.short(_or_none(view.plane)),
        "shades": _shades(view),
        "note": _outside(view),
        "modes": _modes(view),
        "alt": alt,
    }


def _or_none(values: np.ndarray | None, *shape: int) -> np.ndarray:
    return np.zeros((0, *shape)) if values is None else values


def _of_inputs(view: View, part: str) -> np.ndarray:
    """What a translation has of the points shown, (n, 2); none where there is no such thing."""
    found: np.ndarray | None = getattr(view.translation, part, None)
    return _or_none(found, 2)[:GENERATED]


def _shades(view: View) -> bytes:
    if view.plane is None:
        return b""
    return shades(view.plane, OBJECTIVES[view.config["objective"]].probability).tobytes()


def _outside(view: View) -> str:
    """A sentence where many of the points shown are not in sight."""
    assert view.samples is not None
    share = float((np.abs(view.samples) > view.extent).any(1).mean())
    if share <= 0.02:
        return ""
    return _("{share} of the generated points lie outside").format(share=f"{100 * share:.0f} %")


def _modes(view: View) -> list[str]:
    """How many modes the average of G and G as it is have found, as plain and strong text in turn."""
    if not view.coverage:
        return []
    plain, strong = "\0", [str(modes) for modes, _share in view.coverage]
    strong += [f"{100 * share:.0f} %" for _modes, share in view.coverage]
    pair = " / ".join([plain] * len(view.coverage))
    text = _("{modes} of {count} modes").format(modes=pair, count=view.mode_count)
    text += " · " + _("{share} within 3σ").format(share=pair)
    if len(view.coverage) > 1:
        text = _("EMA / raw: {numbers}").format(numbers=text)
    parts = text.split(plain)
    return [part for pair in zip(parts, [*strong, ""], strict=True) for part in pair][:-1]
