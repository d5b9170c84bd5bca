"""A Hugging Face hub on this machine: it serves folders and remembers what was asked of it."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest

COMMIT = "c" * 40


class Hub:
    """`with Hub({"owner/name": folder}) as hub`: speaks what `huggingface_hub` asks, over real HTTP.

    A dataset is called "datasets/owner/name".
    """

    def __init__(self, models: dict[str, Path]) -> None:
        self.models = models
        self.asked: list[str] = []
        """Path of every request."""
        self.slow: threading.Event | None = None
        """Files are held back until this is set."""
        self.halfway: threading.Event | None = None
        """The second half of a file's bytes is held back until this is set."""
        self.gone: str = ""
        """A file of this name is listed, but not there."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.asked.append(self.path)
                self._reply(*hub.answer(self.path))

            do_HEAD = do_GET  # noqa: N815 (the name http.server looks for)

            def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body[: len(body) // 2])
                    if hub.halfway and "/resolve/" in self.path:
                        self.wfile.flush()
                        hub.halfway.wait(30)
                    self.wfile.write(body[len(body) // 2 :])

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Hub:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """From now on nobody answers."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def stand_in(self, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        """From now on this is the hub, and `cache` what was fetched from it."""
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        template = self.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", self.url)
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))

    def files(self, name: str) -> list[str]:
        """Files of a model or dataset that were sent, or at least asked for."""
        start = f"/{name}/resolve/{COMMIT}/"
        return sorted({path.removeprefix(start) for path in self.asked if path.startswith(start)})

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers."""
        path = path.split("?")[0]
        for name, folder in self.models.items():
            api = f"/api/{name}" if name.startswith("datasets/") else f"/api/models/{name}"
            if path in (api, f"{api}/revision/main"):
                files = [_entry(folder, file) for file in sorted(folder.rglob("*")) if file.is_file()]
                siblings = [{"rfilename": file["path"], "size": file["size"]} for file in files]
                return _json({"id": name.removeprefix("datasets/"), "sha": COMMIT, "siblings": siblings})
            if path == f"{api}/tree/{COMMIT}":
                return _json([_entry(folder, file) for file in sorted(folder.rglob("*")) if file.is_file()])
            if path.startswith(f"/{name}/resolve/{COMMIT}/"):
                if self.slow:
                    self.slow.wait(30)
                if self.gone and path.endswith(self.gone):
                    return 404, b"{}", {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"}
                body = (folder / path.removeprefix(f"/{name}/resolve/{COMMIT}/")).read_bytes()
                return 200, body, {"ETag": f'"{_blob(body)}"', "X-Repo-Commit": COMMIT}
        return 404, b"{}", {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}


def _json(value: Any) -> tuple[int, bytes, dict[str, str]]:
    return 200, json.dumps(value).encode(), {"Content-Type": "application/json"}


def _entry(folder: Path, file: Path) -> dict[str, Any]:
    body = file.read_bytes()
    return {
        "type": "file",
        "path": file.relative_to(folder).as_posix(),
        "size": len(body),
        "oid": _blob(body),
    }


def _blob(body: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
