"""What every game needs: networks, averages, optimizers, data, random numbers. No thread, no file, no UI.

Rules: no transfer from the device inside a step; live scalars sit in device tensors that the step reads; all
randomness comes from the run's own generators; sampling changes nothing.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, ClassVar, Literal, Self

import torch
from torch import nn

from playground import models
from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.losses.regularizers import annealed, clip_gradients_
from playground.models import Size
from playground.models.blocks import SpectralNorm, spectral_norms
from playground.training import moment, optimizers
from playground.training.device import pick_device
from playground.training.latents import Code, draw_fixed_z, draw_z
from playground.training.networks import evaluating, floats, player
from playground.training.phases import COMMON, Phases
from playground.training.statistics import Statistics
from playground.training.without_compiler import without_compiler
from playground.utils.errors import UserError
from playground.utils.random_streams import RandomStreams
from playground.utils.translation import _

EMA_WARMUP = 0.1  # the half-life never exceeds this share of the steps made

Labels = torch.Tensor | None
Kind = Literal["real", "generated"]


class Trainer(ABC):
    """The networks of one run, by name, and what they learn from. Raises UserError if `config` does not fit `samples`.

    A game names its networks in `build`, makes one step in `play`, and calls `update` for each network that learns. The
    first letter of a network's name tells whose knobs it follows: "G" those of G, "D" those of D.
    """

    from_latents: ClassVar[bool] = True  # whether G is given z, and not samples
    averaged: ClassVar[tuple[str, ...]] = ("G",)  # the networks whose averages make the samples on show
    knobs: ClassVar[tuple[str, ...]] = ("d_lr", "g_lr")  # that the step reads from tensors, in `live`
    critic: ClassVar[str] = "D"  # the network that judges the samples on show
    columns: ClassVar[tuple[str, ...]] = ()  # what the statistics count; losses end in "_loss"
    phases: ClassVar[Phases] = COMMON  # what a page shows of a step, one after the other

    def __init__(self, config: RunConfig, samples: Samples) -> None:
        self.device = pick_device(config.device)
        torch.backends.cudnn.deterministic = True  # else convolutions on a GPU differ from run to run
        self.config = config
        self.samples = samples
        self.modality = samples.modality
        self.classes = samples.classes if config.conditional else 0
        self.x = samples.x.to(self.device)
        self.y = samples.y.to(self.device) if self.classes and samples.y is not None else None
        self.index = None if samples.index is None else samples.index.to(self.device)
        self.nets: dict[str, nn.Module] = {}
        self._start()
        self.parameters = {name: list(net.parameters()) for name, net in self.nets.items()}
        self.averages = {name: copy.deepcopy(self.nets[name]).eval().requires_grad_(False) for name in self.averaged}
        self.list_averaged()
        self.step_count = 0
        self.statistics = Statistics(self.draws.zeros(), self.columns)
        self.live: Any = SimpleNamespace(**{name: torch.zeros((), device=self.device) for name in self.knobs})
        self.scores = (torch.zeros(0, device=self.device), torch.zeros(0, device=self.device))  # of the latest batch
        self._ema_weight = torch.ones((), device=self.device)
        self.optimizers = {name: self.new_optimizer(name) for name in self.nets}
        self.prepare()
        self.tune(config)

    def _start(self) -> None:
        """Networks, generators of random numbers and fixed z, all from the seed and the same on every device."""
        init = torch.Generator().manual_seed(self.config.seed)
        seed = int(torch.randint(2**62, (), generator=init))
        nets = self.build(init)
        fixed_z = self.fixed_inputs(RandomStreams(init))
        self.nets = {name: net.to(self.device) for name, net in nets.items()}
        self.draws = RandomStreams(torch.Generator(self.device).manual_seed(seed))
        self.fixed_z = fixed_z.to(self.device)
        n = len(fixed_z)
        self.fixed_y = torch.arange(n, device=self.device) % self.classes if self.classes else None

    def list_averaged(self) -> None:
        """Note which tensors the averages follow."""
        pairs = [(self.nets[name], average) for name, average in self.averages.items()]
        self._average_of = [tensor for net, _average in pairs for tensor in floats(net)]
        self._averaged = [tensor for _net, average in pairs for tensor in floats(average)]
        self._averaged_norms: list[tuple[SpectralNorm, torch.Tensor]] = [
            found for _net, average in pairs for found in spectral_norms(average)
        ]

    def new_optimizer(self, name: str) -> torch.optim.Optimizer:
        """An optimizer of the network `name` that remembers nothing yet."""
        kind, rate = getattr(self.config, f"{player(name)}_optimiser"), self.rate(name)
        return without_compiler(optimizers.build(kind, self.parameters[name], rate, self.config))

    def rate(self, name: str) -> torch.Tensor:
        """The learning rate of the network `name`, on the device."""
        rate: torch.Tensor = getattr(self.live, f"{player(name)}_lr")
        return rate

    def tune(self, config: RunConfig) -> None:
        """Take over the live knobs of `config`; they act on the next step."""
        old, self.config = self.config, config
        for name in self.nets:
            if self.forgets(name, old):
                self.optimizers[name] = self.new_optimizer(name)
        for knob in self.knobs:
            getattr(self.live, knob).fill_(getattr(config, knob))
        for optimizer in self.optimizers.values():
            optimizers.tune(optimizer, config)

    # What a game fills in

    @abstractmethod
    def build(self, init: torch.Generator) -> Mapping[str, nn.Module]:
        """The networks by name, with weights from `init`. Raises UserError if they do not fit the data."""

    @abstractmethod
    def play(self) -> tuple[torch.Tensor, ...]:
        """One step: the updates of all networks. Gives a value for each of `columns`."""

    @classmethod
    def size(cls, config: RunConfig, samples: Samples) -> Size:
        """What the networks and a step of theirs hold, without making them. Raises UserError."""
        return models.size(config, samples.shape, samples.classes)

    def fixed_inputs(self, draws: RandomStreams) -> torch.Tensor:
        """What G is given for the samples on show, drawn once: latents (n, z_dim)."""
        return draw_fixed_z(self.config, self.modality.fixed, draws)

    def prepare(self) -> None:  # noqa: B027 a game need not have it
        """What the game keeps beside networks and optimizers, before the first `tune`."""

    def forgets(self, name: str, old: RunConfig) -> bool:
        """Whether the optimizer of the network `name` starts anew where the knobs were those of `old`."""
        kind = f"{player(name)}_optimiser"
        return bool(getattr(self.config, kind) != getattr(old, kind))

    def extras(self) -> dict[str, Any]:
        """What of the game's own the next step depends on, as tensors and primitives."""
        return {}

    def load_extras(self, state: Mapping[str, Any]) -> None:  # noqa: B027 a game need not have it
        """The inverse of `extras`. May raise anything."""

    # One step

    def step(self) -> None:
        """The updates of all networks, as the game has them, then the averages of their weights."""
        self.anneal()
        values = self.play()
        self.average()
        self.step_count += 1
        self.statistics.add(*values)

    def anneal(self) -> None:
        """Learning rates that change with the steps."""
        c = self.config
        if c.lr_decay:
            share = min(1.0, annealed(2.0, self.step_count, c.lr_decay))
            self.live.d_lr.fill_(c.d_lr * share)
            self.live.g_lr.fill_(c.g_lr * share)

    def update(self, names: str | tuple[str, ...], loss: torch.Tensor) -> None:
        """One update of these networks down the gradient of `loss`; no other one gets a gradient."""
        names = (names,) if isinstance(names, str) else names
        for name in names:
            self.optimizers[name].zero_grad()
        inputs = self.parameters[names[0]] if len(names) == 1 else [p for name in names for p in self.parameters[name]]
        torch.autograd.backward(self.total(loss), inputs=inputs)
        for name in names:
            if self.config.grad_clip > 0:
                clip_gradients_(self.parameters[name], self.config.grad_clip)
            self.optimizers[name].step()

    @torch.no_grad()
    def average(self) -> None:
        """theta_ema <- theta_ema + w (theta - theta_ema), batch-norm statistics included."""
        half_life = min(self.config.ema_half_life, EMA_WARMUP * self.step_count)
        self._ema_weight.fill_(1 - 0.5 ** (1 / half_life) if half_life > 0 else 1.0)
        torch._foreach_lerp_(self._averaged, self._average_of, [self._ema_weight] * len(self._averaged))
        for norm, weight in self._averaged_norms:
            norm.follow(weight)

    def total(self, loss: torch.Tensor) -> torch.Tensor:
        """One scalar whose gradient by a replica's weights is that of the replica's own loss."""
        return loss

    # Batches

    def batch(self, n: int) -> tuple[torch.Tensor, Labels]:
        """`n` real samples, drawn with replacement, as the networks see them; and their labels."""
        i = self.places(n)
        x, y = self.normalise(self.x[i]), None if self.y is None else self.y[i]
        return x, y

    def labels(self, n: int) -> Labels:
        """The labels of `n` real samples, drawn with replacement; None where G is not told a class."""
        return None if self.y is None else self.y[self.places(n)]

    def generate(self, n: int, y: Labels, code: Code = None) -> torch.Tensor:
        """G(z, y) for `n` new z, which begin with `code` (n, codes) where one is given."""
        z = draw_z(self.config, n, self.draws, code)
        x: torch.Tensor = self.nets["G"](z, y)
        return x

    def real(self, i: torch.Tensor) -> tuple[torch.Tensor, Labels]:
        """Real samples by their places (n,), as the critic sees them, and what it is told of them."""
        return self.normalise(self.x[i]), None if self.y is None else self.y[i]

    @property
    def told(self) -> Labels:
        """What the critic is told of the samples on show: their labels, or None."""
        return self.fixed_y

    def places(self, n: int, draws: RandomStreams | None = None) -> torch.Tensor:
        """Places in the data, (n,), drawn with replacement; a repeated sample is more likely."""
        draws = draws or self.draws
        if self.index is None:
            return draws.index(len(self.x), n)
        return self.index[draws.index(len(self.index), n)]

    def normalise(self, x: torch.Tensor) -> torch.Tensor:
        """Samples as they are stored to what the networks see: images to [-1, 1], the range of G's tanh."""
        return self.modality.normalise(x)

    # Looking on: nothing below changes the run

    @torch.no_grad()
    def sample(self, z: torch.Tensor, y: torch.Tensor | None, raw: bool = False) -> torch.Tensor:
        """G(z, y) in eval mode, on the device, from the averaged or the raw weights."""
        name = self.averaged[0]
        G = self.nets[name] if raw else self.averages[name]
        with evaluating(G):
            out: torch.Tensor = G(z.to(self.device), None if y is None else y.to(self.device))
        return out

    @torch.no_grad()
    def logits(self, x: torch.Tensor, y: Labels, kind: Kind | None = None) -> torch.Tensor:
        """The critic's logit, in eval mode, of samples (n, *shape) in the range of G with labels (n,); (n,).

        Where the critic judges a sample among others, `kind` says of which kind these are.
        """
        return self.judge_alone(x, y, kind)

    def input_gradient(self, x: torch.Tensor, y: Labels, kind: Kind | None = None) -> torch.Tensor:
        """The gradient of `logits` with respect to each sample: the way in which it looks more real; like `x`."""
        x = x.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.judge_alone(x, y, kind).sum(), x)
        return gradient

    @torch.no_grad()
    def plane(self, x: torch.Tensor) -> torch.Tensor:
        """The critic's logit, as `logits` gives it, at points (n, 2), averaged over classes; (n,) on the device."""
        x = x.to(self.device)
        labels = [torch.full((len(x),), k, device=self.device) for k in range(self.classes)]
        found = [self.judge_alone(x, y, None) for y in labels] or [self.judge_alone(x, None, None)]
        return torch.stack(found).mean(0)

    def judge_alone(self, x: torch.Tensor, y: Labels, kind: Kind | None) -> torch.Tensor:
        """What `logits` gives, with a gradient by `x`."""
        D = self.nets[self.critic]
        with evaluating(D):
            logits: torch.Tensor = D(x, y)
        return logits

    def example(self, name: str) -> tuple[torch.Tensor, Labels]:
        """Two inputs of the network `name` in the shape that the game gives it, (2, ...), and labels (2,)."""
        y = None if self.fixed_y is None else self.fixed_y[:2]
        if player(name) == "g":
            return self.fixed_z[:2], y
        first, *rest = self.samples.shape
        return torch.zeros(2, self.config.pack * first, *rest, device=self.device), y

    @torch.no_grad()
    def finite(self) -> bool:
        """Whether all weights are finite: one transfer."""
        sums = [p.sum() for parameters in self.parameters.values() for p in parameters]
        return bool(torch.stack(sums).isfinite().all())

    # A moment

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on, as tensors and primitives. Call it after `statistics.drain`."""
        return moment.state(self)

    def modules(self) -> dict[str, nn.Module]:
        """All networks and averages, as a state names them."""
        return self.nets | {f"{name}_ema": average for name, average in self.averages.items()}

    def frozen(self, state: dict[str, Any] | None = None) -> Self:
        """A trainer of the same structure to look at, which stays at `state` or at the present. Raises UserError."""
        if state is None:
            shadow = copy.copy(self)
            random = {id(generator): generator for generator in self.draws.generators}  # not copied: never used
            shadow.nets = {name: copy.deepcopy(net, random) for name, net in self.nets.items()}
            shadow.averages = {name: copy.deepcopy(net, random) for name, net in self.averages.items()}
        else:
            shadow = type(self)(RunConfig(**state["config"]), self.samples)
            shadow.load_state(state)
        for net in shadow.modules().values():
            net.eval().requires_grad_(False)
        return shadow

    def load_state(self, state: dict[str, Any]) -> bool:
        """Continue from `state`, which a trainer with the same structural knobs gave. Raises UserError.

        Gives whether it was on the same kind of device; if not, the run goes on with newly seeded random numbers.
        """
        try:
            return moment.load(self, state)
        except Exception as error:  # what a damaged state makes its readers raise
            raise UserError(_("The checkpoint does not fit its own config: it is damaged.")) from error
