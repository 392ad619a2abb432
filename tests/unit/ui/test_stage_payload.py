"""What the components of the stage send to the browser."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from playground.config.presets import PRESETS
from playground.engine.messages import Play, View
from playground.ui.components import frames, grid, plane
from playground.utils.sample_grid import Layout, by_class
from tests.app.fakes import FakeHost


def view_of(preset: str, saliency: bool = False) -> View:
    host = FakeHost()
    host.create("run", PRESETS[preset].config.model_dump())
    host.send("run", Play())
    view = host.view("run", "ema", saliency)
    assert view is not None
    return view


def numbers(short: dict) -> np.ndarray:
    return np.frombuffer(short["b"], "<i2") * short["unit"]


def test_points_arrive_as_they_are() -> None:
    view = view_of("ring")
    data = plane.payload(view, "alt", playing=True)
    assert len(frames.packed(data)) < 19_000
    step = plane.BEYOND * view.extent / frames.MOST
    for name, values in (("real", view.real), ("generated", view.samples), ("mesh", view.mesh)):
        assert values is not None
        shown = numbers(data[name])
        assert np.abs(shown - values.ravel()[: len(shown)]).max() <= step, name
    assert len(numbers(data["generated"])) == 2 * plane.GENERATED
    assert len(numbers(data["latents"])) == data["dimensions"] * plane.GENERATED
    assert view.scores is not None
    assert np.allclose(numbers(data["scores"]), view.scores, atol=1e-3)
    assert len(data["shades"]) == 48 * 48


def test_what_is_not_a_number_and_what_is_far_away_can_be_drawn() -> None:
    view = view_of("ring")
    assert view.samples is not None
    samples = view.samples.copy()
    samples[0], samples[1] = np.nan, 1e30
    data = plane.payload(replace(view, samples=samples), "alt", playing=False)
    shown = numbers(data["generated"])
    assert shown[:2].tolist() == [0, 0]
    assert shown[2:4] == pytest.approx([plane.BEYOND * view.extent] * 2)


def test_a_view_without_the_stage_s_numbers_is_drawn_nonetheless() -> None:
    bare = replace(view_of("ring"), scores=None, push=None, mesh=None, plane=None, real=None, fixed_z=None)
    data = plane.payload(bare, "alt", playing=False)
    assert data["shades"] == b""
    assert all(len(numbers(data[name])) == 0 for name in ("scores", "push", "mesh", "logits", "real", "latents"))


def test_words_beside_the_plane() -> None:
    view = view_of("ring")
    assert view.real is not None
    data = plane.payload(
        replace(view, samples=view.real, modes=3, high_quality=0.756, other_modes=None), "alt", playing=True
    )
    assert "".join(data["modes"]) == "3 of 8 modes · 76 % within 3σ", "before anything is known of the other weights"
    assert data["modes"][1::2] == ["3", "76 %"]
    pair = replace(view, modes=8, high_quality=0.95, other_modes=3, other_high_quality=0.412)
    for shown in (
        pair,
        replace(pair, weights="raw", modes=3, high_quality=0.412, other_modes=8, other_high_quality=0.95),
    ):
        words = plane.payload(shown, "alt", playing=True)["modes"]
        assert "".join(words) == "EMA / raw: 8 / 3 of 8 modes · 95 % / 41 % within 3σ", "in the same order"
        assert words[1::2] == ["8", "3", "95 %", "41 %"]
    plain = replace(pair, config=pair.config | {"ema_half_life": 0.0})
    assert "".join(plane.payload(plain, "alt", playing=True)["modes"]) == "8 of 8 modes · 95 % within 3σ"
    assert plane.payload(replace(view, modes=None), "alt", playing=True)["modes"] == []
    assert data["note"] == ""
    far = plane.payload(replace(view, samples=view.real + 100), "alt", playing=True)
    assert far["note"].startswith("100 %")


def test_the_switch_says_whose_samples_are_drawn() -> None:
    view = view_of("ring")
    assert (frames.source(view)["weights"], frames.source(view)["held"]) == ("ema", False)
    raw = replace(view, weights="raw")
    assert frames.source(raw)["weights"] == plane.payload(raw, "alt", playing=True)["weights"] == "raw"
    held = frames.source(raw, "A moment.")
    assert held["held"]
    assert set(held["help"].values()) == {"A moment."}
    alone = frames.source(replace(view, config=view.config | {"ema_half_life": 0.0}))
    assert alone["held"]
    assert all("half-life is 0" in words for words in alone["help"].values())


def test_a_sigmoid_only_where_it_is_a_probability() -> None:
    view = view_of("ring")
    assert plane.payload(view, "alt", playing=True)["probability"]
    wgan = replace(view, config=view.config | {"objective": "wgan"})
    assert not plane.payload(wgan, "alt", playing=True)["probability"]


def table(view: View) -> Layout:
    assert view.samples is not None
    return by_class(view.labels, view.names, 10, 10, len(view.samples))


def test_tiles_carry_their_class_and_what_d_says() -> None:
    view = view_of("digits")
    data = grid.payload(view, table(view), True, ("Samples", "of G"), "alt", asked=False)
    assert data["places"] == list(range(100))
    assert data["names"][13] == "3"
    assert view.scores is not None
    assert data["scores"][13] == pytest.approx(float(view.scores[13]), abs=1e-4)
    assert data["heat"] == ""
    width, height = data["size"]
    assert (width + data["gap"], height + data["gap"]) == (10 * data["pitch"][0], 10 * data["pitch"][1])
    assert len(frames.packed(data)) < 9_000


def test_heat_comes_only_where_it_was_asked_for() -> None:
    view = view_of("digits", saliency=True)
    assert grid.payload(view, table(view), True, ("", ""), "alt", asked=True)["heat"].startswith("data:image/png")
    assert grid.payload(view, table(view), True, ("", ""), "alt", asked=False)["heat"] == ""
    late = replace(view, saliency=None)
    assert grid.payload(late, table(late), True, ("", ""), "alt", asked=True)["heat"] == ""


def test_an_empty_place_has_neither_class_nor_score() -> None:
    view = view_of("digits")
    places = Layout(np.array([[5, -1]]), ())
    data = grid.payload(view, places, True, ("", ""), "alt", asked=False)
    assert data["names"] == ["5", ""]
    assert data["scores"][1] is None


def test_scripts_are_sent_without_comments() -> None:
    assert frames._lean("// said\n\n  let a = 1; // kept\n    b();\n") == "let a = 1; // kept\nb();\n"
