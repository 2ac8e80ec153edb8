#!/usr/bin/env python3
"""Records what uv prints when it fails: `record_uv_errors.py PATH_OF_UV`.

Serves a small index on this machine, lets uv fail in every way that
`uv_errors.py` tells apart, and writes its messages below `uv_errors/`, with
the version in `uv_errors/VERSION`. Needs openssl, and no network.
"""

import hashlib
import http.server
import io
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile

OUT = pathlib.Path(__file__).resolve().parent / "uv_errors"
BACKEND = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def wheel(name, requires=(), tag="py3-none-any", version="1.0"):
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {line}\n" for line in requires)
    info = f"{name}-{version}.dist-info"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"{name}-{version}-{tag}.whl", file.getvalue()


def sdist(name, backend):
    file = io.BytesIO()
    info = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for path, text in (("PKG-INFO", info), ("pyproject.toml", BACKEND), ("backend.py", backend)):
            entry = tarfile.TarInfo(f"{name}-1.0/{path}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return f"{name}-1.0.tar.gz", file.getvalue()


FILES = {
    "good": [wheel("good"), wheel("good", version="2.0")],
    "needs-old": [wheel("needs_old", ["good<2"])],
    "needs-new": [wheel("needs_new", ["good>=2"])],
    "needs-ghost": [wheel("needs_ghost", ["ghost"])],
    "windows-only": [wheel("windows_only", tag="cp311-cp311-win_amd64")],
    "invalid-metadata": [wheel("invalid_metadata", ["this is !! not valid"])],
    "not-zip": [("not_zip-1.0-py3-none-any.whl", b"not a zip file")],
    "no-build": [sdist("no_build", "raise RuntimeError('the compiler failed')\n")],
}
STATUSES = {"status-401": 401, "status-403": 403, "status-500": 500}


class Index(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        parts = self.path.strip("/").split("/")
        status, body = STATUSES.get(parts[0], 404), b""
        if parts[0] == "simple" and len(parts) == 2 and parts[1] in FILES:
            links = "".join(
                f'<a href="/files/{parts[1]}/{name}#sha256={hashlib.sha256(content).hexdigest()}">{name}</a>'
                for name, content in FILES[parts[1]]
            )
            status, body = 200, links.encode()
        elif parts[0] == "files" and len(parts) == 3:
            content = dict(FILES.get(parts[1], ())).get(parts[2])
            status, body = (404, b"") if content is None else (200, content)
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def serve(certificate=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def certificate(work):
    """A certificate for localhost that nothing trusts."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -keyout k.pem -out c.pem"
    extensions = ["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE"]
    subprocess.run([*command.split(), *extensions], cwd=work, check=True, stderr=subprocess.DEVNULL)
    path = work / "both.pem"
    path.write_text((work / "k.pem").read_text() + (work / "c.pem").read_text())
    return path


def main():
    uv = shutil.which(sys.argv[1])
    work = pathlib.Path(tempfile.mkdtemp())
    http_port, https_port = serve(), serve(certificate(work))
    root = f"http://127.0.0.1:{http_port}"
    index = ["--default-index", f"{root}/simple"]
    for path, text in (("empty/README", ""), ("project/pyproject.toml", BACKEND), ("project/backend.py", "raise OSError\n")):
        (work / path).parent.mkdir(exist_ok=True)
        (work / path).write_text(text)
    cases = {
        "not-found": ("ghost", index),
        "not-found-dependency": ("needs-ghost", index),
        "not-found-no-index": ("good", ["--no-index"]),
        "conflict": ("needs-old\nneeds-new", index),
        "no-version": ("good==9", index),
        "no-wheel-for-platform": ("windows-only", index),
        "invalid-metadata": ("invalid-metadata", index),
        "invalid-wheel": ("not-zip", index),
        "wheels-only": ("no-build", [*index, "--only-binary", ":all:"]),
        "status-401": ("good", ["--default-index", f"{root}/status-401"]),
        "status-403": ("good", ["--default-index", f"{root}/status-403"]),
        "status-500": ("good", ["--default-index", f"{root}/status-500"]),
        "url-404": (f"x @ {root}/gone/x-1.0-py3-none-any.whl", index),
        "url-401": (f"x @ {root}/status-401/x-1.0-py3-none-any.whl", index),
        "dns": ("good", ["--default-index", "http://nexus.invalid/simple"]),
        "connection-refused": ("good", ["--default-index", "http://127.0.0.1:9/simple"]),
        "connection-refused-retried": ("good", ["--default-index", "http://127.0.0.1:9/simple"]),
        "tls": ("good", ["--default-index", f"https://localhost:{https_port}/simple"]),
        "build": ("no-build", index),
        "build-project": ("/lamina/sources/0123456789ab/project", index),
        "not-a-project": ("/lamina/sources/0123456789ab/empty", index),
        "no-such-path": ("/lamina/sources/0123456789ab/missing", index),
        "links-404": ("good", ["--no-index", "--find-links", f"{root}/gone/"]),
    }
    OUT.mkdir(exist_ok=True)
    for name, (lines, arguments) in cases.items():
        place = str(work)
        (work / "in.txt").write_text(lines.replace("/lamina/sources/0123456789ab", place) + "\n")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": place,
            "UV_NO_CONFIG": "1",
            "UV_NO_PROGRESS": "1",
            "UV_CACHE_DIR": f"{place}/cache",
            "UV_HTTP_RETRIES": "1" if name.endswith("retried") else "0",
        }
        command = [uv, "pip", "compile", "--quiet", "--no-header", "--python", sys.executable, *arguments, "in.txt"]
        done = subprocess.run(command, cwd=work, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        text = done.stderr.decode().replace(place, "/lamina/sources/0123456789ab")
        text = text.replace(f":{http_port}", ":8000").replace(f":{https_port}", ":8443")
        (OUT / f"{name}.txt").write_text(text)
        print(f"{name}: status {done.returncode}")
    version = subprocess.run([uv, "--version"], stdout=subprocess.PIPE, check=True).stdout.decode().split()[1]
    (OUT / "VERSION").write_text(f"{version}\n")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
