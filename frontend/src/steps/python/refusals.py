"""Which indexes refuse to say whether they have a package.

uv, searching several indexes for the best version, passes in silence over one
that refuses, and takes what another has under the name: for a private package
without its credentials, whatever the public has put there. So each index is
asked about the packages that come from elsewhere, where uv asks it (PEP 503)
and with the same credentials.
"""

import base64
import concurrent.futures
import http.client
import netrc
import os
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request

import lamina_step as step

NETRC = "/root/.netrc"
SECONDS = 20


def given(arguments, *flags):
    """The values of options in the installer's arguments."""
    return [value for flag, value in zip(arguments, arguments[1:]) if flag in flags]


def refusals(questions, arguments):
    """What is refused of `questions`, names of packages by the URL of an
    index: by index and answer, the names that got it."""
    opener = Opener(given(arguments, "--allow-insecure-host"))
    pairs = [(url, name) for url, names in questions.items() for name in sorted(names)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda pair: opener.status(*pair), pairs)
    refused = {}
    for (url, name), status in zip(pairs, answers):
        if status in (401, 403):
            words = f"{status} {http.client.responses[status]}"
            refused.setdefault((url, words), []).append(name)
    return [
        {"index": url, "status": status, "names": names}
        for (url, status), names in refused.items()
    ]


def is_certain(refusal):
    """Whether it is for want of credentials. 403 is also what some answer for
    what they do not have: S3 buckets do, as that of download.pytorch.org."""
    return refusal["status"].startswith("401")


class Opener:
    """Asks with the build's authorities, proxies and credentials."""

    def __init__(self, insecure):
        try:
            self.credentials = netrc.netrc(NETRC) if os.path.exists(NETRC) else None
        except netrc.NetrcParseError as error:
            step.fail(f"the secret netrc cannot be read: line {error.lineno}: {error.msg}")
        self.insecure = insecure
        self.openers = {secure: self.build(secure) for secure in (True, False)}

    def build(self, secure):
        context = ssl.create_default_context(cadata=step.trusted().decode() or None)
        if not secure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        handler = urllib.request.HTTPSHandler(context=context)
        return urllib.request.build_opener(handler, Redirects(self.authorise))

    def authorise(self, request):
        """Gives a request the credentials of its own host, and of no other."""
        host = urllib.parse.urlsplit(request.full_url).hostname
        found = self.credentials and self.credentials.authenticators(host)
        if found:
            user, _, password = found
            words = base64.b64encode(f"{user}:{password}".encode()).decode()
            request.add_unredirected_header("Authorization", f"Basic {words}")
        return request

    def status(self, index, name):
        """The status of an index's page of a package; 0 where there is none."""
        url = f"{index.rstrip('/')}/{name}/"
        place = urllib.parse.urlsplit(url)
        secure = not {place.hostname, place.netloc} & set(self.insecure)
        request = urllib.request.Request(url, headers={"Accept": "text/html, */*;q=0.1"})
        try:
            with self.openers[secure].open(self.authorise(request), timeout=SECONDS) as page:
                return page.status
        except urllib.error.HTTPError as error:
            return error.code
        except (OSError, http.client.HTTPException) as error:
            print(f"{url} could not be asked: {error}", file=sys.stderr)
            return 0


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects with the credentials of where they lead."""

    def __init__(self, authorise):
        self.authorise = authorise

    def redirect_request(self, *arguments):
        request = super().redirect_request(*arguments)
        return request and self.authorise(request)
