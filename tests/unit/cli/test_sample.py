"""`python -m playground sample`: what it makes of a trained run, and what it refuses."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from playground.cli.main import main
from playground.engine.run import Run
from playground.engine.run_zip import pack
from playground.export import script
from playground.training import as_code, checkpoint


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of digits with labels, one of points, one of points with uniform z, one that translates."""
    folder = tmp_path_factory.mktemp("sample")

    def train(name, *knobs):
        common = ("device=cpu", "batch_size=8", "g_width=8", "d_width=8")
        done = main(
            ["train", "--preset", "ring", "--set", *common, *knobs, "--steps", "2", "--out", str(folder / name)]
        )
        assert done == 0

    train("digits", "dataset=digits", "conditional=true", "z_dim=8")
    train("ring")
    train("uniform", "z_distribution=uniform")
    train("turned", "game=cycle", "objective=lsgan", "task=turn")
    (folder / "run.zip").write_bytes(pack(Run.from_bytes("x", (folder / "digits" / checkpoint.FILE).read_bytes())))
    for name in ("digits", "ring"):
        trainer = Run.from_bytes("x", (folder / name / checkpoint.FILE).read_bytes()).trainer
        model = script.model(as_code.recipe(trainer, with_weights=True))
        (folder / f"{name}.model.zip").write_bytes(model)
        (folder / f"{name}.cut.zip").write_bytes(model.replace(b'"z_dim": ', b'"z_dim": 1'))  # and so another checksum
    (folder / "none.zip").write_bytes(b"PK but no zip")
    (folder / "text").write_bytes(b"a text")
    return folder


def sampled(folder: Path, out: Path, model: str, *arguments: str) -> np.ndarray:
    assert main(["sample", str(folder / model), "--out", str(out), "--overwrite", *arguments]) == 0
    return np.asarray(Image.open(out))


def test_a_folder_its_checkpoint_and_a_zip_give_the_same_samples(folder, tmp_path, capsys):
    of_folder = sampled(folder, tmp_path / "new" / "a.png", "digits", "--n", "20")
    assert "20 samples of G at step 2" in capsys.readouterr().out
    assert np.array_equal(of_folder, sampled(folder, tmp_path / "b.png", f"digits/{checkpoint.FILE}", "--n", "20"))
    assert np.array_equal(of_folder, sampled(folder, tmp_path / "c.png", "run.zip", "--n", "20"))
    assert not np.array_equal(of_folder, sampled(folder, tmp_path / "d.png", "digits", "--n", "20", "--seed", "1"))


def test_the_samples_are_those_of_the_averaged_g(folder, tmp_path, monkeypatch):
    asked = []
    plain = Run.from_bytes("x", (folder / "digits" / checkpoint.FILE).read_bytes()).models.__class__.sample
    record = lambda self, z, y, source: asked.append((z, y, source)) or plain(self, z, y, source)  # noqa: E731
    monkeypatch.setattr("playground.engine.run_models.Models.sample", record)
    sampled(folder, tmp_path / "a.png", "digits", "--n", "300", "--label", "3", "--truncation", "0.5")
    z = np.concatenate([z for z, _y, _source in asked])
    assert z.shape == (300, 8)
    assert np.abs(z).max() <= 0.5
    assert {int(k) for _z, y, _source in asked for k in y} == {3}
    assert {source for _z, _y, source in asked} == {"ema"}
    asked.clear()
    sampled(folder, tmp_path / "a.png", "digits", "--n", "12", "--raw")
    [(_z, y, source)] = asked
    assert (list(y), source) == ([*range(10), 0, 1], "raw")


def test_the_zip_of_a_model_gives_the_same_samples_without_the_data(folder, tmp_path, monkeypatch):
    expected = sampled(folder, tmp_path / "a.png", "digits", "--n", "20", "--label", "3")
    monkeypatch.setattr("playground.data.load", lambda *_: pytest.fail("the data were read"))
    found = sampled(folder, tmp_path / "b.png", "digits.model.zip", "--n", "20", "--label", "3")
    assert np.abs(expected.astype(int) - found.astype(int)).max() <= 1  # rounded on the way to bytes
    assert sampled(folder, tmp_path / "c.png", "ring.model.zip").shape[2] == 3


def test_points_are_drawn_over_the_real_ones(folder, tmp_path):
    assert sampled(folder, tmp_path / "a.png", "ring", "--n", "100").shape[2] == 3


@pytest.mark.parametrize(
    ("model", "arguments", "sentence"),
    [
        ("digits", ["--n", "0"], "--n is a whole number from 1 to 10"),
        ("digits", ["--n", "many"], "not “many”"),
        ("digits", ["--seed", "-1"], "--seed"),
        ("digits", ["--label", "12"], "There is no class “12”"),
        ("digits", ["--truncation", "nan"], "--truncation is a number"),
        ("ring", ["--label", "1"], "without labels"),
        ("uniform", ["--truncation", "0.5"], "uniform"),
        ("turned", [], "Use “translate”"),
        ("nothing", [], "cannot be read"),
        ("text", [], "not a checkpoint"),
        ("digits.cut.zip", [], "not a model that GAN Playground made, or it is damaged"),
        ("digits.model.zip", ["--raw"], "only the averaged G"),
        ("none.zip", [], "not a run of GAN Playground"),
        ("ring", ["--out", "OUT.jpg"], "does not end in .png"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(model, arguments, sentence, folder, tmp_path, capsys):
    arguments = [word.replace("OUT", str(tmp_path / "out")) for word in arguments]
    assert main(["sample", str(folder / model), "--out", str(tmp_path / "out.png"), *arguments]) == 2
    out, err = capsys.readouterr()
    assert sentence in err
    assert (out, err.count("\n")) == ("", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_is_not_written_over(folder, tmp_path, capsys):
    (tmp_path / "a.png").write_bytes(b"mine")
    assert main(["sample", str(folder / "ring"), "--out", str(tmp_path / "a.png")]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "a.png").read_bytes() == b"mine"
