"""Writes what this step finds around it to /out/report.json."""

import errno
import json
import os
import pathlib
import resource
import socket
import sys


def attempt(action):
    """`None`, or the name of the error that the system gives."""
    try:
        action()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return None


def seen(path):
    """Mode and owner."""
    found = os.stat(path)
    return [oct(found.st_mode & 0o777), found.st_uid, found.st_gid]


def mounted(path):
    """Type and size of what is mounted."""
    lines = (line.split() for line in pathlib.Path("/proc/self/mounts").read_text().splitlines())
    kind = next(words[2] for words in lines if words[1] == path)
    space = os.statvfs(path)
    return [kind, space.f_frsize * space.f_blocks]


def identities(path):
    """How many keys the agent behind a socket has (SSH_AGENTC_REQUEST_IDENTITIES)."""
    with socket.socket(socket.AF_UNIX) as agent:
        agent.connect(path)
        agent.sendall(b"\0\0\0\1\x0b")
        answer = agent.makefile("rb").read(9)
    return [answer[4], int.from_bytes(answer[5:9], "big")]


agent = os.environ["SSH_AUTH_SOCK"]
report = {
    "arguments": sys.argv[1:],
    "agent": [*seen(agent), *identities(agent)],
    "bind": sorted(os.listdir("/in")),
    "bind, written to": attempt(lambda: pathlib.Path("/in/new").write_text("")),
    "discarded, written to": attempt(lambda: pathlib.Path("/discarded/new").write_text("")),
    "environment": {name: os.environ.get(name) for name in ("GREETING", "http_proxy", "no_proxy")},
    "file's time": int(os.stat("/in/report.py").st_mtime),
    "folder": os.getcwd(),
    "groups": os.getgroups(),
    "host": socket.gethostname(),
    "host, added": socket.gethostbyname("elsewhere.example"),
    "limit of files": resource.getrlimit(resource.RLIMIT_NOFILE),
    "memory": mounted("/memory"),
    "memory, shared": mounted("/dev/shm"),
    "root, written to": attempt(lambda: pathlib.Path("/new").write_text("")),
    # Nothing that is in it may come out.
    "secret": [*seen("/run/secret"), len(pathlib.Path("/run/secret").read_text())],
    "secret, missing": os.path.exists("/run/none"),
    "secret, variable": len(os.environ["SECRET"]),
    # Some daemons set it all the same.
    "secret, variable missing": os.environ.get("NONE", ""),
    "user": [os.getuid(), os.getgid()],
}
text = json.dumps(report, indent=1, sort_keys=True)
pathlib.Path("/out/report.json").write_text(f"{text}\n")
pathlib.Path("/discarded/more").write_text("")
