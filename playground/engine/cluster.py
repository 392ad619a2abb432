"""Engines on a cluster of machines: each is an actor of Ray, which decides on which machine, and says when one died.

A host replaces an actor that died as it replaces a process, and Ray places the new one where there is room. Runs come
back from the data folder, which all machines see under one path. Nothing here is imported, and Ray is not needed, while
nobody asks for a cluster.
"""

from __future__ import annotations

import argparse
import logging
import math
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from playground.engine.api import MEMBER_METHODS
from playground.engine.process import ROOT, EngineProcess, Launcher, ThisMachine
from playground.utils import files
from playground.utils.errors import UserError
from playground.utils.translation import _

CALLS = 100  # that an actor answers at a time; a host makes fewer
UNREACHABLE = 45.0  # seconds after which an actor that is out of reach is given up; Ray mostly knows before
CONNECTING = 60.0  # seconds in which a cluster has to answer
ENDING = 30.0  # seconds that a killed actor may take to end
LOCK_PATIENCE = 120  # seconds for which the locks of a machine that vanished are waited for; a file server keeps them
# What of this folder an engine does not need, as .gitignore would say it; "." is the folder itself.
NOT_SENT = ["/*", "!/.", "!/playground", "!/assets", "/assets/*", "!/assets/data", "!/assets/locales"]
OURS = "PLAYGROUND_"  # settings that an engine is given

log = logging.getLogger(__name__)


