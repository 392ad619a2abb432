"""The folders that pictures lie in as the names of classes, and names fit to be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from playground.utils.errors import UserError
from playground.utils.translation import _

CLASSES = 100
NAME = 40  # letters of a class's name
_SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation"}  # folders that are parts of one set


def labels(folders: Sequence[tuple[str, ...]], sources: Sequence[int]) -> tuple[list[str], list[str]]:
    """The class of each picture by its folders and the upload it came in; and what was merged, one sentence each.

    Each upload that has classes of its own keeps them; the others are looked at together. "" where there are no
    classes. Raises UserError.
    """
    found, together, merged = [""] * len(folders), [], []
    places: dict[int, list[int]] = {}
    for i, source in enumerate(sources):
        places.setdefault(source, []).append(i)
    for mine in places.values():
        names, said = _labels([folders[i] for i in mine])
        if not any(names):
            together += mine
            continue
        merged += said
        for i, name in zip(mine, names, strict=True):
            found[i] = name
    names, said = _labels([folders[i] for i in together]) if together else ([], [])
    for i, name in zip(together, names, strict=True):
        found[i] = name
    if any(found):
        found = [label or next(map(clean, folders[i]), _("other")) for i, label in enumerate(found)]
    if len(set(found)) > CLASSES:
        raise UserError(_("There are more than {n} subfolders. Make at most {n} classes of them.").format(n=CLASSES))
    return found, list(dict.fromkeys([*merged, *said]))


def _labels(folders: Sequence[tuple[str, ...]]) -> tuple[list[str], list[str]]:
    """The class of each picture: the first level of folders that not all have in common; and what was merged.

    A level of folders that are all called train, test, val and the like is no classes: it is passed over, and said.
    """
    merged: list[str] = []
    common = 0
    while all(len(path) > common for path in folders):
        names = sorted({path[common] for path in folders})
        if len(names) > 1 and not {name.lower() for name in names} <= _SPLITS:
            break
        if len(names) > 1:
            merged.append(
                _("The folders {names} are parts of one set and were merged.").format(
                    names=", ".join(f"“{clean(name)}”" for name in names)
                )
            )
            folders = [path[:common] + path[common + 1 :] for path in folders]
        else:
            common += 1
    found = [clean(path[common]) if len(path) > common else "" for path in folders]
    if not any(found):
        return found, merged
    return [label or _("other") for label in found], merged


def clean(name: str) -> str:
    """A folder's name as that of a class: printable and short."""
    return "".join(c for c in name if c.isprintable()).strip()[:NAME].strip() or _("other")


def shown(name: str) -> str:
    """A path, printable and short: the end of a long one."""
    name = "".join(c for c in name[-1000:] if c.isprintable()).strip() or _("nameless")
    return name if len(name) <= 60 else "…" + name[-59:]


def natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """A key that sorts “2” before “10”."""
    parts = re.split(r"([0-9]+)", name.lower())
    return [(int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in parts], name
