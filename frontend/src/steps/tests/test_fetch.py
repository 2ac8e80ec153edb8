import json
import hashlib
import os
import pathlib
import shutil
import socket
import threading
import time
import tracemalloc
import unittest

import support  # first: it finds the scripts
import fetch
import http_client
import lamina_step
import servers
import wheel_cache

NAME = "pkg-1.0-py3-none-any.whl"
CONTENT = bytes(range(256)) * 1000
SHA256 = servers.sha256(CONTENT)


class FetchTestCase(support.TestCase):
    def setUp(self):
        super().setUp()
        self.environ(no_proxy="*", NO_PROXY="*")
        self.patch(http_client, "NETRC", str(self.root / "netrc"))
        self.patch(lamina_step, "INPUT", self.root)
        self.patch(lamina_step, "CA_SECRET", self.root / "ca.pem")
        self.patch(fetch, "DELAY", 0)
        self.patch(fetch, "MAX_DELAY", 0.01)
        self.server = servers.serve(self)
        self.server.answers[f"/{NAME}"] = CONTENT
        self.cache = self.root / "cache"
        self.count = 0

    def wheel(self, path=f"/{NAME}", root=None, **changes):
        source = f"{root or self.server.here}{path}"
        return {"name": NAME, "sha256": SHA256, "size": len(CONTENT), "source": source, **changes}

    def fetch(self, *wheels, trusted=(), cache=True):
        self.count += 1
        self.target = self.root / f"private-{self.count}"
        self.target.mkdir()
        with support.quiet() as log:
            try:
                used = self.cache if cache else self.root / f"cache-{self.count}"
                paths = fetch.wheels(wheels or [self.wheel()], self.target, trusted, used)
            finally:
                self.log = log.getvalue()
        return [path.read_bytes() for path in paths]

    def fails_to_fetch(self, *wheels, **options):
        """The message, which is one line and no secret."""
        with self.assertRaises(SystemExit) as stopped:
            self.fetch(*wheels, **options)
        message = stopped.exception.code
        self.assertRegex(message, r"\Alamina: [^\n]*\Z")
        for secret in ("secret", "token", "alice"):
            self.assertNotIn(secret, message.replace("secret `", "").replace("secrets/", ""))
        return message

    def netrc(self, host="127.0.0.1"):
        self.write("netrc", f"machine {host} login alice password secret\n")

    def paths(self, server=None):
        return [path for _, path, _ in (server or self.server).requests]

    def sent(self, server=None):
        """Hosts that got credentials."""
        return {host.split(":")[0] for host, _, sent in (server or self.server).requests if sent}

    def cached(self):
        return sorted(path.name for path in self.cache.iterdir())