class RayCluster:
    """A cluster at an address as Ray writes it: `auto` for the one of this machine, host:port, or ray://host:port."""

    def __init__(self, address: str, environment: Mapping[str, str] = os.environ) -> None:
        """Raises UserError without Ray, a cluster at that address, or a data folder for all its machines."""
        self._ray, self._address = load_ray(), address
        self._cpus = _number(environment, "PLAYGROUND_CLUSTER_CPUS", 1.0)
        self._gpus = _number(environment, "PLAYGROUND_CLUSTER_GPUS", 0.0)
        if not environment.get("PLAYGROUND_HOME"):
            raise UserError(
                _("Engines on a cluster share one data folder. Set PLAYGROUND_HOME to a folder that all machines have.")
            )
        self._home = Path(environment["PLAYGROUND_HOME"]).expanduser().resolve()
        try:
            self._name = _name_of(self._home)
        except OSError as error:
            raise UserError(_("Nothing can be written to {folder}.").format(folder=self._home)) from error
        # On the main thread Ray would take the server's signals; and it may wait for ever.
        connecting = threading.Thread(target=self._connect, daemon=True)
        connecting.start()
        connecting.join(CONNECTING)
        if not self._ray.is_initialized():
            raise UserError(_("There is no Ray cluster at {address}.").format(address=address))

    def _connect(self) -> None:
        try:
            self._ray.init(
                self._address,
                runtime_env={"working_dir": str(ROOT), "excludes": NOT_SENT},  # so no machine has another version
                configure_logging=False,
                ignore_reinit_error=True,
            )
        except Exception:  # of many kinds, and the log has what it says
            log.exception("Ray at %s", self._address)

    def engines(self) -> int:
        """As many as the processors, or the GPUs, of the whole cluster are enough for."""
        there = self._ray.cluster_resources()
        most = [there.get(kind, 0) // each for kind, each in (("CPU", self._cpus), ("GPU", self._gpus)) if each]
        return max(1, int(min(most, default=1)))

    def threads(self, engines: int) -> int:
        """Those that Ray gives an engine, wherever it is."""
        del engines
        return max(1, int(self._cpus))

    def start(self, environment: Mapping[str, str]) -> EngineProcess:
        settings = {name: value for name, value in environment.items() if name.startswith(OURS)}
        settings |= {"PLAYGROUND_HOME": str(self._home), "PLAYGROUND_LOCK_PATIENCE": str(LOCK_PATIENCE)}
        settings.pop("PLAYGROUND_TOKEN", None)  # for the pages' server only
        actor = self._ray.remote(_Actor).options(
            num_cpus=self._cpus,
            num_gpus=self._gpus,
            max_concurrency=CALLS,
            runtime_env={"env_vars": settings},
        )
        return ActorProcess(self._ray, actor.remote(self._name))

    def prepare(self, environment: Mapping[str, str]) -> None:
        """Nothing: an actor that waits would hold cores of the cluster."""

    def close(self) -> None:
        """Nothing was prepared."""


def launcher(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Launcher:
    """Where engines are started: on this machine, or on the cluster that `--cluster` or PLAYGROUND_CLUSTER names.

    Raises UserError.
    """
    parser = argparse.ArgumentParser(prog="streamlit run app.py --", allow_abbrev=False)
    parser.add_argument("--cluster", metavar="ADDRESS", default=environment.get("PLAYGROUND_CLUSTER", ""))
    address = parser.parse_known_args(arguments)[0].cluster
    return RayCluster(address, environment) if address else ThisMachine()


class ActorProcess:
    """An engine in an actor."""

    def __init__(self, ray: Any, actor: Any) -> None:
        self._ray, self._actor = ray, actor
        self._life = actor.live.remote()  # fails when the engine has ended, or the actor died
        self._pid, self._said = 0, False

    @property
    def pid(self) -> int:
        return self._pid

    def connect(self) -> Any:
        self._pid = self.ask(self._actor.pid.remote())
        return _Proxy(self)

    def call(self, method: str, *arguments: Any, **named: Any) -> Any:
        """What a method of the engine gives, or raises."""
        request = bytes(ForkingPickler.dumps((method, arguments, named)))
        worked, answer = ForkingPickler.loads(self.ask(self._actor.call.remote(request)))
        if not worked:
            raise answer
        return answer

    def ask(self, answer: Any) -> Any:
        """Wait for an answer. Raises ConnectionError if the actor has died, and UserError if it was out of reach."""
        try:
            return self._ray.get(answer)
        except self._ray.exceptions.ActorUnavailableError:
            self._find_out()
            raise UserError(_("The engine does not answer. Try again in a moment.")) from None
        except self._ray.exceptions.RayError as error:
            raise self._lost(error) from error

    def _find_out(self) -> None:
        """Wait until the actor is within reach again. Raises ConnectionError if it has died.

        Ray may take a while to see that a machine has gone, and until then it would put another actor there.
        """
        end = time.monotonic() + UNREACHABLE
        while True:
            try:
                self._ray.get(self._actor.pid.remote())
                return
            except self._ray.exceptions.ActorUnavailableError as error:
                if time.monotonic() > end:
                    raise self._lost(error) from error
                time.sleep(0.5)
            except self._ray.exceptions.RayError as error:
                raise self._lost(error) from error

    def _lost(self, error: Exception) -> ConnectionError:
        if not self._said:
            log.warning("an engine of the cluster: %s", error)
        self._said = True
        return ConnectionError("the actor has died")

    def alive(self) -> bool:
        return not self.wait(0.0)

    def cpu_seconds(self) -> float:
        return time.monotonic()

    def end(self) -> None:
        self._actor.end.remote()

    def wait(self, seconds: float) -> bool:
        if not self._ray.wait([self._life], timeout=seconds)[0]:
            return False
        try:
            self._ray.get(self._life)
        except self._ray.exceptions.ActorUnavailableError:  # nobody knows
            self._life = self._actor.live.remote()
            return False
        except self._ray.exceptions.RayError:
            pass
        return True

    def kill(self) -> None:
        self._ray.kill(self._actor)

    def close(self) -> None:  # Ray does not say how a process ended
        self.kill()
        self.wait(ENDING)


class _Proxy:
    """The methods of an engine in an actor."""

    def __init__(self, process: ActorProcess) -> None:
        self._process = process

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in MEMBER_METHODS:
            raise AttributeError(name)
        return partial(self._process.call, name)


class _Actor:
    """What Ray runs on one of its machines. What is sent is pickled here, as a local process does: Ray would hand out
    arrays that cannot be written to.
    """

    def __init__(self, home: str) -> None:
        if _name_of(files.home()) != home:
            raise UserError(f"{files.home()} on this machine is not the data folder of the pages' server.")
        self._engine = import_module("playground.engine.__main__").served()
        self._ending, self._stopping = threading.Event(), threading.Lock()

    def pid(self) -> int:
        return os.getpid()

    def call(self, request: bytes) -> bytes:
        method, arguments, named = ForkingPickler.loads(request)
        try:
            answer = True, getattr(self._engine, method)(*arguments, **named)
        except UserError as error:
            answer = False, error
        return bytes(ForkingPickler.dumps(answer))

    def end(self) -> None:
        self._ending.set()

    def live(self) -> None:
        """Ends the process when all runs are on disk, after `end`."""
        self._ending.wait()
        with self._stopping:
            self._engine.stop()
            os._exit(0)


def _name_of(home: Path) -> str:
    """What tells a data folder from all others: made here, unless it was before. Raises OSError."""
    file = files.private(home) / "folder-id"
    if not file.exists():
        new = file.with_name(f".folder-id.{secrets.token_hex(8)}")
        files.write(new, secrets.token_hex(16).encode())
        with suppress(FileExistsError):
            os.link(new, file)  # of those who do this at once, all then read the same
        new.unlink()
    return file.read_text(encoding="ascii")


def _number(environment: Mapping[str, str], name: str, usual: float) -> float:
    """A setting that is a number, of processors or GPUs, say 0.5. Raises UserError."""
    text = environment.get(name, "")
    try:
        found = float(text or usual)
    except ValueError:
        found = -1.0
    if not 0 <= found < math.inf:
        raise UserError(_("{name} is not a number of processors or GPUs: {text}.").format(name=name, text=text))
    return found


def load_ray() -> Any:
    """The package. Raises UserError where it is not installed."""
    try:
        return import_module("ray")
    except ImportError:
        raise UserError(_("A cluster needs Ray. Install it with pip install -r requirements-cluster.txt.")) from None
