"""Sets of one's own: kept, found again, saved, forgotten."""

import io
import os
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
import torch

from playground import data
from playground.benchmarks import hostile
from playground.data import npz, own
from playground.utils.errors import UserError

POINTS = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
IMAGES = np.random.default_rng(1).integers(256, size=(30, 3, 16, 16), dtype=np.uint8)
LABELS = np.arange(30) % 3


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))


def age(key, seconds):
    past = time.time() - seconds
    os.utime(own.place(key), (past, past))


def test_points_come_back_as_they_were():
    key = own.add("My heart ♥", POINTS, None, (), "Drawn by hand")
    samples = data.load("own-points", key)
    assert np.array_equal(samples.x.numpy(), POINTS)
    assert (samples.y, samples.classes) == (None, 0)
    about = own.about(key)
    assert (about.name, about.source, about.dataset, about.saved) == (
        "My heart ♥",
        "Drawn by hand",
        "own-points",
        False,
    )


def test_images_come_back_with_their_classes():
    key = own.add("Pets", IMAGES, LABELS, ("cats", "dogs", "<i>mice"), "From pets.zip")
    samples = data.load("own-images", key)
    assert np.array_equal(samples.x.numpy(), IMAGES)
    assert samples.x.dtype == torch.uint8
    assert samples.y.tolist() == LABELS.tolist()
    assert samples.class_names == ("cats", "dogs", "<i>mice")
    assert own.about(key).shape == (3, 16, 16)


def test_the_id_tells_the_content_and_nothing_leads_out_of_the_folder():
    first = own.add("../../etc/passwd", POINTS, None, (), "")
    assert first == own.add("../../etc/passwd", POINTS, None, (), "")
    assert first != own.add("../../etc/passwd", POINTS[:-1], None, (), "")
    assert own.place(first).parent == own.folder(saved=False)
    for wicked in ("../runs/x", "/etc/passwd", "a" * 500, "", first + "/..", first.upper()):
        assert own.place(wicked) is None
        with pytest.raises(UserError):
            data.load("own-points", wicked)


def test_a_set_that_nobody_uses_is_forgotten_and_a_saved_one_stays():
    kept, used, lost = (own.add(name, POINTS, None, (), "") for name in ("kept", "used", "lost"))
    own.save(kept, keep=True)
    for key in (kept, used, lost):
        age(key, own.LEASE + 10)
    own.use(used)
    own.forget_old()
    assert own.about(kept).saved
    assert own.place(used)
    assert own.place(lost) is None
    assert [about.name for about in own.saved()] == ["kept"]
    with pytest.raises(UserError, match="is not here any more"):
        data.load("own-points", lost)


def test_what_is_no_longer_saved_gets_its_time_again():
    key = own.add("kept", POINTS, None, (), "")
    own.save(key, keep=True)
    age(key, 10 * own.LEASE)
    own.save(key, keep=False)
    own.forget_old()
    assert own.saved() == []
    assert own.place(key)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense", b"\x00" * 1000])
def test_a_damaged_file_is_a_sentence(content):
    key = own.add("x", POINTS, None, (), "")
    own.place(key).write_bytes(content)
    with pytest.raises(UserError, match="Make it again"):
        data.DATASETS["own-points"].read(key, lambda done, total: None)
    own._read_about.cache_clear()
    assert own.about(key) is None
    assert own.add("x", POINTS, None, (), "") == key
    assert np.array_equal(data.DATASETS["own-points"].read(key, lambda done, total: None).x.numpy(), POINTS)


def test_nothing_is_unpickled():
    key = own.add("x", POINTS, None, (), "")
    with own.place(key).open("wb") as file:
        np.savez(file, x=np.array([{"a": 1}], dtype=object), about=np.zeros(1, np.uint8))
    with pytest.raises(UserError, match="Make it again"):
        data.DATASETS["own-points"].read(key, lambda done, total: None)


def test_a_full_shelf_says_so(monkeypatch):
    monkeypatch.setattr(own, "LIMIT", 100)
    with pytest.raises(UserError, match="no more than") as found:
        own.add("x", POINTS, None, (), "")
    assert str(own.folder(saved=False).parent) not in str(found.value)
    assert not list(own.folder(saved=False).glob("*"))


def test_one_visitor_has_a_share(monkeypatch):
    first = own.add("a", POINTS, None, (), "")
    size = own.place(first).stat().st_size
    monkeypatch.setenv("PLAYGROUND_SESSION_SETS", str(int(1.5 * size)))
    assert own.add("a", POINTS, None, (), "", beside=(first,)) == first, "the same set takes no more"
    with pytest.raises(UserError, match="Sets of one visitor"):
        own.add("b", 0.5 * POINTS, None, (), "", beside=(first,))
    assert own.about(own.add("b", 0.5 * POINTS, None, (), ""))  # somebody else's


def test_saved_sets_leave_room_for_those_that_come_and_go(monkeypatch):
    kept, other = own.add("a", POINTS, None, (), ""), own.add("b", 0.5 * POINTS, None, (), "")
    size = own.place(kept).stat().st_size
    monkeypatch.setattr(own, "LIMIT", int(2.5 * size))
    own.save(kept, keep=True)
    own.save(kept, keep=True)
    with pytest.raises(UserError, match="saves no more"):
        own.save(other, keep=True)
    assert not own.about(other).saved
    own.save(kept, keep=False)
    own.save(other, keep=True)


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "own").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="cannot be written") as found:
        own.add("x", POINTS, None, (), "")
    assert str(tmp_path) not in str(found.value), "visitors are not told where this server keeps its files"


def test_pages_make_sets_without_torch():
    code = (
        "import sys, numpy as np; from playground.data import own;"
        "own.add('x', np.zeros((3, 2), np.float32), None, (), ''); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_flipped_bits_of_a_set_get_a_sentence_or_change_nothing():
    key = own.add("Pets", IMAGES[:4], LABELS[:4], ("cats", "dogs", "mice"), "")
    path, outcomes = own.place(key), set()
    content = path.read_bytes()
    for bit in hostile.header_bits(content)[::13]:
        path.write_bytes(hostile.flipped(content, bit))
        own._read_about.cache_clear()
        assert len(own.saved()) == 0
        assert own.about(key) is None or own.about(key).name == "Pets"
        try:
            samples = own._read(key, lambda done, total: None)
            assert samples.x.numpy().tobytes() == IMAGES[:4].tobytes()
            outcomes.add("the same")
        except UserError as error:
            outcomes.add("a path" if str(path.parent) in str(error) else "a sentence")
    assert outcomes == {"the same", "a sentence"}


def test_the_sizes_in_a_set_are_not_believed(tmp_path):
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": "<f4", "fortran_order": False, "shape": (10**12, 2)})
    with zipfile.ZipFile(tmp_path / "huge.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + out.getvalue().removeprefix(b"\x93NUMPY\x01\x00") + bytes(64))
    with pytest.raises(UserError, match="no good"):
        npz.read(tmp_path / "huge.npz", "It is no good.")
