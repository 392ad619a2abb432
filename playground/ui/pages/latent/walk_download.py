"""Take a walk home: as a file that brings it back, and the way back."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import streamlit as st

from playground.engine import links
from playground.engine.messages import View
from playground.export import walk_file, walk_film
from playground.export.frame import Scene
from playground.export.walk_file import Origin
from playground.latent.walks import SPEEDS, Walk
from playground.losses.objectives import OBJECTIVES
from playground.ui import exports, session, uploads
from playground.ui.model_source import Subject, weights_key
from playground.ui.pages.latent import sample_pool, walk_state
from playground.ui.pages.latent.walk_state import CLOSED
from playground.ui.style import DARK, escape_markdown, palette
from playground.utils import logs
from playground.utils.errors import UserError
from playground.utils.translation import _

log = logging.getLogger(__name__)
FILE, PROBLEM = "walk_file", "_walk_problem"
LARGEST = walk_file.LARGEST // 2**20  # MB


def popover(subject: Subject, walk: Walk | None, samples: np.ndarray) -> None:
    """The files, and where one is dropped; `samples` are the frames on show."""
    with st.popover(_("Take home"), icon=":material/download:", key="walk_home"):
        if walk is not None:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                for label, kind in (("WebP", "webp"), ("GIF", "gif"), (_("PNG strip"), "png")):
                    st.download_button(
                        label,
                        exports.in_turn(maker(subject, walk, samples, kind, palette().neutral == DARK.neutral)),
                        f"walk-step-{subject.step}.{kind}",
                        f"image/{kind}",
                        key=f"walk_take_{kind}",
                        on_click="ignore",
                    )
            st.caption(_("Each file brings the walk back: drop it here. WebP and PNG keep every pixel as it is."))
        st.file_uploader(
            _("Drop a walk"),
            type=["webp", "gif", "png"],
            max_upload_size=LARGEST,
            key=FILE,
            on_change=_dropped,
            args=(subject,),
        )
        if problem := st.session_state.get(PROBLEM):
            st.warning(escape_markdown(problem), icon=":material/warning:")


def maker(subject: Subject, walk: Walk, samples: np.ndarray, kind: str, dark: bool) -> Callable[[], bytes]:
    """What makes a file once it is asked for."""
    view = subject.view
    origin = Origin(
        dict(view.config),
        links.public(view.run),
        subject.step,
        "raw" if subject.source == "raw" else "ema",
        int(subject.source) if isinstance(subject.source, int) else None,
    )
    probability = OBJECTIVES[view.config["objective"]].probability
    scene = Scene(view.real, view.extent, probability, view.names, dark)
    return lambda: walk_film.film(walk, samples, origin, scene, kind)


def _dropped(subject: Subject) -> None:
    """Open the file; whatever is wrong with it, the walk on show stays."""
    content = uploads.content(FILE)
    st.session_state[PROBLEM] = ""
    if content is None:
        return
    try:
        walk, digest, origin = walk_file.read(content)
        walk_file.fit(walk, subject.z_dim, subject.classes, subject.distribution)
    except UserError as error:
        log.info("a file was refused", extra=logs.extra("file_refused", kind="walk", bytes=len(content)))
        st.session_state[PROBLEM] = str(error)
        return
    _restore(subject.view, walk, digest, origin)
    session.say(_("The walk of the file is here."))


def _restore(view: View, walk: Walk, digest: str, origin: Origin) -> None:
    pool, state = sample_pool.kept(), walk_state.kept()
    pool.pick(pool.bring(walk.anchors, walk.labels, any_class=walk.how == "stay"))
    state.restarts += 1
    state.paces += 1
    state.position, state.per, state.file = 0, walk.per, (walk, digest, origin)
    state.speed, state.ease = min(SPEEDS, key=lambda speed: abs(speed - walk.speed)), walk.ease
    st.session_state[walk_state.path_key(view.config["z_distribution"])] = walk.path
    st.session_state[CLOSED] = walk.closed
    if walk.labels is not None and pool.y is not None:
        first = int(walk.labels[0])
        stays = "a" if pool.y[pool.picked[0]] == first else first
        st.session_state[walk_state.class_key(view.classes)] = stays if walk.how == "stay" else walk.how
    present = origin.moment is None and (origin.step == view.step or origin.weights == "raw")
    if origin.run in (view.run, links.public(view.run)) and not present:
        marks = [mark for mark in view.moments if mark.whole and mark.step == origin.step]
        found = [mark for mark in marks if mark.id == origin.moment] or marks
        if found:
            st.session_state[weights_key(view)] = found[-1].id
