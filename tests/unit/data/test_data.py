"""The 2-D toys, the digits, and IDX folders with everything that can be wrong with them."""

import gzip
import struct

import numpy as np
import pytest
import torch

from playground import data
from playground.data import DATASETS
from playground.data.toys import SIZE
from playground.utils.errors import UserError

TOYS = [key for key, dataset in DATASETS.items() if dataset.kind == "points" and dataset.origin == "here"]


# Toys


def test_the_thirteen_toys():
    eight = {"ring", "grid", "moons", "swiss-roll", "spirals", "checkerboard", "line", "gaussian"}
    assert set(TOYS) == eight | {"gaussians", "ellipse", "disjoint", "circle", "clouds"}


@pytest.mark.parametrize("key", TOYS)
def test_toys_are_identical_on_two_reads_and_leave_the_global_rng_alone(key):
    before = torch.get_rng_state()
    one, two = (DATASETS[key].read("", lambda done, total: None) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one.x, two.x)
    assert one.x.shape == (SIZE, 2)
    assert one.x.dtype == torch.float32
    assert one.shape == DATASETS[key].shape == (2,)
    assert one.x.abs().quantile(0.99) < 1.2
    assert one.x.mean(0).abs().max() < 0.25
    assert one.classes == DATASETS[key].classes
    if one.classes:
        assert torch.equal(one.y, two.y)
        assert one.y.unique().tolist() == list(range(one.classes))
    else:
        assert one.y is None


@pytest.mark.parametrize(("key", "modes", "radius", "std"), [("ring", 8, 1.0, 0.01), ("grid", 25, 2**0.5, 0.0125)])
def test_mixtures_follow_their_protocol(key, modes, radius, std):
    dataset, samples = DATASETS[key], data.load(key)
    centres = np.array(dataset.centres)
    assert len(np.unique(centres.round(6), axis=0)) == modes
    assert np.linalg.norm(centres, axis=1).max() == pytest.approx(radius)
    assert dataset.std == pytest.approx(std)
    distance = np.linalg.norm(samples.x.numpy()[:, None] - centres, axis=2)
    assert (distance.argmin(1) == samples.y.numpy()).all()  # the label is the mode
    for k in range(modes):
        x = samples.x[samples.y == k].numpy()
        assert len(x) == pytest.approx(SIZE / modes, rel=0.1)
        assert x.mean(0) == pytest.approx(centres[k], abs=std / 10)
        assert x.std(0) == pytest.approx([std, std], rel=0.05)


def test_grid_is_the_published_one_divided_by_four():
    expected = {(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)}
    assert {(4 * x, 4 * y) for x, y in DATASETS["grid"].centres} == expected


def test_checkerboard_fills_eight_cells_evenly():
    x = data.load("checkerboard").x
    cells = ((x + 1) * 2).floor().long()
    assert cells.min() >= 0
    assert cells.max() <= 3
    counts = torch.bincount(cells[:, 0] * 4 + cells[:, 1], minlength=16).view(4, 4)
    dark = (torch.arange(4)[:, None] + torch.arange(4)) % 2 == 0
    assert (counts[~dark] == 0).all()
    assert counts[dark].min() > 0.9 * SIZE / 8


def test_load_refuses_an_unknown_name():
    with pytest.raises(UserError, match="no dataset named “cats”"):
        data.load("cats")


# Digits


def test_digits():
    samples = data.load("digits")
    assert samples.x.shape == (1797, 1, 8, 8)
    assert samples.shape == DATASETS["digits"].shape
    assert samples.x.dtype == torch.uint8
    assert samples.x.min() == 0
    assert samples.x.max() == 255
    assert samples.classes == DATASETS["digits"].classes == 10
    assert samples.y.dtype == torch.int64
    assert torch.bincount(samples.y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_digits_are_upright_and_white_on_black():
    """A zero has a hole in its middle, a one has not; corners are paper."""
    samples = data.load("digits")
    mean = torch.stack([samples.x[samples.y == k].float().mean(0)[0] for k in range(10)])
    assert mean[0, 3:5, 3:5].mean() < 60 < 150 < mean[1, 3:5, 3:5].mean()
    assert mean[:, [0, 0, 7, 7], [0, 7, 0, 7]].max() < 80
    assert mean[7, :2].sum() > 2 * mean[7, 6:].sum() * 0.8  # the bar of a seven is at its top


# IDX


def idx(values, kind=8):
    head = struct.pack(">BBBB", 0, 0, kind, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape)
    return head + values.astype(np.uint8).tobytes()


IMAGES = np.random.default_rng(0).integers(0, 256, (12, 28, 28), np.uint8)
LABELS = np.arange(12, dtype=np.uint8) % 3
NAMES = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / NAMES[0]).write_bytes(idx(IMAGES))
    (tmp_path / NAMES[1]).write_bytes(idx(LABELS))
    return tmp_path


