"""Which latents make given pictures."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.latent.inversion import Inversion, Inverted
from playground.training.model import Model

STEPS = 500  # of the digits: some seconds
PIXEL = 4  # times the squared error of pixels in [0, 1] is that of pixels in [-1, 1]


def _model(steps: int, preset: str = "digits", **changes: Any) -> Model:
    run = Run("r", PRESETS[preset].config.changed(**changes))
    run.advance(steps)
    run.read()
    return run.models.of("ema").frozen()


@pytest.fixture(scope="module")
def digits() -> Model:
    return _model(STEPS)


def _found(*arguments: Any, **options: Any) -> Inverted:
    search = Inversion(*arguments, **options)
    done = [done for done, _total in search.pieces()]
    assert done == list(range(1, len(done) + 1))
    return search.result()


def _best(model: Model, found: Inverted) -> torch.Tensor:
    with torch.no_grad():
        made: torch.Tensor = model.G(found.z[:, 0], None if found.y is None else found.y[:, 0])
    return made


def test_a_generated_picture_is_found_again(digits: Model) -> None:
    z, y = torch.randn(8, 64, generator=torch.Generator().manual_seed(1)), torch.arange(8)
    x = digits.sample(z, y)
    found = _found(digits, x)
    assert float(found.error[:, 0].max()) < 1e-3  # in [-1, 1]: four times as strict as in [0, 1]
    assert found.y is not None
    assert (found.y[:, 0] == y).float().mean() >= 0.75  # nobody said which classes they are
    torch.testing.assert_close(
        (_best(digits, found) - x).square().mean((1, 2, 3)), found.error[:, 0], rtol=0.3, atol=1e-4
    )
    assert (found.error.diff(dim=1) >= 0).all()
    norm = found.z[:, 0].square().mean(1).sqrt()
    assert ((norm > 0.7) & (norm < 1.3)).all()  # it stays near the shell


def test_a_hidden_quarter_is_restored_better_than_by_the_mean_image(digits: Model) -> None:
    x = digits.real(torch.arange(0, 1600, 100))
    mean = digits.real(torch.arange(len(digits.samples.x))).mean(0)
    restored, guessed = [], []
    for k, part in enumerate(x.split(4)):
        mask = torch.ones(8, 8)
        mask[k // 2 * 4 : k // 2 * 4 + 4, k % 2 * 4 : k % 2 * 4 + 4] = 0
        made = _best(digits, _found(digits, part, mask))
        restored.append((made - part)[..., mask == 0].square().mean())
        guessed.append((mean - part)[..., mask == 0].square().mean())
    assert float(torch.stack(restored).mean()) < 0.9 * float(torch.stack(guessed).mean())


def test_what_the_mask_hides_has_no_say(digits: Model) -> None:
    x = digits.real(torch.arange(2))
    mask = torch.ones(8, 8)
    mask[:, 4:] = 0
    other = x.clone()
    other[..., 4:] = -other[..., 4:]
    first, second = (_found(digits, picture, mask, steps=20) for picture in (x, other))
    assert torch.equal(first.z, second.z)
    assert torch.equal(first.error, second.error)


def test_the_same_question_has_the_same_answer_to_the_bit(digits: Model) -> None:
    x = digits.real(torch.arange(2))
    torch.manual_seed(1)
    first = _found(digits, x, steps=5)
    torch.manual_seed(2)
    again = _found(digits, x, steps=5)
    assert torch.equal(first.z, again.z)
    assert not torch.equal(first.z, _found(digits, x, steps=5, seed=1).z)


def test_a_class_that_is_given_is_kept(digits: Model) -> None:
    found = _found(digits, digits.real(torch.arange(2)), label=7, steps=2)
    assert found.y is not None
    assert (found.y == 7).all()
    tried = _found(digits, digits.real(torch.arange(2)), steps=0).y
    assert tried is not None
    assert [len(row.unique()) for row in tried] == [10, 10]


def test_a_uniform_z_stays_in_its_box_and_is_found() -> None:
    model = _model(60, "digits-unlabelled", z_distribution="uniform")
    z = torch.rand(3, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    found = _found(model, model.sample(z, None))
    assert found.y is None
    assert float(found.z.abs().max()) <= 1
    assert float(found.error[:, 0].max()) < 1e-3


def test_the_work_comes_in_pieces_that_lead_to_the_same_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.latent.inversion.DRAWN", 16)
    model = _model(1, "shapes")
    x = model.real(torch.arange(2))
    whole = _found(model, x, restarts=3, steps=3)
    assert whole.z.shape == (2, 3, 64)
    monkeypatch.setattr("playground.latent.inversion.PIECE", 2 * x[0].numel())
    search = Inversion(model, x, restarts=3, steps=3)
    assert len(list(search.pieces())) > 3 * 3
    torch.testing.assert_close(search.result().error, whole.error, rtol=1e-3, atol=1e-5)
