"""Which live knobs to change in a run that is in trouble. A cure has only values that differ from those of the run."""

from __future__ import annotations

from typing import Any

from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.data.modality import MODALITIES

GENTLE = 0.1  # R1 with which most runs here learn
AUGMENTED = "color+translation"


def changes(config: RunConfig, wanted: dict[str, Any]) -> dict[str, Any]:
    """The `wanted` values that differ from the config and are valid together with it."""
    mended = RunConfig.read(wanted, config)[0]
    return mended.differences(config)


def _gentle_d(config: RunConfig) -> dict[str, Any]:
    """A penalty on D's slope, unless D has one that is strong enough."""
    if config.d_norm == "batch" or max(config.r1, config.r2) >= GENTLE or config.gp:
        return {}
    return {"r1": GENTLE}


def collapse(config: RunConfig) -> dict[str, Any]:
    """The settings with which most runs here learn; if the run has them already, RpGAN with R1 and R2."""
    return changes(config, _usual(config)) or changes(config, {"objective": "rpgan", "r2": GENTLE})


def hopping(config: RunConfig) -> dict[str, Any]:
    """The settings with which most runs here learn; if the run has them already, G is unrolled."""
    return changes(config, _usual(config)) or changes(config, {"unroll": 5})


def vanishing(config: RunConfig) -> dict[str, Any]:
    """The non-saturating loss, the settings with which most runs here learn, and no head start of D."""
    return changes(config, {"objective": "non-saturating", **_usual(config), "d_head_start": 0})


def divergence(config: RunConfig) -> dict[str, Any]:
    """A bound on D's slope, no momentum, learning rates no higher than usual, and the moving average of G is shown."""
    rates = {"g_lr": min(config.g_lr, 2e-3), "d_lr": min(config.d_lr, 2e-3), "beta1": 0.0}
    return changes(config, {**rates, **_slope(config), **_average(config)})


def unclip(config: RunConfig) -> dict[str, Any]:
    """A penalty on D's slope instead of clipping, and the moving average of G is shown."""
    return changes(config, {**_slope(config), **_average(config)})


def overpowering(config: RunConfig) -> dict[str, Any]:
    """D has a penalty, makes one update a step and has at most twice the learning rate of G."""
    rate = max(config.g_lr, min(config.d_lr, 1e-3))
    return changes(config, {"d_steps": 1, "g_lr": rate, "d_lr": min(config.d_lr, 2 * rate), **_gentle_d(config)})


def weak(config: RunConfig) -> dict[str, Any]:
    """D makes updates, sees samples without noise, and has weak penalties."""
    wanted: dict[str, Any] = {"d_steps": max(1, config.d_steps), "noise": 0.0}
    if config.d_lr < config.g_lr:
        wanted["d_lr"] = 2 * config.g_lr
    wanted |= {name: GENTLE for name in ("r1", "r2") if getattr(config, name) > 10 * GENTLE}
    return changes(config, wanted)


def go_on(config: RunConfig) -> dict[str, Any]:
    """The learning rates end at twice the step: half way they are still full."""
    return changes(config, {"lr_decay": 2 * config.lr_decay})


def calm(config: RunConfig) -> dict[str, Any]:
    """No momentum, half the learning rates, a penalty on D, and the moving average of G is shown."""
    rates = {"g_lr": config.g_lr / 2, "d_lr": config.d_lr / 2, "beta1": 0.0}
    return changes(config, {**rates, **_slope(config), **_average(config)})


def overfitting(config: RunConfig) -> dict[str, Any]:
    """D sees augmented images, or points with noise, and has a stronger penalty on its slope."""
    wanted: dict[str, Any] = {"r1": max(1.0, config.r1)}
    wanted |= {"augment": AUGMENTED, "ada_target": 0.6} if config.augment == "none" else {"augment_p": 1.0}
    found = changes(config, wanted)
    return found if "augment" in found or "augment_p" in found else changes(config, {**wanted, "noise": 0.1})


