"""`python -m playground script`: what it writes and what it refuses."""

import json

import pytest

from playground.cli.main import main


def test_a_script_is_written_with_its_data_and_not_over_another(tmp_path, capsys):
    arguments = ["script", "--preset", "digits", "--set", "size=50", "g_width=8", "--out", str(tmp_path / "run")]
    assert main(arguments) == 0
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["data.npz", "train.py"]
    assert "nn.Linear(74, 8)" in (tmp_path / "run" / "train.py").read_text()
    capsys.readouterr()
    assert main(arguments) == 2
    assert "is there already" in capsys.readouterr().err
    assert main([*arguments, "--overwrite"]) == 0


def test_a_notebook_of_a_toy_needs_no_data(tmp_path):
    assert main(["script", "--preset", "ring", "--seed", "7", "--notebook", "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["train.ipynb"]
    found = json.loads((tmp_path / "train.ipynb").read_text())
    assert any("SEED = 7" in cell["source"] for cell in found["cells"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--preset", "denoise", "--out", "DIR"], "Only a GAN can be taken home"),
        (["--preset", "ring"], "--out"),
        (["--preset", "nothing", "--out", "DIR"], "There is no preset"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(arguments, sentence, tmp_path, capsys):
    assert main(["script", *(word.replace("DIR", str(tmp_path / "run")) for word in arguments)]) == 2
    out, err = capsys.readouterr()
    assert sentence in err
    assert (out, err.count("\n")) == ("", 1)
    assert not (tmp_path / "run").exists()
