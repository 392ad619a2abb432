"""The parts that every family shares: conditioning, dropout, normalisation, initialisation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import gcd, inf, sqrt
from typing import NamedTuple

import torch
from torch import nn
from torch.nn.utils import parametrize

ONE_HOT_GAIN = 2.0  # a label must be heard among tens of latents
STD_GROUP = 4  # samples that minibatch standard deviation compares
GROUPS = 8  # of channels, in group normalisation
LEAST = 4  # units of an MLP in a group: of one or two, normalised, nothing is left but a sign
POWER_ITERATIONS = 15  # before the first step; then one in each forward pass that trains


def _eye(n: int) -> torch.Tensor:
    """The identity matrix; in memory also for networks that are not: see `playground.models.size`."""
    return torch.eye(n, device="cpu")


def _embedding(n: int, width: int) -> nn.Embedding:
    """As PyTorch's, but its first weights, which `initialise` draws, are whatever is in memory."""
    weight = torch.empty(n, width)
    embedding: nn.Embedding = nn.Embedding.from_pretrained(weight, freeze=False)  # type: ignore[no-untyped-call]
    return embedding


class Generator(nn.Module):
    """G(z, y): (batch, z_dim) [and labels (batch,), or weights of the classes (batch, classes)] to (batch, *shape).

    They end in tanh where `tanh`; else they are free.
    """

    codes: torch.Tensor

    def __init__(self, body: nn.Module, shape: tuple[int, ...], classes: int, tanh: bool = False) -> None:
        super().__init__()
        self.body, self.shape, self.classes = body, shape, classes
        self.tanh = tanh
        self.register_buffer("codes", ONE_HOT_GAIN * _eye(classes), persistent=False)

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest value that an output can have."""
        return (-1.0, 1.0) if self.tanh else (-inf, inf)

    def forward(self, z: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        if self.classes:
            assert y is not None
            z = torch.cat([z, coded(y, self.codes)], 1)
        x: torch.Tensor = self.body(z).view(-1, *self.shape)
        return x.tanh() if self.tanh else x


class Discriminator(nn.Module):
    """D(x, y): (batch, *shape) [and labels (batch,)] to logits (batch,).

    How D learns of the labels: "projection", w.phi(x) + b + <e(y), phi(x)> (Miyato & Koyama, 2018); "concat", a
    one-hot code next to the points or as planes behind the channels (Mirza & Osindero, 2014); "acgan", not at all, but
    `heads` also guesses them (Odena et al., 2017). With `coded` numbers of z that are codes, Q, one more layer on the
    same features, guesses these (Chen et al., InfoGAN, 2016). `features` may hold one MinibatchStd.
    """

    codes: torch.Tensor

    def __init__(
        self,
        features: nn.Sequential,
        width: int,
        classes: int = 0,
        conditioning: str = "projection",
        coded: int = 0,
    ) -> None:
        super().__init__()
        self.features = features
        self.head = nn.Linear(width, 1)
        self.concat = classes > 0 and conditioning == "concat"
        self.embed = _embedding(classes, width) if classes and conditioning == "projection" else None
        self.classify = nn.Linear(width, classes) if classes and conditioning == "acgan" else None
        self.Q = nn.Linear(width, coded) if coded else None
        self.register_buffer("codes", _eye(classes if self.concat else 0), persistent=False)
        self._std = next((i for i, layer in enumerate(features) if isinstance(layer, MinibatchStd)), None)

    def heads(self, x: torch.Tensor, y: torch.Tensor | None = None) -> Heads:
        """All that D says of samples."""
        return self.finish(self.begin(x, y), y)

    def begin(self, x: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        """The part of `heads` that each sample passes by itself: up to the minibatch std."""
        if self.concat:
            assert y is not None
            code = coded(y, self.codes)
            x = torch.cat([x, code.view(*code.shape, *[1] * (x.dim() - 2)).expand(-1, -1, *x.shape[2:])], 1)
        h: torch.Tensor = (self.features if self._std is None else self.features[: self._std])(x)
        return h

    def finish(self, h: torch.Tensor, y: torch.Tensor | None = None, others: Spread | None = None) -> Heads:
        """The rest of `heads`, from what `begin` gave; `others` replace the other samples of the batch."""
        phi: torch.Tensor = h
        if self._std is not None:
            phi = self.features[self._std + 1 :](self.features[self._std](h, others))
        logits: torch.Tensor = self.head(phi).squeeze(1)
        if self.embed is not None:
            assert y is not None
            logits = logits + ((y @ self.embed.weight if y.is_floating_point() else self.embed(y)) * phi).sum(1)
        classes = None if self.classify is None else self.classify(phi)
        return Heads(logits, classes, None if self.Q is None else self.Q(phi))

    def forward(self, x: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        return self.heads(x, y).logits


class Heads(NamedTuple):
    """What the last layers of D say: logits (batch,), with "acgan" those of the classes (batch, classes), and where z
    has codes, Q's guess of them (batch, codes): logits of the categories, then the means of the continuous ones.
    """

    logits: torch.Tensor
    classes: torch.Tensor | None
    codes: torch.Tensor | None


def coded(y: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
    """The codes (classes, d) of labels (batch,), or their mixture with weights (batch, classes): (batch, d)."""
    return y @ codes if y.is_floating_point() else codes[y]


class Spread(NamedTuple):
    """The mean and the variance of the features (n, ...) of `size` other samples, one row for each of n samples."""

    mean: torch.Tensor
    variance: torch.Tensor
    size: int


class MinibatchStd(nn.Module):
    """Appends one constant feature or feature map: how much the samples of a group differ (Karras et al., 2018).

    As in that paper it stands near the end of D, before the last hidden layer, so that D can weigh what it sees of a
    sample by how alike the samples are. A group is STD_GROUP samples, or the whole batch where that does not divide it.
    """

    def forward(self, x: torch.Tensor, others: Spread | None = None) -> torch.Tensor:
        std = minibatch_std(x, std_group(len(x))) if others is None else std_among(x, others)
        return torch.cat([x, std.view(-1, *[1] * (x.dim() - 1)).expand(-1, 1, *x.shape[2:])], 1)


def std_group(batch: int) -> int:
    """How many samples of a batch are compared with one another."""
    return STD_GROUP if batch % STD_GROUP == 0 else batch


def minibatch_std(x: torch.Tensor, group: int) -> torch.Tensor:
    """The standard deviation of each feature (n, ...) within groups of samples, averaged over features; (n, 1)."""
    groups = x.reshape(-1, group, x[0].numel())
    std = (groups.var(1, correction=0) + 1e-8).sqrt().mean(1)
    return std.repeat_interleave(group).unsqueeze(1)


def std_among(x: torch.Tensor, others: Spread) -> torch.Tensor:
    """The same where each of n samples (n, ...) forms a group with others of its own; (n, 1)."""
    n = others.size
    variance = (n * others.variance + n / (n + 1) * (x - others.mean).square()) / (n + 1)
    return (variance + 1e-8).sqrt().flatten(1).mean(1, keepdim=True)


class SpectralNorm(nn.Module):
    """gain W / sigma(W), sigma the largest singular value, by power iteration (Miyato et al., 2018).

    W is (out, ...); a leading dimension holds replicas where `replicas`. With `bound`, W is only scaled down, where
    sigma exceeds the gain: an embedding that starts at zero cannot be normalised.
    """

    u: torch.Tensor
    v: torch.Tensor

    def __init__(self, weight: torch.Tensor, u: torch.Tensor, gain: float, bound: bool = False) -> None:
        super().__init__()
        self.gain, self.bound, self.replicas = gain, bound, u.dim() == 2
        W = self._matrix(weight.detach())
        self.register_buffer("u", nn.functional.normalize(u, dim=-1))
        self.register_buffer("v", W.new_zeros(*W.shape[:-2], W.shape[-1]))
        for _ in range(POWER_ITERATIONS):
            self._iterate(W)

    def _matrix(self, weight: torch.Tensor) -> torch.Tensor:
        return weight.flatten(1 + self.replicas)

    def follow(self, weight: torch.Tensor) -> None:
        """One power iteration, for a weight that changes without forward passes."""
        self._iterate(self._matrix(weight.detach()))

    @torch.no_grad()
    def _iterate(self, W: torch.Tensor) -> None:
        self.v.copy_(nn.functional.normalize((W.mT @ self.u.unsqueeze(-1)).squeeze(-1), dim=-1))
        u = (W @ self.v.unsqueeze(-1)).squeeze(-1)
        self.u.copy_(torch.where(u.any(-1, keepdim=True), nn.functional.normalize(u, dim=-1), self.u))  # W may be 0

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        W = self._matrix(weight)
        if self.training:
            self._iterate(W.detach())
        u, v = self.u.clone(), self.v.clone()  # the next forward pass must not change what this one's backward needs
        sigma = (u * (W @ v.unsqueeze(-1)).squeeze(-1)).sum(-1)
        scale = self.gain / (sigma.clamp_min(self.gain) if self.bound else sigma)
        return weight * scale.view(*scale.shape, *[1] * (weight.dim() - scale.dim()))


class Dropout(nn.Module):
    """Dropout with the run's own generator and a rate that lives in a device tensor (Srivastava et al., 2014)."""

    rate: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.on = False
        self.generator: torch.Generator | None = None
        self.register_buffer("rate", torch.zeros(()), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not (self.on and self.training):
            return x
        keep = 1 - self.rate
        mask = torch.rand(x.shape, device=x.device, generator=self.generator) < keep
        return x * mask / keep


def activation(name: str) -> nn.Module:
    layers: dict[str, nn.Module] = {
        "relu": nn.ReLU(),
        "leaky-relu": nn.LeakyReLU(0.2),
        "silu": nn.SiLU(),
        "tanh": nn.Tanh(),
    }
    return layers[name]


def norm(name: str, channels: int, images: bool) -> list[nn.Module]:
    """Zero or one layer. Over images, "layer" normalises each sample over channels and space."""
    if name in ("none", "spectral"):  # spectral normalisation is a property of the weights
        return []
    if name == "batch":
        return [nn.BatchNorm2d(channels) if images else nn.BatchNorm1d(channels)]
    if name == "group":
        groups = gcd(GROUPS, channels)
        while not images and groups > 1 and channels // groups < LEAST:
            groups //= 2
        return [nn.GroupNorm(groups, channels)]
    return [nn.GroupNorm(1, channels) if images else nn.LayerNorm(channels)]


class Zeroed(nn.Conv2d):
    """A convolution that starts at zero: the last one of a residual branch (Zhang et al., Fixup, 2019)."""


def initialise(module: nn.Module, how: str, generator: torch.Generator) -> None:
    """First weights, drawn from `generator`.

    "pytorch" is U(-1/sqrt(fan_in), 1/sqrt(fan_in)); "he" is N(0, 2/fan_in) (He et al., 2015); "normal" is DCGAN's
    N(0, 0.02^2), with N(1, 0.02^2) for the scales of batch normalisation; "orthogonal" has orthonormal rows or columns
    (Saxe et al., 2014). All but the first start biases at 0. Embeddings start at zero, so that D begins unconditional.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            if isinstance(layer, Zeroed):
                nn.init.zeros_(layer.weight)
            elif how == "he":
                nn.init.kaiming_normal_(layer.weight, generator=generator)
            elif how == "normal":
                nn.init.normal_(layer.weight, 0.0, 0.02, generator=generator)
            elif how == "orthogonal":
                nn.init.orthogonal_(layer.weight, generator=generator)
            else:
                nn.init.kaiming_uniform_(layer.weight, a=sqrt(5), generator=generator)
            if layer.bias is not None and how == "pytorch":
                fan_in = layer.weight[0].numel()
                nn.init.uniform_(layer.bias, -1 / sqrt(fan_in), 1 / sqrt(fan_in), generator=generator)
            elif layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) and how == "normal":
            nn.init.normal_(layer.weight, 1.0, 0.02, generator=generator)
        elif isinstance(layer, nn.Embedding):
            nn.init.zeros_(layer.weight)


def normalise_spectrally(module: nn.Module, gain: float, generator: torch.Generator) -> None:
    """Give every layer with a weight matrix a spectral norm of `gain`, embeddings at most that."""
    for layer in list(module.modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d | nn.Embedding):
            u = torch.randn(layer.weight.shape[0], generator=generator)
            spectral = SpectralNorm(layer.weight, u, gain, bound=isinstance(layer, nn.Embedding | Zeroed))
            parametrize.register_parametrization(layer, "weight", spectral, unsafe=True)


def spectral_norms(module: nn.Module) -> list[tuple[SpectralNorm, torch.Tensor]]:
    """Each spectral norm in `module` with the weight that it normalises."""
    lists = [m for m in module.modules() if isinstance(m, parametrize.ParametrizationList)]
    return [(m[0], m.original) for m in lists if isinstance(m[0], SpectralNorm)]


class Unnoticed:
    """Lets a network in training be used without a trace in what it remembers of batches."""

    def __init__(self, net: nn.Module) -> None:
        self._batch = [m for m in net.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
        self._norms = [m for m in net.modules() if isinstance(m, SpectralNorm)]

    @contextmanager
    def __call__(self, spectral: bool) -> Iterator[None]:
        """Forward passes within do not enter the running statistics.

        With `spectral` the vectors of its spectral norms, too, are at the end what they were at the beginning.
        """
        vectors = [t for norm in self._norms for t in (norm.u, norm.v)] if spectral else []
        before = [vector.clone() for vector in vectors]
        for layer in self._batch:
            layer.track_running_stats = False  # of a layer in training this says only that nothing is noted
        try:
            yield
        finally:
            for layer in self._batch:
                layer.track_running_stats = True
            for vector, value in zip(vectors, before, strict=True):
                vector.copy_(value)
