"""`python -m playground inspect`: every kind of file that people have, in words and as JSON."""

import json
from pathlib import Path

import numpy as np
import pytest

from playground.cli import main
from playground.data import DATASETS, report
from playground.data.pictures import Form, find, read
from playground.data.table import read_table
from playground.utils.errors import UserError
from tests import files_made
from tests.files_made import DIGITS, FOLDERS, TABLES, ZIPS
from tests.unit.data.pictures_made import opened, picture


def inspected(capsys, *arguments):
    """What the command prints as JSON."""
    assert main.main(["inspect", "--json", *map(str, arguments)]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *arguments):
    assert main.main(["inspect", *map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err.strip()


@pytest.mark.parametrize("case", TABLES)
def test_tables_that_people_have(case, tmp_path, capsys):
    content, points = TABLES[case]
    assert np.allclose(read_table(content).values, points, rtol=1e-12)
    (tmp_path / case).write_bytes(content)
    found = inspected(capsys, tmp_path / case)
    assert (found["format"], found["kind"], found["count"], found["shape"]) == ("table", "points", 60, [2])
    assert (found["low"], found["high"]) == (points.min(), points.max())
    thousands, quoted = case.startswith("thousands"), case.startswith("quoted")
    assert found["separator"] == ("\t" if thousands else ",")
    assert (found["decimal"], found["thousands"]) == ("," if quoted else ".", "," if thousands else "")
    names = {"thousands_tab.tsv": ["1", "2"], "pandas_no_names.csv": ["“0”", "“1”"]}
    assert found["used"] == names.get(case, ["“x”", "“y”"])


@pytest.mark.parametrize("case", ZIPS)
def test_zips_that_people_have(case, tmp_path, capsys):
    content, classes = ZIPS[case]
    found, _findings = find(opened((case, content)))
    images = read(found, Form(28, 3))
    assert images.warnings == ()
    assert all(np.ptp(image) > 100 for image in images.x)  # there is something to see in each
    (tmp_path / case).write_bytes(content)
    said = inspected(capsys, tmp_path / case)
    assert said["classes"] == classes
    assert (said["format"], said["count"], said["shape"]) == ("pictures", sum(classes.values()), [3, 28, 28])
    findings = {
        "ink_on_transparent.zip": ["Transparent parts are filled with white."],
        "train_test.zip": ["The folders “test”, “train” are parts of one set and were merged."],
    }
    assert said["findings"] == findings.get(case, [])


@pytest.mark.parametrize("case", FOLDERS)
def test_idx_folders_that_people_have(case, tmp_path, capsys):
    folder = files_made.write(tmp_path, case)
    samples = DATASETS["idx"].read(str(folder), lambda done, total: None)
    assert np.array_equal(samples.x[:, 0].numpy(), DIGITS)
    said = inspected(capsys, folder)
    assert said["classes"] == FOLDERS[case][1]
    assert (said["format"], said["count"], said["shape"]) == ("idx", 12, [1, 10, 8])
    parts = {"qmnist": "the first one is the label", "emnist": "turned upright", "labels": "a class: 0, 200."}
    sentence = next((part for start, part in parts.items() if case.startswith(start)), "")
    assert sentence in " ".join(said["findings"])
    one = next(path for path in folder.iterdir() if "images" in path.name)
    assert inspected(capsys, one)["classes"] == FOLDERS[case][1]


def test_it_says_the_same_in_words(tmp_path, capsys):
    (tmp_path / "a.csv").write_bytes(b"id;x;y\n4;1.250,5;0,5\n8;2,5;0,25\n9;red;1\n")
    assert main.main(["inspect", str(tmp_path / "a.csv")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Kind: a table of points",
        "Samples: 2, shape 2",
        "Classes: no labels",
        "Values: 0.25 … 1250.5",
        "Columns: x is “x”, y is “y” (“id”, “x”, “y”)",
        "Separator: semicolon",
        "Decimal mark: comma",
        "Thousands mark: point",
        "Note: Rows without two finite numbers were left out: 1 (line 4: “red;1”).",
        "Note: One axis spans more than 5 times the other, so each was scaled by itself.",
    ]


def test_choices_settle_what_is_open(tmp_path, capsys):
    path = tmp_path / "a.tsv"
    path.write_bytes(b"a\tb\tc\n1,250\t2,300\t1\n3,125\t4,500\t2\n")
    assert refused(capsys, path).startswith(f"{path}: “1,250” can be read as 1.25 and as 1250")
    assert inspected(capsys, path, "--decimal", "comma")["high"] == 4.5
    assert inspected(capsys, path, "--decimal", "point", "--thousands", "comma")["high"] == 4500
    found = inspected(capsys, path, "--decimal", ",", "--columns", "c,b")
    assert (found["used"], found["low"], found["separator"]) == (["“c”", "“b”"], 1, "\t")
    assert inspected(capsys, path, "--decimal", ",", "--columns", "3,1")["used"] == ["“c”", "“a”"]
    assert refused(capsys, path, "--columns", "z,b").endswith("like “2,3”, of: “a”, “b”, “c”.")
    assert refused(capsys, path, "--decimal", "x") == "“x” is not one of: comma, point, dot."
    assert "none" in refused(capsys, path, "--thousands", "x")


def test_a_folder_of_pictures(tmp_path, capsys):
    for k, name in enumerate(("cat/1.png", "cat/2.png", "dog/1.gif", "dog/note.txt", "dog/.DS_Store")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(picture("GIF" if k == 2 else "PNG", colour=(k * 60, 0, 0)))
    (tmp_path / "dog/note.txt").write_text("hello")
    (tmp_path / "link.png").symlink_to(tmp_path / "cat/1.png")
    said = inspected(capsys, tmp_path)
    assert said["classes"] == {"cat": 2, "dog": 1}
    assert said["findings"] == [
        "Left out, a hidden file of a system: 1 (“dog/.DS_Store”).",
        "Left out, not a picture: 1 (“dog/note.txt”).",
    ]
    assert said["warnings"] == ["Each of these pictures has one single colour: there is nothing to see in them."]


def test_a_folder_with_one_table(tmp_path, capsys):
    (tmp_path / "a.csv").write_bytes(b"x,y\n1,2\n3,4.5\n")
    assert inspected(capsys, tmp_path)["count"] == 2
    (tmp_path / "b.csv").write_bytes(b"x,y\n1,2\n3,4.5\n")
    assert "holds 2 tables. Inspect one of them" in refused(capsys, tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"hello\nworld\n", "No line holds two numbers"),
        ("a.bin", bytes(range(256)) * 9, "This is not a table of text"),
        ("a.png", picture(), "is one picture. A dataset needs at least 2"),
        ("a.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1", "HEIC cannot be read here: save as JPEG"),
        ("a.pdf", b"%PDF-1.7", "PDF cannot be read here"),
        ("a.zip", b"PK\x03\x04" + bytes(50), "a broken zip"),
        ("a.xlsx", b"PK\x03\x04" + bytes(50), "is a spreadsheet: save it as CSV"),
        ("train-labels-idx1-ubyte", files_made.idx(np.arange(5)), "holds no IDX images"),
        ("train-images-idx3-ubyte", files_made.idx(DIGITS)[:-1], "it is truncated"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_and_exit_code_2(name, content, said, tmp_path, capsys):
    (tmp_path / name).write_bytes(content)
    assert said in refused(capsys, tmp_path / name)


def test_what_is_not_there_is_a_sentence(tmp_path, capsys):
    assert refused(capsys, tmp_path / "no") == f"There is no file or folder {tmp_path / 'no'}."
    assert refused(capsys, tmp_path) == f"{tmp_path} holds no files."
    with pytest.raises(UserError):
        report.inspect(Path("\0"))
