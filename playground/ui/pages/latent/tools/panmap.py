"""An endless map of the latent space. The picture under the pointer needs no answer of the server."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from playground.engine.messages import UseFixedZ
from playground.latent.plane import Chunk
from playground.ui import calls, session
from playground.ui.components import panmap
from playground.ui.components.frames import heard
from playground.ui.components.panmap import Answer, Ask
from playground.ui.components.picker import picker, picks
from playground.ui.model_source import Subject
from playground.ui.pages.latent import planes, sample_pool
from playground.ui.pages.latent.planes import Plane
from playground.ui.pages.latent.tools.tool import Tool
from playground.ui.style import escape_markdown
from playground.utils.errors import UserError
from playground.utils.translation import _

STATE, MAP, PICKER = "_panmap_state", "panmap", "panmap_picker"
SHARE = 0.35  # of the time that answers may take; half of it is waiting for a step to end
LONGEST = 0.06  # seconds that one answer should take
MOST, FEWEST = 24, 2  # chunks of one answer
RENEW = 1.5  # seconds between two sets of weights
SIDE = 10  # places of the map that become fixed z, in a row


@dataclass
class State:
    """Of a visitor. `ask` is what the browser asked for last and has not been given; `places` where it stood."""

    seed: int = 0
    ask: Ask | None = None
    answered: int = 0
    seconds: float = 0.004  # that a chunk takes, lately
    gap: float = 0.0  # seconds that the browser shall wait before it asks again
    version: tuple[object, ...] = ()
    renewed: float = 0.0  # when it was another one
    places: dict[str, tuple[float, float, float]] = field(default_factory=dict)  # u, v and scale by token


def state() -> State:
    """What this visitor's map is like."""
    found: State = st.session_state.setdefault(STATE, State())
    return found


def render(subject: Subject) -> None:
    """Draw the tool."""
    with st.container(horizontal=True, vertical_alignment="center"):
        kind = _kind(subject)
        plane = kind.plane(subject, state().seed)
        if kind.seeded:
            st.button(
                _("Another"), icon=":material/casino:", help=_("Other random numbers"), key="panmap_another",
                on_click=_another,
            )  # fmt: skip
    if kind.picks:
        left, right = st.columns([2, 5], gap="medium")
        with left:
            _pick(subject)
        with right:
            _show(subject, plane, picks=True)
    else:
        _show(subject, plane, picks=False)


def _kind(subject: Subject) -> planes.Kind:
    kinds = planes.kinds(subject)
    if len(kinds) == 1:
        return next(iter(kinds.values()))
    chosen: str = st.segmented_control(
        _("Plane"),
        list(kinds),
        default=next(iter(kinds)),
        format_func=lambda key: _(kinds[key].title),
        required=True,
        key="panmap_kind_" + "_".join(kinds),  # what one run has another may lack
        label_visibility="collapsed",
        persist_state="session",
    )
    return kinds[chosen]


def _another() -> None:
    state().seed += 1


def _pick(subject: Subject) -> None:
    view, found = subject.view, sample_pool.state(subject.view)
    st.caption(_("Pick two or three samples."))
    names = [
        _("Sample {i}").format(i=i + 1)
        if found.y is None
        else _("Sample {i}, class {y}").format(i=i + 1, y=view.names[found.y[i]])
        for i in range(len(found.z))
    ]
    picker(
        subject.drawn(subject.sample(found.z, found.y)),
        names,
        list(zip(found.picked[:3], sample_pool.LETTERS, strict=False)),
        key=PICKER,
        token=f"{found.run}:{found.generation}",
        on_change=_picked,
        real=view.real,
        extent=view.extent,
        crisp=_crisp(),
        most=3,
    )


def _picked() -> None:
    found = sample_pool.kept()
    if (now := picks(PICKER, f"{found.run}:{found.generation}")) is not None:
        found.pick([index for index, _letter in now])


# The map


def _show(subject: Subject, plane: Plane | None, picks: bool) -> None:
    if plane is None and not picks:
        return
    if plane is None:
        st.info(_("Pick two samples, and a plane goes through them."), icon=":material/touch_app:")
        return
    st.caption(escape_markdown(plane.sentence + " " + _("Point at it, drag it, zoom.")))
    _map(subject, plane)


