"""What is written for uv, and read of it, in TOML.

Base images have Pythons without `tomllib`. What is read are locks that uv wrote
(PEP 751): one key a line, tables of a package's files inline.
"""

import json
import re

from wheels import normalized

# Requirements that uv mends in metadata, and rejects in its configuration: a
# wildcard behind a comparison, and a comma too many.
WILDCARD = re.compile(r"((?:^|[^<>=!~])[<>]=?\s*[0-9][0-9.]*?)\.\*")
COMMA = re.compile(r",\s*(?=[);]|$)")
STRING = r'("(?:[^"\\]|\\.)*")'
KEY = re.compile(r"(name|version|sdist)\s*=\s*(.+)")
PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?(?:==([^\s;]+))?")


def quoted(text):
    """A string of TOML: JSON's, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def mended(requirement):
    return COMMA.sub("", WILDCARD.sub(r"\1", requirement))


def dependency_metadata(packages):
    """The lines of uv's configuration that say what packages need."""
    lines = []
    for package in packages:
        lines.append("[[dependency-metadata]]")
        for key in ("name", "version", "requires-python"):
            value = package.get(key)
            if value:
                lines.append(f"{key} = {quoted(mended(value))}")
        for key in ("requires-dist", "provides-extra"):
            values = ", ".join(quoted(mended(value)) for value in package.get(key, []))
            lines.append(f"{key} = [{values}]")
    return lines


def packages(text):
    """The packages of a lock that uv wrote, by name: `version` (None for some
    that are no index's) and `sdist`, its `url`, `sha256` and `size`, or None."""
    found = {}
    for table in re.split(r"^\[\[packages\]\]\s*$", text, flags=re.MULTILINE)[1:]:
        package = {"version": None, "sdist": None}
        for line in table.splitlines():
            key = KEY.match(line)
            if key and key[1] == "sdist":
                package["sdist"] = file(key[2])
            elif key:
                package[key[1]] = json.loads(key[2])
        found[normalized(package.pop("name"))] = package
    return found


def file(table):
    """A file of an inline table."""
    url = re.search(rf"\burl = {STRING}", table)
    sha256 = re.search(r'\bsha256 = "([0-9a-f]{64})"', table)
    size = re.search(r"\bsize = ([0-9]+)", table)
    if not url:
        return None
    return {
        "url": json.loads(url[1]),
        "sha256": sha256[1] if sha256 else None,
        "size": int(size[1]) if size else None,
    }


def split_pin(pin):
    """The name and the version of a pinned requirement; None for the version of
    one by URL, and for both of a mere path."""
    match = None if re.match(r"[./]|[a-z+]+:", pin) else PIN.match(pin)
    return (normalized(match[1]), match[2]) if match else (None, None)
