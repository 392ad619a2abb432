"""What the games of translation share: the task, the held-out samples, and one update of a critic."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import nn

from playground.config.run_config import RunConfig
from playground.data import held_out
from playground.data.tasks import TASKS, Pictures
from playground.losses.objectives import OBJECTIVES
from playground.losses.regularizers import (
    PENALTIES,
    Judged,
    Penalty,
    annealed,
    clip_,
    input_gradient,
    label_smoothing,
)
from playground.models.blocks import Dropout, Unnoticed
from playground.training.networks import evaluating
from playground.training.trainer import Kind, Labels, Trainer
from playground.utils.random_streams import RandomStreams

SHOWN = 24  # held-out samples whose translations a page shows
LOOKING = 7  # the seed of the random numbers with which held-out samples are made
PLANES = 8  # inputs over which the critic's plane is averaged, where it sees inputs
_NORMS = nn.BatchNorm1d | nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm


def distance(kind: str, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """E (x - y)^2 or E |x - y|, a mean over samples and pixels; x and y (n, ...) in the same range."""
    return (x - y).square().mean() if kind == "l2" else (x - y).abs().mean()


def counted(value: Any) -> int:
    """A number of updates in a saved state. Raises ValueError for one that cannot be."""
    n = int(value)
    if not 0 <= n < 2**53:
        raise ValueError("updates")
    return n


class Translation(Trainer):
    """A game whose G is given samples in place of z.

    `fixed_z` holds the inputs of the samples on show, (n, *given), which are held out: no step sees the samples that
    they are made of.
    """

    knobs: ClassVar[tuple[str, ...]] = (
        "d_lr", "g_lr", "r1", "r2", "gp", "dragan", "label_smoothing", "noise", "dropout", "task_amount",
        "reconstruction_weight", "adversarial_weight", "cycle_weight", "identity_weight",
    )  # fmt: skip
    from_latents: ClassVar[bool] = False
    critics: ClassVar[tuple[str, ...]] = ("D",)

    def choose(self, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
        """Note the task and set samples aside; to be called first in `build`."""
        self.task = TASKS[self.config.task]
        self.given, self.made = shapes
        self.x_b = None if self.samples.partner is None else self.samples.partner.x.to(self.device)
        partner, of_b = self.samples.partner, None
        if partner is None:
            of_a = held_out.split(self.samples)
        elif self.config.choice.partner in ("", self.config.dataset):
            of_a, of_b = held_out.apart(self.samples, partner)
        else:
            of_a, of_b = held_out.split(self.samples), held_out.split(partner)
        self.held_out, self.index = (places.to(self.device) for places in of_a)
        if of_b is not None:
            self.held_out_b, self.index_b = (places.to(self.device) for places in of_b)

    def prepare(self) -> None:
        self.objective = OBJECTIVES[self.config.objective]
        self.d_updates = dict.fromkeys(self.critics, 0)
        self._clipped = {
            name: [p for m in self.nets[name].modules() if not isinstance(m, _NORMS) for p in m.parameters(False)]
            for name in self.critics
        }
        self._unnoticed = {name: Unnoticed(self.nets[name]) for name in self.critics}
        self.dropouts = [m for name in self.critics for m in self.nets[name].modules() if isinstance(m, Dropout)]
        for layer in self.dropouts:
            layer.rate, layer.generator = self.live.dropout, self.draws.generators[0]
        self.apart = self.config.d_norm == "batch" or self.device.type == "cpu"

    def tune(self, config: RunConfig) -> None:
        """Take over the live knobs of `config`; they act on the next step, and on the inputs on show."""
        harder = config.task_amount != self.config.task_amount
        super().tune(config)
        if harder:
            self.fixed_z = self.fixed_inputs(self.draws)
        self.objective = OBJECTIVES[config.objective]
        for layer in self.dropouts:
            layer.on = config.dropout > 0

    def forgets(self, name: str, old: RunConfig) -> bool:
        """Also D's after another objective, which changes the scale of D's scores."""
        return super().forgets(name, old) or (name in self.critics and self.config.objective != old.objective)

    def anneal(self) -> None:
        """Learning rates and noise that change with the steps."""
        super().anneal()
        c = self.config
        if c.noise and c.noise_steps:
            self.live.noise.fill_(annealed(c.noise, self.step_count, c.noise_steps))

    # Samples

    def amount(self) -> torch.Tensor:
        """The strength of the task, () on the device."""
        amount: torch.Tensor = self.live.task_amount
        return amount

    def a(self, x: torch.Tensor, draws: RandomStreams | None = None) -> torch.Tensor:
        """G's input made of stored samples x (n, *shape)."""
        return self.task.a(self.normalise(x), self.amount(), draws or self.draws)

    def b(self, x: torch.Tensor, draws: RandomStreams | None = None) -> torch.Tensor:
        """What its output should look like, made of stored samples x (n, *shape)."""
        return self.task.b(self.normalise(x), self.amount(), draws or self.draws)

    def looking(self) -> RandomStreams:
        """Random numbers for looking on, always the same; they take none from the run."""
        return RandomStreams(torch.Generator(self.device).manual_seed(LOOKING))

    def on_show(self, pictures: Pictures, x: torch.Tensor) -> torch.Tensor:
        """What the task makes of stored samples x (n, *shape), on every device the same; it takes nothing from the run.

        Pictures `a` and `b` of the same samples are made with the same random numbers.
        """
        draws = RandomStreams(torch.Generator().manual_seed(LOOKING))
        return pictures(self.normalise(x).cpu(), torch.tensor(self.config.task_amount), draws).to(self.device)

    def fixed_inputs(self, draws: RandomStreams) -> torch.Tensor:
        """Inputs (n, *given) made of the first held-out samples."""
        return self.on_show(self.task.a, self.x[self.held_out[: self.shown]])

    @property
    def shown(self) -> int:
        """How many translations a page shows: of points as many as it draws."""
        return self.modality.drawn if len(self.samples.shape) == 1 else SHOWN

    # The critics

    def noisy(self, x: torch.Tensor, kind: Kind) -> torch.Tensor:
        """Samples of a `kind` as D sees them."""
        if self.config.noise > 0:
            x = x + self.live.noise * self.draws.normal(len(x), *x.shape[1:])
        return x

    def due_penalties(self, name: str) -> list[Penalty]:
        """The penalties of the next update of a critic."""
        c = self.config
        lazy_ones = self.d_updates[name] % c.penalty_every == 0
        return [term for term in PENALTIES if getattr(c, term.key) > 0 and (lazy_ones or not term.lazy)]

    def update_d(
        self, name: str, real: torch.Tensor, fake: torch.Tensor, a: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """One update of a critic; gives its loss without penalty, and the penalty.

        The losses are means over all patches. A penalty takes D's mean over the patches of a sample: D's slope, and
        with it the strength of R1, does not depend on how many patches there are.
        """
        c, live, D = self.config, self.live, self.nets[name]
        due = self.due_penalties(name)
        slope_at = {term.slope_at for term in due}
        real = self.noisy(real, "real").detach().requires_grad_("real" in slope_at)
        fake = self.noisy(fake, "generated").detach().requires_grad_("fake" in slope_at)
        if self.apart:
            d, f = D(real, a), D(fake, a)
        else:
            d, f = D(torch.cat([real, fake]), None if a is None else torch.cat([a, a])).chunk(2)
        loss = adversarial = self.objective.d_loss(d.flatten(), f.flatten())
        if c.label_smoothing > 0:
            loss = loss + live.label_smoothing * label_smoothing(d.flatten())
        judged = Judged(
            lambda x: D(x, a).mean(1), real, fake,
            input_gradient(d.mean(1), real) if "real" in slope_at else None,
            input_gradient(f.mean(1), fake) if "fake" in slope_at else None,
            self.draws,
        )  # fmt: skip
        penalty = self.draws.zeros()
        for term in due:
            weight, every = getattr(live, term.key), c.penalty_every if term.lazy else 1
            penalty = penalty + every * weight * term.value(judged)
        self.update(name, loss + penalty)
        if c.clip > 0:
            with torch.no_grad():
                clip_(self._clipped[name], c.clip)
        self.d_updates[name] += 1
        self.scores = (d.detach().mean(1), f.detach().mean(1))
        return adversarial.detach(), penalty.detach()

    @torch.no_grad()
    def watch_d(self, name: str, real: torch.Tensor, fake: torch.Tensor, a: torch.Tensor | None = None) -> torch.Tensor:
        """The loss of a critic without an update, for a step in which D is frozen: it stays as it is to the bit."""
        D = self.nets[name]
        with self._unnoticed[name](spectral=True):
            d, f = D(self.noisy(real, "real"), a), D(self.noisy(fake, "generated"), a)
        self.scores = (d.mean(1), f.mean(1))
        return self.objective.d_loss(d.flatten(), f.flatten())

    def fooling(self, name: str, fake: torch.Tensor, real: torch.Tensor, a: torch.Tensor | None = None) -> torch.Tensor:
        """G's adversarial loss at `fake`, which carries its graph; the critic's weights stay as they are.

        So do its running statistics, which are those of the batches that it learns from.
        """
        D = self.nets[name]
        with self._unnoticed[name](spectral=not self.config.d_steps):
            f = d = D(self.noisy(fake, "generated"), a)
            if self.objective.needs_real:
                with torch.no_grad():
                    d = D(self.noisy(real, "real"), a)
        return self.objective.g_loss(d.flatten(), f.flatten())

    # Looking on: nothing below changes the run

    def judge_alone(self, x: torch.Tensor, y: Labels, kind: Kind | None) -> torch.Tensor:
        """The critic's mean logit over the patches of each sample (n,); `y` are the inputs where D sees them too."""
        return self.patch_logits(x, y).mean(1)

    def patch_logits(self, x: torch.Tensor, a: torch.Tensor | None) -> torch.Tensor:
        """The critic's logits of samples x (n, *made) made of `a`, in eval mode; (n, patches)."""
        D = self.nets[self.critic]
        with evaluating(D):
            logits: torch.Tensor = D(x, a)
        return logits

    def patch_rows(self, count: int) -> int:
        """How many rows the `count` patches of a picture are."""
        height, width = self.made[1:]
        rows: int = round((count * height / width) ** 0.5)
        return rows

    def seen(self, a: torch.Tensor) -> torch.Tensor:
        """G's inputs (n, *given) without the channel that says what is hidden."""
        return a[:, :-1] if self.task.masked else a

    def truth(self) -> torch.Tensor | None:
        """What the outputs on show should be (n, *made), in the range of G; None where nobody knows."""
        return None

    def back(self, x: torch.Tensor, raw: bool = False) -> torch.Tensor | None:
        """The inputs again, made of outputs x (n, *made); None where there is no way back."""
        return None

    def example(self, name: str) -> tuple[torch.Tensor, Labels]:
        """Two inputs of a network."""
        return self.fixed_z[:2], None
