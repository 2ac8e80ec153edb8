import time
import unittest
import urllib.parse

import support  # first: it finds the scripts
import http_client
import lamina_step
import servers


class Netrc(support.TestCase):
    def setUp(self):
        super().setUp()
        self.patch(http_client, "NETRC", str(self.root / "netrc"))

    def netrc(self, text):
        self.write("netrc", text)

    def test_an_invalid_netrc_is_not_repeated(self):
        self.netrc("machine h login alice password sec ret\nmachine i hunter2\n")
        self.assertEqual(
            self.fails(http_client.read_netrc),
            "lamina: the secret `netrc` is invalid at line 1: expected `machine HOST login USER password PASSWORD`",
        )
        for text, line in (("\nhunter2", 2), ("machine h\nlogin a password", 2), ("login a", 1), ("machine", 1)):
            self.netrc(text)
            self.assertIn(f"invalid at line {line}:", self.fails(http_client.read_netrc), text)

    def test_a_netrc_in_another_encoding_is_an_error(self):
        self.netrc("machine h login alice\n  password pässwort\n".encode("latin-1"))
        message = self.fails(http_client.read_netrc)
        self.assertEqual(message, "lamina: the secret `netrc` is invalid at line 2: expected UTF-8")

    def test_netrc_files(self):
        self.assertIsNone(http_client.read_netrc())
        self.netrc("")
        self.assertEqual(http_client.read_netrc(), {})
        self.netrc(
            "# comment\nmachine h\n  login alice\n  password #pä$$\\\"'`\n"
            "macdef init\nmachine no\n\n"
            'machine i login "a b" password "\\"q\\"" account x\ndefault login d password machine\n'
        )
        self.assertEqual(
            http_client.read_netrc(),
            {
                "h": {"login": "alice", "password": "#pä$$\\\"'`"},
                "i": {"login": "a b", "password": '"q"', "account": "x"},
                None: {"login": "d", "password": "machine"},
            },
        )


class Client(support.TestCase):
    def setUp(self):
        super().setUp()
        self.environ(no_proxy="*", NO_PROXY="*")
        self.patch(lamina_step, "CA_SECRET", servers.TLS / "certificate.pem")
        self.tls = servers.serve(self, tls=True)
        self.plain = servers.serve(self)

    def open(self, url, credentials=None, trusted=()):
        answer, place, became = http_client.Client(trusted, credentials).open(url, {})
        with answer:
            return answer.status, place.hostname, became

    def test_all_statuses_are_answers(self):
        for status in (200, 204, 304, 401, 404, 500):
            self.plain.answers["/x"] = servers.status(status)
            self.assertEqual(self.open(f"{self.plain.here}/x"), (status, "127.0.0.1", "absent"))

    def test_redirects_over_tls(self):
        self.tls.answers["/x"] = servers.redirect(f"{self.tls.other}/y", 308)
        self.tls.answers["/y"] = b""
        account = {"localhost": {"login": "alice", "password": "secret"}}
        self.assertEqual(self.open(f"{self.tls.here}/x", account), (200, "localhost", "rejected"))
        sent = [(host.split(":")[0], sent) for host, _, sent in self.tls.requests]
        self.assertEqual(sent, [("127.0.0.1", None), ("localhost", servers.ALICE)])

    def test_accounts_of_redirects_are_not_used(self):
        self.plain.answers["/x"] = servers.redirect(self.plain.other.replace("//", "//alice:secret@") + "/y")
        self.assertEqual(self.open(f"{self.plain.here}/x"), (404, "localhost", "absent"))
        self.assertEqual([sent for _, _, sent in self.plain.requests], [None, None])

    def test_redirects_that_are_not_escaped(self):
        self.plain.answers["/x"] = servers.redirect("/a b\xe9")
        self.plain.answers["/a%20b%E9"] = b""
        self.assertEqual(self.open(f"{self.plain.here}/x")[0], 200)

    def test_errors_have_the_host_that_made_them(self):
        self.plain.answers["/x"] = servers.redirect("http://localhost:1/")
        with self.assertRaises(http_client.ERRORS) as raised:
            self.open(f"{self.plain.here}/x")
        self.assertEqual(raised.exception.host, "localhost")

    def test_the_head_of_an_answer_has_a_deadline(self):
        self.patch(http_client.Client, "SECONDS", 0.2)
        for server in (self.plain, self.tls):
            server.answers["/x"] = servers.dripping_head
            began = time.monotonic()
            with self.assertRaises(http_client.ERRORS):
                self.open(f"{server.here}/x")
            self.assertLess(time.monotonic() - began, 5)

    def test_proxies_are_used(self):
        proxy = servers.serve(self)
        proxy.answers["http://elsewhere.invalid/x"] = b""
        self.environ(clear=True, http_proxy=proxy.here)
        self.assertEqual(self.open("http://elsewhere.invalid/x")[0], 200)

    def test_urls_are_shown_without_secrets(self):
        for url, shown in (
            ("https://alice:secret@h:1/a/b?token=1#x", "https://h:1/a/b"),
            ("https://alice@h", "https://h"),
            ("https://h/\x1b[31m\u202e", "https://h/?[31m?"),
            ("http://[broken/", "an invalid URL"),
        ):
            self.assertEqual(http_client.shown(url), shown)

    def test_addresses(self):
        for url, address in (
            ("https://alice:secret@H:1/a?b=c#d", "https://h:1/a?b=c"),
            ("https://h", "https://h/"),
            ("https://[::1]:1/\u00e9 %2B", "https://[::1]:1/%C3%A9%20%2B"),
        ):
            self.assertEqual(http_client.address(urllib.parse.urlsplit(url)), address)
        account = http_client.without_account("git+https://alice:secret@h/a?b#c")
        self.assertEqual(account, "git+https://h/a?b#c")


if __name__ == "__main__":
    unittest.main()
