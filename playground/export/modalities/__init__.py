"""How samples look in files: one module a modality, with the record `IN_FILE`, found here by itself."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np

from playground.data import modality
from playground.export.modalities.in_file import InFile

__all__ = ["IN_FILES", "InFile", "of"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found = [module.IN_FILE for module in _modules if hasattr(module, "IN_FILE")]
IN_FILES: dict[str, InFile] = {record.key: record for record in _found}  # by the key of the modality


def of(samples: np.ndarray) -> InFile:
    """The record for samples (n, ...) as a View shows them. Raises UserError where there is no such modality."""
    return IN_FILES[modality.of(samples.shape[1:]).key]
