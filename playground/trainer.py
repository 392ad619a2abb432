"""One GAN, one step at a time, on one device. No thread, no file, no UI.

Rules: no transfer from the device inside a step; live scalars sit in device tensors that the step reads; all
randomness comes from the run's own generators; sampling changes nothing.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from math import inf
from typing import Any

import torch
from torch import nn
from torch.func import functional_call

from playground import optimisers
from playground.augment import adapt_, augment
from playground.config import RunConfig
from playground.data import Samples
from playground.draws import Draws
from playground.errors import UserError
from playground.i18n import _
from playground.networks import build
from playground.networks.blocks import Discriminator, Dropout, Generator, spectral_norms
from playground.objectives import OBJECTIVES
from playground.phases import Recorder
from playground.regularizers import (
    annealed,
    clip_,
    clip_gradients_,
    dragan,
    gradient_penalty,
    input_gradient,
    label_smoothing,
    pack,
    zero_centred,
)
from playground.statistics import Statistics

FIXED_POINTS, FIXED_IMAGES = 2500, 100  # the size of the fixed z
PARTNERS = 8  # packs with real samples that a sample on show is judged in
EMA_WARMUP = 0.1  # the half-life never exceeds this share of the steps made
LIVE_SCALARS = ("d_lr", "g_lr", "r1", "r2", "gp", "dragan", "label_smoothing", "noise", "dropout")
_NORMS = nn.BatchNorm1d | nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm

Labels = torch.Tensor | None


def pick_device(name: str) -> torch.device:
    """The torch device for the knob `device`. Raises UserError for one that is not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(key for key, found in there.items() if found))
    if not there[name]:
        raise UserError(_("There is no device “{name}” on this machine. Choose auto or cpu.").format(name=name))
    return torch.device(name)


