"""Training images by their number, and the latents that make a picture."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import torch

from playground.latent.inversion import Inversion
from playground.latent.questions import Example, Examples, Exhibit, Find, Found
from playground.training.model import Model, pixels, unpixels
from playground.utils.errors import UserError
from playground.utils.translation import _

EVERY = 8  # pieces between two previews
MEAN_OF = 2000  # training images whose mean is shown
USUAL = {"normal": 1.0, "uniform": 3**-0.5}  # |z| / sqrt(z_dim)


def example(model: Model, question: Example) -> Generator[tuple[int, int], None, Exhibit]:
    """One training image."""
    count = len(model.samples.x)
    yield 0, 1
    index = torch.tensor([min(max(question.index, 0), count - 1)])
    label = -1 if model.samples.y is None else int(model.samples.y[index])
    return Exhibit(pixels(model.real(index.to(model.device)))[0], label, count)


def examples(model: Model, question: Examples) -> Generator[tuple[int, int], None, np.ndarray]:
    """Some training images."""
    count = len(model.samples.x)
    yield 0, 1
    index = torch.linspace(0, count - 1, min(max(question.count, 1), count)).long()
    return pixels(model.real(index.to(model.device)))


def find(model: Model, question: Find) -> Generator[tuple[int, int] | tuple[int, int, Any], None, Found]:
    """Inversion of one picture."""
    x = target(model, question.picture)
    mask = _mask(model, question.mask)
    if question.label is not None and not 0 <= question.label < model.classes:
        raise UserError(_("There is no such class in this run."))
    mean = None if mask is None else _mean(model)
    search = Inversion(model, x, mask, question.label)
    for piece, (done, total) in enumerate(search.pieces(), 1):
        if piece % EVERY == 0 and search.begun:
            yield done, total, _found(model, search, mean)
        else:
            yield done, total
    return _found(model, search, mean)


def target(model: Model, picture: np.ndarray) -> torch.Tensor:
    """A picture (h, w, c) uint8 as (1, c, h, w) in [-1, 1]. Raises UserError if the run makes other ones."""
    shape = model.samples.shape
    if picture.dtype != np.uint8 or picture.shape != (*shape[1:], shape[0]):
        raise UserError(_("This picture does not fit this run. Choose it again."))
    return unpixels(picture[None])


def _mask(model: Model, mask: np.ndarray | None) -> torch.Tensor | None:
    if mask is None:
        return None
    if mask.shape != model.samples.shape[1:]:
        raise UserError(_("This picture does not fit this run. Choose it again."))
    if not mask.any():
        raise UserError(_("Everything is hidden. Leave something of the picture."))
    return torch.from_numpy(np.ascontiguousarray(mask, bool))


def _mean(model: Model) -> np.ndarray:
    """The mean (h, w, c) uint8 of the training data."""
    x = model.samples.x
    some = x[torch.linspace(0, len(x) - 1, min(len(x), MEAN_OF)).long()]
    return some.float().mean(0).round().byte().permute(1, 2, 0).numpy()


@torch.no_grad()
def _found(model: Model, search: Inversion, mean: np.ndarray | None) -> Found:
    found = search.result()
    z, y = found.z[0], None if found.y is None else found.y[0]
    usual = USUAL[model.config.z_distribution]
    return Found(
        z.cpu().numpy(),
        None if y is None else y.cpu().numpy(),
        pixels(model.G(z, y)),
        found.error[0].cpu().numpy() / 4,  # from [-1, 1] to [0, 1]
        z.square().mean(1).sqrt().cpu().numpy() / usual,
        mean,
    )


ANSWERS = {Example: example, Examples: examples, Find: find}
