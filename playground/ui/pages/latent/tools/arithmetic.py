"""A - B + C with groups of samples, as in the paper of DCGAN (Radford et al., 2016)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from playground.engine.messages import View
from playground.latent import arithmetic
from playground.ui import calls
from playground.ui.components.picker import picker, picks
from playground.ui.model_source import Subject
from playground.ui.pages.latent import equation, sample_pool
from playground.ui.pages.latent.equation import Term
from playground.ui.pages.latent.tools.tool import Tool
from playground.ui.style import escape_markdown
from playground.utils.translation import _

STATE, STEP, PICKER = "_arithmetic_state", "arithmetic_step", "arithmetic_picker"
GROUPS = ("A", "B", "C")
WIDEST, ACROSS, TALLEST = 10, 6, 8  # tiles of the field
VISIBLE = 2.0  # of 255: a difference of brightness that one can see


@dataclass
class Sums:
    """What a visitor picked in this run. Lives in the session. `z` (n, z_dim) and `y` (n,) are as on arrival."""

    run: str
    generation: int
    z: np.ndarray
    y: np.ndarray | None
    across: int
    groups: dict[str, list[int]] = field(default_factory=lambda: {group: [] for group in GROUPS})
    takes: int = 0  # counts how often the browser had to take other picks
    suggestions: int = 0
    suggested: str = ""  # the sentence that belongs to the present picks

    @property
    def token(self) -> str:
        return f"{self.run}:{self.generation}:{self.takes}"

    def ready(self, group: str) -> bool:
        return len(self.groups[group]) >= arithmetic.FEWEST

    def take(self, groups: dict[str, list[int]], sentence: str = "") -> None:
        self.groups, self.suggested = groups, sentence
        self.takes += 1


def state(view: View) -> Sums:
    """What the visitor picked, made on arrival and again when the run starts over: samples in columns of classes."""
    found: Sums | None = st.session_state.get(STATE)
    if found is None or (found.run, found.generation) != (view.run, view.generation):
        assert view.fixed_z is not None
        across = view.classes if ACROSS <= view.classes <= WIDEST else ACROSS
        order = np.arange(len(view.fixed_z))
        if view.labels is not None:
            before = np.tril(view.labels[:, None] == view.labels[None], -1).sum(1)  # of the same class
            order = np.lexsort((view.labels, before))
        order = order[: across * TALLEST]
        y = None if view.labels is None else np.asarray(view.labels[order], np.int64)
        found = st.session_state[STATE] = Sums(view.run, view.generation, view.fixed_z[order].copy(), y, across)
    return found


def render(subject: Subject) -> None:
    """Draw the tool."""
    sums = state(subject.view)
    near = None
    if all(sums.ready(group) for group in GROUPS):
        a, b, c = (sums.z[sums.groups[group]] for group in GROUPS)
        near = arithmetic.around(arithmetic.combine(a, b, c, subject.distribution), subject.distribution)
    tiles, means, results = _samples(subject, sums, near)
    left, right = st.columns([3, 5], gap="medium")
    with left:
        _pick(subject, sums, tiles)
    with right:
        smooth = bool(st.session_state.get("smooth", True))
        st.markdown(f"**{escape_markdown(_guide(subject, sums))}**")
        st.html(equation.html(_terms(sums, tiles, means, results), smooth))
        if len(results):
            text, pictures = st.columns([3, 4], gap="medium", vertical_alignment="top")
            text.caption(_why(subject, sums))
            pictures.html(equation.neighbours(results, _("The result and its neighbours"), smooth))
        else:
            st.caption(_why(subject, sums))


# Left: the groups


def _pick(subject: Subject, sums: Sums, tiles: np.ndarray) -> None:
    titles = {group: f"{group} ({len(sums.groups[group])})" for group in GROUPS}
    with st.container(horizontal=True, vertical_alignment="center"):
        step = st.segmented_control(
            _("Step"),
            GROUPS,
            default="A",
            format_func=titles.__getitem__,
            required=True,
            key=STEP,
            label_visibility="collapsed",
            persist_state="session",
        )
        if len(_rich_classes(sums, subject.classes)) > 1:
            st.button(
                _("Suggest"),
                icon=":material/lightbulb:",
                key="arithmetic_suggest",
                help=_("Picks three of a class each."),
                on_click=_suggest,
                args=(subject, tiles),
            )
        st.button(_("Clear"), key="arithmetic_clear", disabled=not any(sums.groups.values()), on_click=_clear)
    picker(
        tiles,
        sample_pool.titles(sums.y, len(sums.z), subject.view.names),
        [(i, group) for group, found in sums.groups.items() for i in found],
        key=PICKER,
        token=sums.token,
        on_change=_picked,
        across=sums.across,
        crisp=not st.session_state.get("smooth", True),
        group=step,
    )


def _picked() -> None:
    """Take over the picks; once a group is complete, the next one is picked for."""
    sums: Sums = st.session_state[STATE]
    found = picks(PICKER, sums.token)
    if found is None:
        return
    step = st.session_state.get(STEP, "A")
    before = sums.ready(step)
    sums.groups = {group: [i for i, its in found if its == group and i < len(sums.z)] for group in GROUPS}
    sums.suggested = ""
    if sums.ready(step) and not before:
        st.session_state[STEP] = next((group for group in GROUPS if not sums.ready(group)), step)


def _clear() -> None:
    sums: Sums = st.session_state[STATE]
    sums.take({group: [] for group in GROUPS})
    st.session_state[STEP] = "A"


def _rich_classes(sums: Sums, classes: int) -> list[int]:
    """The classes of which there are samples for two groups."""
    if sums.y is None:
        return []
    return [int(k) for k in np.flatnonzero(np.bincount(sums.y, minlength=classes) >= 2 * arithmetic.FEWEST)]


def _suggest(subject: Subject, tiles: np.ndarray) -> None:
    """Bright - dark samples of one class + dark ones of another, where that makes a brighter sample."""
    sums: Sums = st.session_state[STATE]
    light = tiles.reshape(len(tiles), -1).mean(1)
    ranked = _brighter(subject, sums, light)
    (first, other), gain = ranked[sums.suggestions % len(ranked)]
    sums.suggestions += 1
    names = subject.view.names
    words = _("A: bright samples of “{a}”. B: dark ones of “{a}”. C: dark ones of “{c}”.")
    words += " " + (
        _("The result is a brighter “{c}” than the mean of C.")
        if gain > 0
        else _("The result is no brighter than the mean of C: train longer and try again.")
    )
    sums.take(_light_and_dark(sums, light, first, other), words.format(a=names[first], c=names[other]))


def _light_and_dark(sums: Sums, light: np.ndarray, first: int, other: int) -> dict[str, list[int]]:
    """The brightest of class `first`, its darkest, and the darkest of class `other`."""

    def sorted_of(label: int) -> list[int]:
        found = np.flatnonzero(sums.y == label)
        return [int(i) for i in found[np.argsort(light[found], kind="stable")]]

    n = arithmetic.FEWEST
    return {"A": sorted_of(first)[-n:], "B": sorted_of(first)[:n], "C": sorted_of(other)[:n]}


def _brighter(subject: Subject, sums: Sums, light: np.ndarray) -> list[tuple[tuple[int, int], float]]:
    """Pairs of classes, and by how much the result of each is brighter than the mean of C; only those where it is."""
    rich = _rich_classes(sums, subject.classes)
    pairs = [(a, rich[(i + by) % len(rich)]) for by in range(1, min(len(rich), 4)) for i, a in enumerate(rich)]
    z, y, unit = [], [], np.eye(subject.classes, dtype=np.float32)
    for pair in pairs:
        groups = _light_and_dark(sums, light, *pair)
        a, b, c = (sums.z[groups[group]] for group in GROUPS)
        z += [arithmetic.combine(a, b, c, subject.distribution), arithmetic.home(c.mean(0), subject.distribution)]
        y += [unit[pair[1]], unit[pair[1]]]
    images = calls.call("sample", subject.view.run, np.stack(z).astype(np.float32), np.stack(y), subject.source)
    if images is None:  # the engine declines, and the page says why
        return [(pairs[0], 0.0)]
    bright = images.reshape(len(pairs), 2, -1).mean(2).astype(float)
    gains = bright[:, 0] - bright[:, 1]
    order = np.argsort(-gains, kind="stable")
    good = [(pairs[i], float(gains[i])) for i in order if gains[i] > VISIBLE]
    return good or [(pairs[order[0]], 0.0)]


# Right: the equation


def _guide(subject: Subject, sums: Sums) -> str:
    if sums.suggested:
        return sums.suggested
    step = next((group for group in GROUPS if not sums.ready(group)), "")
    if step == "A":
        one = _("Step 1: pick three or more samples with something you like, such as thick strokes.")
        return one + (" " + _("All of one class is best.") if subject.classes else "")
    if step == "B":
        return _("Step 2: for B, three or more that lack it and are like A otherwise.")
    if step == "C":
        one = _("Step 3: for C, three or more that lack it too.")
        return one + " " + (_("Take another class.") if subject.classes else _("Take ones that look different."))
    return _("What A has and B lacks, given to C. Click more samples into a group, or take some out.")


def _why(subject: Subject, sums: Sums) -> str:
    """Why means are not used as they are."""
    if subject.distribution == "uniform":
        return _("The mean of uniform z lies near the middle of their cube. The sum is kept inside.")
    n, d = max(arithmetic.FEWEST, len(sums.groups["A"])), subject.z_dim
    return _(
        "The mean of {n} random z has a norm of about √({d}/{n}) = {mean:.1f}. G knows z of norm √{d} = {norm:.1f}, "
        "so each mean, and the sum, is scaled to that."
    ).format(n=n, d=d, mean=(d / n) ** 0.5, norm=d**0.5)


def _samples(
    subject: Subject, sums: Sums, near: np.ndarray | None
) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Images of what there is to pick, of the mean of each group, and of the result with its neighbours."""
    filled = [group for group in GROUPS if sums.groups[group]]
    z = [sums.z, *(arithmetic.home(sums.z[sums.groups[group]].mean(0), subject.distribution)[None] for group in filled)]
    y = None
    if sums.y is not None:
        classes = subject.classes
        each = np.eye(classes, dtype=np.float32)[sums.y]
        parts = [each, *(each[sums.groups[group]].mean(0)[None] for group in filled)]
        if near is not None:
            a, b, c = (sums.y[sums.groups[group]] for group in GROUPS)
            parts.append(np.tile(arithmetic.weights(a, b, c, classes), (len(near), 1)))
        y = np.concatenate(parts)
    images = subject.sample(np.concatenate(z if near is None else [*z, near]), y)
    n = len(sums.z)
    means = dict(zip(filled, images[n:], strict=False))
    return images[:n], means, images[n + len(filled) :]


def _terms(sums: Sums, tiles: np.ndarray, means: dict[str, np.ndarray], results: np.ndarray) -> list[Term]:
    terms = []
    for group in GROUPS:
        found = sums.groups[group]
        missing = _("Pick {n} for {group}").format(n=arithmetic.FEWEST, group=group)
        title = _("{group}: mean of {n}").format(group=group, n=len(found)) if found else group
        terms.append(Term(title, means.get(group), tiles[found] if found else None, missing))
    wants = [group for group in GROUPS if not sums.ready(group)]
    missing = _("Needs {groups}").format(groups=", ".join(wants))
    return [*terms, Term(_("Result"), results[4] if len(results) else None, None, missing)]


TOOL = Tool(
    "Arithmetic",
    6,
    render,
    "edit",
    "Whether differences add up: what A has and B lacks, given to C.",
    lacks={"points": "Points have no looks to add and subtract: this tool needs a run on images."},
    term="arithmetic",
)
