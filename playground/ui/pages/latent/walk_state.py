"""What the Walk tool holds: the walk that picks and controls make, its frames, its curves, the file it came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.engine.messages import View
from playground.export.walk_file import Origin
from playground.latent import walks
from playground.latent.paths import Classing
from playground.latent.questions import Scores
from playground.latent.walks import Walk
from playground.losses.objectives import OBJECTIVES
from playground.ui.components.scrubber import Curve, Pace
from playground.ui.model_source import Subject
from playground.ui.pages.latent.sample_pool import LETTERS, Frames, Latents
from playground.utils import priors
from playground.utils.translation import _, number

STATE = "_walk_state"
PATH, CLOSED, CLASS = "walk_path", "walk_closed", "walk_class"
HOLLOW = 8  # dimensions from which on a normal z is hardly ever near 0
Choice = int | str  # one class for every frame, or what the class does: "a" (stays that of A), "switch", "morph"


@dataclass
class Walking:
    """Lives in a visitor's session; made anew when the run starts over."""

    run: str
    generation: int
    restarts: int = 0  # counts how often Python changed the picks
    paces: int = 0  # counts how often it changed the pace
    per: int = 0  # frames a segment, as a file wants them; 0: as many as the picks make
    speed: float = 1.0
    ease: bool = False
    position: int = 0
    file: tuple[Walk, str, Origin] | None = None  # with the digest of its frames
    asked: tuple[object, ...] = ()  # what the scores are about
    since: int = 0  # the step of the weights of which they were asked for
    scores: np.ndarray | None = None

    @property
    def token(self) -> str:
        """Of the picks."""
        return f"{self.run}:{self.generation}:{self.restarts}"


def state(view: View) -> Walking:
    """What the visitor has done here in this run."""
    found: Walking | None = st.session_state.get(STATE)
    if found is None or (found.run, found.generation) != (view.run, view.generation):
        found = st.session_state[STATE] = Walking(view.run, view.generation)
    return found


def kept() -> Walking:
    """The same, for a callback."""
    found: Walking = st.session_state[STATE]
    return found


def path_key(distribution: str) -> str:
    """Of the widget; each distribution has its own default."""
    return f"{PATH}_{distribution}"


def class_key(classes: int) -> str:
    """Of the widget; what one run allows may be out of range in the next."""
    return f"{CLASS}_{classes}"


def walk(subject: Subject, pool: Latents, state: Walking, path: str, closed: bool, choice: Choice) -> Walk | None:
    """The walk through the picks; None for fewer than two."""
    k = len(pool.picked)
    if k < 2:
        return None
    labels, how = _labels(pool, choice)
    segments = k if closed or path == "spline" else k - 1
    per = state.per or walks.frames_per_segment(segments) * subject.on_page.finer
    return Walk(
        pool.anchors, labels, subject.classes, subject.distribution, path, closed, per, how, state.speed, state.ease
    )


def _labels(pool: Latents, choice: Choice) -> tuple[np.ndarray | None, Classing]:
    if pool.y is None:
        return None, "stay"
    labels = pool.y[pool.picked]
    if isinstance(choice, int):
        return np.full_like(labels, choice), "stay"
    return labels, "switch" if choice == "switch" else "morph" if choice == "morph" else "stay"


def frames(walk: Walk, state: Walking) -> Frames:
    """What the scrubber shows."""
    k = len(walk.anchors)
    marks = tuple((LETTERS[i], i * walk.per) for i in range(k))
    return Frames(
        state.token,
        "loop" if walk.loop else "line",
        walk.z(),
        walk.y(),
        [_between(i, walk.per, k) for i in range(walk.count)],
        _("Position on the loop through {n} samples").format(n=k)
        if walk.loop
        else _("Position between {first} and {last}").format(first="A", last=LETTERS[k - 1]),
        start=min(state.position, walk.count - 1),
        marks=marks,
    )


