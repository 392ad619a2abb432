"""The same promises on a GPU. `pytest -m cuda` runs these; plain `pytest` hides the GPU and skips them."""

import pytest
import torch

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.losses.objectives import OBJECTIVES
from playground.training import checkpoint

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU, or not chosen with -m cuda"),
]
HERE = [key for key, preset in PRESETS.items() if DATASETS[preset.config.dataset].origin == "here"]
DIGITS = PRESETS["digits"].config
CONFIGS = {key: PRESETS[key].config for key in HERE} | {
    "dcgan": DIGITS.changed(network="dcgan", g_width=8, d_width=8),
    "dcgan5": DIGITS.changed(network="dcgan-5x5", g_width=8, d_width=8, conditional=False),
    "augmented": DIGITS.changed(network="dcgan", conditional=False, augment="color+translation+cutout", augment_p=0.5,
                                ada_target=0.6, pack=2, dropout=0.1),
    "unrolled": PRESETS["ring"].config.changed(unroll=3, d_norm="spectral", noise=0.1, noise_steps=40),
    "penalties": DIGITS.changed(gp=0.1, dragan=0.1, r2=0.1, penalty_every=3, minibatch_std=True),
    "rmsprop": PRESETS["ring"].config.changed(d_optimiser="rmsprop", g_optimiser="adamw", lr_decay=50, clip=0.1),
    **{f"objective {key}": PRESETS["ring"].config.changed(objective=key) for key in OBJECTIVES},
}  # fmt: skip


def state(run: Run) -> bytes:
    run.read()
    return checkpoint.to_bytes(run.trainer.state())


@pytest.mark.parametrize("name", CONFIGS)
def test_same_seed_same_run(name: str) -> None:
    """Twice; from a checkpoint; and after going back: to the bit."""
    config = CONFIGS[name].changed(device="cuda")
    a, b = Run("a-run-for-a-test", config), Run("another-run-here", config)
    a.advance(12)
    moment = a.remember()
    assert moment
    back = Run.from_bytes("a-run-that-is-back", a.to_bytes())
    for run in (a, back):
        run.advance(12)
    b.advance(24)
    there = state(a)
    assert state(b) == there
    assert state(back) == there
    a.rewind(moment.id)
    a.advance(12)
    assert state(a) == there


@pytest.mark.parametrize("name", ["ring", "digits", "dcgan", "augmented"])
def test_looking_changes_nothing(name: str) -> None:
    run = Run("a-run-for-a-test", CONFIGS[name].changed(device="cuda"))
    run.advance(5)
    before = state(run)
    for weights in ("ema", "raw"):
        view = snapshot(run, 1, weights, saliency=True)  # type: ignore[arg-type]
        assert view.device == torch.cuda.get_device_name()
    assert state(run) == before


def test_a_run_moves_from_one_device_to_another() -> None:
    config = RunConfig(dataset="ring", device="cuda")
    run = Run("a-run-for-a-test", config)
    run.advance(5)
    run.trainer.config = config.changed(device="cpu")
    back = Run.from_bytes("another-run-here", run.to_bytes())
    assert back.trainer.device.type == "cpu"
    assert "not bit-exactly" in back.events[-1].text
    back.advance(5)
