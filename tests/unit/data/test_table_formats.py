"""Tables as programs of many countries write them: read back exactly, or refused in words, and never something else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from playground.data.table import Wish, columns_of, read_table
from playground.utils.errors import UserError


@dataclass(frozen=True)
class National:
    """How one country writes numbers and parts columns."""

    decimal: str
    thousands: str
    separator: str
    indian: bool = False
    least: int = 4  # digits from which thousands are marked
    minus: str = "-"


FREE = Wish()
FORMATS = {
    "United States": National(".", ",", ","),
    "United States, by tabs": National(".", ",", "\t"),
    "Germany": National(",", ".", ";"),
    "Spain": National(",", ".", ";", least=5),
    "France": National(",", "\u202f", ";"),
    "France, older": National(",", "\u00a0", ";"),
    "Sweden": National(",", "\u00a0", "\t", minus="−"),
    "Poland": National(",", " ", ";", least=5),
    "Switzerland": National(".", "’", ";"),
    "Switzerland, typed": National(".", "'", "\t"),
    "India": National(".", ",", ",", indian=True),
    "International": National(".", "\u2009", "\t"),
    "Denmark, in quotes": National(",", "", ","),
    "programs": National(".", "", ","),
    "programs, by spaces": National(".", "", " "),
}


def marked(digits: str, form: National) -> str:
    if not form.thousands or len(digits) < form.least:
        return digits
    size, groups, rest = (2 if form.indian else 3), [digits[-3:]], digits[:-3]
    while rest:
        groups.insert(0, rest[-size:])
        rest = rest[:-size]
    return form.thousands.join(groups)


def spelled(units: int, decimals: int, form: National, shortest: bool) -> str:
    """`units` of the last decimal place, with that many decimals or as few as it takes."""
    digits = str(abs(units)).rjust(decimals + 1, "0")
    whole, fraction = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    if shortest:
        fraction = fraction.rstrip("0")
    return ("" if units >= 0 else form.minus) + marked(whole, form) + (form.decimal + fraction if fraction else "")


UNITS = st.integers(-3_000_000, 3_000_000) | st.integers(0, 2000) | st.integers(1000, 999_999)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_a_table_of_any_country_is_read_back_or_refused(data):
    form = FORMATS[data.draw(st.sampled_from(sorted(FORMATS)))]
    places = data.draw(st.tuples(st.integers(0, 4), st.integers(0, 4)))
    shortest = data.draw(st.tuples(st.booleans(), st.booleans()))
    rows = data.draw(st.lists(st.tuples(UNITS, UNITS), min_size=2, max_size=12, unique=True))
    quoted = data.draw(st.booleans())

    def cell(text):
        inside = form.separator in text or (form.separator == " " and "\t" in text)
        return f'"{text}"' if quoted or inside else text

    written = [[spelled(u, p, form, s) for u, p, s in zip(row, places, shortest, strict=True)] for row in rows]
    columns = [[cell(one) for one in row] for row in written]
    heading = data.draw(st.sampled_from([(), ("x", "y"), ("", "x", "y"), ("name", "y", "x"), ("a", "b")]))
    if len(heading) == 3:
        first = [str(i) if heading[0] == "" else "abc"[i % 3] for i in range(len(rows))]
        columns = [[cell(one), *row] for one, row in zip(first, columns, strict=True)]
    swapped = heading[1:] == ("y", "x")
    lines = [form.separator.join(row) for row in columns]
    if heading:
        lines.insert(0, form.separator.join(cell(name) or '""' for name in heading))
    text = data.draw(st.sampled_from(["\n", "\r\n", "\r"])).join([*lines, ""])
    encodings = ["utf-8", "utf-8-sig", "utf-16"]
    if all(ord(c) < 256 or c in "’" for c in text):
        encodings.append("cp1252")
    content = text.encode(data.draw(st.sampled_from(encodings)))

    wanted = np.array([[u / 10**p for u, p in zip(row, places, strict=True)] for row in rows])
    try:
        table = read_table(content)
    except UserError:
        event("refused")
        chosen = Wish(form.separator, form.decimal, form.thousands and form.thousands.translate(KINDS))
        table = read_table(content, chosen)  # and what a person chooses then is enough
    else:
        event("read")
    assert np.allclose(table.values, wanted[:, ::-1] if swapped else wanted, rtol=1e-15, atol=0)


KINDS = {ord(c): kind for kind, kinds in {" ": "\u00a0\u2009\u202f", "'": "’"}.items() for c in kinds}


def test_most_tables_are_read_and_not_refused():
    """Two hundred points of a ring, as each country writes them with 2 decimals: none is refused."""
    angle = np.linspace(0, 6, 200)
    ring = np.rint(np.stack([150_000 + 140_000 * np.cos(angle), 140_000 * np.sin(angle)], 1)).astype(int)
    for name, form in FORMATS.items():
        rows = [[spelled(int(u), 2, form, False) for u in row] for row in ring]
        text = "\n".join(form.separator.join(f'"{one}"' for one in row) for row in rows)
        assert np.array_equal(read_table(text.encode()).values, ring / 100), name


def read(text: str, wish: Wish = FREE) -> tuple[list[list[float]], str]:
    table = read_table(text.encode(), wish)
    return table.values.tolist(), " ".join(table.findings)


def refused(text: str, wish: Wish = FREE) -> str:
    with pytest.raises(UserError) as error:
        read_table(text.encode(), wish)
    return str(error.value)


# Columns


BODY = [[0.5, 0.6], [0.7, 0.6], [0.8, 0.9]]


@pytest.mark.parametrize(
    "text",
    [
        ",x,y\n0,0.5,0.6\n1,0.7,0.6\n2,0.8,0.9\n",  # pandas
        '"","x","y"\n"1",0.5,0.6\n"2",0.7,0.6\n"3",0.8,0.9\n',  # R, write.csv
        '"x" "y"\n"1" 0.5 0.6\n"2" 0.7 0.6\n"3" 0.8 0.9\n',  # R, write.table
        "id,x,y\n7,0.5,0.6\n9,0.7,0.6\n3,0.8,0.9\n",
        "label,x,y\n1,0.5,0.6\n0,0.7,0.6\n1,0.8,0.9\n",
        "class,x,y\ncat,0.5,0.6\ndog,0.7,0.6\ncat,0.8,0.9\n",
        "y,x\n0.6,0.5\n0.6,0.7\n0.9,0.8\n",
        "time,Y [mm],X [mm]\n9,0.6,0.5\n8,0.6,0.7\n7,0.9,0.8\n",
        "0,1\n0.5,0.6\n0.7,0.6\n0.8,0.9\n",  # pandas without names
        ",0,1\n0,0.5,0.6\n1,0.7,0.6\n2,0.8,0.9\n",
        "0,0.5,0.6\n1,0.7,0.6\n2,0.8,0.9\n",  # no heading, an index
        "id;a;b\n4;0,5;0,6\n9;0,7;0,6\n2;0,8;0,9\n",
        "Measured in May\nx,y\n0.5,0.6\n0.7,0.6\n0.8,0.9\n",  # headings only in the second line
        "x,y\nmm,mm\n0.5,0.6\n0.7,0.6\n0.8,0.9\n",
        "sep=;\nx;y\n0,5;0,6\n0,7;0,6\n0,8;0,9\n",  # Excel
        "# x y\n0.5 0.6\n0.7 0.6\n0.8 0.9\n",  # NumPy
        'note,x,y\n"a\n5,6",0.5,0.6\n"b, c",0.7,0.6\n"d ""e""",0.8,0.9\n',
        '5" pipe,0.5,0.6\n6" pipe,0.7,0.6\nx,0.8,0.9\n',
        'x,y,c\n0.5,0.6,5 " pipe\n0.7,0.6,6 " pipe\n0.8,0.9,\n',
        'x,y,c\n0.5,0.6,"a\n\n"",""b"\n0.7,0.6,"b"",\nc","d\ne"\n0.8,0.9,"never closed\n',
        "a|b\n0.5|0.6\n0.7|0.6\n0.8|0.9\n",
    ],
)
def test_x_and_y_are_found(text):
    assert read(text)[0] == BODY
    assert read(text.replace("\n", "\r\n"))[0] == BODY


