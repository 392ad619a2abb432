"""A run's config and curves as text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np


def config_json(config: Mapping[str, Any]) -> bytes:
    """All knobs, in a form that `--config` reads."""
    return (json.dumps(dict(config), indent=2, ensure_ascii=False) + "\n").encode()


def history_csv(columns: Mapping[str, np.ndarray]) -> bytes:
    """Equal columns as a table with one head row."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(columns)
    table.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    return out.getvalue().encode()
