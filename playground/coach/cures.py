"""What to change in a run that is in trouble: knobs that act live. Each cure names only what differs from the run."""

from __future__ import annotations

from typing import Any

from playground.config import RunConfig
from playground.presets import PRESETS

GENTLE = 0.1  # R1 with which most runs here learn
AUGMENTED = "color+translation"


def _of(preset: str, *names: str) -> dict[str, Any]:
    """Knobs of a cured preset."""
    config = PRESETS[preset].config
    return {name: getattr(config, name) for name in names}


def changes(config: RunConfig, wanted: dict[str, Any]) -> dict[str, Any]:
    """What of `wanted` differs from the config and goes together with it."""
    mended = RunConfig.read(wanted, config)[0]
    return mended.differences(config)


def _gentle_d(config: RunConfig) -> dict[str, Any]:
    """A penalty on D's slope, where there is none that is felt."""
    if config.d_norm == "batch" or max(config.r1, config.r2) >= GENTLE or config.gp:
        return {}
    return {"r1": GENTLE}


def collapse(config: RunConfig) -> dict[str, Any]:
    """R1, as in the cured preset; where that is on already, rates as in the ring preset."""
    found = _gentle_d(config) or {"d_lr": config.g_lr, "d_steps": 1}
    return changes(config, {**found, **_average(config)})


def hopping(config: RunConfig) -> dict[str, Any]:
    """D keeps up with G: the cure of two time scales where D is very slow, else G looks ahead."""
    if config.d_lr < config.g_lr / 20 or config.unroll:
        return changes(config, {"d_lr": 2 * config.g_lr, **_gentle_d(config), **_average(config)})
    return changes(config, {**_of("hopping-cured", "unroll"), **_average(config)})


def vanishing(config: RunConfig) -> dict[str, Any]:
    """The non-saturating loss and R1; Adam, whose steps do not shrink with the gradient, in place of plain SGD."""
    wanted = {**_of("vanishing-cured", "objective"), **_gentle_d(config), **_average(config)}
    if config.g_optimiser == "sgd":
        wanted |= {"g_optimiser": "adam", "g_lr": min(config.g_lr, 2e-3)}
    return changes(config, wanted)


def divergence(config: RunConfig) -> dict[str, Any]:
    """A gradient penalty in place of clipping and no momentum; rates that are usual."""
    rates = {"g_lr": min(config.g_lr, 2e-3), "d_lr": min(config.d_lr, 2e-3), "beta1": 0.0}
    return changes(config, {**rates, **_slope(config), **_average(config)})


def unclip(config: RunConfig) -> dict[str, Any]:
    """A gradient penalty in place of clipping."""
    return changes(config, {**_slope(config), **_average(config)})


def overpowering(config: RunConfig) -> dict[str, Any]:
    """A gentle D that does not learn faster than G."""
    rate = max(config.g_lr, min(config.d_lr, 1e-3))
    return changes(config, {"d_steps": 1, "g_lr": rate, "d_lr": min(config.d_lr, 2 * rate), **_gentle_d(config)})


def weak(config: RunConfig) -> dict[str, Any]:
    """D learns, sees sharply and may have a slope."""
    wanted: dict[str, Any] = {"d_steps": max(1, config.d_steps), "noise": 0.0}
    if config.d_lr < config.g_lr:
        wanted["d_lr"] = 2 * config.g_lr
    wanted |= {name: GENTLE for name in ("r1", "r2") if getattr(config, name) > 10 * GENTLE}
    return changes(config, wanted)


def calm(config: RunConfig) -> dict[str, Any]:
    """No momentum, half the rates, a gentle D, and an average of G on show."""
    rates = {"g_lr": config.g_lr / 2, "d_lr": config.d_lr / 2, "beta1": 0.0}
    return changes(config, {**rates, **_slope(config), **_average(config)})


def overfitting(config: RunConfig) -> dict[str, Any]:
    """D sees images changed, points with noise, and has a flatter slope."""
    wanted: dict[str, Any] = {"r1": max(1.0, config.r1)}
    wanted |= {"augment": AUGMENTED, "ada_target": 0.6} if config.augment == "none" else {"augment_p": 1.0}
    found = changes(config, wanted)
    return found if "augment" in found or "augment_p" in found else changes(config, {**wanted, "noise": 0.1})


def bounded(config: RunConfig) -> dict[str, Any]:
    """A penalty that bounds D's slope."""
    return changes(config, {**_slope(config), **_average(config)})


def _slope(config: RunConfig) -> dict[str, Any]:
    """What bounds D's slope: for a Wasserstein D the gradient penalty of its cured preset, else R1."""
    if config.objective == "wgan":
        return {} if config.gp else _of("blow-up-cured", "clip", "gp")
    return {"clip": 0.0, **_gentle_d(config)}


def _average(config: RunConfig) -> dict[str, Any]:
    """The average of G, which the cured presets show."""
    return {} if config.ema_half_life else {"ema_half_life": 500.0}
