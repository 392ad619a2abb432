"""Marks for modes against closed forms; the benchmarks that use them, small."""

import json
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest
import torch

from playground.benchmarks import demos, modes, stacked
from playground.cli.main import main
from playground.config.presets import PRESETS
from playground.data import DATASETS, load
from playground.metrics.modes import PERFECT, mode_statistics
from playground.training.games.gan import GAN

RING = DATASETS["ring"]
CENTRES = np.asarray(RING.centres, np.float32)


def at(*modes_: int, each: int = 10, shift: float = 0.0) -> np.ndarray:
    return np.repeat(CENTRES[list(modes_)], each, axis=0) + np.float32(shift)


# Marks


def test_a_perfect_sampler() -> None:
    marks = mode_statistics(load("ring").x[:20_000].numpy(), RING.centres, RING.std)
    assert (marks.found, marks.covered) == (8, 8)
    assert marks.high_quality == pytest.approx(PERFECT, abs=0.003)
    assert marks.reverse_kl < 0.002
    assert marks.full_kl < 0.002


def test_lost_modes_cost_the_log_of_what_is_left() -> None:
    marks = mode_statistics(at(0, 1, 2, 3), RING.centres, RING.std)
    assert (marks.found, marks.covered) == (4, 4)
    assert marks.reverse_kl == pytest.approx(log(2))
    assert marks.full_kl == pytest.approx(log(2) - log(PERFECT))


def test_one_sample_finds_a_mode_but_does_not_cover_it() -> None:
    points = np.concatenate([at(*range(7), each=100), at(7, each=1)])
    marks = mode_statistics(points, RING.centres, RING.std)
    assert (marks.found, marks.covered) == (8, 7)


def test_samples_off_all_modes_show_in_the_last_bin_only() -> None:
    points = np.concatenate([at(*range(8)), at(*range(8), shift=0.1)])
    marks = mode_statistics(points, RING.centres, RING.std)
    assert marks.high_quality == 0.5
    assert marks.reverse_kl == pytest.approx(0)
    assert marks.full_kl == pytest.approx(0.5 * log(0.5 / PERFECT) + 0.5 * log(0.5 / (1 - PERFECT)))


@pytest.mark.parametrize("value", [0.0, 1e30, np.inf, np.nan])
def test_no_good_sample(value: float) -> None:
    marks = mode_statistics(np.full((50, 2), value, np.float32), RING.centres, RING.std)
    assert (marks.found, marks.covered, marks.high_quality) == (0, 0, 0.0)
    assert marks.reverse_kl == pytest.approx(log(8))
    assert np.isfinite(marks.full_kl)


# bench modes


