"""The files of docs/deployment and of the container fit the app."""

import re
from fnmatch import fnmatch
from pathlib import Path

from playground.benchmarks import chaos
from playground.cli.main import main
from playground.ui import door

ROOT = Path(__file__).parents[2]
DEPLOYMENT = ROOT / "docs" / "deployment"


def test_one_path_and_one_port_for_the_service_and_its_proxy() -> None:
    service = (DEPLOYMENT / "gan-playground.service").read_text()
    proxy = (DEPLOYMENT / "nginx.conf").read_text()
    path = re.search(r"--server\.baseUrlPath (\w+)", service)
    port = re.search(r"--server\.port (\d+)", service)
    assert path is not None
    assert port is not None
    assert f"location /{path[1]}/ {{" in proxy
    assert f"proxy_pass http://127.0.0.1:{port[1]};" in proxy
    assert {route.path for route in door.ROUTES} >= {"/healthz", "/metrics"}


def test_the_container_has_all_that_is_imported_or_read() -> None:
    """The last pattern that fits decides, as for Docker."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]

    def let_through(path: str) -> bool:
        found = True
        for pattern in patterns:
            name = pattern.removeprefix("!")
            parents = [path, *map(str, Path(path).parents)]
            if any(fnmatch(parent, name) for parent in parents):
                found = pattern.startswith("!")
        return found

    needed = [
        "app.py",
        "requirements.txt",
        "requirements-cluster.txt",
        ".streamlit/config.toml",
        "assets/data/digits.npz",
    ]
    assert all((ROOT / path).exists() and let_through(path) for path in needed)
    assert let_through("playground/engine/cluster.py")
    assert not any(
        map(let_through, (".git/HEAD", "tests/conftest.py", "assets/evidence/speed.json", ".venv/bin/python"))
    )


def test_versions_are_the_same_everywhere() -> None:
    ray = re.search(r"ray\[client\]==([\d.]+)", (ROOT / "requirements-cluster.txt").read_text())
    torch = re.search(r"^torch==([\d.]+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert ray is not None
    assert torch is not None
    assert f'rayVersion: "{ray[1]}"' in (DEPLOYMENT / "kuberay.yaml").read_text()
    says = (ROOT / "docs" / "deployment.md").read_text()
    assert f"ray[default]=={ray[1]}" in says
    assert f"whl/cpu torch=={torch[1]}\n" in says


def test_machines_are_taken_away_from_a_cluster_only() -> None:
    assert chaos.KINDS[-1] == "machine"
    assert main(["bench", "chaos", "--machines", "1"]) == 2
