"""Small runs that translate, for tests: configs, data whose samples can be told apart, critics whose slope is known."""

from __future__ import annotations

from math import prod
from typing import Any

import torch
from torch import nn

from playground import data
from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.training import checkpoint, games
from playground.training.games.cycle import Cycle
from playground.training.games.paired import Paired

SMALL: dict[str, Any] = {
    "dataset": "digits-16", "network": "unet", "g_width": 4, "d_width": 4, "g_depth": 1, "d_depth": 2,
    "batch_size": 6, "r1": 0.0, "device": "cpu",
}  # fmt: skip
PAIRED = RunConfig(**SMALL, game="paired", task="inpaint-half")
CYCLE = RunConfig(**SMALL, game="cycle", task="thin-bold", objective="lsgan", sample_pool=4)
TURN = PAIRED.changed(dataset="moons", network="mlp", task="turn", d_depth=1)
CLOUDS = CYCLE.changed(dataset="moons", network="mlp", task="between", partner="ring", d_depth=1)
ALL = {"paired": PAIRED, "cycle": CYCLE, "turn": TURN, "clouds": CLOUDS}


def make(config: RunConfig, samples: Samples | None = None) -> Any:
    return games.start(config, samples or data.load(config.dataset, choice=config.choice))


def numbered(n: int, first: int = 0, **more: Any) -> Samples:
    """Pictures (n, 1, 8, 8) whose first two pixels are a number; see `numbers`."""
    at = torch.arange(first, first + n)
    x = torch.zeros(n, 1, 8, 8, dtype=torch.uint8)
    x[:, 0, 0, 0], x[:, 0, 0, 1] = at // 256, at % 256
    return Samples(x, **more)


def numbers(x: torch.Tensor) -> set[int]:
    """The numbers of pictures (n, c, 8, 8) in [-1, 1]."""
    high, low = (((x[:, 0, 0, k] + 1) * 127.5).round().long() for k in (0, 1))
    return set((256 * high + low).tolist())


def linear_critic(trainer: Paired | Cycle, name: str, patches: int, scale: float = 1.0) -> torch.Tensor:
    """Put D(a, x) = W [a, x] in the place of a critic; gives the part of W that sees x, (patches, numbers of x)."""
    shape = trainer.given if name == "D_A" else trainer.made
    both = prod(trainer.given) if name == "D" else 0
    layer = nn.Linear(both + prod(shape), patches)
    with torch.no_grad():
        layer.weight.copy_(scale * torch.randn(layer.weight.shape, generator=torch.Generator().manual_seed(3)))
        layer.bias.zero_()
    trainer.nets[name].body = nn.Sequential(nn.Flatten(), layer)
    trainer.parameters[name] = list(trainer.nets[name].parameters())
    trainer.optimizers[name] = trainer.new_optimizer(name)
    return layer.weight.detach()[:, both:].clone()


def kept(trainer: Any) -> bytes:
    """All that the next step depends on."""
    trainer.statistics.drain()
    return checkpoint.to_bytes({"trainer": trainer.state()})


def go(trainer: Any, steps: int) -> bytes:
    """What is kept after so many more steps, all of them finite."""
    for _ in range(steps):
        trainer.step()
    assert trainer.finite()
    assert trainer.statistics.drain()[1]
    return kept(trainer)


def caught(trainer: Any) -> list[float]:
    """From now on the losses that networks are updated by, in place of the updates."""
    found: list[float] = []
    trainer.update = lambda names, loss: found.append(float(loss.detach()))
    return found
