"""What components get, as their scripts read it."""

from __future__ import annotations

import json
from typing import Any


def unpacked(message: bytes) -> Any:
    """What `frames.packed` was given, as `unpacked` of `common.js` reads it."""
    start = 4 + int.from_bytes(message[:4], "little")

    def part(found: dict[str, Any]) -> Any:
        if "bytes" not in found:
            return found
        first, end = found["bytes"]
        return message[start + first : start + end]

    return json.loads(message[4:start], object_hook=part)
