"""Builds a wheel of a source distribution, a project or a repository.

Reads /lamina/in/build.json and the source; writes the wheel to /out/wheel, a
wheel of its metadata alone to /out/metadata, and what they are to
/out/answer.json. Somebody else's code runs here: there are no credentials, and
no cache that others use.

For another architecture than this machine's nothing is compiled: if the source
wants to, or its wheel is not for every platform, that is the answer, and lamina
builds it on the target's architecture.

Without a wheel the exit status is FAILED. A failed step answers nothing, so
lamina asks again with `explain`, and the answer is the reason.
"""

import collections
import hashlib
import json
import os
import pathlib
import posixpath
import re
import shutil
import subprocess
import sys
import threading

import archives
import guard
import lamina_step as step
import uv_errors
import wheels

WORK = pathlib.Path("/tmp/lamina-build")
OUT = pathlib.Path("/out")
VENV = pathlib.Path("/opt/venv")
FAILED = 5
# 1980-01-01, the first date that a zip can have. Its dates are local ones.
EPOCH = 315532800
MAX_LINES = 400
MAX_LINE = 4000
MAX_REASON = 1000
SECONDS_TO_READ = 5

# What compiles, by its name and by the variable that names it.
COMPILERS = {
    "CC": "cc",
    "CXX": "c++",
    "CPP": "cpp",
    "LD": "ld",
    "LDSHARED": "cc",
    "FC": "gfortran",
    "F77": "gfortran",
    "F90": "gfortran",
    "CUDACXX": "nvcc",
    "NVCC": "nvcc",
    "CARGO": "cargo",
    "RUSTC": "rustc",
}
PROGRAMS = {*COMPILERS.values(), "gcc", "g++", "clang", "clang++", "go", "zig"}
NO_COMPILER = """\
#!{program} -IS
import os, sys

os.close(os.open({marker!r}, os.O_WRONLY | os.O_CREAT, 0o600))
sys.stderr.write("lamina: nothing is compiled for another architecture\\n")
sys.exit(1)
"""


def prepare(request):
    """The directory to build in: a private copy, since builds write into it."""
    source = pathlib.Path(request["source"])
    copy = WORK / "source"
    if not source.exists():
        step.fail(f"{source} does not exist")
    check_hashes(request, source)
    root = archives.copy(source, copy) if source.is_dir() else archives.unpack(source, copy)
    subdirectory = posixpath.normpath(request["subdirectory"] or ".")
    if wheels.leaves(subdirectory):
        step.fail(f"the subdirectory `{subdirectory}` leads out of it")
    project = root / subdirectory
    if not project.is_dir():
        step.fail(f"it has no directory `{subdirectory}`")
    if not any((project / name).is_file() for name in ("pyproject.toml", "setup.py")):
        step.fail("it has neither pyproject.toml nor setup.py")
    return project


def check_hashes(request, source):
    """Compares a file with the hashes that the requirement line gives."""
    expected = request["hashes"]
    if not expected or not source.is_file():
        return
    digests = {text.partition(":")[0]: hashlib.new(text.partition(":")[0]) for text in expected}
    with source.open("rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            for digest in digests.values():
                digest.update(chunk)
    for text in expected:
        algorithm, _, digest = text.partition(":")
        found = digests[algorithm].hexdigest()
        if found == digest:
            return
    step.fail(f"its hash is not the expected one: expected {expected[0]}, found {algorithm}:{found}")


class NoCompilers:
    """Programs in the place of compilers, which fail and say that they were run."""

    def __init__(self, python):
        self.directory = WORK / "no-compilers"
        self.directory.mkdir()
        self.marker = WORK / "compiled"
        script = NO_COMPILER.format(program=guard.program(python, WORK), marker=str(self.marker))
        for name in PROGRAMS:
            path = self.directory / name
            path.write_text(script, encoding="utf-8")
            path.chmod(0o755)

    def environment(self, path):
        env = {key: str(self.directory / name) for key, name in COMPILERS.items()}
        return {**env, "PATH": f"{self.directory}:{path}"}

    def were_run(self):
        return self.marker.exists()


def environment(request, no_compilers):
    """The environment of a build: the user's, but for what lamina has to say."""
    env = step.environment()
    # So that equal sources are equal wheels.
    env.update(SOURCE_DATE_EPOCH=str(EPOCH), TZ="UTC", PYTHONHASHSEED="0")
    env.update(request["env"])
    env.update(UV_CACHE_DIR=str(WORK / "cache"), TMPDIR=str(WORK / "tmp"))
    if no_compilers:
        env.update(no_compilers.environment(env.get("PATH", os.defpath)))
    return env


def interpreter(request):
    """The interpreter to build with: without isolation, that of the packages
    that the layers below have."""
    python = VENV / "bin/python"
    if request["isolation"] or not python.exists():
        return step.interpreter(request["python"])
    return str(python)


def command(request, python, project):
    command = [step.uv(), "build", "--wheel", "--no-create-gitignore", "--python", python]
    command += ["--out-dir", str(WORK / "wheel")]
    if not request["isolation"]:
        command.append("--no-build-isolation")
    for host in request["trusted_hosts"]:
        command += ["--allow-insecure-host", host]
    return command + request["index_arguments"] + ["--", str(project)]


def run(command, env):
    """Runs a build, its output to the log: the exit status, and its last lines."""
    sys.stderr.flush()
    last = collections.deque(maxlen=MAX_LINES)
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    reader = threading.Thread(target=follow, args=(process.stdout, sys.stderr, last), daemon=True)
    reader.start()
    status = process.wait()
    # A server that a build has left behind keeps the pipe open.
    reader.join(SECONDS_TO_READ)
    return status, "".join(list(last))


def follow(output, log, last):
    """Copies output to the log while it is written."""
    with output:
        # A line may be without an end.
        for line in iter(lambda: output.readline(MAX_LINE), b""):
            text = line.decode("utf-8", "replace")
            log.write(text)
            log.flush()
            last.append(text)


class OtherPlatform(Exception):
    """The wheel has to be built on the target's platform: why."""


# The last line of a traceback.
RAISED = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception): \S")

