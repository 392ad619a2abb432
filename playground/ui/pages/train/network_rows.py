"""The layers of a network as rows of a picture; of many layers, those that repeat are folded into one row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

from playground.utils.network_record import Layer

FEW = 6  # rows that need no folding
LONGEST = 4  # layers that may repeat as one


class Row(NamedTuple):
    """`layers` in their order: one, or `times` repetitions of equally many."""

    layers: tuple[Layer, ...]
    times: int = 1

    @property
    def pattern(self) -> tuple[Layer, ...]:
        """What repeats, as it is at first."""
        return self.layers[: len(self.layers) // self.times]


def rows(layers: Sequence[Layer]) -> list[Row]:
    """One row a layer; where these are many, layers that repeat in one, at first only those of the same sizes."""
    found = [Row((layer,)) for layer in layers]
    for alike in (_same, _alike):
        if len(found) > FEW:
            found = _folded(layers, alike)
    return found


def _same(layer: Layer) -> Hashable:
    return (_alike(layer), layer.inputs, layer.outputs)


def _alike(layer: Layer) -> Hashable:
    return (layer.kind, layer.name, layer.kernel, layer.stride, layer.norm, layer.activation, layer.spectral)


def _folded(layers: Sequence[Layer], alike: Callable[[Layer], Hashable]) -> list[Row]:
    """From the input on, always the repetition that covers most layers, in the shortest pattern."""
    keys, found, i = [alike(layer) for layer in layers], list[Row](), 0
    while i < len(layers):
        period, times = max(
            ((p, _times(keys, i, p)) for p in range(1, LONGEST + 1)),
            key=lambda fold: (fold[0] * fold[1] if fold[1] > 1 else 0, -fold[0]),
        )
        length = period * times if times > 1 else 1
        found.append(Row(tuple(layers[i : i + length]), times))
        i += length
    return found


def _times(keys: list[Hashable], start: int, period: int) -> int:
    """How often the keys from `start` on repeat with this period."""
    pattern, n = keys[start : start + period], 1
    while len(pattern) == period and keys[start + n * period : start + (n + 1) * period] == pattern:
        n += 1
    return n
