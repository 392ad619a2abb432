"""A table of x and y columns, as a file's bytes or pasted text, to points scaled to about [-1, 1]."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from playground.data import delimited
from playground.data.columns import Layout, layout
from playground.data.delimited import SAMPLE
from playground.data.numerals import LONGEST, Format, decide
from playground.data.scaling import scale
from playground.utils.errors import UserError
from playground.utils.translation import _, number

__all__ = ["Table", "Wish", "columns_of", "parse_points", "read_table", "scale"]

LIMIT = 200_000  # points
BYTES = 50_000_000
ODD, ODD_SHARE = 3, 0.1  # rows left out that hold digits but no number: more of them, and the rest is no fair sample
NAMED = 3  # lines left out that are named
_NAMES = {
    "\t": _("tab"), ";": _("semicolon"), "|": _("vertical bar"), ",": _("comma"), " ": _("space"), ".": _("point"),
    "'": _("apostrophe"), "": _("none"),
}  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """What a person chose; None is to be found out. `x` and `y` are columns counted from 0."""

    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None  # "": none
    x: int | None = None
    y: int | None = None


FREE = Wish()


@dataclass(frozen=True, eq=False)
class Table:
    """Points read: `values` float64 (n, 2) as they are written, `points` float32 (m, 2) scaled, outliers left out.

    The rest says how the table was understood; `columns` are the names or numbers of x and y, `width` counts all.
    """

    values: np.ndarray
    points: np.ndarray
    separator: str
    format: Format
    columns: tuple[str, str]
    names: tuple[str, ...]
    width: int
    findings: tuple[str, ...]  # what was mended, passed over or left out, one sentence each

    @property
    def understood(self) -> str:
        """One sentence: columns, separator, decimal mark and thousands mark."""
        return _(
            "Columns {x} and {y} of {n} are x and y; separator: {separator}, decimal mark: {decimal}, thousands mark: "
            "{thousands}."
        ).format(
            x=self.columns[0], y=self.columns[1], n=self.width,
            **{key: named(mark) for key, mark in self.marks.items()},
        )  # fmt: skip

    @property
    def marks(self) -> dict[str, str]:
        """The separator, the decimal mark and the thousands mark ("": none)."""
        return {"separator": self.separator, "decimal": self.format.decimal, "thousands": self.format.thousands}


def named(mark: str) -> str:
    """The name of a separator or mark."""
    return _(_NAMES[mark])


@dataclass
class _Cells:
    """What the records gave: the cells of x and y, and what is said of the rest."""

    x: list[str] = field(default_factory=list)
    y: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)  # how many columns each record has; 0 where that is not asked
    left_out: list[tuple[int, str]] = field(default_factory=list)  # the first ones
    count: int = 0  # of all that are left out
    odd: list[tuple[int, str]] = field(default_factory=list)  # those left out for a cell like “(0.5)”, “<0.01”, “3 W”
    ragged: bool = False  # some records have more or fewer columns than others

    def leave_out(self, line: int, record: str) -> None:
        self.count += 1
        self.left_out = sorted([*self.left_out, (line, record[:120])])[: NAMED + 1]


def parse_points(content: bytes, wish: Wish = FREE) -> tuple[np.ndarray, list[str]]:
    """Points float32 (n, 2), scaled, and what was mended, one sentence each. Raises UserError."""
    table = read_table(content, wish)
    return table.points, list(table.findings)


def read_table(content: bytes, wish: Wish = FREE) -> Table:
    """Read a table in any encoding, with any separator and number format, all decided once for the file.

    Raises UserError, also where the table can be read in two ways and `wish` does not say in which.
    """
    text, sample, separator = _begun(content, wish)
    rows = [delimited.split(record, separator) for _n, record in sample]
    plan = layout(rows, wish.x, wish.y)
    if plan is None:
        raise UserError(_("No line holds two numbers. Write one point a line, x, then y, like “0.5, 1.2”."))
    body = [row for row in rows[plan.begin :] if row]
    if wish.separator is None and plan.heading < 0:
        delimited.check_whole_numbers(body, separator)
    if wish.separator is None and plan.names[:1] in ((), ("",)):  # without a name for each column
        delimited.check_decimals(body, separator)
    total, every = _thinning(text, plan.begin)
    cells = _cells(text, separator, plan, every)
    form = decide((cells.x, cells.y), separator == ",", wish.decimal, wish.thousands)
    values = _values(cells, form, separator)
    if wish.separator is None and cells.ragged and not (values % 1).any():
        raise delimited.torn_numbers(separator)
    _check_odd(cells)
    if not len(values):
        raise UserError(_("No line holds two numbers. Write one point a line, x, then y, like “0.5, 1.2”."))
    if not (values != values[0]).any():
        raise UserError(_("There is only one place in the table. Give at least 2 different points."))
    points, finding = scale(values)
    wide = max(map(delimited.width, body))
    titles = [i for i in range(plan.begin) if i != plan.heading]
    for i in titles:
        cells.leave_out(*sample[i])
    return Table(
        values, points, separator, form, (plan.label(plan.x), plan.label(plan.y)), plan.names, wide,
        tuple(_findings(cells, plan, total, every, finding)),
    )  # fmt: skip


def columns_of(content: bytes, wish: Wish = FREE) -> tuple[str, ...]:
    """What the columns of a table are called, or their numbers; () where that cannot be told."""
    try:
        _text, sample, separator = _begun(content, wish)
        rows = [delimited.split(record, separator) for _n, record in sample]
        plan = layout(rows, 0, 1)
    except UserError:
        return ()
    if plan is None:
        return ()
    return tuple(plan.label(k) for k in range(max(map(delimited.width, rows[plan.begin :]))))


def _begun(content: bytes, wish: Wish) -> tuple[str, list[tuple[int, str]], str]:
    """The text, its first records with their lines, and the separator. Raises UserError."""
    if len(content) > BYTES:
        raise UserError(_("The table is larger than {n} MB. Use a part of it.").format(n=BYTES // 1_000_000))
    text = delimited.decoded(content)
    told = delimited.told(text)
    if told:
        text = "\n" + text.partition("\n")[2]  # the lines keep their numbers
    sample = list(islice(delimited.records(text), SAMPLE))
    if wish.separator or told:
        return text, sample, wish.separator or told
    return text, sample, delimited.separator_of([record for _n, record in sample])


def _thinning(text: str, begin: int) -> tuple[int, int]:
    """How many records of data there are, and the k of which every k-th is read.

    An odd k: two shapes whose rows take turns both stay.
    """
    if text.count("\n") < LIMIT:
        return 0, 1
    total = sum(1 for _record in delimited.records(text)) - begin
    return total, math.ceil(total / LIMIT) | 1 if total > LIMIT else 1


def _cells(text: str, separator: str, plan: Layout, every: int) -> _Cells:
    """The cells of x and y in every k-th record (k = `every`) of the data."""
    out, last = _Cells(), max(plan.x, plan.y)
    for line, record in islice(delimited.records(text), plan.begin, None, every):
        row = delimited.split(record, separator, last + 1)
        if len(row) <= last or len(row[plan.x]) > LONGEST or len(row[plan.y]) > LONGEST:
            out.leave_out(line, record)
            continue
        out.x.append(row[plan.x])
        out.y.append(row[plan.y])
        out.lines.append(line)
        out.widths.append(_width(record, separator) if plan.heading < 0 else 0)
    return out


def _width(record: str, separator: str) -> int:
    """How many columns a record has, where commas or spaces that are not quoted part them; else 0."""
    if separator not in ", " or '"' in record:
        return 0
    return len(record.split()) if separator == " " else 1 + record.rstrip(" \t,").count(",")


def _values(cells: _Cells, form: Format, separator: str) -> np.ndarray:
    """The points (n, 2) in the rows that hold two numbers; the others are noted."""
    values = np.empty((len(cells.x), 2))
    n, widths = 0, set()
    for line, x, y, wide in zip(cells.lines, cells.x, cells.y, cells.widths, strict=True):
        one, other = form.read(x), form.read(y)
        if one is None or other is None or not (math.isfinite(one) and math.isfinite(other)):
            cells.leave_out(line, f"{x}{separator}{y}")
            if any(form.read(cell) is None and re.search("[0-9]", cell) for cell in (x, y)):
                cells.odd.append((line, f"{x}{separator}{y}"))
        else:
            values[n] = one, other
            n += 1
            widths.add(wide)
    cells.ragged = len(widths) > 1
    return values[:n]


def _check_odd(cells: _Cells) -> None:
    """Raises UserError where so many rows are no plain numbers that the others would be no fair sample."""
    if len(cells.odd) <= max(ODD, ODD_SHARE * len(cells.x)):
        return
    line, text = cells.odd[0]
    sentence = _(
        "{n} of {m} rows hold something else than plain numbers, like line {line}: “{text}”. Write plain numbers, or "
        "leave the cell empty where there is none."
    )
    raise UserError(
        sentence.format(n=number(len(cells.odd)), m=number(len(cells.x)), line=number(line), text=_shown(text))
    )


def _findings(cells: _Cells, plan: Layout, total: int, every: int, scaling: str) -> list[str]:
    findings = []
    if every > 1:
        findings.append(_("Of {n} rows, one in {k} was taken.").format(n=number(total), k=every))
    findings += plan.skipped
    if cells.count:
        lines = [
            _("line {n}: “{text}”").format(n=number(n), text=_shown(record)) for n, record in cells.left_out[:NAMED]
        ]
        findings.append(
            _("Rows without two finite numbers were left out: {n} ({lines}).").format(
                n=number(cells.count), lines="; ".join(lines) + ("; …" if cells.count > NAMED else "")
            )
        )
    return [*findings, *([scaling] if scaling else [])]


def _shown(text: str) -> str:
    """The beginning of a record, fit to be shown."""
    text = re.sub(r"\s+", " ", text[:120].strip())
    text = "".join(c for c in text if c.isprintable())
    return text if len(text) <= 30 else text[:29] + "…"
