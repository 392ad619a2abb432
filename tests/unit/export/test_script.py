"""A script that is taken home trains what the app trains: the same losses, from the same seed."""

import ast
import io
import json
import re
import runpy
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch

from playground import data
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.engine.messages import View
from playground.export import script
from playground.training import as_code, games
from playground.utils.errors import UserError

STEPS = 3
THIRD_PARTY = {"torch", "numpy", "PIL"}
# One process for all of them: it trains each script in its folder and keeps the losses and the samples on show.
DRIVER = """
import runpy, sys, torch
from pathlib import Path
torch.set_num_threads(1)
for folder in map(Path, sys.argv[2:]):
    names = runpy.run_path(str(folder / "train.py"))
    gan, rows = names["train"](int(sys.argv[1]), torch.device("cpu"), lambda said: None)
    torch.save({"rows": rows, "samples": gan.sample(), "z": gan.fixed_z}, folder / "found.pt")
    assert not [name for name in sys.modules if name.startswith("playground")]
"""
GANS = {
    key: preset.config for key, preset in PRESETS.items()
    if preset.config.game == "gan" and DATASETS[preset.config.dataset].origin == "here"
}  # fmt: skip
OTHERS = {  # what no preset has
    "spectral": ("digits", {"d_norm": "spectral", "g_norm": "spectral", "d_steps": 2}),
    "acgan and codes": ("digits", {"conditioning": "acgan", "info_categories": 3}),
    "concat": ("digits", {"conditioning": "concat", "g_init": "he", "d_init": "orthogonal"}),
    "continuous codes": ("ring", {"z_dim": 4, "info_codes": 2, "z_distribution": "uniform"}),
    "minibatch std": ("ring", {"minibatch_std": True, "pack": 2, "gp": 1.0}),
    "frozen D": ("ring", {"d_steps": 0, "g_steps": 2}),
    "frozen G": ("ring", {"g_steps": 0, "dragan": 1.0, "grad_clip": 1.0, "g_norm": "layer"}),
    "noise": ("ring", {"noise": 0.1, "noise_steps": 100, "dropout": 0.2, "label_smoothing": 0.1}),
    "pairing": ("ring", {"objective": "rpgan", "r2": 0.1, "g_steps": 2}),
    "unrolled": ("digits", {"unroll": 2, "objective": "ragan", "d_norm": "spectral", "d_optimiser": "rmsprop"}),
    "optimisers": ("ring", {"g_optimiser": "adamw", "weight_decay": 0.1, "d_optimiser": "sgd", "beta1": 0.5}),
    "adaptive": ("digits-16", {"augment": "color+translation+cutout", "ada_target": 0.6, "augment_p": 0.5}),
    "chosen": ("digits", {"classes": "1,3", "size": 200, "repeat": "3x4", "d_norm": "batch", "r1": 0.0}),
    "residual": ("typeset", {"network": "resnet", "g_norm": "none", "size": 200, "minibatch_std": True, "g_width": 4}),
    "tutorial": ("typeset", {"network": "dcgan-5x5", "size": 200, "d_norm": "group", "d_init": "normal"}),
}


def config_of(preset: str, values: dict) -> RunConfig:
    base = PRESETS[preset].config if preset in PRESETS else PRESETS["digits"].config.changed(dataset=preset)
    return base.changed(**values)


def made(config: RunConfig):
    """The recipe of a run at step 0, and its trainer."""
    samples = data.load(config.dataset, config.source, config.choice)
    trainer = games.start(config, samples)
    recipe = as_code.recipe(trainer)
    if script.needs_data(recipe.config):
        recipe = replace(recipe, data=as_code.data_npz(samples, recipe.classes > 0, 2**28))
    return recipe, trainer


