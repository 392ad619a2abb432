"""Endless planes through the latent space; plain NumPy.

A span is a function that gives the latents and labels at places (u, v), each (n,): z (n, z_dim) float32, and y None,
(n,) int64 or class weights (n, classes) float32. A normal z of three or more dimensions stays on its sphere, a uniform
one in its cube [-1, 1]^z_dim; a normal z of one or two dimensions moves straight.

A plane is looked at in chunks. One of level k has SIDE x SIDE places 2^-k units apart, the first of them at
(i * SIDE, j * SIDE) * 2^-k: finer levels have the places of the coarser ones, and more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from playground.utils.priors import NO_CODES, Codes, drawn

Labels = np.ndarray | None
Span = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, Labels]]

TURN = np.pi / 4  # radians that one unit turns z
_NOTHING = 1e-9


class Chunk(NamedTuple):
    """A square of the plane."""

    level: int
    i: int
    j: int

    def places(self, side: int, closed: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """u and v of its places, row by row with v growing, each (n,); `closed`: with the first ones of its neighbours.

        Interpolation needs those.
        """
        along = np.arange(side + closed)
        step = 2.0**-self.level
        v, u = np.meshgrid((self.j * side + along) * step, (self.i * side + along) * step, indexing="ij")
        return u.ravel(), v.ravel()


def seeds(
    seed: int, z_dim: int, distribution: str, classes: int = 0, label: int | None = None, codes: Codes = NO_CODES
) -> Span:
    """Each whole (i, j) is the latent that `np.random.default_rng([seed, i, j])` draws, i and j modulo 2^32.

    Between four of them z points where their bilinear mix points, and its norm is the mix of their norms; a uniform z
    is the mix itself, and so are `codes`. With `classes` each has a class of its own, drawn after its z, and the labels
    are mixed; `label` gives all of them one.
    """

    def span(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, Labels]:
        low = np.stack([np.floor(u), np.floor(v)], 1).astype(np.int64)
        corners = np.stack([low + offset for offset in ((0, 0), (1, 0), (0, 1), (1, 1))], 1)  # (n, 4, 2)
        at, which = np.unique(corners.reshape(-1, 2), axis=0, return_inverse=True)
        z, y = _drawn(at, seed, z_dim, distribution, classes, codes)
        weights = _shares(u - low[:, 0], v - low[:, 1])
        which = which.reshape(-1, 4)
        mixed = _mix(z[which], weights, on_sphere(distribution, z_dim - codes.size), codes.size)
        if not classes or label is not None:
            return mixed, _constant(label, len(u), classes)
        return mixed, _weights(y[which], weights, classes)

    return span


def directions(
    seed: int, z_dim: int, distribution: str, classes: int = 0, label: int | None = None, codes: Codes = NO_CODES
) -> Span:
    """From a random latent along two random directions; its `codes` stay."""
    origin, first, second, code = _frame(seed, z_dim, distribution, codes)
    move = _behind(code, _mover(origin, first, second, distribution))
    return lambda u, v: (move(u, v), _constant(label, len(u), classes))


def along(
    origin: np.ndarray, first: np.ndarray, second: np.ndarray, distribution: str, classes: int = 0,
    label: int | None = None,
) -> Span:  # fmt: skip
    """From latent `origin` (z_dim,) by u `first` + v `second`, (z_dim,) each.

    On the sphere z turns by an angle of what they have across `origin`, by |origin|.
    """
    origin, first, second = (np.asarray(each, np.float64) for each in (origin, first, second))
    if on_sphere(distribution, len(origin)):
        norm = float(np.linalg.norm(origin))
        first, second = ((way - (way @ origin) / norm**2 * origin) / norm for way in (first, second))
    move = _mover(origin, first, second, distribution)
    return lambda u, v: (move(u, v), _constant(label, len(u), classes))


def through(
    a: np.ndarray, b: np.ndarray, c: np.ndarray | None, seed: int, distribution: str, classes: int = 0,
    labels: tuple[int, ...] = (),
) -> Span:  # fmt: skip
    """u leads from latent `a` (z_dim,), at (0, 0), to `b`, at (1, 0); v to `c`, at (0, 1), or in a random direction.

    On the sphere these are great circles, and they go on beyond; norms and class weights swing back and forth.
    """
    sphere = on_sphere(distribution, len(a))
    anchors = np.stack([a, b] if c is None else [a, b, c]).astype(np.float64)
    norms = np.linalg.norm(anchors, axis=1)
    first = _towards(anchors[0], anchors[1], sphere)
    second = _sideways(anchors[0], first, seed, sphere) if c is None else _towards(anchors[0], anchors[2], sphere)
    move = _mover(anchors[0], first, second, distribution)

    def span(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, Labels]:
        z, weights = move(u, v), _three(swing(u), swing(v) if c is not None else np.zeros_like(v))[:, : len(anchors)]
        if sphere:
            z = (z * ((weights @ norms) / norms[0])[:, None]).astype(np.float32)
        if not classes:
            return z, None
        if len(set(labels)) == 1:
            return z, _constant(labels[0], len(u), classes)
        return z, _weights(np.broadcast_to(np.array(labels), weights.shape), weights, classes)

    return span


def between_classes(
    first: int, last: int, classes: int, seed: int, z_dim: int, distribution: str, codes: Codes = NO_CODES
) -> Span:
    """u turns class `first`, at 0, into `last`, at 1, and back; v moves a random latent in a random direction."""
    origin, along, _second, code = _frame(seed, z_dim, distribution, codes)
    move = _behind(code, _mover(origin, along, along, distribution))

    def span(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, Labels]:
        share = swing(u)
        y = np.zeros((len(u), classes), np.float32)
        y[:, first] += 1 - share
        y[:, last] += share
        return move(np.zeros_like(u), v), y

    return span


def itself(distribution: str, classes: int = 0, label: int | None = None) -> Span:
    """z is (u, v); a uniform one is reflected into its square."""

    def span(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, Labels]:
        z = np.stack([u, v], 1)
        z = fold(z) if distribution == "uniform" else z
        return z.astype(np.float32), _constant(label, len(u), classes)

    return span


def on_sphere(distribution: str, z_dim: int) -> bool:
    """Whether z moves on its sphere: with fewer dimensions directions would jump where the mix is 0."""
    return distribution != "uniform" and z_dim > 2


def swing(t: np.ndarray) -> np.ndarray:
    """0 at even numbers, 1 at odd ones, straight between."""
    out: np.ndarray = 1 - np.abs(t % 2 - 1)
    return out


def fold(x: np.ndarray) -> np.ndarray:
    """`x` reflected at -1 and 1 until it lies between them."""
    out: np.ndarray = 1 - np.abs((x + 1) % 4 - 2)
    return out


# Pieces


def _drawn(
    at: np.ndarray, seed: int, z_dim: int, distribution: str, classes: int, codes: Codes
) -> tuple[np.ndarray, np.ndarray]:
    """The latents (n, z_dim) and classes (n,) of whole places (n, 2)."""
    found = [_draw(seed, int(i), int(j), z_dim, distribution, classes, codes) for i, j in at % 2**32]
    return np.stack([z for z, _y in found]), np.array([y for _z, y in found], np.int64)


@lru_cache(maxsize=4096)  # a generator costs more than what it draws, and neighbours share their corners
def _draw(
    seed: int, i: int, j: int, z_dim: int, distribution: str, classes: int, codes: Codes
) -> tuple[np.ndarray, int]:
    rng = np.random.default_rng([seed, i, j])
    z = drawn(rng, distribution, 1, z_dim, codes)[0]
    return z, int(rng.integers(classes)) if classes else 0


def _shares(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The bilinear weights (n, 4) of the corners (0, 0), (1, 0), (0, 1), (1, 1) at (x, y), each (n,)."""
    return np.stack([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y], 1)


