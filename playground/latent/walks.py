"""A walk: a path through a few latents and how fast one goes along it; plain data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from playground.latent import paths
from playground.latent.paths import Classing

MOST, LONGEST = 8, 512  # anchors; frames of a walk
FRAMES, FINEST = 96, 32  # frames of a walk of images, about; of one of its segments at most
SECONDS = 1.2  # that one segment takes at speed 1
REST = 1.0  # seconds that an open walk stays at its end
SPEEDS = (0.5, 1.0, 2.0)


@dataclass(frozen=True, eq=False)
class Walk:
    """`anchors` (k, z_dim) float32 and, of a conditional run, their `labels` (k,) out of `classes`.

    `path` is one of `latent.PATHS`, `per` the number of frames of a segment, `speed` a factor; with `ease` each segment
    begins and ends gently. All frames follow from these.
    """

    anchors: np.ndarray
    labels: np.ndarray | None
    classes: int
    distribution: str
    path: str
    closed: bool
    per: int
    how: Classing = "stay"
    speed: float = 1.0
    ease: bool = False

    @property
    def loop(self) -> bool:
        """Whether it comes back to its beginning."""
        return self.closed or self.path == "spline"

    @property
    def segments(self) -> int:
        return len(self.anchors) - (not self.loop)

    @property
    def count(self) -> int:
        """The number of frames."""
        return count(len(self.anchors), self.per, self.loop)

    def z(self, path: str = "") -> np.ndarray:
        """The latents of the frames, (n, z_dim); along another `path` for comparison."""
        return paths.walk(self.anchors, self.per, path or self.path, self.loop, self.distribution)

    def y(self) -> np.ndarray | None:
        """Their labels (n,) or weights of the classes (n, classes)."""
        if self.labels is None:
            return None
        return paths.labels_along(self.labels, self.per, self.loop, self.how, self.classes)

    def at(self) -> np.ndarray:
        """Where the frames lie, (n,): 0 at the first anchor, 1 at the second."""
        return np.arange(self.count) / self.per

    def seconds(self) -> np.ndarray:
        """How long each frame stays, (n,)."""
        inside = np.linspace(0, 1, self.per + 1)
        times = paths.uneased(inside) if self.ease else inside
        each = np.diff(times) * SECONDS / self.speed
        out = np.tile(each, self.segments)
        return out if self.loop else np.append(out, REST)

    def same(self, other: Walk) -> bool:
        """Whether it has the same frames."""
        return (self.path, self.loop, self.per) == (other.path, other.loop, other.per) and all(
            np.array_equal(mine, theirs)
            for mine, theirs in ((self.anchors, other.anchors), (_none(self.y()), _none(other.y())))
        )


def count(anchors: int, per: int, loop: bool) -> int:
    """The number of frames of a walk."""
    return per * anchors if loop else per * (anchors - 1) + 1


def frames_per_segment(segments: int) -> int:
    """As many as make a walk of images that is smooth and not too long; four or eight of them make a strip."""
    return min(FINEST, FRAMES // 4 // segments * 4)


def digest(samples: np.ndarray) -> str:
    """What tells samples from others to the last bit: 64 hexadecimal digits."""
    form = f"{samples.dtype.str}{samples.shape}".encode()
    return hashlib.sha256(form + np.ascontiguousarray(samples).tobytes()).hexdigest()


def _none(y: np.ndarray | None) -> np.ndarray:
    return np.zeros(0) if y is None else y
