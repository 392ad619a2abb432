"""Points on pages: in their plane."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.data.modality import POINTS
from playground.engine.messages import Card, View
from playground.ui import session, style
from playground.ui.charts.plane import cloud
from playground.ui.components.board import Miniature
from playground.ui.components.plane import plane, small_plane
from playground.ui.components.scatter import scatter
from playground.ui.modalities.on_page import OnPage
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.ui.components.scrubber import Planes
    from playground.ui.pages.train.display import Display

FEW = 120  # generated points of a small picture
PLANE = "plane"  # the key of the plane on the stage


def _stage(view: View, settings: Display, alt: str, source: dict[str, Any], turn: Callable[[str], None]) -> None:
    plane(view, key=PLANE, alt=alt, playing=session.playing(), source=source, on_weights=lambda: turn(PLANE))


def _lane(view: View, key: str, alt: str, lanes: int, playing: bool) -> None:
    small_plane(view, key=key, alt=alt, playing=playing)


def _miniature(view: View) -> Miniature:
    if view.samples is None:
        return Miniature(points=True)
    real = np.zeros((0, 2)) if view.real is None else view.real
    return Miniature(_bytes(view.samples[:FEW], view.extent), _bytes(real[: FEW // 2], view.extent), points=True)


def _bytes(points: np.ndarray, extent: float) -> bytes:
    """Pairs of bytes of which 0 is -extent and 255 is extent."""
    share = (np.nan_to_num(points) / extent + 1) / 2
    found: bytes = (share.clip(0, 1) * 255).round().astype(np.uint8).tobytes()
    return found


def _sheet(card: Card, name: str) -> None:
    assert card.sheet is not None
    alt = _("The points of {name}").format(name=name)
    scatter(cloud(card.sheet, card.extent, style.palette()), key="data_plane", alt=alt)


def _compared(unseen: bool) -> str:
    if unseen:
        return _("{n} generated points, {n} real ones from which G does not learn.")
    return _("{n} generated points, {n} real ones: training samples.")


def _planes(view: View) -> Planes:
    from playground.ui.components.scrubber import Planes  # which imports the Latent page

    assert view.real is not None
    assert view.samples is not None
    return Planes(view.extent, view.real, view.samples)


ON_PAGE = OnPage(
    key=POINTS.key,
    tiled=False,
    stage=_stage,
    shortcut=lambda: ("+  −", _("On the plane: zoom, as the wheel does. Home or a double click shows all of it")),
    compared=_compared,
    lane=_lane,
    miniature=_miniature,
    sheet=_sheet,
    shape=lambda shape: _("points in a plane"),
    planes=_planes,
    pool=48,
    stops=49,  # it is drawn as a curve
    finer=2,  # they cost little and are drawn as curves
    truncated=150,
)
