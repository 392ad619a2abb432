"""A page without a browser that may send anything: Streamlit's own protocol over a web socket."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE = 20.0  # seconds that a drawing is waited for
EDGE = "----edge-of-a-forged-file"
TRACES = (b"Traceback (most recent call last)", b'File "/')


class ForgedPage:
    """Notes the widgets it was shown, and every error that reached it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.widgets: dict[str, str] = {}  # kind by id
        self.fragments: list[str] = []
        self.tracebacks: list[str] = []
        self.errors: list[str] = []  # sentences of Streamlit about an error, without a traceback
        self._session, self._urls = "", [""]
        self._socket = connect(
            f"ws://127.0.0.1:{port}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            open_timeout=PATIENCE,
        )

    def close(self) -> None:
        self._socket.close()

    @property
    def closed(self) -> bool:
        """Whether the server has closed the connection, as it may."""
        return self._socket.close_code is not None

    def send(self, content: bytes) -> None:
        """Any bytes."""
        self._socket.send(content)

    def rerun(self, query: str = "", page: str = "", widgets: Mapping[str, Mapping[str, Any]] | None = None) -> bool:
        """Have the page drawn with values of widgets, each {field: value} by id; gives whether it was, in time."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = query, page
        for name, fields in (widgets or {}).items():
            widget = state.widget_states.widgets.add(id=name)
            for field, value in fields.items():
                if field == "file_uploader_state_value":
                    widget.file_uploader_state_value.uploaded_file_info.add(**value)
                else:
                    setattr(widget, field, value)
        self.send(message.SerializeToString())
        return self.settle()

    def press(self, key: str, query: str = "", page: str = "") -> bool:
        """Press the button of that key; gives whether there is one."""
        name = self.named(key)
        return bool(name) and self.rerun(query, page, {name: {"trigger_value": True}})

    def named(self, key: str) -> str:
        """The id of the widget of that key; "" if there is none."""
        return next((one for one in self.widgets if one.endswith(f"-{key}")), "")

    def settle(self, patience: float = PATIENCE) -> bool:
        """Take what comes until the page is drawn."""
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            try:
                data = self._socket.recv(timeout=left)
            except (TimeoutError, ConnectionClosed):
                return False
            assert isinstance(data, bytes)
            if self._take(data):
                return True
        return False

    def upload(self, name: str, content: bytes) -> dict[str, Any]:
        """Upload a file as the browser does; gives what its widget is to be told."""
        request = BackMsg()
        request.file_urls_request.request_id = "0"
        request.file_urls_request.file_names.append(name)
        request.file_urls_request.session_id = self._session
        self._urls = []
        self.send(request.SerializeToString())
        end = time.monotonic() + PATIENCE
        while not self._urls and time.monotonic() < end:
            self.settle(0.2)
        if not self._urls:
            raise RuntimeError("the server gives no address for a file")
        info: Any = self._urls[0]
        self._put(info.upload_url, name, content)
        return {"file_id": info.file_id, "name": name, "size": len(content), "file_urls": info}

    def _put(self, path: str, name: str, content: bytes) -> None:
        server = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        server.request("GET", "/_stcore/host-config")
        answer = server.getresponse()
        answer.read()
        token = (answer.getheader("set-cookie") or "").partition("_streamlit_xsrf=")[2].partition(";")[0]
        safe = name.encode("utf-8", "replace").replace(b'"', b"'").replace(b"\r", b" ").replace(b"\n", b" ")
        head = f'--{EDGE}\r\nContent-Disposition: form-data; name="file"; filename="'.encode() + safe
        body = head + b'"\r\nContent-Type: application/octet-stream\r\n\r\n' + content + f"\r\n--{EDGE}--\r\n".encode()
        kind = f"multipart/form-data; boundary={EDGE}"
        headers = {"Content-Type": kind, "X-Xsrftoken": token, "Cookie": f"_streamlit_xsrf={token}"}
        server.request("PUT", path, body, headers)
        server.getresponse().read()
        server.close()

    def _take(self, data: bytes) -> bool:
        """Note what a message says; gives whether the page is drawn."""
        self.tracebacks += [trace.decode() for trace in TRACES if trace in data]
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._session = self._session or message.new_session.initialize.session_id
        elif kind == "file_urls_response":
            self._urls = list(message.file_urls_response.file_urls)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._note(message.delta.new_element)
            if message.delta.fragment_id and message.delta.fragment_id not in self.fragments:
                self.fragments.append(message.delta.fragment_id)
        return bool(kind == "script_finished")

    def _note(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            (self.tracebacks if list(element.exception.stack_trace) else self.errors).append(element.exception.message)
        elif name := getattr(getattr(element, kind or "", None), "id", ""):
            self.widgets[name] = kind
