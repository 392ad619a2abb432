"""Inputs that were made for harm, by a seed: what each is, and how a forged page sends it."""

from __future__ import annotations

import random
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed

from playground.benchmarks.forged_page import ForgedPage
from playground.benchmarks.hostile import crafted, flipped, header_bits, small_run
from playground.config.run_config import KNOBS

KINDS = {"url": 6, "folder": 2, "file": 3, "zip": 1, "message": 8}  # so many of twenty
PAGES = ("", "data", "latent", "race", "glossary", "nothing", "../data", "a" * 2000)
VALUES = (
    *("", "nan", "-inf", "1e999", "-1", "0", "9" * 400, "0x10", "1_000", "٣", "true", "null", "[]", "{}", "a,b,,"),
    *("<script>alert(1)</script>", "'; DROP TABLE runs; --", "${7*7}", "{0.__class__}", "%s%s%n", "$x^2$ :red[x]"),
    *("../../../etc/passwd", "..\\..\\x", "/proc/self/environ", "C:\\x", "\0", "a\0b", "\ud7ff\uffff", "\u202e"),
    *("🙂" * 50, "x" * 20_000, "-" * 300, "watch.", "copy.x", "steer.../..", "ring", "own-points", "1-1-1-1"),
)
FOLDERS = (
    *("/", "/etc", "/proc/self", "/proc/self/fd", "/dev", "~", "~root", "..", ".", "\0", "x" * 5000, "file:///etc", ""),
)
JSON = (
    *('{"a":' * 500 + "1" + "}" * 500, "[", "null", '"x"', '{"value": 1e999}', "{}"),
    '{"strokes": [{"points": [NaN]}]}',
)
HEADS = (
    *(b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM", b"II*\0", b"PK\x03\x04"),
    b"RIFF\xff\xff\xff\xffWEBP",
)
NAMES = (*("a.zip", "a.png", "../../a.png", "x" * 300 + ".png", "a.PNG.zip", "<b>.jpg", "\u202egnp.zip", "a.tif"),)
CELLS = ("1", "nan", "1e999", "", "-", "1,5", "1.5", '"', "\0", "=1+1", "9" * 500, "é", "\t", ";", "\ufeff")
SEVERAL = {"message": 20, "file": 10}  # inputs of a kind that one page sends, one after the other
_pages = threading.local()


@dataclass(frozen=True)
class Input:
    """One of them; `act` sends it by a page."""

    kind: str
    name: str
    act: Callable[[ForgedPage], bool]

    def send(self, port: int) -> dict[str, Any]:
        """Send it; gives what came of it."""
        failure, answered = "", True
        page = self._page(port)
        traces, errors = len(page.tracebacks), len(page.errors)
        try:
            answered = self.act(page) or page.closed
        except (ConnectionClosed, ConnectionError):
            page.close()  # the server may end such a connection
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"[:200]
            page.close()
        if self.kind not in SEVERAL:
            page.close()
        found = {"tracebacks": len(page.tracebacks) - traces, "errors": len(page.errors) - errors}
        return {**found, "answered": answered, "failure": failure}

    def _page(self, port: int) -> ForgedPage:
        """A new page, or the one of this thread that sends several of this kind."""
        kept: dict[str, tuple[ForgedPage, int]] = _pages.__dict__.setdefault("kept", {})
        page, uses = kept.get(self.kind, (None, 0))
        if page is None or page.port != port or page.closed or uses >= SEVERAL.get(self.kind, 0):
            if page is not None:
                page.close()
            page, uses = ForgedPage(port), 0
        kept[self.kind] = page, uses + 1
        return page


def made(n: int, seed: int, kinds: list[str], given: Path) -> Iterator[Input]:
    """So many inputs; `given` is an empty folder for those that name one."""
    good = small_run() if "zip" in kinds else b""
    zips = crafted(good, 20_000_000) if good else {}
    bits = header_bits(good) if good else []
    folders = [*FOLDERS, *_folders(given)] if "folder" in kinds else []
    for number in range(n):
        rng = random.Random(f"{seed} {number}")
        kind = rng.choices(kinds, [KINDS[one] for one in kinds])[0]
        if kind == "url":
            yield _url(rng)
        elif kind == "folder":
            yield _folder(
                rng.choice(folders), rng.choice(["", "data"]), rng.choice(["idx", "own-images", "ring", "mnist"])
            )
        elif kind == "file":
            yield _file(rng)
        elif kind == "zip":
            name = rng.choice([*zips, "a flipped bit", "a flipped bit", "noise"])
            content = zips.get(name) or (flipped(good, rng.choice(bits)) if "bit" in name else rng.randbytes(5000))
            yield Input("zip", name, _opens(content))
        else:
            yield _message(rng)


# Addresses


def _url(rng: random.Random) -> Input:
    names = [
        *KNOBS,
        "run",
        "race",
        "of",
        "lanes",
        "exact",
        "preset",
        "projector",
        "present",
        "x" * 300,
        "__proto__",
        "",
    ]
    pairs = [(rng.choice(names), rng.choice(VALUES)) for _ in range(rng.randint(1, 12))]
    query = "&".join(f"{quote(name)}={quote(value, errors='surrogatepass')}" for name, value in pairs)
    if rng.random() < 0.1:
        query = "".join(chr(rng.randint(1, 0x2FF)) for _ in range(300))
    page = rng.choice(PAGES)

    def act(forged: ForgedPage) -> bool:
        return forged.rerun(query, page)

    return Input("url", f"{page[:20]}?{query[:200]}", act)


# Folders


def _folders(given: Path) -> list[str]:
    """Folders with IDX files that are none, too large, or lead elsewhere."""
    heads = {
        "huge": struct.pack(">HBBIII", 0, 8, 3, 2**31, 2**15, 2**15),
        "dimensions": struct.pack(">HBB", 0, 8, 255) + b"\xff" * 1020,
        "short": struct.pack(">HBBIII", 0, 8, 3, 60000, 28, 28) + bytes(100),
        "empty": b"",
        "kind": struct.pack(">HBBI", 0, 99, 1, 5) + bytes(5),
        "gzip": b"\x1f\x8b\x08\0" + bytes(30),
    }
    for name, head in heads.items():
        (given / name).mkdir()
        for file in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
            (given / name / file).write_bytes(head)
    (given / "circle").symlink_to(given / "circle")
    (given / "out").symlink_to("/etc")
    return [str(given / name) for name in (*heads, "circle", "out", "not there")]


def _folder(folder: str, page: str, dataset: str) -> Input:
    query = f"dataset={quote(dataset)}&folder={quote(folder)}&own={quote(folder[:200])}"

    def act(forged: ForgedPage) -> bool:
        return forged.rerun(query, page)

    return Input("folder", f"{page}?{query[:200]}", act)


# Files


def _file(rng: random.Random) -> Input:
    table = rng.random() < 0.4
    name, content = rng.choice(NAMES), rng.choice(HEADS) + rng.randbytes(rng.choice([0, 1, 100, 20_000]))
    if table:
        name, between = (
            rng.choice(["a.csv", "a.tsv", "../a.txt", "a" * 200 + ".dat"]),
            rng.choice([",", ";", "\t", " "]),
        )
        rows = [between.join(rng.choices(CELLS, k=rng.randint(0, 6))) for _ in range(rng.randint(0, 300))]
        content = "\n".join(rows).encode(rng.choice(["utf-8", "utf-16", "latin-1"]), "replace")
    maker = "table" if table else "pictures"

    def act(forged: ForgedPage) -> bool:
        forged.widgets or forged.rerun(page="data")
        forged.press(f"show_{maker}__", page="data")
        place = "table_file" if table else "pictures"
        found = [one for one, kind in forged.widgets.items() if kind == "file_uploader" and f"-{place}_" in one]
        uploader = found[-1] if found else ""
        if not uploader:
            raise RuntimeError("the page has no place for a file")
        state = {uploader: {"file_uploader_state_value": forged.upload(name, content)}}
        drawn = forged.rerun(page="data", widgets=state)
        if make := forged.named("make"):
            drawn = forged.rerun(page="data", widgets={**state, make: {"trigger_value": True}})
        return drawn

    return Input("file", f"{maker}: {name[:60]}, {len(content)} bytes", act)


def _opens(content: bytes) -> Callable[[ForgedPage], bool]:
    """Opens a zip as a run."""

    def act(forged: ForgedPage) -> bool:
        forged.rerun("preset=ring")
        for _attempt in range(50):  # until the engine has the run
            if forged.named("open"):
                break
            forged.settle(0.2)
            forged.rerun("preset=ring")
        forged.press("open")
        forged.rerun()
        uploader = forged.named("open_run")
        if not uploader:
            raise RuntimeError("the page has no place for a zip")
        state = {uploader: {"file_uploader_state_value": forged.upload("run.zip", content)}}
        forged.rerun(widgets=state)
        return forged.rerun(widgets={**state, forged.named("open_yes"): {"trigger_value": True}})

    return act


# Messages


def _message(rng: random.Random) -> Input:
    page, seed = rng.choice(list(PAGES[:5])), rng.random()

    def act(forged: ForgedPage) -> bool:
        own = random.Random(seed)
        if not forged.widgets:
            forged.rerun("preset=ring", page)
        forged.send(_forged(own, forged, page))
        forged.settle(0.15)
        return own.random() < 0.9 or forged.closed or forged.rerun("preset=ring", page)

    return Input("message", f"{page}, seed {seed}", act)


def _forged(rng: random.Random, forged: ForgedPage, page: str) -> bytes:
    """A message that no page of ours would send."""
    message = BackMsg()
    state = message.rerun_script
    state.query_string, state.page_name = "preset=ring", page
    ids = [*sorted(forged.widgets), "$$ID-0-None", "", "x" * 1000]
    for one in rng.sample(ids, min(len(ids), rng.randint(1, 12))):
        _value(rng, state.widget_states.widgets.add(id=one))
    content: bytes = message.SerializeToString()
    match rng.randrange(10):
        case 0:
            return rng.randbytes(rng.randint(0, 300))
        case 1:
            return content[: rng.randrange(len(content))]
        case 2:
            return flipped(content, rng.randrange(8 * len(content)))
        case 3:
            state.fragment_id = rng.choice([*forged.fragments, "nothing", "\0"])
        case 4:
            state.page_script_hash = rng.choice(["0" * 32, "../x", ""])
        case 5:
            message.backend_operation_request.request_id = "x"
            message.backend_operation_request.deferred_file.file_id = rng.choice(VALUES)[:1000]
        case 6:
            message.file_urls_request.request_id = "1"
            message.file_urls_request.file_names.extend(["../../x"] * 1000)
            message.file_urls_request.session_id = "not mine"
    return bytes(message.SerializeToString())


def _value(rng: random.Random, widget: Any) -> None:
    """A value of any kind for a widget of any kind."""
    text = rng.choice(VALUES).encode("utf-8", "replace").decode()
    match rng.randrange(10):
        case 0:
            widget.trigger_value = True
        case 1:
            widget.bool_value = rng.random() < 0.5
        case 2:
            widget.double_value = rng.choice([float("nan"), float("inf"), -1e308, 0.0])
        case 3:
            widget.int_value = rng.choice([-(2**63) + 1, 2**63 - 1, -1])
        case 4:
            widget.string_value = text
        case 5:
            widget.double_array_value.data.extend([float("nan")] * rng.choice([0, 1, 1000]))
        case 6:
            widget.string_array_value.data.extend([text] * rng.choice([0, 1, 50]))
        case 7:
            widget.json_value = rng.choice(JSON)
        case 8:
            widget.bytes_value = rng.randbytes(100)
        case 9:
            widget.json_trigger_value = rng.choice(JSON)
