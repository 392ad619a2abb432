"""One widget for the values of one knob."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import streamlit as st

from playground.config.knob import Knob
from playground.data import idx_folder
from playground.utils.translation import _

PLACEHOLDERS = {"folder": "/path/to/folder", "classes": "3,8", "repeat": "8x5"}


def field(knob: Knob, value: Any, stops: Iterable[Any] = (), **common: Any) -> Any:
    """A widget for values of a knob that begins with `value`; gives what it shows. `common` goes to Streamlit.

    A number has a slider if its range allows one, with `value` and `stops` among those of its scale.
    """
    common = {"label": _(knob.label), "help": _(knob.help)} | common
    if knob.choices is not None:
        choices = knob.choices
        return st.selectbox(
            options=list(choices), index=list(choices).index(value), format_func=lambda k: _(choices[k]), **common
        )
    if knob.type is bool:
        return st.toggle(value=value, **common)
    if knob.name == "folder" and (allowed := idx_folder.choices()) is not None:
        options = list(dict.fromkeys(["", value, *allowed]))
        return st.selectbox(options=options, index=options.index(value), format_func=lambda k: k or _("None"), **common)
    if knob.type is str:
        return st.text_input(value=value, placeholder=_(PLACEHOLDERS.get(knob.name, "")), **common)
    if grid := grid_of(knob):
        options = sorted({*grid, *stops, value})
        return st.select_slider(options=options, value=value, format_func=knob.written, **common)
    return number(knob, value, **common)


def number(knob: Knob, value: Any, **common: Any) -> Any:
    """A field to type any valid value of a numeric knob into."""
    kind = knob.type
    assert knob.low is not None
    assert knob.high is not None
    assert kind is int or kind is float
    return st.number_input(
        value=value,
        min_value=kind(knob.low),
        max_value=kind(knob.high),
        step=kind(_step(knob, value)),
        format="%d" if kind is int else "%g",
        **({"label": _(knob.label)} | common),
    )


def _step(knob: Knob, value: float) -> float:
    """What the arrow keys add to a number: on a logarithmic scale about a tenth of it."""
    if knob.type is int:
        return 1
    if not knob.log:
        return 0.01
    least = next(stop for stop in grid_of(knob) if stop > 0)
    return float(10.0 ** (math.floor(math.log10(max(value, least))) - 1))


@lru_cache(maxsize=64)
def _grid(low: float, high: float, log: bool, whole: bool) -> tuple[float, ...]:
    if whole and log and low > 0:
        steps = [2.0**k for k in range(32)]
    elif whole and not log:
        steps = [float(k) for k in range(int(low), int(high) + 1)] if high - low <= 100 else []
    elif log:
        steps = [0.0] + [float(f"{factor}e{power}") for power in range(-6, 7) for factor in (1, 2, 5)]
        steps = [value for value in steps if value == 0 or value >= high * (1e-4 if whole else 1e-5)]
    else:
        steps = [round(k / 20, 2) for k in range(21)]
        steps += [] if high == 1 else [0.99, 0.995, 0.999, 0.9999]
    return tuple(value for value in steps if low <= value <= high)


def grid_of(knob: Knob) -> tuple[Any, ...]:
    """The stops of the slider of a number: powers of 2, a 1-2-5 scale, or an even one; () for a field to type into."""
    assert knob.low is not None
    assert knob.high is not None
    values = _grid(knob.low, knob.high, knob.log, knob.type is int)
    return tuple(knob.type(value) for value in values)
