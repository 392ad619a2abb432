"""The door imports nothing heavy; the rest of the rooms is checked by lint-imports."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]


def imported(path):
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def test_the_door_does_not_import_torch():
    assert "torch" not in set(imported(ROOT / "app.py"))


def test_requirements_are_pinned_and_used():
    used = {name for path in (ROOT / "playground").rglob("*.py") for name in imported(path)}
    used |= set(imported(ROOT / "app.py"))
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and line[0] != "#"]
    assert all(line.count("==") == 1 for line in lines)
    names = {line.partition("==")[0] for line in lines}
    imports = {"pillow": "PIL"}
    assert {imports.get(name, name) for name in names} <= used
    third_party = used & {"altair", "pandas", "psutil", "requests", "scipy", "sklearn", "tornado", "yaml"}
    assert not third_party


def test_readme_names_every_package():
    readme = (ROOT / "README.md").read_text()
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / file).read_text().splitlines():
            if "==" in line:
                assert line.partition("==")[0] in readme


def test_no_file_is_longer_than_a_person_reads():
    """The table of knobs is a table."""
    lengths = {path.name: len(path.read_text().splitlines()) for path in (ROOT / "playground").rglob("*.py")}
    assert lengths.pop("run_config.py") > 0
    assert not {name: length for name, length in lengths.items() if length > 350}
