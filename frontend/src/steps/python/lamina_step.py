"""What the Python steps have in common: tools, certificates, facts."""

import functools
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import threading

TOOL = pathlib.Path("/lamina/uv")
FACTS = pathlib.Path("/lamina/python")
CA_SECRET = pathlib.Path("/run/secrets/ca-certificates")


def facts():
    """The lines of the facts file that `facts.sh` wrote about the target."""
    pairs = [line.split("=", 1) for line in FACTS.read_text().splitlines() if "=" in line]
    return {
        "libc": next((value for key, value in pairs if key == "libc"), ""),
        "pythons": [value for key, value in pairs if key == "python"],
    }


def interpreter(version):
    """The target's interpreter of a version, by its path in the image.

    It has to be at the same path here: scripts of the environment name it.
    """
    known = facts()["pythons"]
    wanted = [path for path in known if path.endswith(f"/python{version}")]
    if not wanted:
        fail(f"the base image has no Python {version} (it has: {', '.join(known) or 'none'})")
    if not os.path.exists(wanted[0]):
        fail(f"the installing step's image has no {wanted[0]}, as the target's base has")
    return wanted[0]


def python_platform(machine):
    """uv's name of the target: its architecture and its own C library."""
    libc = facts()["libc"]
    kind, _, version = libc.partition("-")
    if kind == "glibc":
        major, minor = version.split(".")
        # uv has names for these alone; a newer C library runs what is for them.
        known = [name for name in (17, 28, *range(31, 41)) if name <= int(minor)]
        if not known:
            fail(f"glibc {version} is older than any that uv has wheels for")
        return f"{machine}-manylinux_{major}_{known[-1]}"
    if kind == "musl":
        return f"{machine}-unknown-linux-musl"
    fail("the C library of the base image was not recognised")


def uv():
    """The path of uv: from lamina's own pinned wheel or the context `uv`."""
    for place in ("uv", "bin/uv", "usr/local/bin/uv", "usr/bin/uv"):
        path = TOOL / place
        if path.is_file():
            if os.access(path, os.X_OK):
                return str(path)
            # A context made of plain files may have lost the mode.
            copy = pathlib.Path("/tmp/lamina-uv")
            shutil.copyfile(path, copy)
            copy.chmod(0o755)
            return str(copy)
    fail("the build context `uv` has no file uv, bin/uv or usr/local/bin/uv")


def environment():
    """The environment of the installers, with the build's certificates."""
    env = dict(os.environ)
    env.update(
        UV_LINK_MODE="copy",
        UV_NO_CONFIG="1",
        UV_NO_PROGRESS="1",
        UV_PYTHON_DOWNLOADS="never",
        UV_CACHE_DIR="/root/.cache/uv",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_NO_INPUT="1",
        PIP_ROOT_USER_ACTION="ignore",
        PIP_CACHE_DIR="/root/.cache/pip",
    )
    if CA_SECRET.is_file():
        bundle = authorities()
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"):
            env[name] = str(bundle)
    return env


@functools.cache
def authorities():
    """A file with all authorities, whole from the first moment on: commands
    that are started at the same time share it."""
    bundle = pathlib.Path("/tmp/lamina-ca.pem")
    part = bundle.with_suffix(f".{threading.get_ident()}")
    part.write_bytes(trusted())
    return part.replace(bundle)


def trusted():
    """All authorities, as PEM: the public ones, and those of the secret."""
    return public_authorities() + (CA_SECRET.read_bytes() if CA_SECRET.is_file() else b"")


def public_authorities():
    """The authorities that stay trusted beside those of the secret."""
    for path in (ssl.get_default_verify_paths().cafile, "/etc/ssl/certs/ca-certificates.crt"):
        if path and os.path.isfile(path):
            return pathlib.Path(path).read_bytes().rstrip() + b"\n"
    try:
        from pip._vendor import certifi
    except ImportError:
        return b""
    return pathlib.Path(certifi.where()).read_bytes().rstrip() + b"\n"


def run(command, **options):
    """Runs a command with the installers' environment, output to the log."""
    sys.stdout.flush()
    sys.stderr.flush()
    return subprocess.run(command, env=environment(), check=False, **options)


def fail(message):
    """Stops the step with one line that says why."""
    sys.exit(f"lamina: {message}")
