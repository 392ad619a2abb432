"""What the Find tool found, as pictures, numbers and one sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.latent.questions import AnomalyFound, ErrorsFound, Found
from playground.ui import style
from playground.ui.charts import pictures
from playground.ui.charts.histogram import histogram
from playground.ui.charts.spec import Spec
from playground.ui.components.chart import chart
from playground.ui.jobs import Asked
from playground.ui.model_source import Subject
from playground.ui.style import escape_markdown
from playground.utils.translation import _, number

FAR = 1.25  # times the usual |z|
BETTER = 1.25  # how much greater the error of unseen images is, if G has memorised
SURE = 95  # percent of the training images


@dataclass(frozen=True)
class About:
    """What was asked: the `picture` (h, w, c) uint8, what G was `given` of it, which pixels (h, w) were `hidden`, and
    the `z` (z_dim,) that it was made of, if that is known.
    """

    picture: np.ndarray
    given: np.ndarray
    hidden: np.ndarray | None = None
    z: np.ndarray | None = None

    def same(self, other: About | None) -> bool:
        """Whether the other one is about the same; a sample is the same for as long as its z is."""
        if other is None or not np.array_equal(self.hidden, other.hidden):  # type: ignore[arg-type]
            return False
        if self.z is not None and other.z is not None:
            return np.array_equal(self.z, other.z)
        return np.array_equal(self.given, other.given)


def smooth() -> bool:
    """Whether pictures are smoothed, as on the Train page."""
    return bool(st.session_state.get("smooth", True))


def covered(picture: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """The picture with a checkerboard over what is hidden (h, w)."""
    height, width = hidden.shape
    board = np.where((np.arange(height)[:, None] + np.arange(width)) % 2, 150, 110).astype(np.uint8)
    return np.where(hidden[..., None], board[..., None], picture)


def error(a: np.ndarray, b: np.ndarray, where: np.ndarray | None = None) -> float:
    """Mean squared error of two pictures (h, w, c) uint8, pixels in [0, 1], `where` (h, w) if given."""
    square = (a.astype(np.float64) - b) ** 2 / 255**2
    return float(square.mean() if where is None else square[where].mean())


def found(subject: Subject, asked: Asked) -> None:
    """The closest picture that G can make, and how the starts compare."""
    about: About = asked.extra
    result: Found = asked.shown
    best = result.pictures[0]
    residual = np.abs(best.astype(int) - about.picture).astype(np.uint8)
    _pictures([(about.picture, _("The picture")), (best, _("The closest G can make")), (residual, _("Difference"))])
    facts = [(_("error"), short(float(result.errors[0]))), (_("|z| / usual |z|"), f"{result.norms[0]:.2f}")]
    if result.labels is not None:
        facts.append((_("class"), str(subject.view.names[result.labels[0]])))
    if about.z is not None:
        facts.append((_("z is off by"), f"{np.sqrt(((result.z[0] - about.z) ** 2).mean()):.2f}"))
    _facts(facts, asked)
    st.caption(escape_markdown(_sentence(result, about)))
    tiles = [(p, short(float(e))) for p, e in zip(result.pictures, result.errors, strict=True)]
    st.html(pictures.html(tiles, smooth(), "starts"))


def _sentence(result: Found, about: About) -> str:
    if about.z is not None:
        return _("z is off by so much per number on average: other z make almost the same picture.")
    if result.norms[0] > FAR:
        return _("Its z lies outside the shell where G was trained: G is stretched to make this.")
    return _("{n} starts, the best first: gradient descent ended in a minimum near each.").format(n=len(result.errors))


def denoised(subject: Subject, asked: Asked) -> None:
    """The picture before the noise, with it, and what G makes of that."""
    about: About = asked.extra
    best = asked.shown.pictures[0]
    _pictures([(about.picture, _("The picture")), (about.given, _("With noise")), (best, _("What G makes of it"))])
    before, after = error(about.given, about.picture), error(best, about.picture)
    _facts([(_("error with noise"), short(before)), (_("error after"), short(after))], asked)
    if after < before:
        st.caption(_("Closer to the picture than the noisy one, though G was never shown the clean one."))
    else:
        st.caption(_("Not closer: G makes this picture worse than so little noise does."))


def filled(subject: Subject, asked: Asked) -> None:
    """The picture, what was left of it, what G makes of that, and the mean image for comparison."""
    about: About = asked.extra
    result: Found = asked.shown
    assert about.hidden is not None
    assert result.mean is not None
    there = about.hidden[..., None]
    best, mean = (np.where(there, other, about.picture) for other in (result.pictures[0], result.mean))
    _pictures([
        (about.picture, _("The picture")), (about.given, _("What G is shown")), (best, _("Filled in by G")),
        (mean, _("By the mean image")),
    ])  # fmt: skip
    g, guess = (error(other, about.picture, about.hidden) for other in (best, mean))
    _facts([(_("error of the hidden part, G"), short(g)), (_("mean image"), short(guess))], asked)
    if g < guess:
        st.caption(_("G restores the hidden part better than the mean of all training images does."))
    else:
        st.caption(_("Here G guesses no better than the mean of all training images."))


def anomaly(subject: Subject, asked: Asked) -> None:
    """The score among those of training images."""
    about: About = asked.extra
    result: AnomalyFound = asked.shown
    limit = float(np.percentile(result.usual, SURE))
    _pictures([(about.picture, _("The picture")), (result.closest, _("The closest G can make"))])
    facts = [
        (_("score"), result.score),
        (_("threshold"), limit),
        (_("difference of pixels"), result.residual),
        (_("difference of features"), result.difference),
    ]
    _facts([(name, short(value)) for name, value in facts], asked)
    if result.score > limit:
        st.markdown(_("**Unlike the training data**: {p} % of the training images score less.").format(p=SURE))
    else:
        st.markdown(_("**Like the training data**: below the threshold, which {p} % of them meet.").format(p=SURE))
    figure = histogram(
        [(_("training images"), result.usual)],
        [(_("threshold"), limit), (_("this picture"), result.score)],
        _("Anomaly score"),
        style.palette(),
    )
    _chart(figure, _("Anomaly scores of training images and of this picture"))


def errors(subject: Subject, asked: Asked) -> None:
    """Errors of training and of held-out images."""
    result: ErrorsFound = asked.shown
    groups = [(_("training"), result.train)]
    if len(result.held):
        groups.append((_("held out"), result.held))
    st.markdown(escape_markdown(verdict(result)))
    _facts([(name, _("median {x} of {n}").format(x=short(float(np.median(v))), n=len(v))) for name, v in groups], asked)
    figure = histogram(groups, [], _("Error of the closest picture that G can make"), style.palette())
    _chart(figure, _("Errors of training and of held-out images"))


def verdict(result: ErrorsFound) -> str:
    """What the medians say."""
    if not len(result.held):
        return _("This run learns from all samples. Take fewer on the Data page, and the others are compared here.")
    train, held = float(np.median(result.train)), float(np.median(result.held))
    if held > BETTER * train:
        return _("G makes what it has seen better than other images: it has memorised some of it.")
    return _("G makes images that it has never seen as well as those it has: it has not memorised them.")


def short(value: float) -> str:
    """Two digits that say something."""
    return f"{value:.2g}" if value >= 1e-4 or value == 0 else f"{value:.0e}"


def _pictures(shown: list[tuple[np.ndarray, str]]) -> None:
    st.html(pictures.html(shown, smooth()))


def _facts(facts: list[tuple[str, str]], asked: Asked) -> None:
    """Numbers in a row, and the step of the weights."""
    facts = [*facts, (_("step"), number(asked.study.step))]
    st.html(
        '<div class="numbers">' + "".join(f"<span>{name} <b>{value}</b></span>" for name, value in facts) + "</div>"
    )


def _chart(figure: Spec, alt: str) -> None:
    chart(figure, key="find_histogram", alt=alt)
