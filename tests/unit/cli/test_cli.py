"""The command line: what it lists, what it writes, how it resumes, and one sentence for everything that is wrong."""

import csv
import gzip
import json
import resource
import struct
import sys
import types

import numpy as np
import pytest
from PIL import Image

from playground import benchmarks
from playground.cli.main import knob_table, main
from playground.config.games import GAMES
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.data import DATASETS
from playground.data.tasks import TASKS
from playground.losses.objectives import OBJECTIVES
from playground.metrics.catalogue import MEASURES

POINTS = ("--preset", "ring", "--device", "cpu")
DIGITS = ("--preset", "digits", "--device", "cpu")
FILES = {"config.json", "history.csv", "samples.png", "checkpoint.safetensors"}
REGISTRIES = {
    "presets": PRESETS,
    "datasets": DATASETS,
    "objectives": OBJECTIVES,
    "games": GAMES,
    "tasks": TASKS,
    "metrics": MEASURES,
    "knobs": KNOBS,
}


@pytest.fixture
def refused(capsys):
    """Runs a command that must end with exit code 2 and one sentence, which it gives."""

    def run(*arguments):
        assert main([str(a) for a in arguments]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert err.endswith("\n")
        assert "Traceback" not in err
        assert len(err) > 10
        return err.strip()

    return run


def train(*arguments):
    assert main(["train", *map(str, arguments)]) == 0


# list


@pytest.mark.parametrize("what", REGISTRIES)
def test_list(what, capsys):
    assert main(["list", what]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(REGISTRIES[what])
    assert main(["list", what, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["key"] for row in rows] == list(REGISTRIES[what])
    assert all(row["label"] for row in rows)


def test_list_knobs_as_markdown(capsys):
    assert main(["list", "knobs", "--markdown"]) == 0
    assert capsys.readouterr().out.strip() == knob_table()
    assert len(knob_table().splitlines()) == len(KNOBS) + 2


def test_listed_presets_can_be_used_as_config_files(capsys):
    assert main(["list", "presets", "--json"]) == 0
    for row in json.loads(capsys.readouterr().out):
        assert RunConfig.read(row["values"]) == (PRESETS[row["key"]].config, [])


@pytest.mark.parametrize("arguments", [("list", "presets"), ("list", "knobs", "--json"), ("train", "--help")])
def test_torch_is_not_imported_to_answer(python, arguments):
    done = python("-X", "importtime", "-m", "playground", *arguments)
    assert done.returncode == 0
    assert done.stdout
    assert "playground.config.run_config" in done.stderr
    assert "torch" not in {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


# train


@pytest.fixture(scope="module", params=[POINTS, DIGITS], ids=["points", "images"])
def trained(request, tmp_path_factory):
    """(flags, a folder with a run of 40 steps)."""
    folder = tmp_path_factory.mktemp("trained")
    train(*request.param, "--steps", 40, "--seed", 3, "--out", folder, "--set", "batch_size=16", "--set", "d_lr=1e-3")
    return request.param, folder


def test_train_writes_four_files_and_nothing_else(trained):
    assert {path.name for path in trained[1].iterdir()} == FILES


def test_the_written_config_is_what_was_asked_for(trained):
    flags, folder = trained
    values = json.loads((folder / "config.json").read_text())
    expected = PRESETS[flags[1]].config.changed(seed=3, device="cpu", batch_size=16, d_lr=1e-3)
    assert RunConfig(**values) == expected


def test_the_history_has_a_row_for_every_ten_steps(trained):
    with (trained[1] / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["step", "d_loss", "g_loss", "d_real", "d_fake", "penalty"]
    assert [row["step"] for row in rows] == ["10", "20", "30", "40"]
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    assert len({row["d_loss"] for row in rows}) == 4


def test_the_picture_shows_samples(trained):
    flags, folder = trained
    picture = np.asarray(Image.open(folder / "samples.png").convert("RGB"))
    if flags is DIGITS:
        tile, gap = 64, 6
        assert picture.shape == (10 * (tile + gap) + gap, 10 * (tile + gap) + gap, 3)
        assert (picture[:gap] == 255).all()
        assert picture[gap : gap + tile, gap : gap + tile].std() > 10
    else:
        assert picture.shape[0] == picture.shape[1]
        for colour in ((0, 114, 178), (213, 94, 0)):
            assert (picture == colour).all(2).sum() > 100


def test_twice_n_steps_equal_n_steps_saved_and_n_more_in_another_process(trained, tmp_path, python):
    flags, folder = trained
    knobs = ("--seed", 3, "--set", "batch_size=16", "--set", "d_lr=1e-3")
    train(*flags, *knobs, "--steps", 17, "--out", tmp_path)
    assert (tmp_path / "checkpoint.safetensors").read_bytes() != (folder / "checkpoint.safetensors").read_bytes()
    done = python("-m", "playground", "train", "--resume", str(tmp_path), "--steps", "23")
    assert done.returncode == 0, done.stderr
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_the_seed_makes_the_run(trained, tmp_path):
    flags, folder = trained
    knobs = ("--steps", 40, "--set", "batch_size=16", "--set", "d_lr=1e-3")
    train(*flags, *knobs, "--seed", 4, "--out", tmp_path)
    assert (tmp_path / "history.csv").read_bytes() != (folder / "history.csv").read_bytes()


def test_flags_win_over_the_file_and_the_file_over_the_preset(tmp_path):
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"d_lr": 0.01, "g_lr": 0.02, "seed": 5}))
    train(
        "--preset", "grid", "--config", file, "--set", "g_lr=0.03", "--seed", 6, "--steps", 1, "--out", tmp_path / "a"
    )
    config = json.loads((tmp_path / "a" / "config.json").read_text())
    assert (config["dataset"], config["d_lr"], config["g_lr"], config["seed"]) == ("grid", 0.01, 0.03, 6)
    train("--config", tmp_path / "a" / "config.json", "--steps", 1, "--out", tmp_path / "b")
    assert json.loads((tmp_path / "b" / "config.json").read_text()) == config


def test_another_game_begins_with_knobs_that_suit_it_and_says_which(tmp_path, capsys, refused):
    """As on the page; what the flags and the file say stands, and a preset or file of that game stays as it is."""
    file = tmp_path / "knobs.json"
    file.write_text(json.dumps({"g_width": 8}))
    small = ("--device", "cpu", "--steps", 1, "--out")
    train("--config", file, "--preset", "digits", "--set", "game=paired", "d_width=8", *small, tmp_path / "a")
    said = capsys.readouterr().out.splitlines()[0]
    config = json.loads((tmp_path / "a" / "config.json").read_text())
    assert (config["g_width"], config["d_width"], config["network"], config["conditional"]) == (8, 8, "unet", False)
    before, now = PRESETS["digits"].config, RunConfig(**config)
    came = [name for name in now.differences(before) if name not in ("game", "g_width", "d_width", "device")]
    assert said.startswith("“Paired translation” begins with knobs that suit it: ")
    assert [part.partition("=")[0] for part in said.partition(": ")[2].split(", ")] == came
    assert "network=unet" in said
    assert "conditional=off" in said
    train("--preset", "moons-to-circle", "--set", "game=cycle", *small, tmp_path / "b")
    assert "suit" not in capsys.readouterr().out
    file.write_text(json.dumps(config))
    train("--config", file, "--set", "game=paired", *small, tmp_path / "c")
    assert "suit" not in capsys.readouterr().out
    sentence = refused("train", "--set", "game=paired", "conditional=on", "--out", tmp_path / "d")
    assert sentence == "Translations do not have “Use labels”. Set conditional to off."


def write_idx(path, values):
    content = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.fixture
def idx_folder(tmp_path):
    folder = tmp_path / "idx"
    folder.mkdir()
    rng = np.random.default_rng(0)
    write_idx(folder / "train-images-idx3-ubyte.gz", rng.integers(0, 256, (50, 28, 28), np.uint8))
    write_idx(folder / "train-labels-idx1-ubyte.gz", rng.integers(0, 10, 50, np.uint8))
    return folder


def test_train_on_a_part_of_the_data(tmp_path):
    part = ["classes=3,8", "size=100", "repeat=8x5"]
    train("--preset", "digits", "--set", *part, "--steps", 3, "--out", tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert (config["classes"], config["size"], config["repeat"]) == ("3,8", 100, "8x5")
    train("--resume", tmp_path, "--steps", 1)


def test_classes_that_are_not_there(refused):
    sentence = refused("train", "--preset", "digits", "--set", "classes=3,12", "--out", "nowhere")
    assert sentence == "Handwritten digits, 8×8 has no class 12: they go from 0 to 9."


@pytest.mark.parametrize("preset", ["mlp-28", "dcgan-28", "handwritten"])
def test_train_on_a_folder(preset, idx_folder, tmp_path):
    out = tmp_path / "out"
    train("--preset", preset, "--data", idx_folder, "--steps", 2, "--set", "batch_size=4", "--out", out)
    config = json.loads((out / "config.json").read_text())
    assert (config["dataset"], config["folder"]) == ("idx", str(idx_folder))
    train("--resume", out, "--steps", 1)


def test_a_training_that_meets_a_nan_says_so(tmp_path, capsys, monkeypatch):
    from playground.training.games.gan import GAN

    honest = GAN.step

    def step(self):
        honest(self)
        if self.step_count == 30:
            next(self.G.parameters()).data.fill_(float("nan"))

    monkeypatch.setattr(GAN, "step", step)
    assert main(["train", *POINTS, "--steps", "500", "--out", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert "NaN" in err
    assert err.count("\n") == 1
    assert out.startswith("Step 0.")  # the last good moment
    assert {path.name for path in tmp_path.iterdir()} == FILES
    with (tmp_path / "history.csv").open() as file:  # shows how it came about, and ends where that was found
        *rows, last = csv.DictReader(file)
    assert [row["step"] for row in rows] == ["10", "20", "30"]
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    assert last == {"step": "100", **dict.fromkeys(("d_loss", "g_loss", "d_real", "d_fake", "penalty"), "nan")}


# Bad input


def test_unknown_names(refused, tmp_path):
    out = ("--out", tmp_path)
    assert refused("train", "--preset", "cats", *out).startswith("There is no preset named “cats”")
    assert refused("train", "--set", "epochs=3", *out) == "There is no knob named “epochs”."
    assert refused("train", "--set", "d_lr", *out) == "--set takes KNOB=VALUE, not “d_lr”."
    assert refused("train", "--set", "d_lr=5", *out) == "d_lr = 5 is outside 0 to 0.1."
    assert refused("train", "--set", "d_lr=fast", *out) == "d_lr must be a number, not “fast”."
    assert refused("train", "--seed", "-1", *out) == "seed = -1 is outside 0 to 2147483647."
    assert refused("train", "--preset", "ring", "--set", "network=dcgan", *out).startswith("DCGAN makes images")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments", [(), ("dance",), ("list",), ("list", "cats"), ("train", "--nonsense"), ("bench",)]
)
def test_unknown_commands(refused, arguments):
    assert refused(*arguments).endswith("--help”.")


@pytest.mark.parametrize("steps", ["0", "-5", "many", "1.5", "9" * 30])
def test_steps_must_be_a_number(refused, steps, tmp_path):
    assert "is not a number of steps" in refused("train", f"--steps={steps}", "--out", tmp_path)


def test_markdown_is_for_knobs(refused):
    assert refused("list", "presets", "--markdown") == "--markdown is for “list knobs” only."


def test_a_place_to_write_must_be_given(refused):
    assert refused("train", "--preset", "ring") == "Say where to write with --out DIR."


def test_a_device_that_is_not_there(refused, tmp_path):
    assert refused("train", "--device", "tpu", "--out", tmp_path).startswith("device cannot be “tpu”.")
    assert "“mps”" in refused("train", "--device", "mps", "--out", tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "is not a JSON file."),
        (b"\xff\xfe\x00", "is not a JSON file."),
        (b"[" * 100_000, "is not a JSON file."),
        (b"1" * 5000, "is not a JSON file."),
        (b"[1, 2]", "holds no table of knobs."),
        (b'{"epochs": 3}', "There is no knob named “epochs”."),
        (b'{"self": 3}', "There is no knob named “self”."),
        (b'{"d_lr": 1e400}', "d_lr = inf is outside 0 to 0.1."),
        (b'{"z_dim": 100000}', "z_dim = 100000 is outside 1 to 512."),
        (b'{"conditional": "perhaps"}', "conditional is on or off, not “perhaps”."),
    ],
)
def test_bad_config_files(refused, tmp_path, content, sentence):
    file = tmp_path / "config.json"
    file.write_bytes(content)
    assert refused("train", "--config", file, "--out", tmp_path / "out").endswith(sentence)
    assert not (tmp_path / "out").exists()


def test_a_config_file_that_is_not_there(refused, tmp_path):
    assert refused("train", "--config", tmp_path / "x.json", "--out", tmp_path).endswith(
        "x.json cannot be read: No such file or directory."
    )


def test_bad_data_folders(refused, idx_folder, tmp_path):
    mlp = ("train", "--preset", "mlp-28", "--out", tmp_path / "out")
    assert refused(*mlp).startswith("Name the folder of IDX files")
    assert refused(*mlp, "--data", tmp_path / "none") == f"There is no folder {tmp_path / 'none'}."
    (tmp_path / "empty").mkdir()
    assert "holds no IDX images" in refused(*mlp, "--data", tmp_path / "empty")
    images = idx_folder / "train-images-idx3-ubyte.gz"
    images.write_bytes(images.read_bytes()[:-100])
    assert refused(*mlp, "--data", idx_folder).startswith("train-images-idx3-ubyte.gz: it cannot be read")
    images.write_bytes(gzip.compress(struct.pack(">BBBB3I", 0, 0, 8, 3, 9, 9, 9)))
    assert "it is truncated: 0 of 729 values" in refused(*mlp, "--data", idx_folder)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04" + bytes(500)])
def test_a_checkpoint_that_is_not_one(refused, tmp_path, content):
    (tmp_path / "checkpoint.safetensors").write_bytes(content)
    assert refused("train", "--resume", tmp_path) == "This is not a checkpoint of GAN Playground."
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == content


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_a_checkpoint_cut_off(refused, trained, tmp_path, keep):
    content = (trained[1] / "checkpoint.safetensors").read_bytes()
    (tmp_path / "checkpoint.safetensors").write_bytes(content[: int(len(content) * keep)])
    assert refused("train", "--resume", tmp_path) == "This is not a checkpoint of GAN Playground."


def test_a_pickle_is_never_run(refused, tmp_path):
    import torch

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "was-here"), "w"))

    torch.save({"schema": 1, "trainer": Evil()}, tmp_path / "checkpoint.safetensors")
    assert refused("train", "--resume", tmp_path) == "This is not a checkpoint of GAN Playground."
    assert not (tmp_path / "was-here").exists()


