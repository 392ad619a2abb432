"""What the stage of a translation sends to the browser."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache

import numpy as np
from PIL import Image

from playground.config.run_config import RunConfig
from playground.engine.messages import Film, Translation, View
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.ui.components import frames, pairs, plane
from playground.ui.pages.train import filmstrip

SMALL = {"network": "unet", "g_width": 4, "d_width": 4, "g_depth": 2, "d_depth": 2, "g_norm": "none", "d_norm": "none"}
HALF = {"game": "paired", "task": "inpaint-half", "dataset": "digits-16", **SMALL}
RED = {"game": "cycle", "task": "red-blue", "dataset": "digits-16", "objective": "lsgan", **SMALL}
MOONS = {"game": "cycle", "task": "between", "dataset": "moons", "partner": "ring", "objective": "lsgan"}


@cache
def _view(knobs: tuple[tuple[str, object], ...]) -> View:
    config, findings = RunConfig.read(dict(knobs))
    assert not findings
    return snapshot(Run("run", config), 1, "ema")


def view_of(knobs: dict[str, object]) -> View:
    return _view(tuple(knobs.items()))


def translation(view: View) -> Translation:
    assert view.translation is not None
    return view.translation


def payload(view: View, backwards: bool = False, followed: int | None = None, rows: int = 10) -> dict:
    return pairs.payload(view, "alt", True, (rows, 10), followed, backwards)


def strips(data: dict) -> np.ndarray:
    """The pictures as they arrive, (parts, n, h, w, c)."""
    pixels = np.asarray(Image.open(io.BytesIO(data["sheet"]["picture"])))
    [width, height], parts = data["tile"], len(data["parts"])
    return pixels.reshape(parts, height, data["count"], width, -1).swapaxes(1, 2)


def names(data: dict) -> list[str]:
    return [part["name"] for part in data["parts"]]


def test_a_pair_is_input_output_and_truth() -> None:
    view = view_of(HALF)
    data, there = payload(view), translation(view)
    assert names(data) == ["input", "output", "truth"]
    for strip, part in zip(strips(data), (there.inputs, view.samples, there.truth), strict=True):
        assert np.array_equal(strip, part)
    assert len(frames.packed(data)) < 25_000
    assert data["bands"] == 3
    assert payload(view, rows=1)["bands"] == 1, "a pair is never torn apart"
    assert not data["turns"]


def test_what_g_did_not_see_arrives_bit_by_bit() -> None:
    view = view_of(HALF)
    hidden = translation(view).hidden
    assert hidden is not None
    bits = np.unpackbits(np.frombuffer(payload(view)["hidden"], np.uint8))[: hidden.size]
    assert np.array_equal(bits.reshape(hidden.shape), hidden)
    assert 0 < hidden.mean() < 1


def test_a_patch_that_says_real_is_bluer() -> None:
    view = view_of(HALF)
    logits = np.linspace(-3, 3, 2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4)
    there = replace(translation(view), patches=logits)
    patches = payload(replace(view, translation=there))["patches"]
    shades = np.frombuffer(patches["shades"], np.uint8)
    assert (patches["rows"], patches["columns"]) == (3, 4)
    assert (np.diff(shades.astype(int)) > 0).all()
    assert shades[0] < 127 < shades[-1]


def test_the_other_way_has_its_own_pictures_and_no_score_of_the_first() -> None:
    view = view_of(RED)
    there = translation(view)
    assert there.reverse is not None
    forth, back = payload(view, followed=3), payload(view, backwards=True, followed=3)
    assert names(forth) == names(back) == ["input", "output", "back"]
    assert forth["turns"]
    assert forth["followed"] == back["followed"] == 3
    assert payload(view, backwards=True, followed=24)["followed"] == -1, "there may be fewer samples of B"
    assert len(forth["scores"]) == forth["count"]
    assert back["scores"] == []
    assert back["patches"] is None
    if back["sheet"]["type"] == "image/png":
        assert np.array_equal(strips(back)[0], there.reverse.inputs)
    assert np.abs(strips(back)[0].astype(int) - there.reverse.inputs).mean() < 6
    assert forth["sheet"] != back["sheet"]


def test_a_moment_shows_what_is_known_of_it() -> None:
    view = view_of(RED)
    past = replace(view, translation=Translation(translation(view).inputs))
    data = payload(past, backwards=True)
    assert names(data) == ["input", "output"]
    assert not data["turns"]
    assert not data["backwards"]
    assert data["patches"] is None


def test_grey_inputs_of_coloured_outputs_stay_grey() -> None:
    view = view_of(HALF)
    coloured = np.zeros((24, 16, 16, 3), np.uint8)
    coloured[..., 0] = 200
    there = Translation(translation(view).inputs, truth=coloured)
    data = payload(replace(view, samples=coloured, translation=there))
    found = strips(data)
    assert found.shape[-1] == 3
    if data["sheet"]["type"] == "image/png":
        assert np.array_equal(found[0][..., 1], there.inputs[..., 0])


def test_a_lane_has_no_patches_and_asks_for_nothing() -> None:
    data = pairs.payload(view_of(HALF), "alt", True, (15, 8), None, False, small=True)
    assert data["small"]
    assert data["patches"] is None


def test_threads_lead_from_inputs_to_outputs() -> None:
    view = view_of(MOONS)
    there = translation(view)
    data = plane.payload(view, "alt", playing=True)
    assert data["translates"]
    step = plane.BEYOND * view.extent / frames.MOST
    for name, points in (("inputs", there.inputs), ("back", there.back)):
        assert points is not None
        found = np.frombuffer(data[name]["b"], "<i2") * data[name]["unit"]
        assert np.abs(found - points[: plane.GENERATED].ravel()).max() <= step, name
    assert len(data["inputs"]["b"]) == len(data["generated"]["b"])


def test_a_plane_of_a_gan_has_none() -> None:
    view = view_of({"dataset": "moons"})
    data = plane.payload(view, "alt", playing=True)
    assert not data["translates"]
    assert data["inputs"]["b"] == b""


def test_a_pair_through_time_begins_with_its_input_and_ends_with_its_truth() -> None:
    view = view_of(HALF)
    there = translation(view)
    assert view.samples is not None
    film = Film((0, 40), np.stack([view.samples[5], view.samples[5]]))
    found = filmstrip.frames_of(film, there, 5)
    assert [frame.caption for frame in found] == ["input", "0", "40", "truth"]
    assert [frame.made for frame in found] == [False, True, True, False]
    assert there.truth is not None
    assert np.array_equal(found[-1].image, there.truth[5])
    assert found[0].hidden is not None
    assert [frame.caption for frame in filmstrip.frames_of(film, None, 5)] == ["0", "40"]


def test_what_was_hidden_is_striped_in_the_strip() -> None:
    hidden = np.zeros((16, 16), bool)
    hidden[8:] = True
    drawn = filmstrip.hatched(np.full((16, 16, 1), 128, np.uint8), hidden)
    assert (drawn[:8] == 128).all()
    assert set(np.unique(drawn[8:])) == {70, 235}
