"""The one table of knobs: strict where code speaks, forgiving and talkative where people and links do."""

import json
import math
from pathlib import Path

import pytest
from pydantic import ValidationError

from playground.cli.main import knob_table
from playground.config.knob import GROUPS, spell
from playground.config.presets import DEFAULT, PRESETS
from playground.config.rules import PENALTIES
from playground.config.run_config import KNOBS, RunConfig
from playground.losses.objectives import OBJECTIVES
from playground.utils.errors import UserError

NUMBERS = [k for k in KNOBS.values() if k.type in (int, float)]
CHOICES = [k for k in KNOBS.values() if k.choices is not None]
REQUIRED = {
    "dataset", "batch_size", "z_dim", "z_distribution", "network", "g_width", "g_depth", "g_activation", "g_norm",
    "d_width", "d_depth", "d_activation", "d_norm", "objective", "g_lr", "d_lr", "beta1", "beta2", "d_steps", "g_steps",
    "ema_half_life", "dropout", "seed", "device", "r1", "r2", "g_optimiser", "d_optimiser", "weight_decay", "lr_decay",
    "grad_clip", "gp", "dragan", "clip", "label_smoothing", "noise", "noise_steps", "augment", "augment_p",
    "ada_target", "unroll", "d_head_start", "pack", "minibatch_std", "g_init", "d_init", "sn_gain", "conditioning",
    "own", "classes", "size", "repeat",
}  # fmt: skip
STRUCTURAL = {
    "game",
    "network", "g_width", "g_depth", "g_activation", "g_norm", "g_init", "d_width", "d_depth", "d_activation", "d_norm",
    "d_init", "sn_gain", "minibatch_std", "pack", "z_dim", "z_distribution", "dataset", "folder", "own",
    "classes", "size", "repeat", "conditional", "conditioning", "seed", "device",
    "task", "partner", "partner_classes", "sample_pool", "d_patches", "info_categories", "info_codes",
}  # fmt: skip


def by_name(knob):
    return knob.name


def beside(knob):
    """The other knobs that the greatest value of a knob needs."""
    return {"z_dim": 512} if knob.name in ("info_categories", "info_codes") else {}


# The table


def test_every_needed_knob_is_there():
    assert set(KNOBS) >= REQUIRED
    assert {k.name for k in KNOBS.values() if not k.live} == STRUCTURAL


@pytest.mark.parametrize("knob", KNOBS.values(), ids=by_name)
def test_a_knob_says_what_it_is(knob):
    assert knob.label
    assert len(knob.help.split("\n")) == 2
    assert all(line.strip() for line in knob.help.split("\n"))
    assert knob.group in GROUPS
    assert type(knob.default) is knob.type
    assert knob.mend(knob.default) == (knob.default, "")
    if knob.type in (int, float):
        assert knob.low <= knob.default <= knob.high
    if knob.choices is not None:
        assert all(knob.choices.values())


def test_labels_differ_and_every_group_is_used():
    assert len({k.label for k in KNOBS.values()}) == len(KNOBS)
    assert {k.group for k in KNOBS.values()} == set(GROUPS)


def test_the_page_of_knobs_is_in_step_with_the_table():
    page = (Path(__file__).parents[3] / "docs" / "knobs.md").read_text()
    table = page.partition("<!-- knobs -->\n")[2].partition("\n<!-- /knobs -->")[0]
    assert table == knob_table()
    assert all(f"`{name}`" in table for name in KNOBS)


# Strict


def test_defaults_are_valid_and_frozen():
    config = RunConfig()
    with pytest.raises(ValidationError):
        config.seed = 1


@pytest.mark.parametrize("knob", NUMBERS, ids=by_name)
def test_strict_refuses_what_is_out_of_range(knob):
    assert getattr(RunConfig(**beside(knob), **{knob.name: knob.type(knob.high)}), knob.name) == knob.high
    for value in (knob.low - 1, knob.high + 1):
        with pytest.raises(ValidationError):
            RunConfig(**beside(knob), **{knob.name: knob.type(value)})


