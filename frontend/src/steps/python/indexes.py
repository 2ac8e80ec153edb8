"""Which indexes deny access to packages.

uv, searching several indexes for the best version, silently passes over one
that denies access, and takes what another has under the name: for a private
package without its credentials, whatever the public has put there. So each
index is asked about the packages that come from elsewhere, at the address
where uv asks it (PEP 503) and with the same credentials.
"""

import base64
import concurrent.futures
import http.client
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import lamina_step as step

NETRC = "/root/.netrc"
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
# For an answer, and for all of them.
SECONDS = 20
MAX_SECONDS = 120
MAX_REDIRECTS = 5
MAX_PARALLEL = 16


def option_values(arguments, *flags):
    """The values of options in the installer's arguments."""
    return [value for flag, value in zip(arguments, arguments[1:]) if flag in flags]


def denied(questions, arguments):
    """The indexes that answer 401 or 403.

    `questions` has names of packages by the URL of an index. An answer names
    the index, its status, the packages, the host that denied access, and what
    became of the credentials: `rejected`, `missing` (the secret netrc has none
    for the host), `withheld` (they are not sent over this connection) or
    `absent` (there is no such secret).
    """
    client = Client(option_values(arguments, "--allow-insecure-host"), read_netrc())
    pairs = [(url, name) for url, names in questions.items() for name in sorted(names)]
    with concurrent.futures.ThreadPoolExecutor(MAX_PARALLEL) as pool:
        answers = list(pool.map(lambda pair: client.ask(*pair), pairs))
    found = {}
    for (url, name), answer in zip(pairs, answers):
        if answer and answer[0] in (401, 403):
            found.setdefault((url, *answer), []).append(name)
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


def is_unauthorized(answer):
    """Whether credentials are required. 403 is also what some indexes answer
    for what they do not have: S3 buckets do, as that of download.pytorch.org."""
    return answer["status"] == 401


def read_netrc():
    """The accounts of the secret netrc; None without one."""
    if not os.path.exists(NETRC):
        return None
    with open(NETRC, "rb") as file:
        content = file.read()
    try:
        return parse_netrc(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return step.fail(f"the secret `netrc` is invalid at line {line}: expected UTF-8")


def parse_netrc(text):
    """The accounts of a netrc by their hosts, `default` as None.

    Python's own module reads other files as its version is another one (ASCII
    alone before 3.11), and its errors repeat parts of passwords.
    """
    hosts, account, key, macro = {}, None, None, False
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if macro:
            macro = bool(line.strip())
            continue
        for token in TOKEN.findall(line):
            if key:
                value = re.sub(r"\\(.)", r"\1", token[1:-1]) if token[0] == '"' and len(token) > 1 else token
                if key == "machine":
                    account = hosts[value] = {}
                else:
                    account[key] = value
                key = None
            elif token.startswith("#"):
                break
            elif token == "default":
                account = hosts[None] = {}
            elif token == "macdef":
                macro = True
                break
            elif token == "machine" or (account is not None and token in ("login", "password", "account")):
                key = token
            else:
                invalid_netrc(number)
    if key:
        invalid_netrc(len(lines))
    return hosts


def invalid_netrc(line):
    """Stops the step; nothing of the file is repeated."""
    step.fail(
        f"the secret `netrc` is invalid at line {line}: expected `machine HOST login USER password PASSWORD`"
    )


class Client:
    """Asks indexes with the build's certificates, proxies and credentials."""

    def __init__(self, insecure, credentials):
        self.insecure = set(insecure)
        self.credentials = credentials
        self.deadline = time.monotonic() + MAX_SECONDS
        self.openers = {verify: build_opener(verify) for verify in (True, False)}

    def ask(self, index, name):
        """Asks for an index's page of a package: the status, the host that
        gave it, and what became of credentials; None without an answer."""
        first = url = f"{index.rstrip('/')}/{name}/"
        if time.monotonic() > self.deadline:
            print(f"failed to ask {url}: the answers took more than {MAX_SECONDS} seconds", file=sys.stderr)
            return None
        for _ in range(MAX_REDIRECTS + 1):
            place = urllib.parse.urlsplit(url)
            if place.scheme not in ("http", "https") or not place.hostname:
                print(f"{first}: redirected to an unsupported address", file=sys.stderr)
                return None
            headers, credentials = self.authorization(place, urllib.parse.urlsplit(first))
            headers["Accept"] = "text/html, */*;q=0.1"
            opener = self.openers[not self.is_trusted(place)]
            try:
                with opener.open(urllib.request.Request(url, headers=headers), timeout=SECONDS) as answer:
                    status, location = answer.status, None
            except urllib.error.HTTPError as error:
                with error:
                    status, location = error.code, error.headers.get("Location")
            except (OSError, http.client.HTTPException, ValueError) as error:
                print(f"failed to ask {url}: {error}", file=sys.stderr)
                return None
            if status not in (301, 302, 303, 307, 308) or not location:
                return status, place.hostname, credentials
            url = urllib.parse.urljoin(url, location)
        print(f"{first}: more than {MAX_REDIRECTS} redirects", file=sys.stderr)
        return None

    def is_trusted(self, place):
        """Whether the user trusts a host without verifying it."""
        return bool({place.hostname, place.netloc} & self.insecure)

    def authorization(self, place, first):
        """The headers with the credentials of a host, and what became of them.

        Only a connection that the user accepts for this very host carries
        them: a verified one, or an unverified or plain one if the index itself
        is given with it.
        """
        if self.credentials is None:
            return {}, "absent"
        account = self.credentials.get(place.hostname, self.credentials.get(None))
        if not account:
            return {}, "missing"
        same_origin = (place.scheme, place.netloc) == (first.scheme, first.netloc)
        if place.scheme != "https" and not same_origin and not self.is_trusted(place):
            return {}, "withheld"
        words = f"{account.get('login', '')}:{account.get('password', '')}"
        token = base64.b64encode(words.encode()).decode()
        return {"Authorization": f"Basic {token}"}, "rejected"


def build_opener(verify):
    handler = urllib.request.HTTPSHandler(context=step.tls_context(verify))
    return urllib.request.build_opener(handler, NoRedirects)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to the client, which decides on credentials anew."""

    def redirect_request(self, *arguments):
        return None
