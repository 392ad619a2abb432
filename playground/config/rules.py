"""Which knobs do not go together: one row a rule, with what to do about it and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.config.games import TRANSLATIONS
from playground.data import DATASETS, Dataset
from playground.data.choice import classes_in, repeats_in
from playground.data.modality import MODALITIES
from playground.data.tasks import TASKS, Task
from playground.losses.objectives import OBJECTIVES, Objective
from playground.models import NETWORKS
from playground.models.family import Family
from playground.utils.translation import _, joined

Values = Mapping[str, Any]  # by name, all knobs

PENALTIES = ("r1", "r2", "gp", "dragan")  # of the slope of D at single samples
SAME = "same"  # as the second dataset: the first one
FIRST_TASKS = ("inpaint-half", "thin-bold", "turn")


@dataclass(frozen=True)
class Rule:
    """Where `broken` holds of all values, `knob` gets the value `repair` for this `reason`."""

    knob: str
    broken: Callable[[Values], Any]
    repair: Callable[[Values], Any]
    reason: Callable[[Values], str]


def reconcile(values: Values) -> tuple[dict[str, Any], dict[str, str]]:
    """`values` after all rules, in their order, and for each knob that was repaired the reason."""
    out, reasons = dict(values), {}
    for rule in RULES:
        if rule.broken(out):
            reason = rule.reason(out)
            out[rule.knob], reasons[rule.knob] = rule.repair(out), reason
    return out, reasons


def _dataset(v: Values) -> Dataset:
    return DATASETS[v["dataset"]]


def _network(v: Values) -> Family:
    return NETWORKS[v["network"]]


def _translates(v: Values) -> bool:
    return bool(v["game"] in TRANSLATIONS)


def _task(v: Values) -> Task:
    return TASKS[v["task"]]


def _suits(v: Values) -> bool:
    """Whether the networks are for the samples."""
    return not _network(v).modalities or _dataset(v).kind in _network(v).modalities


def _first_task(v: Values) -> str:
    """The first task that suits the samples and the game; of those that suit, rather one that the game does well."""
    return next(key for key in (*FIRST_TASKS, *TASKS) if not _unsuited({**v, "task": key}))


def _unsuited(v: Values) -> str:
    """Why a translation cannot have its task; "" if it can."""
    task, kind = _task(v), _dataset(v).kind
    if task.modality not in ("", kind):
        return _("“{task}” is for {wanted}, and {dataset} is made of {samples}.").format(
            task=_(task.label), wanted=_(MODALITIES[task.modality].label), dataset=_(_dataset(v).label),
            samples=_(MODALITIES[kind].label),
        )  # fmt: skip
    if v["game"] == "paired" and not task.paired:
        return _("“{task}” has no pairs; CycleGAN needs none.").format(task=_(task.label))
    if v["game"] == "cycle" and task.masked:
        return _("“{task}” needs pairs: nothing could be hidden again on the way back.").format(task=_(task.label))
    return ""


def _not_in_a_translation(knob: str, off: Any, label: str) -> Rule:
    return Rule(
        knob,
        lambda v: _translates(v) and v[knob] != off,
        _to(off),
        lambda v: _("Translations do not have “{knob}”.").format(knob=_(label)),
    )


def _takes_what_it_makes(v: Values) -> bool:
    """Whether the two sides of a task have the same shape, as far as that is known."""
    shape = _dataset(v).shape
    return shape is None or len(set(_task(v).shapes(shape))) == 1


def _objective(v: Values) -> Objective:
    return OBJECTIVES[v["objective"]]


def _to(value: Any) -> Callable[[Values], Any]:
    return lambda _values: value


def _coded(v: Values) -> int:
    """How many numbers of z are codes."""
    return int(v["info_categories"] + v["info_codes"])


def _only_in_a_gan(knob: str) -> Rule:
    return Rule(
        knob,
        lambda v: v["game"] != "gan" and v[knob],
        _to(0),
        lambda v: _("Only the GAN has codes that Q reads off a sample."),
    )


def _choice_of_classes(knob: str, read: Callable[[str], Any], of: str = "dataset") -> Rule:
    """The classes that a knob names are there and can be read, in the dataset that the knob `of` names."""

    def problem(v: Values) -> str:
        dataset = _dataset(v) if v[of] == SAME else DATASETS[v[of]]
        if not v[knob].strip():
            return ""
        try:
            found = list(read(v[knob]))
        except ValueError as error:
            return str(error)
        if dataset.classes == 0:
            return _("{dataset} has no labels to choose by.").format(dataset=_(dataset.label))
        if found and dataset.classes is not None and max(found) >= dataset.classes:
            return _("{dataset} has no class {k}: they go from 0 to {last}.").format(
                dataset=_(dataset.label), k=max(found), last=dataset.classes - 1
            )
        return ""

    return Rule(knob, problem, _to(""), problem)


def _norm_of_a_network_without(knob: str) -> Rule:
    return Rule(
        knob,
        lambda v: not _network(v).norms and not _translates(v) and v[knob] not in ("none", "spectral"),
        _to("none"),
        lambda v: _("{network} networks have no layers to normalise.").format(network=_(_network(v).label)),
    )


def _norm_of_few_units(net: str) -> Rule:
    return Rule(
        f"{net}_norm",
        lambda v: v["network"] == "mlp" and v[f"{net}_norm"] in ("layer", "group") and v[f"{net}_width"] < 3,
        _to("none"),
        lambda v: _("Normalisation within a sample leaves nothing of one or two units."),
    )


def _penalty_with_batch_norm(knob: str) -> Rule:
    return Rule(
        knob,
        lambda v: v["d_norm"] == "batch" and v[knob] > 0,
        _to(0.0),
        lambda v: _("Batch normalisation in D mixes the samples that a gradient penalty keeps apart."),
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "network",
        lambda v: not _translates(v) and v["game"] == "gan" and _network(v).generator is None,
        _to("mlp"),
        lambda v: _("{network} networks only translate.").format(network=_(_network(v).label)),
    ),
    Rule(
        "network",
        lambda v: _translates(v) and (_network(v).translator is None or not _suits(v)),
        lambda v: "unet" if _dataset(v).kind == "images" else "mlp",
        lambda v: _("{network} networks do not translate {samples}.").format(
            network=_(_network(v).label), samples=_(MODALITIES[_dataset(v).kind].label)
        ),
    ),
    Rule("task", lambda v: _translates(v) and _unsuited(v), _first_task, _unsuited),
    Rule(
        "partner",
        lambda v: v["partner"] != SAME and DATASETS[v["partner"]].kind != _dataset(v).kind,
        _to(SAME),
        lambda v: _("{first} is made of {a}, {second} of {b}.").format(
            first=_(_dataset(v).label),
            a=_(MODALITIES[_dataset(v).kind].label),
            second=_(DATASETS[v["partner"]].label),
            b=_(MODALITIES[DATASETS[v["partner"]].kind].label),
        ),
    ),
    Rule(
        "identity_weight",
        lambda v: v["game"] == "cycle" and v["identity_weight"] > 0 and not _takes_what_it_makes(v),
        _to(0.0),
        lambda v: _("“{task}” turns one kind of picture into another: G cannot be given what it makes.").format(
            task=_(_task(v).label)
        ),
    ),
    _not_in_a_translation("conditional", False, "Use labels"),
    _not_in_a_translation("unroll", 0, "Unrolled updates of D"),
    _not_in_a_translation("pack", 1, "Samples that D sees at once"),
    _not_in_a_translation("minibatch_std", False, "Minibatch standard deviation"),
    _not_in_a_translation("augment", "none", "Augmentation"),
    *(_only_in_a_gan(knob) for knob in ("info_categories", "info_codes")),
    Rule(
        "info_categories",
        lambda v: v["info_categories"] == 1,
        _to(2),
        lambda v: _("A code of one value says nothing."),
    ),
    Rule(
        "z_dim",
        lambda v: _coded(v) and v["z_dim"] <= _coded(v),
        lambda v: _coded(v) + 1,
        lambda v: _("{n} numbers of z are codes, and G needs others beside them.").format(n=_coded(v)),
    ),
    Rule(
        "network",
        lambda v: _network(v).modalities and _dataset(v).kind not in _network(v).modalities,
        _to("mlp"),
        lambda v: _("{network} makes {made}, and {dataset} is made of {samples}.").format(
            network=_(_network(v).label),
            made=joined(", ", (_(MODALITIES[key].label) for key in _network(v).modalities)),
            dataset=_(_dataset(v).label),
            samples=_(MODALITIES[_dataset(v).kind].label),
        ),
    ),
    Rule(
        "conditional",
        lambda v: v["conditional"] and _dataset(v).classes == 0,
        _to(False),
        lambda v: _("{dataset} has no labels to use.").format(dataset=_(_dataset(v).label)),
    ),
    _choice_of_classes("classes", classes_in),
    _choice_of_classes("repeat", repeats_in),
    _choice_of_classes("partner_classes", classes_in, of="partner"),
    *(_norm_of_a_network_without(knob) for knob in ("g_norm", "d_norm")),
    *(_norm_of_few_units(net) for net in ("g", "d")),
    *(_penalty_with_batch_norm(knob) for knob in PENALTIES),
    Rule(
        "label_smoothing",
        lambda v: v["label_smoothing"] > 0 and not _objective(v).probability,
        _to(0.0),
        lambda v: _("With “{objective}” D's output is no probability to smooth.").format(
            objective=_(_objective(v).label)
        ),
    ),
    Rule(
        "ada_target",
        lambda v: v["ada_target"] > 0 and not _objective(v).centred,
        _to(0.0),
        lambda v: _("With “{objective}” the sign of D's output does not tell whether D overfits.").format(
            objective=_(_objective(v).label)
        ),
    ),
    Rule(
        "augment",
        lambda v: v["augment"] != "none" and not MODALITIES[_dataset(v).kind].augmented,
        _to("none"),
        lambda v: _("Augmentation changes images, and {dataset} is made of {samples}.").format(
            dataset=_(_dataset(v).label), samples=_(MODALITIES[_dataset(v).kind].label)
        ),
    ),
    Rule(
        "pack",
        lambda v: v["pack"] > 1 and v["conditional"],
        _to(1),
        lambda v: _("A label belongs to one sample, and packing judges several as one."),
    ),
    Rule(
        "pack",
        lambda v: v["pack"] > 1 and _coded(v),
        _to(1),
        lambda v: _("A code belongs to one sample, and packing judges several as one."),
    ),
    Rule(
        "batch_size",
        lambda v: v["batch_size"] % v["pack"],
        lambda v: v["batch_size"] - v["batch_size"] % v["pack"] or v["pack"],
        lambda v: _("The batch must consist of whole packs of {m}.").format(m=v["pack"]),
    ),
    Rule(
        "batch_size",
        lambda v: v["d_norm"] == "batch" and v["batch_size"] < 2 * v["pack"],
        lambda v: 2 * v["pack"],
        lambda v: _("Batch normalisation in D compares packs, so a batch needs at least two of {m}.").format(
            m=v["pack"]
        ),
    ),
)