def trained(configs: dict[str, RunConfig], folder, steps: int) -> dict[str, float]:
    """The largest difference of a loss between the script and the trainer, of each config."""
    torch.set_num_threads(1)
    expected = {}
    for number, (name, config) in enumerate(configs.items()):
        recipe, trainer = made(config)
        place = folder / str(number)
        place.mkdir()
        for file, content in script.files(recipe).items():
            (place / file).write_bytes(content)
        rows = []
        trainer.statistics.add = lambda *values, rows=rows: rows.append(torch.stack(values))
        for _ in range(steps):
            trainer.step()
        expected[name] = place, torch.stack(rows), trainer.sample(trainer.fixed_z, trainer.fixed_y)
    command = [sys.executable, "-c", DRIVER, str(steps), *(str(place) for place, *_ in expected.values())]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    out = {}
    for name, (place, rows, samples) in expected.items():
        found = torch.load(place / "found.pt")
        assert rows.isfinite().all()
        out[name] = max(float((found["rows"] - rows).abs().max()), float((found["samples"] - samples).abs().max()))
    return out


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """What differs at most between a script and the trainer, of every preset and of what no preset has."""
    images = {key for key, config in GANS.items() if DATASETS[config.dataset].kind == "images"}
    presets = {key: config.changed(size=200 * (key in images)) for key, config in GANS.items()}
    others = {name: config_of(*of) for name, of in OTHERS.items()}
    return trained(presets | others, tmp_path_factory.mktemp("scripts"), STEPS)


def test_every_preset_of_a_gan_has_a_script_with_the_same_losses(errors):
    assert {key: errors[key] for key in GANS if errors[key] > 1e-6} == {}


def test_so_has_what_no_preset_has(errors):
    assert {name: errors[name] for name in OTHERS if errors[name] > 1e-6} == {}


@pytest.mark.slow
def test_two_hundred_steps_have_the_same_losses(tmp_path):
    found = trained({key: GANS[key] for key in ("ring", "digits", "ttur")}, tmp_path, 200)
    assert {name: error for name, error in found.items() if error > 1e-4} == {}


@pytest.mark.parametrize("key", ["ring", "digits"])
def test_a_script_imports_nothing_of_ours(key):
    text = script.files(made(GANS[key])[0])["train.py"].decode()
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module])
    }
    assert imported - sys.stdlib_module_names == THIRD_PARTY
    assert max(map(len, text.splitlines())) <= 120


def test_what_a_config_never_comes_to_is_left_out():
    recipe, _ = made(GANS["collapse"])
    text = re.sub(r'""".*?"""', "", script.files(recipe)["train.py"].decode(), flags=re.DOTALL)
    for word in ("PENALT", "pectral", "augment", "nroll", "code_loss", "Embedding", "None is None", "Judged", "self.y"):
        assert word not in text, word
    cured = script.files(made(GANS["collapse-cured"])[0])["train.py"].decode()
    assert "return gradient.flatten(1).square().sum(1).mean() / 2" in cured  # as in the source, to the letter


def test_the_data_come_along_where_no_formula_makes_them():
    recipe, _ = made(GANS["digits"])
    with zipfile.ZipFile(io.BytesIO(script.packed(recipe))) as archive:
        assert archive.namelist() == ["train.py", "data.npz"]
        with np.load(io.BytesIO(archive.read("data.npz"))) as arrays:
            assert arrays["x"].shape == (len(arrays["y"]), 1, 8, 8)
    assert script.packed(recipe) == script.packed(recipe)
    assert "CC BY 4.0" in script.files(recipe)["train.py"].decode()
    assert script.packed(made(GANS["ring"])[0]).startswith(b'"""Ring of 8')


def test_data_that_are_too_large_are_refused_in_a_sentence():
    samples = data.Samples(torch.zeros(2, 1, 1024, 1024, dtype=torch.uint8))
    with pytest.raises(UserError, match="These data have 2 MB"):
        as_code.data_npz(samples, False, 2**20)


def test_a_translation_says_that_it_has_no_script():
    config = next(preset.config for preset in PRESETS.values() if preset.config.game == "paired")
    assert "Only a GAN" in script.refuses(config.model_dump())
    assert script.refuses(GANS["ring"].model_dump()) == ""
    with pytest.raises(UserError, match="Only a GAN"):
        as_code.recipe(made_translation(config))


def made_translation(config: RunConfig):
    return games.start(config, data.load(config.dataset, config.source, config.choice))


def test_a_layer_that_is_not_known_is_said():
    _recipe, trainer = made(GANS["ring"])
    trainer.G.body = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Softplus())
    with pytest.raises(UserError, match="Softplus"):
        as_code.recipe(trainer)