@pytest.mark.parametrize(
    "values",
    [
        {"d_lr": "0.1"},
        {"d_lr": math.nan},
        {"d_lr": math.inf},
        {"d_steps": 1.5},
        {"d_steps": True},
        {"conditional": 1},
        {"objective": "magic"},
        {"folder": "x" * 1001},
        {"dataset": None},
        {"epochs": 3},
        {"dataset": "ring", "network": "dcgan"},
        {"dataset": "line", "conditional": True},
    ],
    ids=str,
)
def test_strict_refuses(values):
    with pytest.raises(ValidationError):
        RunConfig(**values)


# Reading what people wrote


@pytest.mark.parametrize("knob", NUMBERS, ids=by_name)
@pytest.mark.parametrize("as_text", [False, True])
def test_read_clamps_and_says_so(knob, as_text):
    for value, bound in ((knob.low - 1, knob.low), (knob.high + 1, knob.high)):
        base = RunConfig(**beside(knob))
        config, findings = RunConfig.read({knob.name: str(knob.type(value)) if as_text else value}, base)
        assert getattr(config, knob.name) == bound
        assert type(getattr(config, knob.name)) is knob.type
        assert len(findings) == 1
        assert findings[0].startswith(f"{knob.name} = ")
        assert "is outside" in findings[0]


def test_a_finding_in_full():
    assert RunConfig.read({"d_lr": 3})[1] == ["d_lr = 3 is outside 0 to 0.1. It is now 0.1."]


@pytest.mark.parametrize("knob", CHOICES, ids=by_name)
def test_read_refuses_another_choice_and_lists_them(knob):
    config, findings = RunConfig.read({knob.name: "nonsense"})
    assert config == RunConfig()
    [finding] = findings
    assert finding.startswith(f"{knob.name} cannot be “nonsense”. ")
    assert finding.endswith(f" It is now {knob.default}.")
    if len(knob.choices) <= 8:
        assert f"Choose one of: {', '.join(knob.choices)}." in finding
    else:
        assert f"There are {len(knob.choices)} choices, like {', '.join(list(knob.choices)[:3])}." in finding


def test_a_misspelled_choice_among_many_is_guessed_aloud_and_not_taken():
    config, [finding] = RunConfig.read({"dataset": "mooons"})
    assert config.dataset == RunConfig().dataset
    assert finding == "dataset cannot be “mooons”. Did you mean moons? It is now ring."


def test_what_cannot_be_used_leaves_the_base_as_it_is():
    base = PRESETS["digits"].config
    config, findings = RunConfig.read(
        {"z_dim": "many", "dataset": "cats", "conditional": "perhaps", "g_lr": None}, base
    )
    assert config == base
    assert len(findings) == 4


def test_read_ignores_the_unknown_and_says_so():
    config, findings = RunConfig.read({"epochs": "3", "self": "1", "x" * 500: 1})
    assert config == RunConfig()
    assert len(findings) == 3
    assert findings[0] == "There is no knob named “epochs”; it was ignored."
    assert max(map(len, findings)) < 120


@pytest.mark.parametrize("knob", KNOBS.values(), ids=by_name)
@pytest.mark.parametrize(
    "value",
    [
        "", " ", "nan", "inf", "-inf", "1e999", "9" * 5000, "0x10", "<script>", "\0", "é" * 2000, "[1]", b"1", None, [],
        {}, (), object(), True, math.nan, 1e300, 10**400, -(10**400),
    ],
    ids=lambda value: repr(value)[:12],
)  # fmt: skip
def test_no_nonsense_crashes_read(knob, value):
    config, findings = RunConfig.read({knob.name: value})
    assert isinstance(config, RunConfig)
    assert findings or knob.mend(value)[1] == ""
    assert all(len(f) < 400 for f in findings)
    config.model_dump_json()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("d_steps", " 3 ", 3),
        ("d_lr", "1e-3", 1e-3),
        ("conditional", "on", True),
        ("conditional", "False", False),
        ("objective", "lsgan", "lsgan"),
        ("d_steps", 3.0, 3),
        ("r1", 2, 2.0),
    ],
)
def test_read_takes_text_and_whole_floats(name, text, value):
    config, findings = RunConfig.read({name: text, "dataset": "ring"})
    assert findings == []
    assert getattr(config, name) == value
    assert type(getattr(config, name)) is type(value)