class Content(FetchTestCase):
    def test_files_are_downloaded_once(self):
        self.assertEqual(self.fetch(), [CONTENT])
        self.assertEqual(self.fetch(), [CONTENT])
        self.assertEqual(self.paths(), [f"/{NAME}"])
        self.assertEqual(self.cached(), [SHA256])

    def test_the_order_is_that_of_the_request(self):
        wheels = []
        for number in range(20):
            content = b"x" * (number * 997 % 50)
            self.server.answers[f"/{number}"] = content
            name = f"p{number}-1-py3-none-any.whl"
            wheels.append(self.wheel(f"/{number}", name=name, sha256=servers.sha256(content), size=len(content)))
        self.assertEqual(self.fetch(*wheels), [self.server.answers[f"/{number}"] for number in range(20)])

    def test_other_bytes_are_an_error(self):
        other = bytes(reversed(CONTENT))
        self.server.answers[f"/{NAME}"] = other
        message = self.fails_to_fetch()
        self.assertEqual(
            message,
            f"lamina: `{NAME}` from {self.server.here}/{NAME} is not the expected file: expected SHA-256 {SHA256}, "
            f"found {servers.sha256(other)}: if you trust that the server's file has been replaced, build with "
            "`--no-cache-filter resolve` to resolve again",
        )
        self.assertEqual(self.cached(), [])
        self.assertEqual(len(self.server.requests), 1)

    def test_a_wrong_hash_in_a_url_is_corrected_there(self):
        self.server.answers[f"/{NAME}"] = bytes(reversed(CONTENT))
        for fragment, expected in (("#sha256=" + "0" * 64, True), ("#egg=x&sha256=0", True), ("#egg=x", False), ("", False)):
            message = self.fails_to_fetch(self.wheel(direct_url=f"https://h/{NAME}{fragment}"))
            self.assertEqual("correct the hash in the URL of the requirement" in message, expected)
            self.assertEqual("--no-cache-filter" in message, not expected)

    def test_another_size_is_an_error(self):
        for size in (1, len(CONTENT) - 1, len(CONTENT) + 1):
            message = self.fails_to_fetch(self.wheel(size=size))
            self.assertIn(f"expected {size} bytes, found ", message)
        self.assertEqual(self.cached(), [])

    def test_a_body_that_is_too_long_is_cut_off(self):
        self.server.answers["/endless"] = servers.endless
        message = self.fails_to_fetch(self.wheel("/endless"))
        self.assertIn(f"expected {len(CONTENT)} bytes, found more", message)
        self.assertLess(self.server.sent, 64 << 20)

    def test_files_of_unknown_size_are_bounded(self):
        self.patch(fetch, "MAX_SIZE", 10**6)
        self.server.answers["/endless"] = servers.endless
        self.server.answers["/announced"] = lambda handler: handler.send(200, length=10**6 + 1)
        for path in ("/endless", "/announced"):
            message = self.fails_to_fetch(self.wheel(path, size=None))
            self.assertIn("expected at most 1000000 bytes, found more", message)
        self.assertEqual(self.fetch(self.wheel(size=None)), [CONTENT])

    def test_truncated_bodies_are_tried_again(self):
        with_length = servers.in_turn(lambda handler: handler.send(200, CONTENT[:99], length=len(CONTENT)), CONTENT)
        without = servers.in_turn(lambda handler: handler.send(200, CONTENT[:99], length=False), CONTENT)
        for answer in (with_length, without):
            self.server.answers[f"/{NAME}"] = answer
            self.assertEqual(self.fetch(cache=False), [CONTENT])
            self.assertIn("the connection broke: expected 256000 bytes, found 99", self.log)

    def test_what_stays_truncated_is_an_error(self):
        self.server.answers[f"/{NAME}"] = lambda handler: handler.send(200, CONTENT[:99], length=len(CONTENT))
        message = self.fails_to_fetch()
        self.assertIn(f"expected 256000 bytes, found 99 ({fetch.ATTEMPTS} attempts)", message)
        self.assertEqual(len(self.server.requests), fetch.ATTEMPTS)
        self.assertEqual(list(self.target.iterdir()), [])

    def test_files_are_not_read_into_memory(self):
        content = bytes(48 << 20)
        self.server.answers["/big"] = content
        wheel = self.wheel("/big", sha256=servers.sha256(content), size=len(content))

        def peak(**options):
            self.target = self.root / f"big-{len(options)}"
            self.target.mkdir()
            tracemalloc.start()
            try:
                fetch.wheels([wheel], self.target, [], self.cache)
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        self.assertLess(peak(), 20 << 20)
        self.assertLess(peak(again=True), 20 << 20)

    def test_a_full_disk_is_an_error(self):
        self.target = self.root / "missing"
        message = self.fails(fetch.wheels, [self.wheel()], self.target, [], self.cache)
        self.assertEqual(message, f"lamina: failed to write `{NAME}`: No such file or directory")

    def test_requests_are_checked(self):
        for name in ("../x.whl", "a/b-1-py3-none-any.whl", "", ".whl/..", "x.tar.gz", "a\nb.whl", "x" * 300 + ".whl", "$X.whl\\"):
            message = self.fails_to_fetch(self.wheel(name=name))
            self.assertIn("is not the name of a wheel", message)
        for sha256 in ("", "../" + SHA256[3:], SHA256[1:]):
            self.assertIn("hash of", self.fails_to_fetch(self.wheel(sha256=sha256)))
        self.assertIn("requested twice", self.fails_to_fetch(self.wheel(), self.wheel()))
        self.assertEqual(self.fetch(self.wheel(sha256=SHA256.upper())), [CONTENT])

    def test_urls_of_other_schemes_are_errors(self):
        for url in ("ftp://x/y", "file:///etc/passwd", "https://", "http://[broken/", "pkg.whl", "http://h:99999/x"):
            message = self.fails_to_fetch(self.wheel(source=url))
            self.assertIn("unsupported address", message)

    def test_paths_are_escaped(self):
        self.server.answers["/a%20b%C3%A9%2Bc"] = CONTENT
        self.assertEqual(self.fetch(self.wheel("/a bé%2Bc")), [CONTENT])


