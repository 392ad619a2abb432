"""The texts that are translated: those in `_()`, and those of the records, which pages put into it.

`python -m tests.messages` brings the file of each language up to date: new texts wait there for a translation, and
those that are gone are gone. `python -m tests.messages LANGUAGE` begins the file of another language.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from playground.config import knob, presets
from playground.config.games import GAMES
from playground.config.races import RACES
from playground.config.run_config import KNOBS
from playground.data import DATASETS
from playground.data.modality import MODALITIES
from playground.data.tasks import TASKS
from playground.lessons import vocabulary
from playground.losses.objectives import OBJECTIVES
from playground.metrics.catalogue import MEASURES
from playground.models import NETWORKS
from playground.ui.glossary import TERMS
from playground.ui.modalities import ON_PAGES
from playground.ui.pages import PAGES
from playground.ui.pages.latent.tools import GROUPS, TOOLS
from playground.utils import shares, translation

ROOT = Path(__file__).parents[1]
# Each registry, and which attributes of its records a person reads. An attribute may hold several texts.
RECORDS: tuple[tuple[str, Iterable[Any], str], ...] = (
    ("config/presets", presets.PRESETS.values(), "label why group"),
    ("config/races", RACES.values(), "label why"),
    ("config/races", [lane for race in RACES.values() for lane in race.lanes], "name"),
    ("config/run_config", KNOBS.values(), "label help words group choices"),
    ("config/games", GAMES.values(), "label why"),
    ("data/tasks", TASKS.values(), "label why strength"),
    ("data", DATASETS.values(), "label source licence"),
    ("data/modality", MODALITIES.values(), "label title"),
    ("losses/objectives", OBJECTIVES.values(), "label why output watch paper settings_from"),
    ("models", NETWORKS.values(), "label why"),
    ("metrics/catalogue", MEASURES.values(), "label says formula paper"),
    ("lessons/vocabulary", vocabulary.VOCABULARY.values(), "type takes"),
    ("ui/modalities", ON_PAGES.values(), "prepares distance"),
    ("ui/glossary", TERMS.values(), "name sentence"),
    ("ui/pages", PAGES.values(), "title"),
    ("ui/pages/latent/tools", TOOLS.values(), "title learns lacks"),
    ("utils/shares", shares.SHARES.values(), "says beyond"),
)
TABLES: Mapping[str, Mapping[Any, Any] | Iterable[str]] = {
    "config/knob": knob.GROUPS,
    "config/presets": presets.GROUPS,
    "ui/pages/latent/tools": GROUPS,
    "utils/shares": shares.LIMITS,
}  # of texts alone
JOINTS = ("{a}, {b}",)  # how `joined` puts texts together, where another language has another mark
_IDLE = tuple(
    f'"{name}'.encode()
    for name in (
        "Generated-By",
        "Language-Team",
        "Last-Translator",
        "PO-Revision-Date",
        "POT-Creation-Date",
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
    )
)  # lines of a file's head that say nothing here


def of_records() -> dict[str, list[str]]:
    """The texts of the registries, and where each stands."""
    found: dict[str, list[str]] = {}

    def add(value: Any, place: str) -> None:
        if isinstance(value, Mapping):
            value = list(value.values())
        for text in [value] if isinstance(value, str) else value or ():
            if any(map(str.isalpha, text)) and place not in found.setdefault(text, []):
                found[text].append(place)

    for place, records, attributes in RECORDS:
        for record in records:
            for attribute in attributes.split():
                add(getattr(record, attribute), f"playground/{place}")
    for place, texts in TABLES.items():
        add(texts, f"playground/{place}")
    add(JOINTS, "playground/utils/translation.py")
    return found


def in_source() -> dict[str, list[str]]:
    """The texts in `_()`, and the files that have them. Babel would miss those within an f-string."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "playground").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and node.args:
                for text in _literals(node.args[0]):
                    places = found.setdefault(text, [])
                    if (place := file.relative_to(ROOT).as_posix()) not in places:
                        places.append(place)
    return found


def _literals(node: ast.expr) -> list[str]:
    """The texts that an expression may be."""
    if isinstance(node, ast.IfExp):
        return _literals(node.body) + _literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else []


@cache
def template() -> Catalog:
    """All texts, without translations."""
    catalog = Catalog(project="GAN Playground", charset="utf-8", fuzzy=False, header_comment="# GAN Playground")
    for text, places in [*in_source().items(), *of_records().items()]:
        catalog.add(text, locations=[(place, 0) for place in places])
    return catalog


def read(file: Path) -> Catalog:
    """The translations in a file. Raises OSError, and Babel's errors."""
    with file.open("rb") as content:
        return read_po(content, abort_invalid=True)


def updated(catalog: Catalog) -> Catalog:
    """The same translations for the texts of today; none is guessed."""
    catalog.update(template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def written(catalog: Catalog) -> bytes:
    """A file of translations. It has no dates and no lines, which would be another difference in every change."""
    catalog.header_comment = "# GAN Playground. See docs/translating.md."
    content = io.BytesIO()
    write_po(content, catalog, width=100, include_lineno=False, sort_by_file=True)
    return b"".join(line for line in content.getvalue().splitlines(keepends=True) if not line.startswith(_IDLE))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.messages", description=__doc__)
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE", help="like de or pt_BR; all that there are")
    options = parser.parse_args()
    for language in options.languages or [name for name in translation.languages() if name != translation.ENGLISH]:
        file = translation.file_of(language)
        catalog = updated(read(file) if file.exists() else Catalog(locale=language, fuzzy=False))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(written(catalog))
        open_ = sum(not entry.string for entry in catalog if entry.id)
        print(f"{file.relative_to(ROOT)}: {len(catalog)} texts, {open_} without a translation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