def bounded(config: RunConfig) -> dict[str, Any]:
    """A penalty that bounds D's slope, and the moving average of G is shown."""
    return changes(config, {**_slope(config), **_average(config)})


def sharper(config: RunConfig) -> dict[str, Any]:
    """The adversary counts as much as the mean squared error over pixels, no less; D learns and is gentle."""
    if config.adversarial_weight < 1:
        wanted: dict[str, Any] = {"adversarial_weight": 1.0}
        if config.reconstruction_weight > 1:
            wanted["reconstruction_weight"] = 1.0
    else:
        wanted = {"reconstruction_weight": min(1.0, config.reconstruction_weight / 10)}
    return changes(config, wanted | _learning_d(config) | _gentle_d(config))


def faithful(config: RunConfig) -> dict[str, Any]:
    """The comparison with the truth counts ten times as much, and no less than usual."""
    wanted: dict[str, Any] = {"reconstruction_weight": max(1.0, min(1000.0, 10 * config.reconstruction_weight))}
    if config.adversarial_weight > 1:
        wanted["adversarial_weight"] = 1.0
    return changes(config, wanted)


def translates(config: RunConfig) -> dict[str, Any]:
    """D counts, and what would keep the input as it is counts for less."""
    wanted: dict[str, Any] = {"adversarial_weight": max(1.0, config.adversarial_weight), "identity_weight": 0.0}
    if config.game == "cycle":
        wanted["cycle_weight"] = 10.0 if config.cycle_weight > 10 else config.cycle_weight
    found = changes(config, wanted | _learning_d(config))
    return found or changes(config, {"adversarial_weight": 5 * config.adversarial_weight})


def readable(config: RunConfig) -> dict[str, Any]:
    """Samples of the target domain are to stay as they are; else the way back counts for less."""
    found = changes(config, {"identity_weight": max(5.0, config.identity_weight)})
    return found or changes(config, {"cycle_weight": config.cycle_weight / 2})


def gentler(config: RunConfig) -> dict[str, Any]:
    """D has a penalty on its slope, makes one update a step, and learns no faster than G, which learns as usual."""
    rate = max(config.g_lr, 2e-3)
    wanted = {"d_steps": 1, "g_lr": rate, "d_lr": min(config.d_lr, rate), **_gentle_d(config)}
    return changes(config, wanted) or changes(config, {"d_lr": config.d_lr / 2})


def _learning_d(config: RunConfig) -> dict[str, Any]:
    """D makes updates."""
    return {} if config.d_steps and config.d_lr > 0 else {"d_steps": 1, "d_lr": max(config.d_lr, config.g_lr)}


def _usual(config: RunConfig) -> dict[str, Any]:
    """The settings with which most runs here learn: one learning rate for both networks, no momentum, one update each,
    a penalty on D, an EMA; and Adam, whose steps do not shrink with the gradient, instead of plain SGD.

    What they do to the failure presets is in assets/evidence/cures.md.
    """
    rate = MODALITIES[DATASETS[config.dataset].kind].learning_rate
    wanted: dict[str, Any] = {"d_steps": 1, "g_steps": 1, "d_lr": rate, "g_lr": rate, "beta1": 0.0, "beta2": 0.99}
    wanted |= {knob: "adam" for knob in ("d_optimiser", "g_optimiser") if getattr(config, knob) == "sgd"}
    return {**wanted, **_slope(config), **_average(config)}


def _slope(config: RunConfig) -> dict[str, Any]:
    """What bounds D's slope: for a Wasserstein D the gradient penalty instead of clipping, else R1."""
    if config.objective == "wgan":
        return {"clip": 0.0, "gp": config.gp or 1.0}
    return {"clip": 0.0, **_gentle_d(config)}


def _average(config: RunConfig) -> dict[str, Any]:
    """The moving average of G is shown. It does not change the training."""
    return {} if config.ema_half_life else {"ema_half_life": 500.0}