class Failures(FetchTestCase):
    def test_busy_servers_are_asked_again(self):
        for code in (429, 500, 502, 503, 504):
            answer = servers.in_turn(servers.status(code, Retry_After="99999999"), CONTENT)
            self.server.answers[f"/{NAME}"] = answer
            self.assertEqual(self.fetch(cache=False), [CONTENT])
            self.assertIn(f"`127.0.0.1` answered {code}", self.log)

    def test_what_a_server_does_not_have_is_not_asked_again(self):
        for code in (400, 403, 404, 410, 206):
            self.server.requests.clear()
            self.server.answers[f"/{NAME}"] = servers.status(code)
            message = self.fails_to_fetch()
            self.assertIn(f"from {self.server.here}/{NAME}: `127.0.0.1` answered {code}", message)
            self.assertIn("`--no-cache-filter resolve`", message)
            self.assertEqual(len(self.server.requests), 1)

    def test_servers_that_are_away(self):
        message = self.fails_to_fetch(self.wheel(root="http://127.0.0.1:1"))
        self.assertIn("`127.0.0.1`: [Errno 111] Connection refused (5 attempts): check the network", message)

    def test_an_answer_that_never_begins(self):
        self.patch(fetch.Client, "SECONDS", 0.2)
        self.patch(fetch, "ATTEMPTS", 2)
        self.server.answers[f"/{NAME}"] = servers.dripping_head
        began = time.monotonic()
        self.assertIn("(2 attempts)", self.fails_to_fetch())
        self.assertLess(time.monotonic() - began, 10)

    def test_a_body_that_hardly_comes(self):
        self.patch(fetch, "STALL_SECONDS", 0.1)
        self.patch(fetch, "ATTEMPTS", 2)
        self.server.answers[f"/{NAME}"] = servers.dripping
        self.assertIn("the server sent less than 65536 bytes in 0.1 seconds", self.fails_to_fetch(self.wheel(size=10**6)))

    def test_all_attempts_have_a_deadline(self):
        self.patch(fetch, "MAX_SECONDS", 0.1)
        self.server.answers[f"/{NAME}"] = servers.dripping
        message = self.fails_to_fetch(self.wheel(size=10**6))
        self.assertIn("it took more than 0.1 seconds (1 attempts)", message)

    def test_the_first_failure_stops_the_others(self):
        self.server.answers["/slow"] = servers.dripping
        slow = self.wheel("/slow", name="slow-1-py3-none-any.whl", size=10**6)
        many = [self.wheel("/gone", name=f"p{n}-1-py3-none-any.whl") for n in range(50)]
        began = time.monotonic()
        message = self.fails_to_fetch(slow, *many)
        self.assertIn("answered 404", message)
        self.assertLess(time.monotonic() - began, 10)

    def test_progress_is_shown(self):
        self.patch(fetch, "PROGRESS_SECONDS", 0.02)

        def slow(handler):
            time.sleep(0.3)
            handler.send(200, CONTENT)

        self.server.answers[f"/{NAME}"] = slow
        self.fetch()
        self.assertIn("fetched 0 of 1 files, downloaded 0.0 MB\n", self.log)

    def test_secrets_of_urls_are_not_shown(self):
        url = f"{self.server.here.replace('//', '//alice:secret@')}/gone?token=1#secret"
        self.assertIn(f"from {self.server.here}/gone: ", self.fails_to_fetch(self.wheel(source=url)))
        self.server.answers["/x"] = servers.redirect("http://alice:secret@127.0.0.1:1/token?token=1")
        self.assertIn("Connection refused", self.fails_to_fetch(self.wheel("/x")))
        self.assertNotIn("token", self.log)


