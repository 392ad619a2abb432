"""A person's table of points: every way to write one, and whatever else may arrive."""

import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from playground.data import scaling, table
from playground.data.table import parse_points, read_table, scale
from playground.utils.errors import UserError

PLAIN = settings(max_examples=150, deadline=None, derandomize=True)
SQUARE = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32)
POINTS = [(0, 0), (2.5, 0), (2.5, 2.5), (0, 2.5)]


def written(separator, comma=False, rows=POINTS):
    text = "".join(f"{x}{separator}{y}\n".replace(".", "," if comma else ".") for x, y in rows)
    return text.encode()


def finding(content):
    """The only finding of a table."""
    _points, findings = parse_points(content)
    (one,) = findings
    return one


def refused(content):
    with pytest.raises(UserError) as error:
        parse_points(content)
    return str(error.value)


@pytest.mark.parametrize(
    "content",
    [
        written(","),
        written(", "),
        written(";"),
        written("\t"),
        written(" "),
        written("   "),
        written(";", comma=True),
        written("\t", comma=True),
        written(" ", comma=True),
        b"x,y\n" + written(","),
        "größe;höhe\n".encode("latin-1") + written(";", comma=True),
        b"\n\n" + written(",").replace(b"\n", b"\n  \n"),
        written(",").replace(b"\n", b"\r\n"),
        written(",").replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + written(","),
        b"\xef\xbb\xbfx,y\n" + written(","),
        written("\t").decode().encode("utf-16"),
        ("x\ty\n" + written("\t", comma=True).decode()).encode("utf-16"),
        written(";").decode().encode("utf-16-le"),
        written(";").decode().encode("utf-16-be"),
        b'"0","0"\n"2.5","0"\n"2.5","2.5"\n"0","2.5"',
        written(",").rstrip(),
    ],
)
def test_every_way_to_write_a_table_is_read(content):
    points, findings = parse_points(content)
    assert points.dtype == np.float32
    assert np.array_equal(points, SQUARE)
    assert findings == []


def test_more_columns_are_said():
    assert read_table(b"1,2,3\n4,5,6").understood.startswith("Columns 1 and 2 of 3 are x and y; ")
    assert read_table(b"1,2,\n4,5,").understood.startswith("Columns 1 and 2 of 2 ")  # nothing stands in the third


def test_rows_without_numbers_are_counted_and_the_first_named():
    content = b"x,y\n1,2\nred,3\n4,nan\n5,inf\n6\n7,8\n1_0,2\n"
    assert finding(content) == (
        "Rows without two finite numbers were left out: 5 (line 3: “red,3”; line 4: “4,nan”; line 5: “5,inf”; …)."
    )


def test_a_named_row_is_short_and_printable():
    said = finding(b"1,2\n3,4\n" + b"\x1b[31m\x00"[:-1] + b"a" * 500 + b"\n")
    assert said == f"Rows without two finite numbers were left out: 1 (line 3: “[31m{'a' * 25}…”)."


def test_a_line_that_is_too_long_is_left_out():
    assert finding(b"1,2\n3,4\n" + b"0" * 20_000 + b",2\n").endswith(f"left out: 1 (line 3: “{'0' * 29}…”).")
    assert finding(b"1,2\n3,4\n5,6" + b" " * 20_000 + b"\n").endswith("left out: 1 (line 3: “5,6”).")


def test_rubbish_is_refused_in_words():
    text = "This is not a table of text. Save it as CSV and try again."
    assert refused(b"PK\x03\x04\x14\x00\x06\x00") == text
    assert refused(bytes(5000)) == text
    numbers = "No line holds two numbers. Write one point a line, x, then y, like “0.5, 1.2”."
    assert refused(b"") == numbers
    assert refused(bytes(range(1, 256)) * 20) == numbers
    assert refused(b"1,2,3,4," * 10_000) == numbers
    assert refused("мир труд май".encode("utf-16")) == numbers


def test_one_place_is_not_enough():
    text = "There is only one place in the table. Give at least 2 different points."
    assert refused(b"1,2") == text
    assert refused(b"1,2\n" * 50) == text


def test_a_table_that_is_too_large_is_refused():
    assert refused(bytes(table.BYTES + 1)) == "The table is larger than 50 MB. Use a part of it."


def test_of_a_long_table_every_kth_row_is_taken():
    content = b"".join(b"%d,0\n%d,1\n" % (i, i) for i in range(300_000))
    points, findings = parse_points(content)
    assert findings[0] == "Of 600\u202f000 rows, one in 3 was taken."
    assert len(points) == 200_000
    assert np.unique(points[:, 1]).size == 2  # rows that take turns both stay