def read(folder):
    return DATASETS["idx"].read(str(folder), lambda done, total: None)


def refusal(folder):
    with pytest.raises(UserError) as caught:
        read(folder)
    return str(caught.value)


def check(samples):
    assert np.array_equal(samples.x.numpy(), IMAGES[:, None])
    assert samples.x.dtype == torch.uint8
    assert samples.shape == (1, 28, 28)
    assert samples.y.tolist() == LABELS.tolist()
    assert samples.classes == 3


def test_idx_plain(folder):
    check(read(folder))


def test_idx_gzipped(folder):
    for name in NAMES:
        plain = folder / name
        (folder / f"{name}.gz").write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()
    check(read(folder))


def test_idx_prefers_the_training_files(folder):
    (folder / "t10k-images-idx3-ubyte").write_bytes(idx(IMAGES[:5] // 2))
    (folder / "t10k-labels-idx1-ubyte").write_bytes(idx(LABELS[:5]))
    check(read(folder))


def test_idx_without_labels(folder):
    (folder / NAMES[1]).unlink()
    samples = read(folder)
    assert samples.y is None
    assert samples.classes == 0


def test_idx_rgb(tmp_path):
    images = np.random.default_rng(1).integers(0, 256, (4, 8, 9, 3), np.uint8)
    (tmp_path / "train-images-idx4-ubyte").write_bytes(idx(images))
    samples = read(tmp_path)
    assert samples.shape == (3, 8, 9)
    assert samples.x[2, 1, 5, 7] == images[2, 5, 7, 1]


def test_idx_folder_must_be_given():
    assert refusal("").startswith("Name the folder of IDX files")


def test_idx_folder_must_be_there(tmp_path):
    assert refusal(tmp_path / "nowhere") == f"There is no folder {tmp_path / 'nowhere'}."


@pytest.mark.parametrize("name", ["\0", "~nobody-of-that-name", "x" * 1000, "a/\n/b"])
def test_idx_folder_of_a_strange_name(name):
    with pytest.raises(UserError):
        read(name)


def test_idx_of_many_dimensions(tmp_path):
    (tmp_path / NAMES[0]).write_bytes(struct.pack(">BBBB", 0, 0, 8, 100) + struct.pack(">100I", *[1] * 100) + b"x")
    assert refusal(tmp_path) == f"{NAMES[0]}: it holds neither images nor labels."


def test_idx_empty_folder(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing here")
    assert f"{tmp_path} holds no IDX images" in refusal(tmp_path)


@pytest.mark.parametrize("gz", [False, True])
@pytest.mark.parametrize("missing", [1, 784, 12 * 784])
def test_idx_truncated(tmp_path, gz, missing):
    content = idx(IMAGES)[:-missing]
    name = f"{NAMES[0]}.gz" if gz else NAMES[0]
    (tmp_path / name).write_bytes(gzip.compress(content) if gz else content)
    expected = f"{name}: it is truncated: {12 * 784 - missing:,} of 9,408 values. Copy the file again."
    assert refusal(tmp_path) == expected


def test_idx_cut_inside_the_gzip_stream(tmp_path):
    (tmp_path / f"{NAMES[0]}.gz").write_bytes(gzip.compress(idx(IMAGES))[:-200])
    assert refusal(tmp_path).startswith(f"{NAMES[0]}.gz: it cannot be read")


CASES = {
    "plain, named gz": (lambda content: content, "{}.gz"),
    "packed, not named gz": (gzip.compress, "{}"),
    "upper case": (gzip.compress, "{}.GZ"),
    "second download": (gzip.compress, "{} (1).gz"),
    "second download, named otherwise": (gzip.compress, "{}.gz (2)"),
}


@pytest.mark.parametrize("case", CASES)
def test_idx_is_known_by_its_bytes_and_not_by_its_name(case, tmp_path):
    pack, name = CASES[case]
    for kind, values in zip(NAMES, (IMAGES, LABELS), strict=True):
        (tmp_path / name.format(kind)).write_bytes(pack(idx(values)))
    samples = read(tmp_path)
    check(samples)
    assert samples.findings == ()


def test_idx_of_any_name_is_found(tmp_path):
    (tmp_path / "pictures.bin").write_bytes(idx(IMAGES))
    (tmp_path / "numbers.bin").write_bytes(idx(LABELS))
    (tmp_path / "readme.txt").write_text("hello")
    samples = read(tmp_path)
    check(samples)
    assert samples.findings == ("Not used: “readme.txt”.",)


def whole_numbers(values):
    """IDX of int32."""
    head = struct.pack(">BBBB", 0, 0, 12, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape)
    return head + values.astype(">i4").tobytes()


def test_idx_labels_of_qmnist_are_the_first_column(tmp_path):
    table = np.full((12, 8), 77)
    table[:, 0] = LABELS
    (tmp_path / "qmnist-train-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "qmnist-train-labels-idx2-int").write_bytes(whole_numbers(table))
    samples = read(tmp_path)
    check(samples)
    assert samples.findings == (
        "“qmnist-train-labels-idx2-int” has 8 numbers for each image; the first one is the label.",
    )


def test_idx_labels_that_do_not_belong_are_named(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(LABELS))
    samples = read(tmp_path)
    assert samples.y is None
    assert samples.findings == ("Not used: “t10k-labels-idx1-ubyte”.",)


def test_idx_letters_of_emnist_are_upright_and_named(tmp_path):
    (tmp_path / "emnist-letters-train-images-idx3-ubyte").write_bytes(idx(IMAGES.transpose(0, 2, 1)))
    (tmp_path / "emnist-letters-train-labels-idx1-ubyte").write_bytes(idx(LABELS + 1))
    samples = read(tmp_path)
    check(samples)
    assert samples.names == ("A", "B", "C")
    assert samples.findings == (
        "EMNIST stores its images column by column, so they were turned upright.",
        "Its labels count from 1: 1 is A, 2 is B.",
    )


def test_idx_labels_with_gaps_make_no_empty_classes(folder):
    (folder / NAMES[1]).write_bytes(idx(np.where(LABELS % 2, 200, 0)))
    samples = read(folder)
    assert samples.y.tolist() == (LABELS % 2).tolist()
    assert (samples.classes, samples.names) == (2, ("0", "200"))
    assert samples.findings == (
        "The labels do not count from 0 without gaps; each one that occurs is a class: 0, 200.",
    )


def test_idx_labels_that_are_no_classes_are_refused(tmp_path):
    (tmp_path / NAMES[0]).write_bytes(idx(np.zeros((1001, 1, 1))))
    (tmp_path / "train-labels-idx1-int").write_bytes(whole_numbers(np.arange(1001)))
    assert refusal(tmp_path).startswith("The labels have 1\u202f001 different values")


@pytest.mark.parametrize("length", [0, 3, 4, 7, 15])
def test_idx_header_cut(tmp_path, length):
    (tmp_path / NAMES[0]).write_bytes(idx(IMAGES)[:length])
    sentence = "this is not an IDX file." if length < 4 else "its header is cut off. Copy the file again."
    assert refusal(tmp_path) == f"{NAMES[0]}: {sentence}"


def test_idx_wrong_magic(tmp_path):
    (tmp_path / NAMES[0]).write_bytes(b"\x89PNG" + bytes(100))
    assert refusal(tmp_path) == f"{NAMES[0]}: this is not an IDX file."


def test_idx_of_floats(tmp_path):
    (tmp_path / NAMES[0]).write_bytes(idx(IMAGES, kind=13))
    assert refusal(tmp_path) == f"{NAMES[0]}: only IDX files of unsigned bytes can be read."


def test_idx_too_long(tmp_path):
    (tmp_path / NAMES[0]).write_bytes(idx(IMAGES) + b"\0")
    assert refusal(tmp_path) == f"{NAMES[0]}: it holds more values than its header says. Copy the file again."


def test_idx_header_that_promises_a_terabyte_is_refused_before_it_is_read(tmp_path):
    (tmp_path / NAMES[0]).write_bytes(struct.pack(">BBBB3I", 0, 0, 8, 3, 2**31, 2**31, 2**31))
    assert refusal(tmp_path) == f"{NAMES[0]}: it holds more than 1 GiB of values."


@pytest.mark.parametrize("shape", [(0, 28, 28), (5, 0, 28), (1, 28, 28)])
def test_idx_without_images(tmp_path, shape):
    (tmp_path / NAMES[0]).write_bytes(idx(np.zeros(shape, np.uint8)))
    assert refusal(tmp_path) == f"{NAMES[0]} holds no images."


def test_idx_of_two_channels(tmp_path):
    (tmp_path / "train-images-idx4-ubyte").write_bytes(idx(np.zeros((3, 8, 8, 2), np.uint8)))
    assert refusal(tmp_path) == "train-images-idx4-ubyte is neither grey nor RGB."


def test_idx_labels_of_another_set(folder):
    (folder / NAMES[1]).write_bytes(idx(LABELS[:-1]))
    assert refusal(folder) == f"{NAMES[1]} has labels of shape 11 for 12 images."


def test_idx_labels_truncated(folder):
    (folder / NAMES[1]).write_bytes(idx(LABELS)[:-1])
    assert refusal(folder).startswith(f"{NAMES[1]}: it is truncated: 11 of 12 values.")


def test_a_failed_read_is_tried_again(tmp_path):
    with pytest.raises(UserError):
        data.load("idx", str(tmp_path))
    (tmp_path / NAMES[0]).write_bytes(idx(IMAGES))
    assert len(data.load("idx", str(tmp_path)).x) == 12
