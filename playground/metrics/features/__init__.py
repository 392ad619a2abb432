"""Features of samples: 64 numbers each from a small network, to compare images by more than their pixels.

Where there are labels the network is a classifier, trained once for each set of samples; elsewhere its weights are
random. Distances of features can only be compared where the features are the same, so a record says whose they are.

A modality has features if there is a module here with its key for a name and with `body(shape, size)`, the layers that
give so many features of samples (n, *shape) as the networks see them; these are stored so, or as uint8. Without one,
samples are compared number by number.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import logging
import math
import pkgutil
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import nn

from playground.data import Samples, modality, npz
from playground.data.modality import Shape
from playground.utils import chunked, files
from playground.utils.errors import UserError, guarded

SIZE = 64  # features of an image
STEPS, BATCH, RATE = 500, 64, 3e-3
HELD, MOST_HELD = 10, 1000  # every tenth sample, at most so many, is held out for the accuracy
FEWEST = 100  # labelled samples from which a classifier is worth training
CHUNK = 2**20  # bytes hashed at a time
RECIPE = 1  # counts the changes of what is above and of `network`
FOLDER = "features"

Kind = Literal["classifier", "random"]
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Features:
    """`kind` says how they came about; `accuracy` is that on held-out samples, NaN where nothing was learned."""

    kind: Kind
    accuracy: float
    hash: str  # of the weights, 12 hex digits
    body: nn.Module
    head: nn.Module

    @property
    def learned(self) -> bool:
        """Whether they are those of a classifier."""
        return self.kind == "classifier"

    @torch.no_grad()
    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Features (n, SIZE) of images (n, c, h, w) in [-1, 1]."""
        out: torch.Tensor = self.body(x.cpu()).to(x.device)
        return out

    @torch.no_grad()
    def classify(self, x: torch.Tensor) -> torch.Tensor:
        """Probabilities (n, classes) of images (n, c, h, w) in [-1, 1]; for a classifier."""
        out: torch.Tensor = self.head(self.body(x.cpu())).softmax(1).to(x.device)
        return out


BODIES: dict[str, Callable[[Shape, int], nn.Module]] = {  # by the key of the modality
    m.name: importlib.import_module(f"{__name__}.{m.name}").body for m in pkgutil.iter_modules(__path__)
}

Work = Generator[tuple[int, int], None, Features]
_known: WeakKeyDictionary[Samples, tuple[int, Features]] = WeakKeyDictionary()  # and after how many steps
_learning: WeakKeyDictionary[Samples, float] = WeakKeyDictionary()  # how much of its steps is done


def of(samples: Samples) -> Work:
    """The features for images like these, in pieces; at once where they are known. They live on the CPU."""
    known = _known.get(samples)
    if known is None or known[0] != STEPS:
        known = _known[samples] = STEPS, (yield from (_learned if labelled(samples) else _drawn)(samples))
    return known[1]


def fit(samples: Samples) -> bool:
    """Whether there are features for samples of this modality; without them the samples themselves are compared."""
    return samples.modality.key in BODIES


def progress(samples: Samples) -> float:
    """How much of the learning for these is done, from 0 to 1; 1 where there is nothing to learn."""
    return 1.0 if samples in _known or not labelled(samples) else _learning.get(samples, 0.0)


def learned_now(samples: Samples) -> Features:
    """The features at once, for scripts."""
    return chunked.run_to_end(of(samples))


def labelled(samples: Samples) -> bool:
    """Whether there are enough labels to train a classifier."""
    return samples.y is not None and samples.classes > 1 and len(samples.x) >= FEWEST


def _drawn(samples: Samples) -> Work:
    """Convolutions with random weights, always the same ones for images of a shape."""
    body, head = network(samples.shape, 1)
    yield 0, 1
    return Features("random", math.nan, _hash(body, head), body, head)


