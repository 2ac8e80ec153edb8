"""Which indexes deny access to packages.

uv, searching several indexes for the best version, silently passes over one
that denies access, and takes what another has under the name: for a private
package without its credentials, whatever the public has put there. So each
index is asked about the packages that come from elsewhere, at the address
where uv asks it (PEP 503) and with the same credentials.
"""

import concurrent.futures
import sys
import time

import http_client

# For all answers together.
MAX_SECONDS = 120
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
    client = Client(option_values(arguments, "--allow-insecure-host"), http_client.read_netrc())
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


class Client(http_client.Client):
    """Asks indexes, all of them within a time."""

    def __init__(self, trusted, credentials):
        super().__init__(trusted, credentials)
        self.deadline = time.monotonic() + MAX_SECONDS

    def ask(self, index, name):
        """Asks for an index's page of a package: the status, the host that
        gave it, and what became of credentials; None without an answer."""
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
            return answer.status, place.hostname, credentials
