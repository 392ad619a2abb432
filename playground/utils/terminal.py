"""Standard output and standard error that take every sentence, whatever they are connected to."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from contextlib import suppress
from typing import Any

ERRORS = "playground.plain"
# How our own sentences are spelled where these characters cannot be written. Quotation marks become single ones, so
# that JSON stays JSON.
PLAIN = {
    **dict.fromkeys("“”‘’′", "'"),
    **dict.fromkeys("–—−", "-"),
    **dict.fromkeys("\u00a0\u2009\u202f", " "),
    **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
    **{raised: f"^{n}" for n, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    "⁻": "^-",
    "…": "...",
    "×": "x",
    "·": "*",
    "÷": "/",
    "±": "+/-",
    "→": "->",
    "↑": "up",
    "↓": "down",
    "≤": "<=",
    "≥": ">=",
    "½": "1/2",
    "√": "sqrt",
    "∇": "grad ",
    "Σ": "sum",
    "‖": "||",
    "⟨": "<",
    "⟩": ">",
    "ₖ": "_k",
    "\u0302": "^",
    "β": "beta",
    "γ": "gamma",
    "ε": "epsilon",
    "λ": "lambda",
    "μ": "mu",
    "σ": "sigma",
    "φ": "phi",
    "ψ": "psi",
    "é": "e",
    "ä": "a",
    "ö": "o",
    "ń": "n",
}


def prepare() -> None:
    """Have both streams spell what they cannot show; a stream that was closed takes everything and keeps nothing."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)


def replace_character(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that an encoding lacks: our spelling of a symbol, else \\uXXXX as in JSON.

    A word or the name of a folder keeps every character: it is spelled only if all of it is in `PLAIN`.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    ours = all(c in PLAIN for c in lacking)
    return "".join(PLAIN[c] if c in PLAIN and (ours or not c.isalpha()) else _escaped(c) for c in lacking), error.end


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


codecs.register_error(ERRORS, replace_character)


def print_json(value: Any) -> None:
    """Print JSON that says the same in every encoding. Raises OSError."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    sys.stdout.write(text + "\n")


def say(sentence: str) -> None:
    """Print a line for a reader who may have gone: what was done stays done."""
    try:
        print(sentence, flush=True)
    except OSError:
        give_up_output()


def complain(sentence: str) -> None:
    """Print one line to standard error, if anybody reads it."""
    with suppress(OSError):
        print(" ".join(sentence.split()), file=sys.stderr, flush=True)


def give_up_output() -> None:
    """Throw away what standard output still holds, which Python would try to write once more at its end."""
    with suppress(OSError):  # io.UnsupportedOperation where it is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
