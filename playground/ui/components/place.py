"""Points in D's plane that a person moves with a pointer, a finger or the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from playground.latent.quiz import OpponentFound
from playground.ui.components import frames
from playground.utils.colors import shades
from playground.utils.scales import nice
from playground.utils.translation import _

SHOWN = 200  # points of the data, and of G's samples


def words() -> dict[str, Any]:
    """The words that the script shows."""
    return {
        "how": _(
            "Drag the triangles. Keys: Tab to the plane, arrow keys move a point (with Shift farther), N and B go to "
            "the next point and back."
        ),
        "plane": _("D's plane with your points"),
        "point": _("Point {n}"),
    }


_mount = frames.register("place", "colour_ramp", "plane_layers", words=words)


def place(
    found: OpponentFound,
    points: np.ndarray,
    steps: np.ndarray,
    says: Sequence[str],
    *,
    key: str,
    token: str,
    turn: int,
    extent: float,
    probability: bool,
    on_places: Callable[[], None],
) -> None:
    """Draw D's plane and `points` (n, 2) with the `steps` (n, 2) on which D would send them; `says`: D of each.

    The points belong to the browser, which takes them only when `token` changes; `turn` says which of its places are
    answered. After a move `on_places` is called; `places` gives them.
    """
    data = {
        "token": token,
        "turn": turn,
        "extent": extent,
        "level": found.level,
        "shades": _shades(found, probability),
        "logits": frames.short(found.plane),
        "real": frames.short(found.real[:SHOWN]),
        "samples": frames.points(found.samples[:SHOWN]),
        "points": frames.points(points),
        "steps": frames.points(steps),
        "says": list(says),
    }
    _mount(key=key, data=frames.packed(data), on_places_change=on_places)


def _shades(found: OpponentFound, probability: bool) -> bytes:
    """D's answers as 0 (says generated) to 255 (says real); where they are no probability, its level is the middle."""
    if probability:
        return shades(found.plane, True).tobytes()
    above = np.nan_to_num(found.plane - found.level)
    unit = 0.5 + 0.5 * above / nice(max(float(np.abs(above).max()), 1e-6))
    shaded: np.ndarray = np.rint(255 * unit.clip(0, 1)).astype(np.uint8)
    return shaded.tobytes()


def places(key: str, token: str, count: int) -> tuple[int, np.ndarray] | None:
    """The turn and the points (n, 2) that were sent, for the callback; None if they are not such points."""
    said = frames.heard(key, "places")
    if not isinstance(said, dict) or said.get("token") != token or not isinstance(said.get("turn"), int):
        return None
    try:
        points = np.array(said.get("points"), np.float32)
    except (TypeError, ValueError):
        return None
    return (said["turn"], points) if points.shape == (count, 2) and np.isfinite(points).all() else None
