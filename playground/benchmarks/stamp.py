"""Where and when the figures of a report come from."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import platform
import shlex
import subprocess
import sys
from pathlib import Path

import torch


def stamp(module: str = "playground") -> dict[str, str]:
    """The command as it was typed, without folders; the commit that is checked out; date, machine and torch."""
    command = shlex.join(Path(word).name if "/" in word else word for word in sys.argv[1:])
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return {
        "command": f"python -m {module} {command}".strip(),
        "commit": commit(),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {multiprocessing.cpu_count()} CPUs{gpu}",
        "torch": torch.__version__,
    }


def commit(folder: Path | None = None) -> str:
    """The commit that is checked out in a folder, or in the present one; "" where there is none."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=7"],
            capture_output=True,
            text=True,
            check=True,
            cwd=folder,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