def test_resume_stands_alone(refused, trained, tmp_path):
    _, folder = trained
    sentence = "--resume goes on as the run is, so leave --{} away."
    assert refused("train", "--resume", folder, "--preset", "ring") == sentence.format("preset")
    assert refused("train", "--resume", folder, "--set", "d_lr=0.1") == sentence.format("set")
    assert refused("train", "--resume", tmp_path).endswith(
        "checkpoint.safetensors cannot be read: No such file or directory."
    )


def test_a_folder_that_cannot_be_written(refused, tmp_path):
    (tmp_path / "file").write_text("in the way")
    sentence = refused("train", *POINTS, "--steps", 1, "--out", tmp_path / "file" / "below")
    assert sentence.endswith("cannot be written: Not a directory.")


def test_a_full_disk_keeps_the_old_files_and_leaves_no_rubbish(python, tmp_path):
    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # as a full disk: a write comes short

    train(*POINTS, "--steps", 5, "--out", tmp_path)
    before = (tmp_path / "checkpoint.safetensors").read_bytes()
    assert len(before) > 100_000
    done = python("-m", "playground", "train", "--resume", str(tmp_path), "--steps", "5", preexec_fn=small_files)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "checkpoint.safetensors cannot be written: File too large." in done.stderr
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == FILES


# bench


def test_a_benchmark_is_one_new_module(tmp_path, monkeypatch, capsys, refused):
    (tmp_path / "sleepy.py").write_text(
        '"""Measures nothing."""\n'
        'NAME = "sleepy"\n'
        "def add_arguments(parser):\n    parser.add_argument('--json')\n"
        "def run(options):\n    print('wrote', options.json)\n    return 3\n"
    )
    (tmp_path / "helper.py").write_text("")
    monkeypatch.setattr(benchmarks, "__path__", [str(tmp_path)])
    for name in ("sleepy", "helper"):
        monkeypatch.delitem(sys.modules, f"playground.benchmarks.{name}", raising=False)
    assert main(["bench", "sleepy", "--json", "x"]) == 3
    assert capsys.readouterr().out == "wrote x\n"
    assert isinstance(sys.modules["playground.benchmarks.sleepy"], types.ModuleType)
    assert "sleepy" in refused("bench", "helper")


@pytest.mark.parametrize("seconds", ["-1", "0", "nan", "inf", "soon"])
def test_a_benchmark_that_would_last_no_time_gets_a_sentence(refused, seconds):
    assert seconds in refused("bench", "metrics", "--seconds", seconds)
