"""The index over HTTP: /health, and /search?q=WORDS&count=N."""

import json
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from .index import load
from .info import torch_build

MOST_HITS = 100


def serve(root: Path, host: str, port: int) -> None:
    """Answers until it is stopped; the folder is indexed anew when it changed."""
    lock = threading.Lock()
    load(root)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = parse_qs(url.query)
            if url.path == "/health":
                self.answer(200, {"status": "ok", "torch": torch_build()})
            elif url.path == "/search" and "q" in query:
                self.search(query["q"][0], query.get("count", ["5"])[0])
            else:
                self.answer(404, {"error": "try /health or /search?q=WORDS"})

        def search(self, words: str, count: str) -> None:
            if count not in map(str, range(1, MOST_HITS + 1)):
                self.answer(400, {"error": f"count is a number from 1 to {MOST_HITS}"})
                return
            try:
                with lock:
                    index = load(root)
                self.answer(200, {"hits": [asdict(hit) for hit in index.search(words, int(count))]})
            except (LookupError, OSError) as error:
                self.answer(500, {"error": str(error)})

        def answer(self, status: int, body: dict[str, object]) -> None:
            data = json.dumps(body).encode() + b"\n"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with ThreadingHTTPServer((host, port), Handler) as server:
        print(f"ragex: {root} on http://{host}:{server.server_port}", flush=True)
        server.serve_forever()
