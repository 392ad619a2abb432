"""Unpaired translation (Zhu et al., CycleGAN, 2017): from A to B and back, without pairs.

G_AB and G_BA each have a critic of their output. What went there and back should be the input again:
E ||G_BA(G_AB(a)) - a||_1 + E ||G_AB(G_BA(b)) - b||_1. That makes the map invertible; it does not make it right.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from playground import models
from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.data.held_out import halves
from playground.data.tasks import TASKS
from playground.models import Size, build_translator
from playground.training.games import translation_phases
from playground.training.games.translation import Translation, counted, distance
from playground.training.networks import evaluating
from playground.training.sample_range import check_range
from playground.training.trainer import Labels
from playground.utils.random_streams import RandomStreams

LABEL = "CycleGAN"
WHY = "Two G turn samples of A into B and back without pairs, each with a critic; there and back should change nothing."
TRANSLATES = True


class Pool:
    """Past samples, from which half of a batch is taken (Shrivastava et al., 2017)."""

    def __init__(self, size: int, shape: tuple[int, ...], device: torch.device) -> None:
        self.kept = torch.zeros(size, *shape, device=device)
        self.count = 0

    def mixed(self, x: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
        """New samples (n, *shape), each in one of two cases replaced by a past one, whose place it takes.

        While the pool fills, new samples go in and come out as they are. At most as many as it holds are replaced.
        """
        size, n = len(self.kept), len(x)
        x = x.detach()
        if not size:
            return x
        if self.count < size:
            room = min(n, size - self.count)
            self.kept[self.count : self.count + room] = x[:room]
            self.count += room
            return x
        place = draws.uniform(size).argsort()[:n]  # none of them twice: no sample is lost
        new, rest = x[: len(place)], x[len(place) :]
        swap = (draws.uniform(len(place)) < 0.5).view(-1, *[1] * (x.dim() - 1))
        old = self.kept[place]
        self.kept[place] = torch.where(swap, new, old)
        return torch.cat([torch.where(swap, old, new), rest])


class Cycle(Translation):
    """Two of each."""

    averaged = ("G_AB", "G_BA")
    phases = translation_phases.CYCLE
    critic = "D_B"
    critics = ("D_A", "D_B")
    columns = (
        "d_a_loss", "d_b_loss", "g_ab_loss", "g_ba_loss", "d_real", "d_fake", "penalty", "cycle", "identity",
    )  # fmt: skip

    @classmethod
    def size(cls, config: RunConfig, samples: Samples) -> Size:
        """What all four networks and a step of theirs hold. Raises UserError."""
        a, b = TASKS[config.task].shapes(samples.shape)
        there = models.translator_size(config, a, b, both=False)
        back = models.translator_size(config, b, a, both=False)
        return Size(there.weights + back.weights, 3 * (there.activations + back.activations))

    def build(self, init: torch.Generator) -> Mapping[str, nn.Module]:
        self.choose(TASKS[self.config.task].shapes(self.samples.shape))
        self.one_to_one = self.given == self.made  # else G does not take what it makes
        if self.x_b is None and self.index is not None:  # of one set no sample is in both domains: there are no pairs
            self.index, self.index_b = (places.to(self.device) for places in halves(self.index.cpu()))
        G_AB, D_B = build_translator(self.config, self.given, self.made, both=False, generator=init)
        G_BA, D_A = build_translator(self.config, self.made, self.given, both=False, generator=init)
        check_range(G_BA, self.normalise, self.samples)
        check_range(G_AB, self.normalise, self.samples.partner or self.samples)
        return {"G_AB": G_AB, "G_BA": G_BA, "D_A": D_A, "D_B": D_B}

    def prepare(self) -> None:
        super().prepare()
        size = self.config.sample_pool
        self.pools = {"D_A": Pool(size, self.given, self.device), "D_B": Pool(size, self.made, self.device)}

    def domains(self, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        """`n` samples of A (n, *given) and `n` others of B (n, *made), drawn with replacement; held-out ones never."""
        of_b = self.x if self.x_b is None else self.x_b
        x, y = self.x[self.places(n)], of_b[self.index_b[self.draws.index(len(self.index_b), n)]]
        return self.a(x), self.b(y)

    def play(self) -> tuple[torch.Tensor, ...]:
        """`d_steps` updates of both D, then `g_steps` updates of both G.

        Gives the losses of D_A, D_B, G_AB and G_BA without penalty, cycle and identity, the mean logits of D_B, the
        penalty, the cycle error and the identity error.
        """
        c, n = self.config, self.nets
        g_steps = c.g_steps if self.step_count >= c.d_head_start else 0
        penalty = self.draws.zeros()
        for i in range(max(1, c.d_steps)):
            a, b = self.domains(c.batch_size)
            with torch.set_grad_enabled(i >= c.d_steps - 1 and g_steps > 0):
                fake_b, fake_a = n["G_AB"](a), n["G_BA"](b)
            if c.d_steps:
                d_a, of_a = self.update_d("D_A", a, self.pools["D_A"].mixed(fake_a, self.draws))
                d_b, of_b = self.update_d("D_B", b, self.pools["D_B"].mixed(fake_b, self.draws))
                penalty = of_a + of_b
            else:
                d_a = self.watch_d("D_A", a, fake_a.detach())
                d_b = self.watch_d("D_B", b, fake_b.detach())
        for i in range(g_steps):
            if i:
                a, b = self.domains(c.batch_size)
                fake_b, fake_a = n["G_AB"](a), n["G_BA"](b)
            g_ab, g_ba, cycle, identity = self.update_g(a, b, fake_a, fake_b)
        if not g_steps:
            with torch.no_grad():
                g_ab, g_ba = self.fooling("D_B", fake_b, b), self.fooling("D_A", fake_a, a)
                cycle, identity = self.there_and_back(a, b, fake_a, fake_b), self.identity(a, b)
        d, f = self.scores
        return d_a, d_b, g_ab, g_ba, d.mean(), f.mean(), penalty, cycle, identity

    def there_and_back(
        self, a: torch.Tensor, b: torch.Tensor, fake_a: torch.Tensor, fake_b: torch.Tensor
    ) -> torch.Tensor:
        """The cycle error of both ways: means of |.| over pixels."""
        back_a, back_b = self.nets["G_BA"](fake_b), self.nets["G_AB"](fake_a)
        return distance("l1", back_a, a) + distance("l1", back_b, b)

    def identity(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """How much G changes what is in its target domain already; 0 where it has no weight or no meaning."""
        if not (self.config.identity_weight > 0 and self.one_to_one):
            return self.draws.zeros()
        return distance("l1", self.nets["G_AB"](b), b) + distance("l1", self.nets["G_BA"](a), a)

    def update_g(
        self, a: torch.Tensor, b: torch.Tensor, fake_a: torch.Tensor, fake_b: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """One update of both G on what they made, with its graph; gives the losses without weights."""
        live = self.live
        g_ab, g_ba = self.fooling("D_B", fake_b, b), self.fooling("D_A", fake_a, a)
        cycle, identity = self.there_and_back(a, b, fake_a, fake_b), self.identity(a, b)
        loss = live.adversarial_weight * (g_ab + g_ba) + live.cycle_weight * cycle
        if self.config.identity_weight > 0:
            loss = loss + live.identity_weight * identity
        self.update(("G_AB", "G_BA"), loss)
        return g_ab.detach(), g_ba.detach(), cycle.detach(), identity.detach()

    # Looking on

    @property
    def told(self) -> Labels:
        return None

    def real(self, i: torch.Tensor) -> tuple[torch.Tensor, Labels]:
        """Samples of B by their places in the first set of data, or as many of the second."""
        if self.x_b is not None:
            return self.b(self.x_b[i % len(self.x_b)], self.looking()), None
        return self.b(self.x[i], self.looking()), None

    def held_out_b_inputs(self) -> torch.Tensor:
        """Inputs of the way back, (n, *made), made of held-out samples of B."""
        x = self.x[self.held_out] if self.x_b is None else self.x_b[self.held_out_b]
        return self.on_show(self.task.b, x[-self.shown :])

    def back(self, x: torch.Tensor, raw: bool = False) -> torch.Tensor:
        """G_BA of outputs."""
        return self.sample_back(x, raw)

    @torch.no_grad()
    def sample_back(self, b: torch.Tensor, raw: bool = False) -> torch.Tensor:
        """G_BA(b) in eval mode, from the averaged or the raw weights."""
        G: nn.Module = self.nets["G_BA"] if raw else self.averages["G_BA"]
        with evaluating(G):
            out: torch.Tensor = G(b.to(self.device))
        return out

    def example(self, name: str) -> tuple[torch.Tensor, Labels]:
        """Two inputs of a network."""
        shape = self.given if name in ("G_AB", "D_A") else self.made
        return torch.zeros(2, *shape, device=self.device), None

    def extras(self) -> dict[str, Any]:
        """The updates of both D so far, and the pools of past samples."""
        pools = {name: {"kept": pool.kept, "count": pool.count} for name, pool in self.pools.items()}
        return {"d_updates": dict(self.d_updates), "pools": pools}

    def load_extras(self, state: Mapping[str, Any]) -> None:
        """The inverse of `extras`. May raise anything."""
        for name, pool in self.pools.items():
            self.d_updates[name] = counted(state["d_updates"][name])
            found, count = state["pools"][name], int(state["pools"][name]["count"])
            like = (found["kept"].shape, found["kept"].dtype) == (pool.kept.shape, pool.kept.dtype)
            if not like or not 0 <= count <= len(pool.kept) or not bool(found["kept"].isfinite().all()):
                raise ValueError("pool")
            pool.kept.copy_(found["kept"])
            pool.count = count


GAME = Cycle
