"""A host without an engine, whose runs "train" some steps at each look; for tests of the pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from playground import data
from playground.coach import Diagnosis
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.data import ALL, DATASETS, Choice
from playground.engine.api import METHODS
from playground.engine.classrooms import Classrooms
from playground.engine.links import group_of
from playground.engine.messages import (
    Branch,
    Card,
    Command,
    Event,
    Film,
    Mark,
    Pause,
    Play,
    RaceView,
    Remember,
    Reset,
    Rewind,
    SetKnobs,
    Source,
    Status,
    Step,
    StepThrough,
    UseFixedZ,
    View,
    Weights,
)
from playground.engine.quiz_boards import QuizBoards, QuizRow
from playground.latent.questions import Study
from playground.utils.errors import UserError
from playground.utils.network_record import Network
from playground.utils.readings import Measured
from playground.utils.recipe import Recipe
from playground.utils.step_record import Record
from tests.app import fake_data

STEPS_PER_LOOK = 10


@dataclass
class FakeRun:
    """What the host knows of a run, and what the engine's API says of one."""

    config: dict[str, Any]
    status: Status = "paused"
    step: int = 0
    generation: int = 0
    version: int = 0
    notice: str = ""
    events: list[Event] = field(default_factory=list)
    recorded: int = 0
    recording: Record | None = None
    marks: list[Mark] = field(default_factory=list)
    configs: dict[int, dict[str, Any]] = field(default_factory=dict)  # at the marks
    branches: list[Branch] = field(default_factory=lambda: [Branch(0, None, 0, 0)])
    origin: tuple[str, int] | None = None
    diagnosis: Diagnosis | None = None
    readings: dict[str, np.ndarray] = field(default_factory=dict)
    floors: dict[str, float] = field(default_factory=dict)
    floor_stds: dict[str, float] = field(default_factory=dict)
    baselines: dict[str, dict[str, float]] = field(default_factory=dict)
    layers: dict[str, float] = field(default_factory=dict)
    measured: Measured | None = None
    prepared: float = 0.0
    id: str = ""
    models: dict[str, Any] = field(default_factory=dict)  # untrained ones, by config

    def keep(self, kind: str) -> None:
        """Put the present on the timeline."""
        branch, data = self.branches[-1].id, data_of(self.config)
        mark = Mark(len(self.marks) + 1, self.step, branch, kind, f"Step {self.step}", True, data)
        self.marks.append(mark)
        self.configs[mark.id] = dict(self.config)

    def branch_off(self, parent: int | None, step: int) -> None:
        """Other weights take the place of the present ones."""
        self.branches[-1] = replace(self.branches[-1], end=self.step)
        self.branches.append(Branch(len(self.branches), parent, step, step))
        self.generation += 1

    def apply(self, command: Command) -> None:
        self.version += 1
        match command:
            case Play():
                self.status = "playing"
            case Pause():
                self.status = "paused"
            case Step():
                self.step += 1
            case StepThrough(part):
                from playground.engine.run import Run  # which imports torch, as the next one
                from playground.engine.slow_step import step_through

                real = Run(self.id, RunConfig(**self.config))
                step_through(real, part)
                self.status, self.step, self.recording = "paused", self.step + 1, real.record
                self.recorded += 1
            case Reset(values):
                self._restart()
                self.config |= values
            case SetKnobs(values):
                if all(KNOBS[name].live for name in values):
                    self.config |= values
                    self.events += [Event(self.step, "knob", f"{KNOBS[k].label} → {v}") for k, v in values.items()]
                else:
                    self._restart()
                    self.config |= values
            case UseFixedZ(z):
                self.events.append(Event(self.step, "z", f"{len(z)} fixed z replaced"))
            case Remember():
                self.keep("kept")
            case Rewind(moment, values):
                mark = self.mark(moment)
                self.keep("end")
                self.branch_off(mark.branch, mark.step)
                self.step, self.config = mark.step, self.configs[moment] | values

    def _restart(self) -> None:
        if self.step:
            self.keep("change")
            self.branch_off(None, 0)
        else:
            self.generation += 1
        self.status, self.step, self.events = "paused", 0, []

    def mark(self, moment: int) -> Mark:
        for mark in self.marks:
            if mark.id == moment:
                return mark
        raise UserError("This moment is no longer kept. Choose another one.")

    def step_of(self, moment: int) -> int:
        return self.mark(moment).step

    def look(self, loading: bool, weights: Weights, saliency: bool) -> View:
        """What a page sees; the run is some steps further each time."""
        if loading:
            return View(self.id, 0, 0, dict(self.config), "loading", weights)
        if self.status == "playing":
            self.step += STEPS_PER_LOOK
            self.version += 1
        return make_view(self.id, self, weights, saliency)

    def record(self) -> Record | None:
        return self.recording

    def past(self, moment: int) -> View:
        return make_view(self.id, replace(self, step=self.step_of(moment)))

    def film(self) -> tuple[View, ...]:
        steps = [*(mark.step for mark in self.marks), self.step]
        return tuple(replace(make_view(self.id, replace(self, step=step)), history={}) for step in steps)

    def strip(self, index: int, reverse: bool = False) -> Film:
        views = self.film()
        return Film(tuple(v.step for v in views), np.stack([v.samples[index] for v in views if v.samples is not None]))

    def recipe(self, with_data: bool = False, with_weights: bool = False) -> Recipe:
        from playground.training import as_code, games  # which import torch

        config = RunConfig(**self.config)
        found = as_code.recipe(
            games.start(config, data.load(config.dataset, config.source, config.choice)), with_weights
        )
        return replace(found, data=b"npz" if with_data else b"")

    def pack(self) -> bytes:
        return f"zip of step {self.step}".encode()

    def sample(self, z: np.ndarray, y: np.ndarray | None = None, source: Source = "ema") -> np.ndarray:
        if DATASETS[self.config["dataset"]].kind == "points":
            return np.ascontiguousarray(z[:, :2], np.float32)
        labels = y if y is not None else np.abs(z[:, 0] * 3).astype(int) % 10
        return fake_data.images(labels if labels.ndim == 1 else labels.argmax(1), z, self.step)

    def pin(self) -> int:
        self.apply(Remember())
        return self.marks[-1].id

    def fork(self, moment: int | None, values: dict[str, Any], new_id: str) -> FakeRun:
        step = self.step if moment is None else self.step_of(moment)
        return FakeRun(self.config | values, step=step, origin=(self.id, step), id=new_id)

    def answer(self, question: Any, source: Source = "ema") -> Any:
        study = self.study(question)
        if study.problem:
            raise UserError(study.problem)
        return study.result

    def study(self, question: Any) -> Study:
        """What the untrained networks of the run's config answer, at once."""
        from playground.latent import studies
        from playground.training.games.gan import GAN
        from playground.training.model import Model

        config = RunConfig(**self.config)
        key = config.model_dump_json()
        if key not in self.models:
            samples = data.load(config.dataset, config.source, config.choice)
            self.models[key] = Model(GAN(config, samples)).frozen()
        try:
            return Study(self.step, result=studies.answer_now(self.models[key], question))
        except UserError as error:
            return Study(self.step, problem=str(error))


