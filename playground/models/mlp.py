"""Fully connected networks, for points and for images."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from playground.models.family import Family, Shape
from playground.utils.lazy_torch import torch

if TYPE_CHECKING:
    from playground.config.run_config import RunConfig


def _generator(config: RunConfig, inputs: int, shape: Shape) -> torch.nn.Module:
    from playground.models import blocks

    layers: list[torch.nn.Module] = []
    for _ in range(config.g_depth):
        layers.append(torch.nn.Linear(inputs, config.g_width))
        layers += blocks.norm(config.g_norm, config.g_width, images=False)
        layers.append(blocks.activation(config.g_activation))
        inputs = config.g_width
    return torch.nn.Sequential(*layers, torch.nn.Linear(inputs, prod(shape)))


def _features(config: RunConfig, shape: Shape) -> tuple[torch.nn.Sequential, int]:
    from playground.models import blocks

    layers: list[torch.nn.Module] = [torch.nn.Flatten()] if len(shape) > 1 else []
    inputs = prod(shape)
    for layer in range(config.d_depth):
        if config.minibatch_std and layer == config.d_depth - 1:
            layers.append(blocks.MinibatchStd())
            inputs += 1
        layers.append(torch.nn.Linear(inputs, config.d_width))
        layers += blocks.norm(config.d_norm, config.d_width, images=False)
        layers += [blocks.activation(config.d_activation), blocks.Dropout()]
        inputs = config.d_width
    return torch.nn.Sequential(*layers), inputs


def _translator(config: RunConfig, given: Shape, shape: Shape) -> torch.nn.Module:
    flat = [torch.nn.Flatten()] if len(given) > 1 else []
    body = [*flat, _generator(config, prod(given), shape)]
    return torch.nn.Sequential(*body, *([torch.nn.Unflatten(1, shape)] if len(shape) > 1 else []))


def _critic(config: RunConfig, shape: Shape) -> torch.nn.Module:
    features, width = _features(config, shape)
    return torch.nn.Sequential(*features, torch.nn.Linear(width, 1))


FAMILY = Family(
    key="mlp",
    label="MLP",
    why="Fully connected layers: small, fast, fit for points and small images.",
    refuses=lambda config, shape: "",
    generator=_generator,
    features=_features,
    translator=_translator,
    critic=_critic,
)
