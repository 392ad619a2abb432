"""“Be G”: the visitor places points against D, which stays as it is at one step."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from playground.engine.messages import Source, View
from playground.latent.quiz import POINTS, Opponent, OpponentFound, Placed, PlacedFound
from playground.ui import calls, session
from playground.ui.charts.spec import signed
from playground.ui.components import place
from playground.ui.pages.quiz.verdicts import is_probability, told
from playground.ui.style import escape_markdown
from playground.utils.errors import UserError
from playground.utils.translation import _, number

PLANE = "quiz_plane"
RATE = 1.0  # of a step down the gradient
FARTHEST = 0.12  # times the extent: what one step moves a point at most
_STATE = "_quiz_points"


@dataclass
class Hand:
    """A visitor's points (n, 2), and D as it stands against them; lives in the visitor's session."""

    run: str
    generation: int
    source: Source
    step: int
    points: np.ndarray
    token: str = field(default_factory=lambda: secrets.token_urlsafe(6))
    turn: int = 0  # of the browser's places that are taken
    opponent: OpponentFound | None = None
    found: PlacedFound | None = None

    def put(self, points: np.ndarray) -> None:
        """Other points than those that the browser has."""
        self.points, self.found = points.astype(np.float32), None
        self.token = secrets.token_urlsafe(6)

    def face(self, source: Source, step: int) -> None:
        """Another D."""
        self.source, self.step, self.opponent, self.found = source, step, None, None


def render(view: View) -> None:
    """D's plane with the points on the left; what D and the loss say of them on the right."""
    hand = _hand(view)
    try:
        opponent, found = _asked(view, hand)
    except UserError as error:
        st.warning(escape_markdown(str(error)))
        st.button(_("Face D as it is now"), key="quiz_face", on_click=_face_now, args=(view, hand))
        return
    probability = is_probability(view.config["objective"])
    left, right = st.columns([3, 2], gap="medium")
    with left:
        place.place(
            opponent,
            hand.points,
            step_of(found.pull, view.extent),
            [_says(float(logit), probability) for logit in found.logits],
            key=PLANE,
            token=hand.token,
            turn=hand.turn,
            extent=view.extent,
            probability=probability,
            on_places=lambda: _take(hand),
        )
    with right, st.container(key="quiz_beside"):
        _words(view, hand, opponent, found, probability)
        _buttons(view, hand, found)


def modes(view: View | None) -> int | None:
    """How many modes the visitor's points cover."""
    hand: Hand | None = st.session_state.get(_STATE)
    if hand is None or view is None or (hand.run, hand.generation) != (view.run, view.generation):
        return None
    return hand.found.modes if hand.found else None


def step_of(pull: np.ndarray, extent: float) -> np.ndarray:
    """How far a step down the gradient moves each point, (n, 2): `RATE` times the pull, and not too far."""
    steps = np.nan_to_num(RATE * pull)
    length = np.linalg.norm(steps, axis=1, keepdims=True)
    out: np.ndarray = steps * np.minimum(1, FARTHEST * extent / np.maximum(length, 1e-12))
    return out


def _hand(view: View) -> Hand:
    """The visitor's points; where the weights have moved on, D as it was at the nearest moment that is kept."""
    hand: Hand | None = st.session_state.get(_STATE)
    if hand is None or (hand.run, hand.generation) != (view.run, view.generation):
        source, step = _now(view)
        hand = st.session_state[_STATE] = Hand(view.run, view.generation, source, step, _first(view.extent))
    elif not isinstance(hand.source, int) and (hand.step != view.step or view.status == "playing"):
        hand.face(*_now(view))
    return hand


def _now(view: View) -> tuple[Source, int]:
    """The weights that stay as they are and are the newest: the present ones of a run that rests, or a moment."""
    whole = [mark for mark in view.line if mark.whole]
    if view.status != "playing" or not whole:
        return session.weights(), view.step
    return whole[-1].id, whole[-1].step


