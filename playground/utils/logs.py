"""What a server writes to standard error: one line of JSON for each event.

A line has no names of people or files, no data, and no id by which a run could be found: of a sentence that the program
wrote it has the form without what was put in. `PLAYGROUND_LOG=debug` adds the words and tracebacks, which may have all
of these.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

SETTING = "PLAYGROUND_LOG"
LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "off": logging.CRITICAL + 1,
}
PLACES = 4  # of a traceback
ROOT = Path(__file__).resolve().parents[2]
Value = str | int | float
log = logging.getLogger(__name__)


def extra(event: str, **values: Value) -> dict[str, Any]:
    """For the `extra` of a logger: what happened, in one word, and what goes into its line."""
    return {"event": event, "values": values}


def failure(logger: logging.Logger, error: BaseException, event: str = "failure") -> str:
    """Log an error of ours under a name; gives the name, for the person who met it."""
    name = secrets.token_hex(3)
    logger.error("error %s: %s", name, error, exc_info=error, extra=extra(event, id=name))
    return name


class Line(logging.Formatter):
    """Makes a line of a record."""

    def __init__(self, process: str, whole: bool = False) -> None:
        super().__init__()
        self._process, self._whole = process, whole  # `whole`: with all words

    def format(self, record: logging.LogRecord) -> str:
        row: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "process": self._process,
            "event": getattr(record, "event", "note"),
            **getattr(record, "values", {}),
        }
        if row["event"] == "note":
            row |= {"at": f"{record.name}:{record.lineno}", "form": str(record.msg)}
        error = record.exc_info[1] if record.exc_info else None
        arguments = record.args if isinstance(record.args, tuple) else ()
        error = error or next((one for one in arguments if isinstance(one, BaseException)), None)
        if error is not None:
            row["error"] = type(error).__name__
            if places := _places(error):
                row["trace"] = places
        if self._whole:
            row["words"] = record.getMessage()
            if error is not None:
                row["whole"] = "".join(traceback.format_exception(error))
        return json.dumps(row, ensure_ascii=False)


class _ToStandardError(logging.Handler):
    """Writes where standard error is by now."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def _places(error: BaseException) -> list[str]:
    """Where an error came from: files of the program and of libraries, without their folders."""
    frames = traceback.extract_tb(error.__traceback__)
    outer = frames[:-PLACES]  # of these the last one of the program, and of a library
    kinds = [
        [n for n, frame in enumerate(outer) if Path(frame.filename).is_relative_to(ROOT / "playground")],
        [n for n, frame in enumerate(outer) if "/site-packages/" in frame.filename],
    ]
    shown = [*(outer[n] for n in sorted(found[-1] for found in kinds if found)), *frames[-PLACES:]]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in shown]


def _short(path: str) -> str:
    _folder, library, name = path.rpartition("/site-packages/")
    file = Path(path)
    return name if library else str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else "/".join(file.parts[-2:])


def level() -> int:
    """How much is written: `PLAYGROUND_LOG`, else what is worth knowing."""
    return LEVELS.get(os.environ.get(SETTING, "").strip().lower(), logging.INFO)


def prepare(process: str, name: str = "playground") -> Callable[[], None]:
    """Have the loggers below `name` write lines to standard error; gives what ends that."""
    logger, handler = logging.getLogger(name), _ToStandardError()
    before = logger.level
    handler.setFormatter(Line(process, whole=level() <= logging.DEBUG))
    handler.setLevel(level())
    logger.addHandler(handler)
    logger.setLevel(level())
    if (asked := os.environ.get(SETTING, "")) and asked.strip().lower() not in LEVELS:
        log.warning("%s is none of %s: %s", SETTING, ", ".join(LEVELS), asked)

    def end() -> None:
        logger.removeHandler(handler)
        logger.setLevel(before)

    return end
