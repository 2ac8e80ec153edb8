"""Indexes that the stub names for certain packages: these come from there, and
only these do.

uv knows such indexes by the names of packages, of a project's direct
dependencies. So names that match are dependencies of a project of ours, and
what a resolution brings besides is added to it and resolved again.
"""

import fnmatch

import locks

# Each round pins at least one more package.
MAX_ROUNDS = 16


class Explicit:
    """The indexes of a request, and the packages that come from them."""

    def __init__(self, request):
        self.indexes = request["indexes"]
        self.names = {}

    def url(self, name):
        """The index that a package comes from; None for those of no such index."""
        for index in self.indexes:
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in index["packages"]):
                return index["url"]
        return None

    def add(self, names):
        """Pins what matches to its index; whether anything is new."""
        new = {name: self.url(name) for name in names if name not in self.names and self.url(name)}
        self.names.update(new)
        return bool(new)

    def project(self, names=None):
        """The lines of a pyproject.toml that pins the names, or all of them."""
        names = sorted(self.names if names is None else set(names) & set(self.names))
        dependencies = ", ".join(map(locks.quoted, names))
        lines = ["[project]", 'name = "lamina-packages"', 'version = "0"', f"dependencies = [{dependencies}]"]
        for number, index in enumerate(self.indexes):
            lines += ["[[tool.uv.index]]", f'name = "lamina-{number}"', f"url = {locks.quoted(index['url'])}"]
            lines += ["explicit = true"]
        numbers = {index["url"]: number for number, index in reversed(list(enumerate(self.indexes)))}
        lines.append("[tool.uv.sources]")
        lines += [f'{name} = {{ index = "lamina-{numbers[self.names[name]]}" }}' for name in names]
        return lines

    def arguments(self):
        """The same indexes, as any other: for packages whose versions are fixed."""
        found = []
        for index in self.indexes:
            found += ["--index", index["url"]]
        return found and ["--index-strategy", "unsafe-best-match", *found]
