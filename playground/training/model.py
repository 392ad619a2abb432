"""A generator and its discriminator as they are at one step, to look at: nothing done through it changes a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch

from playground.config.run_config import RunConfig
from playground.data import Samples, modality
from playground.models.blocks import Generator
from playground.training.trainer import Trainer
from playground.utils.errors import UserError
from playground.utils.translation import _


@dataclass(frozen=True)
class Model:
    """The averaged or the `raw` G of a trainer, and its D."""

    trainer: Trainer
    raw: bool = False

    @property
    def G(self) -> Generator:
        name = self.trainer.averaged[0]
        return cast(Generator, self.trainer.nets[name] if self.raw else self.trainer.averages[name])

    @property
    def config(self) -> RunConfig:
        return self.trainer.config

    @property
    def samples(self) -> Samples:
        """The data that the run learns from."""
        return self.trainer.samples

    @property
    def classes(self) -> int:
        """Of a conditional run, else 0."""
        return self.trainer.classes

    @property
    def device(self) -> torch.device:
        return self.trainer.device

    @property
    def step(self) -> int:
        return self.trainer.step_count

    def frozen(self) -> Model:
        """This model as it is now, for work that takes longer than a step; G can be differentiated by z."""
        return Model(self.trainer.frozen(), self.raw)

    def latents(self, z: np.ndarray, y: np.ndarray | None) -> tuple[torch.Tensor, torch.Tensor | None]:
        """z (n, z_dim) and labels y (n,), or weights of the classes (n, classes), on the device.

        Where a conditional run is given no y, all are of the first class. Raises UserError for what does not fit.
        """
        if not self.trainer.from_latents:
            raise UserError(_("The G of this run translates samples: it has no latent space."))
        z = np.ascontiguousarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.config.z_dim or not len(z) or not np.isfinite(z).all():
            raise UserError(
                _("These latents do not fit this run: it wants {n} numbers each.").format(n=self.config.z_dim)
            )
        y = self._labels(y, len(z))
        return torch.from_numpy(z).to(self.device), None if y is None else torch.from_numpy(y).to(self.device)

    def _labels(self, y: np.ndarray | None, n: int) -> np.ndarray | None:
        if not self.classes:
            return None
        y = np.zeros(n, np.int64) if y is None else np.asarray(y)
        if np.issubdtype(y.dtype, np.floating):
            fits = y.shape == (n, self.classes) and bool(np.isfinite(y).all())
            y = np.ascontiguousarray(y, np.float32)
        else:
            fits = y.shape == (n,) and y.min() >= 0 and y.max() < self.classes
            y = np.ascontiguousarray(y, np.int64)
        if not fits:
            raise UserError(_("These labels do not fit this run."))
        return y

    def sample(self, z: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        """G(z, y) in eval mode without gradients: (n, *shape) in the range of G."""
        return self.trainer.sample(z, y, self.raw)

    def logits(self, x: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        """D's logits (n,) of samples in the range of G."""
        return self.trainer.logits(x, y)

    def real(self, index: torch.Tensor) -> torch.Tensor:
        """Training samples by their number (n,), in the range of G."""
        return self.trainer.normalise(self.trainer.x[index])


def defined(x: torch.Tensor) -> torch.Tensor:
    """What G gave, as it is. Raises UserError where a number of it is infinite or undefined."""
    if not bool(x.isfinite().all()):
        raise UserError(_("What G makes is not a number. Rewind to a moment at which it was."))
    return x


def pixels(x: torch.Tensor) -> np.ndarray:
    """What G gave, (n, *shape), as a View shows it: images (n, h, w, c) uint8 or points (n, 2) float32."""
    return modality.of(tuple(x.shape[1:])).shown(x)


def unpixels(images: np.ndarray) -> torch.Tensor:
    """The way back: images (n, h, w, c) uint8 to (n, c, h, w) in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
