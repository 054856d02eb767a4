"""A server on loopback that answers like an engine or a provider: chat, messages, embeddings; it can fail."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Mock:
    """What a server saw, and how it answers from now on."""

    status: int = 200
    """0: the line is cut without an answer."""
    usage: tuple[int, int] = (1000, 100)
    """Prompt and completion tokens that every answer states."""
    cached: int = 0
    """Of the prompt tokens, said to come from the prefix cache."""
    hold: threading.Event = field(default_factory=threading.Event)
    """Answers wait until it is set."""
    calls: list[tuple[str, str]] = field(default_factory=list)
    """(path, model) of every request."""
    in_flight: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    arrived: threading.Condition = field(default_factory=threading.Condition)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def forget(self) -> None:
        with self.lock:
            self.calls.clear()
            self.most = self.in_flight

    def wait_for(self, calls: int, seconds: float = 60) -> bool:
        """Until so many have come, since the last `forget`."""
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.calls) >= calls, seconds)


@contextmanager
def serving(mock: Mock) -> Iterator[Mock]:
    """The server, at a free port of loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", mock.port), _handler(mock))
    server.daemon_threads = True
    mock.port = server.server_address[1]
    mock.hold.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield mock
    finally:
        mock.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(mock: Mock) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
            with mock.arrived:
                mock.in_flight += 1
                mock.most = max(mock.most, mock.in_flight)
                mock.calls.append((self.path, str(asked.get("model"))))
                mock.arrived.notify_all()
            try:
                mock.hold.wait(120)
                if asked.get("stream") and mock.status == 200:
                    self._stream(_chunks(mock, asked))
                else:
                    self._answer(mock.status, _body(mock, self.path, asked))
            finally:
                with mock.arrived:
                    mock.in_flight -= 1

        def _answer(self, status: int, body: Any) -> None:
            if status == 0:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            raw = json.dumps(body if status == 200 else {"error": {"message": "mock", "type": "mock"}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def _stream(self, chunks: list[Any]) -> None:
            raw = "".join(f"data: {chunk if isinstance(chunk, str) else json.dumps(chunk)}\n\n" for chunk in chunks)
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw.encode())

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def _chunks(mock: Mock, asked: Any) -> list[Any]:
    """A chat answer word by word, its usage at the end where it is asked for, as vLLM has it."""
    about = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": asked.get("model", "mock")}
    parts = [{"role": "assistant", "content": ""}, {"content": "o"}, {"content": "k"}]
    found: list[Any] = [about | {"choices": [{"index": 0, "delta": part, "finish_reason": None}]} for part in parts]
    found.append(about | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    if (asked.get("stream_options") or {}).get("include_usage"):
        found.append(about | {"choices": [], "usage": _usage(mock)})
    return [*found, "[DONE]"]


def _usage(mock: Mock) -> dict[str, Any]:
    read, written = mock.usage
    usage: dict[str, Any] = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return usage | ({"prompt_tokens_details": {"cached_tokens": mock.cached}} if mock.cached else {})


def _body(mock: Mock, path: str, asked: Any) -> Any:
    read, written = mock.usage
    model = asked.get("model", "mock")
    if path.endswith("/messages"):
        content = [{"type": "text", "text": "ok"}]
        about = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "stop_reason": "end_turn",
            "stop_sequence": None,
        }
        return about | {"model": model, "content": content, "usage": {"input_tokens": read, "output_tokens": written}}
    if path.endswith("/embeddings"):
        counted = {"prompt_tokens": read, "total_tokens": read}
        return {
            "object": "list",
            "model": model,
            "data": [{"object": "embedding", "index": 0, "embedding": [0.1]}],
            "usage": counted,
        }
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}
    usage = _usage(mock)
    return {"id": "1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice], "usage": usage}
