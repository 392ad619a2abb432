"""IDX files of any content: an array, or a sentence that names the file."""

import gzip
import math
import struct

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from playground.data.idx import LIMIT, parse_idx
from playground.utils.errors import UserError

MANY = settings(max_examples=200, deadline=None, derandomize=True)
SIDES = st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 12), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("idx")


def parse(folder, content, name):
    path = folder / name
    path.write_bytes(content)
    return parse_idx(path)


def check(folder, content):
    """What a file gives, plain and packed; None for a sentence."""
    arrays, said = [], []
    for name, stored in (("a", content), ("a.gz", gzip.compress(content, 1))):
        try:
            arrays.append(parse(folder, stored, name))
        except UserError as error:
            said.append(str(error))
            arrays.append(None)
    assert all(one.startswith(("a: ", "a.gz: ")) and len(one) < 300 for one in said)
    plain, packed = arrays
    assert (plain is None) == (packed is None)
    if plain is not None:
        assert plain.dtype == np.uint8
        assert np.array_equal(plain, packed)
    return plain


def header(sides, kind=8):
    return struct.pack(f">BBBB{len(sides)}I", 0, 0, kind, len(sides), *sides)


@MANY
@given(st.binary(max_size=64))
@example(b"")
@example(b"\0\0\x08\0")
@example(b"\0\0\x08\xff" + b"\0" * 1020)
def test_any_bytes_are_an_array_or_a_sentence(folder, content):
    array = check(folder, content)
    assert array is None or content.startswith(b"\0\0\x08")


@MANY
@given(SIDES, st.binary(max_size=200), st.integers(0, 255) | st.just(8))
@example([0, 2**32 - 1, 2**32 - 1], b"", 8)
@example([2**31, 0, 2**31, 2**31], b"", 8)
@example([2**32 - 1] * 4, b"", 8)
def test_any_header_is_held_to_its_body(folder, sides, body, kind):
    array = check(folder, header(sides, kind) + body)
    small = math.prod(max(side, 1) for side in sides) <= LIMIT
    right = kind == 8 and len(sides) <= 4 and math.prod(sides) == len(body) and small
    assert (array is not None) == right
    if array is not None:
        assert array.shape == tuple(sides)
        assert array.tobytes() == body


@MANY
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.data())
def test_a_file_cut_off_anywhere_is_a_sentence(folder, sides, data):
    whole = header(sides) + bytes(math.prod(sides))
    assert check(folder, whole).shape == tuple(sides)
    assert check(folder, whole[: data.draw(st.integers(0, len(whole) - 1))]) is None


@MANY
@given(st.binary(max_size=64))
@example(b"\x1f\x8b")
@example(b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\xff\xff")
def test_any_bytes_named_gz_are_a_sentence(folder, content):
    with pytest.raises(UserError, match=r"^b\.gz: "):
        parse(folder, content, "b.gz")


@MANY
@given(st.data())
def test_a_damaged_gz_is_never_another_array(folder, data):
    whole = header([4, 5]) + bytes(range(20))
    packed = bytearray(gzip.compress(whole))
    place = data.draw(st.integers(0, len(packed) - 1))
    packed[place] ^= 1 << data.draw(st.integers(0, 7))
    cut = data.draw(st.booleans())
    try:
        array = parse(folder, bytes(packed[: place if cut else None]), "c.gz")
    except UserError:
        return
    assert not cut
    assert array.tobytes() == bytes(range(20))
