"""`bench translate` on tiny runs, what it says of known pictures, and the loops of `bench speed-translation`."""

import json
import math
from pathlib import Path

import pytest
import torch

from playground import data
from playground.benchmarks import speed_translation, translate, translate_rows, translate_tables
from playground.cli.main import main
from playground.config.presets import PRESETS
from playground.config.races import RACES
from playground.metrics.psnr import psnr
from playground.metrics.sharpness import gradient_energy
from playground.training.games.cycle import Cycle
from playground.training.games.paired import Paired


def test_psnr_is_that_of_pictures_in_the_unit_range() -> None:
    x = torch.zeros(2, 1, 4, 4)
    assert psnr(x, x + torch.tensor([0.2, 2.0]).view(2, 1, 1, 1)).tolist() == pytest.approx([20.0, 0.0], abs=1e-4)
    assert psnr(x, x).tolist() == [100.0, 100.0]


def test_gradient_energy_is_the_mean_square_of_differences_across_and_down() -> None:
    stripes = torch.tensor([0.0, 1.0, 0.0, 1.0]).expand(1, 1, 3, 4)
    assert gradient_energy(stripes).tolist() == [1.0]
    assert gradient_energy(stripes.transpose(2, 3)).tolist() == [1.0]
    assert gradient_energy(2 * stripes).tolist() == [4.0]


@pytest.fixture
def superres() -> Paired:
    config = PRESETS["superres"].config.changed(size=200, device="cpu")
    return Paired(config, data.load(config.dataset, "", config.choice))


def test_baselines_of_super_resolution(superres: Paired, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.metrics.features.STEPS", 20)
    found = {lane: translate_rows.of_pairs(superres, lane) for lane in translate_rows.BASELINES}
    truth = found["Truth"]
    assert (truth["psnr"], truth["ssim"], truth["sharpness"]) == (100.0, pytest.approx(1), 1.0)
    assert truth["frechet"] == pytest.approx(0, abs=1e-6)
    assert found["Bicubic"]["psnr"] > found["Input"]["psnr"], "what is smooth is nearer than blocks"
    assert found["Bicubic"]["sharpness"] < 0.5
    assert found["Mean image"]["kept"] < 0.5
    assert found["Mean image"]["frechet"] > found["Bicubic"]["frechet"] / 10
    denoise = Paired(PRESETS["denoise"].config.changed(size=200), superres.samples)
    assert translate_rows.of_pairs(denoise, "Bicubic") == {}, "there are no blocks to smooth"


def test_the_judge_sees_no_held_out_picture(superres: Paired) -> None:
    learned = translate_rows.learned_from(superres, "b")
    held = superres.b(superres.x[superres.held_out])
    assert len(learned) + len(held) == len(superres.x)
    assert not (learned[:, None] == held[None]).flatten(2).all(2).any()


def test_points_that_are_turned_right_and_find_back() -> None:
    config = PRESETS["clouds"].config.changed(device="cpu")
    trainer = Cycle(config, data.load("clouds"))

    class Turn(torch.nn.Module):
        def __init__(self, sign: int) -> None:
            super().__init__()
            self.sign = sign

        def forward(self, x: torch.Tensor, y: None = None) -> torch.Tensor:
            return self.sign * torch.stack([-x[:, 1], x[:, 0]], 1)

    trainer.averages |= {"G_AB": Turn(1), "G_BA": Turn(-1)}
    found = translate_rows.of_points(trainer)
    assert found["right"] == 1
    assert found["back_max"] == pytest.approx(0, abs=1e-6)
    assert found["sliced"] < 2 * found["floor"]
    trainer.averages |= {"G_AB": Turn(-1), "G_BA": Turn(1)}
    found = translate_rows.of_points(trainer)
    assert found["right"] < 0.7
    assert found["back_max"] == pytest.approx(0, abs=1e-6), "invertible is not right"


def test_rows_are_written_at_once_and_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report, tables = tmp_path / "translate.json", tmp_path / "translate.md"
    monkeypatch.setattr("playground.metrics.features.STEPS", 5)
    command = ["bench", "translate", "--cases", "colourise", "red-blue", "clouds", "--seeds", "1", "--steps", "2"]
    command += ["--json", str(report), "--markdown", str(tables)]
    real = translate_rows.measure
    made: list[str] = []

    def measure(row: dict[str, str], folder: str) -> dict[str, str]:
        if len(made) == 4:
            raise KeyboardInterrupt
        made.append(f"{row['case']} {row['lane']}")
        return real(row, folder)

    monkeypatch.setattr(translate, "measure", measure)
    assert main(command) == 130
    first = json.loads(report.read_text())["rows"]
    assert made == ["colourise L2 only", "colourise Both", "colourise Adversary only", "red-blue CycleGAN"]
    assert [f"{row['case']} {row['lane']}" for row in first] == made

    made[:] = []
    monkeypatch.setattr(translate, "measure", lambda row, folder: made.append(row["lane"]) or real(row, folder))
    assert main(command) == 0
    rows = json.loads(report.read_text())["rows"]
    assert rows[:4] == first
    assert made == ["λ = 10", "Without the cycle", "Input", "Bicubic", "Mean image", "Truth"]
    assert all(math.isfinite(value) for row in rows for value in row["figures"].values())
    assert all(row["command"].startswith("python -m playground") and row["commit"] for row in rows)
    assert rows[0]["config"]["adversarial_weight"] == 0
    text = tables.read_text()
    for words in ("## colourise, shapes-16", "| Both | 1 | 2 |", "saturation", "## clouds, clouds", "met by"):
        assert words in text
    made[:] = []
    assert main(command) == 0
    assert not made
    capsys.readouterr()


def test_another_file_is_not_taken_for_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"rows": [{}]}')
    assert main(["bench", "translate", "--json", str(path)]) == 2
    assert "not a report of this benchmark" in capsys.readouterr().err
    assert path.read_text() == '{"rows": [{}]}'


