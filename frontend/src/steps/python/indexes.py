"""Which indexes deny access to packages.

uv, searching several indexes for the best version, silently passes over one
that denies access, and takes what another has under the name: for a private
package without its credentials, whatever the public has put there. So each
index is asked about the packages that come from elsewhere, at the address
where uv asks it (PEP 503) and with the same credentials.
"""

import collections
import concurrent.futures
import html
import re
import sys
import time
import urllib.parse

import http_client
import lamina_step as step
from wheels import normalized

# For all answers together.
MAX_SECONDS = 120
MAX_PARALLEL = 16
# Of a page: packages with thousands of files have a few megabytes.
MAX_PAGE = 32 << 20

# What a page tells of a file, as its address and its text.
TEXTS = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))|>([^<>]+)<""", re.IGNORECASE)
SOURCES = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
VERSION = re.compile(
    r"v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)"
    r"(?:[-_.]?(?P<pre>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?P<pre_number>[0-9]*))?"
    r"(?P<post>-(?P<implicit>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>[0-9]*))?"
    r"(?P<dev>[-_.]?dev[-_.]?(?P<dev_number>[0-9]*))?"
    r"(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?"
)
PRE = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
# A version in a URL or a name is not longer; numbers are not parsed without end.
MAX_VERSION = 200

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
        self.unanswered = sorted(client.unanswered)

    def require(self):
        """Stops the step if an index for which there are credentials gave no
        answer: nobody knows whether a package is one of its own."""
        if self.unanswered:
            shown, reason = self.unanswered[0]
            step.fail(
                f"{shown} gave no answer: {http_client.on_one_line(str(reason))[:200]}: packages of other indexes may "
                "be its own: check the network, the proxy and the index, then build again"
            )

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
        self.unanswered = []

    def ask(self, index, name, version):
        """Asks for an index's page of a package; None without an answer."""
        url = f"{index.rstrip('/')}/{name}/"
        shown = http_client.shown(url)
        try:
            return self.answer(url, name, version)
        except (http_client.RedirectError, *http_client.ERRORS) as error:
            reason = getattr(error, "reason", None) or error
        print(f"failed to ask {shown}: {reason}", file=sys.stderr)
        if self.has_account(url):
            self.unanswered.append((shown, str(reason) or type(reason).__name__))
        return None

    def has_account(self, url):
        try:
            place = http_client.split(url)
        except http_client.RedirectError:
            return False
        return self.account(place, place) is not None

    def answer(self, url, name, version):
        if time.monotonic() > self.deadline:
            raise TimeoutError(f"the answers took more than {MAX_SECONDS} seconds")
        answer, place, credentials = self.open(url, {"Accept": "text/html, */*;q=0.1"})
        with answer:
            if answer.status == 429 or answer.status >= 500:
                raise OSError(f"`{place.hostname}` answered {answer.status}")
            has_others = answer.status == 200 and bool(version) and has_other_versions(self.read(answer), name, version)
            return Answer(answer.status, place.hostname, credentials, has_others)

    def read(self, answer):
        """The page of an answer, or as much of it as is read."""
        page = b""
        while len(page) < MAX_PAGE:
            if time.monotonic() > self.deadline:
                raise TimeoutError(f"the answers took more than {MAX_SECONDS} seconds")
            data = answer.read(1 << 16)
            if not data:
                break
            page += data
        return page.decode("utf-8", "replace")


def has_other_versions(page, name, version):
    """Whether an index's page has files of a package, and none of a version."""
    versions = set(file_versions(page, name))
    return bool(versions) and canonical(version) not in versions


def file_versions(page, name):
    """The versions of a package's files, in a form to compare."""
    name = normalized(name)
    for match in TEXTS.finditer(page):
        href = match[1] or match[2] or match[3]
        text = html.unescape(href or match[4] or "").strip()
        if href:
            text = urllib.parse.unquote(re.split("[?#]", text, maxsplit=1)[0])
        found = file_version(text.rpartition("/")[2], name)
        if found:
            yield canonical(found)


def file_version(file, name):
    """The version in the name of a package's wheel or source distribution."""
    lower = file.lower()
    if lower.endswith(".whl"):
        parts = file.split("-")
        return parts[1] if len(parts) in (5, 6) and normalized(parts[0]) == name else None
    ending = next((ending for ending in SOURCES if lower.endswith(ending)), None)
    if ending is None:
        return None
    stem = file[: -len(ending)]
    # Both may have a `-`, but a version begins with a number.
    for match in re.finditer(r"-(?=v?[0-9])", stem[: MAX_VERSION + len(name)], re.IGNORECASE):
        if normalized(stem[: match.start()]) == name:
            return stem[match.end() :]
    return None


def canonical(version):
    """A version in a form in which equal ones are the same (PEP 440); what is
    none stays as it is."""
    version = version.strip().lower()
    # Wheels cannot have a `-` in it.
    match = VERSION.fullmatch(version) if len(version) <= MAX_VERSION else None
    if not match:
        return version
    number = lambda text: int(text or 0)  # noqa: E731
    release = [int(part) for part in match["release"].split(".")]
    while len(release) > 1 and release[-1] == 0:
        release.pop()
    pre = match["pre"] and (PRE.get(match["pre"], match["pre"]), number(match["pre_number"]))
    post = match["post"] and (number(match["implicit"] or match["post_number"]),)
    dev = match["dev"] and (number(match["dev_number"]),)
    local = match["local"] and tuple(part.lstrip("0") or "0" for part in re.split("[-_.]", match["local"]))
    return number(match["epoch"]), tuple(release), pre, post, dev, local
