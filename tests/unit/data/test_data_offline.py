"""What is made here and needs no network: typeset glyphs, coloured shapes, enlarged digits, the toys of GAN Lab."""

import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import ascii_uppercase, digits

import numpy as np
import pytest
import torch
from filelock import FileLock

from playground import data
from playground.config.presets import PRESETS
from playground.data import DATASETS, shapes, typeset
from playground.data.toys import SIZE
from playground.utils import files

OFFLINE = {"digits-16": 1797, "typeset-digits": 20_000, "typeset-letters": 26_000, "shapes": 12_000}


def nothing(done, total):
    pass


@pytest.fixture(scope="module", params=[digits, ascii_uppercase], ids=["digits", "letters"])
def glyphs(request):
    return request.param, *typeset.render(request.param, 3000, nothing)


@pytest.fixture(scope="module")
def drawn():
    return shapes.render(1500)


# All of them


@pytest.mark.parametrize("key", OFFLINE)
def test_every_offline_set_is_what_its_record_says(key):
    dataset, samples = DATASETS[key], data.load(key)
    assert samples.x.shape == (OFFLINE[key], *dataset.shape)
    assert samples.x.dtype == torch.uint8
    assert samples.y.dtype == torch.int64
    assert samples.y.shape == (OFFLINE[key],)
    assert samples.classes == dataset.classes
    counts = torch.bincount(samples.y, minlength=samples.classes)
    assert len(counts) == samples.classes
    assert counts.min() > 0.85 * OFFLINE[key] / samples.classes
    assert (samples.x.min(), samples.x.max()) == (0, 255)
    assert dataset.label
    assert dataset.source
    assert dataset.licence


@pytest.mark.parametrize("key", ["typeset", "shapes"])
def test_their_presets(key):
    config = PRESETS[key].config
    assert config.dataset in OFFLINE
    assert config.conditional


# Glyphs and shapes


def test_rendering_is_deterministic_and_leaves_the_global_rngs_alone(glyphs, drawn):
    characters, images, labels = glyphs
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()
    again = typeset.render(characters, 1500, nothing)
    assert np.array_equal(again[0], images[:1500])
    assert np.array_equal(again[1], labels[:1500])
    fewer = shapes.render(700)
    assert torch.equal(fewer.x, drawn.x[:700])
    assert torch.equal(fewer.y, drawn.y[:700])
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], numpy_before)


def nearest_mean(x, y, half):
    """The share of the second half whose nearest class mean, made from the first, is its own."""
    x = x.reshape(len(x), -1).astype(np.float32)
    means = np.stack([x[:half][y[:half] == k].mean(0) for k in range(y.max() + 1)])
    distance = ((x[half:, None] - means) ** 2).sum(2)
    return (distance.argmin(1) == y[half:]).mean()


def test_glyphs_are_legible(glyphs):
    characters, images, labels = glyphs
    assert nearest_mean(images[:, :, ::2, ::2], labels, 2000) > 6 / len(characters)


def test_the_drawings_are_the_right_characters():
    """A zero has a hole in its middle, a one has not; the bar of a T is above its stem, and L stands on its foot."""
    zero, one = typeset.glyphs("01")[:, 0]
    assert zero[50:62, 52:60].max() == 0
    assert one[50:62, 45:68].max() == 1
    bar, foot = typeset.glyphs("TL")[:, 0].sum(2)
    assert bar[:56].sum() > bar[56:].sum()
    assert foot[:56].sum() < foot[56:].sum()


def test_glyphs_differ_within_a_class_in_weight_place_and_slant(glyphs):
    _characters, images, labels = glyphs
    ticks = np.arange(28) - 13.5
    for k in range(labels.max() + 1):
        x = images[labels == k, 0] / 255
        assert len(np.unique(x.reshape(len(x), -1), axis=0)) == len(x)
        ink = x.sum((1, 2))
        assert ink.std() > 0.15 * ink.mean()
        across, down = (x.sum(1) @ ticks) / ink, (x.sum(2) @ ticks) / ink
        assert across.std() > 0.5
        assert down.std() > 0.5
        slant = np.einsum("nij,i,j->n", x, ticks, ticks) / ink - across * down
        assert slant.std() > 1


def test_glyphs_keep_off_the_edge(glyphs):
    _characters, images, _labels = glyphs
    edge = np.concatenate([images[:, 0, 0], images[:, 0, -1], images[:, 0, :, 0], images[:, 0, :, -1]], 1)
    assert (edge.max(1) > 127).mean() < 0.02


