"""What uv says when it fails, in a form that is not English.

uv tells failures apart by their text alone: its exit status is 1 for packages
that do not fit together, exist or build, and 2 for most of the rest. This is
the only place that knows that text; `tests/uv_errors/` has what uv 0.13.8
prints, and the version that `lower/tools.rs` pins is tested to be that one.
"""

import re

# In front of lines, in both of uv's styles.
DRAWING = " ×╰├│─▶"
TITLES = ("error:", "cause:", "hint:")

# Builds may write megabytes, and conflicts of many packages are long.
MAX_TEXT = 20000

UNSATISFIABLE = "No solution found when resolving"
MISSING = re.compile(r"(?<![\w.-])([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?) was not found in the (?:package registry|provided package locations)")
NAME = re.compile(r"(?<![\w.`'/=<>~!-])([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(\[[^]]*\])?(\s*[<>=!~]|\s@)?")
# What else conflicts are told with: a package of such a name is known by the
# version behind it.
WORDS = frozenset(
    "a all also an and any are at available be because between both but by can cannot compatible conclude could current "
    "depend depends do does either except following for format found from has have if in incompatible index invalid is it "
    "its least local locations match matching metadata must neither network no none nor not of offline on one only or package "
    "packages platform provided python reason registry require required requirements requires satisfies satisfy so tag tags "
    "that the their there these they this those to unavailable unsatisfiable usable used using version versions was "
    "we were wheel wheels which while will with within without yanked you your".split()
)
MAX_NAMES = 500

BUILD = re.compile(r"Failed to build `([^`]*)`")
BACKEND = "The build backend returned an error"
TLS = "invalid peer certificate"
HTTP = re.compile(r"HTTP status (?:client|server) error \((\d{3})\b.*?\) for url \(([^)\s]*)\)")
REQUEST = "error sending request for url"
CONNECT_ERROR = "client error (Connect)"
CONNECT = (CONNECT_ERROR, "operation timed out", REQUEST)
# Causes that only say that they have a cause.
LAYERS = (REQUEST, CONNECT_ERROR, "tcp connect error", "dns error", "error resolving DNS")
FETCH = re.compile(r"(?:Failed to fetch: `?|for url \()(https?://[^\s`)]+)")


def parse(stderr):
    """A failure of uv: its kind, and what of it can be told.

    - `unsatisfiable`: no versions fit; `packages` are those of the conflict,
      `missing` those that no index has
    - `build`: a package does not build; `requirement` is its name and version,
      or its name and URL, where uv tells
    - `tls`, `http` (with `status`) and `connect`: `url` did not answer
    - `other`

    `text` is uv's message in one line, `said` all of it as it was.
    """
    if len(stderr) > MAX_TEXT:
        stderr = stderr[: MAX_TEXT // 2] + "\n" + stderr[-MAX_TEXT // 2 :]
    lines = [clean(line) for line in stderr.splitlines()]
    lines = [line for line in lines if line]
    failure = {"kind": "other", "said": stderr, "packages": [], "missing": []}
    failure.update(requirement=None, status=None, url=None)
    fetched = FETCH.search(stderr)
    answered = HTTP.search(stderr)
    built = BUILD.search(stderr)
    if UNSATISFIABLE in stderr:
        failure["kind"] = "unsatisfiable"
        lines = [line for line in lines if not line.startswith(UNSATISFIABLE)]
        failure["missing"] = sorted(set(MISSING.findall(" ".join(lines))))
        failure["packages"] = packages(without_hints(stderr))
    elif built or BACKEND in stderr:
        failure.update(kind="build", requirement=built and built[1])
        lines = shortened(lines)
    elif answered:
        failure.update(kind="http", status=int(answered[1]), url=answered[2])
    elif TLS in stderr:
        failure["kind"] = "tls"
    elif any(words in stderr for words in CONNECT):
        failure["kind"] = "connect"
    if failure["kind"] in ("tls", "connect") and fetched:
        failure["url"] = fetched[1]
    if failure["kind"] in ("tls", "connect", "http", "other"):
        lines = outermost_and_root(lines, stderr)
    return {**failure, "text": join(lines, failure["kind"])}


def clean(line):
    """A line without uv's drawing and titles."""
    line = line.strip(DRAWING)
    for title in TITLES:
        if line.startswith(title):
            line = line[len(title):].strip()
    return line


def without_hints(stderr):
    """The lines in front of the first hint."""
    lines = []
    for line in stderr.splitlines():
        if line.startswith("hint:"):
            break
        lines.append(clean(line))
    return [line for line in lines if line]


def packages(lines):
    """The packages that a conflict names, sorted."""
    text = " ".join(line for line in lines if not line.startswith(UNSATISFIABLE))
    text = re.sub(r"\([^()]*\)|(?<![\w+])[\w+]+://\S+|(?<=[=<>~!]) ", "", text)
    found = NAME.finditer(text)
    names = {match[1] for match in found if match[3] or match[1].lower() not in WORDS}
    return sorted(names)[:MAX_NAMES]


def outermost_and_root(lines, stderr):
    """What failed and its root cause: between them are the layers of uv."""
    lines = without_hints(stderr) or lines
    lines = [line for line in lines if not line.startswith(LAYERS)]
    return [*lines[:2], lines[-1]] if len(lines) > 3 else lines


def shortened(lines):
    """What failed to build, and the last line that the build wrote."""
    lines = [line for line in lines if not line.startswith("Build failures usually")]
    for marker in ("[stderr]", "[stdout]"):
        if marker in lines:
            written = lines[lines.index(marker) + 1 :]
            return lines[:1] + written[-1:]
    return outermost_and_root(lines, "\n".join(lines))


def join(lines, kind):
    if kind == "unsatisfiable":
        text = lower_first(" ".join(lines))
    else:
        text = ": ".join(lower_first(line.rstrip(".:")) for line in lines)
    return text.rstrip(".")


def lower_first(text):
    """A text as the continuation of a sentence. `HTTP` and names stay."""
    word = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if word[1:].islower() else text