def _learned(samples: Samples) -> Work:
    """The classifier of these samples, from its file if there is one."""
    assert samples.y is not None
    flat = [tensor.contiguous().flatten().numpy().view(np.uint8) for tensor in (samples.x, samples.y)]
    parts = [part for whole in flat for part in np.split(whole, range(CHUNK, len(whole), CHUNK))]
    content = hashlib.sha256(f"{RECIPE} {STEPS} {samples.shape} {samples.classes}".encode())
    for done, part in enumerate(parts):
        content.update(part.data)
        yield done, len(parts) + STEPS
    path = files.home() / FOLDER / f"{content.hexdigest()[:24]}.npz"
    found = _read(path, samples)
    if found is None:
        found = yield from _trained(samples, len(parts))
        _write(path, found)
    return found


def network(shape: Shape, classes: int, seed: int = 0) -> tuple[nn.Module, nn.Module]:
    """SIZE features of samples of `shape`, and the layer that makes logits of them; weights by the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return BODIES[modality.of(shape).key](shape, SIZE), nn.Linear(SIZE, classes)


def _trained(samples: Samples, done: int) -> Work:
    """A new classifier; `done` pieces of work came before."""
    assert samples.y is not None
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(len(samples.x), generator=generator)
    split = min(len(order) // HELD, MOST_HELD)
    held, used = order[:split], order[split:]
    body, head = network(samples.shape, samples.classes)
    parameters = [*body.parameters(), *head.parameters()]
    optimiser = torch.optim.Adam(parameters, RATE)
    for step in range(STEPS):
        i = used[torch.randint(len(used), (BATCH,), generator=generator)]
        optimiser.param_groups[0]["lr"] = RATE * (1 + math.cos(math.pi * step / STEPS)) / 2
        loss = nn.functional.cross_entropy(head(body(samples.modality.normalise(samples.x[i]))), samples.y[i])
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            parameter.grad = gradient
        optimiser.step()
        _learning[samples] = step / STEPS
        yield done + step, done + STEPS
    for net in (body, head):
        net.eval().requires_grad_(False)
    right = 0
    for begin in range(0, split, BATCH):
        part = held[begin : begin + BATCH]
        right += int((head(body(samples.modality.normalise(samples.x[part]))).argmax(1) == samples.y[part]).sum())
        yield done + STEPS, done + STEPS
    return Features("classifier", right / max(1, split), _hash(body, head), body, head)


def normalised(x: torch.Tensor) -> torch.Tensor:
    """uint8 images to float32 in [-1, 1]."""
    return x.float() / 127.5 - 1


def _hash(*nets: nn.Module) -> str:
    content = hashlib.sha256()
    for net in nets:
        for value in net.state_dict().values():
            content.update(value.numpy())
    return content.hexdigest()[:12]


# On disk: arrays by name, never a pickle


def _write(path: Path, features: Features) -> None:
    content = io.BytesIO()
    state = nn.ModuleList([features.body, features.head]).state_dict()
    np.savez(content, accuracy=features.accuracy, **{key: value.numpy() for key, value in state.items()})
    with suppress(OSError):  # it is trained again then
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, content.getvalue())


def _read(path: Path, samples: Samples) -> Features | None:
    """The classifier in a file; None where there is none, or a broken one."""
    if not path.exists():
        return None
    body, head = network(samples.shape, samples.classes)
    sentence = f"{path.name} cannot be read. It is made anew."

    def load() -> float:
        arrays = {key: torch.from_numpy(array) for key, array in npz.read(path, sentence).items()}
        accuracy = float(arrays.pop("accuracy"))
        nn.ModuleList([body, head]).load_state_dict(arrays)
        return accuracy

    try:
        accuracy = guarded(load, sentence)
    except UserError as error:
        log.warning("%s", error)
        return None
    for net in (body, head):
        net.eval().requires_grad_(False)
    return Features("classifier", accuracy, _hash(body, head), body, head)
