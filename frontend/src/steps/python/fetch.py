"""Fetches files, each of them verified: its SHA-256 and size are those that are
expected, whatever a server or a cache says.

install.py uses it for wheels. As a program it fetches the one file that
/lamina/in/fetch.json names to /out/file, and describes it in /out/answer.json.
"""

import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import ssl
import stat
import sys
import threading
import time
import urllib.parse

import http_client
import lamina_step as step
import wheel_cache

OUTPUT = pathlib.Path("/out")
CHUNK = 1 << 20
MAX_PARALLEL = 8
MAX_NAME = 255
# Of a file whose size nobody knows.
MAX_SIZE = 20 * 10**9
ATTEMPTS = 5
# Between attempts: doubled each time.
DELAY, MAX_DELAY = 1, 30
# For all attempts, and how little of a file may come in which time.
MAX_SECONDS = 6 * 3600
STALL_SECONDS, STALL_BYTES = 60, 64 << 10
# How often progress is shown.
PROGRESS_SECONDS = 5

SHA256 = re.compile(r"[0-9a-f]{64}")
HASHED_URL = re.compile(r"#(?:.*&)?sha256=", re.IGNORECASE)
# The secret netrc has an account for the host, or the host has to be trusted.
REMEDIES = {
    "absent": "if it requires credentials, pass a secret `netrc` with an account for `{host}`",
    "missing": "if it requires credentials, add `machine {host} login USER password PASSWORD` to the secret `netrc`",
    "rejected": "check login and password of `machine {host}` in the secret `netrc`",
    "withheld": "the credentials for `{host}` are not sent over a connection that is not verified, nor after a "
    "redirect to another host or port: use an https index, or trust the host with `--trusted-host {host}`",
}
AGAIN = "build with `--no-cache-filter resolve` to resolve again"

# A file: what messages call it, a URL or path, and what is known of it.
# `by_url` if the hash is that of the URL of a requirement.
Wanted = collections.namedtuple("Wanted", "name source sha256 size by_url", defaults=(False,))


class FetchError(Exception):
    """Why a file cannot be had: one line for the user."""


class WriteError(FetchError):
    """The same, for a reason that is not the file's."""


class RetryError(Exception):
    """What may be different a moment later."""

    def __init__(self, message, delay=0):
        super().__init__(message)
        self.delay = delay


class Client(http_client.Client):
    """Credentials go to the host of the file's own URL alone, and only over a
    connection that is verified or that the user trusts: the URL is the index's
    word, not the user's."""

    # Some indexes download a file themselves before they send it.
    SECONDS = 60

    def __init__(self, trusted, credentials, keep_tls=False):
        super().__init__(trusted, credentials)
        self.keep_tls = keep_tls

    def follow(self, place, location):
        """Where a redirect leads: for a file without a known hash never from a
        verified connection to one that anybody can change."""
        goal = super().follow(place, location)
        if self.keep_tls and place.scheme == "https" and goal.scheme == "http" and not self.is_trusted(goal):
            raise http_client.RedirectError("redirected from https to http, and its hash is not known")
        return goal

    def may_carry_credentials(self, place, first, strayed):
        same = http_client.authority(place) == http_client.authority(first) and not strayed
        return same and (place.scheme == "https" or self.is_trusted(place))


class Copy:
    """A file that is hashed while it is written, and no longer than expected."""

    def __init__(self, path, wanted):
        self.wanted = wanted
        self.size = 0
        self.digest = hashlib.sha256()
        try:
            self.file = open(path, "xb")
        except OSError as error:
            raise self.write_error(error) from None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()

    def write(self, data):
        self.size += len(data)
        check_length(self.wanted, self.size)
        self.digest.update(data)
        try:
            self.file.write(data)
            self.file.flush()
        except OSError as error:
            raise self.write_error(error) from None

    def write_error(self, error):
        return WriteError(f"failed to write `{self.wanted.name}`: {error.strerror}")

    def verify(self):
        """The SHA-256 and the size; a FetchError if others are expected."""
        wanted, digest = self.wanted, self.digest.hexdigest()
        if wanted.size is not None and self.size != wanted.size:
            raise FetchError(f"{mismatch(wanted)}: expected {wanted.size} bytes, found {self.size}: {remedy(wanted)}")
        if wanted.sha256 is not None and digest != wanted.sha256:
            raise FetchError(
                f"{mismatch(wanted)}: expected SHA-256 {wanted.sha256}, found {digest}: {remedy(wanted)}"
            )
        return digest, self.size