# The notebook


def test_a_notebook_has_the_code_of_the_script_under_headings():
    recipe, _ = made(GANS["digits"])
    found = json.loads(script.files(recipe, script.NOTEBOOK)["train.ipynb"])
    code = [cell["source"] for cell in found["cells"] if cell["cell_type"] == "code"]
    headings = [cell["source"] for cell in found["cells"] if cell["source"].startswith("## ")]
    assert headings == [
        "## The configuration", "## The data", "## Random numbers", "## The networks",
        "## The objective, and what is added to it", "## One step", "## What is to be seen", "## Training",
    ]  # fmt: skip
    assert code[-1] == "picture(gan.sample(), gan.x)"
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in found["cells"]}) == len(found["cells"])
    assert "__file__" not in "".join(code)
    assert "argparse" not in "".join(code)


@pytest.mark.parametrize("key", ["ring", "digits"])
def test_its_cells_run_one_after_the_other(key, tmp_path, monkeypatch):
    """As a kernel runs them, without one: each cell in the names that those before it left."""
    monkeypatch.chdir(tmp_path)
    recipe, _ = made(GANS[key])
    files = script.files(recipe, script.NOTEBOOK)
    if recipe.data:
        (tmp_path / "data.npz").write_bytes(files["data.npz"])
    cells = [c["source"] for c in json.loads(files["train.ipynb"])["cells"] if c["cell_type"] == "code"]
    cells[-1] = f"shown = {cells[-1]}"
    (tmp_path / "cells.py").write_text("\n\n".join(cells).replace("train(2000,", "train(3,"))
    found = runpy.run_path(str(tmp_path / "cells.py"))
    assert found["shown"]._repr_png_().startswith(b"\x89PNG")
    assert found["rows"].shape == (3, 5)


# The model


@pytest.mark.parametrize(
    ("key", "values"),
    [("ring", {"info_categories": 3, "z_dim": 5, "info_codes": 1}), ("digits", {"g_norm": "spectral"}), ("digits", {}),
     ("typeset", {"network": "resnet", "g_norm": "none", "size": 50, "g_width": 4})],
)  # fmt: skip
def test_a_model_that_is_taken_home_makes_the_same_samples(key, values, tmp_path, monkeypatch):
    _recipe, trainer = made(config_of(key, values))
    for _ in range(2):
        trainer.step()
    recipe = as_code.recipe(trainer, with_weights=True)
    with zipfile.ZipFile(io.BytesIO(script.model(recipe))) as archive:
        archive.extractall(tmp_path)
        card = archive.read("README.md").decode()
    names = runpy.run_path(str(tmp_path / "model.py"))
    G = names["load"]()
    with torch.no_grad():
        found = G(*(t for t in (trainer.fixed_z, trainer.fixed_y) if t is not None))
    assert torch.allclose(found, trainer.sample(trainer.fixed_z, trainer.fixed_y), atol=1e-6)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "model", raising=False)
    code = card.partition("```python\n")[2].partition("```")[0]
    assert len(code.splitlines()) <= 10
    (tmp_path / "use.py").write_text(code)
    assert runpy.run_path(str(tmp_path / "use.py"))["x"].shape == (64, *recipe.shape)
    sys.modules.pop("model", None)
    assert "after 2 steps" in card
    assert "It was not measured." in card
    assert DATASETS[trainer.config.dataset].licence in card


def test_the_card_has_the_metrics_beside_what_real_samples_reach():
    recipe = replace(made(GANS["ring"])[0], weights=b"x")
    readings = {"step": np.array([10.0, 20.0]), "modes": np.array([3.0, 8.0]), "raw_modes": np.array([2.0, 7.0])}
    view = View("run", 0, 0, recipe.config, "paused", "ema", readings=readings, floors={"modes": 8.0})
    covered = replace(view, step=20, modes=7, high_quality=0.5, mode_count=8, other_modes=1, other_high_quality=0.1)
    said = script.model_files(recipe, "Ring", covered)["README.md"].decode()
    assert "At step 20 it covers 7 of 8 modes of the data; 50% of its samples" in said
    assert "| 20 | 8 | 8 |" in script.model_files(recipe, "Ring", view)["README.md"].decode()