class Credentials(FetchTestCase):
    def setUp(self):
        super().setUp()
        self.server.answers["/private"] = servers.private(CONTENT)
        self.tls = servers.serve(self, tls=True)
        self.tls.answers.update({f"/{NAME}": CONTENT, "/private": servers.private(CONTENT)})

    def trust(self):
        shutil.copy(str(servers.TLS / "certificate.pem"), str(self.root / "ca.pem"))

    def test_verified_connections_carry_them(self):
        self.trust()
        self.netrc()
        self.assertEqual(self.fetch(self.wheel("/private", self.tls.here)), [CONTENT])
        self.assertEqual(self.sent(self.tls), {"127.0.0.1"})

    def test_a_server_that_is_not_verified_is_sent_nothing(self):
        self.netrc()
        message = self.fails_to_fetch(self.wheel("/private", self.tls.here))
        self.assertIn("the certificate of `127.0.0.1` is invalid", message)
        self.assertIn("the secret `ca-certificates`, or trust the host with `--trusted-host 127.0.0.1`", message)
        self.assertEqual(self.tls.requests, [])
        self.assertEqual(self.fetch(self.wheel("/private", self.tls.here), trusted=["127.0.0.1"]), [CONTENT])

    def test_plain_connections_carry_them_for_trusted_hosts_alone(self):
        self.netrc()
        message = self.fails_to_fetch(self.wheel("/private"))
        self.assertIn("`127.0.0.1` answered 401: the credentials for `127.0.0.1` are not sent", message)
        self.assertEqual(self.sent(), set())
        self.assertEqual(self.fetch(self.wheel("/private"), trusted=["localhost", "127.0.0.1"]), [CONTENT])

    def test_accounts_of_urls_are_treated_alike(self):
        self.trust()
        account = [root.replace("//", "//alice:secret@") for root in (self.server.here, self.tls.here)]
        self.assertIn("answered 401", self.fails_to_fetch(self.wheel("/private", account[0])))
        self.assertEqual(self.fetch(self.wheel("/private", account[1])), [CONTENT])

    def test_redirects_to_another_host_carry_none(self):
        self.trust()
        self.write("netrc", "default login alice password secret\n")
        self.tls.answers["/moved"] = servers.redirect(f"{self.tls.other}/private")
        message = self.fails_to_fetch(self.wheel("/moved", self.tls.here))
        self.assertIn("`localhost` answered 401: `127.0.0.1` redirected there, where its credentials", message)
        self.assertEqual(self.sent(self.tls), {"127.0.0.1"})
        # Not even for a host that is trusted.
        self.fails_to_fetch(self.wheel("/moved", self.tls.here), trusted=["localhost", "127.0.0.1"])
        self.assertEqual(self.sent(self.tls), {"127.0.0.1"})

    def test_redirects_there_and_back_carry_none(self):
        self.trust()
        self.netrc()
        self.tls.answers["/out"] = servers.redirect(f"{self.tls.other}/back")
        self.tls.answers["/back"] = servers.redirect(f"{self.tls.here}/private")
        self.assertIn("answered 401", self.fails_to_fetch(self.wheel("/out", self.tls.here)))
        sent = [path for _, path, sent in self.tls.requests if sent]
        self.assertEqual(sent, ["/out"])

    def test_redirects_to_a_plain_connection_or_another_port_carry_none(self):
        self.trust()
        self.netrc()
        other = servers.serve(self, tls=True)
        for server in (self.server, other):
            self.tls.answers["/moved"] = servers.redirect(f"{server.here}/private")
            server.answers["/private"] = servers.private(CONTENT)
            self.assertIn("are not sent", self.fails_to_fetch(self.wheel("/moved", self.tls.here)))
            self.assertEqual(self.sent(server), set())

    def test_redirects_are_followed(self):
        self.trust()
        self.netrc()
        for code in (301, 302, 303, 307, 308):
            self.tls.answers["/moved"] = servers.redirect("/private", code)
            self.assertEqual(self.fetch(self.wheel("/moved", self.tls.here), cache=False), [CONTENT], code)
        self.server.answers["/moved"] = servers.redirect(f"{self.tls.other}/{NAME}")
        self.assertEqual(self.fetch(self.wheel("/moved"), cache=False), [CONTENT])

    def test_redirects_are_bounded(self):
        self.server.answers["/loop"] = servers.redirect("/loop")
        self.assertIn("more than 5 redirects", self.fails_to_fetch(self.wheel("/loop")))
        self.assertEqual(len(self.server.requests), http_client.MAX_REDIRECTS + 1)
        for target in ("file:///etc/passwd", "ftp://127.0.0.1/x", "//h:99999/", "http://[broken/"):
            self.server.answers["/moved"] = servers.redirect(target)
            self.assertIn("unsupported address", self.fails_to_fetch(self.wheel("/moved")))

    def test_remedies(self):
        for netrc, remedy in (
            (None, "pass a secret `netrc` with an account for `127.0.0.1`"),
            ("machine x login a password b\n", "add `machine 127.0.0.1 login USER password PASSWORD`"),
            ("machine 127.0.0.1 login x password y\n", "check login and password of `machine 127.0.0.1`"),
        ):
            if netrc:
                self.write("netrc", netrc)
            message = self.fails_to_fetch(self.wheel("/private"), trusted=["127.0.0.1"])
            self.assertIn("answered 401: ", message)
            self.assertIn(remedy, message)