@st.fragment
def _map(subject: Subject, plane: Plane) -> None:
    """The map alone: what the browser asks for is answered without drawing the rest of the page again."""
    token = f"{subject.view.run}:{subject.view.generation}:{subject.z_dim}:{subject.distribution}:{plane.token}"
    try:
        chunks = _answer(subject, plane, token)
    except UserError as error:
        st.warning(escape_markdown(str(error)))
        chunks = []
    panmap.panmap(
        subject.view,
        plane,
        Answer(token, _version(subject), chunks, state().answered, state().gap, _most(state()), not subject.live),
        key=MAP,
        place=state().places.get(token),
        crisp=_crisp(),
        on_ask=_asked,
        on_use=lambda: _use(subject, plane, token),
    )


def _version(subject: Subject) -> str:
    """Which weights the pictures are of. Those of a training are others all the time: new ones count now and then."""
    mine, now, found = state(), time.monotonic(), subject.version
    same_run = found[:3] == mine.version[:3]  # and the same choice of weights
    if not same_run or subject.view.status != "playing" or now - mine.renewed > RENEW:
        mine.version, mine.renewed = found, now
    return str(mine.version)


def _asked() -> None:
    said = heard(MAP, "ask")
    if said:
        state().ask = Ask.read(said)


def _answer(subject: Subject, plane: Plane, token: str) -> list[panmap.Filled]:
    """The chunks that were asked for last, as many as may be made at once. Raises UserError."""
    mine = state()
    ask, mine.ask = mine.ask, None
    if ask is None:
        return []
    mine.answered = ask.number
    mine.places[ask.token] = ask.place
    while len(mine.places) > 32:
        del mine.places[next(iter(mine.places))]
    chunks = ask.chunks[: _most(mine)] if ask.token == token else []
    if not chunks:
        return []
    start = time.perf_counter()
    filled = fill(subject, plane, chunks)
    spent = time.perf_counter() - start
    mine.seconds = 0.7 * mine.seconds + 0.3 * spent / len(chunks)
    mine.gap = spent * (1 / SHARE - 1) if subject.view.status == "playing" else 0.0
    return filled


def _most(mine: State) -> int:
    return int(np.clip(LONGEST / mine.seconds, FEWEST, MOST))


def fill(subject: Subject, plane: Plane, chunks: list[Chunk]) -> list[panmap.Filled]:
    """What G makes of the latents of `chunks`. Raises UserError."""
    kind = panmap.kind_of(subject.view)
    places = [chunk.places(kind.side, kind.closed) for chunk in chunks]
    z, y = plane.span(np.concatenate([u for u, _v in places]), np.concatenate([v for _u, v in places]))
    samples = calls.host().sample(subject.view.run, z, y, subject.source)
    norms = np.linalg.norm(z, axis=1)
    n = len(places[0][0])
    return [
        panmap.Filled(chunk, samples[k * n : (k + 1) * n], norms[k * n : (k + 1) * n]) for k, chunk in enumerate(chunks)
    ]


def _use(subject: Subject, plane: Plane, token: str) -> None:
    """Make latents around the place that the browser says the fixed z."""
    said = heard(MAP, "use")
    if not said or said["token"] != token:
        return
    command = fixed(plane, float(said["u"]), float(said["v"]), float(said["step"]), subject.classes)
    session.send(command)
    if calls.problem():
        return
    sentence = _("The Train page now starts with these {n} samples.").format(n=len(command.z))
    if subject.classes:
        sentence = _("On the Train page, rows now go across the map and columns are the classes.")
    session.say(sentence)


def fixed(plane: Plane, u: float, v: float, step: float, classes: int) -> UseFixedZ:
    """The latents of SIDE x SIDE places, `step` apart, around (u, v); with classes, of a row, each in every class."""
    along = (np.arange(SIDE) - SIDE // 2) * step
    if not classes:
        down, right = np.meshgrid(v - along, u + along, indexing="ij")
        return UseFixedZ(plane.span(right.ravel(), down.ravel())[0])
    z = plane.span(u + along, np.full(SIDE, v))[0]
    return UseFixedZ(z.repeat(classes, axis=0), np.tile(np.arange(classes), SIDE))


def _crisp() -> bool:
    """Whether tiles show their pixels, as on the Train page."""
    return not st.session_state.get("smooth", True)


TOOL = Tool(
    "Map",
    1,
    render,
    "explore",
    "What G makes at every place of a plane through the latent space: neighbours look alike, and nothing is empty.",
    modalities=(),
    trained=True,
)
