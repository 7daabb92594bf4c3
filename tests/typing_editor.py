"""An editor's part of the language server protocol, as much as completion needs."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Editor:
    """One file, open in an editor."""

    def __init__(self, server: subprocess.Popen[bytes], file: Path, python: str) -> None:
        assert server.stdin is not None
        assert server.stdout is not None
        self._input: IO[bytes] = server.stdin
        self._output: IO[bytes] = server.stdout
        self._uri = file.as_uri()
        self._versions = itertools.count(1)
        self._ids = itertools.count(1)
        self._settings = {"python": {"pythonPath": python}}
        folder = {"uri": file.parent.as_uri(), "name": "x"}
        capabilities = {"workspace": {"configuration": True, "workspaceFolders": True}}
        self._ask("initialize", {"processId": None, "capabilities": capabilities, "workspaceFolders": [folder]})
        self._tell("initialized", {})
        document = {"uri": self._uri, "languageId": "python", "version": next(self._versions), "text": ""}
        self._tell("textDocument/didOpen", {"textDocument": document})

    def complete(self, text: str) -> list[str]:
        """What may stand at the `|` in the text."""
        before, _, after = text.partition("|")
        document = {"uri": self._uri, "version": next(self._versions)}
        self._tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": before + after}]})
        lines = before.split("\n")
        place = {"line": len(lines) - 1, "character": len(lines[-1])}
        answer = self._ask("textDocument/completion", {"textDocument": {"uri": self._uri}, "position": place})
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return [item["label"] for item in items]

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        number = next(self._ids)
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == number and "method" not in message:
                return message["result"]
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": self._answer(message)})

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        return [self._settings.get(item.get("section", "")) for item in message["params"]["items"]]

    def _tell(self, method: str, params: dict[str, Any]) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._input.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._input.flush()

    def _receive(self) -> dict[str, Any]:
        length = 0
        while line := self._output.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        message: dict[str, Any] = json.loads(self._output.read(length))
        return message


@contextlib.contextmanager
def editing(command: Path, file: Path, python: str) -> Iterator[Editor]:
    """Open a file.

    Args:
        command: The language server.
        file: Need not exist.
        python: The interpreter that finds the packages.
    """
    with subprocess.Popen(
        [str(command), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        try:
            yield Editor(server, file, python)
        finally:
            server.terminate()