def check_length(wanted, length):
    """Stops at more bytes than a file has."""
    if wanted.size is not None and length > wanted.size:
        raise FetchError(
            f"{mismatch(wanted)}: expected {wanted.size} bytes, found more ({length} or more): {remedy(wanted)}"
        )
    if length > MAX_SIZE:
        raise FetchError(f"{mismatch(wanted)}: expected at most {MAX_SIZE} bytes, found more: use a smaller file")


def mismatch(wanted):
    if is_remote(wanted):
        return f"`{wanted.name}` from {http_client.shown(wanted.source)} is not the expected file"
    return f"`{wanted.name}` is not the expected file"


def remedy(wanted):
    if is_remote(wanted) and wanted.by_url:
        return "correct the hash in the URL of the requirement"
    if is_remote(wanted):
        return f"if you trust that the server's file has been replaced, {AGAIN}"
    return f"if it has been replaced, {AGAIN}"


def is_remote(wanted):
    return not wanted.source.startswith("/")


class Fetcher:
    """Fetches files with one client; `stop` ends what runs."""

    def __init__(self, trusted_hosts, store=None, keep_tls=False):
        self.client = Client(trusted_hosts, http_client.read_netrc(), keep_tls)
        self.store = store
        self.stop = threading.Event()
        self.received = {}

    def fetch(self, wanted, path):
        """Writes a verified file to a new path: its SHA-256 and its size."""
        if not is_remote(wanted):
            return copy_local(wanted, path)
        found = self.from_cache(wanted, path)
        if found:
            return found
        found = self.download(wanted, path)
        if self.store:
            self.store.put(found[0], path)
        return found

    def from_cache(self, wanted, path):
        """The same from the cache; None if it does not have the right file."""
        if not self.store or not wanted.sha256:
            return None
        try:
            with self.store.open(wanted.sha256) as source:
                return copy_file(source, wanted, path)
        except FileNotFoundError:
            return None
        except WriteError:
            raise
        except (OSError, FetchError):
            remove_if_there(path)
            print(f"`{wanted.name}` was changed in the cache: downloading it again", file=sys.stderr)
            self.store.discard(wanted.sha256)
            return None

    def download(self, wanted, path):
        """Downloads a file, several times if the connection breaks."""
        deadline = time.monotonic() + MAX_SECONDS
        shown = http_client.shown(wanted.source)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self.attempt(wanted, path, deadline)
            except RetryError as error:
                remove_if_there(path)
                reason = f"failed to download `{wanted.name}` from {shown}: {error}"
                delay = min(max(DELAY * 2 ** (attempt - 1), error.delay), MAX_DELAY)
            if attempt == ATTEMPTS or time.monotonic() + delay > deadline:
                raise FetchError(f"{reason} ({attempt} attempts): check the network, the proxy and the server")
            print(f"{reason}; trying again in {delay} s", file=sys.stderr)
            if self.stop.wait(delay):
                raise FetchError(reason)
        return None

    def attempt(self, wanted, path, deadline):
        shown = http_client.shown(wanted.source)
        try:
            answer, place, credentials = self.client.open(wanted.source, {"Accept": "*/*"})
        except http_client.RedirectError as error:
            raise FetchError(f"failed to download `{wanted.name}`: {shown}: {error}: expected a file at an http or https URL") from None
        except http_client.ERRORS as error:
            raise connection_error(wanted, error) from None
        with answer:
            check_status(wanted, answer, place, credentials)
            check_announced(wanted, answer)
            with Copy(path, wanted) as copy:
                self.read(answer, copy, deadline)
                return copy.verify()

    def read(self, answer, copy, deadline):
        """Writes the body of an answer as it comes."""
        wanted, announced = copy.wanted, answer.length
        began, before = time.monotonic(), 0
        while True:
            try:
                data = answer.read1(CHUNK)
            except http_client.ERRORS as error:
                raise connection_error(wanted, error) from None
            if not data:
                break
            copy.write(data)
            self.received[wanted] = copy.size
            now = time.monotonic()
            if self.stop.is_set():
                raise FetchError(f"stopped downloading `{wanted.name}`")
            if now > deadline:
                raise RetryError(f"it took more than {MAX_SECONDS} seconds")
            if now - began > STALL_SECONDS:
                if copy.size - before < STALL_BYTES:
                    raise RetryError(f"the server sent less than {STALL_BYTES} bytes in {STALL_SECONDS} seconds")
                began, before = now, copy.size
        expected = wanted.size if announced is None else announced
        if expected is not None and copy.size < expected:
            raise RetryError(f"the connection broke: expected {expected} bytes, found {copy.size}")


