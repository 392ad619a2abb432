"""Which knobs do anything in a config."""

from __future__ import annotations

from playground.config.knob import Knob
from playground.config.rules import PENALTIES
from playground.config.run_config import KNOBS, RunConfig
from playground.data import DATASETS
from playground.data.modality import MODALITIES
from playground.losses.objectives import OBJECTIVES


def has_one_choice(knob: Knob) -> bool:
    """Whether there is nothing to choose."""
    return knob.choices is not None and len(knob.choices) == 1


def applies(name: str, config: RunConfig) -> bool:
    """Whether knob `name` does anything in `config`."""
    if has_one_choice(KNOBS[name]):
        return False
    optimisers = {config.g_optimiser, config.d_optimiser}
    augmented = MODALITIES[DATASETS[config.dataset].kind].augmented
    needs: dict[str, bool] = {
        "d_head_start": config.g_steps > 0,
        "unroll": config.g_steps > 0,
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
        "pack": not config.conditional,
        "folder": DATASETS[config.dataset].asks == "folder",
        "own": DATASETS[config.dataset].asks == "own",
        "classes": DATASETS[config.dataset].classes != 0,
        "repeat": DATASETS[config.dataset].classes != 0,
        "conditional": DATASETS[config.dataset].classes != 0,
        "conditioning": config.conditional,
    }
    return needs.get(name, True)
