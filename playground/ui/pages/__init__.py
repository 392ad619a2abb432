"""The pages. Each module with a record named `PAGE` is one, found here by itself; its name is its path in the URL."""

from __future__ import annotations

import importlib
import pkgutil

from playground.ui.pages.record import Page

__all__ = ["PAGES", "Page"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found = {module.__name__.rpartition(".")[2]: module.PAGE for module in _modules if hasattr(module, "PAGE")}
PAGES: dict[str, Page] = dict(sorted(_found.items(), key=lambda item: item[1].order))
