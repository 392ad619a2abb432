"""How many bytes a redraw of the Train page sends to the browser."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_cache import populate_hash_if_needed
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from playground.engine.messages import Play
from tests.app.fakes import FakeHost
from tests.app.test_train_page import open_page

STEP = 60_000  # a curve has all the rows then that it ever shows
AROUND = 2_000  # bytes that Streamlit sends before and after the fragment


@pytest.mark.parametrize(("preset", "most"), [("ring", 40_000), ("digits", 35_000)])
def test_a_redraw_stays_small(preset: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    host, sent = FakeHost(), dict[str, int]()
    page = open_page(host, unfold=False, preset=preset)
    [run_id] = host.runs
    host.send(run_id, Play())
    host.runs[run_id].step = STEP
    page.run()  # the first time with curves of this length

    def enqueue(queue: Any, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "delta" and message.delta.fragment_id:
            populate_hash_if_needed(message)
            name = f"{message.delta.WhichOneof('type')} {list(message.metadata.delta_path)}"
            sent[name] = message.ByteSize()
        original(queue, message)

    original = ForwardMsgQueue.enqueue
    monkeypatch.setattr(ForwardMsgQueue, "enqueue", enqueue)
    page.run()
    assert not page.exception
    assert max(sent.values()) > 5_000, "the stage is among them"
    assert sum(sent.values()) + AROUND <= most, sorted(sent.items(), key=lambda item: -item[1])[:5]
