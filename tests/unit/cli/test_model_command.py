"""`python -m playground model`: what it writes of a run, and what it refuses."""

import runpy

import numpy as np
import pytest
import torch

from playground.cli.main import main
from playground.engine.run import Run
from playground.training import checkpoint, onnx_file

FILES = ["G.safetensors", "README.md", "config.json", "model.py"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of digits with labels, and one that translates."""
    folder = tmp_path_factory.mktemp("model")
    for name, knobs in (
        ("digits", ["dataset=digits", "conditional=true", "z_dim=8", "g_norm=spectral"]),
        ("turned", ["game=cycle", "objective=lsgan", "task=turn"]),
    ):
        common = ["device=cpu", "batch_size=8", "g_width=8", "d_width=8"]
        arguments = ["train", "--preset", "ring", "--set", *common, *knobs, "--steps", "2", "--out", str(folder / name)]
        assert main(arguments) == 0
    return folder


def trainer_in(folder):
    return Run.from_bytes("x", (folder / "digits" / checkpoint.FILE).read_bytes()).trainer


def test_weights_code_and_card_are_written(folder, tmp_path, capsys):
    arguments = ["model", str(folder / "digits"), "--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    trainer = trainer_in(folder)
    G = runpy.run_path(str(tmp_path / "out" / "model.py"))["load"]()
    with torch.no_grad():
        found = G(trainer.fixed_z, trainer.fixed_y)
    assert torch.allclose(found, trainer.sample(trainer.fixed_z, trainer.fixed_y), atol=1e-6)
    capsys.readouterr()
    assert main(arguments) == 2
    assert "is there already" in capsys.readouterr().err


def test_what_cannot_be_is_said_in_one_sentence(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    for arguments, sentence in (
        (["digits", "--onnx"], "ONNX needs onnx and onnxscript: pip install -r requirements-onnx.txt"),
        (["turned"], "Only a GAN"),
        (["nothing"], "cannot be read"),
    ):
        name, *flags = arguments
        assert main(["model", str(folder / name), "--out", str(tmp_path / "out"), *flags]) == 2
        out, err = capsys.readouterr()
        assert sentence in err
        assert (out, err.count("\n")) == ("", 1)
    assert not (tmp_path / "out").exists()


@pytest.mark.filterwarnings("default")  # those of torch's exporter
def test_onnx_gives_what_torch_gives(folder):
    runtime = pytest.importorskip("onnxruntime", reason="requirements-onnx.txt is not installed")
    pytest.importorskip("onnxscript", reason="requirements-onnx.txt is not installed")
    trainer = trainer_in(folder)
    session = runtime.InferenceSession(onnx_file.onnx(trainer))
    z, y = trainer.fixed_z[:7], trainer.fixed_y[:7]
    [found] = session.run(None, {"z": z.numpy(), "y": y.numpy()})
    assert np.abs(found - trainer.sample(z, y).numpy()).max() < 1e-5
