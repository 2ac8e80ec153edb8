"""Looks for files that two packages write with different content.

Each layer's environment is mounted at /layers/<n>; what a package wrote is in
its RECORD (the packaging specification "Recording installed projects").
Writes /out/clashes.json: a list, empty if there are none.
"""

import csv
import json
import os
import pathlib
import re
import sys

LAYERS = pathlib.Path("/layers")
ANSWER = pathlib.Path("/out/clashes.json")

# How many files a clash names.
SHOWN = 5


def package_of(dist_info):
    """The normalized name (PEP 503) of the package of a `.dist-info`."""
    name = dist_info[: -len(".dist-info")].split("-", 1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def records(layers):
    """All recorded files: path below the environment, hash, package."""
    for record in sorted(layers.glob("*/lib/python3*/site-packages/*.dist-info/RECORD")):
        site = record.parent.parent
        environment = site.parents[2]
        package = package_of(record.parent.name)
        with record.open(newline="", encoding="utf-8", errors="surrogateescape") as lines:
            for row in rows(lines, package):
                if len(row) < 2 or not row[1]:
                    continue
                path = os.path.normpath(os.path.join(site, row[0]))
                yield os.path.relpath(path, environment), row[1], package


def rows(lines, package):
    try:
        yield from csv.reader(lines)
    except csv.Error as error:
        sys.exit(f"lamina: the RECORD of the installed package `{package}` is invalid: {error}")


def shown(paths):
    """Some paths as text: names of files are any bytes, JSON is UTF-8."""
    some = sorted(paths)[:SHOWN]
    return [path.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for path in some]


def clashes(layers):
    first = {}
    found = {}
    for path, digest, package in records(layers):
        if path not in first:
            first[path] = (digest, package)
        elif first[path][0] != digest and first[path][1] != package:
            pair = (first[path][1], package)
            found.setdefault(pair, []).append(path)
    return [
        {"packages": list(pair), "files": shown(paths), "count": len(paths)}
        for pair, paths in sorted(found.items())
    ]


def main():
    ANSWER.write_text(json.dumps(clashes(LAYERS), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
