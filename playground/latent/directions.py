"""Directions in z along which G's first features change most."""

from __future__ import annotations

from collections.abc import Generator as Pieces

import torch
from torch import nn

from playground.latent.questions import Directions
from playground.models.blocks import Generator, coded
from playground.training.latents import draw_z
from playground.training.model import Model
from playground.utils.errors import UserError
from playground.utils.random_streams import RandomStreams
from playground.utils.translation import _

FEATURES = 256  # at most, chosen at random: the eigenvectors of more would hold the training up
ROWS, NUMBERS = 256, 1 << 18  # samples of a piece of work, and features of theirs
BLURRED = 2.0  # times what chance gives: of a component that follows z no better, the direction is noise

_LINEAR = (nn.Linear, nn.ConvTranspose2d)
_BATCH = (nn.BatchNorm1d, nn.BatchNorm2d)
_NORMS = (*_BATCH, nn.GroupNorm, nn.LayerNorm)


def stem(G: Generator) -> nn.Sequential:
    """The layers of G up to its first activation or residual block.

    What the linear layer alone gives would make `components` and `sefa` one method: the principal axes of A z for a
    normal z are the singular vectors of A.
    """
    assert isinstance(G.body, nn.Sequential)
    for n, layer in enumerate(G.body):
        if not isinstance(layer, (*_LINEAR, *_NORMS, nn.Unflatten)):
            return nn.Sequential(*list(G.body)[: n + 1])
    return G.body


@torch.no_grad()
def features(G: Generator, z: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
    """What the stem of G makes, in eval mode, of z (n, z_dim) with labels as `Model.latents` gives them: (n, f)."""
    if y is not None:
        z = torch.cat([z, coded(y, G.codes)], 1)
    layers, training = stem(G), G.training
    G.eval()
    try:
        out: torch.Tensor = layers(z).flatten(1)
    finally:
        G.train(training)
    return out


def components(
    model: Model, label: int | None, n: int, count: int, seed: int = 0
) -> Pieces[tuple[int, int], None, Directions]:
    """The first `count` principal components of G's features, regressed to z (GANSpace, Härkönen et al., 2020).

    `n` latents z_j are drawn and their features decomposed. Let x_j be the coordinates of the components, normalised to
    variance 1. Then U = argmin sum_j |U x_j + c - z_j|^2, and the directions are the columns of U, made unit vectors;
    the share of a direction is the part of the features' variance that its component has. Conditional runs get all
    latents with one `label`, so that z alone makes the difference. No more than z_dim are given.

    Yields (done, total) after each piece; gives the directions. Raises UserError if there are none.
    """
    rng = torch.Generator().manual_seed(seed)
    draws = RandomStreams(rng)
    moments: _Moments | None = None
    done, rows = 0, 1
    while done < n:
        z = draw_z(model.config, rows, draws)
        z, y = model.latents(z.numpy(), None if label is None else torch.full((rows,), label).numpy())
        phi = features(model.G, z, y)
        if moments is None:  # one sample tells how many features there are
            moments = _Moments(phi, z, rng)
            rows = max(1, min(ROWS, NUMBERS // phi.shape[1]))
            continue
        moments.add(phi, z)
        done += rows
        rows = min(rows, n - done)
        yield done, n
    assert moments is not None
    return moments.regressed(count)


class _Moments:
    """Second moments of features (f,) and z (d,), gathered piece by piece in double precision."""

    def __init__(self, phi: torch.Tensor, z: torch.Tensor, rng: torch.Generator) -> None:
        """Of one sample, near which sums of squares are taken: they lose no digits to a mean far from 0."""
        f = phi.shape[1]
        self.chosen = torch.randperm(f, generator=rng)[:FEATURES].to(phi.device)
        self.origin = phi[0, self.chosen]
        self.n, self.features, self.total = 0, len(self.chosen), len(self.chosen) + z.shape[1]
        self.sums = torch.zeros(self.total, dtype=torch.float64)
        self.squares = torch.zeros(self.total, self.total, dtype=torch.float64)

    def add(self, phi: torch.Tensor, z: torch.Tensor) -> None:
        both = torch.cat([phi[:, self.chosen] - self.origin, z], 1)
        self.n += len(both)
        self.sums += both.sum(0).cpu().double()
        self.squares += (both.T @ both).cpu().double()

    def regressed(self, count: int) -> Directions:
        mean = self.sums / self.n
        covariance = self.squares / self.n - torch.outer(mean, mean)
        f = self.features
        within, across, of_z = covariance[:f, :f], covariance[:f, f:], covariance[f:, f:]
        if not bool(covariance.isfinite().all()):
            raise UserError(_("G gives numbers that are infinite or undefined: no directions."))
        variances, axes = torch.linalg.eigh(within)
        variances, axes = variances.flip(0).clamp_min(0), axes.flip(1)
        if not float(variances[0]) > 0:
            raise UserError(_("G’s features are the same for every z: no directions."))
        # Of coordinates that are uncorrelated and have variance 1, least squares gives the covariances with z.
        u = (axes / variances.clamp_min(1e-12 * float(variances[0])).sqrt()).T @ across
        chance = of_z.shape[0] / self.n
        followed = (u**2 / of_z.diagonal()).sum(1) > BLURRED * chance
        found = followed.nonzero().flatten()[: min(count, of_z.shape[0])]
        if not len(found):
            raise UserError(_("No component of G’s features follows z along a line."))
        return directions(u[found], variances[found] / variances.sum())


def sefa(G: Generator, z_dim: int, count: int) -> Directions:
    """The first `count` eigenvectors of A^T A, A the weights by which z enters G (SeFa, Shen & Zhou, 2021).

    They are the unit vectors that change A z most. The share of each is its part of the variance of A z for a z of
    which all numbers vary alike.
    """
    A = entrance(G, z_dim)
    if not bool(A.isfinite().all()) or not bool(A.any()):
        raise UserError(_("The first layer of G is all zero, infinite or undefined: no directions."))
    values, vectors = torch.linalg.eigh(A.T @ A)
    values, vectors = values.flip(0).clamp_min(0), vectors.flip(1)
    return directions(vectors.T[:count], (values / values.sum())[:count])


@torch.no_grad()
def entrance(G: Generator, z_dim: int) -> torch.Tensor:
    """The matrix A (out, z_dim) float64 by which z enters G, as it is used.

    That is with its spectral norm, and with rows scaled as a normalisation behind it scales them: batch normalisation
    multiplies each by gamma / sigma; others have one sigma of each sample for all rows that they take together, and
    what is left of them is gamma.
    """
    first, *rest = stem(G)
    weight = first.weight
    assert isinstance(first, _LINEAR)
    assert isinstance(weight, torch.Tensor)
    A = (weight.flatten(1).T if isinstance(first, nn.ConvTranspose2d) else weight).double().cpu()
    norm = next((layer for layer in rest if isinstance(layer, _NORMS)), None)
    if norm is not None:
        scale = norm.weight.detach().double().cpu()
        if isinstance(norm, _BATCH):
            assert norm.running_var is not None
            scale = scale / (norm.running_var.double().cpu() + norm.eps).sqrt()
        A = A * scale.repeat_interleave(len(A) // len(scale))[:, None]
    return A[:, :z_dim]


def directions(vectors: torch.Tensor, shares: torch.Tensor) -> Directions:
    """Vectors (k, z_dim) as unit vectors, each turned so that its number furthest from 0 is positive."""
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    unit = nn.functional.normalize(vectors * largest.sign(), dim=1)
    return Directions(unit.float().numpy(), shares.float().numpy())
