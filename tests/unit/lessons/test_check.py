"""Checks of lessons: what they may say, what is refused, and what they come to."""

from __future__ import annotations

import random
import string
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest

from playground.config.run_config import KNOBS
from playground.lessons.check import LONGEST, CheckError, parse
from playground.lessons.vocabulary import VOCABULARY

NOW: dict[str, Any] = {
    "step": 250, "modes": 6, "d_loss": 1.4, "g_loss": None, "playing": True, "diagnosis": "collapse", "page": "train",
    "objective": "minimax", "d_lr": 0.002, "conditional": False, "high_quality": float("nan"),
    "changed": frozenset({"d_lr"}), "metric": {"frechet": 2.0, "kernel": None}, "floor": {"frechet": 0.5},
    "diagnosed": frozenset({"collapse"}), "reached": 400,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("step >= 200 and modes >= 6", True),
        ("step >= 200 and modes > 6", False),
        ("step < 200 or modes == 6", True),
        ("200 <= step < 300", True),
        ("200 <= step < 250", False),
        ("not playing", False),
        ("playing == True", True),
        ("not conditional", True),
        ("objective != 'non-saturating'", True),
        ('diagnosis == "collapse" and page == "train"', True),
        ("d_lr * 1000 == 2", True),
        ("-d_loss + 2 > 0.5 and step / 5 - 50 == 0", True),
        ('changed("d_lr")', True),
        ('changed("g_lr")', False),
        ('metric("frechet") < 5 * floor("frechet")', True),
        ('diagnosed("collapse") and not diagnosed("vanishing")', True),
        ("reached(400)", True),
        ("reached(401)", False),
    ],
)
def test_what_a_check_comes_to(text: str, holds: bool) -> None:
    check = parse(text)
    assert check.text == text
    assert check.holds(NOW) is holds


@pytest.mark.parametrize(
    "text",
    [
        "g_loss < 100",
        "g_loss > -100",
        "g_loss == g_loss",
        "g_loss != 3",
        "not g_loss < 100",
        "high_quality >= 0",
        'metric("kernel") < 9',
        'metric("nothing") < 9',
        'floor("kernel") < 9',
        "step / (modes - 6) > 0",
        "moments >= 0",
        'not changed("d_lr") and g_loss > 0',
        "d_loss + g_loss > 0",
    ],
)
def test_what_is_not_there_yet_is_never_so_and_no_error(text: str) -> None:
    assert parse(text).holds(NOW) is False
    assert parse(text).holds({}) is False


def test_one_known_side_of_an_or_is_enough() -> None:
    assert parse("g_loss < 0 or step > 0").holds(NOW)
    assert not parse("g_loss < 0 and step > 0").holds(NOW)


