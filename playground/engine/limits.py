"""What one run, and all runs of an engine, may take of the machine. Each limit is a setting with a default."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from playground.models import Size
from playground.utils import shares
from playground.utils.errors import UserError
from playground.utils.shares import GIB
from playground.utils.translation import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playground.config.run_config import RunConfig
    from playground.data import Samples
    from playground.data.modality import Modality


def machine_memory() -> int:
    """The bytes of memory of this machine, or of the container in which it runs; 4 GiB where it does not say."""
    found = [4 * GIB]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            text = file.read().strip()
        found += [int(text)] if text.isdigit() else []
    except OSError:
        pass
    return min(found)


def memory(environment: Mapping[str, str] = os.environ) -> int:
    """Bytes that all runs of the server may take: `PLAYGROUND_MEMORY`, as 800M or 16G, or half of the machine's."""
    return shares.amount("PLAYGROUND_MEMORY", environment.get("PLAYGROUND_MEMORY", "")) or machine_memory() // 2


def run_memory(environment: Mapping[str, str] = os.environ) -> int:
    """Bytes that one run may take: a quarter of what all may, but always enough for the networks of our presets."""
    return max(GIB, memory(environment) // 4)


def engine_memory(environment: Mapping[str, str] = os.environ) -> int:
    """Bytes that the runs of this engine may take: its part of what all engines may."""
    engines = environment.get("PLAYGROUND_ENGINES", "")
    return memory(environment) // (int(engines) if engines.isascii() and engines.isdigit() and int(engines) else 1)


def admitted(config: RunConfig, samples: Samples) -> Size:
    """The size of the networks of a run. Raises UserError if they would take more memory than one run may."""
    from playground.training import games  # which imports torch

    size, allowed = games.size(config, samples), run_memory()
    if size.bytes > allowed:
        shares.hit("memory")
        raise UserError(
            _(
                "These networks with this batch would need about {need:.1f} GiB; a run on this server may take "
                "{allowed:.1f}. Choose a smaller batch, or less width or depth."
            ).format(need=size.bytes / GIB, allowed=allowed / GIB)
        )
    return size


def threads(modality: Modality) -> int:
    """How many threads torch may use: one for 2-D points, for images those that `PLAYGROUND_THREADS` says, or cores
    minus one: more collapse when anything else runs. Another number rounds differently.
    """
    asked = os.environ.get("PLAYGROUND_THREADS", "")
    most = int(asked) if asked.isascii() and asked.isdigit() else (os.cpu_count() or 1) - 1
    return max(1, most) if modality.threads else 1
