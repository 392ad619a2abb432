"""The values of a comparison: which metrics are due, and what each module of metrics gives."""

from __future__ import annotations

from collections.abc import Collection, Generator

from playground.metrics.catalogue import MEASURES
from playground.metrics.measure import Comparison, Kind, Measure, Of, Values, Work


def due(
    kind: Kind, expensive: bool, only: Collection[str] | None = None, of: Of = "latents", coded: bool = False
) -> list[Measure]:
    """The metrics of this kind of data, without `expensive` the cheap ones; `only` those with these keys.

    Those of a categorical code where the run is `coded`.
    """
    suited = [m for m in MEASURES.values() if m.suits(kind, of) and (coded or not m.coded)]
    found = [m for m in suited if expensive or m.cost == "cheap"]
    return found if only is None else [m for m in found if m.key in only]


def values(comparison: Comparison, measures: Collection[Measure]) -> Work:
    """The values of these metrics, in their order, those that do not exist here left out."""
    found: Values = {}
    for work in dict.fromkeys(measure.values for measure in measures):
        part = work(comparison)
        found |= (yield from part) if isinstance(part, Generator) else part
        yield len(found), len(measures)
    return {measure.key: found[measure.key] for measure in measures if measure.key in found}
