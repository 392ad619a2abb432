"""Small pictures of the tensors of a recorded step: points, images, scores."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from playground.data.modality import IMAGES, POINTS
from playground.ui.charts import tiles
from playground.ui.charts.scores import BINS, area
from playground.ui.charts.spec import Spec, array, axis, crosshair, layout
from playground.ui.style import Palette
from playground.utils.sample_grid import arrange
from playground.utils.scales import nice, robust_range
from playground.utils.step_record import Phase, Tensor
from playground.utils.translation import _

ROWS, COLUMNS = 2, 8  # of images
FIRST = 4  # numbers of a row
SAMPLES = ("x", "real", "fake", "generated")


def kind(phase: Phase, tensor: Tensor) -> str:
    """Whether a tensor has to do with "real" or "generated" samples, or "" for neither."""
    if tensor.name in ("d", "real", "g_real") or (tensor.name == "x" and phase.key == "draw_x"):
        return "real"
    return "generated" if tensor.name in ("f", "fake", "generated", "g_fake", "x") else ""


def color(phase: Phase, tensor: Tensor, palette: Palette) -> str:
    return {"real": palette.real, "generated": palette.generated, "": palette.ink}[kind(phase, tensor)]


def chart(phase: Phase, pack: int, extent: float, palette: Palette) -> Spec | None:
    """D's scores if there are any, else the points (n, 2) over [-extent, extent]^2, else the numbers of z, or None."""
    named = {tensor.name: tensor for tensor in phase.tensors}
    if scores := [named[name] for name in "df" if name in named]:
        return _histograms(scores, [color(phase, tensor, palette) for tensor in scores], palette)
    found = [tensor for name, tensor in named.items() if name in SAMPLES and POINTS.fits(tensor.shape[1:])]
    if found:
        symbol = "circle" if kind(phase, found[-1]) == "real" else "triangle-up"
        points = found[-1].values.reshape(-1, 2) if pack > 1 else found[-1].values
        return _cloud(points, extent, color(phase, found[-1], palette), symbol, palette)
    if phase.key != "draw_z":
        return None
    z = named["z"]
    if z.shape[1] == 2:
        return _cloud(z.values, float(np.ceil(max(-z.low, z.high, 1.0))), palette.ink, "circle", palette)
    return _histograms([z], [palette.ink], palette)


def images(phase: Phase, pack: int, smooth: bool) -> str:
    """The first images of a phase that has some, as HTML, else ""."""
    found = [tensor for tensor in phase.tensors if tensor.name in SAMPLES and IMAGES.fits(tensor.shape[1:])]
    if not found or any(tensor.name in "df" for tensor in phase.tensors):
        return ""
    x = found[-1].values
    x = x.reshape(len(x) * pack, x.shape[1] // pack, *x.shape[2:])[: ROWS * COLUMNS]
    pixels = np.rint((np.nan_to_num(x) + 1) * 127.5).clip(0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
    places = arrange(None, -(-len(x) // COLUMNS), min(len(x), COLUMNS), len(x))
    return tiles.html(pixels, places, smooth, (), found[-1].name)


def bars(layers: dict[str, float], color: str) -> str:
    """A bar for each layer, as HTML."""
    top = max([*(value for value in layers.values() if np.isfinite(value)), 1e-30])
    rows = (
        f'<span>{escape(name)}</span><span class="bar"><i style="width:{100 * min(value / top, 1.0):.1f}%;'
        f'background:{color}"></i></span><span class="n">{spell(value)}</span>'
        for name, value in layers.items()
    )
    return '<div class="bars">' + "".join(rows) + "</div>"


def table(tensor: Tensor, color: str, name: str) -> str:
    """Name, shape and first values of a tensor, as HTML; each row is named as Python would."""
    shape = ", ".join(map(str, tensor.shape)) + ("," if len(tensor.shape) == 1 else "")
    low, mean, high = (spell(value) for value in (tensor.low, tensor.mean, tensor.high))
    span = _("{low} to {high}, mean {mean}").format(low=low, mean=mean, high=high)
    if tensor.values.dtype.kind == "i":
        span = _("{low} to {high}").format(low=int(tensor.low), high=int(tensor.high))
    head = f'<b style="--own:{color}">{escape(name)}</b> <span>({shape})</span> <span class="span">{span}</span>'
    body = "".join(
        f"<tr><th>{escape(tensor.name)}{index}</th>" + "".join(f"<td>{spell(value)}</td>" for value in row) + "</tr>"
        for index, row in _rows(tensor.values)
    )
    return f'<div class="tensor">{head}<table>{body}</table></div>'


def _rows(x: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Some of the first numbers, with their places: of points three rows, of images a line across the first."""
    if x.ndim == 1:
        return [(f"[:{FIRST}]", x[:FIRST])]
    if x.ndim == 2:
        return [(f"[{i}]" if x.shape[1] <= FIRST else f"[{i}, :{FIRST}]", x[i, :FIRST]) for i in range(min(3, len(x)))]
    if x.ndim == 3:
        return [(f"[{i}, 0, :{FIRST}]", x[i, 0, :FIRST]) for i in range(min(3, len(x)))]
    line, left = x.shape[2] // 2, max(0, (x.shape[3] - FIRST) // 2)
    right = left + FIRST
    return [(f"[{i}, 0, {line}, {left}:{right}]", x[i, 0, line, left:right]) for i in range(min(2, len(x)))]


def spell(value: Any) -> str:
    """A number in few, and always as many, digits."""
    if isinstance(value, (int, np.integer)):
        return str(value)
    size = abs(float(value))
    text = f"{value:.3f}" if 5e-3 <= size < 1e3 or size == 0 else f"{value:.1e}"
    return text.replace("-", "−")


def _cloud(points: np.ndarray, extent: float, color: str, symbol: str, palette: Palette) -> Spec:
    x, y = points.T
    sides = {"constrain": "domain", "showgrid": False, "nticks": 5}
    edge = {"width": 0.5, "color": palette.neutral}
    data: list[dict[str, Any]] = [{
        "type": "scatter", "mode": "markers", "x": array(x), "y": array(y), "hoverinfo": "skip",
        "marker": {"color": color, "symbol": symbol, "size": 5, "opacity": 0.8, "line": edge},
    }]  # fmt: skip
    return Spec(data, layout(
        palette, margin={"l": 28, "r": 4, "t": 4, "b": 20},
        xaxis=axis(palette, -extent, extent, **sides),
        yaxis=axis(palette, -extent, extent, scaleanchor="x", constraintoward="top", **sides),
    ))  # fmt: skip


def _histograms(tensors: list[Tensor], colors: list[str], palette: Palette) -> Spec:
    """How the numbers of one or two tensors spread, over the same axis."""
    flat = [tensor.values.ravel() for tensor in tensors]
    low, high = robust_range(np.concatenate(flat))
    edges = np.linspace(low, high, BINS + 1)
    shares = [np.histogram(np.clip(np.nan_to_num(x), low, high), edges)[0] / max(len(x), 1) for x in flat]
    data = [
        area(edges, share, color, dash, tensor.name)
        for share, color, dash, tensor in zip(shares, colors, ("solid", "dot"), tensors, strict=False)
    ]
    top = nice(max(0.1, *(share.max() for share in shares)))
    return Spec(data, layout(
        palette, margin={"l": 22, "r": 22, "t": 4, "b": 22},
        xaxis=axis(palette, low, high, nticks=6, **crosshair(palette, "%{x:.3~g}")),
        yaxis=axis(palette, 0, top, showticklabels=False, nticks=3),
    ))  # fmt: skip