def test_shapes_are_what_their_labels_say(drawn):
    """How far the farthest point lies, against a disc of the same area: 1 for a circle, more with fewer corners."""
    cover = (drawn.x.amax(1).numpy() > 110).astype(np.float32)
    area = cover.sum((1, 2))
    ticks = np.arange(32) - 15.5
    across, down = (cover.sum(1) @ ticks) / area, (cover.sum(2) @ ticks) / area
    distance = np.hypot(ticks[None, None] - across[:, None, None], ticks[None, :, None] - down[:, None, None])
    reach = (distance * cover).max((1, 2)) / np.sqrt(area / np.pi)
    assert [np.median(reach[drawn.y == k]) for k in range(3)] == pytest.approx([1, 1.25, 1.55], abs=0.08)
    assert nearest_mean(reach[:, None], drawn.y.numpy(), 750) > 0.95
    for k in range(3):
        mine = (drawn.y == k).numpy()
        assert area[mine].std() > 0.1 * area[mine].mean()
        assert across[mine].std() > 1
        assert down[mine].std() > 1
        brightest = drawn.x[mine].flatten(2).amax(2).argmax(1)
        assert torch.bincount(brightest, minlength=3).min() > 0.2 * mine.sum()  # every hue


def test_shapes_lie_bright_and_whole_on_a_dark_ground(drawn):
    edge = torch.cat([drawn.x[..., 0, :], drawn.x[..., -1, :], drawn.x[..., 0], drawn.x[..., -1]], 2)
    assert edge.max() < 40
    assert drawn.x.flatten(1).amax(1).min() > 180
    bright = drawn.x.amax(1)
    assert ((bright > 60) & (bright < 150)).flatten(1).any(1).float().mean() > 0.95  # soft edges


# The cache


