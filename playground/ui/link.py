"""The URL of a run: its id, its preset and the knobs that differ from it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence

from playground.config.games import TRANSLATIONS
from playground.config.presets import DEFAULT, PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.config.starts import GAME_STARTS, begun
from playground.data import DATASETS, own
from playground.data.tasks import TASKS
from playground.engine import links
from playground.utils.translation import _

RUN, PRESET = "run", "preset"
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_urlsafe(16)


def is_id(text: str) -> bool:
    """Whether `text` is written like a run's id, or like that of a link to one."""
    return _RUN_ID.fullmatch(text) is not None or links.right_of(text) != "owner"


def nearest_preset(config: RunConfig) -> str:
    """The key of the preset from which `config` differs in the fewest knobs; the first one of several.

    It has the same game, if there is one that has.
    """
    same = [key for key, preset in PRESETS.items() if preset.config.game == config.game]
    return min(same or PRESETS, key=lambda key: len(config.differences(PRESETS[key].config)))


def why(config: RunConfig) -> str:
    """Why this is worth seeing: what the nearest preset says, if it speaks of the same data, and of the same task."""
    preset, translates = PRESETS[nearest_preset(config)].config, config.game in TRANSLATIONS
    if all(getattr(preset, name) == getattr(config, name) for name in ("game", "dataset", *["task"] * translates)):
        return _(PRESETS[nearest_preset(config)].why)
    data = _("The data: {dataset}.").format(dataset=data_label(config.dataset, config.own))
    return f"{_(TASKS[config.task].why)} {data}" if translates else data


def data_label(dataset: str, id: str) -> str:
    """The name of a dataset, or of the set of one's own that it reads."""
    about = own.about(id) if DATASETS[dataset].asks == "own" else None
    return about.name if about else _(DATASETS[dataset].label)


def write(run: str, config: RunConfig) -> dict[str, str]:
    """The query parameters that find this run, or build the same one where it is not known."""
    preset = nearest_preset(config)
    knobs = config.differences(PRESETS[preset].config)
    return {RUN: run, PRESET: preset} | {name: _text(value) for name, value in knobs.items()}


def read(query: Mapping[str, str]) -> tuple[RunConfig, list[str]]:
    """The config that query parameters ask for, and a sentence for everything in them that had to be mended."""
    given = query
    query = {name: value for name, value in query.items() if name != RUN}
    preset = query.pop(PRESET, DEFAULT)
    findings = []
    if preset not in PRESETS:
        findings.append(
            _("There is no preset named “{preset}”. This is “{default}”.").format(
                preset=preset[:40], default=_(PRESETS[DEFAULT].label)
            )
        )
        preset = DEFAULT
    base = PRESETS[preset].config
    known = {name: value for name, value in query.items() if name in KNOBS}
    unknown = [name for name in query if name not in KNOBS]
    if unknown:
        sentence = _("The link names knobs that do not exist; they were ignored: {names}.")
        findings.append(sentence.format(names=quoted(unknown)))
    if PRESET not in given and (game := known.get("game")) in GAME_STARTS:  # by hand: what we write names all knobs
        base = begun(base, str(game), known["dataset"] if known.get("dataset") in DATASETS else "")
    config, mended = RunConfig.read(known, base)
    return config, findings + mended


def quoted(names: Sequence[str]) -> str:
    """The first of some names that somebody wrote, in quotes."""
    return ", ".join(f"“{name[:40]}”" for name in names[:3]) + (" …" if len(names) > 3 else "")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