def _first(extent: float) -> np.ndarray:
    """All points near the middle, in rows."""
    across = np.linspace(-0.32, 0.32, 5)
    x, y = np.meshgrid(across, np.linspace(-0.24, 0.24, POINTS // 5))
    return (extent * np.stack([x, y], 2).reshape(-1, 2)).astype(np.float32)


def _asked(view: View, hand: Hand) -> tuple[OpponentFound, PlacedFound]:
    """What D says; asked once for each D and each place of the points. Raises UserError."""
    host = calls.host()
    if hand.opponent is None:
        hand.opponent = host.answer(view.run, Opponent(view.extent), hand.source)
    if hand.found is None:
        hand.found = host.answer(view.run, Placed(hand.points), hand.source)
    assert hand.opponent is not None
    assert hand.found is not None
    return hand.opponent, hand.found


def _take(hand: Hand) -> None:
    """The browser moved points."""
    heard = place.places(PLANE, hand.token, len(hand.points))
    if heard is not None:
        hand.turn, hand.points = heard
        hand.found = None


def _says(logit: float, probability: bool) -> str:
    return f"P(real) {told(logit, True)}" if probability else f"D(x) {signed(logit)}"


def _words(view: View, hand: Hand, opponent: OpponentFound, found: PlacedFound, probability: bool) -> None:
    """The loss, what D says, and the modes: of the visitor's points beside G's own samples."""
    st.markdown(
        _("You are G. Place {n} points where D of step {step} says real.").format(
            n=len(hand.points), step=number(hand.step)
        )
    )
    mean = _("Mean D(x)")
    rows = [
        (_("Loss of G"), signed(found.loss), signed(opponent.loss)),
        (mean, signed(found.score), signed(opponent.score)),
    ]
    if found.modes is not None and found.good is not None and opponent.good is not None:
        count = opponent.mode_count
        rows += [
            (_("Modes covered"), f"{found.modes} / {count}", f"{opponent.modes} / {count}"),
            (_("Within 3σ"), f"{100 * found.good:.0f} %", f"{100 * opponent.good:.0f} %"),
        ]
    cells = "".join(f"<tr><th scope='row'>{a}</th><td>{b}</td><td>{c}</td></tr>" for a, b, c in rows)
    head = f"<tr><td></td><th scope='col'>▲ {_('you')}</th><th scope='col'>G</th></tr>"
    st.html(f'<table class="quiz_scores"><thead>{head}</thead><tbody>{cells}</tbody></table>')
    better = found.loss < opponent.loss
    said = (
        _("D takes your points for more real than G's own samples.")
        if better
        else _("G's own samples have a lower loss than your points.")
    )
    if better and found.modes is not None and found.modes < opponent.mode_count:
        said += " " + _("The loss does not ask for all modes: that is how G comes to collapse.")
    st.caption(said)


def _buttons(view: View, hand: Hand, found: PlacedFound) -> None:
    """What moves all points, and which D they face."""
    with st.container(horizontal=True, gap="small", key="quiz_moves"):
        st.button(
            _("Follow the gradient"),
            key="quiz_follow",
            type="primary",
            help=_("One step of all points along their arrows: minus the gradient of the loss, cut where it is long."),
            on_click=_follow,
            args=(hand, found, view.extent),
        )
        st.button(_("Back to the middle"), key="quiz_middle", on_click=lambda: hand.put(_first(view.extent)))
        st.button(
            _("Face D as it is now"),
            key="quiz_face",
            help=_("D stays frozen at its step while the run goes on. Nothing here changes the run."),
            on_click=_face_now,
            args=(view, hand),
        )
    marks = {mark.id: mark for mark in view.line if mark.whole}
    st.caption(
        _("An arrow is the step that a point would take. Short arrows: D gives G little to learn from.")
        + (" " + _("D's answers are the mean over all classes.") if view.classes else "")
    )
    if len(marks) > 1:
        _choose_moment(view, hand, list(marks))


def _choose_moment(view: View, hand: Hand, ids: list[int]) -> None:
    """An earlier D."""
    steps = {mark.id: mark.step for mark in view.line}
    key = f"quiz_moment_{view.run}_{view.generation}_{hand.step}"

    def choose() -> None:
        chosen = st.session_state.get(key)
        if chosen in steps:
            hand.face(chosen, steps[chosen])

    st.selectbox(
        _("Face an earlier D"),
        ids,
        index=ids.index(hand.source) if hand.source in ids else None,
        format_func=lambda moment: _("D of step {n}").format(n=number(steps.get(moment, 0))),
        placeholder=_("D of step {n}").format(n=number(hand.step)),
        key=key,
        on_change=choose,
    )


def _follow(hand: Hand, found: PlacedFound, extent: float) -> None:
    """One step of all points; none leaves the plane."""
    hand.put((hand.points + step_of(found.pull, extent)).clip(-extent, extent))


def _face_now(view: View, hand: Hand) -> None:
    latest = session.latest()
    hand.face(*_now(latest if latest is not None and latest.run == view.run else view))
