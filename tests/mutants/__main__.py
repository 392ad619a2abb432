"""Puts each mutant into a copy of the project and runs the tests that must notice it.

`python -m tests.mutants [--only WORD ...] [--json FILE]`. Exit code 1 if one survives without a reason in `EXCUSED`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playground.benchmarks.stamp import stamp
from playground.utils import files
from tests.mutants.table import EXCUSED, MUTANTS, ROOT, Mutant

COPIED = ("playground", "tests", "assets/data", "pyproject.toml", "README.md", "docs")
LIMIT = 600  # seconds for the tests of one mutant; a mutant that never ends is noticed, too


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="WORD", help="mutants whose name or file has one of these words")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    chosen = [m for m in MUTANTS if not options.only or any(word in m.name + m.file for word in options.only)]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.processes) as pool:
        sound, all_tests = _copy(Path(folder) / "sound"), sorted({m.tests for m in chosen})
        passed = list(pool.map(lambda tests: _passes(sound, tests), all_tests))
        if failing := [tests for tests, passes in zip(all_tests, passed, strict=True) if not passes]:
            print(f"These tests fail without any mutant: {failing}", file=sys.stderr)
            return 2
        print(f"{len(all_tests)} sets of tests pass without a mutant.", flush=True)
        numbered = list(enumerate(chosen))
        noticed = list(pool.map(lambda each: _noticed(each[1], Path(folder) / str(each[0])), numbered))
    survivors = [m.name for m, found in zip(chosen, noticed, strict=True) if not found]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants were noticed.")
    for name in survivors:
        print(f"Survived: {name}. {EXCUSED.get(name, '')}")
    if options.json:
        rows = [{"mutant": m.name, "file": m.file, "noticed": found} for m, found in zip(chosen, noticed, strict=True)]
        report = stamp() | {"command": "python -m tests.mutants", "noticed": len(chosen) - len(survivors),
                            "survivors": {name: EXCUSED.get(name, "") for name in survivors}, "rows": rows}  # fmt: skip
        files.write(options.json, json.dumps(report, indent=1).encode())
    return int(any(name not in EXCUSED for name in survivors))


def _copy(folder: Path) -> Path:
    """A copy of the project in `folder`, made once."""
    if not folder.exists():
        for name in COPIED:
            source, target = ROOT / name, folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, target)
    return folder


def _noticed(mutant: Mutant, folder: Path) -> bool:
    """Whether one of the mutant's tests fails with it."""
    path = _copy(folder) / mutant.file
    path.write_text(mutant.change(path.read_text(encoding="utf-8")), encoding="utf-8")
    found = not _passes(folder, mutant.tests)
    shutil.rmtree(folder)
    print(f"{'noticed ' if found else 'SURVIVED'}  {mutant.file}: {mutant.name}", flush=True)
    return found


def _passes(folder: Path, tests: tuple[str, ...]) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    git = subprocess.run(
        ["git", "rev-parse", "--absolute-git-dir"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    home = {"PLAYGROUND_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1", "GIT_DIR": git.stdout.strip()}
    try:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, **home}, capture_output=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout.decode()[-2000:])
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