class Cache(FetchTestCase):
    def poisons(self):
        """Whatever others may leave under the name of a file."""
        entry = self.cache / SHA256
        yield "other bytes", lambda: entry.write_bytes(bytes(reversed(CONTENT)))
        yield "truncated", lambda: entry.write_bytes(CONTENT[:-1])
        yield "longer", lambda: entry.write_bytes(CONTENT + b"x")
        yield "empty", lambda: entry.write_bytes(b"")
        yield "link to a right file", lambda: entry.symlink_to(self.write("right", CONTENT))
        yield "link to nothing", lambda: entry.symlink_to("/nowhere")
        yield "link to itself", lambda: entry.symlink_to(entry)
        yield "link to a device", lambda: entry.symlink_to("/dev/zero")
        yield "directory", lambda: (entry / "a/b").mkdir(parents=True)
        yield "fifo", lambda: os.mkfifo(str(entry))
        yield "socket", lambda: self.make_socket(entry)

    def make_socket(self, path):
        # Paths of sockets are short.
        here = os.getcwd()
        os.chdir(str(path.parent))
        try:
            with socket.socket(socket.AF_UNIX) as made:
                made.bind("s")
            os.rename("s", path.name)
        finally:
            os.chdir(here)

    def remove(self, path):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path))
        elif path.is_symlink() or path.exists():
            path.unlink()

    def test_a_poisoned_cache_is_not_believed(self):
        self.fetch()
        for name, poison in self.poisons():
            self.remove(self.cache / SHA256)
            poison()
            with self.subTest(name):
                self.server.requests.clear()
                self.assertEqual(self.fetch(), [CONTENT])
                self.assertEqual(self.log, f"`{NAME}` was changed in the cache: downloading it again\n")
                self.assertEqual(self.paths(), [f"/{NAME}"])
                # It is right again.
                self.assertEqual((self.cache / SHA256).read_bytes(), CONTENT)
                self.assertFalse((self.cache / SHA256).is_symlink())
                self.assertEqual(self.cached(), [SHA256])
        self.assertEqual((self.root / "right").read_bytes(), CONTENT)

    def test_every_file_of_the_cache_may_change(self):
        wheels = []
        for number in range(30):
            content = b"%d" % number * 999
            self.server.answers[f"/{number}"] = content
            name = f"p{number}-1-py3-none-any.whl"
            wheels.append(self.wheel(f"/{number}", name=name, sha256=servers.sha256(content), size=len(content)))
        first = self.fetch(*wheels)
        for path in self.cache.iterdir():
            path.write_bytes(path.read_bytes()[::-1] + b"!")
        self.assertEqual(self.fetch(*wheels), first)

    def test_a_file_that_changes_while_it_is_read(self):
        self.patch(fetch, "CHUNK", 1000)
        self.fetch()
        opened = wheel_cache.Cache.open

        def changing(cache, name):
            file = opened(cache, name)
            read = file.read

            class File:
                def __enter__(self):
                    return self

                def __exit__(self, *error):
                    file.close()

                def read(self, size):
                    data = read(size)
                    (test.cache / SHA256).write_bytes(bytes(len(CONTENT)))
                    return data

            return File()

        test = self
        self.patch(wheel_cache.Cache, "open", changing)
        self.assertEqual(self.fetch(), [CONTENT])
        self.assertEqual(len(self.server.requests), 2)

    def test_copies_do_not_change_with_the_cache(self):
        self.fetch()
        self.fetch()
        (self.cache / SHA256).write_bytes(b"later")
        self.assertEqual((self.target / NAME).read_bytes(), CONTENT)

    def test_without_a_usable_cache(self):
        self.write("cache", "a file")
        self.assertEqual(self.fetch(), [CONTENT])
        self.assertIn("wheels are not cached", self.log)
        (self.root / "cache").unlink()
        (self.root / "elsewhere").mkdir()
        self.link("cache", self.root / "elsewhere")
        self.assertEqual(self.fetch(), [CONTENT])
        self.assertEqual(list((self.root / "elsewhere").iterdir()), [])

    def test_what_cannot_be_cached_is_fetched_all_the_same(self):
        real = os.rename

        def rename(source, *arguments, **options):
            if str(source).startswith(SHA256):
                raise OSError(28, "No space left on device")
            return real(source, *arguments, **options)

        self.patch(os, "rename", rename)
        self.assertEqual(self.fetch(), [CONTENT])
        self.assertEqual(self.log, f"`{NAME}` is not cached: No space left on device\n")
        self.assertEqual(self.cached(), [])

    def test_steps_share_the_cache(self):
        failures = []

        def one(number):
            directory = self.root / f"step-{number}"
            directory.mkdir()
            try:
                for turn in range(5):
                    [path] = fetch.wheels([self.wheel()], directory, [], self.cache)
                    if path.read_bytes() != CONTENT:
                        failures.append(path)
                    path.unlink()
                    (self.cache / SHA256).write_bytes(b"poison")
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
        with support.quiet():
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(failures, [])

    def test_old_parts_are_removed(self):
        self.fetch()
        old = self.write("cache/old.part")
        (self.cache / "directory.part/x").mkdir(parents=True)
        new = self.write("cache/new.part")
        day = time.time() - 2 * 24 * 3600
        for path in (old, self.cache / "directory.part"):
            os.utime(str(path), (day, day))
        self.fetch()
        self.assertEqual(self.cached(), sorted([SHA256, new.name]))


