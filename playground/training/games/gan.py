"""The game of Goodfellow et al. (2014): D learns to tell real samples from those of G, G learns to fool D.

Objective, regularizers, augmentation, unrolled D, classes: all of it is here, one update after the other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, cast

import torch
from torch import nn
from torch.func import functional_call

from playground.config.run_config import RunConfig
from playground.losses.augmentation import adapt_, augment
from playground.losses.objectives import OBJECTIVES
from playground.losses.regularizers import (
    PENALTIES,
    Judged,
    Penalty,
    annealed,
    clip_,
    code_loss,
    input_gradient,
    label_smoothing,
    pack,
)
from playground.models import build
from playground.models.blocks import Discriminator, Dropout, Generator, Unnoticed
from playground.training import fixed_company, optimizers
from playground.training.games import gan_phases
from playground.training.latents import Code, draw_code, draw_z
from playground.training.networks import evaluating
from playground.training.sample_range import check_range
from playground.training.statistics import COLUMNS
from playground.training.trainer import Kind, Labels, Trainer
from playground.utils.random_streams import RandomStreams

COMPANY = 5  # the seed of the samples with which a sample on show is judged
_NORMS = nn.BatchNorm1d | nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm

LABEL = "GAN"
WHY = "One G and one D: the game of Goodfellow et al. (2014), with every objective and regularizer."


class GAN(Trainer):
    """One G and one D."""

    columns = COLUMNS
    phases = gan_phases.PHASES
    knobs: ClassVar[tuple[str, ...]] = (
        "d_lr", "g_lr", "r1", "r2", "gp", "dragan", "label_smoothing", "noise", "dropout", "info_weight",
    )  # fmt: skip

    @property
    def G(self) -> Generator:
        return cast(Generator, self.nets["G"])

    @property
    def D(self) -> Discriminator:
        return cast(Discriminator, self.nets["D"])

    @property
    def G_ema(self) -> Generator:
        """The average of G."""
        return cast(Generator, self.averages["G"])

    def build(self, init: torch.Generator) -> Mapping[str, nn.Module]:
        G, D = build(self.config, self.samples.shape, self.samples.classes, init)
        check_range(G, self.normalise, self.samples)
        return {"G": G, "D": D}

    def prepare(self) -> None:
        self.d_updates = 0
        self.augment_p = torch.full((), self.config.augment_p, device=self.device)
        self.two_passes = self._needs_two_passes()
        layers = [m for m in self.D.modules() if not isinstance(m, _NORMS) and m is not self.D.Q]
        self._clipped = [p for layer in layers for p in layer.parameters(recurse=False)]
        self._unnoticed = Unnoticed(self.D)
        self.dropouts = [m for m in self.D.modules() if isinstance(m, Dropout)]
        for layer in self.dropouts:
            layer.rate, layer.generator = self.live.dropout, self.draws.generators[0]

    def _needs_two_passes(self) -> bool:
        """Whether D must see, or sooner sees, real and generated samples apart.

        Batch statistics and minibatch standard deviation must not mix the two; and convolutions are slower on a CPU
        over one batch of both.
        """
        convolutions = any(isinstance(layer, nn.Conv2d) for layer in self.D.modules())
        mixes = self.config.d_norm == "batch" or self.config.minibatch_std
        return mixes or (convolutions and self.device.type == "cpu")

    def tune(self, config: RunConfig) -> None:
        """Take over the live knobs of `config`; they act on the next step."""
        old = self.config
        super().tune(config)
        self.objective = OBJECTIVES[config.objective]
        if config.augment_p != old.augment_p or not config.ada_target:
            self.augment_p.fill_(config.augment_p)
        for layer in self.dropouts:
            layer.on = config.dropout > 0

    def forgets(self, name: str, old: RunConfig) -> bool:
        """Also D's after another objective, which changes the scale of D's scores."""
        return super().forgets(name, old) or (name == "D" and self.config.objective != old.objective)

    # One step

    def play(self) -> tuple[torch.Tensor, ...]:
        """`d_steps` updates of D, then `g_steps` updates of G.

        Gives both losses without penalty, the mean logits of real and of generated samples, and the penalty.
        """
        c = self.config
        g_steps = c.g_steps if self.step_count >= c.d_head_start else 0
        fake, y, code = None, None, None
        for i in range(c.d_steps):
            d_loss, penalty, fake, y, code = self.update_d(keep_graph=i == c.d_steps - 1 and g_steps > 0)
        if not c.d_steps:
            d_loss, penalty = self.watch_d()
        for i in range(g_steps):
            g_loss = self.update_g(None if i else fake, y, code)
        if not g_steps:
            g_loss = self.watch_g()
        means = (self.draws.per_replica(lambda logits: logits.mean(-1), scores) for scores in self.scores)
        return d_loss, g_loss, *means, penalty

    def anneal(self) -> None:
        """Learning rates and noise that change with the steps."""
        super().anneal()
        c = self.config
        if c.noise and c.noise_steps:
            self.live.noise.fill_(annealed(c.noise, self.step_count, c.noise_steps))

    def update_d(self, keep_graph: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, Labels, Code]:
        """One update of D; also gives the generated batch, with its graph if G's update is to use it, and its codes."""
        c, live = self.config, self.live
        x, y = self.batch(c.batch_size)
        code = draw_code(c, c.batch_size, self.draws)
        with torch.set_grad_enabled(keep_graph):
            fake = self.generate(c.batch_size, y, code)
        real, generated = self.preprocess(x, "real"), self.preprocess(fake.detach(), "generated")
        due = self.due_penalties()
        d, f, heads_loss, judged = self.judge(real, generated, y, {term.slope_at for term in due}, code)
        adversarial = self.draws.per_replica(self.objective.d_loss, d, f)
        loss = adversarial if heads_loss is None else adversarial + heads_loss
        if c.label_smoothing > 0:
            loss = loss + live.label_smoothing * self.draws.per_replica(label_smoothing, d)
        penalty = self.draws.zeros()
        for term in due:
            weight, every = getattr(live, term.key), c.penalty_every if term.lazy else 1
            penalty = penalty + every * weight * term.value(judged)
        self.update("D", loss + penalty)
        if c.clip > 0:
            with torch.no_grad():
                clip_(self._clipped, c.clip)
        self.d_updates += 1
        self.scores = (d.detach(), f.detach())
        if c.augment != "none" and c.ada_target > 0:
            adapt_(self.augment_p, self.scores[0], c.ada_target, c.batch_size)
        return adversarial.detach(), penalty.detach(), fake, y, code

    def due_penalties(self) -> list[Penalty]:
        """The penalties of the next update of D."""
        c = self.config
        lazy_ones = self.d_updates % c.penalty_every == 0
        return [term for term in PENALTIES if getattr(c, term.key) > 0 and (lazy_ones or not term.lazy)]

    def judge(
        self, real: torch.Tensor, fake: torch.Tensor, y: Labels, slope_at: Collection[str] = (), code: Code = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, Judged]:
        """D(x), D(G(z)), the loss of the auxiliary classifier and of Q if there are such, and what penalties look at.

        The classifier learns from both kinds of samples, as in Odena et al. (2017); Q from those whose `code` is known.
        """
        r1, r2 = "real" in slope_at, "fake" in slope_at
        if self.two_passes:
            d, guess_real, _ = self.D.heads(real.requires_grad_(r1), y)
            f, guess_fake, found = self.D.heads(fake.requires_grad_(r2), y)
            g_real = input_gradient(d, real) if r1 else None
            g_fake = input_gradient(f, fake) if r2 else None
        else:
            x = self._join(real, fake).requires_grad_(r1 or r2)
            logits, guess, found = self.D.heads(x, None if y is None else self._join(y, y))
            d, f = self._split(logits)
            guess_real, guess_fake = (None, None) if guess is None else guess.chunk(2)
            found = None if found is None else found.chunk(2)[1]
            g_real, g_fake = self._split(input_gradient(logits, x)) if r1 or r2 else (None, None)
        heads_loss: torch.Tensor | None = None
        if guess_real is not None and guess_fake is not None:
            heads_loss = self._class_loss(guess_real, y) + self._class_loss(guess_fake, y)
        if found is not None and code is not None:
            about = self._code_loss(found, code)
            heads_loss = about if heads_loss is None else heads_loss + about
        return d, f, heads_loss, Judged(lambda xhat: self.D(xhat, y), real, fake, g_real, g_fake, self.draws)

    def update_g(self, fake: torch.Tensor | None = None, y: Labels = None, code: Code = None) -> torch.Tensor:
        """One update of G on `fake` = G(z), which carries its graph, or on a new batch; D's weights stay as they are.

        So do its running statistics, which are those of the batches that D learns from. Its spectral norms go on by a
        power iteration, as in every forward pass that trains, except where G looks ahead or D is frozen: that leaves no
        trace in D.
        """
        c = self.config
        if fake is None:
            y = self.labels(c.batch_size)
            code = draw_code(c, c.batch_size, self.draws)
            fake = self.generate(c.batch_size, y, code)
        generated = self.preprocess(fake, "generated")
        real: torch.Tensor | None = None
        if self.objective.needs_real or c.unroll:
            x, y_real = self.batch(c.batch_size)
            real = self.preprocess(x, "real")
        params: optimizers.Params = {}
        with self._unnoticed(spectral=c.unroll > 0 or not c.d_steps):
            if c.unroll and real is not None:
                params = self.look_ahead(real, generated, y_real, y)
            f, guess, found = self.D.heads(generated, y)
            if params:
                f = self._score(params, generated, y)
            d = f
            if self.objective.needs_real and real is not None:
                with torch.set_grad_enabled(bool(c.unroll)):
                    d = self._score(params, real, y_real)
        g_loss = self.draws.per_replica(self.objective.g_loss, d, f)
        total = g_loss if guess is None else g_loss + self._class_loss(guess, y)
        if found is not None and code is not None:
            total = total + self._code_loss(found, code)
        self.update("G", total)
        return g_loss.detach()

    def look_ahead(self, real: torch.Tensor, fake: torch.Tensor, y_real: Labels, y: Labels) -> optimizers.Params:
        """D's weights after `unroll` more updates on these batches, penalties left out; G's gradient passes through.

        Meanwhile its spectral norms go on as in real updates; the caller puts them back.
        """

        def loss(params: optimizers.Params) -> torch.Tensor:
            if self.two_passes:
                d, f = self._score(params, real, y_real), self._score(params, fake, y)
            else:
                labels = None if y is None or y_real is None else torch.cat([y_real, y])
                d, f = self._split(self._score(params, self._join(real, fake), labels))
            return self.total(self.draws.per_replica(self.objective.d_loss, d, f))

        return optimizers.look_ahead(self.D, self.optimizers["D"], loss, self.config.unroll)

    def _score(self, params: optimizers.Params, x: torch.Tensor, y: Labels) -> torch.Tensor:
        """D's logits, with other weights than its own if any are given."""
        logits: torch.Tensor = functional_call(self.D, params, (x, y)) if params else self.D(x, y)
        return logits

    def _class_loss(self, guess: torch.Tensor, y: Labels) -> torch.Tensor:
        """The cross-entropy of the auxiliary classifier (Odena et al., 2017)."""
        assert y is not None
        return nn.functional.cross_entropy(guess, y)

    def _code_loss(self, found: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
        """What Q does not know of the codes, times lambda: G and D both lose by it (Chen et al., InfoGAN, 2016)."""
        loss: torch.Tensor = self.live.info_weight * code_loss(found, code, self.config.info_categories)
        return loss

    @torch.no_grad()
    def watch_d(self) -> tuple[torch.Tensor, torch.Tensor]:
        """D's loss without an update, for a step in which D is frozen: it stays as it is to the bit; and no penalty."""
        x, y = self.batch(self.config.batch_size)
        fake = self.generate(self.config.batch_size, y)
        real = self.preprocess(x, "real")
        with self._unnoticed(spectral=True):
            d = self.D(real, y)
            generated = self.preprocess(fake, "generated")
            f = self.D(generated, y)
        self.scores = (d, f)
        loss = self.draws.per_replica(self.objective.d_loss, d, f)
        return loss, torch.zeros_like(loss)

    def watch_g(self) -> torch.Tensor:
        """G's loss on the batch that D judged last, for a step in which G is frozen."""
        d, f = self.scores
        return self.draws.per_replica(self.objective.g_loss, d, f)

    def preprocess(self, x: torch.Tensor, kind: Kind) -> torch.Tensor:
        """Samples of a `kind` as D sees them: augmented, noisy, packed."""
        c = self.config
        if c.augment != "none":
            x = augment(x, c.augment, self.augment_p, self.draws)
        if c.noise > 0:
            x = x + self.live.noise * self.draws.normal(self.draws.batch_per_replica(x), *x.shape[1:])
        if c.pack > 1:
            x = pack(x, c.pack)
        return x

    # What replicas do in another way

    def _join(self, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        return torch.cat([real, fake])

    def _split(self, both: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        real, fake = both.chunk(2)
        return real, fake

    # Looking on: nothing below changes the run

    def judge_alone(self, x: torch.Tensor, y: Labels, kind: Kind | None) -> torch.Tensor:
        """What `logits` gives, with a gradient by `x`.

        Where D judges several samples at once (packs, minibatch standard deviation), each is judged among others that
        are always the same. Of samples of one `kind` each has others of that kind for itself: the logits are
        distributed as in the game. Without a kind all have the same others, real and generated ones, and the logit is
        the mean: it depends on the sample alone. What else is in `x` never matters.
        """
        with evaluating(self.D):
            if not fixed_company.others(self.config):
                return self._score({}, x, y)
            if kind is not None:
                own = self._company(kind, fixed_company.own_sets(self.config, self.modality.company))
                return fixed_company.each_in_its_own(self.D, x, y, own)
            half = fixed_company.SHARED // 2
            kinds: tuple[Kind, Kind] = ("real", "generated")
            return torch.stack([fixed_company.each_in_all(self.D, x, y, self._company(k, half)) for k in kinds]).mean(0)

    @torch.no_grad()
    def _company(self, kind: Kind, sets: int) -> fixed_company.Company:
        """So many sets of other samples of a kind, always of the same places in the data or of the same z."""
        n = sets * fixed_company.others(self.config)
        draws = RandomStreams(torch.Generator(self.device).manual_seed(COMPANY))
        i = self.places(n, draws)
        y = None if self.y is None else self.y[i]
        x = self.normalise(self.x[i]) if kind == "real" else self.sample(draw_z(self.config, n, draws), y, raw=True)
        return fixed_company.company(self.D, x, y, self.config)

    # A moment

    def extras(self) -> dict[str, Any]:
        """D's updates so far, and the strength of the augmentation."""
        return {"d_updates": self.d_updates, "augment_p": self.augment_p}

    def load_extras(self, state: Mapping[str, Any]) -> None:
        """The inverse of `extras`. May raise anything."""
        self.d_updates = int(state["d_updates"])
        self.augment_p.copy_(state["augment_p"])


GAME = GAN
