"""Downloads against a local server that serves, cuts, lies, stalls and moves; and what is made of the files."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from playground import data
from playground.cli.main import main
from playground.data import classics, download
from playground.data.classics import CLASSICS, Classic, present, size_of
from playground.data.download import File, Unreachable, fetch, md5_of
from playground.utils.errors import UserError

CONTENT = bytes(np.random.default_rng(0).integers(256, size=300_000, dtype=np.uint8))
FILE = File("data.bin", hashlib.md5(CONTENT).hexdigest())


MOVED = {"moved": "/good", "circle": "/circle", "to-a-file": "file:///etc", "to-ftp": "ftp://127.0.0.1:9"}
CUT_ONCE = ("cut-once", "misplaced", "liar", "no-range-said", "enough")


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
        if how in MOVED:
            self.send_response(302)
            self.send_header("Location", f"{MOVED[how]}/{name}")
            self.end_headers()
            return
        if how == "enough" and start:
            self.send_error(416)
            return
        if how == "wrong":
            content = content[::-1]
        self.send_response(206 if start or how == "never-asked" else 200)
        said = start
        if how == "misplaced":  # it says what it does, which is not what it was asked for
            said = start = start and start - 5000
        if how == "liar":
            start = start and start - 5000
        if how == "never-asked":
            said = start = 7
        if self.status == 206 and how != "no-range-said":
            self.send_header("Content-Range", f"bytes {said}-{len(content) - 1}/{len(content)}")
        if how != "no-length":
            self.send_header("Content-Length", str(10**9 if how == "huge" else len(content) - start))
        self.end_headers()
        if how == "stalls":
            self.wfile.write(content[:1000])
            self.wfile.flush()
            time.sleep(1.5)
            return
        cut = (how in CUT_ONCE and len(log) == 1) or how in ("cut", "no-range")
        part = content[start : start + 100_000] if cut and not (how == "no-range" and len(log) > 1) else content[start:]
        self.wfile.write(part)

    def send_response(self, code: int, message: str | None = None) -> None:
        self.status = code
        super().send_response(code, message)

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


@pytest.mark.parametrize("how", ["good", "moved", "no-length", *CUT_ONCE, "no-range"])
def test_what_can_be_fetched_is(server: ThreadingHTTPServer, tmp_path: Path, how: str) -> None:
    seen: list[tuple[int, int]] = []
    path = fetch(FILE, [url(server, how)], tmp_path, lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert left(tmp_path) == ["data.bin"]
    assert all(done <= total for done, total in seen if total)
    assert seen[-1][0] == len(CONTENT)
    assert seen[-1][1] == (0 if how == "no-length" else len(CONTENT))


def test_a_break_is_resumed_where_it_was(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    fetch(FILE, [url(server, "cut-once")], tmp_path)
    assert [asked for _path, asked in server.log] == [None, "bytes=100000-"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("how", ["misplaced", "liar", "no-range-said", "enough"])
def test_a_server_that_goes_on_wrongly_starts_again(server: ThreadingHTTPServer, tmp_path: Path, how: str) -> None:
    fetch(FILE, [url(server, how)], tmp_path)
    assert [asked for _path, asked in server.log] == [None, "bytes=100000-", None]  # type: ignore[attr-defined]


def test_the_known_size_is_told_where_the_server_tells_none(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    sized = File(FILE.name, FILE.md5, len(CONTENT))
    fetch(sized, [url(server, "no-length")], tmp_path, lambda done, total: seen.append((done, total)))
    assert {total for _done, total in seen} == {len(CONTENT)}
    (tmp_path / FILE.name).unlink()
    seen.clear()
    fetch(File(FILE.name, FILE.md5, 1000), [url(server, "no-length")], tmp_path, lambda *told: seen.append(told))
    assert set(seen) == {(1000, 1000)}  # a size that is wrong; the checksum decides


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("missing", "Not Found"),
        ("broken", "Service Unavailable"),
        ("wrong", "checksum"),
        ("circle", "redirect"),
        ("to-a-file", "not allowed"),
        ("to-ftp", "elsewhere"),
        ("stalls", "timed out"),
        ("huge", "larger than it should be"),
        ("never-asked", "another part"),
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
    for how in ("good", "no-length"):
        with pytest.raises(UserError, match="larger than it should be"):
            fetch(limit, [url(server, how)], tmp_path)
        assert left(tmp_path) == []
    mirrors = [url(server, how) for how in ("missing", "wrong", "broken", "good")]
    assert fetch(FILE, mirrors, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("mirror", ["http://127.0.0.1:9/", "http://nowhere.invalid/"])
def test_no_network_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mirror: str) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(Unreachable, match=r"no network.*built-in.*data\.bin into .* by hand") as caught:
        fetch(FILE, [mirror, "http://127.0.0.1:9/"], tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert left(tmp_path) == []


def test_one_server_that_answers_is_a_network(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Not Found") as caught:
        fetch(FILE, ["http://127.0.0.1:9/", url(server, "missing")], tmp_path)
    assert not isinstance(caught.value, Unreachable)
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


def test_two_processes_fetch_once(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from playground.data.download import File, fetch\n"
        f"fetch(File({FILE.name!r}, {FILE.md5!r}), [sys.argv[1]], Path(sys.argv[2]))"
        "; assert not {'torch', 'streamlit'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", code, url(server, "good"), str(tmp_path)]
    root = Path(__file__).parents[3]
    processes = [subprocess.Popen(command, cwd=root) for _process in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert len(server.log) == 1  # type: ignore[attr-defined]
    assert left(tmp_path) == ["data.bin"]


def test_what_a_crash_left_neither_blocks_nor_counts(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    (tmp_path / ".data.bin.part").write_bytes(CONTENT[:1000] + b"something else")
    (tmp_path / ".data.bin.lock").touch()
    assert fetch(FILE, [url(server, "good")], tmp_path).read_bytes() == CONTENT
    assert [asked for _path, asked in server.log] == [None]  # type: ignore[attr-defined]
    assert left(tmp_path) == ["data.bin"]


class Enough(Exception):
    pass


@pytest.mark.parametrize("kind", [KeyboardInterrupt, Enough, BrokenPipeError, TimeoutError])
def test_what_progress_raises_ends_the_download(
    server: ThreadingHTTPServer, tmp_path: Path, kind: type[BaseException]
) -> None:
    def cancel(done: int, total: int) -> None:
        raise kind

    with pytest.raises(kind):
        fetch(FILE, [url(server, "good")], tmp_path, cancel)
    assert left(tmp_path) == []
    assert len(server.log) == 1  # type: ignore[attr-defined]


def test_waiting_for_another_download_can_be_given_up(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    def cancel(done: int, total: int) -> None:
        raise Enough

    with FileLock(tmp_path / ".data.bin.lock"), pytest.raises(Enough):
        fetch(FILE, [url(server, "good")], tmp_path, cancel)
    assert server.log == []  # type: ignore[attr-defined]


def test_a_full_disk_is_a_sentence(
    server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UserError, match="No space left on device"):
        fetch(FILE, [url(server, "good")], tmp_path)
    assert left(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_a_sentence(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        fetch(FILE, [url(server, "good")], tmp_path / "file" / "folder")
    assert left(tmp_path) == ["file"]


# Classics


def idx(values: np.ndarray) -> bytes:
    head = struct.pack(">BBBB", 0, 0, 8, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape)
    return gzip.compress(head + values.astype(np.uint8).tobytes())


IMAGES = np.arange(20 * 28 * 28, dtype=np.uint32).reshape(20, 28, 28) % 256
LABELS = np.arange(20) % 10


def local(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, key: str, how: str = "good", **served: bytes):
    """Let the local server have the files of a classic; a name is written with _ for the dots and dashes."""
    names = {file.name.replace(".", "_").replace("-", "_"): file.name for file in CLASSICS[key].files}
    content = {names[name]: value for name, value in served.items()}
    server.files |= content  # type: ignore[attr-defined]
    known = tuple(File(name, hashlib.md5(value).hexdigest(), len(value)) for name, value in content.items())
    monkeypatch.setitem(CLASSICS, key, Classic(key, known, (url(server, how),)))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    data._read.clear()
    return tmp_path


def mnist(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, how: str = "good") -> None:
    images, labels = idx(IMAGES), idx(LABELS)
    local(server, monkeypatch, "mnist", how, train_images_idx3_ubyte_gz=images, train_labels_idx1_ubyte_gz=labels)


def test_progress_goes_over_all_files(server: ThreadingHTTPServer, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mnist(server, monkeypatch)
    seen: list[tuple[int, int]] = []
    assert not present("mnist")
    classics.download("mnist", lambda *told: seen.append(told))
    assert present("mnist")
    assert {total for _done, total in seen} == {size_of("mnist")}
    assert [done for done, _total in seen] == sorted(done for done, _total in seen)
    assert seen[-1] == (size_of("mnist"), size_of("mnist"))
    seen.clear()
    classics.download("mnist", lambda *told: seen.append(told))
    assert seen[-1] == (size_of("mnist"), size_of("mnist"))
    assert len(server.log) == 2  # type: ignore[attr-defined]


def test_cancelling_between_files_keeps_what_is_whole(
    server: ThreadingHTTPServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mnist(server, monkeypatch)
    first = CLASSICS["mnist"].files[0]

    def cancel(done: int, total: int) -> None:
        if done > first.size:
            raise Enough

    with pytest.raises(Enough):
        classics.download("mnist", cancel)
    assert left(classics.folder_of("mnist")) == [first.name]
    assert not present("mnist")
    classics.download("mnist", lambda done, total: None)
    assert len(server.log) == 3  # type: ignore[attr-defined]


def test_without_a_network_all_missing_files_are_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CLASSICS, "kmnist", Classic("kmnist", CLASSICS["kmnist"].files, ("http://127.0.0.1:9/",)))
    with pytest.raises(UserError, match=r"train-images-idx3-ubyte\.gz, train-labels-idx1-ubyte\.gz into .*kmnist by"):
        classics.download("kmnist", lambda done, total: None)
    assert left(classics.folder_of("kmnist")) == []


def test_download_command_and_training_from_what_it_fetched(
    server: ThreadingHTTPServer, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["train", "--preset", "digits", "--set", "dataset=mnist", "--steps", "1", "--out", str(home / "o")]) == 2
    )
    said = capsys.readouterr().err
    assert "MNIST is not on this machine yet: download it on the Data page" in said
    assert "“python -m playground download mnist”" in said
    assert "train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz" in said

    mnist(server, monkeypatch)
    assert main(["download", "mnist"]) == 0
    shown = capsys.readouterr()
    assert "MNIST is in" in shown.out
    assert "MNIST: 100%" in shown.err
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


def test_a_bomb_or_a_link_in_the_place_of_cifar_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = classics.folder_of("cifar-10") / "cifar-10-binary.tar.gz"
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("cifar-10-batches-bin/data_batch_1.bin")
        member.type, member.linkname = tarfile.SYMTYPE, "data_batch_1.bin"
        archive.addfile(member)
    with pytest.raises(UserError, match="Download it again"):
        data.load("cifar-10")
    monkeypatch.setattr(classics, "CIFAR_LIMIT", 10**6)
    path.write_bytes(gzip.compress(bytes(10**6 + 1)))
    with pytest.raises(UserError, match="larger than it should be"):
        data.load("cifar-10")


# EMNIST

LETTERS = 1 + np.arange(20) % 26
IMAGES_MEMBER, LABELS_MEMBER = (classics.EMNIST_MEMBER.format(what=w) for w in ("images-idx3", "labels-idx1"))


def emnist(images: bytes, labels: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("gzip/emnist-mnist-train-labels-idx1-ubyte.gz", b"another set")
        archive.writestr(IMAGES_MEMBER, images)
        archive.writestr(LABELS_MEMBER, labels)
    return out.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_emnist_letters_come_upright_from_the_zip(
    server: ThreadingHTTPServer, home: Path, monkeypatch: pytest.MonkeyPatch, method: int
) -> None:
    local(server, monkeypatch, "emnist-letters", gzip_zip=emnist(idx(IMAGES), idx(LETTERS), method))
    assert main(["download", "emnist-letters"]) == 0
    samples = data.load("emnist-letters")
    assert samples.x.shape == (20, 1, 28, 28)
    assert torch.equal(samples.x[3, 0], torch.from_numpy(IMAGES[3].T.astype(np.uint8)))
    assert samples.y is not None
    assert samples.y.tolist() == (LETTERS - 1).tolist()
    assert (samples.classes, samples.class_names[0], samples.class_names[25]) == (26, "A", "Z")


def put(key: str, content: bytes) -> None:
    """Put the one file of a classic there by hand."""
    path = classics.folder_of(key) / CLASSICS[key].files[0].name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


SPOILT = {
    "a label 0": emnist(idx(IMAGES), idx(LETTERS - 1)),
    "a label 27": emnist(idx(IMAGES), idx(LETTERS + 7)),
    "other images": emnist(idx(IMAGES[:, 1:]), idx(LETTERS)),
    "no images": emnist(idx(IMAGES[:0]), idx(LETTERS[:0])),
    "fewer labels": emnist(idx(IMAGES), idx(LETTERS[1:])),
    "labels twice": emnist(idx(LETTERS), idx(LETTERS)),
    "not gzipped": emnist(b"images", idx(LETTERS)),
    "cut": emnist(idx(IMAGES)[:-99], idx(LETTERS)),
    "cut zip": emnist(idx(IMAGES), idx(LETTERS))[:-200],
    "bzip2": emnist(idx(IMAGES), idx(LETTERS), zipfile.ZIP_BZIP2),
    "no member": emnist(idx(IMAGES), idx(LETTERS)).replace(b"letters-train", b"letters-tried"),
    "a lie": emnist(gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", 10**6, 28, 28) + bytes(99)), idx(LETTERS)),
}


@pytest.mark.parametrize("content", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_emnist_is_said(home: Path, content: bytes) -> None:
    put("emnist-letters", content)
    with pytest.raises(UserError, match=r"(Download it|Copy the file) again|not an IDX|more than 1 GiB"):
        data.load("emnist-letters")


# Arbitrary bytes


few = settings(
    derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def refuses(key: str, content: bytes) -> None:
    put(key, content)
    with pytest.raises(UserError):
        data.DATASETS[key].read("", lambda done, total: None)


@given(st.binary(max_size=2000))
@example(b"\x1f\x8bnot a tar")
@few
def test_no_bytes_upset_the_classics(home: Path, content: bytes) -> None:
    for key in ("cifar-10", "emnist-letters"):
        refuses(key, content)
    refuses("cifar-10", gzip.compress(content))
    refuses("emnist-letters", emnist(content, idx(LETTERS)))
    refuses("emnist-letters", emnist(gzip.compress(content), idx(LETTERS)))
    refuses("emnist-letters", emnist(idx(IMAGES), gzip.compress(b"\0\0\x08\x01" + content)))


def small_tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for number in range(1, 3):
            member = tarfile.TarInfo(f"cifar-10-batches-bin/data_batch_{number}.bin")
            member.size, member.pax_headers = 600, {"comment": "é"}
            archive.addfile(member, io.BytesIO(bytes(600)))
    return out.getvalue()


@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8))
@few
def test_no_change_of_a_few_bytes_upsets_the_classics(home: Path, changes: list[tuple[float, int]]) -> None:
    """An archive that is almost right: refused, or, of EMNIST, read to what it should be."""

    def changed(content: bytes) -> bytes:
        out = bytearray(content)
        for place, value in changes:
            out[int(place * len(out))] = value
        return bytes(out)

    refuses("cifar-10", gzip.compress(changed(small_tar())))
    put("emnist-letters", changed(emnist(idx(IMAGES[:2]), idx(LETTERS[:2]))))
    try:
        samples = data.DATASETS["emnist-letters"].read("", lambda done, total: None)
    except UserError:
        return
    assert torch.equal(samples.x[:, 0], torch.from_numpy(IMAGES[:2].swapaxes(1, 2).astype(np.uint8)))


def test_published_facts_are_well_formed() -> None:
    for classic in CLASSICS.values():
        record = data.DATASETS[classic.key]
        assert record.origin == "download"
        assert record.place("") == classics.folder_of(classic.key)
        assert record.citation
        assert len(record.names) in (0, record.classes)
        assert all(mirror.endswith("/") for mirror in classic.mirrors)
        assert all(len(file.md5) == 32 and int(file.md5, 16) for file in classic.files)
        assert all(0 < file.size < file.limit for file in classic.files)
        assert size_of(classic.key) == sum(file.size for file in classic.files)
