"""Less of the latent space, or more: better samples against more different ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from playground.latent.questions import Truncation, TruncationFound
from playground.ui import jobs
from playground.ui.components.frames import heard
from playground.ui.components.scrubber import Line, scrubber
from playground.ui.model_source import Subject
from playground.ui.pages.latent import find_results
from playground.ui.pages.latent.sample_pool import Frames
from playground.ui.pages.latent.tools.tool import Tool
from playground.ui.style import escape_markdown
from playground.utils import priors
from playground.utils.translation import _

NAME, WAY, DIAL = "truncation", "truncation_way", "truncation_dial"
VALUES = {
    "scale": tuple(k / 8 for k in range(13)),
    "truncate": (*(k / 4 for k in range(1, 13)), priors.WITHOUT),
}
USUAL = {"scale": 8, "truncate": 12}  # the place in VALUES of what training uses
COUNT = 500  # that are measured
SEED = 2
_PLACES = "_truncation_places"


def render(subject: Subject) -> None:
    """Draw the tool."""
    ways = priors.natural_ways(subject.distribution)
    names = {"scale": _("Scale z"), "truncate": _("Truncate z")}
    with st.container(horizontal=True, vertical_alignment="center"):
        way: str = ways[0]
        if len(ways) > 1:
            way = st.segmented_control(
                _("How"),
                ways,
                default=ways[0],
                format_func=names.__getitem__,
                required=True,
                key=WAY,
                label_visibility="collapsed",
                persist_state="session",
            )
        name, question = f"{NAME}_{way}", Truncation(way, VALUES[way], COUNT)
        asked = jobs.latest(subject, name)
        if asked is None:
            jobs.ask(subject, name, question)
            asked = jobs.latest(subject, name)
        jobs.buttons(subject, name, _("Measure again"), lambda: (question, None), asked)
    jobs.problem(asked)
    st.caption(escape_markdown(_sentence(way) + (" " + _("The codes stay as they are.") if subject.codes.size else "")))
    found: TruncationFound | None = None if asked is None else asked.shown
    _dial(subject, way, found)
    if found is not None:
        st.caption(escape_markdown(measured(found)))


def _sentence(way: str) -> str:
    if way == "scale":
        return _(
            "z times ψ: a small ψ keeps to the middle of the latent space, where G makes its most typical samples."
        )
    return _("The numbers of z that lie farther than t from 0 are drawn again: no sample comes from the outskirts.")


def captions(way: str) -> list[str]:
    """What the slider says at each value."""
    if way == "scale":
        return [f"ψ = {value:.3f}".rstrip("0").rstrip(".") for value in VALUES[way]]
    return [f"|z| ≤ {value:g}" if np.isfinite(value) else _("all of z") for value in VALUES[way]]


def _dial(subject: Subject, way: str, found: TruncationFound | None) -> None:
    values = VALUES[way]
    n = subject.on_page.truncated
    z = np.concatenate([_latents(subject, way, v) for v in values])
    y = np.tile(np.arange(n) % subject.classes, len(values)) if subject.classes else None
    samples = subject.drawn(subject.sample(z, y))
    marks = np.full((len(values), 4), np.nan) if found is None else found.marks
    ceiling = np.full(4, np.nan) if found is None else found.ceiling
    lines = [
        Line(_("precision"), marks[:, 0], ceiling[0], "▲", "generated"),
        Line(_("recall"), marks[:, 1], ceiling[1], "●", "real"),
        Line(_("density"), marks[:, 2], ceiling[2]),
        Line(_("coverage"), marks[:, 3], ceiling[3]),
    ]
    shown = Frames(
        way,
        "line",
        z,
        y,
        captions(way),
        _("How much of the latent space"),
        start=st.session_state.get(_PLACES, {}).get(way, USUAL[way]),
        marks=_ticks(way),
    )
    planes = subject.on_page.planes(subject.view)
    if planes is not None:
        planes = replace(planes, generated=samples[:0])
    scrubber(
        shown,
        samples.reshape(len(values), n, *samples.shape[1:]),
        key=DIAL,
        on_change=_moved,
        planes=planes,
        crisp=not find_results.smooth(),
        lines=lines,
    )


def _latents(subject: Subject, way: str, value: float) -> np.ndarray:
    n = subject.on_page.truncated
    return priors.truncated(subject.distribution, way, value, n, subject.z_dim, SEED, subject.codes)


def _ticks(way: str) -> tuple[tuple[str, int], ...]:
    """What is written below the plot, each with its place in VALUES: multiples of 0.5, and the one without a limit."""
    return tuple(
        (f"{value:g}" if np.isfinite(value) else _("all"), i)
        for i, value in enumerate(VALUES[way])
        if not np.isfinite(value) or value * 2 % 1 == 0
    )


def _moved() -> None:
    """Note where the slider was released, for a page that comes back to it."""
    position = heard(DIAL, "position")
    if position and position["token"] in VALUES:
        last = len(VALUES[position["token"]]) - 1
        places = st.session_state.setdefault(_PLACES, {})
        places[position["token"]] = min(max(int(position["index"]), 0), last)


def measured(found: TruncationFound) -> str:
    """How the lines were measured."""
    by = {
        "classifier": _("features of a classifier"),
        "random": _("features of random convolutions"),
        "points": _("the points themselves"),
    }.get(found.by, _("the samples themselves"))
    return _(
        "Precision: generated samples that look real. Recall: real ones that G can make. Dashed: real against real. "
        "{n} of each, {by}, {k} neighbours."
    ).format(n=found.count, by=by, k=found.k)


TOOL = Tool(
    "Truncation",
    7,
    render,
    "edit",
    "How much variety one gives up for better samples.",
    modalities=(),
    term="truncation",
)