class Local(FetchTestCase):
    def test_mounted_files_are_verified(self):
        path = self.write("built/x.whl", CONTENT)
        self.link("built/link.whl", path)
        for source in (path, self.root / "built/link.whl"):
            self.assertEqual(self.fetch(self.wheel(source=str(source))), [CONTENT])
        self.assertEqual(self.cached(), [])
        path.write_bytes(CONTENT[1:])
        self.assertIn("expected 256000 bytes, found 255999", self.fails_to_fetch(self.wheel(source=str(path))))

    def test_links_do_not_lead_out(self):
        """A build may have left them, for the hash of a secret in a message."""
        secret = self.write("root/other.whl", b"secret")
        self.link("built/k/x.whl", secret)
        self.link("built/k/up.whl", "../../root/other.whl")
        self.link("built/k/hop.whl", "x.whl")
        self.link("built/directory", secret.parent)
        self.link("built/k/broken.whl", "../nothing")
        for path in ("k/x.whl", "k/up.whl", "k/hop.whl", "directory/other.whl", "k/broken.whl"):
            message = self.fails_to_fetch(self.wheel(source=str(self.root / "built" / path)))
            self.assertIn("is a link that leads out of its directory", message)
            self.assertNotIn(servers.sha256(b"secret"), message)

    def test_what_is_no_file(self):
        os.mkfifo(str(self.root / "fifo"))
        for name in ("fifo", ""):
            message = self.fails_to_fetch(self.wheel(source=str(self.root / name)))
            self.assertTrue("is not a file" in message or "Is a directory" in message, message)
        self.assertIn("No such file", self.fails_to_fetch(self.wheel(source="/nowhere.whl")))