def _between(i: int, per: int, k: int) -> str:
    """Such as “75 % A, 25 % B” for a quarter of a segment, or “B” at its end."""
    first, share = LETTERS[i // per % k], round(100 * (i % per) / per)
    if i % per == 0:
        return first
    last = LETTERS[(i // per + 1) % k]
    return _("{x} % {first}, {y} % {last}").format(x=100 - share, first=first, y=share, last=last)


def pace(walk: Walk, state: Walking) -> Pace:
    """How it plays."""
    token = f"{state.run}:{state.generation}:{state.paces}"
    return Pace(token, walk.per, walks.SECONDS, walks.REST, state.speed, state.ease)


def curves(subject: Subject, walk: Walk, state: Walking) -> list[Curve]:
    """|z| along the walk, and what D says of its frames."""
    return [_norms(walk, shell=not subject.codes.size), _says(subject, scores(subject, walk, state))]


def _norms(walk: Walk, shell: bool) -> Curve:
    def norm(path: str) -> np.ndarray:
        out: np.ndarray = np.linalg.norm(walk.z(path), axis=1)
        return out

    other = "slerp" if walk.path == "lerp" else "lerp"
    if walk.distribution != "normal" or not shell:  # codes are not normal
        return Curve(_("|z|"), norm(walk.path), other=(other, norm(other)))
    mean, deviation = priors.shell(walk.anchors.shape[1])
    band = (_("where normal z are"), mean - deviation, mean + deviation)
    return Curve(_("|z|"), norm(walk.path), other=(other, norm(other)), band=band)


def _says(subject: Subject, logits: np.ndarray | None) -> Curve:
    if not OBJECTIVES[subject.view.config["objective"]].probability:
        return Curve(_("D’s score"), logits, "discriminator")
    with np.errstate(over="ignore"):
        belief = None if logits is None else 1 / (1 + np.exp(-logits.astype(np.float64)))
    return Curve(_("D says real"), belief, "discriminator", level=(_("cannot tell"), 0.5), range=(0.0, 1.0))


def scores(subject: Subject, walk: Walk, state: Walking) -> np.ndarray | None:
    """D's logits of the frames (n,), of slightly older weights while newer ones are on their way; None at first."""
    z, y = walk.z(), walk.y()
    about = (subject.source, walks.digest(z), None if y is None else walks.digest(y))
    if state.asked != about:
        state.asked, state.since, state.scores = about, subject.step, None
    study = subject.study(Scores(z, y), state.since if subject.live else 0, soon=state.scores is None)
    if study.finished:
        state.scores = study.result if study.result is not None else state.scores
        state.since = subject.step
    return state.scores


def sentence(walk: Walk, names: tuple[str, ...], choice: Choice) -> str:
    """One line that says what is to be seen."""
    if walk.how == "morph" and walk.labels is not None and len(set(walk.labels)) > 1:
        return _("The class blends, too. G was trained with whole classes only: nobody taught it what lies in between.")
    if walk.how == "stay" and choice == "a" and walk.labels is not None and len(set(walk.labels)) > 1:
        return _("The class stays {y}, only z moves: each pick is drawn as {y}.").format(y=names[walk.labels[0]])
    if walk.path == "spline":
        return _("A smooth loop through all picks: no corner, and |z| stays between that of two neighbours.")
    if walk.distribution == "uniform":
        return _("A uniform z fills a cube: lerp, the straight line, stays inside it.")
    if walk.anchors.shape[1] < HOLLOW:
        return _("lerp goes straight, slerp turns around 0. With so few numbers z may lie anywhere, also near 0.")
    if walk.path == "lerp":
        return _("A random z lies near a sphere: lerp cuts through its empty middle, where |z| is small.")
    return _("A random z lies near a sphere: slerp stays on it, lerp cuts through its empty middle.")


def of_file(walk: Walk, state: Walking, samples: np.ndarray, step: int) -> str:
    """Whether the frames are those of the file that was dropped in; "" if the walk is another one by now."""
    if state.file is None or not state.file[0].same(walk):
        return ""
    _walk, digest, origin = state.file
    if walks.digest(samples) == digest:
        return _("The same frames as in the file.")
    return _("The file’s frames come from other weights, those of step {n}. These are of step {m}.").format(
        n=number(origin.step), m=number(step)
    )
