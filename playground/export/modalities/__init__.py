"""How samples look in files: as tiles, or as a module with the record `IN_FILE` says, which is found here by itself."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np

from playground.data import modality
from playground.export.modalities.in_file import InFile

__all__ = ["IN_FILES", "InFile", "of"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found = {module.IN_FILE.key: module.IN_FILE for module in _modules if hasattr(module, "IN_FILE")}
IN_FILES: dict[str, InFile] = {key: _found.get(key, InFile(key)) for key in modality.MODALITIES}


def of(samples: np.ndarray) -> InFile:
    """The record for samples (n, ...) as a View shows them. Raises UserError where there is no such modality."""
    return IN_FILES[modality.of(samples.shape[1:]).key]