def test_points_take_the_mlp():
    config, findings = RunConfig.read({"dataset": "line", "network": "dcgan", "conditional": "on"})
    assert (config.network, config.conditional) == ("mlp", False)
    assert findings == [
        "DCGAN makes images, and Line is made of 2-D points. network is now mlp.",
        "Line has no labels to use. conditional is now off.",
    ]


def test_points_with_labels_may_use_them():
    assert RunConfig.read({"dataset": "moons", "conditional": True})[1] == []


# What does not go together


BATCH_NORM = "Batch normalisation in D mixes the samples that a gradient penalty keeps apart."
RULES = [
    ({"dataset": "line", "network": "dcgan"}, {"network": "mlp"},
     "DCGAN makes images, and Line is made of 2-D points."),
    ({"dataset": "line", "network": "resnet", "g_norm": "batch"}, {"network": "mlp"},
     "Residual makes images, and Line is made of 2-D points."),
    ({"dataset": "line", "conditional": True}, {"conditional": False}, "Line has no labels to use."),
    *(({"dataset": "digits", "network": "resnet", net: norm}, {net: "none"},
       "Residual networks have no layers to normalise.")
      for net in ("g_norm", "d_norm") for norm in ("batch", "layer", "group")),
    *(({"d_norm": "batch", "r1": 0.0, name: 0.5}, {name: 0.0}, BATCH_NORM) for name in PENALTIES),
    *(({"objective": o.key, "label_smoothing": 0.1}, {"label_smoothing": 0.0},
       f"With “{o.label}” D's output is no probability to smooth.")
      for o in OBJECTIVES.values() if not o.probability),
    *(({"dataset": "digits", "objective": o.key, "augment": "color", "ada_target": 0.6}, {"ada_target": 0.0},
       f"With “{o.label}” the sign of D's output does not tell whether D overfits.")
      for o in OBJECTIVES.values() if not o.centred),
    ({"dataset": "ring", "augment": "cutout"}, {"augment": "none"},
     "Augmentation changes images, and Ring of 8 is made of 2-D points."),
    ({"dataset": "digits", "conditional": True, "pack": 2}, {"pack": 1},
     "A label belongs to one sample, and packing judges several as one."),
    ({"pack": 3, "batch_size": 128}, {"batch_size": 126}, "The batch must consist of whole packs of 3."),
    ({"pack": 3, "batch_size": 2}, {"batch_size": 3}, "The batch must consist of whole packs of 3."),
    ({"pack": 4, "batch_size": 4, "d_norm": "batch", "r1": 0.0}, {"batch_size": 8},
     "Batch normalisation in D compares packs, so a batch needs at least two of 4."),
    *(({f"{net}_norm": norm, f"{net}_width": 2}, {f"{net}_norm": "none"},
       "Normalisation within a sample leaves nothing of one or two units.")
      for net in "gd" for norm in ("layer", "group")),
]  # fmt: skip
GO_TOGETHER = [
    {"dataset": "digits", "network": "resnet", "g_norm": "spectral", "d_norm": "spectral"},
    {"d_norm": "batch", "r1": 0.0},
    *({"g_norm": "batch", name: 0.5} for name in PENALTIES),
    *({"d_norm": norm, name: 0.5} for name in PENALTIES for norm in ("layer", "group", "spectral")),
    *({"objective": o.key, "label_smoothing": 0.1} for o in OBJECTIVES.values() if o.probability),
    *({"dataset": "digits", "objective": o.key, "augment": "color", "ada_target": 0.6}
      for o in OBJECTIVES.values() if o.centred),
    {"dataset": "digits", "pack": 2, "augment": "color"},
    {"dataset": "line", "conditional": False, "pack": 4},
    {"pack": 4, "batch_size": 8, "d_norm": "batch", "r1": 0.0},
    {"dataset": "digits", "network": "dcgan", "g_norm": "layer", "g_width": 1},
]  # fmt: skip


