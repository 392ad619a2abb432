"""What each method of the Directions tool finds, or says while there is nothing yet."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.latent import arithmetic
from playground.latent.questions import ClassMeans, Components, Factors, Means, Study
from playground.ui.model_source import Subject
from playground.ui.pages.latent import direction_sharing, direction_state
from playground.ui.pages.latent.direction_state import Method, Rows, Steering
from playground.ui.pages.latent.sample_pool import Latents
from playground.ui.style import escape_markdown
from playground.utils.translation import _, number


def rows(subject: Subject, pool: Latents, state: Steering, method: Method) -> tuple[Rows | None, list[int]]:
    """The directions of a method, if there are any yet, and the ids of kept ones; draws what there is to say or set."""
    if method == "kept":
        return _kept(subject, state)
    if method == "groups":
        return _difference(pool, state), []
    if method == "random":
        return _random(subject, state), []
    if method == "classes":
        return _between_classes(subject, state), []
    return _found(subject, pool, state, method), []


def _random(subject: Subject, state: Steering) -> Rows:
    st.caption(_("Random directions, for comparison.") + " " + _norm(subject.distribution))
    vectors = arithmetic.random_directions(subject.z_dim, direction_state.ROWS, state.seed)
    names = [_("Random {i}").format(i=i + 1) for i in range(len(vectors))]
    return Rows(_token(state, f"random:{state.seed}"), vectors, names, [""] * len(vectors))


def _token(state: Steering, what: str) -> str:
    return f"{state.run}:{state.generation}:{state.resets}:{what}"


def _norm(distribution: str) -> str:
    if distribution == "uniform":
        return _("A uniform z stays in its cube.")
    return _("z keeps its norm.")


def _found(subject: Subject, pool: Latents, state: Steering, method: Method) -> Rows | None:
    """What a study found."""
    label = None if pool.y is None else int(pool.y[state.start])
    question = Components(label, count=direction_state.ROWS) if method == "pca" else Factors(direction_state.ROWS)
    study = subject.study(question, state.since.get(method, 0))
    if not _answered(study):
        return None
    if method == "pca":
        name, why = _("PCA {i}"), _("Where G’s first features vary most (GANSpace).")
    else:
        name, why = _("SeFa {i}"), _("What G’s first layer amplifies most, from its weights alone.")
    found = study.result
    more = _("{sentence} {norm} In %: its share of the variance. Found at step {n}.")
    st.caption(more.format(sentence=why, norm=_norm(subject.distribution), n=number(study.step)))
    k = len(found.vectors)
    return Rows(
        _token(state, f"{method}:{subject.source}:{study.step}:{label if method == 'pca' else ''}"),
        found.vectors,
        [name.format(i=i + 1) for i in range(k)],
        [_percent(share) for share in found.shares],
        study.step,
    )


def _answered(study: Study) -> bool:
    """Whether a result is there; else says how far it is."""
    if study.problem:
        st.warning(escape_markdown(study.problem))
    elif study.result is None:
        st.progress(study.done / study.total if study.total else 0.0, _("Looking for directions"))
    return study.result is not None


def _percent(share: float) -> str:
    return _("{x} %").format(x=f"{100 * share:.0f}" if share >= 0.0995 else f"{100 * share:.1f}")


def _between_classes(subject: Subject, state: Steering) -> Rows | None:
    """From the mean z of one class to those of some others."""
    study = subject.study(Means(), state.since.get("classes", 0))
    if not _answered(study):
        return None
    found: ClassMeans = study.result
    a, others = _which(found.names)
    unseen = [found.names[k] for k in (a, *others) if found.counts[k] < arithmetic.FEWEST]
    others = [b for b in others if min(found.counts[a], found.counts[b]) >= arithmetic.FEWEST]
    if unseen:
        st.caption(
            escape_markdown(_("Too few samples look like {names}. Train longer.").format(names=", ".join(unseen)))
        )
    if not others:
        return None
    moves = found.z[others] - found.z[a]
    norms = np.linalg.norm(moves, axis=1)
    apart = norms / arithmetic.spread(subject.distribution)
    return Rows(
        _token(state, f"classes:{subject.source}:{study.step}:{a}:{others}"),
        moves / norms[:, None],
        [f"{found.names[a]} → {found.names[b]}" for b in others],
        [_("{x} σ apart").format(x=f"{x:.1f}") for x in apart],
        study.step,
    )


def _which(names: tuple[str, ...]) -> tuple[int, list[int]]:
    """The class to leave and those to go to."""
    key, classes = f"directions_{len(names)}", range(len(names))
    a: int = st.selectbox(
        _("From class"), classes, format_func=names.__getitem__, key=f"{key}_from", width=130, persist_state="session"
    )
    others = [k for k in classes if k != a]
    chosen: list[int] = st.multiselect(
        _("To"),
        others,
        default=others[: direction_state.ROWS],
        format_func=names.__getitem__,
        max_selections=direction_state.ROWS,
        key=f"{key}_to_{a}",
        persist_state="session",
    )
    return a, chosen


def _difference(pool: Latents, state: Steering) -> Rows | None:
    a, b = (state.groups[letter] for letter in ("A", "B"))
    if not a or not b:
        st.info(
            _("Pick three or more samples that have something for A, and three that lack it for B."),
            icon=":material/touch_app:",
        )
        return None
    if min(len(a), len(b)) < arithmetic.FEWEST:
        st.caption(_("From the mean z of B to that of A. With three or more each, what is common outweighs the rest."))
    else:
        st.caption(_("From the mean z of B to that of A: what A has and B lacks."))
    vector = arithmetic.difference(pool.z[a], pool.z[b])
    if vector is None:
        st.warning(_("Both groups have the same mean. Pick others."))
        return None
    token = _token(state, f"groups:{sorted(a)}:{sorted(b)}")
    return Rows(token, vector[None], [_("B → A")], [""])


def _kept(subject: Subject, state: Steering) -> tuple[Rows | None, list[int]]:
    found = direction_state.kept(subject.z_dim)
    direction_sharing.popover(found, subject.z_dim)
    if not found:
        st.info(_("“Keep” beside a direction puts it here. Or open a file of directions."), icon=":material/bookmark:")
        return None, []
    st.caption(_norm(subject.distribution))
    ids = [each.id for each in found]
    rows = Rows(
        _token(state, f"kept:{ids}"),
        np.stack([each.direction.vector for each in found]),
        [each.direction.name for each in found],
        [""] * len(found),
    )
    return rows, ids
