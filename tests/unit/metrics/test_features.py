"""What a small network sees in images."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from playground import data
from playground.metrics import features
from playground.utils import files


@pytest.fixture(scope="module", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def digits(_home: object) -> features.Features:
    return _again(data.load("digits"))


def _again(samples: data.Samples) -> features.Features:
    """From the file, or learned again: other samples with the same content are not in memory."""
    return features.learned_now(replace(samples))


def test_a_classifier_tells_the_digits_apart(digits: features.Features) -> None:
    samples = data.load("digits")
    x = features.normalised(samples.x[:500])
    assert digits.kind == "classifier"
    assert digits.accuracy > 0.95
    assert digits(x).shape == (500, features.SIZE)
    assert samples.y is not None
    assert float((digits.classify(x).argmax(1) == samples.y[:500]).float().mean()) > 0.97
    within = torch.cdist(digits(x), digits(x))
    same = samples.y[:500, None] == samples.y[None, :500]
    assert float(within[same].mean()) < 0.7 * float(within[~same].mean())


def test_how_far_the_learning_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "STEPS", 20)
    samples = replace(data.load("digits"))
    assert features.progress(samples) == 0
    seen = [features.progress(samples) for _piece in features.of(samples)]
    assert seen == sorted(seen)
    assert 0.4 < seen[len(seen) // 2] < 1
    assert features.progress(samples) == 1


def test_nothing_is_awaited_where_nothing_is_learned() -> None:
    assert features.progress(replace(data.load("digits"), y=None)) == 1
    assert features.progress(data.load("digits", choice=data.Choice(size=30))) == 1


def test_learning_leaves_the_random_numbers_of_others_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    next(features.of(replace(data.load("digits"))))
    features.learned_now(replace(data.load("shapes"), y=None))
    assert torch.equal(torch.rand(3), expected)


def test_it_is_read_from_its_file_and_learned_again_where_that_is_broken(
    digits: features.Features, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = data.load("digits")
    found = set((files.home() / features.FOLDER).glob("*.npz"))
    with monkeypatch.context() as patch:
        patch.setattr(features, "_trained", None)
        again = _again(samples)
    assert (again.hash, again.accuracy) == (digits.hash, digits.accuracy)
    x = features.normalised(samples.x[:20])
    assert torch.equal(again(x), digits(x))
    monkeypatch.setattr(features, "STEPS", 2)
    short = _again(samples).hash
    assert short != digits.hash
    [path] = set((files.home() / features.FOLDER).glob("*.npz")) - found
    whole = path.read_bytes()
    for content in (b"", b"nonsense", whole[:-200], whole[:1000]):
        path.write_bytes(content)
        assert _again(samples).hash == short
        assert path.stat().st_size == len(whole)


def test_other_samples_have_other_features(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "STEPS", 1)
    some = replace(data.load("digits", choice=data.Choice(classes="3,8")))
    before = len(list((files.home() / features.FOLDER).glob("*.npz")))
    found = features.learned_now(some)
    assert features.learned_now(some) is found
    assert found.classify(features.normalised(some.x[:4])).shape == (4, 2)
    assert len(list((files.home() / features.FOLDER).glob("*.npz"))) == before + 1


@pytest.mark.parametrize("key", ["digits", "typeset-digits", "shapes"])
def test_without_labels_the_convolutions_stay_as_they_were_drawn(key: str) -> None:
    samples = replace(data.load(key), y=None)
    found, again = features.learned_now(samples), _again(samples)
    assert found.kind == "random"
    assert math.isnan(found.accuracy)
    assert found.hash == again.hash
    phi = found(features.normalised(samples.x[:50]))
    assert phi.shape == (50, features.SIZE)
    assert len(phi.unique(dim=0)) == len(samples.x[:50].flatten(1).unique(dim=0))


def test_a_few_samples_or_one_class_teach_no_classifier() -> None:
    few = data.load("digits", choice=data.Choice(size=features.FEWEST - 1))
    one = data.load("digits", choice=data.Choice(classes="3"))
    assert [features.learned_now(samples).kind for samples in (few, one)] == ["random", "random"]


def test_the_tenth_that_tells_the_accuracy_teaches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other images in that tenth, and the weights are the same; elsewhere, and they are others."""
    monkeypatch.setattr(features, "STEPS", 10)
    samples = data.load("digits")
    order = torch.randperm(len(samples.x), generator=torch.Generator().manual_seed(0))
    tenth, rest = order[: len(order) // 10], order[len(order) // 10 :]

    def weights(places: torch.Tensor) -> str:
        x = samples.x.clone()
        x[places] = 255 - x[places]
        return features.learned_now(replace(samples, x=x)).hash

    usual = features.learned_now(replace(samples)).hash
    assert weights(tenth) == usual
    assert weights(rest) != usual
