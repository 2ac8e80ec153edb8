"""What lines of requirements say of packages of indexes."""

import re

from wheels import normalized

REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^]]*\]\s*)?(?:[=<>!~;(]|$)")
NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^]]*)\])?")
DIRECT = re.compile(NAME.pattern + r"\s*@\s*")


def lines(request):
    """The lines of all layers."""
    return [line for layer in request["layers"] for line in layer["requirements"]]


def name(line):
    """The name of the package that a line requires; None for one by URL or path."""
    match = REQUIREMENT.match(line)
    return match and normalized(match[1])


def names(request):
    """The names of the packages that are required."""
    return {found for found in map(name, lines(request)) if found}


def direct_name(line):
    """The name of the package that a line requires by URL."""
    match = DIRECT.match(line)
    return match and normalized(match[1])


def built(line, directory):
    """Whether a line requires a wheel that was built, below a directory."""
    match = DIRECT.match(line)
    return bool(match) and line[match.end() :].startswith(f"file://{directory}/")


def extras(lines, package):
    """All extras with which lines require a package."""
    found = set()
    for line in lines:
        match = NAME.match(line)
        if match and normalized(match[1]) == package and match[2]:
            found.update(extra.strip() for extra in match[2].split(",") if extra.strip())
    return found


def with_extras(line, extras):
    """A line by URL, with other extras."""
    match = DIRECT.match(line)
    shown = f"[{','.join(sorted(extras))}]" if extras else ""
    return f"{match[1]}{shown} @ {line[match.end():]}"
