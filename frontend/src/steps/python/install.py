"""Installs one slice into the virtual environment at /opt/venv.

The slice is wheels by their SHA-256: no index is asked, and the installer gets
verified copies that nobody else can change. Runs on the builder's own
architecture; the wheels are the target's. The
environment's own files (interpreter links, activation scripts) stay in the
bottom layer alone, so that no two layers carry the same file. Reads
/lamina/in/install.json.
"""

import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import fetch
import http_client
import lamina_step as step
import modes

VENV = pathlib.Path("/opt/venv")
STAGING = step.TEMPORARY / "lamina-staging"
# Packages that were built, in a step of their own.
BUILT = "/lamina/built/"
# The older names of platforms, by the minor version of glibc (PEP 600).
MANYLINUX = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


def files_below(directory):
    return {path for path in directory.rglob("*") if path.is_symlink() or not path.is_dir()}


def make_environment(python):
    done = step.run([python, "-m", "venv", "--without-pip", "--symlinks", str(VENV)])
    if done.returncode != 0:
        step.fail("failed to create the virtual environment: see the output of `python -m venv`")


def install_with_uv(request, requirements):
    # On the file system of the environment, so that files are linked, and not
    # shared with anybody: what uv unpacks there is not verified again.
    cache = VENV / ".lamina-cache"
    command = [step.uv(), "pip", "install", "--python", str(VENV / "bin/python")]
    command += ["--no-deps", "--offline", "--no-index", "--no-build"]
    command += ["--cache-dir", str(cache), "--link-mode", "hardlink"]
    if request["cross"]:
        command += ["--python-platform", step.python_platform(request["machine"])]
    command += ["--requirement", str(requirements)]
    try:
        return step.run(command).returncode
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def install_with_pip(request, python, requirements):
    command = [python, "-m", "pip", "--isolated", "--disable-pip-version-check"]
    command += ["--python", str(VENV / "bin/python"), "install", "--no-deps", "--no-index", "--no-cache-dir"]
    command += ["--no-compile", "--progress-bar=off", "--root-user-action=ignore", "--only-binary=:all:"]
    command += ["--requirement", str(requirements)]
    if not request["cross"]:
        return step.run(command).returncode
    # pip installs for another platform only into a directory of its own.
    platform = step.python_platform(request["machine"])
    machine, _, libc = platform.partition("-")
    command += ["--target", str(STAGING)]
    command += ["--implementation=cp", f"--python-version={request['python']}"]
    for tag in wheel_platforms(libc, machine):
        command.append(f"--platform={tag}")
    status = step.run(command).returncode
    if status != 0:
        return status
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
    if libc.startswith("manylinux_"):
        newest = int(libc.rsplit("_", 1)[1])
        oldest = 5 if machine in ("x86_64", "i686") else 17
        tags = []
        for minor in range(newest, oldest - 1, -1):
            tags += [f"manylinux_2_{minor}_{machine}"]
            tags += [f"{MANYLINUX[minor]}_{machine}"] if minor in MANYLINUX else []
    else:
        # The name of the platform has no version of musl: the wheels were chosen
        # for the one of the target.
        minor = re.fullmatch(r"musl-1\.([0-9]{1,3})", step.facts()["libc"])
        newest = int(minor[1]) if minor else 2
        tags = [f"musllinux_1_{minor}_{machine}" for minor in range(newest, -1, -1)]
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


def correct_metadata(request):
    """Removes what is wrong in the image, or different at each build: where the
    installer found a wheel (`direct_url.json`, PEP 610), and uv's dates. Writes
    where a requirement by URL was found, as installers do."""
    urls = {package_of(wheel["name"]): wheel for wheel in request["wheels"] if wheel["direct_url"]}
    for directory in sorted(site_packages(request).glob("*.dist-info")):
        for name in ("direct_url.json", "uv_cache.json"):
            remove_recorded(directory, name)
        wheel = urls.get(package_of(directory.name))
        if wheel:
            add_recorded(directory, "direct_url.json", direct_url(wheel))


def package_of(file_name):
    """The normalized name (PEP 503) in the name of a wheel or a `.dist-info`."""
    return re.sub(r"[-_.]+", "-", file_name.split("-", 1)[0]).lower()


def direct_url(wheel):
    """The text of a `direct_url.json`. The hash is that of the URL's own file:
    nothing is known of it here if the wheel was built from it."""
    archive = {}
    if not wheel["source"].startswith(BUILT):
        sha256 = wheel["sha256"].lower()
        archive = {"hash": f"sha256={sha256}", "hashes": {"sha256": sha256}}
    url = http_client.without_account(wheel["direct_url"])
    return json.dumps({"archive_info": archive, "url": url}, sort_keys=True).encode()


def remove_recorded(directory, name):
    """Removes a file of a `.dist-info`, and its line in RECORD."""
    path, record = directory / name, directory / "RECORD"
    if not os.path.lexists(path):
        return
    entry = f"{directory.name}/{name},"
    if record.exists():
        rewrite_lines(record, lambda line: None if line.startswith(entry) else line)
    path.unlink()


def add_recorded(directory, name, content):
    """Writes a file of a `.dist-info`, and its line in RECORD."""
    (directory / name).write_bytes(content)
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    record = directory / "RECORD"
    lines = record.read_bytes() if record.exists() else b""
    if lines and not lines.endswith(b"\n"):
        lines += b"\n"
    line = f"{directory.name}/{name},sha256={digest},{len(content)}\n"
    record.write_bytes(lines + line.encode("utf-8", "surrogateescape"))


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


def install_wheels(request, python):
    """Fetches, verifies and installs the wheels; the installer's exit status."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="lamina-wheels-", dir=step.TEMPORARY))
    try:
        paths = fetch.wheels(request["wheels"], directory, request["trusted_hosts"])
        requirements = directory / "requirements.txt"
        requirements.write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
        print(f"installing {len(paths)} wheels", file=sys.stderr, flush=True)
        if request["installer"] == "pip":
            return install_with_pip(request, python, requirements)
        return install_with_uv(request, requirements)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main():
    request = step.request("install.json")
    python = step.interpreter(request["python"])
    os.umask(0o022)
    make_environment(python)
    own, links = files_below(VENV), modes.links_below(VENV)

    if request["wheels"]:
        status = install_wheels(request, python)
        if status != 0:
            sys.exit(status)
        # Before anything reads what packages brought.
        modes.restrict(VENV, python, links)
        correct_metadata(request)
        print("compiling bytecode", file=sys.stderr, flush=True)
        compile_bytecode(request, python)

    # Locks of uv belong to the installation, not to the environment.
    leftovers = {path for path in (VENV / ".lock", site_packages(request) / ".lock") if path.exists()}
    remove(leftovers if request["bottom"] else leftovers | own)


if __name__ == "__main__":
    main()
