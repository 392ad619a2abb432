"""Which knobs do anything in a config."""

from __future__ import annotations

from playground.config.knob import Knob
from playground.config.rules import PENALTIES, SAME, TRANSLATIONS
from playground.config.run_config import KNOBS, RunConfig
from playground.data import DATASETS
from playground.data.modality import MODALITIES
from playground.data.tasks import TASKS
from playground.losses.objectives import OBJECTIVES


def has_one_choice(knob: Knob) -> bool:
    """Whether there is nothing to choose."""
    return knob.choices is not None and len(knob.choices) == 1


def applies(name: str, config: RunConfig) -> bool:
    """Whether knob `name` does anything in `config`."""
    if has_one_choice(KNOBS[name]):
        return False
    optimisers = {config.g_optimiser, config.d_optimiser}
    translates, task = config.game in TRANSLATIONS, TASKS[config.task]
    paired, cycle = config.game == "paired", config.game == "cycle"
    augmented = not translates and MODALITIES[DATASETS[config.dataset].kind].augmented
    needs: dict[str, bool] = {
        "d_head_start": config.g_steps > 0,
        "unroll": config.g_steps > 0 and not translates,
        "task": translates,
        "task_amount": translates and bool(task.strength),
        "partner": translates and task.partner,
        "partner_classes": translates
        and task.partner
        and DATASETS[config.dataset if config.partner == SAME else config.partner].classes != 0,
        "reconstruction": paired,
        "reconstruction_weight": paired,
        "adversarial_weight": translates,
        "cycle_weight": cycle,
        "identity_weight": cycle,
        "sample_pool": cycle,
        "d_patches": translates and config.network != "mlp",
        "z_dim": not translates,
        "z_distribution": not translates,
        "minibatch_std": not translates,
        **dict.fromkeys(("info_categories", "info_codes"), config.game == "gan"),
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
        "pack": not config.conditional and not translates and not config.codes.size,
        "folder": DATASETS[config.dataset].asks == "folder",
        "own": DATASETS[config.dataset].asks == "own",
        "classes": DATASETS[config.dataset].classes != 0,
        "repeat": DATASETS[config.dataset].classes != 0,
        "conditional": DATASETS[config.dataset].classes != 0 and not translates,
        "conditioning": config.conditional,
    }
    return needs.get(name, True)