class Trainer:
    """G, D, their optimisers and the data of one run. Raises UserError if `config` does not fit `samples`."""

    def __init__(self, config: RunConfig, samples: Samples) -> None:
        self.device = pick_device(config.device)
        torch.backends.cudnn.deterministic = True  # else convolutions on a GPU differ from run to run
        self.config = config
        self.samples = samples
        self.images = len(samples.shape) == 3
        self.classes = samples.classes if config.conditional else 0
        self.x = samples.x.to(self.device)
        self.y = samples.y.to(self.device) if self.classes and samples.y is not None else None
        self.index = None if samples.index is None else samples.index.to(self.device)
        self._start(config, samples)
        _check_range(self.G, self.normalise, samples)
        self._g_parameters, self._d_parameters = list(self.G.parameters()), list(self.D.parameters())
        self._clipped = [p for m in self.D.modules() if not isinstance(m, _NORMS) for p in m.parameters(recurse=False)]
        self.G_ema = copy.deepcopy(self.G).eval().requires_grad_(False)
        self._list_averaged()
        self._two_passes = self._needs_two_passes()
        self.step_count = 0
        self._d_updates = 0
        self.statistics = Statistics(self.draws.zeros())
        self.scores = (torch.zeros(0, device=self.device), torch.zeros(0, device=self.device))
        self._live = {name: torch.zeros((), device=self.device) for name in LIVE_SCALARS}
        self.augment_p = torch.full((), config.augment_p, device=self.device)
        self._ema_weight = torch.ones((), device=self.device)
        self._dropouts = [m for m in self.D.modules() if isinstance(m, Dropout)]
        for layer in self._dropouts:
            layer.rate, layer.generator = self._live["dropout"], self.draws.generators[0]
        self._opt_g = self._optimiser("g")
        self._opt_d = self._optimiser("d")
        self.recorder: Recorder | None = None  # told what a step does, while there is one
        self.tune(config)

    def _start(self, config: RunConfig, samples: Samples) -> None:
        """The networks, the generators of random numbers and the fixed z."""
        self.G, self.D, rng, self.fixed_z = start(config, samples, self.device)
        self.draws = Draws(rng)
        n = len(self.fixed_z)
        self.fixed_y = torch.arange(n, device=self.device) % self.classes if self.classes else None

    def _list_averaged(self) -> None:
        """Note which tensors the average of G follows."""
        self._average_of, self._averaged = _floats(self.G), _floats(self.G_ema)
        self._averaged_norms = spectral_norms(self.G_ema)

    def _needs_two_passes(self) -> bool:
        """Whether D must see, or sooner sees, real and generated samples apart.

        Batch statistics and minibatch standard deviation must not mix the two; and convolutions are slower on a CPU
        over one batch of both.
        """
        convolutions = any(isinstance(layer, nn.Conv2d) for layer in self.D.modules())
        mixes = self.config.d_norm == "batch" or self.config.minibatch_std
        return mixes or (convolutions and self.device.type == "cpu")

    def _optimiser(self, net: str) -> torch.optim.Optimizer:
        kind = getattr(self.config, f"{net}_optimiser")
        parameters = self._g_parameters if net == "g" else self._d_parameters
        return optimisers.build(kind, parameters, self._live[f"{net}_lr"], self.config)

    def tune(self, config: RunConfig) -> None:
        """Take over the live knobs of `config`; they act on the next step."""
        old, self.config = self.config, config
        self.objective = OBJECTIVES[config.objective]
        if config.objective != old.objective or config.d_optimiser != old.d_optimiser:
            self._opt_d = self._optimiser("d")  # another objective changes the scale of D's scores
        if config.g_optimiser != old.g_optimiser:
            self._opt_g = self._optimiser("g")
        for name, tensor in self._live.items():
            tensor.fill_(getattr(config, name))
        if config.augment_p != old.augment_p or not config.ada_target:
            self.augment_p.fill_(config.augment_p)
        for optimiser in (self._opt_g, self._opt_d):
            optimisers.tune(optimiser, config)
        for layer in self._dropouts:
            layer.on = config.dropout > 0

    # One step

    def step(self) -> None:
        """`d_steps` updates of D, then `g_steps` updates of G, then the average of G's weights."""
        c = self.config
        g_steps = c.g_steps if self.step_count >= c.d_head_start else 0
        self._anneal()
        fake, y = None, None
        for i in range(c.d_steps):
            self._turn("D")
            d_loss, penalty, fake, y = self._update_d(keep_graph=i == c.d_steps - 1 and g_steps > 0)
        if not c.d_steps:
            self._turn("D")
            d_loss, penalty = self._look()
        if not g_steps:
            self._turn("G")
            g_loss = self.draws.each(self.objective.g_loss, *self.scores)
            self._note("loss", f=self.scores[1], d=self.scores[0], loss=g_loss)
        for i in range(g_steps):
            self._turn("G")
            if i or fake is None:
                y = self._labels(c.batch_size)
                fake = self._generate(c.batch_size, y)
            g_loss = self._update_g(fake, y)
        self._average()
        self.step_count += 1
        d, f = self.scores
        self.statistics.add(d_loss, g_loss, self.draws.each(_mean, d), self.draws.each(_mean, f), penalty)

    def _anneal(self) -> None:
        """Learning rates and noise that change with the steps."""
        c = self.config
        if c.lr_decay:
            share = min(1.0, annealed(2.0, self.step_count, c.lr_decay))
            self._live["d_lr"].fill_(c.d_lr * share)
            self._live["g_lr"].fill_(c.g_lr * share)
        if c.noise and c.noise_steps:
            self._live["noise"].fill_(annealed(c.noise, self.step_count, c.noise_steps))

    def _update_d(self, keep_graph: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, Labels]:
        """One update of D; also gives the generated batch, with its graph if G's update is to use it."""
        c, live = self.config, self._live
        x, y = self._real(c.batch_size)
        with torch.set_grad_enabled(keep_graph):
            fake = self._generate(c.batch_size, y)
        real, generated = self._seen(x, "real"), self._seen(fake.detach(), "generated")
        d, f, loss, penalty = self._judge(real, generated, y)
        adversarial = self.draws.each(self.objective.d_loss, d, f)
        self._note("loss", d=d, f=f, loss=adversarial)
        loss = adversarial + loss
        if c.label_smoothing > 0:
            loss = loss + live["label_smoothing"] * self.draws.each(label_smoothing, d)
            self._note("smooth", amount=live["label_smoothing"], loss=loss)
        if c.gp > 0:
            gp = gradient_penalty(lambda xhat: self.D(xhat, y), real, generated, self.draws)
            penalty = penalty + live["gp"] * gp
            self._note("gp", 2, weight=live["gp"], penalty=penalty)
        if c.dragan > 0:
            penalty = penalty + live["dragan"] * dragan(lambda xhat: self.D(xhat, y), real, self.draws)
            self._note("dragan", weight=live["dragan"], penalty=penalty)
        self._opt_d.zero_grad()
        self._backward(loss + penalty, self._d_parameters)
        self._note("backward", loss=loss, penalty=penalty, gradient=self.D)
        if c.grad_clip > 0:
            clip_gradients_(self._d_parameters, c.grad_clip)
            self._note("clip_gradients", limit=c.grad_clip, gradient=self.D)
        self._opt_d.step()
        self._note("update", rate=live["d_lr"], change=self.D)
        if c.clip > 0:
            with torch.no_grad():
                clip_(self._clipped, c.clip)
                self._note("clip", limit=c.clip, change=self.D)
        self._d_updates += 1
        self.scores = (d.detach(), f.detach())
        if c.augment != "none" and c.ada_target > 0:
            adapt_(self.augment_p, self.scores[0], c.ada_target, c.batch_size)
            self._note("adapt", p=self.augment_p)
        return adversarial.detach(), penalty.detach(), fake, y

    def _judge(
        self, real: torch.Tensor, fake: torch.Tensor, y: Labels
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """D(x), D(G(z)), the loss of the auxiliary classifier, and the zero-centred penalties due in this update."""
        c, live = self.config, self._live
        due = self._d_updates % c.penalty_every == 0
        r1, r2 = due and c.r1 > 0, due and c.r2 > 0
        if self._two_passes:
            d, guess = self.D.judge(real.requires_grad_(r1), y)
            self._note("judge_real", real=real, y=y, d=d)
            f, _guess = self.D.judge(fake.requires_grad_(r2), y)
            self._note("judge_fake", fake=fake, y=y, f=f)
            g_real = input_gradient(d, real) if r1 else None
            g_fake = input_gradient(f, fake) if r2 else None
        else:
            x = self._join(real, fake).requires_grad_(r1 or r2)
            logits, guess = self.D.judge(x, None if y is None else torch.cat([y, y]))
            d, f = self._split(logits)
            self._note("judge_real", 2, real=real, y=y, d=d)
            self._note("judge_fake", 2, fake=fake, y=y, f=f)
            guess = None if guess is None else guess.chunk(2)[0]
            g_real, g_fake = self._split(input_gradient(logits, x)) if r1 or r2 else (None, None)
        penalty = self.draws.zeros()
        if r1 and g_real is not None:
            penalty = penalty + c.penalty_every * live["r1"] * self.draws.each(zero_centred, g_real)
            self._note("r1", g_real=g_real, weight=live["r1"], every=c.penalty_every, penalty=penalty)
        if r2 and g_fake is not None:
            penalty = penalty + c.penalty_every * live["r2"] * self.draws.each(zero_centred, g_fake)
            self._note("r2", g_fake=g_fake, weight=live["r2"], every=c.penalty_every, penalty=penalty)
        return d, f, self._classification(guess, y), penalty

    def _update_g(self, fake: torch.Tensor, y: Labels) -> torch.Tensor:
        """One update of G on `fake` = G(z), which carries its graph; D stays as it is."""
        c = self.config
        generated = self._seen(fake, "generated")
        real: torch.Tensor | None = None
        if self.objective.needs_real or c.unroll:
            x, y_real = self._real(c.batch_size)
            real = self._seen(x, "real")
        params: optimisers.Params = {}
        if c.unroll and real is not None:
            params = self._look_ahead(real, generated, y_real, y)
            self._note("look_ahead", updates=c.unroll)
        f, guess = self.D.judge(generated, y)
        self._note("judge_fake", generated=generated, y=y, f=f)
        if params:
            f = self._score(params, generated, y)
            self._note("judge_ahead", generated=generated, y=y, f=f)
        d = f
        if self.objective.needs_real and real is not None:
            with torch.set_grad_enabled(bool(c.unroll)):
                d = self._score(params, real, y_real)
                self._note("judge_real", real=real, y=y_real, d=d)
        loss = self.draws.each(self.objective.g_loss, d, f)
        self._note("loss", f=f, d=d, loss=loss)
        self._opt_g.zero_grad()
        self._backward(loss + self._classification(guess, y), self._g_parameters)
        self._note("backward", gradient=self.G)
        if c.grad_clip > 0:
            clip_gradients_(self._g_parameters, c.grad_clip)
            self._note("clip_gradients", limit=c.grad_clip, gradient=self.G)
        self._opt_g.step()
        self._note("update", rate=self._live["g_lr"], change=self.G)
        return loss.detach()

    def _look_ahead(self, real: torch.Tensor, fake: torch.Tensor, y_real: Labels, y: Labels) -> optimisers.Params:
        """D's weights after `unroll` more updates on these batches, penalties left out; G's gradient passes through."""

        def loss(params: optimisers.Params) -> torch.Tensor:
            if self._two_passes:
                d, f = self._score(params, real, y_real), self._score(params, fake, y)
            else:
                labels = None if y is None or y_real is None else torch.cat([y_real, y])
                d, f = self._split(self._score(params, self._join(real, fake), labels))
            return self._total(self.draws.each(self.objective.d_loss, d, f))

        return optimisers.look_ahead(self.D, self._opt_d, loss, self.config.unroll)

    def _score(self, params: optimisers.Params, x: torch.Tensor, y: Labels) -> torch.Tensor:
        """D's logits, with other weights than its own if any are given."""
        logits: torch.Tensor = functional_call(self.D, params, (x, y)) if params else self.D(x, y)
        return logits

    def _classification(self, guess: torch.Tensor | None, y: Labels) -> torch.Tensor:
        """The cross-entropy of the auxiliary classifier, 0 where there is none (Odena et al., 2017)."""
        if guess is None or y is None:
            return torch.zeros((), device=self.device)
        loss = nn.functional.cross_entropy(guess, y)
        self._note("classify", guess=guess, y=y, loss=loss)
        return loss

    @torch.no_grad()
    def _look(self) -> tuple[torch.Tensor, torch.Tensor]:
        """D's loss without an update, for a step in which D is frozen."""
        x, y = self._real(self.config.batch_size)
        fake = self._generate(self.config.batch_size, y)
        real = self._seen(x, "real")
        d = self.D(real, y)
        self._note("judge_real", real=real, y=y, d=d)
        generated = self._seen(fake, "generated")
        f = self.D(generated, y)
        self._note("judge_fake", generated=generated, y=y, f=f)
        self.scores = (d, f)
        loss = self.draws.each(self.objective.d_loss, d, f)
        self._note("loss", d=d, f=f, loss=loss)
        return loss, torch.zeros_like(loss)

    @torch.no_grad()
    def _average(self) -> None:
        """theta_ema <- theta_ema + w (theta - theta_ema), batch-norm statistics included."""
        half_life = min(self.config.ema_half_life, EMA_WARMUP * self.step_count)
        self._ema_weight.fill_(1 - 0.5 ** (1 / half_life) if half_life > 0 else 1.0)
        torch._foreach_lerp_(self._averaged, self._average_of, [self._ema_weight] * len(self._averaged))
        self._note("average", weight=self._ema_weight, half_life=half_life)
        for norm, weight in self._averaged_norms:
            norm.follow(weight)

    # What replicas do in another way

    def _join(self, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        return torch.cat([real, fake])

    def _split(self, both: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        real, fake = both.chunk(2)
        return real, fake

    def _total(self, loss: torch.Tensor) -> torch.Tensor:
        """One scalar whose gradient by a replica's weights is that of the replica's own loss."""
        return loss

    def _backward(self, loss: torch.Tensor, parameters: list[nn.Parameter]) -> None:
        torch.autograd.backward(self._total(loss), inputs=parameters)

    # Batches

    def _real(self, n: int) -> tuple[torch.Tensor, Labels]:
        """`n` real samples, drawn with replacement, in [-1, 1] if they are images; and their labels."""
        i = self._draw(n)
        x, y = self.normalise(self.x[i]), None if self.y is None else self.y[i]
        self._note("draw_x", 2, x=x, y=y)
        return x, y

    def normalise(self, x: torch.Tensor) -> torch.Tensor:
        """uint8 images to float32 in [-1, 1], the range of G's tanh; points are left as they are."""
        return x.float().div_(127.5).sub_(1) if self.images else x

    def _labels(self, n: int) -> Labels:
        return None if self.y is None else self.y[self._draw(n)]

    def _draw(self, n: int) -> torch.Tensor:
        """Places in the data, (n,), drawn with replacement; a repeated sample is drawn so often more."""
        if self.index is None:
            return self.draws.index(len(self.x), n)
        return self.index[self.draws.index(len(self.index), n)]

    def _generate(self, n: int, y: Labels) -> torch.Tensor:
        z = draw_z(self.config, n, self.draws)
        self._note("draw_z", z=z)
        x: torch.Tensor = self.G(z, y)
        self._note("generate", z=z, y=y, x=x)
        return x

    def _seen(self, x: torch.Tensor, name: str = "x") -> torch.Tensor:
        """`x`, in the notes `name`, as D sees it: augmented, noisy, packed."""
        c = self.config
        if c.augment != "none":
            x = augment(x, c.augment, self.augment_p, self.draws)
            self._note("augment", p=self.augment_p, **{name: x})
        if c.noise > 0:
            x = x + self._live["noise"] * self.draws.normal(self.draws.for_each(x), *x.shape[1:])
            self._note("noise", std=self._live["noise"], **{name: x})
        if c.pack > 1:
            x = pack(x, c.pack)
            self._note("pack", samples=c.pack, **{name: x})
        return x

    # Telling

    def _turn(self, net: str) -> None:
        """Tell the recorder, if there is one, that `net` has its turn."""
        if self.recorder is not None:
            self.recorder.turn(net)

    def _note(self, key: str, statements: int = 1, /, **values: Any) -> None:
        """Tell the recorder, if there is one, what the statements before this call made."""
        if self.recorder is not None:
            self.recorder.note(key, sys._getframe(1), statements, values)

    # Looking on: nothing below changes the run

    @torch.no_grad()
    def sample(self, z: torch.Tensor, y: torch.Tensor | None, raw: bool = False) -> torch.Tensor:
        """G(z, y) in eval mode, on the device, from the averaged or the raw weights."""
        G = self.G if raw else self.G_ema
        training = G.training
        G.eval()
        try:
            out: torch.Tensor = G(z.to(self.device), None if y is None else y.to(self.device))
        finally:
            G.train(training)
        return out

    @torch.no_grad()
    def judge(self, x: torch.Tensor, y: Labels) -> torch.Tensor:
        """D's logit, in eval mode, of samples (n, *shape) in the range of G with labels (n,); (n,) on the device.

        Where D judges packs, the average over packs with real samples, which are always the same.
        """
        return self._logits(x, y)

    def uphill(self, x: torch.Tensor, y: Labels) -> torch.Tensor:
        """The gradient of `judge` with respect to each sample: the way in which it looks more real to D; like `x`."""
        x = x.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self._logits(x, y).sum(), x)
        return gradient

    @torch.no_grad()
    def plane(self, x: torch.Tensor) -> torch.Tensor:
        """D's logit at points (n, 2), averaged over classes and over the other points of a pack; (n,) on the device."""
        x = x.to(self.device)
        labels = [torch.full((len(x),), k, device=self.device) for k in range(self.classes)]
        return torch.stack([self._logits(x, y) for y in labels] or [self._logits(x, None)]).mean(0)

    def _logits(self, x: torch.Tensor, y: Labels) -> torch.Tensor:
        training = self.D.training
        self.D.eval()
        try:
            if self.config.pack == 1:
                return self._score({}, x, y)
            packs = [torch.cat([x, partners.expand(len(x), *partners.shape)], 1) for partners in self._partners()]
            return torch.stack([self._score({}, each, None) for each in packs]).mean(0)
        finally:
            self.D.train(training)

    def _partners(self) -> torch.Tensor:
        """Real samples, always the same, that share a pack with the one judged: (PARTNERS, c (pack - 1), ...)."""
        k = PARTNERS * (self.config.pack - 1)
        i = torch.linspace(0, len(self.x) - 1, k, device=self.device).long()
        return self.normalise(self.x[i]).view(PARTNERS, -1, *self.x.shape[2:])

    @torch.no_grad()
    def finite(self) -> bool:
        """Whether all weights are finite: one transfer."""
        parameters = self._g_parameters + self._d_parameters
        return bool(torch.stack([p.sum() for p in parameters]).isfinite().all())

    # A moment

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on, as tensors and primitives. Call it after `statistics.drain`."""
        return {
            "config": self.config.model_dump(),
            "step": self.step_count,
            "d_updates": self._d_updates,
            "G": self.G.state_dict(),
            "D": self.D.state_dict(),
            "G_ema": self.G_ema.state_dict(),
            "opt_g": self._opt_g.state_dict()["state"],
            "opt_d": self._opt_d.state_dict()["state"],
            "device": self.device.type,
            "rng": self.draws.generators[0].get_state(),
            "augment_p": self.augment_p,
            "statistics": self.statistics.state(),
            "scores": list(self.scores),
            "fixed_z": self.fixed_z,
            "fixed_y": self.fixed_y,
        }

    def frozen(self, state: dict[str, Any] | None = None) -> Trainer:
        """A trainer of the same structure to look at, which stays at `state` or at the present. Raises UserError."""
        if state is None:
            twin = copy.copy(self)
            for name in ("G", "D", "G_ema"):
                random = {id(generator): generator for generator in self.draws.generators}  # not copied: never used
                setattr(twin, name, copy.deepcopy(getattr(self, name), random))
        else:
            twin = Trainer(RunConfig(**state["config"]), self.samples)
            twin.load_state(state)
        for net in (twin.G, twin.D, twin.G_ema):
            net.eval().requires_grad_(False)
        return twin

    def load_state(self, state: dict[str, Any]) -> bool:
        """Continue from `state`, which a trainer with the same structural knobs gave. Raises UserError.

        Gives whether it was on the same kind of device; if not, the run goes on with newly seeded random numbers.
        """
        try:
            for name in ("G", "D", "G_ema"):
                getattr(self, name).load_state_dict(state[name])
            optimisers.load(self._opt_g, state["opt_g"])
            optimisers.load(self._opt_d, state["opt_d"])
            self.augment_p.copy_(state["augment_p"])
            [rng] = self.draws.generators
            same_device = bool(state["device"] == self.device.type)
            if same_device:
                rng.set_state(state["rng"])
            else:
                rng.manual_seed(self.config.seed + int(state["step"]))
            self.statistics.load_state(state["statistics"])
            d, f = state["scores"]
            self.scores = (d.to(self.device), f.to(self.device))
            self.fixed_z = _like(self.fixed_z, state["fixed_z"])
            if self.fixed_y is not None:
                self.fixed_y = _like(self.fixed_y, state["fixed_y"])
                if not 0 <= int(self.fixed_y.min()) <= int(self.fixed_y.max()) < self.classes:
                    raise ValueError("labels")
            self.step_count, self._d_updates = int(state["step"]), int(state["d_updates"])
            if not 0 <= self.step_count < 2**53:
                raise ValueError("step")
        except (KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, RuntimeError) as error:
            raise UserError(_("The checkpoint does not fit its own config: it is damaged.")) from error
        return same_device


def _mean(logits: torch.Tensor) -> torch.Tensor:
    """The mean of logits (..., batch)."""
    return logits.mean(-1)


def _floats(net: nn.Module) -> list[torch.Tensor]:
    """Parameters and floating-point buffers, in a fixed order."""
    return [t.detach() for t in (*net.parameters(), *net.buffers()) if t.is_floating_point()]


def draw_z(config: RunConfig, n: int, draws: Draws) -> torch.Tensor:
    """z (n, z_dim) from N(0, 1) or U(-1, 1), on the device of `draws`."""
    if config.z_distribution == "uniform":
        return draws.uniform(n, config.z_dim).mul_(2).sub_(1)
    return draws.normal(n, config.z_dim)


def start(
    config: RunConfig, samples: Samples, device: torch.device
) -> tuple[Generator, Discriminator, torch.Generator, torch.Tensor]:
    """G, D, the run's random numbers and its fixed z, all from the seed and the same on every device."""
    init = torch.Generator().manual_seed(config.seed)
    seed = int(torch.randint(2**62, (), generator=init))
    G, D = build(config, samples.shape, samples.classes, init)
    z = draw_z(config, FIXED_IMAGES if len(samples.shape) == 3 else FIXED_POINTS, Draws(init))
    return G.to(device), D.to(device), torch.Generator(device).manual_seed(seed), z.to(device)


def _check_range(G: Generator, normalise: Callable[[torch.Tensor], torch.Tensor], samples: Samples) -> None:
    """The range of a bounded G is that of the data: all 256 levels of an image, no more. Raises UserError."""
    x = samples.x
    if not len(x) or (len(samples.shape) == 3) != (x.dtype == torch.uint8) or not bool(x.isfinite().all()):
        raise UserError(_("This data cannot be used: images are whole numbers from 0 to 255, points finite numbers."))
    if G.range != (-inf, inf):
        low, high = normalise(torch.tensor([0, 255], dtype=x.dtype)).tolist()
        if G.range != (low, high):
            raise UserError(
                _("G makes values from {0} to {1}, and the data has {2} to {3}.").format(*G.range, low, high)
            )


def _like(present: torch.Tensor, loaded: torch.Tensor) -> torch.Tensor:
    """`loaded` on the device of `present`. Raises ValueError if it has another shape or dtype."""
    if loaded.shape != present.shape or loaded.dtype != present.dtype:
        raise ValueError("shape")
    return loaded.to(present.device)
