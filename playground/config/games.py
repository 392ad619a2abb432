"""The games there are, as pages list them: key, label, reason. One file of `playground/training/games` each.

Those files need torch, which pages do not import. So their first lines are read here as text.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "training" / "games"


@dataclass(frozen=True)
class Game:
    """Who plays, and what each player minimises. `key` is the name of the file.

    Where it `translates`, G is given samples in place of z.
    """

    key: str
    label: str
    why: str
    translates: bool = False


def _read(file: Path) -> Game | None:
    """The record of a game, from its constants LABEL, WHY and TRANSLATES; None for a file that is no game."""
    found = {
        target.id: statement.value.value
        for statement in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    if not {"LABEL", "WHY"} <= found.keys():
        return None
    return Game(file.stem, str(found["LABEL"]), str(found["WHY"]), bool(found.get("TRANSLATES", False)))


_found = [game for file in FOLDER.glob("*.py") if (game := _read(file)) is not None]
GAMES: dict[str, Game] = {game.key: game for game in sorted(_found, key=lambda game: (game.key != "gan", game.key))}
TRANSLATIONS = tuple(game.key for game in GAMES.values() if game.translates)
