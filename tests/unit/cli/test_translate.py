"""`python -m playground translate`: what it writes for pictures, masks and both directions, and what it refuses."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from playground.cli.main import main
from playground.cli.translate import STRIP
from playground.engine.messages import OwnInput
from playground.engine.run import Run

SMALL = (
    "network=unet", "g_width=4", "d_width=4", "g_depth=2", "d_depth=2", "batch_size=4", "device=cpu", "conditional=off",
)  # fmt: skip
PAIRED = ("game=paired", "g_norm=batch", "d_activation=leaky-relu", *SMALL)
CYCLE = ("game=cycle", "g_norm=group", "objective=lsgan", *SMALL)
Refused = Callable[..., str]


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs a command that must end with exit code 2 and one sentence, which it gives."""

    def run(*arguments: object) -> str:
        capsys.readouterr()
        assert main(["translate", *map(str, arguments)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert "Traceback" not in err
        return err.strip()

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained models, and pictures."""
    return tmp_path_factory.mktemp("translate")


def trained(folder: Path, name: str, *knobs: str) -> Path:
    path = folder / name
    if not path.exists():
        assert main(["train", "--preset", "digits", "--set", *knobs, "--steps", "10", "--out", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def inpainting(folder: Path) -> Path:
    return trained(folder, "inpaint", "dataset=typeset-digits", "task=inpaint-half", *PAIRED)


@pytest.fixture(scope="module")
def denoising(folder: Path) -> Path:
    return trained(folder, "denoise", "dataset=typeset-digits", "task=denoise", *PAIRED)


@pytest.fixture(scope="module")
def cycle(folder: Path) -> Path:
    return trained(folder, "cycle", "dataset=typeset-digits", "task=inverse", *CYCLE)


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Path]:
    """Three pictures of three kinds and sizes, a text and a broken picture."""
    path = tmp_path / "pictures"
    path.mkdir()
    shades = np.random.default_rng(0).integers(0, 256, (60, 40, 3), np.uint8)
    Image.fromarray(shades).save(path / "a.png")
    Image.fromarray(shades[:28, :28, 0]).save(path / "b.bmp")
    Image.fromarray(shades[:, :, 0]).save(path / "a.jpg")
    (path / "notes.txt").write_text("no picture")
    return path


def opened(path: Path) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(path.read_bytes())))


def of_run(model: Path, given: OwnInput) -> np.ndarray:
    run = Run.from_bytes("again", (model / "checkpoint.safetensors").read_bytes())
    samples = run.models.translate(given, "ema").samples
    assert samples is not None
    return samples[..., 0]


def test_a_translation_is_trained_with_its_curves_and_rows_of_samples(inpainting: Path) -> None:
    with (inpainting / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert int(rows[-1]["step"]) == 10
    assert all(np.isfinite(float(rows[-1][name])) for name in ("d_loss", "g_loss", "reconstruction"))
    sheet = opened(inpainting / "samples.png")
    assert sheet.shape[2] == 3
    assert sheet.shape[1] > 9 * 64  # three pictures a sample, three samples beside each other
    assert len(np.unique(sheet)) > 20


def test_outputs_are_named_after_the_inputs_and_made_by_the_model(
    inpainting: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["translate", str(inpainting), str(pictures), "--out", str(out)]) == 0
    assert "3 pictures" in capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == {"a.png", "a-2.png", "b.png", STRIP}
    exact = opened(pictures / "b.bmp")
    assert np.array_equal(opened(out / "b.png"), of_run(inpainting, OwnInput(exact[None, :, :, None]))[0])
    assert opened(out / STRIP).shape[1] > 3 * 64


def test_a_mask_hides_what_is_white(inpainting: Path, pictures: Path, tmp_path: Path) -> None:
    mask = np.zeros((28, 28), np.uint8)
    mask[5:12, 5:20] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    one, checkpoint = str(pictures / "b.bmp"), str(inpainting / "checkpoint.safetensors")
    assert main(["translate", checkpoint, one, "--mask", str(tmp_path / "mask.png"), "--out", str(tmp_path)]) == 0
    x = opened(pictures / "b.bmp")[None, :, :, None]
    assert np.array_equal(opened(tmp_path / "b.png"), of_run(inpainting, OwnInput(x, mask[None] > 0))[0])


def test_direct_input_and_both_directions(cycle: Path, denoising: Path, pictures: Path, tmp_path: Path) -> None:
    one = str(pictures / "b.bmp")
    x = opened(pictures / "b.bmp")[None, :, :, None]
    for model, flags, given in (
        (denoising, [], OwnInput(x)),
        (denoising, ["--direct"], OwnInput(x, direct=True)),
        (cycle, [], OwnInput(x)),
        (cycle, ["--reverse", "--direct"], OwnInput(x, reverse=True, direct=True)),
    ):
        assert main(["translate", str(model), one, "--out", str(tmp_path), "--overwrite", *flags]) == 0
        assert np.array_equal(opened(tmp_path / "b.png"), of_run(model, given)[0])


def test_many_pictures_go_through_g_some_at_a_time(
    denoising: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is translated beside it, a picture that is G's input as it is gets the same output."""
    whole, some = tmp_path / "whole", tmp_path / "some"
    assert main(["translate", str(denoising), str(pictures), "--direct", "--out", str(whole)]) == 0
    monkeypatch.setattr("playground.cli.translate.TOGETHER", 1)
    assert main(["translate", str(denoising), str(pictures), "--direct", "--out", str(some)]) == 0
    for path in whole.iterdir():
        assert np.abs(opened(path).astype(int) - opened(some / path.name)).max() <= 1


def test_a_broken_picture_in_a_folder_is_left_out_and_a_named_one_refused(
    denoising: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], refused: Refused
) -> None:
    broken = pictures / "broken.png"
    broken.write_bytes((pictures / "a.png").read_bytes()[:200])
    out = tmp_path / "out"
    assert main(["translate", str(denoising), str(pictures), "--out", str(out)]) == 0
    assert "broken.png" in capsys.readouterr().err
    assert not (out / "broken.png").exists()
    assert "broken.png" in refused(denoising, broken, "--out", tmp_path / "other")
    assert "notes.txt" in refused(denoising, pictures / "notes.txt", "--out", tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_what_cannot_be_translated_is_said(
    folder: Path, inpainting: Path, denoising: Path, pictures: Path, tmp_path: Path, refused: Refused
) -> None:
    one, out = pictures / "b.bmp", ("--out", tmp_path / "out")
    gan = trained(folder, "gan", "device=cpu", "g_width=8", "d_width=8")
    turn = ("game=cycle", "task=turn", "dataset=moons", "conditional=off", "device=cpu")
    assert "a GAN" in refused(gan, one, *out)
    assert "points" in refused(trained(folder, "points", *turn), one, *out)
    assert "no way back" in refused(denoising, one, "--reverse", *out)
    Image.new("L", (28, 28), 255).save(tmp_path / "white.png")
    Image.new("L", (28, 28)).save(tmp_path / "black.png")
    assert "Nothing can be hidden" in refused(denoising, one, "--mask", tmp_path / "white.png", *out)
    assert "hides nothing" in refused(inpainting, one, "--mask", tmp_path / "black.png", *out)
    assert "cannot be read" in refused(denoising, tmp_path / "none.png", *out)
    assert "cannot be read" in refused(tmp_path / "nowhere", one, *out)
    assert "not a checkpoint" in refused(one, one, *out)
    (tmp_path / "empty").mkdir()
    assert "no picture" in refused(denoising, tmp_path / "empty", *out)
    assert "--out" in refused(denoising, one)
    assert not (tmp_path / "out").exists()


def test_nothing_is_replaced_unasked_and_no_input_ever(
    denoising: Path, pictures: Path, tmp_path: Path, refused: Refused
) -> None:
    out = tmp_path / "out"
    assert main(["translate", str(denoising), str(pictures / "b.bmp"), "--out", str(out)]) == 0
    before = (out / "b.png").read_bytes()
    assert "--overwrite" in refused(denoising, pictures / "b.bmp", "--out", out)
    assert "one of the pictures" in refused(denoising, pictures / "a.png", "--out", pictures, "--overwrite")
    assert (out / "b.png").read_bytes() == before
