"""Installs one slice into the virtual environment at /opt/venv.

Runs on the builder's own architecture; the wheels are the target's. The
environment's own files (interpreter links, activation scripts) stay in the
bottom layer alone, so that no two layers carry the same file. Reads
/lamina/in/install.json.
"""

import os
import pathlib
import shutil
import subprocess
import sys

import lamina_step as step

VENV = pathlib.Path("/opt/venv")
STAGING = step.TEMPORARY / "lamina-staging"
REQUIREMENTS = step.TEMPORARY / "lamina-requirements.txt"


def files_below(directory):
    return {path for path in directory.rglob("*") if path.is_symlink() or not path.is_dir()}


def make_environment(python):
    done = step.run([python, "-m", "venv", "--without-pip", "--symlinks", str(VENV)])
    if done.returncode != 0:
        step.fail("failed to create the virtual environment: see the output of `python -m venv`")


def install_with_uv(request, requirements):
    command = [step.uv(), "pip", "install", "--python", str(VENV / "bin/python"), "--no-deps"]
    if request["cross"]:
        command += ["--python-platform", step.python_platform(request["machine"])]
    if request["local"]:
        # The cache knows projects by their path, which is the same for all.
        command.append("--refresh")
    command += request["arguments"] + ["--requirement", str(requirements)]
    return step.run(command).returncode


def install_with_pip(request, python, requirements):
    command = [python, "-m", "pip", "--python", str(VENV / "bin/python")]
    command += ["install", "--no-deps", "--no-compile", "--progress-bar=off"]
    command += request["arguments"] + ["--requirement", str(requirements)]
    if not request["cross"]:
        return step.run(command).returncode
    # pip installs for another platform only into a directory of its own, and
    # would build sources for this machine.
    platform = step.python_platform(request["machine"])
    machine, _, libc = platform.partition("-")
    command += ["--target", str(STAGING), "--only-binary=:all:"]
    command += ["--implementation=cp", f"--python-version={request['python']}"]
    for tag in wheel_platforms(libc, machine):
        command.append(f"--platform={tag}")
    if step.run(command).returncode != 0:
        step.fail(
            "pip failed to install for another architecture, where it takes wheels only: "
            '`installer = "uv"` also builds pure Python sources'
        )
    merge(STAGING / "bin", VENV / "bin")
    for name in ("share", "etc", "include"):
        merge(STAGING / name, VENV / name)
    merge(STAGING, site_packages(request))
    correct_records(request)
    return 0


def correct_records(request):
    """pip's records say where files were in its staging layout (`../../bin`)."""

    def moved(line):
        staged = line.startswith("../../") and not line.startswith("../../../")
        return f"../{line}" if staged else line

    for record in site_packages(request).glob("*.dist-info/RECORD"):
        rewrite_lines(record, moved)


def rewrite_lines(path, change):
    """Changes the lines of a file; None removes one. The encoding is kept:
    nothing guarantees UTF-8."""
    lines = path.read_bytes().decode("utf-8", "surrogateescape").splitlines(keepends=True)
    changed = "".join(line for line in map(change, lines) if line is not None)
    path.write_bytes(changed.encode("utf-8", "surrogateescape"))


def wheel_platforms(libc, machine):
    """All platform tags that the target can use: pip is told each of them."""
    if not libc.startswith("manylinux_"):
        return [f"musllinux_1_2_{machine}", f"musllinux_1_1_{machine}"]
    newest = int(libc.rsplit("_", 1)[1])
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(newest, 16, -1)]
    tags.append(f"manylinux2014_{machine}")
    if machine == "x86_64":
        tags += [f"manylinux2010_{machine}", f"manylinux1_{machine}"]
    return [*tags, f"linux_{machine}"]


def merge(source, target):
    if not source.is_dir():
        return
    for path in sorted(source.iterdir()):
        goal = target / path.name
        if path.is_dir() and goal.is_dir():
            merge(path, goal)
            shutil.rmtree(path)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.move(path, goal)


def site_packages(request):
    return VENV / "lib" / f"python{request['python']}" / "site-packages"


def remove_build_metadata(request):
    """Removes files that are wrong in the image, or different at each build:
    where a mounted source was (`direct_url.json`, PEP 610), and uv's dates."""
    for directory in sorted(site_packages(request).glob("*.dist-info")):
        for name in ("direct_url.json", "uv_cache.json"):
            path = directory / name
            if not path.exists():
                continue
            if name == "direct_url.json" and b"file:///lamina/" not in path.read_bytes():
                continue
            entry = f"{directory.name}/{name},"
            record = directory / "RECORD"
            if record.exists():
                rewrite_lines(record, lambda line, entry=entry: None if line.startswith(entry) else line)
            path.unlink()


def compile_bytecode(request, python):
    """Bytecode that is valid whatever date a file gets later (PEP 552)."""
    command = [python, "-m", "compileall", "-q", "-q", "-j", "0"]
    command += ["--invalidation-mode", "unchecked-hash", str(site_packages(request))]
    # Packages ship templates that do not compile; pip ignores them as well.
    step.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def remove(paths):
    """Removes files, and directories that are empty without them."""
    for path in paths:
        path.unlink()
    directories = [path for path in VENV.rglob("*") if path.is_dir() and not path.is_symlink()]
    for directory in sorted(directories, reverse=True):
        if not any(directory.iterdir()):
            directory.rmdir()


def main():
    request = step.request("install.json")
    python = step.interpreter(request["python"])
    os.umask(0o022)
    make_environment(python)
    own = files_below(VENV)

    if request["requirements"]:
        lines = "".join(f"{line}\n" for line in request["requirements"])
        REQUIREMENTS.write_text(lines, encoding="utf-8")
        if request["installer"] == "pip":
            status = install_with_pip(request, python, REQUIREMENTS)
        else:
            status = install_with_uv(request, REQUIREMENTS)
        if status != 0:
            sys.exit(status)
        remove_build_metadata(request)
        compile_bytecode(request, python)

    # Locks of uv belong to the installation, not to the environment.
    leftovers = {path for path in (VENV / ".lock", site_packages(request) / ".lock") if path.exists()}
    remove(leftovers if request["bottom"] else leftovers | own)


if __name__ == "__main__":
    main()