def test_bench_modes_writes_tables_and_keeps_the_rows_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table, report = tmp_path / "modes.md", tmp_path / "modes.json"
    command = [
        "bench", "modes", "--datasets", "ring", "--objectives", "hinge", "--regularizers", "plain", "SN",
        "--seeds", "2", "--steps", "3", "--json", str(report), "--markdown", str(table),
    ]  # fmt: skip
    assert main(command) == 0
    rows = json.loads(report.read_text())["rows"]
    assert [row["name"] for row in rows] == ["hinge plain", "hinge SN"]
    assert all(len(row["marks"]) == 2 for row in rows)
    text = table.read_text()
    assert "| hinge SN | 2 | 3 |" in text
    assert "perfect sampler** | | | 8.0 | 8.0 | 98.9 |" in text
    assert "PacGAN2* | | | 7.9 ± 0.1 | | 95.6 | 0.07 |" in text

    made = []
    real = modes.measure
    monkeypatch.setattr(modes, "measure", lambda task: made.append(task["name"]) or real(task))
    assert main([*command, "--presets", "ring-sharp", "--set", "lr_decay=2"]) == 0
    assert made == ["hinge plain", "hinge SN", "preset ring-sharp"]  # another knob is another row
    made.clear()
    assert main([*command, "--presets", "ring-sharp", "--set", "lr_decay=2"]) == 0
    assert made == []
    assert len(json.loads(report.read_text())["rows"]) == 5
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("modes --seeds 0", "argument --seeds: “0” is not a whole number from 1 on."),
        ("modes --jobs -1", "argument --jobs: “-1” is not a whole number from 1 on."),
        ("demos --seeds 0", "argument --seeds: “0” is not a whole number from 1 on."),
        ("modes --set d_lr", "--set takes KNOB=VALUE, not “d_lr”."),
        ("modes --set epochs=3", "There is no knob named “epochs”."),
        ("modes --set d_lr=fast", "d_lr must be a number, not “fast”."),
        ("modes --set dataset=moons", "Choose with --datasets instead of --set dataset."),
        ("modes --presets digits", "argument --presets: invalid choice: 'digits'"),
        ("modes --json .", ".: Is a directory."),
        ("modes --json nowhere/modes.json", "No such file or directory."),
    ],
)
def test_what_cannot_be_measured_is_said_before_the_training(
    arguments: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["bench", *arguments.split()]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rows": [{}]}'])
def test_another_file_is_not_overwritten(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other.json"
    path.write_text(content)
    assert main(["bench", "modes", "--json", str(path)]) == 2
    assert capsys.readouterr().err == f"{path} is not a report of this benchmark.\n"
    assert path.read_text() == content


def test_every_row_starts_from_the_same_configuration() -> None:
    base = modes.base("ring", 100)
    assert base.r1 == base.r2 == base.gp == 0
    for values in modes.REGULARIZERS.values():
        assert base.changed(**values).differences(base) == values


def test_single_runs_and_replicas_give_the_same_marks() -> None:
    config = modes.base("ring", 5).changed(g_optimiser="sgd", d_optimiser="sgd")
    together = modes.train(config, [0, 1], 5)
    alone = [modes.train(config, [seed], 5)[0] for seed in (0, 1)]
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


# Stacked MNIST


def test_stacking_takes_three_digits_for_three_channels() -> None:
    x = torch.arange(50, dtype=torch.uint8).view(50, 1, 1, 1).expand(50, 1, 4, 4)
    images = stacked.stack(x, 200)
    assert images.shape == (200, 3, 4, 4)
    assert images[:, :, 0, 0].unique().numel() > 40
    assert not torch.equal(images[:, 0], images[:, 1])


def test_modes_are_numbers_of_three_digits() -> None:
    class Oracle(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.one_hot(x[:, 0, 0, 0].long(), 10).float()

    digits = torch.tensor([[1, 2, 3], [0, 0, 7], [9, 9, 9]]).float()
    x = digits[:, :, None, None].expand(-1, -1, 4, 4)
    assert stacked.modes_of(x, Oracle()).tolist() == [123, 7, 999]


def test_marks_of_stacked_modes() -> None:
    assert stacked.judge(torch.arange(1000).repeat(3)) == {"found": 1000, "reverse_kl": pytest.approx(0)}
    assert stacked.judge(torch.zeros(10, dtype=torch.long)) == {"found": 1, "reverse_kl": pytest.approx(log(1000))}


def test_the_classifier_learns_digits() -> None:
    classify, accuracy = stacked.train_classifier(load("digits"), torch.device("cpu"), updates=300)
    assert 0.9 < accuracy <= 1
    assert not any(p.requires_grad for p in classify.parameters())


def test_stacked_mnist_wants_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "modes", "--datasets", "stacked-mnist"]) == 2
    assert "--data" in capsys.readouterr().err


@pytest.mark.parametrize("name", stacked.COMBINATIONS)
def test_the_combinations_for_stacked_mnist_train(name: str) -> None:
    [task] = [t for t in stacked.tasks("somewhere", "cpu", [0], 1, {"g_width": 4, "d_width": 4}) if t["name"] == name]
    config = modes.RunConfig(**task["config"])
    trainer = modes.GAN(config, modes.data.Samples(stacked.stack(torch.zeros(8, 1, 28, 28, dtype=torch.uint8), 64)))
    trainer.step()
    assert trainer.sample(trainer.fixed_z[:3], None).shape == (3, 3, 28, 28)


# bench demos

GOOD = demos.Check(0, 0.13, 8, 8, 0.9, 0.1, 0.1, 0.0, 0.0)


def test_what_a_failure_must_show() -> None:
    stuck = [replace(GOOD, share=0.95, dominant=3)] * 10
    hop = [replace(GOOD, covered=1, dominant=i % 8) for i in range(10)]
    flat = [replace(GOOD, g_gradient=1e-5, real=12.0, fake=-12.0, high_quality=0.0)] * 10
    wild = [replace(GOOD, d_gradient=5e3, covered=0)] * 10
    traces = {"collapse": stuck, "hopping": hop, "ttur": hop, "vanishing": flat, "blow-up": wild}
    for name, test in demos.FAILURES.items():
        for other, trace in traces.items():
            assert test(trace) == (traces[name] is trace), (name, other)
        assert not test([GOOD] * 10)
    assert demos.recovered([GOOD])
    assert not demos.recovered([GOOD, replace(GOOD, covered=7)])


@pytest.mark.parametrize(
    ("name", "steps"), {"collapse": 1600, "hopping": 1000, "vanishing": 1100, "blow-up": 1200, "ttur": 1000}.items()
)
def test_each_failure_is_soon_what_it_is_named_for(name: str, steps: int) -> None:
    config = PRESETS[name].config
    [seed] = demos.trace(config, [config.seed], steps)
    assert {other for other, test in demos.FAILURES.items() if test(seed["raw"])} >= {name}
    assert not demos.recovered(seed["raw"])


@pytest.mark.parametrize("name", demos.FAILURES)
def test_a_cure_differs_from_its_failure_in_what_it_names(name: str) -> None:
    changes = PRESETS[f"{name}-cured"].config.differences(PRESETS[name].config)
    assert "ema_half_life" not in changes, "it would show other samples, not make other ones"
    assert 1 <= len(changes) <= 4


def test_a_trace_sees_each_seed_by_both_weights() -> None:
    [first, second] = demos.trace(PRESETS["hopping"].config.changed(ema_half_life=50.0), range(2), 100)
    for column in demos.COLUMNS:
        assert len(first[column]) == len(second[column]) == 1
        assert first[column][-1].g_gradient > 0
        assert first[column][-1] != second[column][-1]
    assert first["ema"] != first["raw"]
    trainer = GAN(PRESETS["hopping"].config.changed(ema_half_life=50.0, seed=1), load("ring"))
    for _ in range(100):
        trainer.step()
    raw = trainer.sample(trainer.fixed_z, None, raw=True).numpy()
    shown = mode_statistics(raw, DATASETS["ring"].centres, DATASETS["ring"].std)
    assert second["raw"][-1].high_quality == pytest.approx(shown.high_quality, abs=0.01)


def test_a_row_has_both_columns() -> None:
    poor = replace(GOOD, covered=7)
    seeds = [{"ema": [GOOD] * 4, "raw": [GOOD, GOOD, GOOD, poor]}, {"ema": [poor, poor, poor, GOOD], "raw": [poor] * 4}]
    row = {"preset": "ring", "steps": 400} | demos.row(demos.recovered, seeds)  # type: ignore[arg-type]
    assert (row["as_named"], row["as_named_raw"]) == ([True, True], [False, False])
    assert (row["all_modes"], row["all_modes_raw"]) == ([True, True], [False, False])
    assert (row["looks"], row["looks_raw"]) == (0.75, 0.25), "of the second half"
    assert "2 / 0" in demos.line(row)
    assert "75 / 25 %" in demos.line(row)
    assert list(demos.criteria(["ttur", "ring"])) == ["ttur", "ttur-cured", "ring"]


def test_demos_keep_the_rows_that_they_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demos, "STEPS", dict.fromkeys(demos.STEPS, 100))
    file = tmp_path / "demos.json"
    command = ["bench", "demos", "--presets", "ttur", "--seeds", "1", "--json", str(file)]
    assert main(command) == 0
    first = json.loads(file.read_text())["rows"]
    assert [row["preset"] for row in first][:2] == ["ttur", "ttur-cured"]
    assert all(row["stamp"]["commit"] for row in first)
    trained: list[object] = []
    trace = demos.trace
    monkeypatch.setattr(demos, "trace", lambda *given: trained.append(given) or trace(*given))
    assert main(command) == 0
    assert json.loads(file.read_text())["rows"] == first
    assert not trained
    monkeypatch.setitem(demos.STEPS, "ttur", 200)
    assert main(command) == 0
    assert len(trained) == 2
