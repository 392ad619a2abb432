"""One GAN, one step at a time, on one device. No thread, no file, no UI.

Rules: no transfer from the device inside a step; live scalars sit in device tensors that the step reads; all
randomness comes from the run's own generators; sampling changes nothing.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn

from playground.config import RunConfig
from playground.data import Samples
from playground.errors import UserError
from playground.i18n import _
from playground.networks import build
from playground.networks.blocks import Dropout
from playground.objectives import OBJECTIVES
from playground.regularizers import gradient_penalty, input_gradient, zero_centred
from playground.statistics import Statistics

FIXED_POINTS, FIXED_IMAGES = 2500, 100  # the size of the fixed z
EMA_WARMUP = 0.1  # the half-life never exceeds this share of the steps made
LIVE_SCALARS = ("d_lr", "g_lr", "r1", "r2", "gp", "dropout")


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
        self.images = len(samples.shape) == 3
        init = torch.Generator().manual_seed(config.seed)  # on the CPU: the same start on every device
        seed = int(torch.randint(2**62, (), generator=init))
        self.rng = torch.Generator(self.device).manual_seed(seed)
        self.G, self.D = (net.to(self.device) for net in build(config, samples.shape, samples.classes, init))
        self._g_parameters, self._d_parameters = list(self.G.parameters()), list(self.D.parameters())
        self.G_ema = copy.deepcopy(self.G).eval().requires_grad_(False)
        self._average_of, self._averaged = _floats(self.G), _floats(self.G_ema)
        self.x = samples.x.to(self.device)
        self.classes = samples.classes if config.conditional else 0
        self.y = samples.y.to(self.device) if self.classes and samples.y is not None else None

        n = FIXED_IMAGES if self.images else FIXED_POINTS
        self.fixed_z = _draw(config.z_distribution, (n, config.z_dim), init).to(self.device)
        self.fixed_y = torch.arange(n, device=self.device) % self.classes if self.classes else None

        convolutions = any(isinstance(layer, nn.Conv2d) for layer in self.D.modules())
        self._two_passes = convolutions and self.device.type == "cpu"  # one batch of both is slower there
        self.step_count = 0
        self._d_updates = 0
        self.statistics = Statistics(self.device)
        self.scores = (torch.zeros(0, device=self.device), torch.zeros(0, device=self.device))
        self._live = {name: torch.zeros((), device=self.device) for name in LIVE_SCALARS}
        self._ema_weight = torch.ones((), device=self.device)
        self._dropouts = [m for m in self.D.modules() if isinstance(m, Dropout)]
        for layer in self._dropouts:
            layer.rate, layer.generator = self._live["dropout"], self.rng
        self.config = config
        self._opt_g = self._adam(self.G, "g_lr")
        self._opt_d = self._adam(self.D, "d_lr")
        self.tune(config)

    def _adam(self, net: nn.Module, lr: str) -> torch.optim.Adam:
        betas = (self.config.beta1, self.config.beta2)
        return torch.optim.Adam(net.parameters(), lr=self._live[lr], betas=betas, fused=True)

    def tune(self, config: RunConfig) -> None:
        """Take over the live knobs of `config`; they act on the next step."""
        if config.objective != self.config.objective:  # the scale of D's scores changes
            self._opt_d = self._adam(self.D, "d_lr")
        self.config = config
        self.objective = OBJECTIVES[config.objective]
        for name, tensor in self._live.items():
            tensor.fill_(getattr(config, name))
        for optimiser in (self._opt_g, self._opt_d):
            optimiser.param_groups[0]["betas"] = (config.beta1, config.beta2)
        for layer in self._dropouts:
            layer.on = config.dropout > 0

    # One step

    def step(self) -> None:
        """`d_steps` updates of D, then `g_steps` updates of G, then the average of G's weights."""
        c = self.config
        fake, y = None, None
        for i in range(c.d_steps):
            d_loss, penalty, fake, y = self._update_d(keep_graph=i == c.d_steps - 1 and c.g_steps > 0)
        if not c.d_steps:
            d_loss, penalty = self._look()
        g_loss = self.objective.g_loss(*self.scores) if not c.g_steps else None
        for i in range(c.g_steps):
            if i or fake is None:
                fake, y = self._generate(c.batch_size, self._labels(c.batch_size))
            g_loss = self._update_g(fake, y)
        self._average()
        self.step_count += 1
        assert g_loss is not None
        d, f = self.scores
        self.statistics.add(d_loss, g_loss, d.mean(), f.mean(), penalty)

    def _update_d(self, keep_graph: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """One update of D; also gives the generated batch, with its graph if G's update is to use it."""
        c, live = self.config, self._live
        real, y = self._real(c.batch_size)
        with torch.set_grad_enabled(keep_graph):
            fake, _labels = self._generate(len(real), y)
        d, f, penalty = self._logits(real, fake.detach(), y)
        loss = self.objective.d_loss(d, f)
        if self.objective.needs_penalty and c.gp > 0:
            gp = gradient_penalty(lambda xhat: self.D(xhat, y), real, fake.detach(), self.rng)
            penalty = penalty + live["gp"] * gp
        self._opt_d.zero_grad()
        torch.autograd.backward(loss + penalty, inputs=self._d_parameters)
        self._opt_d.step()
        self._d_updates += 1
        self.scores = (d.detach(), f.detach())
        return loss.detach(), penalty.detach(), fake, y

    def _logits(
        self, real: torch.Tensor, fake: torch.Tensor, y: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """D(x), D(G(z)) and the weighted zero-centred penalties that are due in this update."""
        c, live = self.config, self._live
        due = self._d_updates % c.penalty_every == 0
        r1, r2 = due and c.r1 > 0, due and c.r2 > 0
        if self._two_passes:
            d, f = self.D(real.requires_grad_(r1), y), self.D(fake.requires_grad_(r2), y)
            g_real = input_gradient(d, real) if r1 else None
            g_fake = input_gradient(f, fake) if r2 else None
        else:
            x = torch.cat([real, fake])
            logits = self.D(x.requires_grad_(r1 or r2), None if y is None else torch.cat([y, y]))
            d, f = logits.chunk(2)
            g_real, g_fake = input_gradient(logits, x).chunk(2) if r1 or r2 else (None, None)
        penalty = torch.zeros((), device=self.device)
        if r1 and g_real is not None:
            penalty = penalty + c.penalty_every * live["r1"] * zero_centred(g_real)
        if r2 and g_fake is not None:
            penalty = penalty + c.penalty_every * live["r2"] * zero_centred(g_fake)
        return d, f, penalty

    def _update_g(self, fake: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        """One update of G on `fake` = G(z), which carries its graph; D stays as it is."""
        f = self.D(fake, y)
        d = f
        if self.objective.needs_real:
            with torch.no_grad():
                d = self.D(*self._real(len(fake)))
        loss = self.objective.g_loss(d, f)
        self._opt_g.zero_grad()
        torch.autograd.backward(loss, inputs=self._g_parameters)
        self._opt_g.step()
        return loss.detach()

    @torch.no_grad()
    def _look(self) -> tuple[torch.Tensor, torch.Tensor]:
        """D's loss without an update, for a step in which D is frozen."""
        real, y = self._real(self.config.batch_size)
        fake, _labels = self._generate(len(real), y)
        self.scores = (self.D(real, y), self.D(fake, y))
        loss = self.objective.d_loss(*self.scores)
        return loss, torch.zeros_like(loss)

    @torch.no_grad()
    def _average(self) -> None:
        """theta_ema <- theta_ema + w (theta - theta_ema), batch-norm statistics included."""
        half_life = min(self.config.ema_half_life, EMA_WARMUP * self.step_count)
        self._ema_weight.fill_(1 - 0.5 ** (1 / half_life) if half_life > 0 else 1.0)
        torch._foreach_lerp_(self._averaged, self._average_of, [self._ema_weight] * len(self._averaged))

    # Batches

    def _real(self, n: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        """`n` real samples, drawn with replacement, in [-1, 1] if they are images; and their labels."""
        i = torch.randint(len(self.x), (n,), device=self.device, generator=self.rng)
        return self.normalise(self.x[i]), None if self.y is None else self.y[i]

    def normalise(self, x: torch.Tensor) -> torch.Tensor:
        """uint8 images to float32 in [-1, 1], the range of G's tanh; points are left as they are."""
        return x.float().div_(127.5).sub_(1) if self.images else x

    def _labels(self, n: int) -> torch.Tensor | None:
        if self.y is None:
            return None
        return self.y[torch.randint(len(self.y), (n,), device=self.device, generator=self.rng)]

    def _generate(self, n: int, y: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor | None]:
        z = _draw(self.config.z_distribution, (n, self.config.z_dim), self.rng)
        return self.G(z, y), y

    # Looking on: nothing below changes the run

    @torch.no_grad()
    def sample(self, z: torch.Tensor, y: torch.Tensor | None, raw: bool = False) -> torch.Tensor:
        """G(z, y) in eval mode, on the device, from the averaged or the raw weights."""
        G = self.G if raw else self.G_ema
        G.eval()
        try:
            out: torch.Tensor = G(z.to(self.device), None if y is None else y.to(self.device))
        finally:
            self.G.train()
        return out

    @torch.no_grad()
    def plane(self, x: torch.Tensor) -> torch.Tensor:
        """D's logit at points (n, 2), averaged over the classes if there are any; (n,) on the device."""
        self.D.eval()
        x = x.to(self.device)
        labels = [torch.full((len(x),), k, device=self.device) for k in range(self.classes)]
        logits = [self.D(x, y) for y in labels] or [self.D(x)]
        self.D.train()
        return torch.stack(logits).mean(0)

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
            "rng": self.rng.get_state(),
            "statistics": self.statistics.state(),
            "scores": list(self.scores),
            "fixed_z": self.fixed_z,
            "fixed_y": self.fixed_y,
        }

    def load_state(self, state: dict[str, Any]) -> bool:
        """Continue from `state`, which a trainer with the same structural knobs gave. Raises UserError.

        Gives whether it was on the same kind of device; if not, the run goes on with newly seeded random numbers.
        """
        try:
            for name in ("G", "D", "G_ema"):
                getattr(self, name).load_state_dict(state[name])
            _load_optimiser(self._opt_g, state["opt_g"])
            _load_optimiser(self._opt_d, state["opt_d"])
            same_device = bool(state["device"] == self.device.type)
            if same_device:
                self.rng.set_state(state["rng"])
            else:
                self.rng.manual_seed(self.config.seed + int(state["step"]))
            self.statistics.load_state(state["statistics"])
            d, f = state["scores"]
            self.scores = (d.to(self.device), f.to(self.device))
            self.fixed_z = _like(self.fixed_z, state["fixed_z"])
            if self.fixed_y is not None:
                self.fixed_y = _like(self.fixed_y, state["fixed_y"])
                if not 0 <= int(self.fixed_y.min()) <= int(self.fixed_y.max()) < self.classes:
                    raise ValueError("labels")
            self.step_count, self._d_updates = int(state["step"]), int(state["d_updates"])
        except (KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, RuntimeError) as error:
            raise UserError(_("The checkpoint does not fit its own config: it is damaged.")) from error
        return same_device


def _floats(net: nn.Module) -> list[torch.Tensor]:
    """Parameters and floating-point buffers, in a fixed order."""
    return [t.detach() for t in (*net.parameters(), *net.buffers()) if t.is_floating_point()]


def _draw(distribution: str, shape: tuple[int, int], generator: torch.Generator) -> torch.Tensor:
    """z of `shape` from N(0, 1) or U(-1, 1), on the generator's device."""
    if distribution == "uniform":
        return torch.rand(shape, device=generator.device, generator=generator).mul_(2).sub_(1)
    return torch.randn(shape, device=generator.device, generator=generator)


def _like(present: torch.Tensor, loaded: torch.Tensor) -> torch.Tensor:
    """`loaded` on the device of `present`. Raises ValueError if it has another shape or dtype."""
    if loaded.shape != present.shape or loaded.dtype != present.dtype:
        raise ValueError("shape")
    return loaded.to(present.device)


def _load_optimiser(optimiser: torch.optim.Adam, state: dict[int, dict[str, torch.Tensor]]) -> None:
    """Adam's moments. Raises ValueError where their shapes are not those of the parameters."""
    groups = optimiser.state_dict()["param_groups"]
    for i, p in enumerate(optimiser.param_groups[0]["params"]):
        if i in state:
            for name, tensor in (("exp_avg", p), ("exp_avg_sq", p), ("step", torch.zeros(()))):
                _like(tensor, state[i][name])
    lr = optimiser.param_groups[0]["lr"]
    optimiser.load_state_dict({"state": state, "param_groups": groups})
    optimiser.param_groups[0]["lr"] = lr  # the live tensor, not its copy
