"""The codes of an InfoGAN as axes: a row for each value of the categorical one, across a continuous one or other z."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from playground.ui import style
from playground.ui.charts import tiles
from playground.ui.charts.spec import Spec, array, axis, layout
from playground.ui.components.chart import chart
from playground.ui.model_source import Subject
from playground.ui.pages.latent import sample_pool
from playground.ui.pages.latent.tools.tool import Tool
from playground.ui.style import Palette
from playground.utils import priors
from playground.utils.priors import Codes
from playground.utils.translation import _

ACROSS, SEED = "codes_across", "codes_seed"
OTHERS = -1  # in the place of a continuous code: other z
COLUMNS = 10
FARTHEST = 2.0  # of a continuous code; in training it stays within 1
PLAIN = 4  # rows of a run without categories
LINES, STOPS = 6, 17  # of points: curves for each category, and the latents along one

_CSS = """
.codes { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.15rem 0.6rem; align-items: center;
  max-width: min(100%, calc((100dvh - 20rem) * var(--shape))); }
.codes img { display: block; width: 100%; }
.codes.crisp img { image-rendering: pixelated; }
.codes .heads { display: grid; grid-template-columns: repeat(var(--columns), 1fr); text-align: center; }
.codes span { font-variant-numeric: tabular-nums; line-height: 1.2; }
"""


def render(subject: Subject) -> None:
    """Draw the tool."""
    if not subject.codes.size:
        st.info(
            _("In this run z has no codes; “Values of a categorical code” on the Train page gives it some."),
            icon=":material/label:",
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        across = _across(subject.codes)
        st.button(
            _("Another"), icon=":material/casino:", help=_("Other random numbers"), key="codes_another",
            on_click=_another,
        )  # fmt: skip
    points = subject.on_page.planes(subject.view) is not None
    st.caption(sentence(subject.codes, across, points))
    z = latents(subject, across, LINES if points else 1, STOPS if points else COLUMNS)
    y = np.zeros(z[..., 0].size, np.int64) if subject.classes else None
    samples = subject.drawn(subject.sample(z.reshape(-1, subject.z_dim), y)).reshape(*z.shape[:3], *_shape(subject))
    if points:
        chart(plane(subject, samples, across, style.palette()), key="codes_plane", alt=_("What each code makes"))
    else:
        st.html(table(samples[:, 0], names(subject.codes), heads(across), st.session_state.get("smooth", True)))


def _shape(subject: Subject) -> tuple[int, ...]:
    assert subject.view.samples is not None
    return tuple(subject.drawn(subject.view.samples[:1]).shape[1:])


def _across(codes: Codes) -> int:
    """What changes along a row."""
    options = [OTHERS, *range(codes.continuous)]
    if len(options) == 1:
        return OTHERS
    chosen: int = st.segmented_control(
        _("Across"),
        options,
        default=OTHERS if codes.categories else 0,
        format_func=lambda k: _("Other z") if k == OTHERS else _name(k),
        required=True,
        key=f"{ACROSS}_{codes.categories}_{codes.continuous}",  # what one run has another may lack
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen


def _name(k: int) -> str:
    return f"c{sample_pool.below(k + 1)}"


def _another() -> None:
    st.session_state[SEED] = st.session_state.get(SEED, 0) + 1


def sentence(codes: Codes, across: int, points: bool) -> str:
    """What is to be seen, of `points` in their plane or in a table."""
    parts = []
    if across != OTHERS and points:
        parts.append(
            _("Along each line {code} goes from −2 to 2, all else stays; in training it lies within −1 and 1.")
        )
    elif across != OTHERS:
        parts.append(_("Across, {code} goes from −2 to 2, all else stays; in training it lies within −1 and 1."))
    elif points and codes.categories:
        parts.append(_("Each number is a value of the categorical code, where G puts it; the same z for each."))
    elif not points and codes.categories:
        parts.append(_("Each column is one z, the same in every row."))
    if not points:
        row = _("Each row is a value of the categorical code.") if codes.categories else _("Each row is another z.")
        parts.insert(0, row)
    parts.append(_("Nobody told G what they should mean: it found that, and it need not be what you expect."))
    return " ".join(parts).format(code=_name(across))


def latents(subject: Subject, across: int, lines: int, stops: int) -> np.ndarray:
    """(rows, lines, columns, z_dim): in each row one category, all with the same other numbers.

    Along a line a code goes from end to end, or z is another one at every stop; each line begins with a z of its own.
    """
    codes, seed = subject.codes, st.session_state.get(SEED, 0)
    rows = codes.categories or PLAIN
    n = lines * (stops if across == OTHERS else 1) * (1 if codes.categories else rows)
    z = priors.sample(subject.distribution, n, subject.z_dim, seed, codes)
    z = z.reshape(-1, lines, stops if across == OTHERS else 1, subject.z_dim)
    out = np.broadcast_to(z, (rows, lines, stops, subject.z_dim)).copy()
    if codes.categories:
        out[..., : codes.categories] = np.eye(codes.categories, dtype=np.float32)[:, None, None]
    if across != OTHERS:
        out[..., codes.categories + across] = np.linspace(-FARTHEST, FARTHEST, stops, dtype=np.float32)
    return out


def names(codes: Codes) -> list[str]:
    """What the rows are called; nothing without categories."""
    return [f"c = {k + 1}" for k in range(codes.categories)] or [""] * PLAIN


def heads(across: int) -> list[str]:
    """What the columns are called."""
    if across == OTHERS:
        return []
    return [f"{value:.1f}".replace("-", "−") for value in np.linspace(-FARTHEST, FARTHEST, COLUMNS)]


def table(images: np.ndarray, rows: list[str], columns: list[str], smooth: bool) -> str:
    """Images (rows, columns, h, w, c) uint8 with what their rows and columns are called."""
    cells = []
    if columns:
        cells.append(
            "<span></span>" + f'<div class="heads">{"".join(f"<span>{each}</span>" for each in columns)}</div>'
        )
    for name, row in zip(rows, images, strict=True):
        pixels, _pitch = tiles.sheet(row, np.arange(len(row))[None], smooth)
        alt = name or _("samples")
        cells.append(f'<span>{escape(name)}</span><img alt="{escape(alt)}" src="{tiles.uri(tiles.png(pixels))}">')
    shape = images.shape[1] * images.shape[3] / (images.shape[0] * images.shape[2])
    kind = "codes" if smooth else "codes crisp"
    return (
        f'<style>{_CSS}</style><div class="{kind}" style="--columns: {images.shape[1]}; --shape: {shape:.4f}">'
        + "".join(cells)
        + "</div>"
    )


def plane(subject: Subject, points: np.ndarray, across: int, palette: Palette) -> Spec:
    """Points (rows, lines, stops, 2) among real ones: of other z the number of the category, of a code its way."""
    view = subject.view
    assert view.real is not None
    real = {"color": palette.real, "size": 4, "opacity": 0.4}
    data = [{"type": "scatter", "mode": "markers", "hoverinfo": "skip", "marker": real, **_xy(view.real)}]
    for k, lines in enumerate(points):
        name = str(k + 1)
        if across == OTHERS:
            data.append(_trace("text", lines.reshape(-1, 2), [name] * (len(lines) * lines.shape[1]), palette))
            continue
        for line in lines:
            ends = ["−2", *[""] * (len(line) - 2), "2"]
            data.append(_trace("lines+text", line, ends, palette))
    sides = {"constrain": "domain", "nticks": 5}
    return Spec(
        data,
        layout(
            palette,
            f"{view.run}.{view.generation}",
            hovermode=False,
            xaxis=axis(palette, -view.extent, view.extent, **sides),
            yaxis=axis(palette, -view.extent, view.extent, scaleanchor="x", **sides),
        ),
        _("What each code makes"),
    )


def _trace(mode: str, points: np.ndarray, text: list[str], palette: Palette) -> dict[str, object]:
    color = palette.generated
    return {
        "type": "scatter", "mode": mode, "text": text, "textfont": {"color": color, "size": 13 * palette.scale},
        "line": {"color": color, "width": 1.5}, "hoverinfo": "skip", **_xy(points),
    }  # fmt: skip


def _xy(points: np.ndarray) -> dict[str, object]:
    return {"x": array(points[:, 0]), "y": array(points[:, 1])}


TOOL = Tool(
    "Codes",
    3,
    render,
    "explore",
    "What G made of the codes of InfoGAN: nobody told it what they should mean.",
    modalities=(),
    term="infogan",
)