class Program(FetchTestCase):
    def setUp(self):
        super().setUp()
        self.patch(fetch, "OUTPUT", self.root / "out")
        self.server.answers.update({"/a/pkg-1.tar.gz": CONTENT, "/a/pkg-1.tar.gz?x": CONTENT})

    def program(self, url, **changes):
        request = {"url": url, "sha256": None, "size": None, "trusted_hosts": [], **changes}
        self.write("fetch.json", json.dumps(request))
        fetch.main()
        return json.loads(self.read("out/answer.json"))

    def test_the_answer_describes_the_file(self):
        answer = self.program(f"{self.server.here}/a/pkg-1.tar.gz?x#y=z")
        others = {name: hashlib.new(name, CONTENT).hexdigest() for name in ("sha384", "sha512")}
        self.assertEqual(answer, {"name": "pkg-1.tar.gz", "sha256": SHA256, "size": len(CONTENT), **others})
        self.assertEqual((self.root / "out/file/pkg-1.tar.gz").read_bytes(), CONTENT)

    def test_what_is_known_is_verified(self):
        url = f"{self.server.here}/a/pkg-1.tar.gz"
        self.assertEqual(self.program(url, sha256=SHA256, size=len(CONTENT))["sha256"], SHA256)
        for changes in ({"sha256": "0" * 64}, {"size": 1}):
            shutil.rmtree(str(self.root / "out"))
            self.assertIn("is not the expected file", self.fails(lambda: self.program(url, **changes)))
        for changes in ({"sha256": "x"}, {"sha256": "../x"}):
            self.assertIn("hash of `pkg-1.tar.gz` is invalid", self.fails(lambda: self.program(url, **changes)))

    def test_the_end_of_a_file_of_which_nothing_is_known(self):
        def chunked(handler, end=b"0\r\n\r\n"):
            handler.protocol_version = "HTTP/1.1"
            handler.send(200, b"3\r\nabc\r\n" + end, length=False, Transfer_Encoding="chunked")

        def cut_head(handler):
            handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-")

        url = f"{self.server.here}/x.zip"
        self.server.answers["/x.zip"] = chunked
        self.assertEqual(self.program(url)["size"], 3)
        for answer in (
            lambda handler: chunked(handler, b""),
            lambda handler: handler.send(200, b"abc", length=False),
            cut_head,
        ):
            shutil.rmtree(str(self.root / "out"))
            self.server.answers["/x.zip"] = answer
            self.assertIn("(5 attempts)", self.fails(self.program, url))

    def test_a_file_without_a_hash_stays_on_verified_connections(self):
        shutil.copy(str(servers.TLS / "certificate.pem"), str(self.root / "ca.pem"))
        tls = servers.serve(self, tls=True)
        tls.answers["/x.zip"] = servers.redirect(f"{self.server.here}/{NAME}")
        message = self.fails(self.program, f"{tls.here}/x.zip")
        self.assertIn("redirected from https to http, and its hash is not known", message)
        self.assertEqual(self.server.requests, [])
        self.assertEqual(self.program(f"{tls.here}/x.zip", sha256=SHA256)["size"], len(CONTENT))
        shutil.rmtree(str(self.root / "out"))
        self.assertEqual(self.program(f"{tls.here}/x.zip", trusted_hosts=["127.0.0.1"])["size"], len(CONTENT))

    def test_names_are_one_segment(self):
        for url, name in (
            ("https://h/a/b.zip", "b.zip"),
            ("https://h/a%2Fb%2F..%2Fc.zip", "c.zip"),
            ("https://h/a/b%20c+d.zip?x=/y", "b c+d.zip"),
            ("https://h/a/b.zip/", "b.zip"),
            ("https://h/%C3%A9.zip#egg=x", "é.zip"),
        ):
            self.assertEqual(fetch.file_name(url), name)
        for url in ("https://h", "https://h/", "https://h/a/..", "https://h/%2e%2E", "https://h/a%00b", "https://h/" + "x" * 300, "https://h/a%0Ab", "https://h/%ff"):
            self.assertIn("names no file", self.fails(fetch.file_name, url), url)

    def test_paths_are_no_urls(self):
        for url in ("/etc/passwd", "file:///etc/passwd", "x.zip"):
            message = self.fails(self.program, url)
            self.assertTrue("is not at a URL" in message or "unsupported address" in message, message)


if __name__ == "__main__":
    unittest.main()
