"""How pages show samples: as tiles, or as a module with the record `ON_PAGE` says, which is found here by itself."""

from __future__ import annotations

import importlib
import pkgutil

from playground.data.modality import MODALITIES
from playground.ui.modalities.on_page import OnPage

__all__ = ["ON_PAGES", "OnPage"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found = {module.ON_PAGE.key: module.ON_PAGE for module in _modules if hasattr(module, "ON_PAGE")}
ON_PAGES: dict[str, OnPage] = {key: _found.get(key, OnPage(key)) for key in MODALITIES}
