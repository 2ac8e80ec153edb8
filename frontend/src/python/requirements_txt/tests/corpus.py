"""Asks pip what it makes of requirement lines, for `corpus.txt`.

    python corpus.py < lines.json > outcomes.json

Each line of the input is a JSON text, one requirement line; each line of the
output is what pip makes of it, in the words of `corpus.rs`. Needs pip 26.3.
"""

import json
import logging
import os
import sys
import tempfile

from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements
from pip._vendor.packaging.utils import canonicalize_name
from pip._vendor.packaging.version import InvalidVersion, Version

ENVIRONMENT = {
    "extra": "",
    "implementation_name": "cpython",
    "implementation_version": "3.11.4",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.11.4",
    "python_version": "3.11",
    "sys_platform": "linux",
}


def specifiers(found):
    """Specifiers with normal versions, sorted."""
    texts = set()
    for one in found:
        version = one.version
        try:
            star = version.endswith(".*")
            version = f"{Version(version[:-2])}.*" if star else str(Version(version))
        except InvalidVersion:
            pass  # Behind `===`, any text.
        texts.add(one.operator + version)
    return ",".join(sorted(texts))


def requirement(parsed):
    found = install_req_from_parsed_requirement(parsed)
    if found.markers is not None and not found.markers.evaluate(ENVIRONMENT):
        return None
    name = canonicalize_name(found.req.name) if found.req else "?"
    extras = ",".join(sorted({canonicalize_name(extra) for extra in found.extras}))
    head = f"{name}[{extras}]" if extras else name
    return f"{head} @" if found.link else head + specifiers(found.req.specifier)


def outcome(line):
    with open("a.txt", "w", newline="", encoding="utf-8") as file:
        file.write(f"{line}\n")
    try:
        lines = list(parse_requirements("a.txt", session=PipSession()))
        if not lines:
            return "options"
        if any(parsed.is_editable for parsed in lines):
            return "editable"
        found = filter(None, map(requirement, lines))
        return " | ".join(sorted(found)) or "skip"
    except BaseException:  # pip exits for some lines.
        return "error"


def main():
    logging.disable(logging.CRITICAL)
    sys.stderr = open(os.devnull, "w")
    os.chdir(tempfile.mkdtemp())
    # Paths that exist are projects.
    for directory in ("r", "r/proj/sub", "proj", "r/x", "r/a b", "r/libs/x"):
        os.makedirs(directory, exist_ok=True)
    for directory in (".", "r", "r/proj", "r/proj/sub", "proj", "r/x", "r/a b", "r/libs/x"):
        open(f"{directory}/pyproject.toml", "w").close()
    os.chdir("r")
    for line in sys.stdin:
        print(json.dumps(outcome(json.loads(line))))


main()
