"""Named configs, each with the reason it is worth seeing. `python -m playground list presets` prints them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.data.modality import MODALITIES

FIRST, TRANSLATION, FAILURES, LAST = "Start here", "Translation", "Failures with their cures", "To the end"
GROUPS = (FIRST, *(modality.title for modality in MODALITIES.values()), TRANSLATION, FAILURES, LAST)


@dataclass(frozen=True)
class Preset:
    """`values` are the knobs that differ from RunConfig's defaults. `cures` is the failure that it cures.

    Without a `group`, one of GROUPS, it stands with its failure or cure, or else with its kind of data.
    """

    key: str
    label: str
    why: str
    values: dict[str, Any] = field(default_factory=dict)
    group: str = ""
    cures: str = ""

    @cached_property
    def config(self) -> RunConfig:
        return RunConfig(**self.values)


_CURVES: dict[str, Any] = {"batch_size": 256, "d_steps": 2}  # as for any points that are no mixture of modes
_DIGITS: dict[str, Any] = {
    "dataset": "digits",
    "z_dim": 64,
    "batch_size": 64,
    "g_width": 128,
    "g_depth": 2,
    "d_width": 128,
    "d_depth": 2,
    "g_norm": "batch",
    "d_activation": "leaky-relu",
    "g_lr": 1e-3,
    "d_lr": 1e-3,
    "beta1": 0.5,
    "penalty_every": 8,
    "ema_half_life": 350.0,
}
TUTORIAL: dict[str, Any] = {
    "dataset": "idx",
    "z_dim": 100,
    "batch_size": 64,
    "g_lr": 1e-3,
    "d_lr": 1e-3,
    "beta1": 0.5,
    "r1": 0.02,
    "penalty_every": 16,
    "ema_half_life": 350.0,
    "d_activation": "leaky-relu",
}
TYPESET: dict[str, Any] = {
    "dataset": "typeset-digits",
    "conditional": True,
    "network": "dcgan",
    "z_dim": 64,
    "batch_size": 64,
    "g_width": 16,
    "d_width": 16,
    "g_norm": "batch",
    "d_activation": "leaky-relu",
    "penalty_every": 8,
    "ema_half_life": 350.0,
}
SHAPES: dict[str, Any] = {**TYPESET, "dataset": "shapes", "r1": 0.5}
SMALL: dict[str, Any] = {
    **_DIGITS,
    "dataset": "digits-16",
    "conditional": True,
    "g_width": 192,
    "d_width": 192,
    "r1": 0.05,
}
_INFO_RING: dict[str, Any] = {"info_categories": 8, "z_dim": 10, "info_weight": 0.3, "lr_decay": 2000}
_INFO_DIGITS: dict[str, Any] = {**SMALL, "conditional": False, "info_categories": 10, "info_codes": 2}
_HANDWRITTEN: dict[str, Any] = {**TYPESET, "dataset": "mnist"}

# Translations: networks that turn one picture, or point, into another.
_PAIRED: dict[str, Any] = {
    "game": "paired", "dataset": "typeset-digits", "network": "unet", "batch_size": 16,
    "g_width": 16, "g_depth": 2, "g_norm": "batch", "d_width": 16, "d_depth": 2, "d_activation": "leaky-relu",
    "r1": 0.2, "penalty_every": 8,
}  # fmt: skip
_CYCLE: dict[str, Any] = {**_PAIRED, "game": "cycle", "objective": "lsgan", "g_norm": "group"}
_POINTS: dict[str, Any] = {
    "game": "cycle", "objective": "lsgan", "g_width": 48, "g_depth": 2, "d_width": 48, "d_depth": 2,
}  # fmt: skip

# Lessons: a failure, and the same with what cures it, which the words of the cure name. Both show G as it is: an
# average would hide a failure, and it would cure nothing.
_RAW: dict[str, Any] = {"ema_half_life": 0.0}
_COLLAPSE: dict[str, Any] = {
    "z_dim": 32, "g_init": "he", "d_init": "he", "g_lr": 1e-3, "d_lr": 2e-3, "beta1": 0.5, "r1": 0.0, **_RAW,
}  # fmt: skip
_HOPPING: dict[str, Any] = {"g_lr": 2e-3, "d_lr": 2e-4, "beta1": 0.5, "r1": 0.0, **_RAW}
_VANISHING: dict[str, Any] = {
    "objective": "minimax", "g_optimiser": "sgd", "g_lr": 0.1, "d_lr": 2e-3, "r1": 0.0, "d_head_start": 500, **_RAW,
}  # fmt: skip
_BLOW_UP: dict[str, Any] = {"objective": "wgan", "clip": 1.0, "beta1": 0.9, "r1": 0.0, **_RAW}
_TTUR: dict[str, Any] = {"g_lr": 2e-3, "d_lr": 2e-5, **_RAW}

PRESETS: dict[str, Preset] = {
    preset.key: preset
    for preset in (
        Preset("digits", "Digits", "Ten classes of real handwritten digits; G is told which one to draw.",
               {**_DIGITS, "conditional": True}, group=FIRST),
        Preset("digits-unlabelled", "Digits without labels", "The same digits, but G must find the ten classes itself.",
               _DIGITS),
        Preset("ring", "Ring of 8", "Watch G find eight modes, one after the other.", group=FIRST),
        Preset("grid", "Grid of 25", "Many modes: G forgets some at every step; averaged weights (EMA) keep most.",
               {"dataset": "grid"}),
        Preset("moons", "Two moons", "No modes to count: G bends its plane into two thin arcs.",
               {**_CURVES, "dataset": "moons"}),
        Preset("spirals", "Two spirals",
               "Two long thin arms around each other: G must leave the gaps between them empty.",
               {**_CURVES, "dataset": "spirals"}),
        Preset("info-ring", "InfoGAN, ring of 8",
               "A code of eight values, no labels: after 1,000 steps each value makes one mode, in five of five seeds.",
               _INFO_RING),
        Preset("info-digits", "InfoGAN, digits",
               "A code of ten values, no labels. Q reads it off nearly every sample, but it means look-alikes: on real "
               "digits NMI with the labels is 0.5 to 0.6 after 1,000 steps.",
               _INFO_DIGITS),
        Preset("handwritten", "Handwritten digits, 28×28",
               "The small DCGAN on MNIST, or with another dataset on any 28×28 images with labels.", _HANDWRITTEN),
        Preset("typeset", "Typeset digits, 28×28",
               "A DCGAN small enough for a laptop, on glyphs made here: legible within half a minute.",
               TYPESET, group=FIRST),
        Preset("shapes", "Coloured shapes, 32×32",
               "Circles, squares and triangles in RGB. The colour comes first, corners take a minute or two.", SHAPES),
        Preset("mlp-28", "MLP, 28×28", "The first GAN of most tutorials: 100-256-784, on a folder of IDX files.",
               {**TUTORIAL, "g_width": 256, "g_depth": 1, "d_width": 256, "d_depth": 1,
                "dropout": 0.3, "r1": 0.1, "beta1": 0.0}),
        Preset("dcgan-28", "DCGAN, 28×28",
               "The DCGAN of the tutorials: 7×7×256 and 5×5 kernels. Wants a GPU or patience.",
               {**TUTORIAL, "network": "dcgan-5x5", "g_width": 64, "d_width": 64,
                "g_norm": "batch", "g_activation": "leaky-relu"}),
        Preset("inpaint-half", "Fill the hidden half",
               "G sees the upper half of a digit and draws the lower one: D makes it a stroke and no grey cloud.",
               {**_PAIRED, "task": "inpaint-half"}, group=TRANSLATION),
        Preset("superres", "Super-resolution ×4",
               "From 7×7 pixels to 28×28: the strokes are sharp again, though no pixel says where they were.",
               {**_PAIRED, "task": "superres-4", "adversarial_weight": 2.0}, group=TRANSLATION),
        Preset("denoise", "Remove noise",
               "The noise is as strong as half of the way from black to white; G draws the digit below it.",
               {**_PAIRED, "task": "denoise", "adversarial_weight": 8.0}, group=TRANSLATION),
        Preset("colourise", "Grey to colour",
               "Grey does not say which colour it was. L2 alone paints dull means; D asks for vivid guesses.",
               {**_PAIRED, "dataset": "shapes-16", "task": "colourise"}, group=TRANSLATION),
        Preset("moons-to-circle", "Moons to circle",
               "CycleGAN in the plane: two moons become a circle, and with the cycle term every point finds back.",
               {**_POINTS, "dataset": "moons", "task": "between", "partner": "circle"}, group=TRANSLATION),
        Preset("clouds", "Three clouds, turned",
               "Every point finds back, and yet two of the clouds are swapped: invertible is not right.",
               {**_POINTS, "dataset": "clouds", "task": "turn"}, group=TRANSLATION),
        Preset("red-blue", "Red to blue and back",
               "CycleGAN without pairs: red shapes become blue ones of the same shape, blue ones red.",
               {**_CYCLE, "dataset": "shapes-16", "task": "red-blue", "identity_weight": 5.0}, group=TRANSLATION),
        Preset("thin-bold", "Thin to bold and back",
               "CycleGAN without pairs: strokes get thicker or thinner, and the digit stays what it is.",
               {**_CYCLE, "dataset": "typeset-digits-16", "task": "thin-bold", "identity_weight": 2.0, "g_width": 32},
               group=TRANSLATION),
        Preset("black-white", "Black ground to white",
               "CycleGAN without pairs: here the digits stay what they are, but nothing forces them to.",
               {**_CYCLE, "dataset": "typeset-digits-16", "task": "inverse", "seed": 1}, group=TRANSLATION),
        Preset("hidden-code", "A hidden code",
               "Black to white by small networks: what G draws is no digit, and yet the way back makes it again.",
               {**_CYCLE, "dataset": "digits", "task": "inverse", "size": 1200, "d_width": 8, "g_depth": 1,
                "d_depth": 1, "ema_half_life": 100.0}, group=TRANSLATION),
        Preset("ring-sharp", "Ring, to the end",
               "12,000 steps in which the rates fall to 0: what the ring preset can reach.", {"lr_decay": 12_000},
               group=LAST),
        Preset("grid-sharp", "Grid, to the end",
               "20,000 steps in which the rates fall to 0: what the grid preset can reach.",
               {"dataset": "grid", "r1": 0.05, "lr_decay": 20_000}, group=LAST),
        Preset("collapse", "Mode collapse", "All samples end on one mode and stay there. D wins, G hardly moves.",
               _COLLAPSE),
        Preset("collapse-cured", "Mode collapse, cured",
               "The same with R1: a gentle D pulls G to all modes. The rates fall to 0 at step 5,000, so that G stays.",
               {**_COLLAPSE, "r1": 0.1, "lr_decay": 5000}, cures="collapse"),
        Preset("hopping", "Mode hopping", "A slow D chases G from mode to mode; no mode is kept.",
               _HOPPING),
        Preset("hopping-cured", "Mode hopping, cured",
               "The same, but G looks five updates of D ahead, and the rates fall to 0 at step 4,000.",
               {**_HOPPING, "unroll": 5, "lr_decay": 4000}, cures="hopping"),
        Preset("vanishing", "Vanishing gradient",
               "D starts 500 steps early. Minimax leaves G without a gradient, and plain SGD does not rescale it.",
               _VANISHING),
        Preset("vanishing-cured", "Vanishing gradient, cured",
               "The same with the non-saturating loss and R1: G learns from its worst samples most. The rates fall "
               "to 0 at step 10,000.",
               {**_VANISHING, "objective": "non-saturating", "r1": 0.1, "lr_decay": 10_000}, cures="vanishing"),
        Preset("blow-up", "Blow-up", "A Wasserstein D clipped at 1, not 0.01: gradients in the thousands.",
               _BLOW_UP),
        Preset("blow-up-cured", "Blow-up, cured",
               "A gradient penalty in place of clipping, no momentum, and rates that fall to 0 at step 4,000.",
               {**_BLOW_UP, "clip": 0.0, "gp": 1.0, "beta1": 0.0, "lr_decay": 4000}, cures="blow-up"),
        Preset("ttur", "Two time scales",
               "D learns a hundred times slower than G: even with R1, G runs in circles.", _TTUR),
        Preset("ttur-cured", "Two time scales, cured",
               "The same, but now D learns twice as fast as G, and both rates fall to 0 at step 3,000.",
               {**_TTUR, "d_lr": 4e-3, "lr_decay": 3000}, cures="ttur"),
    )
}  # fmt: skip

DEFAULT = "digits"


def cure_of(key: str) -> str:
    """The preset that cures a failure; "" for others."""
    return next((preset.key for preset in PRESETS.values() if key and preset.cures == key), "")


def groups() -> dict[str, list[Preset]]:
    """All presets in the groups of the gallery, those that have some; a cure follows its failure."""
    out: dict[str, list[Preset]] = {group: [] for group in GROUPS}
    for preset in PRESETS.values():
        failing = preset.cures or cure_of(preset.key)
        kind = MODALITIES[DATASETS[preset.config.dataset].kind].title
        out[preset.group or (FAILURES if failing else kind)].append(preset)
    return {group: presets for group, presets in out.items() if presets}
