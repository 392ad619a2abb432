"""Did G copy? The nearest training images of a sample."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.latent.questions import Near, Neighbours, NeighboursFound
from playground.ui import jobs, style
from playground.ui.charts import pictures
from playground.ui.charts.histogram import histogram
from playground.ui.components.chart import chart
from playground.ui.components.picker import picker, picks
from playground.ui.model_source import Subject
from playground.ui.pages.latent import find_results, sample_pool
from playground.ui.pages.latent.tools.tool import Tool
from playground.ui.style import escape_markdown
from playground.utils.translation import _

NAME, PICKER = "neighbours", "neighbours_picker"
SAMPLES, SHOWN = 100, 25  # whose neighbours are looked for; that can be picked
CLOSE = 5  # percent of the training images that have so close a neighbour
_PICKED = "_neighbours_picked"


def render(subject: Subject) -> None:
    """Draw the tool."""
    view = subject.view
    state = sample_pool.state(view)
    asked = jobs.latest(subject, NAME)
    if asked is None:
        jobs.ask(subject, NAME, _question(subject))
        asked = jobs.latest(subject, NAME)
        assert asked is not None
    found: NeighboursFound | None = asked.shown
    left, right = st.columns([3, 5], gap="medium")
    token = f"{state.run}:{state.generation}"
    with left:
        samples = subject.sample(*_some(subject)) if found is None else found.samples
        picked = min(_picked(token), len(samples) - 1)
        st.caption(_("Pick a sample."))
        names = [_("Sample {i}").format(i=i + 1) for i in range(len(samples))]
        crisp = not find_results.smooth()
        picker(samples, names, [(picked, "A")], key=PICKER, token=token, on_change=_pick, most=1, crisp=crisp)
    with right:
        with st.container(horizontal=True, vertical_alignment="center"):
            question = _question(subject)
            jobs.buttons(subject, NAME, _("Look again"), lambda: (question, None), asked)
        jobs.problem(asked)
        if found is None:
            st.info(_("Every training image is compared with these samples."), icon=":material/image_search:")
        else:
            _show(found, picked)


def _some(subject: Subject, count: int = SHOWN) -> tuple[np.ndarray, np.ndarray | None]:
    """Latents and labels of the first samples on the Train page."""
    view = subject.view
    assert view.fixed_z is not None
    return view.fixed_z[:count], None if view.labels is None else view.labels[:count].astype(np.int64)


def _question(subject: Subject) -> Neighbours:
    return Neighbours(*_some(subject, SAMPLES), SHOWN)


def _picked(token: str) -> int:
    mark, index = st.session_state.get(_PICKED, (token, 0))
    return int(index) if mark == token else 0


def _pick() -> None:
    state = sample_pool.kept()
    token = f"{state.run}:{state.generation}"
    found = picks(PICKER, token)
    if found:
        st.session_state[_PICKED] = token, found[0][0]


def _show(found: NeighboursFound, picked: int) -> None:
    """What to make of one sample, and its nearest training images."""
    st.markdown(f"**{escape_markdown(verdict(found, picked))}**")
    features = (
        _("Nearest training images, by features of a classifier")
        if found.learned
        else _("Nearest training images, by features of random convolutions")
    )
    for title, near in ((_("Nearest training images, by pixels"), found.pixels), (features, found.features)):
        row = [(found.samples[picked], _("Sample"))]
        row += [
            (p, find_results.short(float(d)))
            for p, d in zip(near.pictures[picked], near.distances[picked], strict=True)
        ]
        st.markdown(title)
        st.html(pictures.html(row, find_results.smooth(), "near"))
    st.caption(escape_markdown(overall(found)))
    near = found.pixels
    figure = histogram(
        [(_("training images, to the nearest other one"), near.usual)],
        [(_("this sample"), float(near.distances[picked, 0]))],
        _("Distance of pixels"),
        style.palette(),
    )
    chart(figure, key="neighbours_histogram", alt=_("How far training images are from each other"))


def limit(near: Near) -> float:
    """The distance below which a sample is closer than training images usually are to each other."""
    return float(np.percentile(near.usual, CLOSE))


def verdict(found: NeighboursFound, picked: int) -> str:
    """Whether one sample looks copied."""
    close = [near.distances[picked, 0] <= limit(near) for near in (found.pixels, found.features)]
    share = 100 - CLOSE
    if all(close):
        return _("Closer than {p} % of training images are to each other: it looks copied.").format(p=share)
    if close[0]:
        return _("Its pixels are closer than those of {p} % of training images, its features are not.").format(p=share)
    if close[1]:
        return _("Its features are closer than those of {p} % of training images, its pixels are not.").format(p=share)
    farther = float((found.pixels.usual < found.pixels.distances[picked, 0]).mean())
    return _("Not copied: {p} % of training images have a closer neighbour than this sample.").format(
        p=round(100 * farther)
    )


def overall(found: NeighboursFound) -> str:
    """How many of all samples are very close."""
    near = found.pixels
    share = float((near.distances[:, 0] <= limit(near)).mean())
    return _("So close in pixels that it may be copied: {share} % of {n} samples; of training images: {p} %.").format(
        n=len(near.distances), share=round(100 * share), p=CLOSE
    )


TOOL = Tool(
    "Neighbours",
    9,
    render,
    "check",
    "Whether G copies its training images or makes new ones.",
    lacks={"points": "Most 2-D data comes from a formula: there is no list of training points that G could copy."},
    term="memorisation",
)
