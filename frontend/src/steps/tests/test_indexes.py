import base64
import http.server
import threading
import time
import unittest
import urllib.parse

import support  # first: it finds the scripts
import http_client
import indexes

ALICE = "Basic " + base64.b64encode(b"alice:secret").decode()


class Index(http.server.BaseHTTPRequestHandler):
    """Answers as its server's `answers` say: by the first part of the path."""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        sent = self.headers.get("Authorization")
        self.server.requests.append((self.headers["Host"], self.path, sent))
        kind = self.path.split("/")[1]
        if kind == "private":
            return self.answer(200 if sent == ALICE else 401)
        if kind == "endless":
            self.send_response(401)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                return None
        if kind in self.server.redirects:
            return self.answer(302, self.server.redirects[kind])
        if kind == "pages":
            return self.answer(200, body=b'<a href="My_Pkg-0.1.tar.gz#x">My_Pkg-0.1.tar.gz</a>')
        if kind == "broken":
            return self.answer(503)
        return self.answer({"open": 200, "forbidden": 403}.get(kind, 404))

    def answer(self, status, location=None, body=b""):
        self.send_response(status)
        if location is not None:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Indexes(support.TestCase):
    def setUp(self):
        super().setUp()
        self.environ(no_proxy="*", NO_PROXY="*")
        self.patch(http_client, "NETRC", str(self.root / "netrc"))
        self.patch(indexes.Client, "SECONDS", 5)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
        self.server.requests, self.server.redirects = [], {}
        thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        # Two names of one server: hosts are told apart by their names alone.
        self.here = f"http://127.0.0.1:{self.server.server_port}"
        self.other = f"http://localhost:{self.server.server_port}"

    def netrc(self, text):
        self.write("netrc", text)

    def ask(self, kind, arguments=(), names=("pkg",), root=None, version="1.0"):
        with support.quiet() as log:
            questions = {f"{root or self.here}/{kind}/": dict.fromkeys(names, version)}
            answers = indexes.Answers(questions, list(arguments))
        self.answers = answers
        self.log, self.others = log.getvalue(), answers.other_versions()
        return answers.denied()

    def sent(self):
        """Hosts that got credentials."""
        return {host.split(":")[0] for host, _, sent in self.server.requests if sent}

    def test_credentials_that_are_absent_missing_or_rejected(self):
        self.assertEqual(self.ask("private")[0]["credentials"], "absent")
        self.netrc("machine elsewhere login alice password secret\n")
        self.assertEqual(self.ask("private")[0]["credentials"], "missing")
        self.netrc("machine 127.0.0.1 login alice password wrong\n")
        expected = {
            "index": f"{self.here}/private/",
            "status": 401,
            "host": "127.0.0.1",
            "credentials": "rejected",
            "names": ["a", "b"],
        }
        self.assertEqual(self.ask("private", names=("b", "a")), [expected])
        self.netrc("machine 127.0.0.1 login alice password secret\n")
        self.assertEqual(self.ask("private"), [])

    def test_other_answers_deny_nothing(self):
        self.assertEqual(self.ask("open") + self.ask("gone"), [])
        self.assertEqual(self.ask("forbidden")[0]["status"], 403)
        self.assertFalse(indexes.is_unauthorized(self.ask("forbidden")[0]))
        self.assertTrue(indexes.is_unauthorized(self.ask("private")[0]))
        self.assertEqual(self.ask("open", root="http://127.0.0.1:1"), [])
        self.assertIn("failed to ask http://127.0.0.1:1/open/pkg/", self.log)

    def test_pages_are_asked_for_as_pep_503_says(self):
        self.ask("open", names=("a-b",))
        self.assertEqual([path for _, path, _ in self.server.requests], ["/open/a-b/"])

    def test_redirects_do_not_carry_credentials_to_another_host(self):
        self.netrc("machine 127.0.0.1 login alice password secret\n")
        self.server.redirects["moved"] = f"{self.other}/private/pkg/"
        found = self.ask("moved")
        self.assertEqual(self.sent(), {"127.0.0.1"})
        self.assertEqual((found[0]["host"], found[0]["credentials"]), ("localhost", "missing"))

    def test_redirects_to_a_plain_connection_withhold_its_credentials(self):
        self.netrc("machine localhost login alice password secret\n")
        self.server.redirects["moved"] = f"{self.other}/private/pkg/"
        self.assertEqual(self.ask("moved")[0]["credentials"], "withheld")
        self.assertEqual(self.sent(), set())
        # Unless the user trusts that host as it is.
        self.assertEqual(self.ask("moved", ["--allow-insecure-host", "localhost"]), [])

    def test_redirects_are_followed_within_a_host(self):
        self.netrc("machine 127.0.0.1 login alice password secret\n")
        self.server.redirects["moved"] = "/private/pkg/"
        self.assertEqual(self.ask("moved"), [])

    def test_redirects_are_bounded(self):
        self.server.redirects["loop"] = "/loop/pkg/"
        self.assertEqual(self.ask("loop"), [])
        self.assertEqual(len(self.server.requests), http_client.MAX_REDIRECTS + 1)
        self.assertIn("more than 5 redirects", self.log)

    def test_redirects_lead_to_no_files(self):
        for target in ("file:///etc/passwd", "ftp://127.0.0.1/x", "http:///x", "http://[broken/"):
            self.server.redirects["moved"] = target
            self.assertEqual(self.ask("moved"), [], target)

    def test_all_answers_have_a_deadline(self):
        self.patch(indexes, "MAX_SECONDS", -1)
        self.assertEqual(self.ask("private", names=("a", "b")), [])
        self.assertEqual(self.server.requests, [])
        self.assertIn("took more than", self.log)

    def test_bodies_are_not_read(self):
        self.assertEqual(self.ask("endless")[0]["status"], 401)

    def test_packages_in_other_versions(self):
        expected = {"index": f"{self.here}/pages/", "private": False, "names": ["my-pkg"]}
        self.ask("pages", names=("my-pkg",))
        self.assertEqual(self.others, [expected])
        # This version, also by another spelling; no version; another package.
        for names, version in ((("my-pkg",), "0.1"), (("my-pkg",), None), (("pkg-0",), "1.0")):
            self.ask("pages", names=names, version=version)
            self.assertEqual(self.others, [], names)
        self.netrc("default login alice password secret\n")
        self.ask("pages", names=("my-pkg",))
        self.assertEqual(self.others, [{**expected, "private": True}])

    def test_versions_are_taken_exactly(self):
        for file, chosen, expected in (
            ("x-0.2.0.dev20240101.tar.gz", "0.2.0", True),
            ("x-0.2.0-py3-none-any.whl", "0.2.0", False),
            ("X-0.2-1-py3-none-any.whl", "0.2.0", False),
            ("x-0.2.0rc1-py3-none-any.whl", "0.2.0", True),
            ("x-1.10.tar.bz2", "1.1", True),
            ("x-1.1.0.0.tar.bz2", "1.1", False),
            ("x-v1.1.zip", "1.1", False),
            ("x-1.1.POST1.tgz", "1.1-1", False),
            ("x-1.1_alpha.2.tar.xz", "1.1a2", False),
            ("x-1.1.dev-3.tar.gz", "1.1.dev3", False),
            ("x-1.1%2Bcu_118-py3-none-any.whl", "1.1+cu.118", False),
            ("x-1.1%2Bcu118-py3-none-any.whl", "1.1", True),
            ("x-1!1.1.tar.gz", "1.1", True),
            ("x-1.1.tar.gz.asc", "1.0", False),
            ("x-extra-1.1.tar.gz", "1.0", False),
            ("extra-x-1.1.tar.gz", "1.0", False),
            ("x-1.1.exe", "1.0", False),
            ("x-odd.tar.gz", "1.0", False),
            ("x-2004d.tar.gz", "2004D", False),
            ("x-" + "9" * 9000 + ".tar.gz", "1.0", True),
        ):
            for page in (f'<a href="../f/{file}#sha256=0">_</a>', f"<A HREF='{file}?x'>_</A>", f"<a href={file}>_</a>"):
                self.assertEqual(indexes.has_other_versions(page, "x", chosen), expected, (page[:99], chosen))
        self.assertFalse(indexes.has_other_versions('<a href="/f/1">x-1.0.tar.gz</a>', "x", "1.0"))
        self.assertTrue(indexes.has_other_versions('<a href="/f/1">\nMy_Pkg-1.0.tar.gz </a>', "my-pkg", "1.1"))
        # The name of another version anywhere else decides nothing.
        page = '<a href="x-1.0.dev1.tar.gz" data-core-metadata="x-1.0-.">x-1.0.dev1.tar.gz</a>'
        self.assertTrue(indexes.has_other_versions(page, "x", "1.0"))

    def test_large_pages_are_read_in_time(self):
        began = time.process_time()
        for unit in ("<a href=", "href='x", ">x-", "<a href=\"x-1.0.tar.gz\">x</a>", " href = "):
            indexes.has_other_versions(unit * (1000000 // len(unit)), "x", "1.1")
        self.assertLess(time.process_time() - began, 5)

    def test_an_index_with_credentials_has_to_answer(self):
        here = f"http://127.0.0.1:{self.server.server_port}"
        self.server.redirects["loop"] = "/loop/pkg/"
        for text, root, kind, expected in (
            ("machine 127.0.0.1 login a password b\n", "http://127.0.0.1:1", "open", "http://127.0.0.1:1/open/pkg/ gave no answer"),
            ("machine 127.0.0.1 login a password b\n", here, "loop", "more than 5 redirects"),
            ("machine 127.0.0.1 login a password b\n", here, "broken", "answered 503"),
            ("", "http://u:p@127.0.0.1:1", "open", "http://127.0.0.1:1/open/pkg/ gave no answer"),
        ):
            self.netrc(text)
            self.ask(kind, root=root)
            message = self.fails(self.answers.require)
            self.assertIn(expected, message)
            self.assertNotIn("\n", message)
        self.netrc("machine elsewhere login a password b\n")
        for root, kind in (("http://127.0.0.1:1", "open"), (here, "broken"), (here, "private")):
            self.ask(kind, root=root)
            self.answers.require()

    def test_connections_that_carry_credentials(self):
        self.netrc("machine h login alice password secret\nmachine i login alice password secret\n")
        split = urllib.parse.urlsplit
        for insecure, first, url, expected in (
            ([], "https://h/", "https://h/", "rejected"),
            ([], "https://h/", "https://i/", "rejected"),
            ([], "https://h/", "http://h/", "withheld"),
            ([], "http://h/", "http://h/", "rejected"),
            ([], "http://h/", "http://i/", "withheld"),
            ([], "http://h:1/", "http://h:2/", "withheld"),
            (["h"], "https://h/", "http://i/", "withheld"),
            (["h"], "https://i/", "http://h/", "rejected"),
            (["h:1"], "https://i/", "http://h:2/", "withheld"),
            ([], "https://h/", "https://x/", "missing"),
        ):
            client = indexes.Client(insecure, http_client.read_netrc())
            headers, credentials = client.authorization(split(url), split(first))
            with self.subTest(first=first, url=url, insecure=insecure):
                self.assertEqual(credentials, expected)
                self.assertEqual("Authorization" in headers, expected == "rejected")

    def test_only_trusted_hosts_are_not_verified(self):
        class Opener:
            def __init__(self, name):
                self.name = name

            def open(opener, request, timeout):
                asked.append((opener.name, request.full_url))
                raise OSError("no network")

        asked = []
        client = indexes.Client(["trusted", "port:444"], None)
        client.openers = {True: Opener("verified"), False: Opener("unverified")}
        with support.quiet():
            for host in ("trusted", "port:444", "port", "other"):
                client.ask(f"https://{host}", "p", None)
        names = [name for name, _ in asked]
        self.assertEqual(names, ["unverified", "unverified", "verified", "verified"])

    def test_the_default_account_is_of_all_other_hosts(self):
        self.netrc("machine elsewhere login x password y\ndefault login alice password secret\n")
        self.assertEqual(self.ask("private"), [])

    def test_option_values(self):
        arguments = ["--index", "a", "--no-index", "--default-index", "b", "--index", "c"]
        self.assertEqual(indexes.option_values(arguments, "--index", "--default-index"), ["a", "b", "c"])


if __name__ == "__main__":
    unittest.main()
