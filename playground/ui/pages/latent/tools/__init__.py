"""The tools of the Latent page. Each module with a record named `TOOL` is one, found here by itself."""

from __future__ import annotations

import importlib
import pkgutil

from playground.ui.pages.latent.tools.tool import GROUPS, Tool

__all__ = ["GROUPS", "TOOLS", "Tool"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found = {module.__name__.rpartition(".")[2]: module.TOOL for module in _modules if hasattr(module, "TOOL")}
TOOLS: dict[str, Tool] = dict(sorted(_found.items(), key=lambda item: item[1].order))
