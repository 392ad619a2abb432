"""What the Latent page explores: a run, and which of its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from playground.data.modality import MODALITIES, tiles_of
from playground.engine.messages import Source, View
from playground.latent.questions import Study
from playground.ui import calls, session
from playground.ui.modalities import ON_PAGES, OnPage
from playground.ui.style import escape_markdown
from playground.ui.told import told
from playground.utils import interpolation
from playground.utils.errors import UserError
from playground.utils.priors import Codes
from playground.utils.translation import _

KEPT = 12  # sets of samples that a visitor's page remembers
_SAMPLES, _WORKING = "_subject_samples", "_subject_working"


@dataclass(frozen=True)
class Subject:
    """`source` are the weights: the present ones of `view`, or those of a moment; `step` is theirs."""

    view: View
    source: Source
    step: int

    @property
    def live(self) -> bool:
        """Whether the weights follow the training."""
        return not isinstance(self.source, int)

    @property
    def version(self) -> tuple[object, ...]:
        """Is another one whenever the weights may be others."""
        return (self.view.run, self.view.generation, self.source, self.view.version if self.live else 0)

    @property
    def on_page(self) -> OnPage:
        """How its samples are shown."""
        return ON_PAGES[self.view.kind]

    @property
    def classes(self) -> int:
        """Of a conditional run, else 0."""
        return self.view.classes

    @property
    def z_dim(self) -> int:
        return int(self.view.config["z_dim"])

    @property
    def distribution(self) -> str:
        """Of z: "normal" or "uniform"."""
        return str(self.view.config["z_distribution"])

    @property
    def codes(self) -> Codes:
        """What z begins with, in a run that is an InfoGAN."""
        return Codes(int(self.view.config["info_categories"]), int(self.view.config["info_codes"]))

    @property
    def blend(self) -> interpolation.Blend:
        """The path that keeps z where it was drawn."""
        return interpolation.BLENDS[interpolation.natural_blend(self.distribution)]

    def sample(self, z: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
        """G at z (n, z_dim) with labels (n,) or class weights (n, classes), as in a View.

        What was asked for lately is not asked for again while the weights are the same; if the engine declines, the
        samples of older weights are given, and why. Raises UserError if there are none.
        """
        kept: dict[object, tuple[object, np.ndarray]] = st.session_state.setdefault(_SAMPLES, {})
        key = (self.view.run, self.view.generation, z.tobytes(), None if y is None else y.tobytes())
        version, samples = kept.pop(key, (None, None))
        if samples is None or version != self.version:
            try:
                samples = calls.host().sample(self.view.run, z, y, self.source)
                version = self.version
            except UserError as error:
                if samples is None:
                    raise
                st.warning(escape_markdown(str(error)))
        while len(kept) >= KEPT:
            del kept[next(iter(kept))]
        kept[key] = version, samples
        return samples

    def drawn(self, samples: np.ndarray) -> np.ndarray:
        """Samples (n, ...) as components draw them: tiles (n, h, w, c) uint8, or points (n, 2)."""
        return samples if MODALITIES[self.view.kind].tiles is None else tiles_of(samples)

    def study(self, question: Any, since: int = 0, soon: bool = True) -> Study:
        """How far an answer is, as `Engine.study` says; the page looks again `soon` while it is not there."""
        study: Study = told(calls.host().study(self.view.run, question, self.source, since))
        if soon and not study.finished:
            st.session_state[_WORKING] = True
        return study

    def drop(self, question: Any, since: int = 0) -> None:
        """Give up on an answer, as far as there is an engine that works on it."""
        if not session.watching():  # others may wait for it, too; what nobody asks for ends by itself
            calls.call("drop", self.view.run, question, self.source, since)


def weights_key(view: View) -> str:
    """Of the widget whose value is the moment that gives the weights; None: the present ones."""
    return f"latent_weights_{view.run}_{view.generation}"


def working() -> bool:
    """Whether an answer was being waited for since this was last asked."""
    return bool(st.session_state.pop(_WORKING, False))


def of(view: View, moment: int | None) -> Subject:
    """The subject with the weights of a moment, or with the present ones. Raises UserError if it is gone."""
    if moment is None:
        return Subject(view, session.weights(), view.step)
    mark = next((mark for mark in view.moments if mark.id == moment and mark.whole), None)
    if mark is None:
        raise UserError(_("The weights of this moment are no longer kept."))
    return Subject(view, moment, mark.step)
