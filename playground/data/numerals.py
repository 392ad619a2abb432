"""How a table writes its numbers: one decimal mark and one thousands mark for the whole file.

“1,250” is 1.25 in Berlin and 1250 in London. The marks are decided once, from all numbers of the columns in use; where
the numbers leave it open, the file is refused in words and a person chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from playground.utils.errors import UserError
from playground.utils.translation import _

SPACE, APOSTROPHE = " ", "'"  # each stands for its kinds
_KINDS = {SPACE: " \u00a0\u2009\u202f", APOSTROPHE: "'\u2019", ",": ",", ".": "."}
_SIGNS = r"+\-−–"  # word processors write the last ones
LONGEST = 400  # characters of a number: the largest float has 309 digits


@dataclass(frozen=True)
class Format:
    """`decimal` is "." or ","; `thousands` is "" for none, "." or ",", " " for any space, "'" for any apostrophe."""

    decimal: str = "."
    thousands: str = ""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        d, digits = re.escape(self.decimal), "[0-9]+"
        after = "[0-9]*" if self.decimal == "." else digits  # "5." is a number, but "5," is a cell cut in two
        plain = rf"(?:{digits}(?:{d}{after})?|{d}{digits})(?:[eE][+-]?{digits})?"
        if not self.thousands:
            return re.compile(rf"[{_SIGNS}]?{plain}")
        t = f"[{_KINDS[self.thousands]}]"
        grouped = rf"[1-9][0-9]{{0,2}}(?:{t}[0-9]{{3}})+"
        if self.thousands == ",":
            grouped += rf"|[1-9][0-9]?(?:{t}[0-9]{{2}})+{t}[0-9]{{3}}"  # 12,34,567, as in India
        return re.compile(rf"[{_SIGNS}]?(?:{plain}|(?:{grouped})(?:{d}{digits})?)")

    @cached_property
    def _table(self) -> dict[int, str | None]:
        marks: dict[int, str | None] = {ord(kind): None for kind in _KINDS.get(self.thousands, "")}
        return marks | {ord(self.decimal): ".", ord("−"): "-", ord("–"): "-"}

    def fits(self, cell: str) -> bool:
        """Whether a cell is a number in this format."""
        return self._pattern.fullmatch(cell) is not None

    def read(self, cell: str) -> float | None:
        """The number in a cell; None if it is none in this format."""
        return float(cell.translate(self._table)) if self.fits(cell) else None


@lru_cache(maxsize=1)
def _every() -> tuple[Format, ...]:
    marks = ("", ",", ".", SPACE, APOSTROPHE)
    return tuple(Format(d, t) for d in (".", ",") for t in marks if t != d)


def is_number(cell: str) -> bool:
    """Whether a cell is a number in any format."""
    return len(cell) <= LONGEST and any(one.fits(cell) for one in _every())


def decide(
    columns: Sequence[Sequence[str]],
    comma_parts: bool = False,
    decimal: str | None = None,
    thousands: str | None = None,
) -> Format:
    """The one format of all cells of these columns. Raises UserError where two formats read them differently.

    `comma_parts` says that the comma parts the columns; `decimal` and `thousands` are what a person chose, None for
    what is to be found out.
    """
    if decimal is not None and decimal == thousands:
        raise UserError(_("The decimal mark and the thousands mark cannot be the same. Choose two different ones."))
    text = "".join("".join(cells) for cells in columns)
    present = {"", *(mark for mark, kinds in _KINDS.items() if any(kind in text for kind in kinds))}
    formats = [
        one
        for one in _every()
        if (one.decimal in present or one.decimal in (".", decimal) or one.thousands == ".")
        and (one.thousands in present if thousands is None else one.thousands == thousands)
        and decimal in (None, one.decimal)
    ] or [Format(decimal or ("," if thousands == "." else "."), thousands or "")]
    counts = {one: sum(map(one.fits, _cells(columns))) for one in formats}
    best = max(counts.values())
    tied = [one for one in formats if counts[one] == best]
    if decimal is None and best:
        _check_one_meaning(columns, tied[0], formats)
        if any(one.decimal != tied[0].decimal for one in tied):
            return _settle(columns, tied, comma_parts)
    return tied[0]


def _cells(columns: Sequence[Sequence[str]]) -> Iterable[str]:
    return (cell for cells in columns for cell in cells)


def _check_one_meaning(columns: Sequence[Sequence[str]], chosen: Format, formats: Sequence[Format]) -> None:
    """Raises UserError where some number can only be read with the other decimal mark."""
    others = [one for one in formats if one.decimal != chosen.decimal]
    for cell in _cells(columns):
        if not chosen.fits(cell) and any(one.fits(cell) for one in others):
            example = next(one for one in _cells(columns) if chosen.fits(one) and not one.isdecimal())
            raise UserError(
                _(
                    "The numbers are written in two ways: “{one}” and “{other}” do not have the same decimal mark. "
                    "Write all in one way, or choose the decimal mark."
                ).format(one=example[:30], other=cell[:30])
            )


def _settle(columns: Sequence[Sequence[str]], tied: Sequence[Format], comma_parts: bool) -> Format:
    """The format among those that read every number, but some of them differently. Raises UserError.

    A column of thousands is proven where a marked number ends in 0 and another one below 1,000 has no mark: a program
    that writes a fixed number of decimals marks every number, and one that writes as few as it can ends none in 0.
    """
    fitting = [[cell for cell in cells if tied[0].fits(cell)] for cells in columns]
    marks = [mark for mark in (",", ".") if any(mark in cell for cell in _cells(fitting))]
    if not marks:
        return tied[0]
    if len(marks) == 1:
        (mark,) = marks
        as_decimal = next((one for one in tied if one.decimal == mark), None)
        as_thousands = next((one for one in tied if one.thousands == mark), None)
        if as_decimal is None or as_thousands is None:
            return as_decimal or as_thousands or tied[0]
        proofs = {proof for cells in fitting for proof in _proofs(cells, mark)}
        if len(proofs) == 1:
            return as_thousands if "thousands" in proofs else as_decimal
        if mark == "." and comma_parts:  # who writes 1.250 for thousands parts columns by another mark than the comma
            return as_decimal
    example = next(cell for cell in _cells(fitting) if marks[0] in cell)
    raise UserError(
        _(
            "“{cell}” can be read as {one} and as {other}: nothing in the table tells a decimal mark from a thousands "
            "mark. Choose the decimal mark."
        ).format(cell=example[:30], **_readings(example))
    )


def _readings(cell: str) -> dict[str, str]:
    values = [value for one in _every() if (value := one.read(cell)) is not None]
    return {"one": f"{min(values, key=abs):.15g}", "other": f"{max(values, key=abs):.15g}"}


def _proofs(cells: Sequence[str], mark: str) -> set[str]:
    """What one column proves of the mark that each of its marked numbers has once, before three digits."""
    cells = [cell.lstrip("+-−–") for cell in cells]
    marked = [cell for cell in cells if mark in cell]
    plain = [len(cell.lstrip("0")) for cell in cells if cell.isdecimal()]
    proofs = set()
    if plain and max(plain) <= 3 and any(cell.endswith("0") for cell in marked):
        proofs.add("thousands")
    if plain and marked and max(plain) >= 4 and min(map(len, marked)) - 1 <= max(plain):
        proofs.add("decimal")  # a thousands mark would stand in the plain one as well
    return proofs
