"""`python -m playground status`: what a server does, from its own /metrics."""

from __future__ import annotations

import argparse
import os
import re
import urllib.error
import urllib.request
from http.client import HTTPException

from playground.utils import terminal
from playground.utils.errors import UserError
from playground.utils.translation import _

PATIENCE = 10.0  # seconds
LIMIT = 100_000  # bytes of an answer
_LINE = re.compile(r"^gan_playground_(\w+?)(?:_total)? ([0-9.e+-]+)$", re.MULTILINE)


def run(options: argparse.Namespace) -> int:
    """Print each number with what it says; gives the exit code. Raises UserError if the server does not answer."""
    address = options.address.rstrip("/") + "/metrics"
    if not address.startswith(("http://", "https://")):
        raise UserError(_("“{address}” is no address of a server. It begins with http://.").format(address=address))
    text = _answer(address)
    says = dict(re.findall(r"# HELP gan_playground_(\w+?)(?:_total)? (.+)", text))
    found = {name: float(value) for name, value in _LINE.findall(text)}
    if not found:
        raise UserError(_("{address} is not a GAN Playground.").format(address=options.address))
    if options.json:
        terminal.print_json(found)
        return 0
    for name, value in found.items():
        print(f"{says.get(name, name)}: {value:,.10g}")
    return 0


def _answer(address: str) -> str:
    token = os.environ.get("PLAYGROUND_TOKEN", "")
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return str(answer.read(LIMIT).decode(errors="replace"))
    except urllib.error.HTTPError as error:
        said = _("{address} answers {code}.").format(address=address, code=error.code)
        if error.code == 403:
            said = _("The server asks for its token: set PLAYGROUND_TOKEN to what it was started with.")
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        said = _("No server answers at {address} ({reason}).").format(address=address, reason=reason)
    raise UserError(said)
