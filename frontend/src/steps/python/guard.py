"""An interpreter for uv that answers uv's own question and runs no other code.

uv asks its interpreter once what it is (version, tags, paths), with a script of
uv's own. Everything else that it runs with it, with `--no-build-isolation`, is
the code of packages: build backends, `setup.py`, and the hooks that say what a
build needs. The guard runs the real interpreter for the question alone; of
everything else it writes the directory to a log, and fails. So a resolution
takes from a source distribution what is written in it (PKG-INFO,
pyproject.toml), and says of the others that they have to be built, which lamina
does in a step without credentials.

The script of the question is a file that uv writes into its cache, so that the
cache is private; what other builds share of it is data.
"""

import itertools
import json
import os
import pathlib
import re
import stat
import tempfile

import lamina_step as step

# A short path, since it is in a `#!` line.
DIRECTORY = pathlib.Path("/tmp/lamina-guard")
STATUS = 3
MESSAGE = "lamina: no code of a package runs in the resolution"
# Where uv unpacks a source distribution of an index, in its cache.
SOURCE = re.compile(r"/sdists-v[0-9]+/(?:pypi|index/[^/]+)/(?P<name>[^/]+)/(?P<version>[^/]+)/[^/]+/src(?:/|$)")
# The cache mount, which other builds can write to at any time.
SHARED_CACHE = pathlib.Path("/root/.cache/uv")
# What uv keeps there of indexes: their pages, and the metadata of wheels. All
# else that it caches is code, or tells which code there is, and stays private:
# so do wheels of directories and URLs, of which uv looks for the files that it
# unpacked, wherever it finds the metadata.
BUCKETS = ("simple-v27", "wheels-v7")  # of uv 0.13.8
BUCKET = re.compile(r"(simple|wheels)-v[0-9]{1,4}")
MAX_ENTRIES = 1000
# The kernel cuts `#!` lines, at 127 bytes in the older ones.
MAX_PROGRAM = 100

# What uv asks, in 0.13.8 and in the versions before. Only the whole is good:
# `get_interpreter_info` could also be what a package calls its build backend.
QUESTION = (
    r"import sys; sys\.path = "
    r'\[(?:__import__\("os"\)\.fsdecode\(b"([^"\\\n]+)"\)|"([^"\\\n]+)")\] \+ sys\.path; '
    r"from python\.get_interpreter_info import main; main\(\)"
)

# The paths of the real interpreter are found from the path that it is started
# with (virtual environments by the pyvenv.cfg beside it): so it is started with
# its own, and told that it is the guard before uv's script looks.
SCRIPT = """\
#!{program} -IS
import json, os, re, sys

REAL, GUARD, LOG, QUESTION = {real!r}, {guard!r}, {log!r}, {question!r}
CACHE, SHARED = {cache!r}, {shared!r}


def is_below(path, directory):
    return path.startswith(directory.rstrip("/") + "/")


# Whether only this user can have written the script.
def is_private(directory):
    script = os.path.join(directory, "python", "get_interpreter_info.py")
    real = os.path.realpath(script)
    if real != script or not is_below(real, CACHE) or is_below(real, SHARED):
        return False
    try:
        while is_below(script, CACHE):
            if os.lstat(script).st_uid != os.getuid():
                return False
            script = os.path.dirname(script)
    except OSError:
        return False
    return True


arguments, foreign = sys.argv[1:], False
if arguments[:3] == ["-I", "-B", "-c"] and len(arguments) == 4:
    asked = re.fullmatch(QUESTION, arguments[3])
    if asked and is_private(asked.group(1) or asked.group(2)):
        pretend = "import sys; sys.executable = sys._base_executable = %r; " % GUARD
        os.execv(REAL, [REAL, "-I", "-B", "-c", pretend + arguments[3]])
    foreign = bool(asked)
question = arguments[:1] == ["-I"]
line = json.dumps({{"directory": os.getcwd(), "question": question, "foreign": foreign}}) + "\\n"
log = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
os.write(log, line.encode())
sys.stderr.write("lamina: no code of a package runs in the resolution\\n")
sys.exit({status})
"""


def program(python, directory):
    """An interpreter for a `#!` line, which has no room for every path."""
    python = str(python)
    if len(os.fsencode(python)) <= MAX_PROGRAM and not any(letter.isspace() for letter in python):
        return python
    link = directory / "interpreter"
    if link.is_symlink():
        link.unlink()
    link.symlink_to(python)
    return str(link)


def private_cache(has_local_indexes):
    """A new cache for uv, which has the data that builds share and nothing else
    of theirs."""
    cache = pathlib.Path(os.path.realpath(tempfile.mkdtemp(prefix="lamina-uv-cache-", dir=str(step.TEMPORARY))))
    for name in shared_buckets():
        if name.startswith("simple"):
            share(cache, name)
            continue
        (cache / name).mkdir()
        for kind in ["pypi"] if has_local_indexes else ["pypi", "index"]:
            share(cache, f"{name}/{kind}")
    return cache


def share(cache, path):
    """Makes a directory of the cache that of the mount; without one there, it
    stays private."""
    directory = SHARED_CACHE
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in path.split("/"):
            directory = directory / name
            if not os.path.lexists(str(directory)):
                directory.mkdir(exist_ok=True)
            # A link leads wherever another build wants to.
            if not stat.S_ISDIR(directory.lstat().st_mode):
                return
        (cache / path).symlink_to(directory)
    except OSError:
        pass


def shared_buckets():
    """The names of what may be shared: other versions of uv have others."""
    try:
        with os.scandir(str(SHARED_CACHE)) as entries:
            found = [entry.name for entry in itertools.islice(entries, MAX_ENTRIES)]
    except OSError:
        found = []
    return sorted({*BUCKETS, *filter(BUCKET.fullmatch, found)})


class Guard:
    """A guard for an interpreter, in a directory of its own, and uv's cache."""

    def __init__(self, python, has_local_indexes=False):
        DIRECTORY.mkdir(parents=True, exist_ok=True)
        self.path = DIRECTORY / os.path.basename(python)
        self.log = DIRECTORY / "log"
        # Whatever uv looks for on PATH (git, keyring) it does not find: it would
        # run them on what packages say.
        self.tools = DIRECTORY / "bin"
        self.tools.mkdir(exist_ok=True)
        self.cache_directory = private_cache(has_local_indexes)
        script = SCRIPT.format(
            program=program(python, DIRECTORY),
            real=str(python),
            guard=str(self.path),
            log=str(self.log),
            question=QUESTION,
            cache=str(self.cache_directory),
            shared=os.path.realpath(str(SHARED_CACHE)),
            status=STATUS,
        )
        self.path.write_text(script, encoding="utf-8")
        self.path.chmod(0o755)

    def options(self):
        """The options with which uv uses the guard."""
        return ["--python", str(self.path), "--no-build-isolation"]

    def environment(self):
        """What the environment of uv needs, beside its options."""
        return {"PATH": str(self.tools), "UV_CACHE_DIR": str(self.cache_directory)}

    def sources(self):
        """The source distributions of indexes that were to be run since the last
        time, as pairs of name and version."""
        if not self.log.exists():
            return set()
        entries = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        self.log.unlink()
        if any(entry["foreign"] for entry in entries):
            step.fail("uv asks its interpreter with a script that is not in its private cache: use uv 0.13 in the build context `uv`")
        if any(entry["question"] for entry in entries):
            step.fail("this version of uv asks its interpreter in an unknown way: use uv 0.13 in the build context `uv`")
        matches = [SOURCE.search(entry["directory"]) for entry in entries]
        return {(match["name"], match["version"]) for match in matches if match}