def test_what_was_understood_is_said():
    table = read_table(b",x,y\n0,1.5,2\n1,2.5,3\n2,3.5,5\n")
    assert table.understood == (
        "Columns “x” and “y” of 3 are x and y; separator: comma, decimal mark: point, thousands mark: none."
    )
    assert columns_of(b",x,y\n0,1.5,2\n1,2.5,3\n") == ("1", "“x”", "“y”")
    assert read("0,5,6.5\n1,7,6\n2,8,9\n")[1] == "Column 1 counts the rows and was passed over."


def test_chosen_columns_are_used():
    values, _said = read("x,y,z\n1,2,3\n4,5,6\n7,8,8\n", Wish(x=2, y=0))
    assert values == [[3, 1], [6, 4], [8, 7]]
    assert refused("x,y\n1,2\n3,4\n", Wish(x=1, y=1)) == "x and y are the same column. Choose two different ones."
    assert refused("x,y\n1,2\n3,4\n", Wish(x=0, y=5)) == "The table has 2 columns. Choose two of them."


def test_a_whole_numbered_table_may_begin_with_0_and_1():
    assert read("0,1\n3,4\n5,7\n")[0] == [[0, 1], [3, 4], [5, 7]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x,y\n1,5,2,5\n1,6,2,7\n", "The heading names 2 columns, but the lines have 4."),
        ("1,5, 2,5\n1,6, 2,7\n", "In “1,5, 2,5” a comma may part columns or stand inside a number."),
        ("1,250 300\n2,250 400\n", "In “1,250 300” a comma may part columns or stand inside a number."),
        ("1,250,300\n300,200\n", "It is not clear whether each comma parts two columns or stands inside a number"),
        ("1 250 1 300\n2 250 1 400\n", "It is not clear whether each space parts two columns"),
        ("1,05,2,75\n1,25,2,05\n", "It is not clear whether each comma parts two columns"),
        ("1,250\t2,300\n3,125\t4,500\n", "“1,250” can be read as 1.25 and as 1250"),
        ("1.250;2.300\n3.125;4.500\n", "“1.250” can be read as 1.25 and as 1250"),
        ("1,234;3\n2,345;7\n", "“1,234” can be read as 1.234 and as 1234"),
        ("1,250;3\n2,500;7\n", "“1,250” can be read as 1.25 and as 1250"),  # y may hold counts
        ("1,25;3,1\n1,250.5;3\n", "The numbers are written in two ways"),
        (",x\n0,5\n1,6\n2,8\n", "There is only one column of numbers beside an index or a label."),
        ("x,y\n1,red\n2,blue\n", "No line holds two numbers."),
        ("x,y,z\nred,1,2\nblue,3,4\n", "The column “x” does not hold numbers."),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(text, said):
    assert refused(text).startswith(said)


def test_a_choice_settles_what_is_open():
    text = "1,250\t2,300\n3,125\t4,500\n"
    assert read(text, Wish(decimal=","))[0] == [[1.25, 2.3], [3.125, 4.5]]
    assert read(text, Wish(decimal="."))[0] == [[1250, 2300], [3125, 4500]]
    assert read("1,250,300\n2,200\n", Wish(separator=","))[0] == [[1, 250], [2, 200]]
    assert "cannot be the same" in refused(text, Wish(decimal=",", thousands=","))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,250\t300\n900\t1,300\n", [[1250, 300], [900, 1300]]),
        ('"0,500","1,250"\n"0,750","2,125"\n', [[0.5, 1.25], [0.75, 2.125]]),
        ("1.250,2.300\n3.125,4.500\n", [[1.25, 2.3], [3.125, 4.5]]),  # no thousands mark where commas part columns
        ("1.234\t7\n1300\t2.345\n", [[1.234, 7], [1300, 2.345]]),
        ('"12,34,567","1"\n"99","5"\n', [[1_234_567, 1], [99, 5]]),
        ("−1,5;2\n3;−4,25\n", [[-1.5, 2], [3, -4.25]]),
        ("1e3 2\n3 4E-1\n", [[1000, 2], [3, 0.4]]),
        (".5,5.\n-.5,+2.\n", [[0.5, 5], [-0.5, 2]]),
        ("'1.5','2.5'\n'3.5','4.5'\n", [[1.5, 2.5], [3.5, 4.5]]),
    ],
)
def test_number_formats_are_decided_by_the_whole_file(text, values):
    assert read(text)[0] == values


