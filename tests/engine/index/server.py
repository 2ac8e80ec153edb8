"""A package index on loopback (PEP 503, with PEP 658 metadata), for tests.

    server.py --port N --root DIR --log FILE

Serves the folders that wheels.py wrote: `/whl/cpu/`, `/whl/cu118/`, `/simple/`, and
`/private/simple/`, which wants user `lamina` and password `s3cret`. What is not in `/whl/` is
answered with 403, as S3 buckets do, everywhere else with 404; `/partly/` has nothing, and answers
401 for `lamina-dep`. Links go to the files beside
the page, with their SHA-256. Each request is one line in the log: time, method, path, status,
`auth` or `-`, user agent; the log is opened for each line, so a test may empty or remove it.
"""

import argparse
import base64
import hashlib
import html
import http.server
import os
import re
import threading
import time
import urllib.parse

CREDENTIALS = "Basic " + base64.b64encode(b"lamina:s3cret").decode()


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def normalise(name):
    return re.sub(r"[-_.]+", "-", name).lower()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    root = log = ""
    lock = threading.Lock()

    def log_request(self, code="-", size="-"):
        authorized = "auth" if self.headers.get("Authorization") else "-"
        agent = self.headers.get("User-Agent", "-")
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = f"{stamp} {self.command} {self.path} {int(code)} {authorized} {agent}\n"
        with self.lock, open(self.log, "a", encoding="utf-8") as out:
            out.write(line)

    def log_message(self, format, *args):  # noqa: A002 (the base class's name)
        pass

    def answer(self, status, body, kind="text/html; charset=utf-8", headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, text, headers=()):
        self.answer(status, (text + "\n").encode(), "text/plain; charset=utf-8", headers)

    def do_GET(self):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        parts = [part for part in path.split("/") if part]
        if ".." in parts:
            return self.refuse(400, "no")
        if parts[:1] == ["partly"]:  # an index with rights of their own for some packages
            status = 401 if parts[-1] == "lamina-dep" else 404
            return self.refuse(status, "not for you")
        if parts[:1] == ["private"] and self.headers.get("Authorization") != CREDENTIALS:
            return self.refuse(401, "credentials needed",
                               [("WWW-Authenticate", 'Basic realm="lamina"')])
        local = os.path.join(self.root, *parts)
        if os.path.isfile(local):
            with open(local, "rb") as file:
                return self.answer(200, file.read(), "application/octet-stream")
        if parts and not os.path.isdir(local):  # a project's name, as somebody else spells it
            parts[-1] = normalise(parts[-1])
            local = os.path.join(self.root, *parts)
        if not os.path.isdir(local):
            if parts[:1] == ["whl"]:  # as download.pytorch.org, an S3 bucket
                return self.refuse(403, "forbidden")
            return self.refuse(404, "not found")
        if not self.path.endswith("/"):
            return self.answer(301, b"", headers=[("Location", "/" + "/".join(parts) + "/")])
        return self.answer(200, self.page(local))

    do_HEAD = do_GET

    def page(self, folder):
        """A folder as a page of links; wheels with digests, and with their metadata's.

        The attribute's older name (`data-dist-info-metadata`) is left out: pip before 23.1 reads
        it, and then wants names spelled as in the metadata.
        """
        lines = ["<!DOCTYPE html><html><body>"]
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            quoted = urllib.parse.quote(name)
            if os.path.isdir(path):
                lines.append(f'<a href="{quoted}/">{html.escape(name)}</a><br>')
            elif name.endswith(".whl"):
                metadata = f"sha256={digest(path + '.metadata')}"
                lines.append(
                    f'<a href="{quoted}#sha256={digest(path)}" data-core-metadata="{metadata}">'
                    f"{html.escape(name)}</a><br>"
                )
        lines.append("</body></html>")
        return "\n".join(lines).encode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--log", required=True)
    arguments = parser.parse_args()
    Handler.root, Handler.log = arguments.root, arguments.log
    http.server.ThreadingHTTPServer.daemon_threads = True
    http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
