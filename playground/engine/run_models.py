"""The networks of a run as others use them: the present ones, or those of a moment."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.config.run_config import KNOBS, RunConfig
from playground.engine.messages import OwnInput, Source, Translation
from playground.engine.studies import Key
from playground.engine.translated import translate
from playground.latent.quiz import QUICK
from playground.training.model import Model, pixels
from playground.utils.errors import UserError
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run

MAX_PINNED = 3  # models of moments in memory


class Models:
    """The models of one run. Only the worker may use them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._pinned: dict[int, Model] = {}

    def of(self, source: Source) -> Model:
        """The present networks, which training goes on to change, or those of a moment. Raises UserError."""
        if not isinstance(source, int):
            return Model(self._run.trainer, source == "raw")
        model = self._pinned.get(source)
        if model is None:
            state = self._run.state_of(source)
            self._fits(RunConfig.checked(state["config"]))
            while len(self._pinned) >= MAX_PINNED:
                del self._pinned[next(iter(self._pinned))]
            model = self._pinned[source] = Model(self._run.trainer.frozen(state))
        self._fits(model.config)
        return model

    def _fits(self, config: RunConfig) -> None:
        """Raises UserError unless a moment with `config` has the networks and the data of the present."""
        if any(not KNOBS[name].live for name in self._run.config.differences(config)):
            raise UserError(_("This moment has other networks. Choose a later one."))

    def sample(self, z: np.ndarray, y: np.ndarray | None, source: Source) -> np.ndarray:
        """G at latents (n, z_dim) and labels, see `Model.latents`, in the form of `Run.images`. Raises UserError."""
        model = self.of(source)
        return pixels(model.sample(*model.latents(z, y)))

    def translate(self, given: OwnInput, source: Source) -> Translation:
        """What G makes of somebody's samples, see `translated.translate`. Raises UserError."""
        return translate(self.of(source), given)

    def use_fixed_z(self, z: np.ndarray, y: np.ndarray | None) -> int:
        """Put latents, and labels, in front of the fixed z; gives how many. Raises UserError if they do not fit."""
        fixed_z, fixed_y = self._run.trainer.fixed_z, self._run.trainer.fixed_y
        new_z, new_y = self.of("ema").latents(z, y)
        n = min(len(new_z), len(fixed_z))
        if fixed_y is not None and new_y is not None:
            if new_y.is_floating_point():
                raise UserError(_("Fixed z have one class each."))
            fixed_y[:n] = new_y[:n]
        fixed_z[:n] = new_z[:n]
        return n

    def pin(self) -> int:
        """The id of a moment that has the present weights. Raises UserError if they cannot be kept."""
        run = self._run
        latest = run.timeline.moments[-1] if run.timeline.moments else None
        if latest is None or (latest.branch, latest.step, latest.kind) != (run.timeline.branch, run.step, "kept"):
            latest = run.remember()
        if latest is None:
            raise UserError(_("A number of this run is infinite or undefined (NaN): nothing to remember."))
        run.timeline.whole(latest.id)
        return latest.id

    def answer(self, question: Any, source: Source) -> Any:
        """The answer to a short question, see `playground.latent.quiz`, at once. Raises UserError."""
        from playground.latent import studies

        if not isinstance(question, QUICK):
            raise UserError(_("This is not a question for a quick answer."))
        return studies.answer_now(self.of(source), question)

    def study(self, key: Key, question: Any, source: Source) -> None:
        """Begin to answer a question, unless that was begun; see `playground.latent.studies`."""
        from playground.latent import studies

        def make() -> Any:
            self._run.read()
            model = self.of(source)
            return studies.answer(model if isinstance(source, int) else model.frozen(), question)

        step = self._run.step
        with suppress(UserError):  # `make` meets it again
            step = self.of(source).step
        self._run.studies.begin(key, step, make)
