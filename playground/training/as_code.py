"""The networks of a GAN as lines of Python: read off the very layers that train, so that they cannot differ."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from safetensors import numpy as safetensors
from torch import nn
from torch.nn.utils import parametrize

from playground.data import Samples
from playground.models import blocks, residual
from playground.training.games.gan import GAN
from playground.training.trainer import Trainer
from playground.utils.errors import UserError
from playground.utils.recipe import Recipe
from playground.utils.translation import _

_ACTIVATIONS = {nn.ReLU: "relu", nn.LeakyReLU: "leaky-relu", nn.SiLU: "silu", nn.Tanh: "tanh"}
_REMEMBERING = (nn.BatchNorm1d, nn.BatchNorm2d, blocks.SpectralNorm)


def recipe(trainer: Trainer, with_weights: bool = False) -> Recipe:
    """What a script needs to train such a run, but for the data. Raises UserError for one that cannot be written
    down.
    """
    if type(trainer) is not GAN:
        raise UserError(_("Only a GAN can be taken home as a script: this game is not written down as one yet."))
    G, D = trainer.G, trainer.D
    dropout = trainer.config.dropout > 0
    return Recipe(
        config=trainer.config.model_dump(),
        device=trainer.device.type,
        shape=trainer.samples.shape,
        classes=trainer.classes,
        tanh=G.tanh,
        fixed=len(trainer.fixed_z),
        generator=tuple(map(_call, _layers(G.body))),
        features=tuple(
            _call(layer) for layer in _layers(D.features) if dropout or not isinstance(layer, blocks.Dropout)
        ),
        width=D.head.in_features,
        two_passes=trainer.two_passes,
        remembers=any(isinstance(layer, _REMEMBERING) for layer in D.modules()),
        repeats=trainer.index is not None,
        step=trainer.step_count,
        weights=weights(trainer) if with_weights else b"",
    )


def data_npz(samples: Samples, labelled: bool, most: int) -> bytes:
    """The samples as they are stored, `x`, their labels `y` if a run is told them, and the places `index` to draw.

    Raises UserError where they have more than `most` bytes.
    """
    if samples.x.nbytes > most:
        sentence = _("These data have {n} MB, more than the {most} MB that a file to take home may have here.")
        raise UserError(sentence.format(n=samples.x.nbytes >> 20, most=most >> 20))
    tensors = {"x": samples.x, "y": samples.y if labelled else None, "index": samples.index}
    arrays: dict[str, Any] = {name: t.cpu().numpy() for name, t in tensors.items() if t is not None}
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def weights(trainer: Trainer) -> bytes:
    """The averaged G as safetensors, under the names that a G without spectral norms has: these are worked in.

    Raises UserError where a number is infinite or undefined.
    """
    G = trainer.averages["G"]  # in eval mode: to read a weight moves no spectral vector
    normal = {
        f"{path}.weight": layer for path, layer in G.named_modules() if parametrize.is_parametrized(layer, "weight")
    }
    found = {name: layer.weight for name, layer in normal.items()}
    found |= {name: tensor for name, tensor in G.state_dict().items() if ".parametrizations." not in name}
    tensors = {name: np.ascontiguousarray(tensor.detach().cpu().numpy()) for name, tensor in found.items()}
    if not all(np.isfinite(tensor).all() for tensor in tensors.values()):
        raise UserError(_("A number of this run is infinite or undefined (NaN). Reset or rewind it first."))
    about = {"format": "pt", "step": str(trainer.step_count), "classes": str(trainer.classes)}
    return safetensors.save(tensors, about | {"shape": ",".join(map(str, trainer.samples.shape))})


def _layers(net: nn.Module) -> Iterator[nn.Module]:
    yield from net if isinstance(net, nn.Sequential) else (net,)


def _call(layer: nn.Module) -> str:
    """The call that makes such a layer. Raises UserError for one that is not known here."""
    kind = layer.__class__
    if "Parametrized" in kind.__name__:  # as spectral normalisation leaves it, under a class of its own
        kind = kind.__mro__[1]
    if kind not in _CALLS:
        raise UserError(_("This script cannot make layers of the kind {kind} yet.").format(kind=kind.__name__))
    home = "nn." if kind.__module__.startswith("torch.") else ""
    arguments = ", ".join(_CALLS[kind](layer))
    return f"{home}{kind.__name__}({arguments})"


def _linear(layer: Any) -> list[str]:
    return [str(layer.in_features), str(layer.out_features), *([] if layer.bias is not None else ["bias=False"])]


def _convolution(layer: Any) -> list[str]:
    out = [str(layer.in_channels), str(layer.out_channels), str(_side(layer.kernel_size))]
    for name, default in (("stride", 1), ("padding", 0), ("output_padding", 0)):
        if (value := _side(getattr(layer, name))) != default:
            out.append(f"{name}={value}")
    return out if layer.bias is not None else [*out, "bias=False"]


def _side(sides: tuple[int, ...]) -> int | tuple[int, ...]:
    return sides[0] if len(set(sides)) == 1 else sides


def _block(layer: Any) -> list[str]:
    act, convolution = layer.branch[0], layer.branch[1]
    return [str(convolution.in_channels), f'"{_ACTIVATIONS[type(act)]}"']


def _resample(layer: Any) -> list[str]:
    out = len(layer.filter)
    return [str(out if isinstance(layer.mix, nn.Identity) else layer.mix.in_channels), str(out)]


def _nothing(layer: Any) -> list[str]:
    return []


_CALLS: dict[type, Callable[[Any], list[str]]] = {
    nn.Linear: _linear,
    nn.Conv2d: _convolution,
    nn.ConvTranspose2d: _convolution,
    nn.BatchNorm1d: lambda layer: [str(layer.num_features)],
    nn.BatchNorm2d: lambda layer: [str(layer.num_features)],
    nn.GroupNorm: lambda layer: [str(layer.num_groups), str(layer.num_channels)],
    nn.LayerNorm: lambda layer: [str(layer.normalized_shape[0])],
    nn.ReLU: _nothing,
    nn.LeakyReLU: lambda layer: [str(layer.negative_slope)],
    nn.SiLU: _nothing,
    nn.Tanh: _nothing,
    nn.Flatten: _nothing,
    nn.Unflatten: lambda layer: [str(layer.dim), str(tuple(layer.unflattened_size))],
    blocks.Dropout: _nothing,
    blocks.MinibatchStd: _nothing,
    residual.Block: _block,
    residual.Down: _resample,
    residual.Up: _resample,
}
