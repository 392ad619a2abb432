"""A text of delimited values: its encoding, its lines, its quotes, and the character that parts its columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from playground.data.numerals import is_number
from playground.utils.errors import UserError
from playground.utils.translation import _

LINE = 10_000  # characters of a line that is read
SAMPLE = 100  # lines that tell how the table is written
QUOTED = 50  # lines that one quoted cell may span
SEPARATORS = ("\t", ";", "|", ",", " ")  # " ": any number of spaces and tabs; the first ones are rarely anything else
_NUMBERLIKE = re.compile(r"[0-9.,;|'’+\-−–eE\s]*")


def decoded(content: bytes) -> str:
    """The text, its lines ended by line feeds. Raises UserError if it is no text."""
    head = content[:1000]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", "replace")
    elif head[1::2].count(0) > len(head) / 4:
        text = content.decode("utf-16-le", "replace")
    elif head[::2].count(0) > len(head) / 4:
        text = content.decode("utf-16-be", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
    if "\0" in text:
        raise UserError(_("This is not a table of text. Save it as CSV and try again."))
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def records(text: str) -> Iterator[tuple[int, str]]:
    """Line number and text of each record that is not blank; never all at once. A quoted cell may span some lines."""
    line, before, first = 1, 0, 0
    held: list[str] = []  # the lines of a quoted cell that is still open
    size = 0
    for found in re.finditer(r"[^\n]+", text):
        line += text.count("\n", before, found.start())
        before = found.start()
        part = found.group()
        odd = part.count('"') % 2 == 1
        if not held and not (odd and _unclosed(part)):
            if part.strip():
                yield line, part
            continue
        if not held:
            first, size = line, 0
        held.append(part)
        size += len(part)
        closed = odd and len(held) > 1  # from here on every quote opens or closes the cell
        if closed and size <= LINE:
            yield first, "\n".join(held)
        if not closed and size <= LINE and len(held) < QUOTED:
            continue
        if not closed or size > LINE:
            yield from _single(held, first)
        held = []
    yield from _single(held, first)


def _single(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    """Lines that are no quoted cell after all, each as a record; line numbers count from `first`."""
    return ((first + i, one) for i, one in enumerate(lines) if one.strip())


def _unclosed(record: str) -> bool:
    """Whether a quoted cell that begins in this record does not end in it. Quotes inside other cells are letters."""
    at = 0
    while (quote := record.find('"', at)) >= 0:
        before = record[at:quote].rstrip(" ")
        begins = before[-1] in "\t;|," if before else at == 0
        if not begins:
            at = quote + 1
            continue
        end = record.find('"', quote + 1)
        while end >= 0 and record.startswith('"', end + 1):
            end = record.find('"', end + 2)
        if end < 0:
            return True
        at = end + 1
    return False


def split(record: str, separator: str, most: int = -1) -> list[str]:
    """The cells of a record without quotes and outer blanks; after `most` separators the rest may stay in one piece."""
    if len(record) > LINE:
        return []
    if '"' in record:
        space = separator == " "
        try:
            row = next(
                csv.reader(
                    [record.strip(" \t").replace("\t", " ") if space else record],
                    delimiter=separator,
                    skipinitialspace=True,
                ),
                [],
            )
        except csv.Error:
            return []
        cells = row
    elif separator == " ":
        cells = re.split(r"[ \t]+", record.strip(" \t"))
    else:
        cells = record.split(separator, most)
    return [_bare(cell) for cell in cells]


def _bare(cell: str) -> str:
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == cell[-1] == "'":
        return cell[1:-1].strip()
    return "?" if "\n" in cell else cell


def width(cells: Sequence[str]) -> int:
    """How many columns a row has, empty ones at its end not counted."""
    return max((i for i, cell in enumerate(cells, 1) if cell), default=0)


def told(text: str) -> str:
    """The separator that Excel's first line “sep=;” names, or ""."""
    found = re.match(r"\"?sep=([\t;|, ])\"?\s*(?:\n|$)", text, re.IGNORECASE)
    return found.group(1) if found else ""


