"""How the engine treats samples. A modality that wants more than `InView` does by itself has a module with the record
`IN_VIEW`, found here by itself.
"""

from __future__ import annotations

import importlib
import pkgutil

from playground.data.modality import MODALITIES
from playground.engine.modalities.in_view import InView

__all__ = ["IN_VIEWS", "InView"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found = {module.IN_VIEW.key: module.IN_VIEW for module in _modules if hasattr(module, "IN_VIEW")}
IN_VIEWS: dict[str, InView] = {key: _found.get(key, InView(key)) for key in MODALITIES}
