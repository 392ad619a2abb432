"""A cluster of Ray whose machines are processes of this one: a head without engines, and two with room for all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from playground.engine.cluster import RayCluster, load_ray
from playground.engine.process import Launcher

MACHINES = 2


class SimulatedCluster:
    """`launcher` starts engines on it."""

    def __init__(self, engines: int) -> None:
        """Each machine has room for so many engines. Raises UserError without Ray."""
        self._ray, self._engines = load_ray(), engines
        self._cluster: Any = import_module("ray.cluster_utils").Cluster(
            initialize_head=True, head_node_args={"num_cpus": 0}
        )
        for _ in range(MACHINES):
            self._cluster.add_node(num_cpus=engines)
        self.launcher: Launcher = RayCluster(self._cluster.address)

    def take_away(self, pid: int) -> None:
        """End the machine on which a process runs, with all that is on it; another one comes."""
        parents = set(_parents(pid))
        for node in list(self._cluster.worker_nodes):
            if parents & {started.process.pid for started in node.all_processes["raylet"]}:
                self._cluster.remove_node(node, allow_graceful=False)
                self._cluster.add_node(num_cpus=self._engines)

    def close(self) -> None:
        self._ray.shutdown()
        self._cluster.shutdown()


@contextmanager
def simulated_cluster(engines: int) -> Iterator[SimulatedCluster]:
    """One that is ended afterwards."""
    made = SimulatedCluster(engines)
    try:
        yield made
    finally:
        made.close()


def _parents(pid: int) -> Iterator[int]:
    """The processes that started a process, the nearest first."""
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        yield pid
