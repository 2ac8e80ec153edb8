"""Installs one slice into the virtual environment at /opt/venv.

Runs on the builder's own architecture; the wheels are the target's. The
environment's own files (interpreter links, activation scripts) stay in the
bottom layer alone, so that no two layers carry the same file. Reads
/lamina/in/install.json.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import lamina_step as step

VENV = pathlib.Path("/opt/venv")


def files_below(folder):
    return {path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}


def make_environment(python):
    done = step.run([python, "-m", "venv", "--without-pip", "--symlinks", str(VENV)])
    if done.returncode != 0:
        step.fail("the virtual environment could not be made")


def install_with_uv(request, requirements):
    command = [step.uv(), "pip", "install", "--python", str(VENV / "bin/python"), "--no-deps"]
    if request["cross"]:
        command += ["--python-platform", step.python_platform(request["machine"])]
    if request["local"]:
        # The cache knows projects by their path, which says nothing here.
        command.append("--refresh")
    command += request["arguments"] + ["--requirement", str(requirements)]
    return step.run(command).returncode


def install_with_pip(request, python, requirements):
    command = [python, "-m", "pip", "--python", str(VENV / "bin/python")]
    command += ["install", "--no-deps", "--no-compile", "--progress-bar=off"]
    command += request["arguments"] + ["--requirement", str(requirements)]
    if not request["cross"]:
        return step.run(command).returncode
    # pip installs for another platform only into a folder of its own.
    platform = step.python_platform(request["machine"])
    machine, _, libc = platform.partition("-")
    staging = pathlib.Path("/tmp/lamina-staging")
    command += ["--target", str(staging), "--only-binary=:all:"]
    command += ["--implementation=cp", f"--python-version={request['python']}"]
    for tag in manylinux_tags(libc, machine):
        command.append(f"--platform={tag}")
    status = step.run(command).returncode
    if status != 0:
        # It would build for this machine, so it is not let.
        step.fail("pip installs only wheels for another architecture; `installer = \"uv\"` also pure sources")
    if status == 0:
        merge(staging / "bin", VENV / "bin")
        for name in ("share", "etc", "include"):
            merge(staging / name, VENV / name)
        merge(staging, site_packages(request))
        correct_records(request)
    return status


def correct_records(request):
    """pip's records say where files were in its staging layout (`../../bin`)."""
    for record in site_packages(request).glob("*.dist-info/RECORD"):
        lines = record.read_text().splitlines(keepends=True)
        moved = (f"../{line}" if line.startswith("../../") and not line.startswith("../../../") else line for line in lines)
        record.write_text("".join(moved))


def manylinux_tags(libc, machine):
    """What pip has to be told one by one: all tags that the target can use."""
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


def forget_places(request):
    """Takes out notes that are false in the image, or different at each build:
    where a mounted source was (`direct_url.json`, PEP 610), and when (uv's)."""
    folders = site_packages(request).glob("*.dist-info")
    notes = [folder / name for folder in folders for name in ("direct_url.json", "uv_cache.json")]
    for note in notes:
        if not note.exists():
            continue
        if note.name == "direct_url.json" and "file:///lamina/" not in note.read_text():
            continue
        record = note.with_name("RECORD")
        lines = record.read_text().splitlines(keepends=True)
        name = f"{note.parent.name}/{note.name},"
        record.write_text("".join(line for line in lines if not line.startswith(name)))
        note.unlink()


def compile_bytecode(request, python):
    """Bytecode that is valid whatever date a file gets later (PEP 552)."""
    command = [python, "-m", "compileall", "-q", "-q", "-j", "0"]
    command += ["--invalidation-mode", "unchecked-hash", str(site_packages(request))]
    # Packages ship templates that are no Python; pip ignores them as well.
    step.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def remove(paths):
    for path in paths:
        path.unlink(missing_ok=True)
    folders = [path for path in VENV.rglob("*") if path.is_dir() and not path.is_symlink()]
    for folder in sorted(folders, reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def main():
    request = json.loads(pathlib.Path("/lamina/in/install.json").read_text())
    python = step.interpreter(request["python"])
    os.umask(0o022)
    make_environment(python)
    own = files_below(VENV)

    if request["requirements"]:
        requirements = pathlib.Path("/tmp/lamina-requirements.txt")
        requirements.write_text("".join(f"{line}\n" for line in request["requirements"]))
        if request["installer"] == "pip":
            status = install_with_pip(request, python, requirements)
        else:
            status = install_with_uv(request, requirements)
        if status != 0:
            sys.exit(status)
        forget_places(request)
        compile_bytecode(request, python)

    # uv's lock is of the installation, not of the environment.
    leftovers = {path for path in (VENV / ".lock", site_packages(request) / ".lock") if path.exists()}
    remove(leftovers if request["bottom"] else leftovers | own)


main()
