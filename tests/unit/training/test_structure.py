"""How networks are built: what is read is true of them, and reading changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import prod
from typing import Any

import pytest
import torch
from torch import nn

from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.models import build
from playground.training.games.gan import GAN
from playground.training.probe import probe
from playground.training.structure import networks

SMALL = {"g_width": 8, "d_width": 8, "z_dim": 16}
RUNS: dict[str, dict[str, Any]] = {
    "ring": {},
    "spectral": {"preset": "ring", "d_norm": "spectral", "minibatch_std": True, "pack": 2, "batch_size": 64},
    "mlp": {"preset": "digits", "conditional": True, "conditioning": "concat", "g_norm": "layer", "dropout": 0.2},
    "dcgan": {"preset": "shapes", "network": "dcgan", "conditional": True, "conditioning": "acgan", **SMALL},
    "resnet": {
        "preset": "shapes",
        "network": "resnet",
        "g_depth": 3,
        "d_depth": 3,
        "r2": 0.5,
        "conditional": False,
        "g_norm": "none",
        "d_norm": "spectral",
        **SMALL,
    },
}


def _run(name: str) -> Run:
    changes = dict(RUNS[name])
    run = Run("r", PRESETS[changes.pop("preset", "ring")].config.changed(**changes))
    run.advance(3)
    return run


@pytest.mark.parametrize("name", RUNS)
def test_reading_changes_no_bit_of_the_run_and_of_what_follows(name: str) -> None:
    run, other = _run(name), _run(name)
    before = run.to_bytes()
    modes = [m.training for net in run.trainer.modules().values() for m in net.modules()]
    assert networks(run.trainer) == networks(run.trainer)
    assert run.to_bytes() == before
    assert [m.training for net in run.trainer.modules().values() for m in net.modules()] == modes
    assert not any(m._forward_hooks for net in run.trainer.nets.values() for m in net.modules())
    run.advance(2)
    other.advance(2)
    assert run.to_bytes() == other.to_bytes()


@pytest.mark.parametrize("name", RUNS)
def test_weights_and_gradients_are_those_of_torch_and_of_the_probe(name: str) -> None:
    run = _run(name)
    found = networks(run.trainer)
    for net in found:
        assert net.weights == sum(p.numel() for p in run.trainer.nets[net.name].parameters())
    run.read()
    signals, _shadow = probe(run.trainer)
    named = [key for net in found for layer in net.layers for key in layer.gradients]
    assert named == [key for key, _norm in signals.layers]


@pytest.mark.parametrize("name", RUNS)
def test_shapes_lead_from_the_input_to_a_sample_and_to_one_score(name: str) -> None:
    run = _run(name)
    g, d = networks(run.trainer)
    assert g.inputs == (run.config.z_dim,)
    assert g.layers[-1].outputs == run.samples.shape
    assert prod(d.inputs) == run.config.pack * prod(run.samples.shape)
    scoring = [layer for layer in d.layers if layer.outputs == (1,) and layer.kind == "linear"]
    assert len(scoring) == 1
    line = [layer for layer in d.layers if layer.kind not in ("embedding", "classifier")]
    for net in (g.layers, line):
        for layer, after in pairwise(net):
            assert prod(layer.outputs) == prod(after.inputs)


def test_layers_of_a_dcgan_by_name() -> None:
    g, d = networks(_run("dcgan").trainer)
    up = [("linear", 0, 1, "batch", "ReLU"), *[("conv_transpose", 4, 2, "batch", "ReLU")] * 2]
    assert [(x.kind, x.kernel, x.stride, x.norm, x.activation) for x in g.layers[:3]] == up
    assert g.layers[-1].activation == "Tanh"
    assert g.layers[0].outputs == (g.layers[0].outputs[0], 4, 4) or len(g.layers[0].outputs) == 3
    assert [x.kind for x in d.layers][-2:] == ["linear", "classifier"]
    assert all(x.dropout and x.activation == "LeakyReLU" for x in d.layers if x.kind == "conv")


def test_blocks_normalisation_and_what_stands_alone() -> None:
    _g, d = networks(_run("resnet").trainer)
    assert [x.kind for x in d.layers] == ["conv", *["residual", "down"] * 3, "residual", "linear"]
    assert all(x.spectral for x in d.layers)
    assert [len(x.gradients) for x in d.layers[:2]] == [1, 2], "both convolutions of a block"
    _g, d = networks(_run("spectral").trainer)
    assert [x.kind for x in d.layers] == ["linear"] * 2 + ["minibatch_std"] + ["linear"] * 2
    assert d.layers[2].weights == 0


class _Parted(nn.Module):
    """A network of a make that nobody knows."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Bilinear(2, 2, 3)
        self.rest = nn.Sequential(nn.Linear(3, 1), nn.Softplus(), nn.Flatten(0))

    def forward(self, x: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        out: torch.Tensor = self.rest(self.first(x, x))
        return out


class _Two(GAN):
    """A game of one G and two Ds, one of which is of an unknown make."""

    def build(self, init: torch.Generator) -> Mapping[str, nn.Module]:
        G, D = build(self.config, self.samples.shape, self.samples.classes, init)
        return {"G": G, "D": D, "D2": _Parted()}


def test_every_network_of_the_game_by_its_name_whatever_it_is_made_of() -> None:
    run = _run("ring")
    found = networks(_Two(run.config, run.samples))
    assert [(net.name, net.side) for net in found] == [("G", "g"), ("D", "d"), ("D2", "d")]
    parts = [(x.kind, x.name, x.outputs, x.activation, x.gradients) for x in found[2].layers]
    assert parts == [
        ("other", "Bilinear", (3,), "", ("D2 1",)),
        ("linear", "Linear", (1,), "Softplus", ("D2 2",)),
    ]
