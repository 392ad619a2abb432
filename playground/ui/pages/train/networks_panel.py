"""The picture of the game: z → G → generated samples, both kinds → D → score, and the way of the gradients back."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import streamlit as st

from playground.engine.messages import View
from playground.ui import calls
from playground.ui.components.networks import networks
from playground.ui.pages.train import network_words as words
from playground.ui.pages.train import translator_words
from playground.ui.pages.train.network_rows import Row, rows
from playground.utils.network_record import Layer, Network
from playground.utils.translation import _, number

_KNOWN = "_networks"  # (which run and generation, its networks)


def render(view: View | None) -> None:
    """Draw it; what stays the same goes to the browser once, and then only numbers."""
    found = None if view is None or view.status in ("loading", "failed") else of(view)
    if view is None or found is None:
        st.html('<div class="empty"></div>')
        return
    networks(picture(found, view), live(found, view), key="networks")


def of(view: View) -> tuple[Network, ...] | None:
    """How the networks of the run are built; asked of the engine once a generation. None if it does not answer."""
    key = (view.run, view.generation)
    if st.session_state.get(_KNOWN, (None, None))[0] != key:
        found = calls.call("networks", view.run)
        if found is None:
            return None
        st.session_state[_KNOWN] = (key, found)
    known: tuple[Network, ...] = st.session_state[_KNOWN][1]
    return known


# What stays the same


def picture(found: Sequence[Network], view: View) -> dict[str, Any]:
    """All parts of the picture, with their words."""
    dropout = view.config["dropout"] > 0
    total = words.weights(sum(net.weights for net in found))
    return {
        "networks": [_network(net, dropout, view.config) for net in found],
        "parts": translator_words.parts(found, view.config) or _parts(found),
        "total": _("{weights} in all").format(weights=total),
        "text": {
            "alt": _("The networks of this run and how samples and gradients pass through them"),
            "keys": _("Arrow keys move from part to part, Enter folds and unfolds."),
            "output": _("output"),
            "gradient": _("gradient"),
            "way": _("Dashed: the way of the gradients back"),
        },
    }


def _network(net: Network, dropout: bool, config: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": net.name,
        "side": net.side,
        "role": translator_words.role(net, config) or (_("generator") if net.side == "g" else _("discriminator")),
        "weights": words.weights(net.weights),
        "help": translator_words.network(net, config) or words.network(net),
        "judges": translator_words.judged(net, config),
        "rows": [_row(row, dropout) for row in rows(net.layers)],
        "skips": skips(rows(net.layers)),
    }


def skips(found: Sequence[Row]) -> list[list[int]]:
    """From which row to which one a skip leads, -1 for the network's input; none where several layers are one row."""
    if any(row.times > 1 for row in found):
        return []
    layers, pairs = [row.layers[0] for row in found], []
    for to, layer in enumerate(layers):
        if layer.joined:
            wanted = (layer.joined, *layer.inputs[1:])
            start = max((i for i in range(to - 1) if layers[i].outputs == wanted), default=-1)
            pairs.append([start, to])
    return pairs


def _row(row: Row, dropout: bool) -> dict[str, Any]:
    """A layer, or several that repeat, with their `parts`."""
    if row.times == 1:
        return _layer(row.layers[0], dropout)
    same = len({(layer.inputs, layer.outputs) for layer in row.layers}) == 1
    names = [words.label(layer) if same else words.plain(layer) for layer in row.pattern]
    parts = [_layer(layer, dropout) for layer in row.layers]
    return {
        "label": f"{row.times} × {' + '.join(names)}",
        "notes": parts[0]["notes"] if len(row.pattern) == 1 else "",
        "shape": parts[-1]["shape"],
        "weights": words.weights(sum(layer.weights for layer in row.layers)),
        "gradients": [name for layer in row.layers for name in layer.gradients],
        "help": _("{n} layers that repeat. Press to see each of them.").format(n=len(parts)),
        "parts": parts,
    }


def _layer(layer: Layer, dropout: bool) -> dict[str, Any]:
    return {
        "label": words.label(layer),
        "notes": words.notes(layer, dropout),
        "shape": words.shape(layer.outputs),
        "weights": words.weights(layer.weights),
        "gradients": list(layer.gradients),
        "help": words.what(layer, dropout),
    }


def _parts(found: Sequence[Network]) -> dict[str, dict[str, str]]:
    """What stands around the networks: each with a name, a note and a sentence."""
    first = {net.side: net for net in reversed(found)}
    told = "g" in first and first["g"].labels
    size = words.shape(first["g"].inputs) if "g" in first else ""
    sample = words.sample(first["g"].layers[-1].outputs) if "g" in first and first["g"].layers else ""
    parts = {
        "z": {
            "label": "z, y" if told else "z",
            "note": _("{n} random numbers").format(n=size),
            "help": _("Random numbers, new ones for each sample: G makes a sample of them.")
            + (" " + _("y is the class that it is asked for.") if told else ""),
        },
        "real": {
            "label": _("real samples"),
            "note": sample,
            "help": _("Samples from the data, which G never sees: it only learns what D says."),
        },
        "generated": {
            "label": _("generated samples"),
            "note": sample,
            "help": _("What G made of z. D has to tell them from real samples."),
        },
        "score": {
            "label": _("score"),
            "note": "",
            "help": _("What D says of each sample, real or generated: the higher, the more real it looks to D."),
        },
    }
    for net in found:
        parts[f"loss {net.name}"] = {"label": _("loss of {net}").format(net=net.name), "note": "", "help": _loss(net)}
    return parts


def _loss(net: Network) -> str:
    if net.side == "d":
        return _("How wrong D was. Its gradient goes back through D and changes the weights of D only.")
    return _("How far G is from fooling D. Its gradient goes back through D into G and changes the weights of G only.")


# What changes


def live(found: Sequence[Network], view: View) -> dict[str, Any]:
    """The numbers of this redraw: gradient norms by name, the latest losses and scores."""
    values = {f"loss {net.name}": _latest(view, f"{net.name.lower()}_loss") for net in found}
    scores = {"real": _latest(view, "d_real"), "generated": _latest(view, "d_fake")}
    at = view.readings.get("step")
    when = _("Gradient norms of the layers come soon after Play")
    if at is not None:
        when = _("Bars: gradient norms at step {n}, log scale").format(n=number(int(at[-1])))
    elif view.step:
        when = _("–: not measured yet; this comes while the run plays")
    return {
        "gradients": {name: _short(norm) for name, norm in view.layers.items()},
        "when": when,
        "values": {name: value for name, value in values.items() if value},
        "scores": {name: value for name, value in scores.items() if value},
    }


def _short(norm: float) -> float | None:
    """A number for JSON, to three places; None where a network did not learn."""
    return float(f"{norm:.3g}") if isfinite(norm) else None


def _latest(view: View, column: str) -> str:
    values = view.history.get(column)
    if values is None or not len(values) or not isfinite(values[-1]):
        return ""
    return f"{round(float(values[-1]), 2) + 0.0:.2f}".replace("-", "−")  # no minus before 0.00
