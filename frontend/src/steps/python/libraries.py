"""Looks for shared libraries that packages which were built here need, and that
the image does not have.

Reads /lamina/in/libraries.json. The image is mounted at /lamina/image, each
layer's environment at /layers/<n>; only files are read, so that the target may
have any architecture. Writes /out/libraries.json: a list, empty if there are
none.
"""

import fnmatch
import glob
import json
import os
import pathlib
import re

import clash
import elf
import lamina_step as step

IMAGE = pathlib.Path("/lamina/image")
LAYERS = pathlib.Path("/layers")
VENV = pathlib.PurePosixPath("/opt/venv")
ANSWER = pathlib.Path("/out/libraries.json")
MAX_MISSING = 100
MAX_LINKS = 40

# Where loaders look without any configuration, that of musl included.
DIRECTORIES = ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"]
# What containers get of the driver of the machine that they run on.
OF_THE_DRIVER = re.compile(r"libcuda\.so\b.*|libnvidia-.*|libnvcuvid\.so\b.*|libnvoptix\.so\b.*")


def inside(path):
    """A path of the image as this step reaches it: links lead from the image's root."""
    todo, done, links = [part for part in str(path).split("/") if part], [], 0
    while todo:
        part = todo.pop(0)
        if part == ".":
            continue
        if part == "..":
            done = done[:-1]
            continue
        place = IMAGE.joinpath(*done, part)
        if not place.is_symlink():
            done.append(part)
            continue
        links += 1
        if links > MAX_LINKS:
            break
        target = os.readlink(str(place))
        if target.startswith("/"):
            done = []
        todo = [it for it in target.split("/") if it] + todo
    return IMAGE.joinpath(*done)


def names(directory):
    """The names of what is in a directory of the image."""
    try:
        return set(os.listdir(str(inside(directory))))
    except OSError:
        return set()


def configured(path="/etc/ld.so.conf", seen=()):
    """The directories that the configuration of the loader names."""
    if path in seen or len(seen) > MAX_LINKS:
        return []
    found = []
    try:
        text = inside(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("include"):
            for pattern in line.split()[1:]:
                pattern = os.path.join("/etc", pattern)
                directory = os.path.dirname(pattern)
                matching = fnmatch.filter(sorted(names(directory)), os.path.basename(pattern))
                for name in matching:
                    found += configured(f"{directory}/{name}", (*seen, path))
        elif line.startswith("/"):
            found.append(line)
    return found


def system_libraries(library_path):
    """The names of the libraries that the image's loader finds."""
    directories = [*library_path, *configured(), *DIRECTORIES]
    for directory in ("/lib", "/usr/lib"):
        # Debian's directories by architecture.
        directories += [f"{directory}/{name}" for name in names(directory) if "-linux-" in name]
    for path in glob.glob(f"{IMAGE}/etc/ld-musl-*.path"):
        directories += pathlib.Path(path).read_text(encoding="utf-8", errors="replace").replace(":", "\n").split()
    found = set()
    for directory in directories:
        found |= names(directory)
    return found


def installed():
    """Packages of all layers: name, environment of the layer, paths below it."""
    for record in sorted(LAYERS.glob("*/lib/python3*/site-packages/*.dist-info/RECORD")):
        site = record.parent.parent
        environment = site.parents[2]
        package = clash.package_of(record.parent.name)
        with record.open(newline="", encoding="utf-8", errors="surrogateescape") as lines:
            paths = [os.path.normpath(os.path.join(str(site), row[0])) for row in clash.rows(lines, package) if row]
        yield package, environment, [os.path.relpath(path, str(environment)) for path in paths]


def provided(library, path, directories):
    """Whether one of the directories that a file of the environment names has the
    library."""
    origin = str((VENV / path).parent)
    for directory in directories:
        directory = directory.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
        if directory.startswith("/") and library in names(os.path.normpath(directory)):
            return True
    return False


def missing(request):
    system = system_libraries(request["library_path"])
    packages = list(installed())
    # Wherever it is: the package may load it before, as torch does.
    own = {os.path.basename(path) for _, _, paths in packages for path in paths if ".so" in path}
    found = []
    for package, environment, paths in packages:
        if package not in request["packages"]:
            continue
        for path in sorted(paths):
            file = environment / path
            if file.is_symlink() or not file.is_file():
                continue
            with file.open("rb") as content:
                needs = elf.needs(content)
            for library in needs.libraries:
                known = library in system or os.path.basename(library) in own or OF_THE_DRIVER.fullmatch(library)
                if not known and not provided(library, path, needs.directories):
                    found.append({"package": package, "file": clash.shown([path])[0], "library": library})
    return found[:MAX_MISSING]


def main():
    answer = missing(step.request("libraries.json"))
    ANSWER.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
