"""What lines of requirements say of packages of indexes."""

import re

from wheels import normalized

REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^]]*\]\s*)?(?:[=<>!~;(]|$)")
HASH = re.compile(r"--hash[= ]sha256:([0-9a-f]{64})\b", re.IGNORECASE)


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


def hashes(request, package):
    """The hashes of which a file of a package has to have one; without any, all
    are good. With a hash, the line ends behind it, and its name in front."""
    found = set()
    for line in lines(request) + request["constraints"]:
        if name(line.split("--hash", 1)[0]) == package:
            found.update(value.lower() for value in HASH.findall(line))
    return found
