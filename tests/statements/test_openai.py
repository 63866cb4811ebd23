"""Laws of the extractor that asks a model, against a real server on this machine."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import omnimemory
from omnimemory import ExtractorError, InputError
from omnimemory.statements.openai import OpenAIExtractor
from tests.context.small_company import CUSTOMER, message


class Scripted(ThreadingHTTPServer):
    """Answers as a chat model would, with what it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.status = 200
        self.content: Any = ""
        self.asked: list[dict[str, Any]] = []
        self.tokens: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def says(self, *statements: dict[str, Any]) -> None:
        self.content = json.dumps({"statements": statements})


class Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Scripted)
        assert self.path == "/v1/chat/completions"
        server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        server.tokens.append(self.headers["Authorization"])
        body = json.dumps({"choices": [{"message": {"content": server.content}}]}).encode()
        self.send_response(server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


@pytest.fixture
def model() -> Iterator[Scripted]:
    with Scripted() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def extractor(model: Scripted) -> Iterator[OpenAIExtractor]:
    found = OpenAIExtractor(model.url, model="tiny", api_key="k")
    yield found
    found.close()


CHAT = [
    message("x1", 20, "Wann kommt mein Geld?  Ich bin sauer."),
    message("x2", 19, "Wir zahlen es morgen by Friday zurück.", inbound=False),
]


def test_what_a_model_finds_is_written_down(model: Scripted, extractor: OpenAIExtractor) -> None:
    """In a language that the rules do not read; the thread is told as data."""
    model.says(
        {"message": 0, "form": "question", "text": "Wann kommt mein Geld?", "answered_by": 1,
         "answer": "Wir zahlen es morgen by Friday zurück."},
        {"message": 1, "form": "commitment", "text": "Wir zahlen es morgen by Friday zurück."},
    )  # fmt: skip
    with omnimemory.connect("networkx://", tenant="acme", extractor=extractor) as memory:
        memory.ingest(CHAT, strict=True)
        found = {item["form"]: item for item in memory.statements(customer=CUSTOMER)}
    assert found["question"]["answer"] == "Wir zahlen es morgen by Friday zurück."
    assert found["commitment"]["due_at"].startswith("2026-03-06")
    (asked,) = model.asked
    assert (asked["model"], asked["temperature"]) == ("tiny", 0)
    assert asked["messages"][0]["role"] == "system"
    assert json.loads(asked["messages"][1]["content"])[0]["by"] == "customer"
    assert model.tokens == ["Bearer k"]


@pytest.mark.parametrize(
    "statement",
    [
        {"message": 0, "form": "question", "text": "Wann kommt meine Million?"},
        {"message": 7, "form": "question", "text": "Wann kommt mein Geld?"},
        {"message": -1, "form": "question", "text": "Wir zahlen"},
        {"message": 0, "form": "fact", "text": "Ich bin sauer."},
        {"message": 0, "form": "question", "text": " "},
    ],
)
def test_what_nobody_said_is_dropped(
    model: Scripted, extractor: OpenAIExtractor, statement: dict[str, Any]
) -> None:
    model.says(statement)
    with omnimemory.connect("networkx://", tenant="acme", extractor=extractor) as memory:
        memory.ingest(CHAT, strict=True)
        assert not memory.statements()
    assert model.asked


@pytest.mark.parametrize("answer", [{"answered_by": 1, "answer": "Nie."}, {"answered_by": 0, "answer": "Ich bin sauer."}])  # fmt: skip
def test_an_answer_that_nobody_gave_is_none(
    model: Scripted, extractor: OpenAIExtractor, answer: dict[str, Any]
) -> None:
    model.says({"message": 0, "form": "question", "text": "Wann kommt mein Geld?"} | answer)
    with omnimemory.connect("networkx://", tenant="acme", extractor=extractor) as memory:
        memory.ingest(CHAT, strict=True)
        (item,) = memory.statements()
    assert item["status"] == "open"


@pytest.mark.parametrize(
    "content", ["", "no JSON", "[]", '{"statements": [{"form": "wish"}]}', None]
)
def test_a_reply_of_another_form_is_one_clear_error(
    model: Scripted, extractor: OpenAIExtractor, content: Any
) -> None:
    model.content = content
    with omnimemory.connect("networkx://", tenant="acme") as memory:
        memory.ingest(CHAT, strict=True)
        with pytest.raises(ExtractorError, match="tiny gave back no statements"):
            memory.extract(extractor)
        assert not memory.statements()


def test_a_server_that_fails_or_is_not_there_is_one_clear_error(
    model: Scripted, extractor: OpenAIExtractor
) -> None:
    model.status = 503
    gone = OpenAIExtractor("http://127.0.0.1:9/v1", model="tiny")
    with omnimemory.connect("networkx://", tenant="acme") as memory:
        memory.ingest(CHAT, strict=True)
        for one in (extractor, gone):
            with pytest.raises(ExtractorError, match="gave no answer"):
                memory.extract(one)
    gone.close()


def test_a_url_that_is_none_and_a_missing_extra_say_what_to_do() -> None:
    with pytest.raises(InputError, match="http://HOST"):
        OpenAIExtractor("localhost", model="tiny")
    code = (
        "import sys; sys.modules['httpx'] = None\n"
        "from omnimemory.statements.openai import OpenAIExtractor\n"
        "OpenAIExtractor('http://127.0.0.1:9', model='x')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'omnimemory-graph[openai-compatible]'" in done.stderr
