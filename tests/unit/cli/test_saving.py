"""What `train` keeps: as it goes, on every signal, as a set that is never torn; and what it never overwrites."""

import csv
import errno
import json
import os
import signal
import tempfile
import threading

import pytest

from playground.cli.main import main
from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.export import run_folder
from playground.training.games.gan import GAN
from playground.utils import files
from tests.kills import OPERATIONS, inspect

RING = ("--preset", "ring", "--device", "cpu", "--set", "batch_size=4")
CONFIG = PRESETS["ring"].config.changed(device="cpu", batch_size=4)
FILES = set(run_folder.FILES)


def train(*arguments):
    return main(["train", *map(str, arguments)])


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The files of a run of 10 steps."""
    folder = tmp_path_factory.mktemp("trained")
    assert train(*RING, "--steps", 10, "--out", folder) == 0
    return content(folder)


@pytest.fixture
def folder(trained, tmp_path):
    """A folder that holds that run."""
    for name, data in trained.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.fixture
def at_step(monkeypatch):
    """Has something happen after a step."""
    honest = GAN.step

    def arrange(number, happening):
        def step(self):
            honest(self)
            if self.step_count == number:
                happening()

        monkeypatch.setattr(GAN, "step", step)

    return arrange


@pytest.fixture(params=["SIGINT", "SIGTERM", "SIGHUP"])
def number(request):
    """A signal that would end this process, whatever started it."""
    found = getattr(signal, request.param)
    before = signal.signal(found, signal.SIG_DFL)
    yield found
    assert signal.getsignal(found) is signal.SIG_DFL  # nothing of a training stays
    signal.signal(found, before)


# As it goes


def test_it_saves_as_it_goes(monkeypatch, tmp_path):
    saved, honest = [], run_folder.save

    def save(folder, run, *rest):
        done = honest(folder, run, *rest)
        saved.append((run.step, *inspect(folder)))
        return done

    monkeypatch.setattr(run_folder, "save", save)
    assert train(*RING, "--steps", 3, "--out", tmp_path, "--save-every", 1e-6) == 0
    assert saved == [(step, step, "whole") for step in range(4)]


def test_by_itself_it_saves_at_both_ends_of_a_short_training(monkeypatch, tmp_path):
    saved = []
    monkeypatch.setattr(run_folder, "save", lambda folder, run, *rest: saved.append(run.step))
    assert train(*RING, "--steps", 5, "--out", tmp_path) == 0
    assert saved == [0, 5]


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "soon", "100000"])
def test_a_time_that_is_none(text, tmp_path, capsys):
    assert train(*RING, "--out", tmp_path, f"--save-every={text}") == 2
    assert "is not a number of seconds above 0" in capsys.readouterr().err


def test_saving_does_not_change_the_run(trained, tmp_path):
    assert train(*RING, "--steps", 10, "--out", tmp_path, "--save-every", 1e-6) == 0
    assert content(tmp_path) == trained


def test_a_disk_that_is_full_for_a_while_does_not_end_the_training(monkeypatch, tmp_path, capsys, trained):
    calls, honest = [], files.write_set

    def write_set(*arguments):
        calls.append(1)
        if 1 < len(calls) < 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "checkpoint.safetensors"))
        honest(*arguments)

    monkeypatch.setattr(files, "write_set", write_set)
    assert train(*RING, "--steps", 10, "--out", tmp_path, "--save-every", 1e-6) == 0
    err = capsys.readouterr().err
    assert err.strip() == (
        f"{tmp_path}/checkpoint.safetensors cannot be written: No space left on device. "
        "The training goes on and tries again."
    )
    assert content(tmp_path) == trained


# Signals


def test_a_signal_saves_and_the_rest_makes_the_same_run(number, at_step, tmp_path, capsys, trained):
    folder = tmp_path / "a run"
    at_step(7, lambda: os.kill(os.getpid(), number))
    assert train(*RING, "--steps", 10, "--out", folder) == 128 + number
    assert inspect(folder) == (7, "whole")
    out, err = capsys.readouterr()
    name = signal.Signals(number).name
    assert err == f"Stopped by {name} and saved. Go on with: train --resume '{folder}' --steps 3\n"
    assert out == f"Step 7. Files in {folder}.\n"
    assert train("--resume", folder, "--steps", 3) == 0
    assert content(folder) == trained


def test_a_signal_that_this_process_ignores_is_ignored(number, at_step, tmp_path, trained):
    signal.signal(number, signal.SIG_IGN)  # as `nohup` does
    at_step(7, lambda: os.kill(os.getpid(), number))
    assert train(*RING, "--steps", 10, "--out", tmp_path) == 0
    assert content(tmp_path) == trained
    signal.signal(number, signal.SIG_DFL)


def test_a_second_signal_ends_it_at_once(number, at_step, tmp_path, monkeypatch):
    class Ended(BaseException):
        pass

    def end(code):
        raise Ended(code)

    def twice():
        os.close(tempfile.mkstemp(dir=tmp_path, prefix=".history.csv.")[0])
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)

    monkeypatch.setattr(os, "_exit", end)
    at_step(7, twice)
    with pytest.raises(Ended) as ended:
        train(*RING, "--steps", 10, "--out", tmp_path)
    assert ended.value.args == (128 + number,)
    assert inspect(tmp_path) == (0, "whole")
    assert {path.name for path in tmp_path.iterdir()} == FILES


def test_a_training_outside_of_the_main_thread_leaves_signals_alone(tmp_path):
    codes = []
    thread = threading.Thread(target=lambda: codes.append(train(*RING, "--steps", 1, "--out", tmp_path)))
    thread.start()
    thread.join()
    assert codes == [0]


# Kills


class Killed(BaseException):
    """In the place of the end of the process."""


@pytest.mark.parametrize("where", range(len(OPERATIONS)))
def test_a_kill_while_it_saves_tears_nothing(where, folder, monkeypatch, trained):
    run = Run.from_bytes("killed", trained["checkpoint.safetensors"])
    run.advance(10)
    done = []

    def deadly(name, honest):
        def call(*arguments):
            done.append(name)
            if len(done) > where:
                raise Killed
            return honest(*arguments)

        return call

    with monkeypatch.context() as patch:
        for name in set(OPERATIONS):
            patch.setattr(os, name, deadly(name, getattr(os, name)))
        patch.setattr("pathlib.Path.unlink", lambda *_, **__: None)  # a killed process tidies nothing up
        with pytest.raises(Killed):
            run_folder.save(folder, run)
    assert tuple(done) == OPERATIONS[: where + 1]
    moves = OPERATIONS[:where].count("replace")
    state = "whole" if moves in (0, len(FILES)) else "behind"
    assert inspect(folder) == (20 if moves else 10, state)
    assert set(content(folder)) >= FILES
    assert train("--resume", folder, "--steps", 1) == 0
    assert inspect(folder) == (21 if moves else 11, "whole")
    assert set(content(folder)) == FILES


def test_resuming_writes_curves_and_picture_anew_from_the_checkpoint(folder, trained, monkeypatch):
    for name in FILES - {"checkpoint.safetensors"}:
        (folder / name).write_text("step\n999\n")
    monkeypatch.setattr(Run, "advance", lambda *_: os.kill(os.getpid(), signal.SIGTERM) or 0)
    assert train("--resume", folder) == 128 + signal.SIGTERM
    assert content(folder) == trained


def test_killed_for_real(python):
    """24 in `assets/evidence/kills.json`."""
    done = python("-m", "tests.kills", "--kills", "3", "--save-every", "0.1", "--seed", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["equal_to_the_run_that_nobody_killed"] is True
    assert [row["set"] for row in report["rows"]].count("torn") == report["torn"] == 0
    assert [row["where"] == "anywhere" for row in report["rows"]] == [True, False, True]


# What is never overwritten


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_folder_with_a_run_is_refused(name, tmp_path, capsys):
    (tmp_path / name).write_text("expensive")
    assert train(*RING, "--steps", 1, "--out", tmp_path) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"{tmp_path} holds {name} already. Go on with that run with --resume {tmp_path}")
    assert err.endswith("--overwrite.\n")
    assert content(tmp_path) == {name: b"expensive"}


def test_overwrite(folder, capsys, trained):
    assert train(*RING, "--steps", 3, "--set", "d_lr=9", "--out", folder, "--overwrite") == 2  # a mistake costs nothing
    assert content(folder) == trained
    assert train(*RING, "--steps", 3, "--out", folder, "--overwrite") == 0
    assert inspect(folder) == (3, "whole")
    assert train("--resume", folder, "--overwrite") == 2
    assert capsys.readouterr().err.endswith("so leave --overwrite away.\n")


def test_other_files_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("expensive")
    (tmp_path / ".checkpoint.safetensors.backup").write_text("expensive")
    assert train(*RING, "--steps", 1, "--out", tmp_path) == 0
    assert set(content(tmp_path)) == FILES | {"notes.txt", ".checkpoint.safetensors.backup"}


def test_two_trainings_do_not_write_to_one_folder(folder, trained, capsys):
    with run_folder.claimed(folder):
        assert train("--resume", folder, "--steps", 1) == 2
        assert train(*RING, "--steps", 1, "--out", folder, "--overwrite") == 2
    err = capsys.readouterr().err.splitlines()
    assert err == [f"Another training is writing to {folder}. Wait for it, or stop it first."] * 2
    assert content(folder) == trained
    assert train("--resume", folder, "--steps", 1) == 0


def test_a_folder_that_is_none(tmp_path, capsys):
    assert train("--resume", tmp_path / "none", "--steps", 1) == 2
    assert capsys.readouterr().err.endswith("checkpoint.safetensors cannot be read: No such file or directory.\n")
    assert not list(tmp_path.iterdir())


# A training that fails


def test_a_training_that_fails_keeps_its_curves_in_the_app(at_step):
    run = Run("r", CONFIG)
    at_step(35, lambda: next(run.trainer.G.parameters()).data.fill_(float("nan")))
    run.advance(500)
    assert run.notice
    assert run.step == run.history.count == 0
    assert list(run.timeline.stories[0].history.columns()["step"]) == [10, 20, 30]


def test_the_checkpoint_of_a_training_that_failed_is_the_last_one_that_was_saved(at_step, tmp_path, monkeypatch):
    held = []
    honest = Run.__init__
    monkeypatch.setattr(Run, "__init__", lambda self, *a: (held.append(self), honest(self, *a))[1])
    at_step(12, lambda: next(held[0].trainer.G.parameters()).data.fill_(float("nan")))
    assert train(*RING, "--steps", 100, "--out", tmp_path, "--save-every", 1e-6) == 1
    run = Run.from_bytes("r", (tmp_path / "checkpoint.safetensors").read_bytes())
    assert run.step == 11
    assert run.events[0].kind == "failure"
    with (tmp_path / "history.csv").open() as file:
        rows = [(row["step"], row["d_loss"] == "nan") for row in csv.DictReader(file)]
    assert rows == [("10", False), ("14", True)]  # it breaks in step 13, and step 14 is the one that finds it


def test_nothing_is_written_of_a_run_that_is_broken(folder, trained):
    run = Run("r", CONFIG)
    next(run.trainer.G.parameters()).data.fill_(float("nan"))
    assert run_folder.save(folder, run) is False
    assert content(folder) == trained
