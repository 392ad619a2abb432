"""The script as a Jupyter notebook: the same code, in cells under headings."""

from __future__ import annotations

import ast
import json
from typing import Any

from playground.export.script import templates
from playground.export.script.write import sections
from playground.utils.recipe import Recipe

STEPS = 2000


def notebook(recipe: Recipe, title: str) -> str:
    """The notebook as JSON (nbformat 4.5)."""
    parts = sections(recipe, title)
    heading, head = parts[0]
    said = ast.get_docstring(ast.parse(head)) or ""
    imports = head.rpartition('"""')[2].strip().replace("import argparse\n", "")
    cells = [_markdown(f"# {heading}\n\n{_without_command(said)}"), _code(imports)]
    for name, text in parts[1:-1]:
        cells += [_markdown(f"## {name}"), _code(text.split("\n", 2)[2].strip())]
    loop = parts[-1][1].split("\n", 2)[2].partition("\n\n\ndef main():")[0]
    cells += [_markdown(f"## {parts[-1][0]}"), _code(loop.strip()), *(_code(text) for text in templates.cells(STEPS))]
    for cell in cells:
        cell["source"] = cell["source"].replace(templates.BESIDE, templates.HERE)
    for n, cell in enumerate(cells):
        cell["id"] = f"cell-{n}"
    about = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    whole = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _without_command(said: str) -> str:
    return "\n\n".join(part for part in said.split("\n\n") if not part.startswith("    "))


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": text}