def row(lane: str, frechet: float, sharpness: float, psnr: float, seconds: float = 10.0) -> dict[str, object]:
    figures = {"frechet": frechet, "sharpness": sharpness, "psnr": psnr}
    return {"case": "superres", "lane": lane, "seed": 0, "steps": 300, "seconds": seconds, "figures": figures}


BICUBIC = row("Bicubic", 400, 0.1, 14.7)


@pytest.mark.parametrize(
    ("both", "met"),
    [
        (row("Both", 7, 0.95, 19.6), True),
        (row("Both", 8, 0.95, 19.6), False),
        (row("Both", 7, 0.89, 19.6), False),
        (row("Both", 7, 1.11, 19.6), False),
        (row("Both", 7, 0.95, 18.6), False),
        (row("Both", 7, 0.95, 19.6, 20.1), False),
    ],
)
def test_what_was_asked_for_of_paired_translations(both: dict[str, object], met: bool) -> None:
    rows = [row("L2 only", 15, 0.6, 20.2), both, BICUBIC]
    found = translate_tables.paired(both, rows)
    assert found
    assert found[1] is met
    assert found[0][-1] == f"{both['figures']['psnr'] - 14.7:.1f}"  # type: ignore[index]


def test_a_gain_of_less_than_four_decibels_over_bicubic_is_not_enough() -> None:
    both = row("Both", 7, 0.95, 18.6)
    found = translate_tables.paired(both, [row("L2 only", 15, 0.6, 19.0), both, BICUBIC])
    assert found
    assert not found[1]


def test_labels_must_be_kept_on_both_ways() -> None:
    for shares, met in {(0.9, 0.95): True, (0.99, 0.89): False, (0.89, 0.99): False}.items():
        found = translate_tables.kept({"figures": dict(zip(("kept_ab", "kept_ba"), shares, strict=True))}, [])
        assert found
        assert found[1] is met


def test_the_lanes_of_a_case_are_those_of_its_race() -> None:
    for key in ("superres", "inpaint-half", "denoise", "colourise"):
        lanes = translate_rows.CASES[key].lanes
        assert lanes == {lane.name: lane.values for lane in RACES[key].lanes}
        assert lanes["L2 only"]["adversarial_weight"] == lanes["Adversary only"]["reconstruction_weight"] == 0


@pytest.mark.parametrize("key", ["inpaint-half", "clouds", "red-blue"])
def test_hand_written_loops_train_what_the_games_train(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every network of the game learns in every step of the loop, too."""
    config = PRESETS[key].config.changed(batch_size=4, device="cpu", seed=0)
    samples = data.load(config.dataset, "", config.choice)
    built = []
    real = speed_translation.build_translator
    monkeypatch.setattr(speed_translation, "build_translator", lambda *args: built.append(real(*args)) or built[-1])
    loop = speed_translation.paired_loop if config.game == "paired" else speed_translation.cycle_loop
    step = loop(config, samples)
    next(step)
    assert len(built) == (1 if config.game == "paired" else 2)
    before = [[p.detach().clone() for p in net.parameters()] for nets in built for net in nets]
    next(step)
    for net, old in zip([net for nets in built for net in nets], before, strict=True):
        assert any(not torch.equal(p, q) for p, q in zip(net.parameters(), old, strict=True))


def test_speed_of_translations_is_measured_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "speed.json"
    command = ["bench", "speed-translation", "--presets", "clouds", "--rounds", "1", "--seconds", "0.01"]
    assert main([*command, "--json", str(file)]) == 0
    report = json.loads(file.read_text())
    assert report["presets"]["clouds"]["vs_plain"] > 0
    assert "clouds" in capsys.readouterr().out