def check_announced(wanted, answer):
    """Stops before the body where the server says that it has another size."""
    length = answer.length
    if length is None:
        if wanted.size is None and wanted.sha256 is None and not answer.chunked:
            raise RetryError("expected a Content-Length, without which a broken connection looks like the end")
        return
    if wanted.size is not None and length < wanted.size:
        raise FetchError(f"{mismatch(wanted)}: expected {wanted.size} bytes, found {length}: {remedy(wanted)}")
    check_length(wanted, length)


def check_status(wanted, answer, place, credentials):
    if answer.status == 200:
        return
    if answer.status in (408, 425, 429) or answer.status >= 500:
        delay = answer.headers.get("Retry-After") or ""
        delay = int(delay) if re.fullmatch(r"[0-9]{1,9}", delay) else 0
        raise RetryError(f"`{place.hostname}` answered {answer.status}", delay)
    first = http_client.split(wanted.source).hostname
    if place.hostname != first:
        advice = f"`{first}` redirected there, where its credentials are not sent: {AGAIN}"
    elif answer.status in (401, 403, 404):
        # Some hosts say of what a user may not see that it is not there.
        advice = REMEDIES[credentials].format(host=place.hostname)
        advice = f"{advice}; otherwise {AGAIN}" if answer.status != 401 else advice
    else:
        advice = AGAIN
    raise FetchError(
        f"failed to download `{wanted.name}` from {http_client.shown(wanted.source)}: "
        f"`{place.hostname}` answered {answer.status}: {advice}"
    )


def connection_error(wanted, error):
    """What became of a connection: to be tried again, unless that is in vain."""
    host = getattr(error, "host", None)
    reason = getattr(error, "reason", None) or error
    start = f"failed to download `{wanted.name}` from {http_client.shown(wanted.source)}"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return FetchError(
            f"{start}: the certificate of `{host}` is invalid: {reason.verify_message}: pass the certificate that "
            f"signs it as the secret `ca-certificates`, or trust the host with `--trusted-host {host}`"
        )
    if isinstance(reason, ValueError) or isinstance(reason, http_client.InvalidURL):
        # Their text repeats the URL, and what is secret in it.
        return FetchError(f"{start}: the URL is invalid: correct it at its index")
    text = http_client.on_one_line(str(reason) or type(reason).__name__)[:200]
    return RetryError(f"`{host}`: {text}" if host else text)


