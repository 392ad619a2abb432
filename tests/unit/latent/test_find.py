"""Pictures that are looked for: where they come from, and what the studies say of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from playground import data
from playground.config.presets import PRESETS
from playground.data import Choice, drawing
from playground.data.choice import choose, left_out
from playground.engine.run import Run
from playground.engine.studies import Studies
from playground.latent import studies
from playground.latent.questions import Anomaly, AnomalyFound, Errors, ErrorsFound, Example, Examples, Find, Found
from playground.training.model import Model
from playground.ui.pages.latent import find_results
from playground.utils import chunked
from playground.utils.errors import UserError


def _model(steps: int, preset: str = "digits", **changes: Any) -> Model:
    run = Run("r", PRESETS[preset].config.changed(**changes))
    run.advance(steps)
    run.read()
    return run.models.of("ema").frozen()


@pytest.fixture(scope="module")
def digits() -> Model:
    return _model(300, size=1000)


def _stroke(*points: tuple[float, float], width: float = 0.1, erase: bool = False) -> dict[str, Any]:
    return {"erase": erase, "width": width, "points": [v for point in points for v in point]}


BAR = _stroke((0.7, 0.6), (0.7, 0.8))


# Where pictures come from


@pytest.mark.parametrize("key", ["digits", "shapes"])
def test_a_drawing_becomes_as_large_as_the_images_and_lies_where_they_lie(key: str) -> None:
    like = data.load(key).x[:100].permute(0, 2, 3, 1).numpy()
    picture = drawing.picture_of([BAR], like)
    assert picture.shape == like.shape[1:]
    assert picture.dtype == np.uint8
    there = np.abs(picture - np.median(like[:, 0], (0, 1))).max(2) > drawing.APART
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    usual = (np.abs(like - np.median(like[:, 0], (0, 1))).max(3) > drawing.APART).any(2)
    height = np.median(usual.shape[1] - usual[:, ::-1].argmax(1) - usual.argmax(1))
    assert abs(len(rows) - height) <= 2
    assert abs((columns[0] + columns[-1] + 1) / 2 - picture.shape[1] / 2) <= picture.shape[1] / 8
    smaller = [_stroke((0.2, 0.25), (0.2, 0.35), width=0.05)]  # half as large, elsewhere
    np.testing.assert_allclose(
        drawing.picture_of(smaller, like), picture, atol=48
    )  # its edge lies between pixels of the mask


def test_ink_is_dark_on_bright_ground_and_an_image_of_nothing_does_no_harm() -> None:
    like = np.full((3, 12, 10, 3), 240, np.uint8)
    picture = drawing.picture_of([BAR], like)
    assert picture.shape == (12, 10, 3)
    assert (picture.min(), picture.max()) == (0, 240)


@pytest.mark.parametrize("strokes", [[], [_stroke((0.5, 0.5), erase=True)], "x", [1], [_stroke((0.5, float("nan")))]])
def test_what_is_no_drawing_is_refused_with_a_sentence(strokes: Any) -> None:
    with pytest.raises(UserError):
        drawing.picture_of(strokes, np.zeros((1, 8, 8, 1), np.uint8))


def test_a_mask_is_where_the_brush_was() -> None:
    mask = drawing.shown([_stroke((0, 0.75), (1, 0.75), width=0.5)], 8, 8)
    assert mask[4:].all()
    assert not mask[:4].any()


# Studies


def test_training_images_by_number_and_some_of_all(digits: Model) -> None:
    found = studies.answer_now(digits, Example(7))
    assert found.count == 1000
    assert digits.samples.y is not None
    assert found.label == int(digits.samples.y[7])
    np.testing.assert_array_equal(found.picture, digits.samples.x[7].permute(1, 2, 0).numpy())
    assert studies.answer_now(digits, Example(10**9)).label == int(digits.samples.y[-1])
    assert studies.answer_now(digits, Examples(5)).shape == (5, 8, 8, 1)
    assert studies.answer_now(digits, Examples(10**6)).shape == (1000, 8, 8, 1)


@pytest.mark.parametrize("preset", ["digits-unlabelled", "shapes"])
def test_a_picture_is_found_and_shown_meanwhile(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.latent.inversion.STEPS", 10)
    model = _model(2, preset)
    picture = studies.answer_now(model, Example(3)).picture
    work = studies.answer(model, Find(picture))
    news = []
    while True:
        try:
            news.append(next(work))
        except StopIteration as end:
            result: Found = end.value
            break
    previews = [piece[2] for piece in news if len(piece) == 3]
    assert all(isinstance(preview, Found) for preview in previews)
    assert 0 < len(previews) < len(news)
    assert result.pictures.shape == (16, *picture.shape)
    assert result.errors.shape == result.norms.shape == (16,)
    assert (np.diff(result.errors) >= 0).all()
    assert (result.labels is None) == (model.classes == 0)
    np.testing.assert_allclose(find_results.error(result.pictures[0], picture), result.errors[0], rtol=0.2)


def test_where_a_part_is_hidden_the_mean_image_comes_along(digits: Model) -> None:
    picture = studies.answer_now(digits, Example(3)).picture
    mask = np.ones((8, 8), bool)
    mask[4:] = False
    result: Found = studies.answer_now(digits, Find(picture, mask))
    assert result.mean is not None
    np.testing.assert_allclose(result.mean, digits.samples.x.float().mean(0).permute(1, 2, 0), atol=0.6)
    np.testing.assert_allclose(find_results.error(result.pictures[0], picture, mask), result.errors[0], rtol=0.1)
    assert studies.answer_now(digits, Find(picture)).mean is None


@pytest.mark.parametrize(
    "question",
    [
        lambda p: Find(p[:4]),
        lambda p: Find(p.astype(np.float32)),
        lambda p: Find(p, np.zeros((8, 8), bool)),
        lambda p: Find(p, np.ones((4, 4), bool)),
        lambda p: Find(p, label=10),
        lambda p: Anomaly(p[:4], 4),
    ],
)
def test_what_does_not_fit_the_run_gets_a_sentence(digits: Model, question: Callable[[np.ndarray], Any]) -> None:
    with pytest.raises(UserError):
        studies.answer_now(digits, question(np.zeros((8, 8, 1), np.uint8)))


def test_what_size_leaves_out_is_the_rest_of_the_same_classes() -> None:
    whole = data.load("digits")
    for choice in (Choice(size=100), Choice(classes="3,8", size=50), Choice(classes="3", repeat="3x2")):
        kept, out = choose(whole, choice), left_out(whole, choice)
        every = choose(whole, Choice(classes=choice.classes))
        both = torch.cat([kept.x, out.x]).flatten(1).tolist()
        assert sorted(both) == sorted(every.x.flatten(1).tolist())
        assert out.y is not None
        assert len(out.x) == len(out.y) == len(every.x) - len(kept.x)


def test_errors_of_training_and_of_held_out_images(digits: Model) -> None:
    result: ErrorsFound = studies.answer_now(digits, Errors(12))
    assert result.train.shape == result.held.shape == (12,)
    assert 0 < float(np.median(result.train)) < 0.05
    assert "not memorised" in find_results.verdict(result) or "has memorised" in find_results.verdict(result)
    everything: ErrorsFound = studies.answer_now(_model(1), Errors(3))
    assert len(everything.held) == 0
    assert "Take fewer" in find_results.verdict(everything)


def test_noise_is_an_anomaly_and_a_digit_is_not(digits: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (8, 8, 1)).astype(np.uint8)
    strange: AnomalyFound = studies.answer_now(digits, Anomaly(noise, 20))
    assert strange.usual.shape == (20,)
    assert strange.learned
    limit = np.percentile(strange.usual, 95)
    assert strange.score > limit
    assert strange.score == pytest.approx(0.9 * strange.residual + 0.1 * strange.difference, rel=1e-5)
    digit: AnomalyFound = studies.answer_now(digits, Anomaly(studies.answer_now(digits, Example(0)).picture, 20))
    assert digit.score < strange.score


# Work in pieces


def test_a_share_of_a_work_gives_what_the_work_gives() -> None:
    def work() -> Any:
        for k in range(4):
            yield k + 1, 4
        return "result"

    def whole() -> Any:
        first = yield from chunked.subprogress(work(), 0, 0.5)
        return first, (yield from chunked.subprogress(work(), 0.5, 1))

    assert list(whole()) == [(n, 1000) for n in (125, 250, 375, 500, 625, 750, 875, 1000)]
    assert chunked.run_to_end(whole()) == ("result", "result")


def test_a_preview_stays_until_there_is_a_newer_one() -> None:
    def work() -> Any:
        yield 1, 3, "first"
        yield 2, 3
        yield 3, 3, "second"
        return "result"

    all_studies, left = Studies(), [1]
    all_studies.begin(("a",), 0, work)
    shown = []
    for _piece in range(4):
        left[0] = 1
        all_studies.go_on(None, lambda: left.__setitem__(0, left[0] - 1) or left[0] < 0)
        study = all_studies.find(("a",))
        assert study is not None
        shown.append((study.done, study.preview))
    assert shown == [(1, "first"), (2, "first"), (3, "second"), (3, "second")]