@pytest.mark.parametrize(
    "value", ["text", b"bytes", object(), [], {}, float("inf"), True, None, pytest.param(10**400, id="huge")]
)
def test_a_reading_of_any_kind_is_no_error(value: Any) -> None:
    for text in ("step > 3", "step * step > 3", "step - step == 0", "step >= modes", "step == 3 or step != 3",
                 'changed("d_lr")', 'metric("frechet") > 1', "reached(3)", "-step < 0", "not playing"):  # fmt: skip
        for other in (True, "a", 3.0):
            every: dict[str, Any] = dict.fromkeys(VOCABULARY, value)
            assert parse(text).holds(every | {"modes": other}) in (True, False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("step", "a number, not yes or no"),
        ("'x'", "a text, not yes or no"),
        ("__import__('os')", "no word “__import__”"),
        ("open('f') == 1", "no word “open”"),
        ("step.real > 1", "not allowed"),
        ("''.join('a') == 'a'", "not allowed"),
        ("step[0] > 1", "not allowed"),
        ("(lambda: 1) == 1", "not allowed"),
        ("[x for x in (1, 2)] == 1", "not allowed"),
        ("(step := 3) > 1", "not allowed"),
        ("f'{step}' == 'a'", "not allowed"),
        ("step if playing else modes", "not allowed"),
        ("9 ** 9 ** 9 > 1", "not allowed"),
        ("1 << 99999999 > 1", "not allowed"),
        ("step // 3 > 1", "not allowed"),
        ("step % 3 > 1", "not allowed"),
        ("~step > 1", "not allowed"),
        ("'a' * 999999999 == 'b'", "where a number is wanted"),
        ("1e999 > step", "larger than"),
        ("1" * 200 + " > step", "larger than"),
        ("2j == 2", "neither a number nor a text"),
        ("None == step", "neither a number nor a text"),
        ("b'a' == page", "neither a number nor a text"),
        ("... == step", "neither a number nor a text"),
        ("step in (1, 2)", "not allowed"),
        ("step is modes", "not with “in” or “is”"),
        ("step == 'a'", "cannot be compared"),
        ("playing > 1", "compare it with == or !="),
        ("page > 'a'", "compare it with == or !="),
        ("step and playing", "where yes or no is wanted"),
        ("not step", "where yes or no is wanted"),
        ("playing + 1 > 0", "where a number is wanted"),
        ("step >=", "cannot be understood"),
        ("step = 3", "cannot be understood"),
        ("import os", "cannot be understood"),
        ("step > 1; playing", "cannot be understood"),
        ("step > 1\nplaying", "cannot be understood"),
        ("step\0 > 1", "cannot be understood"),
        ("\ud800 > 1", "cannot be understood"),
        ("moeds >= 6", "Did you mean “modes”?"),
        ("d_lrr >= 6", "Did you mean “d_lr”?"),
        ("objective == 'minmax'", "Did you mean “minimax”?"),
        ("diagnosis == 'colapse'", "Did you mean “collapse”?"),
        ("page == 'rase'", "Did you mean “race”?"),
        ("step(3) > 1", "takes no brackets"),
        ("changed", "needs a knob in brackets"),
        ("changed()", "takes one knob"),
        ("changed(d_lr)", "takes one knob"),
        ("changed('d_lr', 'g_lr')", "takes one knob"),
        ("changed(*'d_lr')", "takes one knob"),
        ("changed(knob='d_lr')", "takes one knob"),
        ("changed('lr')", "no knob named “lr”"),
        ("changed('g_width')", "starts the run over"),
        ("diagnosed('colapse')", "Did you mean “collapse”?"),
        ("reached('a')", "takes one step"),
        ("reached(True)", "takes one step"),
        ("metric('fdi') > 1", "no metric named “fdi”. Did you mean “fid”?"),
        ("step > 1 " * 60, "longer than"),
        ("(" * 100 + "step > 1" + ")" * 100 + ".x", "not allowed"),
        ("not " * 60 + "playing", "too many brackets"),
        ("-" * 200 + "1 > 0", "too many brackets"),
        ("[" + "-" * 250 + "1]", "not allowed"),
        ("(" * (LONGEST - 1), "cannot be understood"),
    ],
)
def test_all_else_is_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(CheckError) as error:
        parse(text, metrics=("fid",))
    assert says in str(error.value)
    assert len(str(error.value)) < 250


def test_a_text_may_be_as_long_as_it_may_be() -> None:
    assert parse("step > " + " " * (LONGEST - 8) + "1").holds({"step": 2})
    assert parse("-" * 10 + "1 < 2").holds({})


@pytest.mark.parametrize("name", KNOBS)
def test_every_knob_is_a_word(name: str) -> None:
    knob, word = KNOBS[name], VOCABULARY[name]
    assert knob.label in word.says
    given = {name: knob.default}
    if knob.type is bool:
        assert parse(f"{name} == {knob.default}").holds(given)
    else:
        assert parse(f"{name} == {knob.default!r}").holds(given)
    if knob.live:
        assert parse(f'changed("{name}")').holds({"changed": {name}})


def test_no_knob_hides_another_word() -> None:
    others = [name for name in VOCABULARY if name not in KNOBS]
    assert list(VOCABULARY) == [*others, *KNOBS]
    assert all(word.says and "\n" not in word.says for word in VOCABULARY.values())


def test_checks_are_copied_and_are_equal_by_their_text() -> None:
    check = parse("step > 1")
    again = deepcopy(check)
    assert again == check
    assert hash(again) == hash(check)
    assert again.holds({"step": 2})
    assert parse("step > 2") != check


def test_nothing_but_a_check_error_is_raised_whatever_is_written() -> None:
    draw = random.Random(7)
    pieces = [
        *VOCABULARY,
        *"()[]{}.,:;=<>!+-*/%&|^~@'\"#\\\n\t 0123456789",
        "and",
        "or",
        "not",
        "in",
        "is",
        "lambda",
        "if",
        "else",
        "for",
        "await",
        "yield",
        "None",
        "True",
        "==",
        "<=",
        "1e9",
        "'ring'",
        '"d_lr"',
        "0x1F",
        "1_0",
        "f'",
        "b'",
        "…",
        "é",
        "ａ",
        "\ud800",
        "\0",
    ]
    for _round in range(3000):
        text = "".join(draw.choice(pieces) + draw.choice(("", " ")) for _n in range(draw.randrange(14)))
        tries(text)
    for _round in range(1000):
        tries("".join(draw.choice(string.printable) for _n in range(draw.randrange(40))))


def tries(text: str) -> None:
    with suppress(CheckError):
        check = parse(text)
        assert check.holds({}) in (True, False)
        assert check.holds(NOW) in (True, False)
