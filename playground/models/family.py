"""What a family of networks is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.utils.lazy_torch import torch

if TYPE_CHECKING:
    from playground.config.run_config import RunConfig

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Family:
    """A pair of architectures.

    `refuses(config, shape)` is one sentence why samples of that shape cannot be made, or "". `generator(config, inputs,
    shape)` maps (batch, inputs) to (batch, *shape) before any tanh; `features(config, shape)` maps (batch, *shape) to
    (batch, features), with a MinibatchStd before its last hidden layer where the knob asks for one, and gives that
    number too. `generator` is None where a family only translates.

    `translator(config, given, shape)` maps samples of the shape `given` to (batch, *shape), before any tanh;
    `critic(config, shape)` maps (batch, *shape) to logits (batch, patches), one for each part that it judges.
    `refuses_given(config, given)` is one sentence why samples of that shape cannot be translated, or "", where that is
    another question than `refuses`.
    """

    key: str
    label: str
    why: str
    refuses: Callable[[RunConfig, Shape], str]
    generator: Callable[[RunConfig, int, Shape], torch.nn.Module] | None = None
    features: Callable[[RunConfig, Shape], tuple[torch.nn.Sequential, int]] | None = None
    translator: Callable[[RunConfig, Shape, Shape], torch.nn.Module] | None = None
    critic: Callable[[RunConfig, Shape], torch.nn.Module] | None = None
    refuses_given: Callable[[RunConfig, Shape], str] | None = None
    modalities: tuple[str, ...] = ()  # the keys of what it makes; (): of whatever there is
    tanh: bool = True  # samples that have a range end in tanh
    norms: bool = True  # has layers to normalise, where it does not translate
