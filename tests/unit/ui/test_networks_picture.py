"""The picture of the networks: folding, words, and what goes to the browser."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.config.presets import PRESETS
from playground.engine.messages import View
from playground.training.games.gan_phases import PHASES
from playground.ui.components import networks as component
from playground.ui.pages.train import networks_panel, step_picture
from playground.ui.pages.train.network_rows import FEW, Row, rows
from playground.ui.style import LIGHT
from playground.utils.network_record import Layer, Network
from playground.utils.step_record import Phase, Tensor
from tests.app.fakes import FakeHost

RESNET = {"network": "resnet", "g_depth": 3, "d_depth": 3, "g_width": 8, "d_width": 8, "g_norm": "none", "r2": 0.5}


def _view(preset: str, **changes: Any) -> tuple[tuple[Network, ...], View]:
    host = FakeHost()
    host.create("run", PRESETS[preset].config.changed(**changes).model_dump())
    host.runs["run"].step = 100
    view = host.view("run")
    assert view is not None
    return host.networks("run"), view


def _layer(kind: str, *sizes: int) -> Layer:
    return Layer(kind, kind, (sizes[0],), (sizes[-1],), 1)  # type: ignore[arg-type]


def _folds(layers: list[Layer]) -> list[tuple[int, int]]:
    """How many layers repeat in each row, and how often."""
    found = rows(layers)
    assert [layer for row in found for layer in row.layers] == layers, "no layer is lost or moved"
    return [(len(row.pattern), row.times) for row in found]


def test_few_layers_are_not_folded() -> None:
    assert _folds([_layer("linear", 8, 8)] * FEW) == [(1, 1)] * FEW


def test_layers_that_repeat_are_one_row() -> None:
    ends = _layer("linear", 2, 8), _layer("linear", 8, 1)
    assert _folds([ends[0], *[_layer("linear", 8, 8)] * 9, ends[1]]) == [(1, 1), (1, 9), (1, 1)]


def test_blocks_that_repeat_in_other_sizes_are_one_row() -> None:
    twenty = [layer for n in range(9) for layer in (_layer("residual", 2**n), _layer("up", 2**n, 2 ** (n + 1)))]
    assert _folds([_layer("linear", 8, 8), *twenty, _layer("conv", 3, 3)]) == [(1, 1), (2, 9), (1, 1)]
    assert Row(tuple(twenty), 9).pattern == tuple(twenty[:2])


def test_nothing_is_folded_that_does_not_repeat() -> None:
    kinds = ["linear", "conv", "up", "down", "residual", "embedding", "classifier"]
    assert _folds([_layer(kind, 1) for kind in kinds]) == [(1, 1)] * len(kinds)


def test_words_of_a_network_of_images() -> None:
    found, view = _view("shapes", dropout=0.1)
    picture = networks_panel.picture(found, view)
    g, d = picture["networks"]
    assert g["rows"][1]["label"] == "Transposed conv 4×4, stride 2"
    assert g["rows"][1]["notes"] == "batch norm, ReLU"
    assert d["rows"][0]["label"] == "Conv 4×4, stride 2"
    assert d["rows"][0]["notes"] == "leaky ReLU, dropout"
    assert picture["parts"]["generated"]["note"] == "3 × 32 × 32"
    assert picture["parts"]["z"]["label"] == "z, y"
    assert all(part["help"] for part in [*picture["parts"].values(), *g["rows"], *d["rows"], g, d])
    total = sum(net.weights for net in found)
    assert picture["total"].replace("\u202f", "") == f"{total} weights in all"


def test_a_folded_row_has_all_gradients_and_all_weights() -> None:
    found, view = _view("shapes", conditional=False, **RESNET)
    g = networks_panel.picture(found, view)["networks"][0]
    folded = g["rows"][1]
    assert folded["label"] == "3 × Residual block + Upsample ×2"
    assert len(folded["parts"]) == 6
    assert folded["gradients"] == [f"G {k}" for k in range(2, 11)]
    assert folded["shape"] == "8 × 32 × 32"


def test_what_is_sent_with_each_redraw_is_small_and_json() -> None:
    found, view = _view("shapes", conditional=False, **RESNET)
    names = [name for net in found for layer in net.layers for name in layer.gradients]
    layers = dict.fromkeys(names, 0.123456789) | {names[0]: float("nan")}
    view = replace(view, layers=layers, readings={"step": np.array([100, 1200])})
    sent = networks_panel.live(found, view)
    assert sent["gradients"][names[0]] is None
    assert sent["gradients"][names[1]] == 0.123
    assert "1\u202f200" in sent["when"]
    assert {"loss G", "loss D"} == set(sent["values"])
    assert len(json.dumps(sent, allow_nan=False)) < 1000


def test_the_picture_is_sent_until_the_browser_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    has: dict[str, str] = {}
    monkeypatch.setattr(component, "_mount", lambda **given: sent.append(given["data"][0]))
    monkeypatch.setattr(component.frames, "heard", lambda key, name: has.get(key))
    for _ in range(2):
        component.networks({"a": 1}, {"n": 1}, key="k")
    assert all("picture" in data for data in sent)
    has["k"] = sent[0]["token"]
    component.networks({"a": 1}, {"n": 2}, key="k")
    assert "picture" not in sent[-1]
    assert sent[-1]["n"] == 2
    component.networks({"a": 2}, {"n": 2}, key="k")
    assert sent[-1]["picture"] == {"a": 2}, "another picture"


# One step


def _phase(key: str, net: str, name: str = "real") -> Phase:
    return Phase(key, net, 1, "", (Tensor(name, (1,), np.zeros(1), 0, 0, 0),))


@pytest.mark.parametrize("watch", PHASES.watched, ids=lambda watch: f"{watch.function}-{watch.key}")
def test_every_phase_lights_a_part_that_is_there(watch: Any) -> None:
    for net in "GD":
        lit = step_picture.at_work(_phase(watch.key, net))
        assert lit
        assert set(lit) <= set(step_picture._PLACES)
        assert step_picture.strip(_phase(watch.key, net), LIGHT).count('class="lit"') >= len(lit)


def test_gradients_go_back_and_those_of_g_pass_d() -> None:
    assert step_picture.at_work(_phase("backward", "D")) == ("loss", "score", "D")
    assert step_picture.at_work(_phase("backward", "G")) == ("loss", "score", "D", "generated", "G")
    back = step_picture.strip(_phase("backward", "G"), LIGHT)
    assert back.count("←") == 3  # loss to score to D, generated samples to G
    assert back.count("↖") == 1
    assert LIGHT.generated in back
    assert "←" not in step_picture.strip(_phase("generate", "G"), LIGHT)


def test_what_happens_to_samples_lights_the_kind() -> None:
    assert step_picture.at_work(_phase("augment", "D", "generated")) == ("generated",)
    assert step_picture.at_work(_phase("noise", "D", "real")) == ("real",)
    assert step_picture.at_work(_phase("update", "G")) == ("G",)
