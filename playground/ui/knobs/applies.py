"""Which knobs do anything in a config."""

from __future__ import annotations

from playground.config.games import TRANSLATIONS
from playground.config.knob import Knob
from playground.config.rules import PENALTIES, SAME
from playground.config.run_config import KNOBS, RunConfig
from playground.data import DATASETS
from playground.data.modality import MODALITIES
from playground.data.tasks import TASKS
from playground.losses.objectives import OBJECTIVES

# The knobs that only some games have.
GAMES_OF: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("task", "task_amount", "partner", "partner_classes", "adversarial_weight", "d_patches"), TRANSLATIONS
    ),
    **dict.fromkeys(("reconstruction", "reconstruction_weight"), ("paired",)),
    **dict.fromkeys(("cycle_weight", "identity_weight", "sample_pool"), ("cycle",)),
    **dict.fromkeys(
        ("unroll", "pack", "minibatch_std", "augment", "augment_p", "ada_target", "z_dim", "z_distribution",
         "conditional", "conditioning", "info_categories", "info_codes", "info_weight"), ("gan",),
    ),
}  # fmt: skip


def has_one_choice(knob: Knob) -> bool:
    """Whether there is nothing to choose."""
    return knob.choices is not None and len(knob.choices) == 1


def belongs(name: str, config: RunConfig) -> bool:
    """Whether the game of `config` has the knob `name`."""
    return config.game in GAMES_OF.get(name, (config.game,))


def applies(name: str, config: RunConfig) -> bool:
    """Whether knob `name` does anything in `config`."""
    if has_one_choice(KNOBS[name]) or not belongs(name, config):
        return False
    optimisers = {config.g_optimiser, config.d_optimiser}
    task = TASKS[config.task]
    augmented = MODALITIES[DATASETS[config.dataset].kind].augmented
    needs: dict[str, bool] = {
        "d_head_start": config.g_steps > 0,
        "unroll": config.g_steps > 0,
        "task_amount": bool(task.strength),
        "partner": task.partner,
        "partner_classes": task.partner
        and DATASETS[config.dataset if config.partner == SAME else config.partner].classes != 0,
        "identity_weight": _one_to_one(config),
        "d_patches": config.network != "mlp",
        "info_weight": config.codes.size > 0,
        "beta1": optimisers != {"rmsprop"},
        "beta2": optimisers != {"sgd"},
        "weight_decay": "adamw" in optimisers,
        **dict.fromkeys(PENALTIES, config.d_norm != "batch"),
        "penalty_every": config.r1 > 0 or config.r2 > 0,
        "label_smoothing": OBJECTIVES[config.objective].probability,
        "noise_steps": config.noise > 0,
        "augment": augmented,
        "augment_p": augmented and config.augment != "none",
        "ada_target": augmented and config.augment != "none" and OBJECTIVES[config.objective].centred,
        "sn_gain": "spectral" in (config.g_norm, config.d_norm),
        "pack": not config.conditional and not config.codes.size,
        "folder": DATASETS[config.dataset].asks == "folder",
        "own": DATASETS[config.dataset].asks == "own",
        "classes": DATASETS[config.dataset].classes != 0,
        "repeat": DATASETS[config.dataset].classes != 0,
        "conditional": DATASETS[config.dataset].classes != 0,
        "conditioning": config.conditional,
    }
    return needs.get(name, True)


def _one_to_one(config: RunConfig) -> bool:
    """Whether inputs and outputs of a translation have as many channels, as far as that is known."""
    shape = DATASETS[config.dataset].shape
    return shape is None or len(set(TASKS[config.task].shapes(shape))) == 1
