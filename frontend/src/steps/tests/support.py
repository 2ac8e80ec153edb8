"""What the tests share: scripts to import and to run, in directories of theirs."""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

STEPS = pathlib.Path(__file__).resolve().parent.parent
PYTHON = STEPS / "python"
SHELL = STEPS / "shell"

sys.dont_write_bytecode = True
sys.path.insert(0, str(PYTHON))


class TestCase(unittest.TestCase):
    """A test with a directory of its own."""

    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name).resolve()

    def write(self, path, content="", mode=None):
        """Writes a file below the test's directory."""
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if mode is not None:
            path.chmod(mode)
        return path

    def link(self, path, target):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    def patch(self, target, name, value):
        patcher = mock.patch.object(target, name, value)
        patcher.start()
        self.addCleanup(patcher.stop)

    def environ(self, clear=False, **values):
        patcher = mock.patch.dict(os.environ, values, clear=clear)
        patcher.start()
        self.addCleanup(patcher.stop)

    def shell(self, script, *arguments, **environment):
        """Runs a shell script of the steps."""
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment}
        command = ["/bin/sh", str(SHELL / script), *arguments]
        return subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)

    def fails(self, function, *arguments):
        """The message with which a function stops the step."""
        with self.assertRaises(SystemExit) as stopped, quiet():
            function(*arguments)
        return stopped.exception.code


@contextlib.contextmanager
def quiet():
    """Catches what is printed to standard error."""
    caught = io.StringIO()
    with contextlib.redirect_stderr(caught):
        yield caught


class UvTestCase(TestCase):
    """A test of a step that runs uv: `fake_uv.py` in its place."""

    def setUp(self):
        super().setUp()
        import guard
        import lamina_step

        fake = pathlib.Path(__file__).with_name("fake_uv.py")
        script = f'#!/bin/sh\nexec "{sys.executable}" -B "{fake}" "$@"\n'
        self.write("uv/uv", script, 0o755)
        self.python = self.write("bin/python3.99", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', 0o755)
        self.write("facts", f"libc=glibc-2.36\npython={self.python}\n")
        self.patch(guard, "DIRECTORY", self.root / "guard")
        self.patch(guard, "SHARED_CACHE", self.root / "shared-cache")
        self.patch(lamina_step, "UV", self.root / "uv")
        self.patch(lamina_step, "FACTS", self.root / "facts")
        self.patch(lamina_step, "INPUT", self.root)
        self.patch(lamina_step, "TEMPORARY", self.root)
        self.patch(lamina_step, "CA_SECRET", self.root / "no-secret")
        self.environ(LOG=str(self.root / "log"), UNIVERSE=str(self.root / "universe.json"))

    def commands(self):
        """The command lines that uv got."""
        path = self.root / "log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
