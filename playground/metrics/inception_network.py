"""The Inception network of the standard FID (Heusel et al., 2017): 2048 features of colour images.

The network is that of torch-fidelity as torchmetrics wraps it, with the resizing of the original (TensorFlow 1), layer
by layer, as the whole takes too long for the time between two steps of a training. Its weights are a file that somebody
puts there, see `playground.metrics.inception_weights`; nothing is fetched.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchmetrics.image import fid

from playground.metrics import inception_weights
from playground.utils.chunked import Progress
from playground.utils.errors import UserError
from playground.utils.translation import _

BLOCK = 2**22  # bytes read at a time
LIMIT = 2**28  # bytes of the file at most; it has 95 million
SIDE = 299  # pixels of the images that the first layer takes
SIZE = 2048  # features of an image

_network: list[nn.Sequential] = []  # once it is known


def network() -> Generator[Progress, None, nn.Sequential]:
    """Layers from uint8 images (n, 3, h, w) to features (n, SIZE), to be taken one by one; at once the second time.

    Raises UserError where the package or the file is missing, or the file is another one.
    """
    if not _network:
        if missing := inception_weights.missing():
            raise UserError(missing)
        state = yield from read(inception_weights.inception(), inception_weights.DIGEST)
        _network[:] = [built(state)]
    return _network[0]


def read(path: Path, digest: str) -> Generator[Progress, None, dict[str, Any]]:
    """The tensors in a file by their names, of a file whose SHA-256 begins with `digest`; no other one is opened.

    What is checked are the very bytes that are opened, and only tensors may be in them. Raises UserError.
    """
    content, found = bytearray(), hashlib.sha256()
    try:
        total = path.stat().st_size
        with path.open("rb") as file:
            while len(content) <= LIMIT and (block := file.read(BLOCK)):
                content += block
                found.update(block)
                yield len(content), total
    except OSError as error:
        words = _("{file} cannot be read ({error}). Check its rights.")
        raise UserError(words.format(file=path, error=error.strerror or error)) from error
    if not found.hexdigest().startswith(digest):
        words = _("{file} is not what it should be: its SHA-256 does not begin with {digest}. Fetch it again.")
        raise UserError(words.format(file=path, digest=digest))
    state: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return state


class Resized(nn.Module):
    """uint8 images (n, 3, h, w) to (n, 3, SIDE, SIDE) in [-1, 1], by the bilinear interpolation of TensorFlow 1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        resize: Callable[..., torch.Tensor] = vars(fid)["interpolate_bilinear_2d_like_tensorflow1x"]  # torch-fidelity's
        return (resize(x.float(), size=(SIDE, SIDE), align_corners=False) - 128) / 128


def built(state: dict[str, Any]) -> nn.Sequential:
    """The network with these weights, up to the features.

    Its maker reads a file, without care: it gets one that holds these tensors.
    """
    file: Any = io.BytesIO()  # torchmetrics says str, PyTorch reads either
    torch.save(state, file)
    file.seek(0)
    try:
        with torch.random.fork_rng(devices=[]):  # its first weights are drawn
            net = fid.NoTrainInceptionV3("inception-v3-compat", [str(SIZE)], file)
    except ModuleNotFoundError as error:
        raise UserError(_("The package torch-fidelity came after the app had started. Start the app again.")) from error
    layers = [layer for name, layer in net.named_children() if name != "fc"]  # which makes classes of the features
    return nn.Sequential(Resized(), *layers, nn.Flatten()).eval().requires_grad_(False)
