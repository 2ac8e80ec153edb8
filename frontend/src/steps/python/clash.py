"""Looks for files that two packages write with different content.

Each layer's environment is mounted at /layers/<n>; what a package wrote is in
its RECORD (the packaging specification "Recording installed projects").
Writes /out/clashes.json: a list, empty where all is well.
"""

import csv
import json
import os
import pathlib


def records():
    """All recorded files: path below the environment, hash, package."""
    for record in sorted(pathlib.Path("/layers").glob("*/lib/python3*/site-packages/*.dist-info/RECORD")):
        site = record.parent.parent
        environment = site.parents[2]
        package = record.parent.name.removesuffix(".dist-info").split("-", 1)[0].replace("_", "-").lower()
        with record.open(newline="", encoding="utf-8", errors="surrogateescape") as lines:
            for row in csv.reader(lines):
                if len(row) < 2 or not row[1]:
                    continue
                path = os.path.normpath(os.path.join(site, row[0]))
                yield os.path.relpath(path, environment), row[1], package


def main():
    first = {}
    clashes = {}
    for path, digest, package in records():
        if path not in first:
            first[path] = (digest, package)
        elif first[path][0] != digest and first[path][1] != package:
            pair = (first[path][1], package)
            clashes.setdefault(pair, []).append(path)
    report = [
        {"packages": list(pair), "files": sorted(paths)[:5], "count": len(paths)}
        for pair, paths in sorted(clashes.items())
    ]
    pathlib.Path("/out/clashes.json").write_text(json.dumps(report, indent=1) + "\n")


main()
