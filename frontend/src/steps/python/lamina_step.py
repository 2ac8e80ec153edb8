"""What the Python steps share: their requests, tools, certificates and facts.

The steps run with the base image's own interpreter, so everything here keeps
to the syntax and the standard library of Python 3.8.
"""

import functools
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import threading

INPUT = pathlib.Path("/lamina/in")
UV = pathlib.Path("/lamina/uv")
FACTS = pathlib.Path("/lamina/python")
CA_SECRET = pathlib.Path("/run/secrets/ca-certificates")
SYSTEM_CA = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
TEMPORARY = pathlib.Path("/tmp")


def request(name):
    """The request that was mounted for a step."""
    return json.loads((INPUT / name).read_text(encoding="utf-8"))


def facts():
    """The lines of the facts file that `facts.sh` wrote about the target."""
    lines = FACTS.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if "=" in line]
    return {
        "libc": next((value for key, value in pairs if key == "libc"), ""),
        "pythons": [value for key, value in pairs if key == "python"],
    }


def interpreter(version):
    """The target's interpreter of a version, by its path in the image.

    The builder's image needs it at the same path: the scripts of the virtual
    environment name it.
    """
    known = facts()["pythons"]
    matching = [path for path in known if path.endswith(f"/python{version}")]
    if not matching:
        fail(f"the base image has no Python {version} (found: {', '.join(known) or 'none'})")
    if not os.path.exists(matching[0]):
        fail(
            f"the base image has {matching[0]} for the target platform, but not for the "
            "builder's: choose a base image that has it on both"
        )
    return matching[0]


def python_platform(machine):
    """uv's name of the target: its architecture and its own C library."""
    libc = facts()["libc"]
    kind, _, version = libc.partition("-")
    if kind == "glibc":
        major, minor = version.split(".")
        # uv knows only these; a newer C library runs what is built for them.
        known = [name for name in (17, 28, *range(31, 41)) if name <= int(minor)]
        if not known:
            fail(f"glibc {version} is too old: uv needs at least glibc 2.17 to choose wheels")
        return f"{machine}-manylinux_{major}_{known[-1]}"
    if kind == "musl":
        return f"{machine}-unknown-linux-musl"
    return fail("failed to find the C library of the base image: expected glibc or musl")


def uv():
    """The path of uv: from lamina's own pinned wheel or the context `uv`."""
    for place in ("uv", "bin/uv", "usr/local/bin/uv", "usr/bin/uv"):
        path = UV / place
        if path.is_file():
            if os.access(path, os.X_OK):
                return str(path)
            # A context made of plain files may have lost the mode.
            copy = TEMPORARY / "lamina-uv"
            shutil.copyfile(path, copy)
            copy.chmod(0o755)
            return str(copy)
    return fail("the build context `uv` has no file uv, bin/uv or usr/local/bin/uv")


def environment():
    """The environment of the installers, with the build's certificates. What the
    base image sets for uv, pip and Python decides nothing."""
    ours = ("UV_", "PIP_", "PYTHON")
    env = {name: value for name, value in os.environ.items() if not name.upper().startswith(ours)}
    env.update(
        UV_LINK_MODE="copy",
        UV_NO_CONFIG="1",
        UV_NO_PROGRESS="1",
        UV_PYTHON_DOWNLOADS="never",
        UV_CACHE_DIR="/root/.cache/uv",
        # Not even the configuration of the image, /etc/pip.conf.
        PIP_CONFIG_FILE=os.devnull,
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_NO_INPUT="1",
        PIP_ROOT_USER_ACTION="ignore",
        PIP_CACHE_DIR="/root/.cache/pip",
    )
    if CA_SECRET.is_file():
        bundle = str(ca_bundle())
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"):
            env[name] = bundle
    return env


@functools.lru_cache(maxsize=None)
def ca_bundle():
    """A file with all trusted certificates. It is renamed into place, since
    commands that are started at the same time share it."""
    bundle = TEMPORARY / "lamina-ca.pem"
    part = bundle.with_suffix(f".{threading.get_ident()}")
    part.write_bytes(trusted_certificates())
    return part.replace(bundle)


def trusted_certificates():
    """All certificates to trust, as PEM: the public ones, and the secret's."""
    return public_certificates() + (CA_SECRET.read_bytes() if CA_SECRET.is_file() else b"")


def public_certificates():
    """The certificates that stay trusted beside those of the secret."""
    for path in (ssl.get_default_verify_paths().cafile, SYSTEM_CA):
        if path and os.path.isfile(path):
            return pathlib.Path(path).read_bytes().rstrip() + b"\n"
    try:
        from pip._vendor import certifi
    except ImportError:
        return b""
    return pathlib.Path(certifi.where()).read_bytes().rstrip() + b"\n"


def tls_context(verify):
    """The settings of TLS connections that this step makes itself."""
    # Comments between certificates may be in any encoding; `ssl` takes ASCII.
    pem = trusted_certificates().decode("ascii", "ignore")
    try:
        context = ssl.create_default_context(cadata=pem or None)
    except ssl.SSLError:
        return fail("the secret `ca-certificates` is invalid: expected certificates in PEM format")
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def run(command, **options):
    """Runs a command with the installers' environment, output to the log."""
    sys.stdout.flush()
    sys.stderr.flush()
    return subprocess.run(command, env=environment(), check=False, **options)


def fail(message):
    """Stops the step with one line that says why."""
    sys.exit(f"lamina: {message}")
