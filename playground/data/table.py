"""A table of x and y columns, as a file's bytes or pasted text, to points scaled to about [-1, 1]."""

from __future__ import annotations

import io
import math
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from playground.errors import UserError
from playground.i18n import _, number

LIMIT = 200_000  # points
BYTES = 50_000_000
LINE = 10_000  # bytes of a line that is read
NAMED = 3  # lines left out that are named
FAR = 3.0  # from the centre, where the data reaches 1: beyond it a point is an outlier
APART = 5.0  # times that one axis may span the other before each is scaled by itself
_SEPARATORS = (b"\t", b";", b",", None)  # None: spaces
_SAMPLE = 100  # lines that tell the separator


@dataclass
class _Rows:
    """What the lines gave: x and y in turn, and what is said of the rest."""

    values: array[float] = field(default_factory=lambda: array("d"))
    wide: bool = False  # some row has more than two columns
    left_out: int = 0
    named: list[str] = field(default_factory=list)


def parse_points(content: bytes) -> tuple[np.ndarray, list[str]]:
    """Points float32 (n, 2), scaled, and what was mended, one sentence each. Raises UserError.

    Columns are parted by tabs, semicolons, commas or spaces; decimal commas may stand where the comma parts no columns.
    """
    if len(content) > BYTES:
        raise UserError(_("The table is larger than {n} MB. Use a part of it.").format(n=BYTES // 1_000_000))
    text = _plain(content)
    total, every = _thinning(text)
    rows = _rows(text, every)
    if not rows.values:
        raise UserError(_("No line holds two numbers. Write one point a line, x, then y, like “0.5, 1.2”."))
    points = np.frombuffer(rows.values, np.float64).reshape(-1, 2)
    if not (points != points[0]).any():
        raise UserError(_("There is only one place in the table. Give at least 2 different points."))
    scaled, finding = scale(points)
    findings = []
    if every > 1:
        findings.append(_("Of {n} rows, one in {k} was taken.").format(n=number(total), k=every))
    if rows.wide:
        findings.append(_("Only the first two columns are used."))
    if rows.left_out:
        findings.append(
            _("Rows without two finite numbers were left out: {n} ({lines}).").format(
                n=number(rows.left_out), lines="; ".join(rows.named) + ("; …" if rows.left_out > NAMED else "")
            )
        )
    return scaled, [*findings, *([finding] if finding else [])]


def scale(points: np.ndarray) -> tuple[np.ndarray, str]:
    """Finite points (n, 2) centred and scaled to about [-1, 1], float32, without outliers; and a sentence on it, or "".

    Both axes are divided by one number, so that shapes keep their form; where one spans more than `APART` times the
    other they have different units, and each is scaled by itself. Some points may be left out, but never all.
    """
    points = np.asarray(points, np.float64).reshape(-1, 2)
    if not len(points):
        return points.astype(np.float32), ""
    # Powers of two, axis by axis, keep differences of the largest and the smallest floats finite and exact.
    exponents = np.frexp(np.abs(points).max(0))[1]
    unit = np.ldexp(points, -exponents)
    low, high = _extent(unit)
    half = high / 2 - low / 2
    if not half.any():
        return np.zeros_like(points, np.float32), ""
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        sizes = np.log2(half) + exponents
        apart = bool(np.isfinite(sizes).all()) and abs(sizes[0] - sizes[1]) > math.log2(APART)
        longer = int(sizes.argmax())
        centred = unit - (low + half)
        scaled = centred / half if apart else np.ldexp(centred, exponents - exponents[longer]) / half[longer]
        near = (np.abs(scaled) <= FAR).all(1)
        scaled = scaled[near].astype(np.float32)
    findings = []
    if apart:
        findings.append(
            _("One axis spans more than {n} times the other, so each was scaled by itself.").format(n=int(APART))
        )
    if not near.all():
        findings.append(_("Points far outside the others were left out: {n}.").format(n=number(int((~near).sum()))))
    return scaled, " ".join(findings)


def _extent(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the points (n, 2) lie on each axis: low (2,) and high (2,), without outliers where there are any."""
    full = unit.min(0), unit.max(0)
    n = len(unit)
    if n < 20:  # too few to tell an outlier
        return full
    ordered = np.sort(unit, axis=0)
    inner = ordered[math.ceil(0.001 * (n - 1))], ordered[math.floor(0.999 * (n - 1))]
    far = full[1] - full[0] > FAR * (inner[1] - inner[0])
    low, high = np.where(far, inner[0], full[0]), np.where(far, inner[1], full[1])
    return (low, high) if (low < high).any() else full


def _plain(content: bytes) -> bytes:
    """The text in an encoding that keeps ASCII, its lines ended by line feeds. Raises UserError if it is no text."""
    head = content[:1000]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = _narrow(content, "utf-16")
    elif head[1::2].count(0) > len(head) / 4:
        content = _narrow(content, "utf-16-le")
    elif head[::2].count(0) > len(head) / 4:
        content = _narrow(content, "utf-16-be")
    if b"\0" in content:
        raise UserError(_("This is not a table of text. Save it as CSV and try again."))
    content = content.removeprefix(b"\xef\xbb\xbf")
    return content if b"\n" in content else content.replace(b"\r", b"\n")


def _narrow(content: bytes, encoding: str) -> bytes:
    return content.decode(encoding, "replace").encode("utf-8", "replace")


def _thinning(text: bytes) -> tuple[int, int]:
    """How many lines are not blank, and the k of which every k-th is read.

    An odd k: two shapes whose rows take turns both stay.
    """
    if text.count(b"\n") < LIMIT:
        return 0, 1
    total = sum(1 for _line in filter(bytes.strip, io.BytesIO(text)))
    return total, math.ceil(total / LIMIT) | 1 if total > LIMIT else 1


def _lines(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and text of each line that is not blank; never all of them at once."""
    return ((n, line) for n, line in enumerate(io.BytesIO(text), 1) if line.strip())


def _rows(text: bytes, every: int) -> _Rows:
    """Read every k-th line (k = `every`); the first one may be a heading."""
    separator = _separator(text)
    rows = _Rows()
    for place, (n, line) in enumerate(islice(_lines(text), 0, None, every)):
        numbers = _numbers(line, separator)
        if numbers is not None and math.isfinite(numbers[0]) and math.isfinite(numbers[1]):
            rows.values.extend(numbers[:2])
            rows.wide = rows.wide or numbers[2]
        elif numbers is not None or place or len(line) > LINE:
            rows.left_out += 1
            if rows.left_out <= NAMED:
                rows.named.append(_("line {n}: “{text}”").format(n=number(n), text=_shown(line)))
    return rows


def _separator(text: bytes) -> bytes | None:
    """What parts the columns: that by which most of the first lines hold two numbers."""
    lines = [line for _n, line in islice(_lines(text), _SAMPLE)]
    return max(_SEPARATORS, key=lambda one: sum(_numbers(line, one) is not None for line in lines))


def _numbers(line: bytes, separator: bytes | None) -> tuple[float, float, bool] | None:
    """x, y and whether more columns follow; None if there are no two numbers."""
    if len(line) > LINE or b"_" in line:  # float() would take 1_000
        return None
    if separator != b",":
        line = line.replace(b",", b".")
    parts = line.split(separator, 2)
    if len(parts) < 2:
        return None
    try:
        x, y = (float(part.strip(b" \t\r\n\"'")) for part in parts[:2])
    except ValueError:
        return None
    return x, y, len(parts) > 2 and bool(parts[2].strip())


def _shown(line: bytes) -> str:
    """The beginning of a line, fit to be shown."""
    text = line[:120].strip().decode("utf-8", "replace")
    text = re.sub(r"\s+", " ", text)
    text = "".join(c for c in text if c.isprintable())
    return text if len(text) <= 30 else text[:29] + "…"
