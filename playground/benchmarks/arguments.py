"""What the flags of benchmarks have in common."""

from __future__ import annotations

import argparse
import math

from playground.utils.translation import _


def count(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or not 1 <= int(text) <= 10**9:
        raise argparse.ArgumentTypeError(_("“{value}” is not a whole number from 1 on").format(value=text[:40]))
    return int(text)


def seconds(text: str) -> float:
    """A time above 0, up to a day."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 86400:
        raise argparse.ArgumentTypeError(_("“{value}” is not a number of seconds above 0").format(value=text[:40]))
    return value