@pytest.fixture
def made(tmp_path, monkeypatch):
    """`read()` reads 50 glyphs through the cache of an empty data folder; `made` lists how often they were rendered."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setitem(typeset.SIZE, digits, 50)
    monkeypatch.setattr(typeset, "BLOCK", 50)
    calls, render = [], typeset.render
    monkeypatch.setattr(typeset, "render", lambda *given: calls.append(given) or render(*given))
    return calls


def read():
    return DATASETS["typeset-digits"].read("", nothing)


def left(folder):
    """What lies in the folder but for locks."""
    return [path.name for path in folder.iterdir() if not path.name.endswith(".lock")]


def test_the_cache_is_written_once_and_used(made, tmp_path):
    first, second = read(), read()
    assert len(made) == 1
    assert torch.equal(first.x, second.x)
    assert torch.equal(first.y, second.y)
    assert left(tmp_path / "data") == ["typeset-digits-1.npz"]  # nothing half-written


def test_rendering_tells_how_far_it_is(made, monkeypatch):
    seen = []
    monkeypatch.setattr(typeset, "BLOCK", 20)
    DATASETS["typeset-digits"].read("", lambda *told: seen.append(told))
    assert seen == [(0, 50), (20, 50), (40, 50), (50, 50)]
    DATASETS["typeset-digits"].read("", lambda *told: seen.append(told))
    assert len(seen) == 4  # what is kept is there at once


class Enough(Exception):
    pass


def enough(done, total):
    if done:
        raise Enough


def test_a_cancelled_rendering_leaves_nothing_and_blocks_nobody(made, tmp_path):
    with pytest.raises(Enough):
        DATASETS["typeset-digits"].read("", enough)
    assert left(tmp_path / "data") == []
    assert len(read().x) == 50


def test_waiting_for_another_rendering_can_be_given_up(made, tmp_path):
    def give_up(done, total):
        raise Enough

    (tmp_path / "data").mkdir()
    with FileLock(tmp_path / "data" / ".typeset-digits-1.npz.lock"), pytest.raises(Enough):
        DATASETS["typeset-digits"].read("", give_up)
    assert made == []


def test_several_threads_render_once(made):
    with ThreadPoolExecutor(4) as pool:
        first, *others = [future.result() for future in [pool.submit(read) for _thread in range(4)]]
    assert len(made) == 1
    assert all(torch.equal(first.x, other.x) for other in others)


def test_two_processes_render_once(tmp_path):
    code = """if True:
        import sys, time, numpy as np
        from playground.data.cache import cached
        def make(progress):
            open(sys.argv[1], "a").write("made\\n")
            time.sleep(0.5)
            return np.ones((3, 1, 2, 2), np.uint8), np.zeros(3, np.uint8)
        images, labels = cached("ones", (3, 1, 2, 2), 1, make, lambda done, total: None)
        assert images.all() and not {"torch", "streamlit"} & set(sys.modules)
    """
    command = [sys.executable, "-c", code, str(tmp_path / "log")]
    environment = os.environ | {"PLAYGROUND_HOME": str(tmp_path)}
    root = Path(__file__).parents[3]
    processes = [subprocess.Popen(command, cwd=root, env=environment) for _process in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert (tmp_path / "log").read_text() == "made\n"
    assert left(tmp_path / "data") == ["ones.npz"]


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def npz(**arrays):
    def damage(path):
        np.savez(path, **arrays)

    return damage


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "noise": lambda path: path.write_bytes(bytes(range(256)) * 10),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "flipped": lambda path: path.write_bytes(path.read_bytes()[:3000] + bytes(99) + path.read_bytes()[3099:]),
    "one array": lambda path: path.write_bytes(npy(np.zeros(3))),
    "other arrays": npz(a=np.zeros(3)),
    "fewer": npz(images=np.zeros((9, 1, 28, 28), np.uint8), labels=np.zeros(9, np.uint8)),
    "floats": npz(images=np.zeros((50, 1, 28, 28)), labels=np.zeros(50, np.uint8)),
    "labels too high": npz(images=np.zeros((50, 1, 28, 28), np.uint8), labels=np.full(50, 10, np.uint8)),
    "objects": npz(images=np.array([print] * 50), labels=np.zeros(50, np.uint8)),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_cache_is_rendered_anew(made, tmp_path, damage):
    first = read()
    damage(tmp_path / "data" / "typeset-digits-1.npz")
    second, third = read(), read()
    assert len(made) == 2
    assert torch.equal(first.x, second.x)
    assert torch.equal(first.x, third.x)


def test_a_failed_write_leaves_nothing_and_is_no_failure(made, tmp_path, monkeypatch):
    def full(source, target):
        raise OSError("No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    assert len(read().x) == 50
    assert left(tmp_path / "data") == []


def test_a_folder_that_cannot_be_written_is_no_failure(made, tmp_path, monkeypatch):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    monkeypatch.setenv("PLAYGROUND_HOME", str(folder))
    if os.geteuid() == 0:  # root may write anywhere, except below a file
        (tmp_path / "file").touch()
        monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "file"))
    assert len(read().x) == len(read().x) == 50
    assert len(made) == 2


class Boom:
    """Ends the test where it is unpickled."""

    def __reduce__(self):
        return os._exit, (3,)


def test_the_cache_never_unpickles(made, tmp_path, monkeypatch):
    first = read()
    path = tmp_path / "data" / "typeset-digits-1.npz"
    np.savez(path, images=np.full(first.x.shape, Boom(), object), labels=first.y.numpy().astype(np.uint8))
    assert torch.equal(read().x, first.x)
    assert len(made) == 2


# Enlarged digits


def test_digits_16_are_the_digits_enlarged():
    small, large = data.load("digits"), data.load("digits-16")
    assert torch.equal(small.y, large.y)
    pooled = torch.nn.functional.avg_pool2d(large.x.float(), 2)
    assert (pooled - small.x.float()).abs().mean() < 12
    middle = large.x[:, :, 8, 8].unique()
    assert len(middle) > 100  # between the 17 levels


# The toys of GAN Lab


def test_two_gaussians():
    samples = data.load("gaussians")
    for k, (mean, std) in enumerate([((-0.4, 0.4), (0.2, 0.2)), ((0.4, -0.2), (0.1, 0.4))]):
        x = samples.x[samples.y == k].numpy()
        assert x.mean(0) == pytest.approx(mean, abs=0.01)
        assert x.std(0) == pytest.approx(std, rel=0.02)


def test_ellipse():
    x = data.load("ellipse").x + torch.tensor([0, 0.1])
    assert x.mean(0).abs().max() < 0.01
    assert x.std(0).numpy() == pytest.approx(np.hypot([0.6 / 2**0.5, 0.5 / 2**0.5], 0.05), rel=0.01)
    radius = (x / torch.tensor([0.6, 0.5])).norm(dim=1)
    assert radius.min() > 0.5


def test_circle():
    x = data.load("circle").x
    radius = x.norm(dim=1)
    assert float(radius.mean()) == pytest.approx(0.8, abs=0.005)
    assert float(radius.std()) == pytest.approx(0.03, rel=0.05)
    assert x.mean(0).abs().max() < 0.01


def test_three_unequal_clouds():
    samples = data.load("clouds")
    for k, (centre, share) in enumerate(zip(((-0.2, 0.5), (-0.2, -0.5), (0.8, -0.5)), (0.5, 0.3, 0.2), strict=True)):
        x = samples.x[samples.y == k].numpy()
        assert len(x) == pytest.approx(SIZE * share, rel=0.03)
        assert x.mean(0) == pytest.approx(centre, abs=0.01)
        assert x.std(0) == pytest.approx([0.1, 0.1], rel=0.05)


@pytest.mark.parametrize(
    ("small", "large", "border"), [("shapes-16", "shapes", 0), ("typeset-digits-16", "typeset-digits", 2)]
)
def test_small_pictures_are_the_large_ones_with_a_quarter_of_the_pixels(small, large, border):
    a, b = data.load(small), data.load(large)
    assert a.shape == DATASETS[small].shape == (b.shape[0], 16, 16)
    assert a.x.dtype == torch.uint8
    assert torch.equal(a.y, b.y)
    some = torch.nn.functional.pad(b.x[:50], (border,) * 4).float().unfold(2, 2, 2).unfold(3, 2, 2).mean((-2, -1))
    assert (a.x[:50].float() - some).abs().max() <= 0.5


def test_three_clusters():
    dataset, samples = DATASETS["disjoint"], data.load("disjoint")
    assert dataset.std == 0.05
    distance = (samples.x[:, None] - torch.tensor(dataset.centres)).norm(dim=2)
    assert (distance.argmin(1) == samples.y).all()
    for k, centre in enumerate(dataset.centres):
        x = samples.x[samples.y == k].numpy()
        assert len(x) == pytest.approx(SIZE / 3, rel=0.05)
        assert x.mean(0) == pytest.approx(centre, abs=0.005)
        assert x.std(0) == pytest.approx([0.05, 0.05], rel=0.05)
