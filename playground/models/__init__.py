"""Generators and discriminators. One module a family, found here by itself; `build(config)` gives (G, D)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from playground.data import modality
from playground.models.family import Family, Shape
from playground.utils.errors import UserError
from playground.utils.lazy_torch import torch
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.config.run_config import RunConfig
    from playground.models.blocks import Discriminator, Generator
    from playground.models.translators import Critic, Translator

_NOT_FAMILIES = ("blocks", "family", "residual", "translators")
_modules = [
    importlib.import_module(f"{__name__}.{m.name}")
    for m in pkgutil.iter_modules(__path__)
    if m.name not in _NOT_FAMILIES  # most of them import torch
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
    """How large the networks of a config are, without training them. Raises UserError for a config that has none."""
    with torch.device("meta"):  # shapes without memory
        G, D = _make(config, shape, classes)

    def batch() -> None:
        y = torch.zeros(config.pack, dtype=torch.int64) if config.conditional else None
        x = G(torch.zeros(config.pack, config.z_dim), y)
        D(x.view(1, config.pack * shape[0], *shape[1:]), None if y is None else y[:1])

    return _size(batch, max(1, config.batch_size // config.pack), G, D)


def _size(batch: Callable[[], None], n: int, *nets: torch.nn.Module) -> Size:
    """The size of these networks, which have no memory yet; `batch` sends the least batch through, of which a step has
    n.

    They get weights of 0 for it: computing without memory would first import sympy and more, which takes two seconds.
    Networks that are too large for any run stay without.
    """
    outputs: list[int] = []
    weights = sum(p.numel() for net in nets for p in net.parameters())
    device = "cpu" if weights <= LIMIT else "meta"
    for net in nets:
        if device == "cpu":
            zeros = {name: torch.zeros(value.shape, dtype=value.dtype) for name, value in net.state_dict().items()}
            net.load_state_dict(zeros, assign=True)
        net.eval()
        for layer in net.modules():
            if not next(layer.children(), None):
                layer.register_forward_hook(lambda _net, _inputs, output: outputs.append(output.numel()))
    with torch.device(device), torch.no_grad():
        batch()
    return Size(weights, n * sum(outputs))


def _make(config: RunConfig, shape: Shape, classes: int) -> tuple[Generator, Discriminator]:
    from playground.models import blocks

    family = NETWORKS[config.network]
    if reason := family.refuses(config, shape):
        raise UserError(reason)
    if family.generator is None or family.features is None:
        raise UserError(_("{network} networks only translate. Choose others.").format(network=_(family.label)))
    if config.conditional and not classes:
        raise UserError(_("This data has no labels. Switch “Use labels” off."))
    classes = classes if config.conditional else 0
    tanh = family.tanh and modality.of(shape).range is not None
    seen = (config.pack * shape[0], *shape[1:])
    if classes and config.conditioning == "concat":
        seen = (seen[0] + classes, *seen[1:])
    G = blocks.Generator(family.generator(config, config.z_dim + classes, shape), shape, classes, tanh)
    return G, blocks.Discriminator(*family.features(config, seen), classes, config.conditioning, config.codes.size)


def build(config: RunConfig, shape: Shape, classes: int, generator: torch.Generator) -> tuple[Generator, Discriminator]:
    """G and D for samples of `shape`, initialised from `generator` (on the CPU). Raises UserError."""
    with torch.device("meta"):
        _check_size(*_make(config, shape, classes))
    with torch.random.fork_rng(devices=()):  # layers draw their first weights from the global generator
        G, D = _make(config, shape, classes)
    _initialise(config, G, D, generator)
    return G, D


def _check_size(*nets: torch.nn.Module) -> None:
    """Raises UserError for networks with too many weights."""
    weights = sum(p.numel() for net in nets for p in net.parameters())
    if weights > LIMIT:
        raise UserError(
            _("These networks would have {n:,} weights, more than {limit:,}. Choose less width or depth.").format(
                n=weights, limit=LIMIT
            )
        )


def _initialise(config: RunConfig, G: torch.nn.Module, D: torch.nn.Module, generator: torch.Generator) -> None:
    """First weights, from `generator`, and spectral norms."""
    from playground.models import blocks

    for net, how, norm in ((G, config.g_init, config.g_norm), (D, config.d_init, config.d_norm)):
        blocks.initialise(net, how, generator)
        if norm == "spectral":
            blocks.normalise_spectrally(net, config.sn_gain, generator)


def _make_translator(config: RunConfig, given: Shape, shape: Shape, seen: Shape) -> tuple[Translator, Critic]:
    from playground.models import translators

    family = NETWORKS[config.network]
    if reason := (family.refuses_given or family.refuses)(config, given):
        raise UserError(reason)
    if family.translator is None or family.critic is None:
        raise UserError(_("{network} networks do not translate. Choose others.").format(network=_(family.label)))
    tanh = modality.of(shape).range is not None
    G = translators.Translator(family.translator(config, given, shape), given, shape, tanh)
    return G, translators.Critic(family.critic(config, seen))


def build_translator(
    config: RunConfig, given: Shape, shape: Shape, both: bool, generator: torch.Generator
) -> tuple[Translator, Critic]:
    """G from samples of the shape `given` to `shape`, and D, which sees `both` or only what G makes.

    First weights come from `generator` (on the CPU). Raises UserError.
    """
    seen = (given[0] + shape[0], *shape[1:]) if both else shape
    with torch.device("meta"):
        _check_size(*_make_translator(config, given, shape, seen))
    with torch.random.fork_rng(devices=()):
        G, D = _make_translator(config, given, shape, seen)
    _initialise(config, G, D, generator)
    return G, D


def translator_size(config: RunConfig, given: Shape, shape: Shape, both: bool) -> Size:
    """How large these networks are, without making them. Raises UserError for a config that has none."""
    seen = (given[0] + shape[0], *shape[1:]) if both else shape
    with torch.device("meta"):
        G, D = _make_translator(config, given, shape, seen)

    def batch() -> None:
        a = torch.zeros(1, *given)
        D(G(a), a if both else None)

    return _size(batch, config.batch_size, G, D)
