"""The knobs with which to begin on a dataset."""

import copy

import pytest
import torch

from playground import data
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.config.starts import suited
from playground.data import DATASETS
from playground.engine.run import Run

HERE = [key for key, dataset in DATASETS.items() if dataset.origin == "here" and not key.startswith("typeset")]
SHAPES = [(1, 16, 16), (3, 16, 16), (1, 28, 28), (3, 28, 28), (3, 32, 32), (1, 64, 64), (3, 64, 64), (1, 20, 30)]


def test_presets_stay_as_they_are():
    before = {key: copy.deepcopy(preset.values) for key, preset in PRESETS.items()}
    for shape in [(2,), *SHAPES]:
        for key in ("own-points", "own-images", "idx", "mnist", "digits", "ring"):
            suited(key, "here", shape, 3)
    assert {key: preset.values for key, preset in PRESETS.items()} == before


@pytest.mark.parametrize("preset", ["digits", "ring", "grid", "typeset", "shapes", "handwritten"])
def test_a_dataset_with_a_preset_gets_it(preset):
    config = PRESETS[preset].config
    dataset = DATASETS[config.dataset]
    assert suited(config.dataset, "", dataset.shape, dataset.classes) == config


@pytest.mark.parametrize("key", HERE)
def test_every_set_can_be_built_with_what_suits_it(key):
    samples = data.load(key)
    config = suited(key, "", samples.shape, samples.classes)
    assert config.dataset == key
    assert config.conditional == (len(samples.shape) == 3)
    run = Run("run-of-the-suited-test", config)
    run.advance(2)
    run.settle()
    assert not run.notice


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("classes", [0, 3])
def test_pictures_of_any_shape_can_be_built(shape, classes, monkeypatch):
    x = torch.randint(256, (20, *shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    y = torch.arange(20) % classes if classes else None
    monkeypatch.setattr(data, "load", lambda *args: data.Samples(x, y, classes))
    config = suited("own-images", "mine", shape, classes)
    assert (config.dataset, config.own, config.conditional) == ("own-images", "mine", classes > 0)
    assert RunConfig(**config.model_dump()) == config
    run = Run("run-of-the-suited-test", config)
    run.advance(1)
    run.settle()
    assert not run.notice
