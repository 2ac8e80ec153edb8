"""The connections that steps make themselves: with the build's certificates and
proxies, with the credentials of the secret `netrc` for their own host alone, and
with bounds on redirects and on time.
"""

import base64
import http.client
import os
import re
import socket
import string
import threading
import urllib.error
import urllib.parse
import urllib.request

import lamina_step as step

NETRC = "/root/.netrc"
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
MAX_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)

# What a request may raise, besides RedirectError.
ERRORS = (OSError, http.client.HTTPException, ValueError)


InvalidURL = http.client.InvalidURL


class RedirectError(Exception):
    """A redirect that is not followed."""


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
    """Sends requests and follows redirects, deciding anew on the credentials
    for each."""

    # For each read of a connection, and for the whole head of an answer.
    SECONDS = 20

    def __init__(self, trusted, credentials):
        self.trusted = {host.lower() for host in trusted}
        self.credentials = credentials
        self.openers = {verify: build_opener(verify) for verify in (True, False)}

    def open(self, url, headers):
        """The answer to a request whatever its status, which the caller closes;
        the address that gave it; and what became of the credentials:

        `rejected` (if the status says so), `missing` (there are none for the
        host), `withheld` (they are not sent over this connection) or `absent`
        (there is no secret `netrc`). One of ERRORS that it raises has the host.
        """
        first = split(url)
        place, strayed = first, False
        for _ in range(MAX_REDIRECTS + 1):
            more, credentials = self.authorization(place, first, strayed)
            try:
                answer = self.send(place, {**headers, **more})
            except ERRORS as error:
                error.host = place.hostname
                raise
            location = answer.headers.get("Location")
            if answer.status not in REDIRECTS or not location:
                return answer, place, credentials
            answer.close()
            place = self.follow(place, location)
            strayed = strayed or place.hostname != first.hostname
        raise RedirectError(f"more than {MAX_REDIRECTS} redirects")

    def send(self, place, headers):
        """The answer to a single request."""
        opener = self.openers[not self.is_trusted(place)]
        request = urllib.request.Request(address(place), headers=headers)
        try:
            return opener.open(request, timeout=self.SECONDS)
        except urllib.error.HTTPError as answer:
            return Answer(answer)

    def follow(self, place, location):
        """Where a redirect leads."""
        return redirected(place, location)

    def is_trusted(self, place):
        """Whether the user trusts a host without verifying it."""
        return bool({place.hostname, authority(place)} & self.trusted)

    def authorization(self, place, first, strayed=False):
        """The headers with the credentials of a host, and what became of them;
        `strayed` after a redirect to another host than the first."""
        account = self.account(place, first)
        if account is None:
            return {}, "absent" if self.credentials is None else "missing"
        if not self.may_carry_credentials(place, first, strayed):
            return {}, "withheld"
        token = base64.b64encode(":".join(account).encode()).decode()
        return {"Authorization": f"Basic {token}"}, "rejected"

    def account(self, place, first):
        """The login and password for an address: its own, or the netrc's."""
        if first.username and is_same_origin(place, first):
            return [urllib.parse.unquote(part or "") for part in (first.username, first.password)]
        accounts = self.credentials or {}
        account = accounts.get(place.hostname, accounts.get(None))
        return [account.get("login", ""), account.get("password", "")] if account else None

    def may_carry_credentials(self, place, first, _strayed):
        """Whether the user accepts a connection for a host's credentials: if it
        is verified, or if they gave an unverified or plain one themselves."""
        return place.scheme == "https" or is_same_origin(place, first) or self.is_trusted(place)


class Answer:
    """An answer that urllib takes for an error: the same as any other."""

    def __init__(self, error):
        self.status, self.headers, self.close = error.code, error.headers, error.close

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def split(url):
    """The parts of a URL that can be asked; else a RedirectError."""
    try:
        place = urllib.parse.urlsplit(url)
        valid = place.scheme in ("http", "https") and place.hostname and place.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise RedirectError("redirected to an unsupported address")
    return place


def redirected(place, location):
    """Where a redirect leads: its account is not used, and never shown."""
    # Some servers send what they should have escaped.
    location = urllib.parse.quote(location, encoding="iso-8859-1", safe=string.punctuation)
    try:
        return split(urllib.parse.urljoin(address(place), location))
    except ValueError:
        raise RedirectError("redirected to an unsupported address") from None


def authority(place):
    """Host and port of an address, without its account."""
    return place.netloc.rpartition("@")[2].lower()


def is_same_origin(place, other):
    return (place.scheme, authority(place)) == (other.scheme, authority(other))


def address(place):
    """The URL to ask: its account is sent as a header, or not at all."""
    path, query = (urllib.parse.quote(part, safe=string.punctuation) for part in (place.path, place.query))
    return urllib.parse.urlunsplit((place.scheme, authority(place), path or "/", query, ""))


def shown(url):
    """A URL as messages show it: without what may be a secret, on one line."""
    try:
        place = urllib.parse.urlsplit(url)
        url = urllib.parse.urlunsplit((place.scheme, authority(place), place.path, "", ""))
    except ValueError:
        return "an invalid URL"
    return on_one_line(url)


def without_account(url):
    """A URL without its login and password."""
    place = urllib.parse.urlsplit(url)
    host = place.netloc.rpartition("@")[2]
    return urllib.parse.urlunsplit((place.scheme, host, place.path, place.query, place.fragment))


def on_one_line(text):
    """Text of others as a message shows it."""
    return "".join(character if character.isprintable() else "?" for character in text)


class TimedConnection(http.client.HTTPConnection):
    """A connection whose answer must have begun in time: a timeout of the socket
    begins anew with every byte."""

    late = False

    def getresponse(self):
        timer = threading.Timer(self.timeout, self.break_off)
        timer.daemon = True
        timer.start()
        try:
            answer = super().getresponse()
        finally:
            timer.cancel()
        if self.late:
            # Python takes the part of a head that came for all of it.
            answer.close()
            raise TimeoutError(f"the answer did not begin within {self.timeout} seconds")
        return answer

    def break_off(self):
        self.late = True
        try:
            # Of the plain socket: one with TLS would go on without it.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
        except (OSError, TypeError):
            pass  # It is closed already.


class TimedTlsConnection(TimedConnection, http.client.HTTPSConnection):
    """The same over TLS."""


class HttpHandler(urllib.request.HTTPHandler):
    def http_open(self, request):
        return self.do_open(TimedConnection, request)


class HttpsHandler(urllib.request.HTTPSHandler):
    def __init__(self, context):
        super().__init__(context=context)
        self.tls = context

    def https_open(self, request):
        return self.do_open(TimedTlsConnection, request, context=self.tls)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to the client, which decides on credentials anew."""

    def leave(self, *arguments):
        return None

    http_error_301 = http_error_302 = http_error_303 = http_error_307 = http_error_308 = leave


def build_opener(verify):
    return urllib.request.build_opener(HttpHandler, HttpsHandler(step.tls_context(verify)), NoRedirects)
