"""What a page may ask of the engine, written once; the engine and the host of its process have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from playground.data import ALL, Choice
from playground.engine.links import Role
from playground.engine.messages import Card, Command, Film, OwnInput, RaceView, Source, Translation, View, Weights
from playground.engine.quiz_boards import QuizRow
from playground.latent.questions import Study
from playground.utils.network_record import Network
from playground.utils.recipe import Recipe
from playground.utils.step_record import Record


class EngineAPI(Protocol):
    """Every method may raise UserError. Arguments and results are small and can be pickled."""

    def health(self) -> dict[str, int]:
        """How many runs are in memory ("runs"), and how many of them play ("playing")."""
        raise NotImplementedError

    def exists(self, run_id: str) -> bool:
        """Whether the run is in memory or on disk."""
        raise NotImplementedError

    def create(self, run_id: str, config: dict[str, Any]) -> None:
        """Make the run unless it exists. Raises UserError for a malformed id."""
        raise NotImplementedError

    def send(self, run_id: str, command: Command) -> None:
        """Queue a command; it is applied between two steps. Raises UserError for an unknown run.

        What is sent to a race reaches every lane. Its lanes are played and paused together.
        """
        raise NotImplementedError

    def race(self, race_id: str, configs: list[dict[str, Any]], exact: bool = False) -> bool:
        """Make a race, whose lanes are runs, of these configs, unless it exists. Raises UserError.

        In an `exact` race each lane is the single run of its config to the bit: seeds are not stepped at once.
        Gives whether the race of this name was made of these configs, and is as exact.
        """
        raise NotImplementedError

    def race_view(self, race_id: str) -> RaceView | None:
        """How a race stands, or None for an unknown one. Keeps its lanes awake, and watched for three seconds."""
        raise NotImplementedError

    def view(self, run_id: str, weights: Weights = "ema", saliency: bool = False) -> View | None:
        """The latest View, or None for an unknown run. Keeps the run watched for three seconds.

        `saliency`: also what D looks at in each image.
        """
        raise NotImplementedError

    def sample(self, run_id: str, z: np.ndarray, y: np.ndarray | None = None, source: Source = "ema") -> np.ndarray:
        """G at z (n, z_dim) with labels y (n,), or weights of the classes (n, classes), between two steps.

        As a View shows samples: images (n, h, w, c) uint8, points (n, 2) float32. Raises UserError.
        """
        raise NotImplementedError

    def translate(self, run_id: str, given: OwnInput, source: Source = "ema") -> Translation:
        """What the G of a translation makes of somebody's samples, between two steps. Raises UserError."""
        raise NotImplementedError

    def pin(self, run_id: str) -> int:
        """The id of a moment with the present weights. Raises UserError."""
        raise NotImplementedError

    def study(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> Study:
        """How far the answer to one of `playground.latent.questions` is; begins the work, and goes on while one asks.

        The present weights are taken as they are when it begins; another `since`, say the step, begins anew. Raises
        UserError.
        """
        raise NotImplementedError

    def drop(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> None:
        """Give up such work."""
        raise NotImplementedError

    def answer(self, run_id: str, question: Any, source: Source = "ema") -> Any:
        """The answer to one of the short questions of `playground.latent.quiz`, between two steps. Raises UserError."""
        raise NotImplementedError

    def past(self, run_id: str, moment: int) -> View:
        """The run as it was at a moment; the training goes on. Raises UserError."""
        raise NotImplementedError

    def film(self, run_id: str) -> tuple[View, ...]:
        """The run at its moments, from the first to the present one, without curves and events. Raises UserError."""
        raise NotImplementedError

    def strip(self, run_id: str, index: int, reverse: bool = False) -> Film:
        """One of the fixed z through time; with `reverse`, of a CycleGAN, of the way from B to A. Raises UserError."""
        raise NotImplementedError

    def fork(self, run_id: str, moment: int | None, values: dict[str, Any], new_id: str) -> None:
        """Make the run `new_id`, which goes on from a moment, or from the present, with other live knobs. Of a race,
        the race `new_id`, whose lanes go on from the present. Raises UserError.
        """
        raise NotImplementedError

    def pack(self, run_id: str) -> bytes:
        """The run as a zip. Raises UserError."""
        raise NotImplementedError

    def open(self, new_id: str, content: bytes) -> None:
        """Make the run `new_id` from such a zip. Raises UserError for any other file.

        It is read by a process of its own, so that the worker goes on; the answer comes after seconds at most.
        """
        raise NotImplementedError

    def cancel_open(self, new_id: str) -> None:
        """Nobody waits for `open` any more: end its process, and make no run."""
        raise NotImplementedError

    def record(self, run_id: str) -> Record | None:
        """The latest step of the run that was recorded, if there is one. Raises UserError for an unknown run."""
        raise NotImplementedError

    def networks(self, run_id: str) -> tuple[Network, ...]:
        """How the networks of the run are built; the same for all of a generation. Raises UserError."""
        raise NotImplementedError

    def recipe(self, run_id: str, with_data: bool = False, with_weights: bool = False) -> Recipe:
        """What a script needs that trains the present config of the run on its own, and the weights of the averaged G
        where these are asked for. Raises UserError for a run that cannot be written down as one.
        """
        raise NotImplementedError

    def card(self, who: str, dataset: str, source: str, choice: Choice = ALL, fetch: bool = False) -> Card:
        """What is known of a dataset, or how far its reading is; with `fetch` it is downloaded. `who` waits for it."""
        raise NotImplementedError

    def cancel(self, who: str, dataset: str, source: str) -> None:
        """`who` no longer waits for a dataset."""
        raise NotImplementedError


class MemberAPI(EngineAPI, Protocol):
    """What an engine of a fleet answers to the fleet alone."""

    def census(self) -> dict[str, bool]:
        """The runs in memory, and whether each of them plays."""
        raise NotImplementedError

    def load(self) -> dict[str, float]:
        """What the engine does, for its operator: numbers by name."""
        raise NotImplementedError

    def release(self, group: str) -> list[str]:
        """Write all runs of a group (see `links.group_of`) to disk and forget them; gives their ids, none if it cannot
        be done now. Raises UserError.
        """
        raise NotImplementedError

    def take_over(self, run_ids: list[str]) -> None:
        """Go on with what another engine has released, as if nothing had happened."""
        raise NotImplementedError


class SharedAPI(EngineAPI, Protocol):
    """What the gate in front of an engine adds: links. It takes the id of a link wherever one of a run or race is
    meant, and refuses what such a link does not allow.
    """

    def share(self, run_id: str, role: Role, moment: int | None = None) -> str:
        """The id of a link to a run or race: `watch` lets people look, `steer` also command, each the same one always.

        `copy` is a new one each time: it lets people fork the run as it is at a moment, or now, or the race as it is
        now. Raises UserError.
        """
        raise NotImplementedError

    def unshare(self, run_id: str) -> None:
        """End all links to a run or race. Raises UserError."""
        raise NotImplementedError

    def admit(self, run_id: str, held: Sequence[str]) -> tuple[str, ...]:
        """Those of the runs and races `held` by a visitor that are in memory. Raises UserError where that, or what all
        have in memory, leaves no room for `run_id`.
        """
        raise NotImplementedError

    def attend(self, run_id: str, who: str = "") -> int:
        """How many people watch a run or race by its link; who does so says that by `who`, any id of their own."""
        raise NotImplementedError

    def quiz_score(self, run_id: str, name: str, right: int, of: int) -> None:
        """Add a round of the quiz to what the person with this nickname has in a run. Raises UserError."""
        raise NotImplementedError

    def quiz_board(self, run_id: str) -> tuple[QuizRow, ...]:
        """The nicknames of a run with their tiles, the best one first. Raises UserError for an unknown link."""
        raise NotImplementedError


def _names(*apis: type) -> tuple[str, ...]:
    return tuple(name for api in apis for name in vars(api) if not name.startswith("_"))


METHODS = _names(EngineAPI, SharedAPI)  # that a page may call
ENGINE_METHODS = _names(EngineAPI)
MEMBER_METHODS = _names(EngineAPI, MemberAPI)  # that an engine's process serves
