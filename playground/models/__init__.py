"""Generators and discriminators. One module a family, found here by itself; `build(config)` gives (G, D)."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, NamedTuple

from playground.data import modality
from playground.models.family import Family, Shape
from playground.utils.errors import UserError
from playground.utils.lazy_torch import torch
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.config.run_config import RunConfig
    from playground.models.blocks import Discriminator, Generator

_NOT_FAMILIES = ("blocks", "family", "residual")
_modules = [
    importlib.import_module(f"{__name__}.{m.name}")
    for m in pkgutil.iter_modules(__path__)
    if m.name not in _NOT_FAMILIES  # two of them import torch
]
NETWORKS: dict[str, Family] = {module.FAMILY.key: module.FAMILY for module in _modules}


LIMIT = 50_000_000  # weights of G and D together
COPIES = 6  # of each weight: itself, its gradient, two of Adam's, the average of G, and one on the way to disk


class Size(NamedTuple):
    """What networks and a step of theirs hold: numbers of float32."""

    weights: int
    activations: int  # of G and D, for one batch each

    @property
    def bytes(self) -> int:
        """About what a run needs in memory; half as much again for the activations that penalties keep."""
        return 4 * (COPIES * self.weights + 3 * self.activations // 2)


def size(config: RunConfig, shape: Shape, classes: int) -> Size:
    """How large the networks of a config are, without making them. Raises UserError for a config that has none."""
    with torch.device("meta"):  # shapes without memory
        G, D = _make(config, shape, classes)
        outputs: list[int] = []
        for net in (*G.modules(), *D.modules()):
            if not next(net.children(), None):
                net.register_forward_hook(lambda _net, _inputs, output: outputs.append(output.numel()))
        n = max(1, config.batch_size // config.pack)  # that D judges
        y = torch.zeros(n * config.pack, dtype=torch.int64) if config.conditional else None
        x = G(torch.empty(n * config.pack, config.z_dim), y)
        D(x.view(n, config.pack * shape[0], *shape[1:]), None if y is None else y[:n])
    return Size(sum(p.numel() for net in (G, D) for p in net.parameters()), sum(outputs))


def _make(config: RunConfig, shape: Shape, classes: int) -> tuple[Generator, Discriminator]:
    from playground.models import blocks

    family = NETWORKS[config.network]
    if reason := family.refuses(config, shape):
        raise UserError(reason)
    if config.conditional and not classes:
        raise UserError(_("This data has no labels. Switch “Use labels” off."))
    classes = classes if config.conditional else 0
    tanh = family.tanh and modality.of(shape).range is not None
    seen = (config.pack * shape[0], *shape[1:])
    if classes and config.conditioning == "concat":
        seen = (seen[0] + classes, *seen[1:])
    G = blocks.Generator(family.generator(config, config.z_dim + classes, shape), shape, classes, tanh)
    return G, blocks.Discriminator(*family.features(config, seen), classes, config.conditioning)


def build(config: RunConfig, shape: Shape, classes: int, generator: torch.Generator) -> tuple[Generator, Discriminator]:
    """G and D for samples of `shape`, initialised from `generator` (on the CPU). Raises UserError."""
    from playground.models import blocks

    with torch.device("meta"):
        weights = sum(p.numel() for net in _make(config, shape, classes) for p in net.parameters())
    if weights > LIMIT:
        raise UserError(
            _("These networks would have {n:,} weights, more than {limit:,}. Choose less width or depth.").format(
                n=weights, limit=LIMIT
            )
        )
    with torch.random.fork_rng(devices=()):  # layers draw their first weights from the global generator
        G, D = _make(config, shape, classes)
    for net, how, norm in ((G, config.g_init, config.g_norm), (D, config.d_init, config.d_norm)):
        blocks.initialise(net, how, generator)
        if norm == "spectral":
            blocks.normalise_spectrally(net, config.sn_gain, generator)
    return G, D
