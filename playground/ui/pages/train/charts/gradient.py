"""G's loss and its gradient as functions of the score f = D(G(z)), for the objectives where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.engine.messages import View
from playground.losses.objectives import OBJECTIVES
from playground.ui.charts.spec import Item, Spec, array, axis, crosshair, layout, shown
from playground.ui.style import Palette
from playground.utils.scales import nice, sigmoid
from playground.utils.translation import _

RUG = 200  # scores that are marked; more hide each other
POINTS = 161
NEAR = 6.0  # the score axis shows at least [-NEAR, NEAR]
FAR = 1000.0

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Curve:
    """What one generated sample adds to G's loss at the score f, and the derivative of that."""

    loss: Function
    slope: Function


def _softplus(x: np.ndarray) -> np.ndarray:
    out: np.ndarray = np.logaddexp(0, x)
    return out


_CRITIC = Curve(lambda f: -f, lambda f: np.full_like(f, -1.0))

CURVES: dict[str, Curve] = {
    "non-saturating": Curve(lambda f: _softplus(-f), lambda f: sigmoid(f) - 1),
    "minimax": Curve(lambda f: -_softplus(f), lambda f: -sigmoid(f)),
    "lsgan": Curve(lambda f: (f - 1) ** 2 / 2, lambda f: f - 1),
    "wgan": _CRITIC,
    "hinge": _CRITIC,
}
RIVALS = {"non-saturating": "minimax", "minimax": "non-saturating"}  # two losses of G for the same D


def loss_of_g(view: View, palette: Palette) -> Spec:
    """G's loss at every score, dashed that of its rival; a mark where the batch is on average."""
    return _figure(view, palette, _("G's loss"), [""] * 2, lambda curve: curve.loss)


def gradient_of_g(view: View, palette: Palette) -> Spec:
    """How hard G's loss pulls at every score, |dL/df|, its mean over the batch, and the batch on the floor."""
    f = _scores(view)
    means = [f"{np.abs(CURVES[key].slope(f)).mean():.2f}" if len(f) else "" for key in _shown(view)]
    return _figure(view, palette, _("Size of its gradient"), means, lambda curve: lambda f: np.abs(curve.slope(f)), f)


def _shown(view: View) -> list[str]:
    """The run's objective, and the one to compare it with."""
    key = view.config["objective"]
    return [key] + ([RIVALS[key]] if key in RIVALS else [])


def _scores(view: View) -> np.ndarray:
    """The finite scores (n,) of the latest generated batch, within reason."""
    f = np.zeros(0) if view.scores_fake is None else view.scores_fake.astype(np.float64)
    return np.clip(f[np.isfinite(f)], -FAR, FAR)


def _figure(
    view: View,
    palette: Palette,
    title: str,
    latest: list[str],
    part: Callable[[Curve], Function],
    rug: np.ndarray | None = None,
) -> Spec:
    f = _scores(view)
    low, high = (-_bound(-f), _bound(f)) if len(f) else (-NEAR, NEAR)
    x = np.linspace(low, high, POINTS)
    functions = [part(CURVES[key]) for key in _shown(view)]
    values = [function(x) for function in functions]
    colors, styles = (palette.generated, palette.ink), ("solid", "dash")
    names = [_(OBJECTIVES[key].label) for key in _shown(view)]
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "legendgroup": name,
            "x": array(x),
            "y": array(y),
            "line": {"color": color, "width": 3 if dash == "solid" else 1.5, "dash": dash},
            "hovertemplate": f"{name} %{{y:.3f}}<extra></extra>",
        }
        for y, name, color, dash in zip(values, names, colors, styles, strict=False)
    ]
    bottom, top = min(0.0, *(y.min() for y in values)), max(0.0, *(y.max() for y in values))
    room = 0.08 * (top - bottom)
    shapes = []
    if len(f):
        if rug is not None:
            data.append(_markers(rug[:RUG], np.full(len(rug[:RUG]), bottom), palette, size=7, opacity=0.35))
        mean = f.mean()
        there = _markers(np.array([mean]), functions[0](np.array([mean])), palette, size=12)
        data.append(there | {"meta": {"glide": True}})
        shapes = [_upright(float(mean), palette)]
    items = [
        Item(f"{sign} {name}", color, value, name)
        for sign, name, color, value in zip("━╌", names, colors, latest, strict=False)
    ]
    return Spec(
        data,
        layout(
            palette,
            shown(view),
            margin={"l": 40, "r": 22, "t": 8, "b": 22},
            xaxis=axis(palette, low, high, **crosshair(palette, _("score f {x}").format(x="%{x:.2f}"))),
            yaxis=axis(palette, bottom - room, top + room, nticks=3),
            shapes=shapes,
            annotations=[_axis_name(palette)],
        ),
        title,
        tuple(items),
    )


def _bound(f: np.ndarray) -> float:
    """A round number beyond nearly all of `f`, at least NEAR."""
    far = float(np.percentile(f, 99))
    return NEAR if far <= NEAR else nice(far)


def _markers(x: np.ndarray, y: np.ndarray, palette: Palette, **marker: Any) -> dict[str, Any]:
    line = {"width": 0.5, "color": palette.neutral}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": array(x),
        "y": array(y),
        "hoverinfo": "skip",
        "marker": {"color": palette.generated, "symbol": "triangle-up", "line": line, **marker},
    }


def _upright(x: float, palette: Palette) -> dict[str, Any]:
    return {
        "type": "line", "layer": "below", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": palette.generated, "width": 1.5, "dash": "dot"}, "opacity": 0.7,
    }  # fmt: skip


def _axis_name(palette: Palette) -> dict[str, Any]:
    return {
        "xref": "paper", "x": 1.02, "xanchor": "left", "yref": "paper", "y": 0, "yanchor": "middle",
        "text": "f", "showarrow": False, "font": {"color": palette.ink},
    }  # fmt: skip
