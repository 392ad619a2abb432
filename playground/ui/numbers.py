"""What the operator of a server is told: one table of numbers, for /metrics, `status` and the operator's page."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from streamlit.runtime import Runtime

from playground.engine import process
from playground.ui import uploads
from playground.utils import memory, shares
from playground.utils.translation import _


@dataclass(frozen=True)
class Number:
    """A row: `says` is what Prometheus and a terminal print; `title` stands on the page, in the group `group`."""

    kind: Literal["gauge", "counter"]
    says: str
    title: str
    group: str
    unit: Literal["", "bytes", "seconds"] = ""
    most: str = ""  # the number that this one cannot exceed


VISITORS, ENGINES, MACHINE, LIMITS = _("Visitors"), _("Training"), _("Machine"), _("Limits")
NUMBERS: dict[str, Number] = {
    "sessions": Number("gauge", "Pages that are open", _("Open pages"), VISITORS),
    "redraws": Number("counter", "Pages drawn", _("Pages drawn"), VISITORS),
    "page_errors": Number("counter", "Errors that pages met", _("Errors of pages"), VISITORS),
    "upload_bytes": Number(
        "gauge", "Uploads that are held", _("Uploads held"), VISITORS, "bytes", most="upload_limit_bytes"
    ),
    "runs": Number("gauge", "Runs in memory", _("Runs in memory"), ENGINES),
    "runs_playing": Number("gauge", "Runs that train", _("Runs that train"), ENGINES),
    "steps_per_second": Number("gauge", "Steps per second of all runs", _("Steps per second"), ENGINES),
    "engines": Number("gauge", "Engine processes that answer", _("Engines that answer"), ENGINES),
    "engines_silent": Number("gauge", "Engine processes that do not answer", _("Silent engines"), ENGINES),
    "engine_restarts": Number("counter", "How often an engine was started again", _("Restarts of engines"), ENGINES),
    "moves": Number("counter", "Runs that went to another engine", _("Runs moved"), ENGINES),
    "oldest_message_seconds": Number(
        "gauge", "For how long the oldest command has waited", _("Oldest command waits"), ENGINES, "seconds"
    ),
    "load": Number("gauge", "Load of the machine in the last minute", _("Load"), MACHINE, most="cores"),
    "run_memory_bytes": Number(
        "gauge", "Memory that runs keep, about", _("Memory of runs"), MACHINE, "bytes", most="run_memory_limit_bytes"
    ),
    "engine_memory_bytes": Number("gauge", "Memory of the engines", _("Memory of engines"), MACHINE, "bytes"),
    "server_memory_bytes": Number("gauge", "Memory of the pages' process", _("Memory of pages"), MACHINE, "bytes"),
    "cores": Number("gauge", "Cores that the server may use", _("Cores"), ""),
    "run_memory_limit_bytes": Number("gauge", "Memory that all runs may take", _("Memory for runs"), "", "bytes"),
    "upload_limit_bytes": Number("gauge", "Uploads that may be held", _("Uploads at most"), "", "bytes"),
    **{
        f"limit_{name}_hits": Number("counter", f"How often this limit was met: {says}", _(says), LIMITS)
        for name, says in shares.LIMITS.items()
    },
}
_counted: Counter[str] = Counter()


def count(name: str) -> None:
    """Note that one of the numbers of pages grew by one."""
    _counted[name] += 1


def collect(load: Mapping[str, float]) -> dict[str, float]:
    """All numbers, from the `load` of the engines and from this process."""
    here: Counter[str] = Counter(_counted)
    here.update({f"limit_{name}_hits": n for name, n in shares.hits().items()})
    found: dict[str, float] = {
        "server_memory_bytes": memory.of_process(),
        "cores": process.cores(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0,
        "upload_limit_bytes": shares.limit("uploads"),
    }
    if Runtime.exists():
        found["sessions"] = Runtime.instance()._session_mgr.num_active_sessions()
        found["upload_bytes"] = uploads.held()
    return {name: found.get(name, 0.0) + load.get(name, 0.0) + here[name] for name in NUMBERS}


def as_prometheus(found: Mapping[str, float]) -> str:
    """The numbers as Prometheus reads them."""
    lines = []
    for name, number in NUMBERS.items():
        full = f"gan_playground_{name}" + ("_total" if number.kind == "counter" else "")
        lines += [f"# HELP {full} {number.says}", f"# TYPE {full} {number.kind}", f"{full} {found[name]:.10g}"]
    return "\n".join(lines) + "\n"