@dataclass
class FakeRace:
    """Runs that are compared, and what the race was made of."""

    id: str
    lanes: tuple[str, ...]
    configs: list[dict[str, Any]]
    exact: bool
    ahead: tuple[int, ...] = field(default=(), compare=False)

    def look(self, runs: list[FakeRun], loading: bool) -> RaceView:
        if loading:
            return RaceView(self.id, self.lanes, "loading")
        step, points = min(run.step for run in runs), DATASETS[runs[0].config["dataset"]].kind == "points"
        steps = np.arange(0, step + 1, 10)
        quality = np.stack([(i + 1) / 10 + steps / (steps + 500) / 2 for i in range(len(runs))], 1)
        return RaceView(
            self.id, self.lanes, runs[0].status, step, 412.3, True, "modes" if points else "images",
            {"step": steps, "quality": quality}, self.ahead,
        )  # fmt: skip


class FakeHost:
    """Has the methods of `EngineAPI`: those below, and of a single run those of `FakeRun`. Notes what it was asked."""

    def __init__(self, loading: bool = False) -> None:
        self.notice, self.loading = "", loading  # `loading`: the engine has not started yet
        self.runs: dict[str, FakeRun] = {}
        self.races: dict[str, FakeRace] = {}
        self.cards: dict[str, Card] = {}  # what to say of a dataset in place of the truth
        self.commands, self.questions, self.dropped, self.asked, self.cancelled = ([] for _ in range(5))
        self.boards, self.classrooms = QuizBoards(), Classrooms()
        self.pictured: list[str] = []  # runs whose networks were asked for

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in METHODS:
            raise AttributeError(name)
        return lambda run_id, *args, **named: getattr(self.runs[run_id], name)(*args, **named)

    def exists(self, run_id: str) -> bool:
        return run_id in self.runs

    def create(self, run_id: str, config: Mapping[str, Any]) -> None:
        self.runs.setdefault(run_id, FakeRun(dict(config), id=run_id))

    def open(self, new_id: str, content: bytes) -> None:
        self.runs[new_id] = unpack(new_id, content)

    def fork(self, run_id: str, moment: int | None, values: dict[str, Any], new_id: str) -> None:
        if race := self.races.get(run_id):
            lanes = tuple(f"{new_id}-{n}" for n in range(1, len(race.lanes) + 1))
            self.races[new_id] = replace(race, id=new_id, lanes=lanes)
            self.runs |= {new: self.runs[lane].fork(None, {}, new) for lane, new in zip(race.lanes, lanes, strict=True)}
            return
        self.runs[new_id] = self.runs[run_id].fork(moment, values, new_id)

    def send(self, run_id: str, command: Command) -> None:
        self.commands.append(command)
        for lane in self.races[run_id].lanes if run_id in self.races else (run_id,):
            self.runs[lane].apply(command)

    def view(self, run_id: str, weights: Weights = "ema", saliency: bool = False) -> View | None:
        return self.runs[run_id].look(self.loading, weights, saliency) if run_id in self.runs else None

    def race(self, race_id: str, configs: list[dict[str, Any]], exact: bool = False) -> bool:
        race = FakeRace(race_id, tuple(f"{race_id}-{n}" for n in range(1, len(configs) + 1)), configs, exact)
        found = self.races.setdefault(race_id, race)
        for lane, config in zip(found.lanes, configs, strict=False):
            self.create(lane, config)
        return found == race

    def race_view(self, race_id: str) -> RaceView | None:
        race = self.races.get(race_id)
        return race and race.look([self.runs[lane] for lane in race.lanes], self.loading)

    def share(self, run_id: str, role: str, moment: int | None = None) -> str:
        raise UserError("This host has no gate.")

    def unshare(self, run_id: str) -> None:
        raise UserError("This host has no gate.")

    def admit(self, run_id: str, held: Sequence[str]) -> tuple[str, ...]:
        return tuple(held)

    def groups(self) -> set[str]:
        return {group_of(run_id) for run_id in self.runs}

    def attend(self, run_id: str, who: str = "") -> int:
        return 0

    def quiz_score(self, run_id: str, name: str, right: int, of: int) -> None:
        self.boards.score(run_id, name, right, of)

    def quiz_board(self, run_id: str) -> tuple[QuizRow, ...]:
        return self.boards.board(run_id)

    def card(self, who: str, dataset: str, source: str, choice: Choice = ALL, fetch: bool = False) -> Card:
        self.asked.append((dataset, source, choice, fetch))
        return self.cards.get(dataset) or true_card(dataset, source, choice)

    def cancel(self, who: str, *what: str) -> None:
        self.cancelled.append(what)

    def study(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> Study:
        self.questions.append(question)
        return self.runs[run_id].study(question)

    def networks(self, run_id: str) -> tuple[Network, ...]:
        self.pictured.append(run_id)
        return fake_data.networks(RunConfig(**self.runs[run_id].config))

    def drop(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> None:
        self.dropped.append(question)


def unpack(new_id: str, content: bytes) -> FakeRun:
    if not content.startswith(b"zip of step "):
        raise UserError("This is not a run of GAN Playground. Choose a zip that “The run” made.")
    return FakeRun(PRESETS["digits"].config.model_dump(), step=int(content.split()[-1]), id=new_id)


def true_card(dataset: str, source: str, choice: Choice) -> Card:
    from playground.engine.snapshot import card  # imports torch

    return card(data.load(dataset, source, choice))


def data_of(values: dict[str, Any]) -> tuple[str, str]:
    """The data that a run with these knobs learns from, as a moment has it."""
    config = RunConfig(**values)
    return config.dataset, config.source


def make_view(run_id: str, run: FakeRun, weights: str = "ema", saliency: bool = False) -> View:
    """A plausible View of `run`."""
    config = RunConfig(**run.config)
    dataset = DATASETS[config.dataset]
    rng = np.random.default_rng(config.seed)
    classes = (dataset.classes or 0) if config.conditional else 0
    points = dataset.kind == "points"
    n = 2500 if points else 100
    z = rng.normal(size=(n, config.z_dim)).astype(np.float32)
    labels = np.arange(n) % classes if classes else None
    noise = 1 / (1 + run.step / 100)
    plane, extent, modes = None, 1.0, None
    if points:
        real, samples = fake_data.ring(rng, 600, 0.02), fake_data.ring(rng, n, 0.02 + noise)
        side = np.linspace(-2.5, 2.5, 48)
        x, y = np.meshgrid(side, side)
        plane, extent = (3 - 6 * np.abs(np.hypot(x, y) - 1)).astype(np.float32), 2.5
        modes = min(8, run.step // 50) if run.step else 0
    else:
        real = fake_data.images(np.arange(100) % 10, z, 10**9)
        samples = fake_data.images(labels if labels is not None else rng.integers(10, size=n), z, run.step)
    return View(
        run=run_id,
        generation=run.generation,
        version=run.version,
        config=dict(run.config),
        status=run.status,
        weights=weights,  # type: ignore[arg-type]
        step=run.step,
        notice=run.notice,
        steps_per_second=412.3 if run.status == "playing" else 0.0,
        device="CPU",
        history=fake_data.history(rng, run.step),
        events=tuple(run.events),
        kind=dataset.kind,
        classes=classes,
        names=tuple(str(k) for k in range(classes)),
        samples=samples,
        labels=labels,
        fixed_z=z,
        real=real,
        plane=plane,
        extent=extent,
        scores_real=rng.normal(1, 1, config.batch_size if run.step else 0).astype(np.float32),
        scores_fake=rng.normal(-1, 1, config.batch_size if run.step else 0).astype(np.float32),
        modes=modes,
        mode_count=8 if points else 0,
        high_quality=1 - noise if points else None,
        other_modes=None if modes is None else modes // 2,
        other_high_quality=0.25 if points else None,
        recorded=run.recorded,
        scores=rng.normal(size=500 if points else n).astype(np.float32),
        push=rng.normal(size=(150, 2)).astype(np.float32) if points else None,
        mesh=fake_data.ring(rng, 21 * 21, 0.02).reshape(21, 21, 2) if points else None,
        saliency=samples[..., 0] if saliency and not points else None,
        moments=tuple(run.marks),
        branches=(*run.branches[:-1], replace(run.branches[-1], end=run.step)),
        origin=run.origin,
        diagnosis=run.diagnosis,
        readings=run.readings,
        floors=run.floors,
        floor_stds=run.floor_stds,
        baselines=run.baselines,
        layers=run.layers,
        measured=run.measured,
        prepared=run.prepared,
    )
