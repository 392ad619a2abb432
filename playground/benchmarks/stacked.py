"""Stacked MNIST: three random digits as the channels of one image, 1000 modes (Metz et al., 2017; Lin et al., 2018).

From a folder of IDX files. A classifier, trained here, names the digit in each channel. Meant for a GPU.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import nn

from playground import data
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.training.device import pick_device
from playground.training.games.gan import GAN
from playground.utils.errors import UserError
from playground.utils.translation import _

DATASET = "stacked-mnist"
IMAGES = 128_000
SAMPLES = 26_000
MODES = 1000
CHUNK = 1000
COMBINATIONS: dict[str, dict[str, Any]] = {
    "non-saturating plain": {},
    "non-saturating Pac2": {"pack": 2},
    "rpgan R1+R2": {"objective": "rpgan", "r1": 1.0, "r2": 1.0},
    "wgan GP": {"objective": "wgan", "gp": 10.0},
    "hinge SN": {"objective": "hinge", "d_norm": "spectral"},
}


def tasks(folder: str, device: str, seeds: list[int], steps: int, knobs: dict[str, Any]) -> list[dict[str, Any]]:
    """One task a combination. Raises UserError without a folder."""
    if not folder:
        raise UserError(_("Stacked MNIST needs --data with a folder of IDX files."))
    base = PRESETS["dcgan-28"].config.changed(
        network="dcgan", g_depth=2, d_depth=2, r1=0.0, beta1=0.5, g_lr=2e-4, d_lr=2e-4, device=device, folder=folder
    )
    return [
        {"dataset": DATASET, "name": name, "seeds": seeds, "steps": steps,
         "config": base.changed(**values).changed(**knobs).differences(RunConfig())}
        for name, values in COMBINATIONS.items()
    ]  # fmt: skip


def marks(task: dict[str, Any]) -> list[dict[str, float]]:
    """Modes found and KL(p || uniform) in nats of 26,000 samples, for each seed."""
    config = RunConfig(**task["config"])
    samples, classify = _prepare(config.folder, config.device)
    found = []
    for seed in task["seeds"]:
        trainer = GAN(config.changed(seed=seed), samples)
        for step in range(task["steps"]):
            trainer.step()
            if step % 1000 == 0:
                trainer.statistics.drain()
        z = torch.Generator().manual_seed(1)
        images = (trainer.sample(torch.randn(CHUNK, config.z_dim, generator=z), None) for _ in range(SAMPLES // CHUNK))
        found.append(judge(torch.cat([modes_of(x, classify) for x in images])))
    return found


def judge(modes: torch.Tensor) -> dict[str, float]:
    """Modes with at least one sample, and KL(p || uniform) in nats, of mode numbers (n,)."""
    counts = np.bincount(modes.cpu().numpy(), minlength=MODES)
    p = counts[counts > 0] / counts.sum()
    return {"found": float((counts > 0).sum()), "reverse_kl": float((p * np.log(p * MODES)).sum())}


def stack(x: torch.Tensor, n: int) -> torch.Tensor:
    """`n` images (n, 3, h, w) of three random ones of `x` (m, 1, h, w)."""
    i = torch.randint(len(x), (n, 3), generator=torch.Generator().manual_seed(0))
    return x[:, 0][i]


@torch.no_grad()
def modes_of(x: torch.Tensor, classify: nn.Module) -> torch.Tensor:
    """The mode, 0 to 999, of images (n, 3, h, w) in [-1, 1]."""
    digits: torch.Tensor = classify(x.reshape(-1, 1, *x.shape[2:])).argmax(1).view(-1, 3)
    return (digits * torch.tensor([100, 10, 1], device=x.device)).sum(1)


@lru_cache(maxsize=1)
def _prepare(folder: str, device: str) -> tuple[data.Samples, nn.Module]:
    """The stacked images, and a classifier of single digits; prints its accuracy and the real images' own marks."""
    digits = data.load("idx", folder)
    if digits.y is None or digits.classes != 10:
        raise UserError(_("Stacked MNIST needs images with ten labels."))
    at = pick_device(device)
    classify, accuracy = train_classifier(digits, at)
    samples = data.Samples(stack(digits.x, IMAGES))
    chunks = (samples.x[i : i + CHUNK].to(at).float() / 127.5 - 1 for i in range(0, SAMPLES, CHUNK))
    real = judge(torch.cat([modes_of(x, classify) for x in chunks]))
    sys.stdout.write(
        f"classifier: held-out accuracy {accuracy:.4f}; {SAMPLES} real images: {real['found']:.0f} modes, "
        f"KL {real['reverse_kl']:.4f}\n"
    )
    return samples, classify


def train_classifier(digits: data.Samples, device: torch.device, updates: int = 2000) -> tuple[nn.Module, float]:
    """A convolutional classifier of images (n, 1, h, w), and its accuracy on a tenth that it has not seen."""
    assert digits.y is not None
    g = torch.Generator().manual_seed(0)
    order = torch.randperm(len(digits.x), generator=g)
    held, used = order[: len(order) // 10], order[len(order) // 10 :]
    x, y = digits.x.to(device), digits.y.to(device)
    side = digits.shape[-1] // 4
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(64 * side**2, 128), nn.ReLU(), nn.Linear(128, digits.classes),
        ).to(device)  # fmt: skip
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _step in range(updates):
        i = used[torch.randint(len(used), (128,), generator=g)].to(device)
        loss = nn.functional.cross_entropy(net(x[i].float() / 127.5 - 1), y[i])
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    net.eval().requires_grad_(False)
    with torch.no_grad():
        right = [(net(x[i].float() / 127.5 - 1).argmax(1) == y[i]).float() for i in torch.split(held.to(device), CHUNK)]
    return net, float(torch.cat(right).mean())
