"""Which columns of a table are x and y: by their names, else the first two numbers that are no index or label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from playground.data.delimited import width
from playground.data.numerals import is_number
from playground.utils.errors import UserError
from playground.utils.translation import _

_INDEX = {"id", "index", "idx", "no", "no.", "nr", "nr.", "#", "rowname", "rownames", "unnamed: 0", "obs"}
_LABEL = {"label", "labels", "class", "classes", "target", "category", "cluster", "group", "species"}
_MISSING = {"", "nan", "na", "n/a", "null", "none", "inf", "-inf", "+inf", "infinity", "-infinity"}
_WHOLE = re.compile("[0-9]+")


@dataclass(frozen=True)
class Layout:
    """Where a table's data begins, what its columns are called, and which of them are used.

    `begin` is the place of the first record of data and `heading` that of the names, -1 where there are none; `names`
    holds one for each column, "" for one without.
    """

    begin: int
    heading: int
    names: tuple[str, ...]
    x: int
    y: int
    skipped: tuple[str, ...]  # a sentence for each column that was passed over for a reason

    def label(self, column: int) -> str:
        """The name of a column, or its place counted from 1."""
        name = self.names[column] if column < len(self.names) else ""
        return f"“{name}”" if name else str(column + 1)


def layout(rows: Sequence[Sequence[str]], x: int | None = None, y: int | None = None) -> Layout | None:
    """How the first rows of a table are laid out; None where no row holds two numbers. Raises UserError.

    `x` and `y` are columns, counted from 0, that a person chose.
    """
    good = [i for i, row in enumerate(rows) if sum(map(is_number, row)) >= 2]
    counted = bool(good) and _counts_columns(rows, good)
    if counted:
        place, good = good[0], good[1:]
    if not good:
        return None
    wide = Counter(width(rows[i]) for i in good).most_common(1)[0][0]
    heading, names = (place, tuple(rows[place])) if counted else _heading(rows, good, wide)
    numeric = [k for k in range(wide) if 2 * sum(k < len(rows[i]) and is_number(rows[i][k]) for i in good) >= len(good)]
    skipped: list[str] = []
    if x is None and y is None:
        x, y = _named(names, "x"), _named(names, "y")
        if x is None or y is None:
            x, y, skipped = _first_two(rows, good, names, numeric)
        else:
            for k in {x, y} - set(numeric):
                raise UserError(_("The column “{name}” does not hold numbers.").format(name=names[k]))
    else:
        x, y = (x or 0, 1 if x in (None, 0) and y is None else y or 0)
        if x == y:
            raise UserError(_("x and y are the same column. Choose two different ones."))
        if max(x, y) >= wide:
            raise UserError(_("The table has {n} columns. Choose two of them.").format(n=wide))
    return Layout(good[0], heading, names, x, y, tuple(skipped))


def _counts_columns(rows: Sequence[Sequence[str]], good: Sequence[int]) -> bool:
    """Whether the first row of numbers counts the columns: 0, 1, ... as pandas writes where they have no names."""
    first = rows[good[0]]
    named = first[1:] if first[0] == "" else first
    if list(named) != [str(k) for k in range(len(named))]:
        return False
    if first[0] == "":
        return True
    rest = [cell for i in good[1:] for cell in rows[i] if is_number(cell)]
    return bool(rest) and not any(re.fullmatch("[-+−]?[0-9]+", cell) for cell in rest)


def _heading(rows: Sequence[Sequence[str]], good: Sequence[int], wide: int) -> tuple[int, tuple[str, ...]]:
    """The place of the row that names the columns, and the names; (-1, ()) if none does. Raises UserError."""
    above = [i for i in range(good[0]) if _names_columns(rows[i])]
    if not above:
        return -1, ()
    place = next((i for i in above if {"x", "y"} <= {cell.lower() for cell in rows[i]}), above[-1])
    names = [name.removeprefix("#").strip() for name in rows[place][: width(rows[place])]]
    if rows[place][0] in ("#", "%"):  # “# x y”, as NumPy writes
        names = names[1:]
    if len(names) == wide - 1 and _is_index(rows, good, names, 0):  # R's write.table names no column of row names
        names = ["", *names]
    if len(names) < wide:
        if not {"x", "y"} <= {name.lower() for name in names}:
            return -1, ()  # a title
        raise UserError(
            _("The heading names {n} columns, but the lines have {m}. Are numbers with commas not in quotes?").format(
                n=len(names), m=wide
            )
        )
    return place, tuple(names)


def _names_columns(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    enough = len(filled) >= 2 or (len(filled) == 1 and len(row) > 1 and row[0] == "")
    return enough and not any(is_number(cell) or cell.lower() in _MISSING for cell in filled)


def _named(names: Sequence[str], wanted: str) -> int | None:
    """The one column of that name, a unit after it not counted: “x”, “X [mm]”, “x (m)”. Raises UserError."""
    lower = [name.strip().lower() for name in names]
    exact = [k for k, name in enumerate(lower) if name == wanted]
    loose = [k for k, name in enumerate(lower) if re.match(rf"{wanted}\s*[(\[/]", name)]
    found = exact or loose
    if len(exact) > 1:
        raise UserError(_("{n} columns are named “{name}”. Choose the columns.").format(n=len(exact), name=wanted))
    return found[0] if len(found) == 1 else None


def _is_index(rows: Sequence[Sequence[str]], good: Sequence[int], names: Sequence[str], column: int) -> bool:
    """Whether a column counts the rows from 0 or 1, or holds texts."""
    cells = [rows[i][column] for i in good if column < len(rows[i])]
    if len(cells) < 3:
        return False
    if not any(map(is_number, cells)):
        return True
    if not all(map(_WHOLE.fullmatch, cells)):
        return False
    start = int(cells[0])
    return start in (0, 1) and [int(cell) for cell in cells] == list(range(start, start + len(cells)))


def _first_two(
    rows: Sequence[Sequence[str]], good: Sequence[int], names: Sequence[str], numeric: Sequence[int]
) -> tuple[int, int, list[str]]:
    """The first two columns of numbers that are neither an index nor a label, and what is said of those passed over."""
    skipped, left = [], list(numeric)
    for k in numeric:
        name = names[k].lower() if k < len(names) else ""
        shown = f"“{names[k]}”" if name else str(k + 1)
        unnamed = k == 0 and bool(names) and not name
        counts = k == 0 and len(numeric) > 2 and _is_index(rows, good, names, 0)
        if unnamed or counts or (k == 0 and name in _INDEX):
            skipped.append(_("Column {name} counts the rows and was passed over.").format(name=shown))
        elif name in _LABEL:
            skipped.append(_("Column {name} holds labels and was passed over.").format(name=shown))
        else:
            continue
        left.remove(k)
    if len(left) < 2:
        raise UserError(
            _("There is only one column of numbers beside an index or a label. A point needs two: x and y.")
        )
    return left[0], left[1], skipped