@pytest.mark.parametrize("line", [" " * 9000 + '"', '"', ',"' * 99, '"a' * 3, '"' * 101, "'" * 99 + '"'])
def test_quotes_that_never_close_do_not_swallow_the_table(line):
    content = "1,2\n" + f"{line}\n" * (100_000 // (len(line) + 1)) + "3,4\n"
    assert read_table(content.encode()).values.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    "text",
    [
        "3,05\n2,17\n1,98\n",
        "x\n1,000\n0,988\n",
        "1,3,05\n2,2,17\n3,1,98\n",
        "t,h\n0,3,05\n1,2,17\n2,1,98\n",
        "-0,5\n1,5\n",
    ],
)
def test_decimal_commas_that_nothing_quotes_are_not_two_columns(text: str) -> None:
    with pytest.raises(UserError, match="stands inside a number"):
        read_table(text.encode())


@pytest.mark.parametrize("text", ["500,300\n20,0\n0,10\n", "003,005\n007,012\n", ",x,y\n0,5,7\n1,6,\n2,7,9\n"])
def test_whole_numbers_in_two_columns_stay_two_columns(text: str) -> None:
    assert len(read_table(text.encode()).values) >= 2


@pytest.mark.parametrize("odd", ["(0.5)", "0.5-", "<0.01", "0.5 W"])
def test_rows_of_something_else_than_numbers_are_not_dropped_by_the_dozen(odd: str) -> None:
    rows = [f"{i}.5;{odd if i % 3 == 1 else i}" for i in range(30)]
    with pytest.raises(UserError, match=r"10 of 30 rows hold something else than plain numbers, like line 3: “1\.5;"):
        read_table("\n".join(["x;y", *rows]).encode())
    with_gaps = [row.replace(odd, "") for row in rows]
    assert len(read_table("\n".join(["x;y", *with_gaps]).encode()).values) == 20


def test_a_dash_of_a_word_processor_is_a_minus() -> None:
    assert read_table("x,y\n–0.5,1\n2,–3\n".encode()).values.tolist() == [[-0.5, 1], [2, -3]]


def test_two_columns_named_x_are_not_chosen_between() -> None:
    with pytest.raises(UserError, match="2 columns are named “x”"):
        read_table(b"x,x,y\n1,2,3\n4,5,6\n")
    assert read_table(b"x,x,y\n1,2,3\n4,5,6\n", Wish(x=1, y=2)).values.tolist() == [[2, 3], [5, 6]]
