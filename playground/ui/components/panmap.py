"""An endless map: a mosaic, or for 2-D runs two planes, and what is under the pointer; drawn in the browser alone.

The browser keeps chunks of the plane, see `playground.latent.plane`, and asks for those that it lacks, or that other
weights made. Images come as a sheet of one chunk. Of 2-D runs a chunk is a grid of points G(z) as 16-bit numbers; the
browser takes what lies between four of them bilinearly. Where it is drawn two places are at most 8 pixels apart, and
under the pointer 2^FINER times closer. There the marker is at most a pixel of a plane of 620 pixels from G(z) for 99 %
of all z on a ring of 300 steps; after 2000 steps, when G all but jumps from mode to mode, two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.data.modality import MODALITIES, tiles_of
from playground.engine import links
from playground.engine.messages import View
from playground.latent.plane import Chunk
from playground.ui.components import frames
from playground.ui.pages.latent.planes import LIMIT, Plane
from playground.utils.translation import _

_mount = frames.register("panmap", "plane_layers", "panmap_chunks", "panmap_pictures", "panmap_planes")
FINER = 3  # levels
COARSEST, FINEST = -1, 10
CLOUD = 300  # points
BEYOND = 8.0  # times the extent: where a point that is even farther out is drawn


@dataclass(frozen=True)
class Ask:
    """What the browser asks for, the most urgent first, and where it stands: u, v and pixels per unit."""

    token: str
    number: int
    chunks: list[Chunk]
    place: tuple[float, float, float]

    @classmethod
    def read(cls, said: dict[str, Any]) -> Ask:
        """From what the browser said; chunks that cannot be are left out."""
        chunks = [Chunk(*(int(n) for n in some[:3])) for some in said["chunks"]]
        most = LIMIT * 2**FINEST
        good = [c for c in chunks if COARSEST <= c.level <= FINEST and max(abs(c.i), abs(c.j)) <= most]
        u, v, scale = (float(n) for n in said["place"])
        return cls(str(said["token"]), int(said["number"]), good, (u, v, scale))


@dataclass(frozen=True)
class Filled:
    """G at the places of a chunk: samples (n, ...) as in a View, and |z| there (n,)."""

    chunk: Chunk
    samples: np.ndarray
    norms: np.ndarray


@dataclass(frozen=True)
class Kind:
    """How samples lie on the map, tiles or points in their plane: `side` places of a chunk in a row, `step` pixels from
    place to place at most, half as much at least. `closed`: each chunk has the first places of its neighbours, too.

    `about` is what the browser is told of the run, `chunk` of the samples in a chunk.
    """

    name: str
    side: int
    closed: bool
    step: int
    about: Callable[[View, Plane], dict[str, Any]]
    chunk: Callable[[np.ndarray, View], dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """`chunks` of the plane `token` by the weights `version`; the browser may ask for `most` at once, `gap` s later.

    `pinned`: whether the weights stay while the run trains.
    """

    token: str
    version: str
    chunks: list[Filled]
    number: int
    gap: float
    most: int
    pinned: bool


def panmap(
    view: View,
    plane: Plane,
    answer: Answer,
    *,
    key: str,
    place: tuple[float, float, float] | None,
    crisp: bool,
    on_ask: Callable[[], None],
    on_use: Callable[[], None],
) -> None:
    """Draw it. `on_ask` is called when the browser asks for chunks, `on_use` when a person wants a place as fixed z."""
    data = frames.packed(payload(view, plane, answer, place, crisp))
    _mount(key=key, data=data, on_ask_change=on_ask, on_use_change=on_use)


def payload(
    view: View, plane: Plane, answer: Answer, place: tuple[float, float, float] | None, crisp: bool
) -> dict[str, Any]:
    """What the browser gets."""
    kind = kind_of(view)
    data: dict[str, Any] = {
        "kind": kind.name,
        "token": answer.token,
        "version": answer.version,
        "number": answer.number,
        "gap": round(1000 * answer.gap),
        "most": answer.most,
        "follows": view.status == "playing" and not answer.pinned,
        "chunks": [_chunk(filled, view, kind) for filled in answer.chunks],
        "side": kind.side,
        "tile": kind.step,
        "finer": FINER,
        "levels": [COARSEST, FINEST],
        "start": [*plane.start, 0],
        "place": place,
        "across": plane.across,
        "limit": plane.limit,
        "marks": plane.marks,
        "crisp": crisp,
        "steers": links.right_of(view.run) != "watch",
        "text": _words(),
    }
    return data | kind.about(view, plane)


def _chunk(filled: Filled, view: View, kind: Kind) -> dict[str, Any]:
    return {"at": list(filled.chunk), "norms": frames.short(filled.norms)} | kind.chunk(filled.samples, view)


def _about_tiles(view: View, plane: Plane) -> dict[str, Any]:
    assert view.samples is not None
    height, width = tiles_of(view.samples[:1]).shape[1:3]
    return {"size": [width, height]}


def _about_points(view: View, plane: Plane) -> dict[str, Any]:
    assert view.samples is not None
    assert view.real is not None
    reach = BEYOND * view.extent
    cloud = view.fixed_z if plane.itself and view.fixed_z is not None else np.zeros((0, 2))
    return {
        "extent": view.extent,
        "real": frames.short(view.real[:CLOUD], reach),
        "generated": frames.short(view.samples[:CLOUD], reach),
        "latents": frames.short(cloud[:CLOUD]),
        "normal": plane.itself and view.config["z_distribution"] != "uniform",
    }


TILES = Kind("images", 8, False, 80, _about_tiles, lambda samples, view: {"sheet": frames.sprite(tiles_of(samples), 8)})
PLANE = Kind(
    "points",
    32,
    True,
    8,
    _about_points,
    lambda samples, view: {"points": frames.short(samples, BEYOND * view.extent)},
)


def kind_of(view: View) -> Kind:
    """How its samples lie on the map."""
    return PLANE if MODALITIES[view.kind].tiles is None else TILES


def _words() -> dict[str, str]:
    return {
        "map": _("Map of the latent space"),
        "keys": _("Drag or use the arrow keys, with Shift for more. Plus and minus zoom, Home goes back."),
        "picture": _("What G makes of it"),
        "use": _("Show on Train"),
        "use_help": _("The samples on the Train page then come from here."),
        "closer": _("Closer"),
        "farther": _("Farther"),
        "home": _("Back to the start"),
    }
