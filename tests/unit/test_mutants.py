"""The table of mutants fits the code: each can be made, and its tests are there."""

from __future__ import annotations

import ast

import pytest

from tests.mutants.table import EXCUSED, MUTANTS, ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_its_file_and_names_tests_that_are_there(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    changed = mutant.change(text)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text))
    assert all((ROOT / name).is_file() for name in mutant.tests)


def test_names_are_unique_and_only_mutants_are_excused() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(set(names)) == len(names)
    assert EXCUSED.keys() <= set(names)