def _three(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The weights (n, 3) of three corners: as `_shares`, with the fourth one halfway between the last two."""
    shares = _shares(x, y)
    return np.stack([shares[:, 0], shares[:, 1] + shares[:, 3] / 2, shares[:, 2] + shares[:, 3] / 2], 1)


def _mix(z: np.ndarray, weights: np.ndarray, sphere: bool, coded: int) -> np.ndarray:
    """Latents (n, k, z_dim) by weights (n, k): (n, z_dim).

    On the sphere what comes after the `coded` numbers has the norm that is the mix of theirs.
    """
    mixed = np.einsum("nk,nkd->nd", weights, z)
    if sphere:
        rest, parts = mixed[:, coded:], z[:, :, coded:]
        norm, now = (weights * np.linalg.norm(parts, axis=2)).sum(1), np.linalg.norm(rest, axis=1)
        rest *= (norm / np.maximum(now, _NOTHING))[:, None]
    out: np.ndarray = mixed.astype(np.float32)
    return out


def _weights(y: np.ndarray, shares: np.ndarray, classes: int) -> np.ndarray:
    """Class weights (n, classes) of classes (n, k) mixed by shares (n, k)."""
    out = np.zeros((len(y), classes), np.float32)
    np.add.at(out, (np.arange(len(y))[:, None], y), shares)
    return out


def _constant(label: int | None, n: int, classes: int) -> Labels:
    return np.full(n, label or 0, np.int64) if classes else None


def _frame(
    seed: int, z_dim: int, distribution: str, codes: Codes
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A random latent and two random directions, each (z_dim - codes,), as long as z goes in one unit; and its code.

    On the sphere the directions are tangents; their lengths are angles. They are orthogonal where there is room.
    """
    rng = np.random.default_rng([seed, 2**32])
    code, origin = np.split(drawn(rng, distribution, 1, z_dim, codes)[0], [codes.size])
    z_dim -= codes.size
    random = rng.standard_normal((2, z_dim))
    if not on_sphere(distribution, z_dim):
        pace = np.sqrt(z_dim) / 2
        first = random[0] / np.linalg.norm(random[0])
        second = _orthogonal(random[1], first) if z_dim > 1 else first
        return origin, pace * first, pace * second, code
    unit = origin / np.linalg.norm(origin)
    first = _orthogonal(random[0], unit)
    return origin, TURN * first, TURN * _orthogonal(random[1], unit, first), code


def _orthogonal(vector: np.ndarray, *units: np.ndarray) -> np.ndarray:
    """The unit vector nearest to `vector` that is orthogonal to `units`, which are so to each other."""
    for unit in units:
        vector = vector - (vector @ unit) * unit
    out: np.ndarray = vector / np.linalg.norm(vector)
    return out


def _towards(a: np.ndarray, b: np.ndarray, sphere: bool) -> np.ndarray:
    """What leads from `a` to `b` in one unit: on the sphere the tangent whose length is their angle."""
    if not sphere:
        straight: np.ndarray = b - a
        return straight
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    rest = b - (a @ b) * a
    sine = float(np.linalg.norm(rest))
    if sine < _NOTHING:
        return np.zeros_like(a)
    out: np.ndarray = rest / sine * np.arctan2(sine, a @ b)
    return out


def _sideways(a: np.ndarray, first: np.ndarray, seed: int, sphere: bool) -> np.ndarray:
    """A random direction across `first`, as long as it; on the sphere a tangent at `a`."""
    random = np.random.default_rng([seed, 2**32 + 1]).standard_normal(len(a))
    length = float(np.linalg.norm(first))
    units = [a / np.linalg.norm(a)] if sphere else []
    units += [first / length] if length > _NOTHING else []
    if len(units) >= len(a):  # no room for another direction
        return first
    out: np.ndarray = (length or TURN) * _orthogonal(random, *units)
    return out


def _behind(code: np.ndarray, move: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., np.ndarray]:
    """The same where all z begin with `code` (codes,)."""

    def whole(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return np.concatenate([np.tile(code.astype(np.float32), (len(u), 1)), move(u, v)], 1)

    return whole


def _mover(
    origin: np.ndarray, first: np.ndarray, second: np.ndarray, distribution: str
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Moves z from `origin` by w = u first + v second: straight, or along the great circle in the direction of w."""
    norm = float(np.linalg.norm(origin))

    def move(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        w = u[:, None] * first + v[:, None] * second
        if on_sphere(distribution, len(origin)):
            angle = np.linalg.norm(w, axis=1, keepdims=True)
            w = (np.cos(angle) - 1) * origin + np.sin(angle) * norm * w / np.maximum(angle, _NOTHING)
        z: np.ndarray = origin + w
        return (fold(z) if distribution == "uniform" else z).astype(np.float32)

    return move
