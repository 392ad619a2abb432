"""Downloads against a local server that serves, cuts, lies, stalls and moves; and what is made of the files."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import tarfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch

from playground import data
from playground.cli import main
from playground.data import classics, download
from playground.data.classics import CLASSICS, Classic
from playground.data.download import File, fetch, md5_of
from playground.errors import UserError

CONTENT = bytes(np.random.default_rng(0).integers(256, size=300_000, dtype=np.uint8))
FILE = File("data.bin", hashlib.md5(CONTENT).hexdigest())


class Handler(BaseHTTPRequestHandler):
    """The first part of the path says how the rest is served; `server.log` notes (path, Range)."""

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        log: list[tuple[str, str | None]] = self.server.log  # type: ignore[attr-defined]
        log.append((self.path, asked))
        how, _, name = self.path.strip("/").partition("/")
        content: bytes = self.server.files.get(name, CONTENT)  # type: ignore[attr-defined]
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and how != "no-range" else 0
        if how == "missing":
            self.send_error(404)
            return
        if how == "broken":
            self.send_error(503)
            return
        if how in ("moved", "circle"):
            self.send_response(302)
            self.send_header("Location", f"/{'good' if how == 'moved' else 'circle'}/{name}")
            self.end_headers()
            return
        if how == "wrong":
            content = content[::-1]
        self.send_response(206 if start else 200)
        if how != "no-length":
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if how == "stalls":
            self.wfile.write(content[:1000])
            self.wfile.flush()
            time.sleep(1.5)
            return
        cut = (how == "cut-once" and len(log) == 1) or how in ("cut", "no-range")
        part = content[start : start + 100_000] if cut and not (how == "no-range" and len(log) > 1) else content[start:]
        self.wfile.write(part)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.log, server.files = [], {}  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def url(server: ThreadingHTTPServer, how: str) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/{how}/"


def left(folder: Path) -> list[str]:
    """What lies in the folder but for locks."""
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


@pytest.mark.parametrize("how", ["good", "moved", "no-length", "cut-once", "no-range"])
def test_what_can_be_fetched_is(server: ThreadingHTTPServer, tmp_path: Path, how: str) -> None:
    seen: list[tuple[int, int]] = []
    path = fetch(FILE, [url(server, how)], tmp_path, lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert left(tmp_path) == ["data.bin"]
    assert seen[-1][0] == len(CONTENT)
    assert seen[-1][1] == (0 if how == "no-length" else len(CONTENT))


def test_a_break_is_resumed_where_it_was(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    fetch(FILE, [url(server, "cut-once")], tmp_path)
    assert [asked for _path, asked in server.log] == [None, "bytes=100000-"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("missing", "Not Found"),
        ("broken", "Service Unavailable"),
        ("wrong", "checksum"),
        ("circle", "redirect"),
        ("stalls", "timed out"),
    ],
)
def test_what_cannot_be_fetched_is_said_and_leaves_nothing(
    server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, reason: str
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    with pytest.raises(UserError) as caught:
        fetch(FILE, [url(server, how)], tmp_path)
    assert reason in str(caught.value)
    assert "by hand" in str(caught.value)
    assert left(tmp_path) == []


def test_a_server_that_keeps_cutting_is_left_for_the_next_mirror(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    limit = File("data.bin", FILE.md5, limit=150_000)
    with pytest.raises(UserError, match="larger than it should be"):
        fetch(limit, [url(server, "good")], tmp_path)
    assert left(tmp_path) == []
    mirrors = [url(server, how) for how in ("missing", "wrong", "broken", "good")]
    assert fetch(FILE, mirrors, tmp_path).read_bytes() == CONTENT


def test_no_network_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Check the network"):
        fetch(FILE, ["http://127.0.0.1:9/"], tmp_path)
    assert left(tmp_path) == []


def test_what_is_there_is_not_fetched_again_unless_it_is_damaged(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    fetch(FILE, [url(server, "good")], tmp_path)
    fetch(FILE, [url(server, "good")], tmp_path)
    assert len(server.log) == 1  # type: ignore[attr-defined]
    (tmp_path / "data.bin").write_bytes(CONTENT[:-1])
    fetch(FILE, [url(server, "good")], tmp_path)
    assert md5_of(tmp_path / "data.bin") == FILE.md5


def test_two_sessions_fetch_once(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    threads = [threading.Thread(target=fetch, args=(FILE, [url(server, "good")], tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.log) == 1  # type: ignore[attr-defined]
    assert left(tmp_path) == ["data.bin"]


def test_cancelling_leaves_nothing(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(FILE, [url(server, "good")], tmp_path, cancel)
    assert left(tmp_path) == []


# Classics


def idx(values: np.ndarray) -> bytes:
    head = struct.pack(">BBBB", 0, 0, 8, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape)
    return gzip.compress(head + values.astype(np.uint8).tobytes())


IMAGES = np.arange(20 * 28 * 28, dtype=np.uint32).reshape(20, 28, 28) % 256
LABELS = np.arange(20) % 10


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    data._read.cache_clear()
    return tmp_path


def test_download_command_and_training_from_what_it_fetched(
    server: ThreadingHTTPServer, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["train", "--preset", "digits", "--set", "dataset=mnist", "--steps", "1", "--out", str(home / "o")]) == 2
    )
    said = capsys.readouterr().err
    assert "python -m playground download mnist" in said
    assert "train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz" in said

    served = {"train-images-idx3-ubyte.gz": idx(IMAGES), "train-labels-idx1-ubyte.gz": idx(LABELS)}
    server.files |= served  # type: ignore[attr-defined]
    local = tuple(File(name, hashlib.md5(content).hexdigest()) for name, content in served.items())
    monkeypatch.setitem(CLASSICS, "mnist", Classic("mnist", local, (url(server, "good"),)))
    assert main(["download", "mnist"]) == 0
    samples = data.load("mnist")
    assert samples.x.shape == (20, 1, 28, 28)
    assert torch.equal(samples.x[3, 0], torch.from_numpy(IMAGES[3].astype(np.uint8)))
    assert samples.y is not None
    assert samples.y.tolist() == LABELS.tolist()
    assert (
        main(["train", "--preset", "digits", "--set", "dataset=mnist", "--steps", "1", "--out", str(home / "o")]) == 0
    )
    capsys.readouterr()


def test_a_classic_put_there_by_hand_is_checked(home: Path) -> None:
    folder = classics.folder_of("kmnist")
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(idx(IMAGES[:, :27]))
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(idx(LABELS))
    with pytest.raises(UserError, match="Download it again"):
        data.load("kmnist")
    (folder / "train-images-idx3-ubyte.gz").write_bytes(idx(IMAGES)[:-50])
    with pytest.raises(UserError, match="train-images-idx3-ubyte"):
        data.load("kmnist")


def cifar(path: Path, batches: int = 5, cut: int = 0, label: int = 3) -> None:
    record = np.full((10_000, 3073), 7, np.uint8)
    record[:, 0], record[:, 1:1025] = label, 200
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for number in range(1, batches + 1):
            member = tarfile.TarInfo(f"cifar-10-batches-bin/data_batch_{number}.bin")
            member.size = record.nbytes - cut
            archive.addfile(member, io.BytesIO(record.tobytes()[: member.size]))


def test_cifar_is_read_from_its_binary_version(home: Path) -> None:
    path = classics.folder_of("cifar-10") / "cifar-10-binary.tar.gz"
    cifar(path)
    samples = data.load("cifar-10")
    assert samples.x.shape == (50_000, 3, 32, 32)
    assert samples.x[0, :, 0, 0].tolist() == [200, 7, 7]
    assert samples.y is not None
    assert samples.y.unique().tolist() == [3]


@pytest.mark.parametrize("damage", [{"batches": 4}, {"cut": 1}, {"label": 10}], ids=str)
def test_a_damaged_cifar_is_said(home: Path, damage: dict[str, int]) -> None:
    path = classics.folder_of("cifar-10") / "cifar-10-binary.tar.gz"
    cifar(path, **damage)
    with pytest.raises(UserError, match="Download it again"):
        data.load("cifar-10")
    path.write_bytes(b"\x1f\x8bnot a tar")
    with pytest.raises(UserError, match="Download it again"):
        data.load("cifar-10")


def test_published_checksums_are_checksums() -> None:
    for classic in CLASSICS.values():
        assert classic.key in data.DATASETS
        assert all(mirror.endswith("/") for mirror in classic.mirrors)
        assert all(len(file.md5) == 32 and int(file.md5, 16) for file in classic.files)