@pytest.mark.parametrize(
    ("content", "points"),
    [
        (b"1,2\n3,4\n" * 500_000, 200_000),
        (b"1,2\n" + b"3" * 20_000_000 + b"\n3,4", 2),
        (b"\n" * 5_000_000 + b"1,2\n3,4", 2),
    ],
    ids=["many rows", "one long line", "blank lines"],
)
def test_a_long_text_takes_seconds(content, points):
    begin = time.process_time()
    assert len(parse_points(content)[0]) == points
    assert time.process_time() - begin < 5


def test_shapes_keep_their_form():
    points, said = scale(np.array([(10, 100), (14, 100), (14, 101), (10, 101)]))
    assert np.allclose(points, [(-1, -0.25), (1, -0.25), (1, 0.25), (-1, 0.25)])
    assert said == ""


def test_axes_of_different_units_are_scaled_apart():
    points, said = scale(np.array(POINTS) * (1, 1000))
    assert np.allclose(points, SQUARE)
    assert said == "One axis spans more than 5 times the other, so each was scaled by itself."


def test_a_constant_axis_stays_constant():
    points, said = scale(np.array([(0, 7), (1, 7), (2, 7)]))
    assert np.array_equal(points, [(-1, 0), (0, 0), (1, 0)])
    assert said == ""


def test_outliers_are_left_out_and_counted():
    square = np.random.default_rng(0).uniform(0, 10, (1000, 2))
    points, said = scale(np.concatenate([square, [(1e9, 0)]]))
    assert said == "Points far outside the others were left out: 1."
    assert len(points) == 1000
    assert 0.9 < np.abs(points).max() < 1.1
    normal, said = scale(np.random.default_rng(0).normal(size=(10_000, 2)))
    assert (len(normal), said) == (10_000, "")
    assert np.abs(normal).max() == 1


@pytest.mark.parametrize("unit", [1e300, 1.7e308, 1e-300, 5e-324])
def test_the_largest_and_smallest_numbers_are_scaled(unit):
    points, said = scale(np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * unit)
    assert np.array_equal(points, SQUARE)
    assert said == ""


def test_nothing_to_scale_is_no_error():
    assert scale(np.zeros((0, 2)))[0].shape == (0, 2)
    assert np.array_equal(scale(np.full((5, 2), 3.0))[0], np.zeros((5, 2)))


def check(points):
    assert points.dtype == np.float32
    assert points.ndim == 2
    assert points.shape[1] == 2
    assert np.isfinite(points).all()
    assert (np.abs(points) <= scaling.FAR).all()


def check_table(content):
    try:
        points, findings = parse_points(content)
    except UserError:
        return
    check(points)
    assert 2 <= len(points) <= table.LIMIT
    assert (points != points[0]).any()
    assert all(findings)


@PLAIN
@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@example(b"\xff\xfe\x00\xd8")
@example(b"1,2\n\x00")
def test_any_bytes_are_a_table_or_a_sentence(content):
    check_table(content)


@PLAIN
@given(st.text(st.sampled_from('0123456789+-.eE,; \t\r\n"_nafi\ufeff٣é'), max_size=200))
def test_any_text_that_is_nearly_a_table_is_one_or_a_sentence(text):
    for encoding in ("utf-8", "utf-16"):
        check_table(text.encode(encoding))


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TABLES = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=60)


@PLAIN
@given(TABLES, st.sampled_from([",", ";", "\t", " "]), st.booleans())
def test_a_table_of_any_numbers_comes_back_scaled(rows, separator, heading):
    wanted, _said = scale(np.array(rows, np.float64))
    content = ("x" + separator + "y\n" if heading else "").encode() + written(separator, rows=rows)
    if len(set(rows)) < 2:
        assert "only one place" in refused(content)
        return
    points, _findings = parse_points(content)
    assert np.array_equal(points, wanted)


@PLAIN
@given(TABLES)
@example([(0.0, 0.0)] * 30 + [(1.0, 5e-324)])
@example([(0.0, 0.0)] * 25 + [(1e308, -1e308)] * 25 + [(-1e308, 1e-308)])
def test_any_numbers_are_scaled(rows):
    points, _said = scale(np.array(rows, np.float64))
    check(points)
    if len(set(rows)) > 1:
        assert len(points) >= 2
        assert np.abs(points).max() >= 0.5


@PLAIN
@given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)), min_size=2, max_size=19, unique=True))
def test_scaling_is_one_factor_and_one_shift_an_axis(rows):
    rows = np.array(rows, np.float64)
    points, said = scale(rows)
    assert len(points) == len(rows)
    spans, sizes = np.ptp(rows, axis=0), np.ptp(points.astype(np.float64), axis=0)
    factors = sizes[spans > 0] / spans[spans > 0]
    factor = np.divide(sizes, spans, where=spans > 0, out=np.zeros(2))
    assert np.allclose(points - points[0], (rows - rows[0]) * factor, atol=1e-5)
    if not said:
        assert np.allclose(factors, factors[0])