# What a build lacks, as compilers, build tools and Python say it. What they write
# after that is that something failed.
LACKS = re.compile(
    r"fatal error: .*(No such file or directory|file not found)"
    r"|command '[^']+' failed: No such file or directory"
    r"|No such file or directory: '[^'/]+'"
    r"|^/?[\w./ ]*sh: (\d+: |line \d+: )?[\w.+-]+: (command )?not found"
    r"|Unknown compiler\(s\)"
    r"|no acceptable C compiler found"
    r"|\b(needs?|requires?) (a|the) (working )?C(\+\+)? compiler"
    r"|(CMake|cmake|pkg-config|pkgconf|[Nn]inja|cargo|rustc|[Rr]ust compiler|nvcc|NVCC)\b.*"
    r"(not found|not installed|is required|must be installed|could not be found|not on PATH|can't find)"
    r"|([Cc]an't find|[Cc]ould not find|[Uu]nable to find|Could NOT find) (Rust|CMake|cmake|pkg-config|CUDA|a C compiler|cargo)\b"
)


def reason(output):
    """Why a build failed, in one line: what it lacks, what the build itself wrote
    last, or why what it requires was not found."""
    lines = [uv_errors.clean(line) for line in output.splitlines()]
    lines = [line for line in lines if line]
    # A traceback has the line of code, too.
    lacks = next((line for line in lines if LACKS.search(line) and not line.startswith("raise ")), None)
    if lacks:
        return lacks
    start = next((index for index, line in enumerate(lines) if line.startswith("Failed to build `")), None)
    # What a build prints comes after what its Python raised: they are two streams.
    raised = [line for line in lines[: len(lines) if start is None else start] if RAISED.match(line)]
    if start is None:
        return (raised or lines or ["it wrote nothing"])[-1]
    said = uv_errors.without_hints("\n".join(lines[start + 1 :]))
    if start and any(line.startswith(uv_errors.BACKEND) for line in said):
        return (raised or lines[:start])[-1]
    because = next((index for index, line in enumerate(said) if line.startswith("Because ")), None)
    if because is not None:
        return " ".join(said[because:]).rstrip(".")
    return ": ".join(dict.fromkeys(said[:1] + said[-1:])) or lines[start]


def build(request):
    """The wheel of a request."""
    WORK.mkdir(parents=True)
    (WORK / "tmp").mkdir()
    project = prepare(request)
    python = interpreter(request)
    no_compilers = NoCompilers(python) if request["cross"] else None
    status, output = run(command(request, python, project), environment(request, no_compilers))
    if no_compilers and no_compilers.were_run():
        # Also where it went on without: natively it would have what it compiles.
        raise OtherPlatform("it compiles")
    if status != 0:
        step.fail(reason(output)[:MAX_REASON])
    found = sorted((WORK / "wheel").glob("*.whl"))
    if len(found) != 1:
        step.fail(f"expected one wheel, found {len(found)}")
    if found[0].is_symlink() or not found[0].is_file():
        step.fail(f"{found[0].name} is not a file")
    wheel = wheels.Wheel(found[0])
    if request["cross"] and not wheel.is_pure() or not wheel.is_for(request["machine"]):
        raise OtherPlatform(f"its wheel is for {', '.join(wheel.platforms)}")
    return wheel


def answer(value):
    (OUT / "answer.json").write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def clear(directory):
    """Removes what the build left in the output: later steps read what is there,
    and may not follow its links."""
    for path in directory.iterdir() if directory.is_dir() else []:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path))
        else:
            path.unlink()


def write(wheel):
    """Writes the wheel, its metadata and the answer."""
    name = wheel.path.name
    clear(OUT)
    for directory in ("wheel", "metadata"):
        (OUT / directory).mkdir(parents=True)
    digest, size = hashlib.sha256(), 0
    with wheel.path.open("rb") as source, (OUT / "wheel" / name).open("xb") as target:
        for chunk in iter(lambda: source.read(1 << 20), b""):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    wheel.write_metadata(OUT / "metadata" / name)
    built = {
        "name": wheel.name,
        "version": wheel.version,
        "wheel": name,
        "sha256": digest.hexdigest(),
        "size": size,
        "pure": wheel.is_pure(),
    }
    answer(built)
    for path in (OUT / "wheel" / name, OUT / "metadata" / name, OUT / "answer.json"):
        path.chmod(0o644)
        os.utime(str(path), (EPOCH, EPOCH))


def main():
    request = step.request("build.json")
    try:
        write(build(request))
    except OtherPlatform as why:
        print(f"lamina: {request['label']} has to be built on {request['machine']}: {why}", file=sys.stderr)
        clear(OUT)
        answer({"other_platform": str(why)})
    except SystemExit as stopped:
        if not isinstance(stopped.code, str):
            raise
        failed(request, stopped.code.replace("lamina: ", "", 1))


def failed(request, why):
    """Says why there is no wheel: in the answer if that is asked for."""
    if request["explain"]:
        clear(OUT)
        answer({"failure": why})
        return
    print(f"lamina: failed to build {request['label']}: {why}", file=sys.stderr)
    sys.exit(FAILED)


if __name__ == "__main__":
    main()
