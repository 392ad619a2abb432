"""The zip of a run, as somebody brings it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from playground.config.run_config import RunConfig
from playground.engine import sandbox
from playground.engine.run_zip import take_in, unpack_timeline
from playground.engine.timeline import Timeline
from playground.engine.untrusted import config_in
from playground.utils import logs, shares
from playground.utils.errors import UserError
from playground.utils.translation import _

log = logging.getLogger(__name__)


def read(content: bytes, stop: Callable[[], bool]) -> tuple[bytes, RunConfig, Timeline]:
    """The moment in a zip, its config and its timeline; the set that comes with it is kept. Raises UserError.

    A process of its own reads it, which ends once `stop` says so.
    """
    if len(content) > (most := shares.limit("zips")):
        shares.hit("zips")
        words = _("This zip has {n} MB; the zip of a run may have {most} here.")
        raise UserError(words.format(n=len(content) // shares.MIB, most=most // shares.MIB))
    try:
        moment, packed, own_set = sandbox.read("run", content, stop)
    except UserError:
        log.info("a zip was refused", extra=logs.extra("file_refused", kind="run", bytes=len(content)))
        raise
    config, past = config_in(moment), unpack_timeline(packed)
    take_in(own_set, moment)
    return moment, config, past
