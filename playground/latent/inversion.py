"""Which latents make given pictures: gradient descent on z (Creswell & Bharath, Inverting the Generator, 2018).

    min over z of  mean over the pixels that count of (G(z) - x)^2  +  PRIOR (|z|^2 / z_dim - 1)^2

for a normal z, whose norm is close to sqrt(z_dim), codes left out; a uniform z is held in its box instead. There are
many local minima, so several starts go down side by side, and the best one counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from playground.training.latents import draw_z
from playground.training.model import Model, defined
from playground.utils.random_streams import RandomStreams

STEPS, RATE = 200, 0.2
RESTARTS = 16  # starts for each picture
DRAWN = 512  # random latents, the best of which become the starts
PRIOR, PRIOR_MASKED = 1e-3, 1e-2  # where pixels are hidden, being near the shell is all that is known of them
PIECE = 24_576  # numbers of pictures that G makes in one piece of the work


@dataclass(frozen=True, eq=False)
class Inverted:
    """Of m pictures, each with r starts, the best first: `z` (m, r, z_dim), `y` (m, r) int64 or None.

    `error` (m, r) is the mean squared error of the pixels that count, in [-1, 1].
    """

    z: torch.Tensor
    y: torch.Tensor | None
    error: torch.Tensor


class Inversion:
    """The search for the latents of pictures `x` (m, c, h, w) in [-1, 1]. The same arguments give the same latents.

    `mask` (h, w) is 1 where a pixel counts, else 0. `label` is the class to make them of; without one, a conditional
    model tries every class. `model` must be frozen.
    """

    def __init__(
        self,
        model: Model,
        x: torch.Tensor,
        mask: torch.Tensor | None = None,
        label: int | None = None,
        restarts: int = RESTARTS,
        steps: int = STEPS,
        seed: int = 0,
    ) -> None:
        self.model, self.restarts, self.steps = model, restarts, steps
        self.x = x.to(model.device).flatten(1)
        self.prior = PRIOR if mask is None else PRIOR_MASKED
        weight = torch.ones(x.shape[1:]) if mask is None else mask.float().expand(x.shape[1:])
        self.weight = (weight / weight.sum().clamp(min=1)).flatten().to(model.device)
        self.coded = model.config.codes.size
        self.uniform = model.config.z_distribution == "uniform"
        self._draw(label, seed)
        self._rows = max(1, PIECE // self.x.shape[1])
        self._take(torch.arange(restarts).repeat(len(x)))

    def _draw(self, label: int | None, seed: int) -> None:
        g = torch.Generator().manual_seed(seed)
        self._drawn = draw_z(self.model.config, DRAWN, RandomStreams(g)).to(self.model.device)
        self._classes: torch.Tensor | None = None
        if k := self.model.classes:
            y = torch.arange(DRAWN) % k if label is None else torch.full((DRAWN,), label)
            self._classes = y.to(self.model.device)

    def pieces(self) -> Iterator[tuple[int, int]]:
        """Do the work; after each piece, how much of it is done."""
        before = -(-DRAWN // self._rows)
        parts = -(-len(self.x) * self.restarts // self._rows)
        total = before + self.steps * parts
        distance = []
        for k in range(before):
            part = slice(k * self._rows, (k + 1) * self._rows)
            distance.append(self._distance(part))
            yield k + 1, total
        self._begin(torch.cat(distance, 1))
        x = self.x.repeat_interleave(self.restarts, 0)
        optimiser = torch.optim.Adam([self.z], RATE)
        for step in range(self.steps):
            optimiser.param_groups[0]["lr"] = RATE * (1 + math.cos(math.pi * step / self.steps)) / 2
            for k in range(parts):
                self._descend(x, slice(k * self._rows, (k + 1) * self._rows))
                if k == parts - 1:
                    optimiser.step()
                    if self.uniform:
                        self.z.clamp_(-1, 1)
                yield before + step * parts + k + 1, total

    @torch.no_grad()
    def _distance(self, part: slice) -> torch.Tensor:
        """The error of each picture against some of the latents drawn: (m, n)."""
        y = None if self._classes is None else self._classes[part]
        made = self.model.G(self._drawn[part], y).flatten(1)
        cross = (self.x * self.weight) @ made.T
        distance: torch.Tensor = (
            (self.x.square() @ self.weight)[:, None] + (made.square() @ self.weight)[None] - 2 * cross
        )
        return distance

    def _begin(self, distance: torch.Tensor) -> None:
        """Start from the latents drawn that are nearest; of every class one, as far as there are starts."""
        rank = distance.clone()
        for k in range(self.model.classes):
            assert self._classes is not None
            among = (self._classes == k).nonzero()[:, 0]
            if len(among):
                rank[torch.arange(len(rank)), among[distance[:, among].argmin(1)]] -= 1e6
        first = rank.topk(self.restarts, largest=False).indices
        self._take(first.flatten())
        self.error = defined(distance.gather(1, first).flatten())

    def _take(self, which: torch.Tensor) -> None:
        """Go on from these of the latents drawn, (m r,)."""
        self.z = self._drawn[which]
        self.z.grad = torch.zeros_like(self.z)
        self.y = None if self._classes is None else self._classes[which]
        self.error = torch.full_like(self.z[:, 0], math.inf)

    def _descend(self, x: torch.Tensor, part: slice) -> None:
        """The gradient of some of the rows, whose pictures are `x` (m r, numbers)."""
        z = self.z[part].clone().requires_grad_()
        with torch.enable_grad():
            made = self.model.G(z, None if self.y is None else self.y[part]).flatten(1)
            error = (made - x[part]).square() @ self.weight
            loss = error.sum()
            if not self.uniform:
                loss = loss + self.prior * (z[:, self.coded :].square().mean(1) - 1).square().sum()
            [gradient] = torch.autograd.grad(loss, [z])
        assert self.z.grad is not None
        self.z.grad[part] = gradient
        self.error[part] = error.detach()

    @property
    def begun(self) -> bool:
        """Whether there are starts, and errors of them."""
        return bool(self.error.isfinite().all())

    def result(self) -> Inverted:
        """How far it is."""
        error, order = self.error.view(-1, self.restarts).sort(1)
        z = self.z.detach().view(*error.shape, -1)
        z = z.gather(1, order[..., None].expand_as(z))
        y = None if self.y is None else self.y.view(*error.shape).gather(1, order)
        return Inverted(z, y, error)
