"""Datasets. One module a family; each module lists its records in `DATASETS`, and they are found here by themselves.

Records can be read without torch; samples are only made or loaded by `load`.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from functools import lru_cache

from playground.data.record import Dataset, Samples
from playground.errors import UserError
from playground.i18n import _

__all__ = ["DATASETS", "Dataset", "Samples", "load"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
DATASETS: dict[str, Dataset] = {
    dataset.key: dataset for module in _modules for dataset in getattr(module, "DATASETS", ())
}


def load(key: str, folder: str = "") -> Samples:
    """The samples of dataset `key`, on the CPU; runs of one process share them. Raises UserError."""
    if key not in DATASETS:
        raise UserError(_("There is no dataset named “{key}”.").format(key=key))
    return _read(key, folder, _stamp(folder))


@lru_cache(maxsize=4)
def _read(key: str, folder: str, stamp: tuple[tuple[str, int, int], ...]) -> Samples:
    return DATASETS[key].read(folder)


def _stamp(folder: str) -> tuple[tuple[str, int, int], ...]:
    """What tells whether the files of a folder changed: names, sizes, times."""
    if not folder:
        return ()
    try:
        with os.scandir(os.path.expanduser(folder)) as entries:
            found = [(entry.name, entry.stat()) for entry in entries]
    except (OSError, ValueError):
        return ()  # reading it says what is wrong
    return tuple(sorted((name, about.st_size, about.st_mtime_ns) for name, about in found))
