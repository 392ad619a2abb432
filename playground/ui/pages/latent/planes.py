"""The planes that the Map tool can show. Each kind is one entry of `KINDS`: what it is called, when, and what it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.latent import arithmetic
from playground.latent import plane as latent_plane
from playground.latent.plane import Span
from playground.latent.questions import Components
from playground.ui.model_source import Subject
from playground.ui.pages.latent import direction_state, sample_pool
from playground.utils import priors
from playground.utils.errors import UserError
from playground.utils.translation import _

EACH = -1  # the choice of a class for each seed
LIMIT = 1e6  # units from the origin: as far as one may go
Mark = tuple[float, float, str]


@dataclass(frozen=True)
class Plane:
    """`span` gives latents at places. The browser keeps its pictures and the place for as long as `token` stays.

    It begins at `start` with `across` units in sight, goes as far as `limit` from the origin, and shows `marks`,
    (u, v, letter). `itself`: whether (u, v) is z.
    """

    token: str
    span: Span
    sentence: str
    start: tuple[float, float] = (0.0, 0.0)
    across: float = 3.0
    limit: float = LIMIT
    marks: tuple[Mark, ...] = ()
    itself: bool = False


@dataclass(frozen=True)
class Kind:
    """`fits` says whether a run has it; `plane` draws its few controls and makes it for a seed.

    It gives None if it cannot yet, and says why, except where `picks`: whether it goes through picked samples.
    `seeded`: whether another seed makes another plane.
    """

    title: str
    fits: Callable[[Subject], bool]
    plane: Callable[[Subject, int], Plane | None]
    seeded: bool = True
    picks: bool = False


def kinds(subject: Subject) -> dict[str, Kind]:
    """Those that the run has."""
    return {key: kind for key, kind in KINDS.items() if kind.fits(subject)}


def _seeds(subject: Subject, seed: int) -> Plane:
    label = _class(subject, "seeds", each=True)
    return Plane(
        f"seeds:{seed}:{label}",
        latent_plane.seeds(
            seed,
            subject.z_dim,
            subject.distribution,
            subject.classes,
            None if label == EACH else label,
            subject.codes,
        ),
        _("Each whole number is a random z; in between, one turns into the next."),
        start=(0.5, 0.5),
    )


def _directions(subject: Subject, seed: int) -> Plane:
    label = _class(subject, "directions")
    return Plane(
        f"directions:{seed}:{label}",
        latent_plane.directions(seed, subject.z_dim, subject.distribution, subject.classes, label, subject.codes),
        _("From one random z in two random directions; its length stays."),
    )


def _components(subject: Subject, seed: int) -> Plane | None:
    label = _class(subject, "components")
    found = direction_state.state(subject.view)  # the same answer as on the tool of directions
    study = subject.study(
        Components(label if subject.classes else None, count=direction_state.ROWS), found.since.get("pca", 0)
    )
    if study.result is None:
        if study.problem:
            raise UserError(study.problem)
        st.progress(study.done / study.total if study.total else 0.0, _("Looking for directions"))
        return None
    if len(study.result.vectors) < 2:
        raise UserError(_("Only one component of G’s features follows z: that makes no plane."))
    sigma = arithmetic.spread(subject.distribution)
    first, second = sigma * study.result.vectors[:2]
    origin = priors.sample(subject.distribution, 1, subject.z_dim, seed, subject.codes)[0]
    return Plane(
        f"components:{seed}:{label}:{subject.source}:{study.step}",
        latent_plane.along(origin, first, second, subject.distribution, subject.classes, label),
        _("PCA 1 to the right, PCA 2 up, in σ: where G’s first features vary most."),
        across=8.0,
    )


def _picked(subject: Subject, seed: int) -> Plane | None:
    state = sample_pool.state(subject.view)
    picked = state.picked[:3]
    if len(picked) < 2:
        return None
    z = state.z[picked]
    labels = () if state.y is None else tuple(int(y) for y in state.y[picked])
    c = z[2] if len(z) > 2 else None
    marks: tuple[Mark, ...] = ((0, 0, "A"), (1, 0, "B"), (0, 1, "C"))
    return Plane(
        f"picked:{_digest(z)}:{labels}:{seed if c is None else 0}",
        latent_plane.through(z[0], z[1], c, seed, subject.distribution, subject.classes, labels),
        _("A to B goes to the right, a random direction up.") if c is None
        else _("A to B goes to the right, A to C goes up."),
        start=(0.5, 0.0 if c is None else 0.5),
        across=2.0,
        marks=marks[: len(picked)],
    )  # fmt: skip


def _classes(subject: Subject, seed: int) -> Plane:
    names = subject.view.names
    with st.container(horizontal=True, width="content"):
        first = _choice(subject, _("From"), "from", min(3, subject.classes - 1))
        last = _choice(subject, _("To"), "to", min(8, subject.classes - 1))
    return Plane(
        f"classes:{first}:{last}:{seed}",
        latent_plane.between_classes(
            first, last, subject.classes, seed, subject.z_dim, subject.distribution, subject.codes
        ),
        _("To the right {a} turns into {b} and back, by mixing the classes; upwards z moves.").format(
            a=names[first], b=names[last]
        ),
        start=(0.5, 0.0),
        across=2.0,
        marks=((0, 0, names[first]), (1, 0, names[last])),
    )


def _itself(subject: Subject, _seed: int) -> Plane:
    label, uniform = _class(subject, "itself"), subject.distribution == "uniform"
    return Plane(
        f"itself:{label}",
        latent_plane.itself(subject.distribution, subject.classes, label),
        _("This plane is all there is: z has two numbers, u and v."),
        across=2.2 if uniform else 6.0,
        limit=1.0 if uniform else LIMIT,
        itself=True,
    )


def _class(subject: Subject, kind: str, each: bool = False) -> int:
    """The class chosen for all latents; EACH if each seed has its own, 0 for a run without classes."""
    if not subject.classes:
        return 0
    choices = [*([EACH] if each else []), *range(subject.classes)]
    chosen: int = st.selectbox(
        _("Class"),
        choices,
        format_func=lambda y: _("All classes") if y == EACH else subject.view.names[y],
        key=f"panmap_class_{kind}_{subject.classes}",
        label_visibility="collapsed",
        width=150,
        persist_state="session",
    )
    return chosen


def _choice(subject: Subject, label: str, which: str, first: int) -> int:
    chosen: int = st.selectbox(
        label,
        range(subject.classes),
        index=first,
        format_func=lambda y: subject.view.names[y],
        key=f"panmap_{which}_{subject.classes}",
        label_visibility="collapsed",
        width=110,
        persist_state="session",
    )
    return chosen


def _digest(z: np.ndarray) -> str:
    return hashlib.sha256(z.tobytes()).hexdigest()[:12]


def _many(subject: Subject) -> bool:
    return subject.z_dim > 2


KINDS: dict[str, Kind] = {
    "itself": Kind(_("z itself"), lambda subject: subject.z_dim == 2, _itself, seeded=False),
    "seeds": Kind(_("Random seeds"), lambda subject: subject.z_dim != 2, _seeds),
    "directions": Kind(_("Two directions"), _many, _directions),
    "components": Kind(_("PCA"), _many, _components),
    "picked": Kind(_("Picked samples"), _many, _picked, picks=True),
    "classes": Kind(_("Class to class"), lambda subject: subject.classes > 1, _classes),
}