@pytest.mark.parametrize(("values", "mended", "reason"), RULES, ids=str)
def test_what_does_not_go_together_is_mended_or_refused(values, mended, reason):
    config, findings = RunConfig.read(values)
    assert config.differences(RunConfig()).keys() <= values.keys() | mended.keys()
    [(name, value)] = mended.items()
    assert getattr(config, name) == value
    assert findings == [f"{reason} {name} is now {spell(value)}."]
    with pytest.raises(UserError) as caught:
        RunConfig().changed(**values)
    assert str(caught.value) == (f"{reason} Set {name} to {spell(value)}." if value != "" else reason)
    with pytest.raises(ValidationError):
        RunConfig(**values)


@pytest.mark.parametrize("values", GO_TOGETHER, ids=str)
def test_what_goes_together(values):
    config, findings = RunConfig.read(values)
    assert findings == []
    assert config == RunConfig().changed(**values) == RunConfig(**values)


def test_all_penalties_give_way_to_batch_norm_in_d():
    config, findings = RunConfig.read(dict.fromkeys(PENALTIES, 1.0) | {"d_norm": "batch"})
    assert [getattr(config, name) for name in PENALTIES] == [0.0] * 4
    assert findings == [f"{BATCH_NORM} {name} is now 0." for name in PENALTIES]


# Changing


def test_changed():
    config = RunConfig().changed(d_lr="1e-4", z_dim=7)
    assert config.differences(RunConfig()) == {"d_lr": 1e-4, "z_dim": 7}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"epochs": 1}, "There is no knob named “epochs”."),
        ({"self": 1}, "There is no knob named “self”."),
        ({"d_lr": 7}, "d_lr = 7 is outside 0 to 0.1."),
        ({"d_lr": "fast"}, "d_lr must be a number, not “fast”."),
        ({"seed": "1.5"}, "seed must be a whole number, not “1.5”."),
        ({"seed": 2**40}, "seed = 1099511627776 is outside 0 to 2147483647."),
        ({"conditional": "maybe"}, "conditional is on or off, not “maybe”."),
        ({"network": "dcgan"}, "DCGAN makes images, and Ring of 8 is made of 2-D points. Set network to mlp."),
        ({"dataset": "line", "conditional": True}, "Line has no labels to use. Set conditional to off."),
    ],
    ids=str,
)
def test_changed_refuses(values, sentence):
    with pytest.raises(UserError) as caught:
        RunConfig().changed(**values)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_json_round_trip(preset):
    text = json.dumps(preset.config.model_dump())
    config, findings = RunConfig.read(json.loads(text))
    assert config == preset.config
    assert findings == []
    assert RunConfig(**json.loads(text)) == preset.config


# Presets


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_is_valid_and_says_why(preset):
    assert preset.label
    assert preset.why.endswith(".")
    assert RunConfig.read(preset.values) == (preset.config, [])
    assert all(getattr(preset.config, name) == value for name, value in preset.values.items())


def test_the_presets():
    assert set(PRESETS) >= {"ring", "grid", "digits", "digits-unlabelled", "mlp-28", "dcgan-28"}
    assert DEFAULT == "digits"
    assert PRESETS["digits"].config.conditional
    assert not PRESETS["digits-unlabelled"].config.conditional
    assert PRESETS["digits"].config.differences(PRESETS["digits-unlabelled"].config) == {"conditional": True}
    assert {PRESETS[k].config.dataset for k in ("mlp-28", "dcgan-28")} == {"idx"}
    assert PRESETS["dcgan-28"].config.network == "dcgan-5x5"
