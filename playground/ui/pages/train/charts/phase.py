"""Small pictures of the tensors of a recorded step: points, images, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
SAMPLES = ("x", "real", "fake", "generated", "a", "b", "fake_a", "fake_b", "back_a", "back_b")
TRANSLATED = ("a", "b", "fake", "fake_a", "fake_b", "back_a", "back_b")  # compared with each other


def kind(phase: Phase, tensor: Tensor) -> str:
    """Whether a tensor has to do with "real" or "generated" samples, or "" for neither."""
    if tensor.name in ("d", "real", "g_real", "b") or (tensor.name == "x" and phase.key == "draw_x"):
        return "real"
    made = ("f", "fake", "generated", "g_fake", "x", "fake_a", "fake_b", "back_a", "back_b")
    return "generated" if tensor.name in made else ""


def color(phase: Phase, tensor: Tensor, palette: Palette) -> str:
    return {"real": palette.real, "generated": palette.generated, "": palette.ink}[kind(phase, tensor)]


def chart(phase: Phase, pack: int, extent: float, palette: Palette) -> Spec | None:
    """D's scores if there are any, else the points (n, 2) over [-extent, extent]^2, else the numbers of z, or None."""
    named = {tensor.name: tensor for tensor in phase.tensors}
    if scores := [named[name] for name in "df" if name in named]:
        return _histograms(scores, [color(phase, tensor, palette) for tensor in scores], palette)
    found = [tensor for name, tensor in named.items() if name in SAMPLES and POINTS.fits(tensor.shape[1:])]
    if found:
        compared = [tensor for tensor in found if tensor.name in TRANSLATED] or found[-1:]
        return _clouds([_points(phase, tensor, pack, palette) for tensor in compared], extent, palette)
    if phase.key != "draw_z":
        return None
    z = named["z"]
    if z.shape[1] == 2:
        extent = float(np.ceil(max(-z.low, z.high, 1.0)))
        return _clouds([(z.values, palette.ink, "circle")], extent, palette)
    return _histograms([z], [palette.ink], palette)


def _points(phase: Phase, tensor: Tensor, pack: int, palette: Palette) -> tuple[np.ndarray, str, str]:
    """Points (n, 2), their colour and their symbol."""
    symbol = {"real": "circle", "generated": "triangle-up", "": "circle-open"}[kind(phase, tensor)]
    points = tensor.values.reshape(-1, 2) if pack > 1 else tensor.values
    return points, color(phase, tensor, palette), symbol


def images(phase: Phase, pack: int, smooth: bool, names: Mapping[str, str] | None = None) -> str:
    """The first images of a phase that has some, as HTML, else "": of a translation a row with its name for each."""
    found = [tensor for tensor in phase.tensors if tensor.name in SAMPLES and IMAGES.fits(tensor.shape[1:])]
    if not found or any(tensor.name in "df" for tensor in phase.tensors):
        return ""
    compared = [tensor for tensor in found if tensor.name in TRANSLATED]
    if len(compared) < 2:
        return _tiles(found[-1].values, pack, smooth, ROWS, found[-1].name)
    names = names or {}
    rows = ((names.get(tensor.name, tensor.name), tensor.values) for tensor in compared)
    return "".join(
        f'<div class="compared"><span>{escape(name)}</span>{_tiles(x, 1, smooth, 1, name)}</div>' for name, x in rows
    )


def _tiles(x: np.ndarray, pack: int, smooth: bool, rows: int, name: str) -> str:
    """Images (n, channels, h, w) in [-1, 1] as HTML; a channel that says what is hidden is left out."""
    if pack == 1 and x.shape[1] in (2, 4):
        x = x[:, :-1]
    x = x.reshape(len(x) * pack, x.shape[1] // pack, *x.shape[2:])[: rows * COLUMNS]
    pixels = np.rint((np.nan_to_num(x) + 1) * 127.5).clip(0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
    places = arrange(None, -(-len(x) // COLUMNS), min(len(x), COLUMNS), len(x))
    return tiles.html(pixels, places, smooth, (), name)


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


def _clouds(clouds: Sequence[tuple[np.ndarray, str, str]], extent: float, palette: Palette) -> Spec:
    """Points (n, 2) with their colour and their symbol, over [-extent, extent]^2."""
    sides = {"constrain": "domain", "showgrid": False, "nticks": 5}
    edge = {"width": 0.5, "color": palette.neutral}
    data: list[dict[str, Any]] = [{
        "type": "scatter", "mode": "markers", "x": array(points[:, 0]), "y": array(points[:, 1]), "hoverinfo": "skip",
        "marker": {"color": color, "symbol": symbol, "size": 5, "opacity": 0.8, "line": edge},
    } for points, color, symbol in clouds]  # fmt: skip
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
