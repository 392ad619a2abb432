"""`torch`, imported at its first use.

The registries (objectives, networks, data) hold records that the pages read and functions that need torch. Pages must
paint before torch is imported, so those modules take it from here.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch as torch
else:

    class _Lazy:
        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> Any:
            value = getattr(importlib.import_module(self._name), attribute)
            setattr(self, attribute, value)  # the next look-up costs nothing
            return value

    torch = _Lazy("torch")
