"""What is printed reaches every stream: one that lacks characters, one that is closed, one that is full."""

import io
import json
import os
import subprocess
import sys

import pytest

from playground.cli.main import LISTS, main
from playground.utils import terminal

POINTS = ("--preset", "ring", "--device", "cpu", "--set", "batch_size=4", "--steps", "1")


@pytest.fixture
def printed(monkeypatch):
    """Runs a command with streams of an encoding; gives the exit code and both texts."""

    def run(encoding, *arguments):
        streams = {name: io.TextIOWrapper(io.BytesIO(), encoding) for name in ("stdout", "stderr")}
        for name, stream in streams.items():
            monkeypatch.setattr(sys, name, stream)
        code = main([str(a) for a in arguments])
        texts = []
        for stream in streams.values():
            stream.flush()
            texts.append(stream.buffer.getvalue().decode(encoding))
        return code, *texts

    return run


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("what", LISTS)
def test_lists_are_whole_and_readable_in_every_encoding(printed, what, encoding):
    _code, right, _err = printed("utf-8", "list", what)
    code, out, err = printed(encoding, "list", what)
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == len(right.splitlines())
    assert "\\u" not in out  # each of our own symbols has a spelling
    assert "?" not in set(out) - set(right)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-16"])
@pytest.mark.parametrize("what", LISTS)
def test_json_says_the_same_in_every_encoding(printed, what, encoding):
    code, out, _err = printed(encoding, "list", what, "--json")
    assert code == 0
    assert json.loads(out) == json.loads(printed("utf-8", "list", what, "--json")[1])


def test_a_sentence_about_bad_input(printed):
    code, out, err = printed("ascii", "train", "--preset", "кот", "--out", "nowhere")
    assert (code, out) == (2, "")
    assert err.startswith("There is no preset named '\\u043a\\u043e\\u0442'; choose one of: ")


@pytest.mark.parametrize(
    ("encoding", "name", "shown"),
    [
        ("ascii", "опыт", "\\u043e\\u043f\\u044b\\u0442"),
        ("cp1252", "опыт é", "\\u043e\\u043f\\u044b\\u0442 é"),
        ("utf-8", "опыт", "опыт"),
        ("utf-8", "bad\udcff", "bad\\udcff"),  # a name that is not UTF-8
    ],
)
def test_a_training_is_done_whatever_its_folder_is_called(printed, tmp_path, encoding, name, shown):
    folder = tmp_path / name
    code, out, err = printed(encoding, "train", *POINTS, "--out", folder)
    assert (code, err) == (0, "")
    assert out == f"Step 1. Files in {tmp_path}/{shown}.\n"
    assert (folder / "checkpoint.safetensors").is_file()


def test_the_name_of_a_folder_of_data_that_is_not_utf_8(printed, tmp_path):
    command = ("train", "--preset", "mlp-28", "--data", "bad\udcff", "--out", tmp_path / "out")
    assert printed("utf-8", *command)[::2] == (2, "folder has characters that cannot be shown.\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("β₁ → 2×10⁻³ …", "beta1 -> 2x10^-^3 ..."),
        ("“8×8”", "'8x8'"),
        ("1\u202f000", "1 000"),
        ("σελίδα", "\\u03c3\\u03b5\\u03bb\\u03af\\u03b4\\u03b1"),  # a word is not spelled in parts
        ("naïve → 😀", "na\\u00efve -> \\ud83d\\ude00"),
    ],
)
def test_spelling(text, shown):
    assert text.encode("ascii", terminal.ERRORS).decode() == shown
    assert json.loads(json.dumps(text, ensure_ascii=False).encode("ascii", terminal.ERRORS))  # still JSON


def test_the_real_streams_of_a_process():
    command = [sys.executable, "-m", "playground", "list", "knobs"]
    strict = {**os.environ, "PYTHONIOENCODING": "cp1252:strict"}
    done = subprocess.run(command, env=strict, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"beta1" in done.stdout
    assert "…".encode("cp1252") in done.stdout


def test_a_closed_output(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["list", "presets"]) == 0
    assert main(["list", "cats"]) == 2


def test_a_reader_who_has_gone_and_a_full_disk():
    command = [sys.executable, "-m", "playground", "list", "presets"]
    gone = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    gone.stdout.close()
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (gone.wait(), gone.stderr.read()) == (0, b"")
    gone.stderr.close()
    assert (done.returncode, done.stderr) == (2, "A file: No space left on device.\n")


class Full(io.StringIO):
    def write(self, text):
        raise OSError(28, "No space left on device")


def test_a_training_keeps_its_exit_code_where_nothing_can_be_printed(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdout", Full())
    monkeypatch.setattr(sys, "stderr", Full())
    assert main(["train", *POINTS, "--out", str(tmp_path / "out")]) == 0
    assert main(["train", *POINTS, "--out", str(tmp_path / "out")]) == 2
