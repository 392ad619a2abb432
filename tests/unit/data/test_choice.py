"""Classes only, fewer samples, a class several times."""

import contextlib

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import data
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import Choice
from playground.data.choice import MAX_TIMES, choose, classes_in, repeats_in
from playground.data.dataset import Samples
from playground.training.games.gan import GAN
from playground.utils.errors import UserError

DIGITS = data.load("digits")
SORTED = Samples(torch.arange(1000).float()[:, None].expand(-1, 2), torch.arange(1000) // 100, 10)


def test_only_some_classes_are_left_and_counted_anew():
    chosen = data.load("digits", "", Choice(classes="8,3"))
    assert chosen.classes == 2
    assert chosen.class_names == ("3", "8")
    assert chosen.y.unique().tolist() == [0, 1]
    for new, old in enumerate((3, 8)):
        assert torch.equal(chosen.x[chosen.y == new], DIGITS.x[DIGITS.y == old])


def test_modes_follow_the_classes():
    ring = data.load("ring")
    chosen = data.load("ring", "", Choice(classes="0,2,4"))
    assert chosen.centres == tuple(ring.centres[k] for k in (0, 2, 4))
    assert chosen.std == ring.std


def test_a_cut_takes_from_each_class_its_share_and_is_always_the_same():
    cut = choose(SORTED, Choice(size=100))
    assert torch.bincount(cut.y).tolist() == [10] * 10
    assert torch.equal(cut.x, choose(SORTED, Choice(size=100)).x)
    assert len(cut.x.unique(dim=0)) == 100  # without replacement
    smaller = choose(SORTED, Choice(size=10))
    assert torch.bincount(smaller.y).tolist() == [1] * 10
    assert choose(SORTED, Choice(size=5000)).x.shape == SORTED.x.shape


def test_a_cut_of_unlabelled_data():
    moons = Samples(SORTED.x)
    cut = choose(moons, Choice(size=50)).x[:, 0]
    assert len(cut.unique()) == 50
    assert 300 < cut.mean() < 700  # from all over


def test_a_repeated_class_occurs_so_often_more():
    counts = torch.bincount(DIGITS.y)
    more = data.load("digits", "", Choice(repeat="8x5"))
    expected = counts.clone()
    expected[8] *= 5
    assert torch.equal(torch.bincount(more.y[more.index]), expected)
    assert more.count == len(more.index) == expected.sum()
    assert more.x.data_ptr() == data.load("digits").x.data_ptr()  # nothing is copied


def test_batches_have_the_repeated_class_so_often_more():
    config = PRESETS["digits"].config.changed(classes="3,8", repeat="8x5", device="cpu", g_width=8, d_width=8)
    trainer = GAN(config, data.load("digits", "", config.choice))
    y = torch.cat([trainer.batch(1024)[1] for _ in range(20)])
    assert (y == 1).float().mean() == pytest.approx(870 / (870 + 183), abs=0.02)
    x, y = trainer.batch(64)
    eights = trainer.normalise(DIGITS.x[DIGITS.y == 8])
    assert all((eights == one).flatten(1).all(1).any() for one in x[y == 1])
    labels = torch.cat([trainer.labels(1024) for _ in range(20)])
    assert labels.float().mean() == pytest.approx(870 / (870 + 183), abs=0.02)


def test_all_three_at_once_filter_then_cut_then_repeat():
    chosen = data.load("digits", "", Choice("3,8", 100, "8x3"))
    few, many = torch.bincount(chosen.y[chosen.index]).tolist()
    assert few + many // 3 == 100
    assert abs(few - 50) <= 2


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        (Choice(classes="3,x"), "list of class numbers like 3,8"),
        (Choice(classes="12"), "classes go from 0 to 9"),
        (Choice(repeat="8"), "list like 8x5"),
        (Choice(repeat=f"8x{MAX_TIMES + 1}"), "at most 20 times"),
        (Choice(repeat="8x0"), "list like 8x5"),
    ],
)
def test_what_cannot_be_chosen_is_a_sentence(choice, sentence):
    with pytest.raises(UserError, match=sentence):
        data.load("digits", "", choice)


def test_no_labels_no_classes():
    with pytest.raises(UserError, match="no labels"):
        data.load("swiss-roll", "", Choice(classes="1"))


def test_a_class_without_samples():
    with pytest.raises(UserError, match="No sample has these classes"):
        choose(Samples(SORTED.x, SORTED.y, 20), Choice(classes="15"))


def test_the_config_mends_and_says_why():
    config, findings = RunConfig.read({"dataset": "digits", "classes": "3,12", "repeat": "nonsense", "size": -5})
    assert (config.classes, config.repeat, config.size) == ("", "", 0)
    assert len(findings) == 3
    assert RunConfig.read({"dataset": "moons", "classes": "1"}) == (
        RunConfig(dataset="moons", classes="1"),
        [],
    )
    assert RunConfig.read({"dataset": "swiss-roll", "classes": "1"})[0].classes == ""


@given(st.text(max_size=20))
@settings(deadline=None, derandomize=True)
def test_any_text_is_a_list_or_a_sentence(text):
    for read in (classes_in, repeats_in):
        with contextlib.suppress(ValueError):
            assert all(0 <= k <= 999 for k in read(text))


def test_samples_that_come_with_others_are_the_same_samples() -> None:
    config = RunConfig(
        game="cycle",
        task="between",
        network="mlp",
        dataset="ring",
        classes="1,2",
        size=50,
        partner="grid",
        partner_classes="3",
    )
    choice = config.choice
    assert choice == Choice("1,2", 50, "", True, "grid", "3")
    assert choice.alone == Choice("1,2", 50) != choice
    assert choice.of_partner == Choice("3", 50)
    found = data.load("ring", choice=choice)
    assert torch.equal(found.x, data.load("ring", choice=choice.alone).x)
    assert found.partner is not None
    assert torch.equal(found.partner.x, data.load("grid", choice=choice.of_partner).x)
    assert data.load("ring", choice=choice) is found, "kept"
    assert RunConfig(dataset="ring", partner="grid").choice == Choice(), "no task that needs others"
