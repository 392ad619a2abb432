"""How the engine treats samples: one module a modality, with the record `IN_VIEW`, found here by itself."""

from __future__ import annotations

import importlib
import pkgutil

from playground.engine.modalities.in_view import InView

__all__ = ["IN_VIEWS", "InView"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found = [module.IN_VIEW for module in _modules if hasattr(module, "IN_VIEW")]
IN_VIEWS: dict[str, InView] = {record.key: record for record in _found}  # by the key of the modality