def copy_local(wanted, path):
    """Copies and verifies a file that is mounted. No link leads out of its
    directory: who made the file may not read what this step can."""
    directory = os.path.dirname(wanted.source)
    path_there = os.path.realpath(wanted.source) if os.path.islink(wanted.source) else wanted.source
    if os.path.realpath(directory) != directory or os.path.dirname(path_there) != directory:
        raise FetchError(f"`{wanted.name}` ({wanted.source}) is a link that leads out of its directory: expected a file")
    try:
        # A fifo would never open.
        descriptor = os.open(path_there, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with open(descriptor, "rb") as source:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FetchError(f"`{wanted.name}` ({wanted.source}) is not a file: expected a wheel")
            return copy_file(source, wanted, path)
    except OSError as error:
        raise FetchError(f"failed to read `{wanted.name}` ({wanted.source}): {error.strerror}") from None


def copy_file(source, wanted, path):
    with Copy(path, wanted) as copy:
        while True:
            data = source.read(CHUNK)
            if not data:
                return copy.verify()
            copy.write(data)


def remove_if_there(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def wheels(requested, directory, trusted_hosts, cache=wheel_cache.DIRECTORY):
    """Fetches wheels into a private directory: their paths, in their order."""
    files = [wanted_wheel(wheel) for wheel in requested]
    names = [wanted.name for wanted in files]
    for name in sorted(set(names)):
        if names.count(name) > 1:
            step.fail(f"`{name}` is requested twice: expected each wheel once")
    paths = [pathlib.Path(directory) / name for name in names]
    if not files:
        return paths
    with wheel_cache.opened(cache) as opened:
        fetch_all(Fetcher(trusted_hosts, opened), list(zip(files, paths)))
    return paths


def wanted_wheel(wheel):
    name, sha256 = wheel["name"], wheel["sha256"].lower()
    if not is_file_name(name) or not re.fullmatch(r"[A-Za-z0-9._+!-]+\.whl", name):
        step.fail(f"`{http_client.on_one_line(name)}` is not the name of a wheel: expected NAME-VERSION-TAGS.whl")
    if not SHA256.fullmatch(sha256):
        step.fail(f"the hash of `{name}` is invalid: expected the 64 digits of a SHA-256")
    by_url = bool(HASHED_URL.search(wheel.get("direct_url") or ""))
    return Wanted(name, wheel["source"], sha256, wheel["size"], by_url)


def is_file_name(name):
    """Whether this is one segment of a path that any file system has."""
    length = len(name.encode("utf-8", "surrogateescape"))
    return 0 < length <= MAX_NAME and name not in (".", "..") and "/" not in name and name.isprintable()


def fetch_all(fetcher, jobs):
    """Fetches in parallel, the largest first; the first failure stops all."""
    order = sorted(jobs, key=lambda job: (-(job[0].size or 0), job[0].name))
    with concurrent.futures.ThreadPoolExecutor(MAX_PARALLEL) as pool:
        running = {pool.submit(fetcher.fetch, *job): job[0] for job in order}
        pending = set(running)
        failure = None
        while pending:
            done, pending = concurrent.futures.wait(
                pending, PROGRESS_SECONDS, concurrent.futures.FIRST_COMPLETED
            )
            # Those that are stopped fail as well: the first one says why.
            failures = [future for future in running if future in done and not future.cancelled() and future.exception()]
            if failures and not failure:
                failure = failures[0].exception()
                fetcher.stop.set()
                for future in pending:
                    future.cancel()
            if not done:
                show_progress(fetcher, len(jobs), len(pending))
    if isinstance(failure, FetchError):
        step.fail(str(failure))
    if failure:
        raise failure


def show_progress(fetcher, count, missing):
    received = sum(list(fetcher.received.values()))
    print(f"fetched {count - missing} of {count} files, downloaded {received / 1e6:.1f} MB", file=sys.stderr, flush=True)


def file_name(url):
    """The name of a URL's file: the last segment of its path."""
    path = urllib.parse.unquote(urllib.parse.urlsplit(url).path, errors="surrogateescape")
    name = path.rstrip("/").rpartition("/")[2]
    if not is_file_name(name):
        step.fail(f"{http_client.shown(url)} names no file: expected a URL that ends with a file name")
    return name


def digest(path, algorithm):
    digest = hashlib.new(algorithm)
    with open(path, "rb") as file:
        for data in iter(lambda: file.read(CHUNK), b""):
            digest.update(data)
    return digest.hexdigest()


def main():
    request = step.request("fetch.json")
    name = file_name(request["url"])
    sha256 = request["sha256"] and request["sha256"].lower()
    if sha256 is not None and not SHA256.fullmatch(sha256):
        step.fail(f"the hash of `{name}` is invalid: expected the 64 digits of a SHA-256")
    wanted = Wanted(name, request["url"], sha256, request["size"])
    if not is_remote(wanted) and not wanted.source.startswith("/lamina/"):
        step.fail(f"`{name}` is not at a URL: expected http or https")
    directory = OUTPUT / "file"
    directory.mkdir(parents=True, exist_ok=True)
    try:
        fetcher = Fetcher(request["trusted_hosts"], keep_tls=sha256 is None)
        found, size = fetcher.fetch(wanted, directory / name)
    except FetchError as error:
        step.fail(str(error))
    answer = {"name": name, "sha256": found, "size": size}
    # A requirement line may give one of these instead.
    for algorithm in ("sha384", "sha512"):
        answer[algorithm] = digest(directory / name, algorithm)
    (OUTPUT / "answer.json").write_text(json.dumps(answer, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
