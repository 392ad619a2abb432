"""What a script of a run needs: taken between two steps, and packed while the run goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from playground.data import Samples
from playground.training import as_code
from playground.utils import shares
from playground.utils.recipe import Recipe

if TYPE_CHECKING:
    from playground.engine.run import Run

Parts = tuple[Recipe, Samples]


def parts(run: Run, with_weights: bool) -> Parts:
    """What is there of the run now; only the worker may ask. Raises UserError for a run that has no script."""
    return as_code.recipe(run.trainer, with_weights), run.samples


def whole(found: Parts, with_data: bool) -> Recipe:
    """The recipe, with the data as a file where that is asked for. Raises UserError for data that are too large."""
    recipe, samples = found
    if not with_data:
        return recipe
    return replace(recipe, data=as_code.data_npz(samples, recipe.classes > 0, shares.limit("zips")))
