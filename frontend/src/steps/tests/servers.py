"""HTTP servers on loopback, with and without TLS, that answer what tests say."""

import base64
import hashlib
import http.server
import pathlib
import ssl
import threading
import time

TLS = pathlib.Path(__file__).with_name("tls")
ALICE = "Basic " + base64.b64encode(b"alice:secret").decode()


class Handler(http.server.BaseHTTPRequestHandler):
    """Looks up its server's `answers` by path: bytes, or a function of this."""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.server.requests.append((self.headers["Host"], self.path, self.headers.get("Authorization")))
        answer = self.server.answers.get(self.path)
        try:
            if answer is None:
                self.send(404)
            elif callable(answer):
                answer(self)
            else:
                self.send(200, answer)
        except OSError:
            self.server.broken += 1
        self.close_connection = True

    def send(self, status, body=b"", length=True, **headers):
        """Sends an answer; `length` is what it says of its length."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not False:
            self.send_header("Content-Length", str(len(body) if length is True else length))
        self.end_headers()
        self.wfile.write(body)


def redirect(url, status=302):
    return lambda handler: handler.send(status, Location=url)


def status(code, **headers):
    return lambda handler: handler.send(code, **headers)


def in_turn(*answers):
    """One answer for each request, the last one for all that follow."""
    left = list(answers)

    def answer(handler):
        now = left.pop(0) if len(left) > 1 else left[0]
        now(handler) if callable(now) else handler.send(200, now)

    return answer


def private(content):
    """Content for alice alone."""
    return lambda handler: (
        handler.send(200, content) if handler.headers.get("Authorization") == ALICE else handler.send(401)
    )


def endless(handler):
    handler.send(200, length=False)
    while True:
        handler.wfile.write(b"x" * 65536)
        handler.server.sent += 65536


def dripping(handler):
    handler.send(200, length=10**6)
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.02)


def dripping_head(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.02)


class Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        self.failed += 1


def serve(test, tls=False):
    """A server for one test: `here` and `other` are its URL by two names."""
    server = Quiet(("127.0.0.1", 0), Handler)
    server.answers, server.requests = {}, []
    server.sent = server.broken = server.failed = 0
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(TLS / "certificate.pem"), str(TLS / "key.pem"))
        # In the threads of the requests, so that a failed handshake blocks none.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    scheme = "https" if tls else "http"
    server.here, server.other = (f"{scheme}://{host}:{server.server_port}" for host in ("127.0.0.1", "localhost"))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    test.addCleanup(server.server_close)
    test.addCleanup(server.shutdown)
    return server


def sha256(content):
    return hashlib.sha256(content).hexdigest()
