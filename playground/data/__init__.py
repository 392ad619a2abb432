"""Datasets. One module a family; each module lists its records in `DATASETS`, and they are found here by themselves.

Records can be read without torch; samples are only made or loaded by `load`.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from playground.data import shared
from playground.data.choice import Choice, choose
from playground.data.dataset import Dataset, Progress, Samples
from playground.utils.errors import UserError
from playground.utils.translation import _

__all__ = ["ALL", "DATASETS", "Choice", "Dataset", "Progress", "Samples", "Stamp", "at_hand", "load", "stamp"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found = [dataset for module in _modules for dataset in getattr(module, "DATASETS", ())]
# What needs nothing comes first.
DATASETS: dict[str, Dataset] = {
    dataset.key: dataset for dataset in sorted(_found, key=lambda d: ("here", "download", "yours").index(d.origin))
}

ALL = Choice()
KEEP, KEEP_BYTES = 32, 2**29  # sets in memory, and how much they may take; runs keep theirs besides
CHOICES = 8
Stamp = tuple[tuple[str, int, int], ...]
_read: OrderedDict[tuple[str, str, Stamp], Samples] = OrderedDict()


def load(key: str, source: str = "", choice: Choice = ALL, progress: Progress = lambda done, total: None) -> Samples:
    """The samples of dataset `key`, on the CPU; runs of one process share them. Raises UserError.

    `source` says where the data lies, if the dataset asks for it. What `progress` raises ends the reading.
    """
    if key not in DATASETS:
        raise UserError(_("There is no dataset named “{key}”.").format(key=key))
    samples = at_hand(key, source)
    if samples is None:
        mark = key, source, stamp(key, source)
        samples = _read[mark] = _load(mark, progress)
        _make_room()
    chosen = samples if choice.all else _chosen(samples, choice)
    if not choice.paired:
        return chosen
    where = (choice.partner, "") if choice.partner else (key, source)
    return _with_partner(chosen, load(*where, choice.of_partner, progress))


def at_hand(key: str, source: str = "") -> Samples | None:
    """The samples if they are in memory, else None."""
    mark = key, source, stamp(key, source)
    samples = _read.get(mark)
    if samples is not None:
        with suppress(KeyError):  # another thread made room just now
            _read.move_to_end(mark)
    return samples


def _make_room() -> None:
    """Forget the sets that were used the longest time ago."""
    with suppress(KeyError):
        while len(_read) > 1 and (len(_read) > KEEP or sum(s.x.nbytes for s in list(_read.values())) > KEEP_BYTES):
            _read.popitem(last=False)


def _load(mark: tuple[str, str, Stamp], progress: Progress) -> Samples:
    key, source, _stamp = mark
    dataset = DATASETS[key]
    samples = shared.read(mark, lambda: dataset.read(source, progress), progress)
    return replace(samples, names=samples.names or dataset.names, centres=dataset.centres, std=dataset.std)


@lru_cache(maxsize=CHOICES)
def _chosen(samples: Samples, choice: Choice) -> Samples:
    return choose(samples, choice)


@lru_cache(maxsize=CHOICES)
def _with_partner(samples: Samples, partner: Samples) -> Samples:
    if samples.shape != partner.shape:
        raise UserError(
            _("A sample of the first dataset has the shape {a}, one of the second {b}. Choose two of the same.").format(
                a="×".join(map(str, samples.shape)), b="×".join(map(str, partner.shape))
            )
        )
    return replace(samples, partner=partner)


def stamp(key: str, source: str = "") -> Stamp:
    """What tells whether the files of a set changed: names, sizes, times; () where there are none."""
    place = DATASETS[key].place(source)
    if place is None:
        return ()
    if DATASETS[key].asks == "own":
        return ((place.name, 0, 0),)  # the name tells the content; the time only says when somebody used it
    try:
        with os.scandir(place if place.is_dir() else place.parent) as entries:
            found = [(entry.name, entry.stat()) for entry in entries if place.is_dir() or entry.name == place.name]
    except (OSError, ValueError):
        return ()  # reading it says what is wrong
    return tuple(sorted((name, about.st_size, about.st_mtime_ns) for name, about in found))
