"""What is known of a run before its first step, and so of the code that runs: expressions that have one value."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from playground.config.run_config import KNOBS, RunConfig
from playground.export.script.definitions import module
from playground.losses.objectives import OBJECTIVES as RECORDS
from playground.utils.recipe import Recipe

UNKNOWN, PRESENT = object(), object()  # nothing is known of a value; it is not None
ALIASES = {"c": "self.config", "config": "self.config", "live": "self.live"}  # names that our functions give them
GAN, TRAINER, BLOCKS = "playground.training.games.gan", "playground.training.trainer", "playground.models.blocks"
LATENTS, STREAMS = "playground.training.latents", "playground.utils.random_streams"
OBJECTIVES, REGULARIZERS = "playground.losses.objectives", "playground.losses.regularizers"
PENALTIES = {"r1": "real", "r2": "fake", "gp": "elsewhere", "dragan": "elsewhere"}  # by knob: where they need D's slope


@dataclass
class World:
    """`values` of expressions, by their text; `names` under which those that are knobs stand in the script.

    `void` names have one value all the time, in every function: they are left out of parameters, arguments and results.
    `present` names are never None.
    """

    values: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    void: dict[str, Any] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    void_calls: set[str] = field(default_factory=set)
    given: dict[str, Any] = field(default_factory=dict)  # parameters of what builds the networks
    losses: Mapping[str, str] = field(default_factory=dict)  # "d_loss" -> the name of a function
    normalised: bool = True  # whether samples change on their way from storage to the networks
    remembers: bool = True  # whether D keeps something of each batch


def world(config: RunConfig, recipe: Recipe) -> World:
    """What a config and the networks that it has decide."""
    out = World(names={f"self.config.{name}": name.upper() for name in KNOBS})
    out.values = {f"self.config.{name}": getattr(config, name) for name in KNOBS}
    out.values |= _of_run(config, recipe) | _of_networks(config, recipe)
    out.given = {
        "classes": recipe.classes,
        "conditioning": config.conditioning,
        "coded": config.codes.size,
        "tanh": recipe.tanh,
    }
    if config.g_init == config.d_init:
        out.given["how"] = config.g_init
    labelled, coded, guessed = bool(recipe.classes), config.codes.size > 0, config.conditioning == "acgan"
    guessed = labelled and guessed
    _sort(out, labelled, "y", "y_real")
    _sort(out, coded, "code", "found")
    _sort(out, guessed, "guess", "guess_real", "guess_fake")
    out.void |= {"draws": None, "config": None, "kind": None, "others": None}
    if not (coded or guessed):
        out.void["heads_loss"] = None
    penalties = [key for key in PENALTIES if getattr(config, key) > 0]
    if not penalties:
        out.void |= {"due": (), "judged": None}
        out.void_calls = {"Judged"}
    if not config.unroll:
        out.void["params"] = {}
    _slopes(out, config)
    record = RECORDS[config.objective]
    out.losses = {"d_loss": record.d_loss.__name__, "g_loss": record.g_loss.__name__}
    out.values["self.objective.needs_real"] = record.needs_real
    out.normalised = len(recipe.shape) != 1
    out.remembers = recipe.remembers
    return out


def _sort(out: World, there: bool, *names: str) -> None:
    """Names that are all there, or all None."""
    if there:
        out.present.update(names)
    else:
        out.void |= dict.fromkeys(names)


def _of_run(config: RunConfig, recipe: Recipe) -> dict[str, Any]:
    return {
        "self.config.codes.size": config.codes.size,
        "self.config.codes.categories": config.codes.categories,
        "self.config.codes.continuous": config.codes.continuous,
        "self.two_passes": recipe.two_passes,
        "self.index is None": not recipe.repeats,
        "self.y is None": not recipe.classes,
        "self.step_count >= self.config.d_head_start": True if config.d_head_start == 0 else UNKNOWN,
        "self.d_updates % self.config.penalty_every == 0": True if config.penalty_every == 1 else UNKNOWN,
        "getattr(self.config, term.key) > 0": True,  # those at 0 are left out of PENALTIES
        "isinstance(names, str)": True,  # each update here is that of one network
        "len(names) == 1": True,
        "m is not self.D.Q": UNKNOWN if config.codes.size else True,
        "self._averaged_norms": UNKNOWN if "spectral" in (config.g_norm, config.d_norm) else (),
    }


def _of_networks(config: RunConfig, recipe: Recipe) -> dict[str, Any]:
    """What is decided where networks are built; in the classes it is an attribute, or a parameter."""
    labelled = recipe.classes > 0
    std = next((i for i, call in enumerate(recipe.features) if "MinibatchStd" in call), None)
    return {
        "self.classes": recipe.classes,
        "self.tanh": recipe.tanh,
        "self.concat": labelled and config.conditioning == "concat",
        "self.embed": PRESENT if labelled and config.conditioning == "projection" else None,
        "self.classify": PRESENT if labelled and config.conditioning == "acgan" else None,
        "self.Q": PRESENT if config.codes.size else None,
        "self._std": std,
        "self.shape": UNKNOWN,
        "y.is_floating_point()": False,
        "isinstance(layer, nn.Embedding)": UNKNOWN if labelled and config.conditioning == "projection" else False,
        "isinstance(layer, Zeroed)": UNKNOWN if any(call.startswith("Block(") for call in recipe.features) else False,
    }


def _slopes(out: World, config: RunConfig) -> None:
    """At which samples D's slope is needed, where that is the same in every update."""
    for key, where in (("r1", "real"), ("r2", "fake")):
        on = getattr(config, key) > 0
        out.values[f"'{where}' in slope_at"] = False if not on else True if config.penalty_every == 1 else UNKNOWN
    if UNKNOWN not in (out.values["'real' in slope_at"], out.values["'fake' in slope_at"]):
        out.void["slope_at"] = ()


@cache
def parameters() -> dict[str, list[str]]:
    """The parameters of all functions, methods and records that a script may have, by names; those of methods with a
    point before them.
    """
    found: dict[str, list[str]] = {}
    for name in (GAN, TRAINER, BLOCKS, LATENTS, OBJECTIVES, REGULARIZERS, "playground.losses.augmentation",
                 "playground.training.optimizers"):  # fmt: skip
        for key, node in module(name).definitions.items():
            if isinstance(node, ast.FunctionDef):
                found[key] = [arg.arg for arg in node.args.args]
            elif isinstance(node, ast.ClassDef):
                for part in node.body:
                    if isinstance(part, ast.FunctionDef):
                        own = [arg.arg for arg in part.args.args][1:]
                        found[key if part.name == "__init__" else f".{part.name}"] = own
                fields = [
                    p.target.id for p in node.body if isinstance(p, ast.AnnAssign) and isinstance(p.target, ast.Name)
                ]
                found.setdefault(key, fields)
    return found | {".D": ["x", "y"], ".G": ["z", "y"]}
