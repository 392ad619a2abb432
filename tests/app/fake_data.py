"""Curves, points and images that look like those of a run at a step."""

from __future__ import annotations

import numpy as np

from playground import data
from playground.config.run_config import RunConfig
from playground.data.digits import FILE
from playground.utils.network_record import Network


def history(rng: np.random.Generator, step: int) -> dict[str, np.ndarray]:
    rows = min(step // 10, 600)
    wave = np.sin(np.arange(rows) / 20)
    noisy = {name: rng.normal(scale=0.1, size=rows) + wave * 0.1 for name in ("d_loss", "g_loss", "d_real", "d_fake")}
    centres = {"d_loss": 1.2, "g_loss": 0.8, "d_real": 0.5, "d_fake": -0.5}
    return {"step": np.linspace(10, max(step, 10), rows)} | {k: v + centres[k] for k, v in noisy.items()}


def ring(rng: np.random.Generator, n: int, std: float) -> np.ndarray:
    angle = 2 * np.pi * rng.integers(8, size=n) / 8
    centres = np.stack([np.cos(angle), np.sin(angle)], 1)
    return (centres + rng.normal(scale=std, size=(n, 2))).astype(np.float32)


def images(labels: np.ndarray, z: np.ndarray, step: int) -> np.ndarray:
    """(n, 8, 8, 1) uint8: a real digit of each label under noise that fades with the steps."""
    with np.load(FILE) as file:
        by_class = [file["images"][file["labels"] == k] for k in range(10)]
    clean = np.stack([by_class[k][i % len(by_class[k])] for i, k in enumerate(labels)]) * (255 / 16)
    noise = 255 * np.random.default_rng(0).random(clean.shape)
    share = 1 / (1 + step / 200)
    mixed = clean * (1 - share) + noise * share + 5 * np.tanh(z[:, :1, None])
    return np.clip(mixed, 0, 255).astype(np.uint8)[..., None]


def networks(config: RunConfig) -> tuple[Network, ...]:
    """The structure of the networks that a config asks for; imports torch."""
    from playground.training import games, structure

    return structure.networks(games.start(config, data.load(config.dataset, config.source, config.choice)))
