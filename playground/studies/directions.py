"""Directions in z: principal components of G's features, and factors of its first layer."""

from __future__ import annotations

from collections.abc import Generator

from playground import directions
from playground.model import Model
from playground.questions import Components, Directions, Factors


def components(model: Model, question: Components) -> Generator[tuple[int, int], None, Directions]:
    return (yield from directions.components(model, question.label, question.n, question.count))


def factors(model: Model, question: Factors) -> Generator[tuple[int, int], None, Directions]:
    yield 0, 1
    return directions.sefa(model.G, model.config.z_dim, question.count)


ANSWERS = {Components: components, Factors: factors}
