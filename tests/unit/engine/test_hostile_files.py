"""Files that were made for harm: each gets a sentence, from a process of its own, and takes little."""

import io
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from playground.benchmarks import hostile
from playground.config.presets import PRESETS
from playground.engine import run_zip, sandbox, schema2
from playground.engine.engine import Engine
from playground.engine.run import Run
from playground.training import checkpoint
from playground.utils import tensorfile
from playground.utils.errors import UserError, guarded


@pytest.fixture(scope="module")
def good() -> bytes:
    return hostile.small_run()


def test_every_crafted_file_gets_a_sentence(good: bytes) -> None:
    files = hostile.crafted(good, size=30_000_000)
    assert len(files) > 25
    for name, content in files.items():
        with pytest.raises(UserError) as caught:
            run_zip.READERS["run"](content)
        assert str(caught.value).endswith("."), name
        assert "/" not in str(caught.value), name


def test_flipped_header_bits_get_a_sentence_or_change_nothing(good: bytes) -> None:
    bits = hostile.header_bits(good)
    parts = run_zip.READERS["run"](good)
    outcomes = set()
    for bit in bits[::97]:
        try:
            assert run_zip.READERS["run"](hostile.flipped(good, bit))[0] == parts[0]
            outcomes.add("the same")
        except UserError:
            outcomes.add("a sentence")
    assert outcomes == {"the same", "a sentence"}


def test_every_flipped_bit_of_a_checkpoint_is_noticed() -> None:
    content = tensorfile.write({"schema": 3, "trainer": {"G": np.arange(6, dtype=np.float32), "step": 12}})
    for bit in range(8 * len(content)):
        with pytest.raises(UserError, match="sentence"):
            tensorfile.read(hostile.flipped(content, bit), "a sentence")


def test_values_come_back_as_they_were() -> None:
    state = {
        "numbers": {0: {"step": np.zeros(())}, 1: {"step": np.ones((), np.float64)}},
        "tensor": [1, 2.5, None, True, "ä", float("inf"), {"tensor": "x", "items": 3}],
        "empty": np.zeros((0, 2), np.uint8),
        "strided": np.arange(6).reshape(2, 3).T,
    }
    back = tensorfile.read(tensorfile.write(state), "no")
    assert back["tensor"] == state["tensor"]
    assert list(back["numbers"]) == [0, 1]
    assert back["numbers"][1]["step"].shape == ()
    assert back["empty"].shape == (0, 2)
    assert np.array_equal(back["strided"], state["strided"])  # type: ignore[arg-type]
    assert tensorfile.write(back) == tensorfile.write(state)


@pytest.mark.parametrize("preset", ["ring", "digits"])
def test_what_earlier_versions_wrote_is_the_same_run(preset: str) -> None:
    run = Run("a-run-for-a-test", PRESETS[preset].config.changed(g_width=8, d_width=8, batch_size=8))
    run.advance(3)
    state = checkpoint.from_bytes(run.to_bytes())
    state["schema"] = 2
    state["trainer"]["fixed_z"] = state["trainer"]["fixed_z"].T.contiguous().T  # by columns
    out = io.BytesIO()
    torch.save(state, out)
    assert schema2.converted(out.getvalue()) == run.to_bytes()
    assert Run.from_bytes("another-run-here", out.getvalue()).to_bytes() == run.to_bytes()


def test_an_old_run_whose_networks_are_no_more_says_so() -> None:
    state = {"schema": 2, "trainer": {"config": {"minibatch_std": True}}}
    out = io.BytesIO()
    torch.save(state, out)
    with pytest.raises(UserError, match="stands elsewhere in D"):
        schema2.converted(out.getvalue())
    state["trainer"] = {}
    out = io.BytesIO()
    torch.save(state, out)
    with pytest.raises(UserError, match=r"not a run|checkpoint"):
        schema2.converted(out.getvalue())


def test_the_sandbox_reads_a_run_and_says_what_is_wrong(good: bytes) -> None:
    moment, past, own_set = sandbox.read("run", good)
    assert (moment, own_set) == (run_zip.READERS["run"](good)[0], b"")
    assert len(run_zip.unpack_timeline(past).moments) == 3
    with pytest.raises(UserError, match="not a run"):
        sandbox.read("run", b"hello")


def test_who_gave_up_ends_the_work(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    sleeper = tmp_path / "sleeper"
    sleeper.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(sandbox.sys, "executable", str(sleeper))
    start, asked = time.monotonic(), []
    with pytest.raises(UserError, match="too long"):
        sandbox.read("run", b"x", lambda: bool(asked.append(1)) or len(asked) > 2)
    assert time.monotonic() - start < 30, "the process that would take a minute was ended"
    monkeypatch.setattr(sandbox, "SECONDS", 0.0)
    with pytest.raises(UserError, match="too long"):
        sandbox.read("run", b"x")


def test_a_page_that_closed_ends_the_reading_of_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    began = threading.Event()

    def read(kind: str, content: bytes, stop: Callable[[], bool]) -> list[bytes]:
        began.set()
        while not stop():
            time.sleep(0.01)
        raise UserError("given up")

    monkeypatch.setattr(sandbox, "read", read)
    engine = Engine(tmp_path).start()
    try:
        with ThreadPoolExecutor(1) as page:
            opening = page.submit(engine.open, "a-run-that-is-opened", b"x")
            assert began.wait(60)
            engine.cancel_open("another-run-is-opened")
            assert not opening.done()
            engine.cancel_open("a-run-that-is-opened")
            with pytest.raises(UserError, match="given up"):
                opening.result(60)
        assert not engine.exists("a-run-that-is-opened")
        assert not engine._opening
    finally:
        engine.stop()


def test_the_sandbox_bounds_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "from playground.engine import run_zip, sandbox\n"
        "run_zip.READERS['greedy'] = lambda content: [bytes(2**30)]\n"
        "sandbox.main('greedy')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=b"x", capture_output=True, cwd=sandbox.ROOT, check=False, timeout=60
    )
    assert b"sentence" in done.stdout
    assert len(done.stdout) < 1000


def test_whatever_a_reader_raises_becomes_the_sentence() -> None:
    for error in (
        NotImplementedError("/secret/place"),
        MemoryError(),
        RecursionError(),
        KeyError("x"),
        ZeroDivisionError(),
    ):

        def read(error: Exception = error) -> None:
            raise error

        with pytest.raises(UserError, match=r"^It is broken\.$"):
            guarded(read, "It is broken.")
    with pytest.raises(UserError, match="its own"):
        guarded(lambda: (_ for _ in ()).throw(UserError("its own")), "another")