def separator_of(sample: Sequence[str]) -> str:
    """What parts the columns: that by which most of the first records hold two numbers and no torn ones.

    Raises UserError where commas and spaces would both do.
    """
    good = {one: sum(_holds_two(split(record, one)) for record in sample) for one in SEPARATORS}
    best = max(good.values())
    fitting = [one for one in SEPARATORS if good[one] and good[one] >= 0.9 * best]
    if not fitting:
        return max(SEPARATORS, key=lambda one: sum(len(split(record, one)) > 1 for record in sample))
    if fitting == [",", " "]:
        raise _which_columns(sample, fitting)
    if fitting[0] == "," and sum(map(_two_commas, sample)) > len(sample) / 2:
        raise _which_columns(sample, fitting)
    return fitting[0]


def _holds_two(cells: Sequence[str]) -> bool:
    return sum(map(is_number, cells)) >= 2 and not any(map(_torn, cells))


def _torn(cell: str) -> bool:
    """Whether a cell looks like the end of one number and the beginning of another."""
    return (
        re.search(r"[ \t;,|]", cell) is not None
        and re.search("[0-9]", cell) is not None
        and _NUMBERLIKE.fullmatch(cell) is not None
        and not is_number(cell)
    )


def _two_commas(record: str) -> bool:
    """Whether some commas before numbers have a space after them and some have none, as in “1,5, 2,5”."""
    plain = '"' not in record
    return plain and bool(re.search(r",[ \t]+[-+.0-9]", record)) and bool(re.search(r",[-+.0-9]", record))


def _which_columns(sample: Sequence[str], _fitting: Sequence[str]) -> UserError:
    example = next(record for record in sample if re.search("[0-9]", record)).strip()
    return UserError(
        _("In “{line}” a comma may part columns or stand inside a number. Choose the separator.").format(
            line=example[:40]
        )
    )


def check_whole_numbers(rows: Sequence[Sequence[str]], separator: str) -> None:
    """Raises UserError where unquoted whole numbers may be numbers that the separator tore, like “1,250,300”.

    `rows` are sample rows of a table without names for all its columns, read without a choice of the separator.
    """
    rows = [row for row in rows if _holds_two(row)]
    if separator not in ", " or not rows:
        return
    cells = [cell for row in rows for cell in row[: width(row)]]
    if not all(re.fullmatch(r"[-+−–]?[0-9]+", cell) for cell in cells if is_number(cell)):
        return
    widths = {width(row) for row in rows}
    ends = [row[i] for row in rows for i in range(1, width(row), 2)]
    starts = [row[i] for row in rows for i in range(0, width(row), 2)]
    grouped = all(re.fullmatch("[0-9]{3}", end) for end in ends) and all(
        re.fullmatch("[-+−–]?[1-9][0-9]{0,2}", start) for start in starts
    )
    decimals = (
        separator == ","
        and all(end.isdecimal() for end in ends)
        and any(len(end) > 1 and end.startswith("0") for end in ends)
    )
    if len(widths) > 1 or (min(widths) >= 4 and min(widths) % 2 == 0 and (grouped or decimals)):
        raise torn_numbers(separator)


def check_decimals(rows: Sequence[Sequence[str]], separator: str) -> None:
    """Raises UserError where whole numbers show that commas stand inside numbers, as in “3,05” or “-0,5”.

    A whole number begins with neither 0 nor -0, so “05” after a comma is the end of a decimal number; unless the
    table pads all its numbers, as in “003,005”. `rows` are as for `check_whole_numbers`.
    """
    rows = [row[: width(row)] for row in rows if _holds_two(row)]
    if separator != "," or not rows:
        return
    if not all(re.fullmatch(r"[-+−–]?[0-9]+", cell) for row in rows for cell in row if is_number(cell)):
        return
    pairs = [(row[i - 1].lstrip("-+−–"), row[i]) for row in rows for i in range(1, len(row))]
    tails = any(re.fullmatch("0[0-9]+", end) and re.fullmatch("0|[1-9][0-9]*", start) for start, end in pairs)
    if tails or any(cell in ("-0", "−0", "–0") for row in rows for cell in row):
        raise torn_numbers(separator)


def torn_numbers(separator: str) -> UserError:
    """What is said where the separator may have torn numbers."""
    name = _("comma") if separator == "," else _("space")
    return UserError(
        _(
            "It is not clear whether each {name} parts two columns or stands inside a number: the lines hold whole "
            "numbers only, and their pieces do not make one plain table. Put numbers in quotes, use semicolons between "
            "columns, or choose the separator."
        ).format(name=name)
    )
