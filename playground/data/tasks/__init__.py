"""Tasks of translation: what G is given, and what it should make of it. Records of this folder, found by themselves."""

from __future__ import annotations

import importlib
import pkgutil

from playground.data.tasks.record import Pictures, Task

__all__ = ["TASKS", "Pictures", "Task"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found = [task for module in _modules for task in getattr(module, "TASKS", ())]
TASKS: dict[str, Task] = {task.key: task for task in sorted(_found, key=lambda task: task.order)}
