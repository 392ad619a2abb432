"""Paired translation (Isola et al., pix2pix, 2017): G turns an input into an output whose truth is known.

D judges input and output together. G's loss is w L_adv + lambda E(G(a) - b)^2, or with |.|: means over pixels, so that
lambda = 1 here is 1 / (channels x height x width) in the form L = L_D + lambda ||X - G||^2 that sums over pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from playground import models
from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.data.tasks import TASKS
from playground.models import Size, build_translator
from playground.training.games import translation_phases
from playground.training.games.translation import PLANES, Translation, counted, distance
from playground.training.sample_range import check_range
from playground.training.trainer import Labels
from playground.utils.random_streams import Repeated

LABEL = "Paired translation"
WHY = "G turns an input into an output whose truth is known (pix2pix); D judges both together."
TRANSLATES = True


class Paired(Translation):
    """One G and one D."""

    phases = translation_phases.PAIRED
    columns = ("d_loss", "g_loss", "d_real", "d_fake", "penalty", "reconstruction")

    @classmethod
    def size(cls, config: RunConfig, samples: Samples) -> Size:
        """What G, D and a step of theirs hold. Raises UserError."""
        return models.translator_size(config, *TASKS[config.task].shapes(samples.shape), both=True)

    def build(self, init: torch.Generator) -> Mapping[str, nn.Module]:
        self.choose(TASKS[self.config.task].shapes(self.samples.shape))
        G, D = build_translator(self.config, self.given, self.made, both=True, generator=init)
        check_range(G, self.normalise, self.samples)
        return {"G": G, "D": D}

    def pairs(self, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        """`n` inputs a (n, *given) and their truths b (n, *made), drawn with replacement; held-out ones never.

        Both are made with the same random numbers.
        """
        x, draws = self.x[self.places(n)], Repeated(self.draws)
        return self.a(x, draws), self.b(x, draws.again())

    def play(self) -> tuple[torch.Tensor, ...]:
        """`d_steps` updates of D, then `g_steps` updates of G.

        Gives both losses without penalty and reconstruction, the mean logits of real and of generated samples, the
        penalty, and the reconstruction.
        """
        c, G = self.config, self.nets["G"]
        g_steps = c.g_steps if self.step_count >= c.d_head_start else 0
        penalty = self.draws.zeros()
        for i in range(max(1, c.d_steps)):
            a, b = self.pairs(c.batch_size)
            with torch.set_grad_enabled(i >= c.d_steps - 1 and g_steps > 0):
                fake = G(a)
            if c.d_steps:
                d_loss, penalty = self.update_d("D", b, fake, a)
            else:
                d_loss = self.watch_d("D", b, fake.detach(), a)
        for i in range(g_steps):
            if i:
                a, b = self.pairs(c.batch_size)
                fake = G(a)
            g_loss, reconstruction = self.update_g(a, b, fake)
        if not g_steps:
            with torch.no_grad():
                g_loss = self.fooling("D", fake, b, a)
                reconstruction = distance(c.reconstruction, fake, b)
        d, f = self.scores
        return d_loss, g_loss, d.mean(), f.mean(), penalty, reconstruction

    def update_g(self, a: torch.Tensor, b: torch.Tensor, fake: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """One update of G on `fake` = G(a), which carries its graph; gives its two losses, without weights."""
        adversarial = self.fooling("D", fake, b, a)
        reconstruction = distance(self.config.reconstruction, fake, b)
        loss = self.live.adversarial_weight * adversarial + self.live.reconstruction_weight * reconstruction
        self.update("G", loss)
        return adversarial.detach(), reconstruction.detach()

    # Looking on

    @property
    def told(self) -> Labels:
        """The inputs of the samples on show."""
        return self.fixed_z

    def truth(self) -> torch.Tensor:
        """What the outputs on show should be."""
        return self.on_show(self.task.b, self.x[self.held_out[: self.shown]])

    def real(self, i: torch.Tensor) -> tuple[torch.Tensor, Labels]:
        """Truths of the samples at places i, and their inputs."""
        return self.b(self.x[i], self.looking()), self.a(self.x[i], self.looking())

    @torch.no_grad()
    def plane(self, x: torch.Tensor) -> torch.Tensor:
        """D's logit at points (n, 2), each taken for the output of some of the inputs on show, averaged over these."""
        x = x.to(self.device)
        return torch.stack([self.logits(x, a.expand(len(x), -1)) for a in self.fixed_z[:PLANES]]).mean(0)

    def example(self, name: str) -> tuple[torch.Tensor, Labels]:
        """Two inputs of G, or of D: the output and what it was made of, side by side."""
        a = self.fixed_z[:2]
        if name == "G":
            return a, None
        return torch.cat([a, torch.zeros(len(a), *self.made, device=self.device)], 1), None

    def extras(self) -> dict[str, Any]:
        """D's updates so far."""
        return {"d_updates": self.d_updates["D"]}

    def load_extras(self, state: Mapping[str, Any]) -> None:
        """The inverse of `extras`. May raise anything."""
        self.d_updates["D"] = counted(state["d_updates"])


GAME = Paired
