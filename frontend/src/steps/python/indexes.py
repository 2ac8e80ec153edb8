"""Which indexes deny access to packages.

uv, searching several indexes for the best version, silently passes over one
that denies access, and takes what another has under the name: for a private
package without its credentials, whatever the public has put there. So each
index is asked about the packages that come from elsewhere, at the address
where uv asks it (PEP 503) and with the same credentials.
"""

import collections
import concurrent.futures
import re
import sys
import time
import urllib.parse

import http_client

# For all answers together.
MAX_SECONDS = 120
MAX_PARALLEL = 16
# Of a page: packages with thousands of files have a few megabytes.
MAX_PAGE = 32 << 20

Answer = collections.namedtuple("Answer", "status host credentials has_others")


def option_values(arguments, *flags):
    """The values of options in the installer's arguments."""
    return [value for flag, value in zip(arguments, arguments[1:]) if flag in flags]


class Answers:
    """What indexes say of packages.

    `questions` has, by the URL of an index, names of packages with the versions
    that were chosen.
    """

    def __init__(self, questions, arguments):
        client = Client(option_values(arguments, "--allow-insecure-host"), http_client.read_netrc())
        self.asked = [(url, *pair) for url, names in questions.items() for pair in sorted(names.items())]
        with concurrent.futures.ThreadPoolExecutor(MAX_PARALLEL) as pool:
            self.answers = list(pool.map(lambda asked: client.ask(*asked), self.asked))

    def denied(self):
        """The indexes that answer 401 or 403: each with its status, the packages,
        the host that denied access, and what became of the credentials:
        `rejected`, `missing` (the secret netrc has none for the host), `withheld`
        (they are not sent over this connection) or `absent` (there is no such
        secret)."""
        found = {}
        for (url, name, _), answer in zip(self.asked, self.answers):
            if answer and answer.status in (401, 403):
                found.setdefault((url, answer.status, answer.host, answer.credentials), []).append(name)
        return [
            {
                "index": url,
                "status": status,
                "host": host,
                "credentials": credentials,
                "names": names,
            }
            for (url, status, host, credentials), names in found.items()
        ]

    def other_versions(self):
        """The indexes that have packages, but not in the versions that were chosen
        of another index; and whether they took credentials."""
        found = {}
        for (url, name, _), answer in zip(self.asked, self.answers):
            if answer and answer.status == 200 and answer.has_others:
                # What an index was sent, it has not rejected.
                is_private = answer.credentials == "rejected"
                found.setdefault((url, is_private), []).append(name)
        return [
            {"index": url, "private": is_private, "names": names} for (url, is_private), names in found.items()
        ]


def is_unauthorized(answer):
    """Whether credentials are required. 403 is also what some indexes answer
    for what they do not have: S3 buckets do, as that of download.pytorch.org."""
    return answer["status"] == 401


class Client(http_client.Client):
    """Asks indexes, all of them within a time."""

    def __init__(self, trusted, credentials):
        super().__init__(trusted, credentials)
        self.deadline = time.monotonic() + MAX_SECONDS

    def ask(self, index, name, version):
        """Asks for an index's page of a package; None without an answer."""
        url = f"{index.rstrip('/')}/{name}/"
        shown = http_client.shown(url)
        if time.monotonic() > self.deadline:
            print(f"failed to ask {shown}: the answers took more than {MAX_SECONDS} seconds", file=sys.stderr)
            return None
        try:
            answer, place, credentials = self.open(url, {"Accept": "text/html, */*;q=0.1"})
        except http_client.RedirectError as error:
            print(f"{shown}: {error}", file=sys.stderr)
            return None
        except http_client.ERRORS as error:
            print(f"failed to ask {shown}: {error}", file=sys.stderr)
            return None
        with answer:
            has_others = False
            if answer.status == 200 and version:
                try:
                    page = self.read(answer)
                except http_client.ERRORS as error:
                    print(f"failed to read {shown}: {error}", file=sys.stderr)
                    return None
                has_others = has_other_versions(page, name, version)
            return Answer(answer.status, place.hostname, credentials, has_others)

    def read(self, answer):
        """The page of an answer, as far as it comes in time."""
        page = b""
        while len(page) < MAX_PAGE and time.monotonic() <= self.deadline:
            data = answer.read(1 << 16)
            if not data:
                break
            page += data
        return page.decode("utf-8", "replace")


def has_other_versions(page, name, version):
    """Whether an index's page has files of a package, and none of a version."""

    def plain(text):
        return re.sub(r"[-_.]+", "-", urllib.parse.unquote(text).lower())

    page = plain(page)
    # Files of `my-pkg` are none of `pkg`.
    files = rf"(?<![a-z0-9-]){re.escape(plain(name))}-"
    return bool(re.search(files, page)) and not re.search(files + re.escape(plain(version)) + "-", page)
