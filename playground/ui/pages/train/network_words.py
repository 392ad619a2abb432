"""What the layers of networks are called, and what they do in a sentence: tables for the picture of the game."""

from __future__ import annotations

from math import prod

from playground.utils.network_record import Layer, Network
from playground.utils.translation import _, number

_WHAT: dict[str, str] = {
    "linear": _("Each output is a weighted sum of all inputs."),
    "conv": _("A small window of weights slides over the image: the same weights at every place."),
    "conv_transpose": _("A convolution the other way round: each value is spread over a window of the output."),
    "residual": _("Two convolutions compute a change, which is added to what came in."),
    "up": _("Doubles width and height, smoothly."),
    "down": _("Halves width and height, smoothly."),
    "embedding": _("One vector for each class. D compares it with the features of the sample."),
    "classifier": _("D's guess of the class: one number for each."),
    "codes": _("Q reads the codes of z off the features of the sample: one number for each."),
    "minibatch_std": _("Adds how much the samples of the batch differ: so D notices when G repeats itself."),
    "other": _("A part of this network."),
}
_NORMS: dict[str, tuple[str, str]] = {
    "batch": (_("batch norm"), _("Batch norm scales each output by its mean and spread over the batch.")),
    "layer": (_("layer norm"), _("Layer norm scales each sample by the mean and spread of its own outputs.")),
    "group": (_("group norm"), _("Group norm scales groups of outputs by their mean and spread in each sample.")),
}
_ACTIVATIONS: dict[str, tuple[str, str]] = {
    "ReLU": ("ReLU", _("ReLU turns what is negative into 0.")),
    "LeakyReLU": ("leaky ReLU", _("Leaky ReLU makes what is negative much smaller.")),
    "SiLU": ("SiLU", _("SiLU is a smooth ReLU.")),
    "Tanh": ("tanh", _("Tanh squeezes each value into −1 to 1.")),
}


def label(layer: Layer) -> str:
    """What a layer is called, with its sizes."""
    a, b = prod(layer.inputs), prod(layer.outputs)
    size = {"kernel": layer.kernel, "stride": layer.stride}
    match layer.kind:
        case "linear":
            return _("Linear {a} → {b}").format(a=a, b=b)
        case "conv" if layer.stride == 1:
            return _("Conv {kernel}×{kernel}").format(**size)
        case "conv":
            return _("Conv {kernel}×{kernel}, stride {stride}").format(**size)
        case "conv_transpose" if layer.stride == 1:
            return _("Transposed conv {kernel}×{kernel}").format(**size)
        case "conv_transpose":
            return _("Transposed conv {kernel}×{kernel}, stride {stride}").format(**size)
        case "other":
            return layer.name
    return _named(layer)


def _named(layer: Layer) -> str:
    return {
        "residual": _("Residual block"),
        "up": _("Upsample ×2"),
        "down": _("Downsample ÷2"),
        "embedding": _("Class embedding"),
        "classifier": _("Classifier"),
        "codes": _("Q, reads the codes"),
        "minibatch_std": _("Minibatch std"),
    }[layer.kind]


def plain(layer: Layer) -> str:
    """What a layer is called without its sizes, for several that are alike."""
    return "Linear" if layer.kind == "linear" else label(layer)


def notes(layer: Layer, dropout: bool) -> str:
    """Normalisation, activation and what else comes with a layer."""
    found = [_NORMS[layer.norm][0]] if layer.norm else []
    if layer.activation:
        found.append(_ACTIVATIONS.get(layer.activation, (layer.activation, ""))[0])
    if layer.spectral:
        found.append(_("spectral norm"))
    if layer.dropout and dropout:
        found.append(_("dropout"))
    if layer.joined:
        found.append(_("+ {n} by a skip").format(n=layer.joined))
    return ", ".join(found)


def what(layer: Layer, dropout: bool) -> str:
    """What a layer does."""
    found = [_WHAT[layer.kind]]
    if layer.stride > 1:
        change = _("Stride {n} makes width and height {n} times as large.")
        if layer.kind == "conv":
            change = _("Stride {n}: it moves on by {n} pixels, so width and height shrink.")
        found.append(change.format(n=layer.stride))
    found += [_NORMS[layer.norm][1]] if layer.norm else []
    found += [_ACTIVATIONS.get(layer.activation, ("", ""))[1]]
    if layer.spectral:
        found.append(_("Spectral norm limits how steep the layer can be."))
    if layer.dropout and dropout:
        found.append(_("Dropout sets random values to 0 while it trains."))
    if layer.joined:
        sentence = _("{n} channels of its input come by a skip from the way down: so what is sharp is not lost.")
        found.append(sentence.format(n=layer.joined))
    return " ".join(filter(None, found))


def shape(sizes: tuple[int, ...]) -> str:
    """A shape without the batch: "128" or "64 × 7 × 7"."""
    return " × ".join(map(str, sizes))


def sample(sizes: tuple[int, ...]) -> str:
    """How large a sample is."""
    return shape(sizes) if len(sizes) > 1 else _("{n} numbers each").format(n=shape(sizes))


def weights(n: int) -> str:
    return _("{n} weights").format(n=number(n))


def network(net: Network) -> str:
    """What a network does in the game."""
    if net.side == "g":
        told = _("G, the generator, turns random numbers and a class into a sample.")
        return told if net.labels else _("G, the generator, turns random numbers into a sample.")
    told = _("D, the discriminator, scores how real a sample looks, and knows its class.")
    return told if net.labels else _("D, the discriminator, scores how real a sample looks.")
