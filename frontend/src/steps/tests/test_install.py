import json
import os
import pathlib
import subprocess
import sys
import unittest
from unittest import mock

import support  # first: it finds the scripts
import install
import lamina_step

MINOR = f"{sys.version_info[0]}.{sys.version_info[1]}"


class InstallTestCase(support.UvTestCase):
    def setUp(self):
        super().setUp()
        self.venv = self.root / "venv"
        self.patch(install, "VENV", self.venv)
        self.patch(install, "STAGING", self.root / "staging")
        self.patch(install, "REQUIREMENTS", self.root / "requirements.txt")
        self.site = self.venv / "lib" / f"python{MINOR}" / "site-packages"
        # The environment is made by the interpreter that runs the tests.
        here = pathlib.Path(sys.executable)
        python = here if here.name == f"python{MINOR}" else self.root / f"real/python{MINOR}"
        if python is not here:
            self.link(f"real/python{MINOR}", here)
        self.write("facts", f"libc=glibc-2.36\npython={python}\n")
        mask = os.umask(0o022)
        self.addCleanup(os.umask, mask)

    def request(self, *requirements, **changes):
        return {
            "arguments": [],
            "bottom": True,
            "cross": False,
            "installer": "uv",
            "local": False,
            "machine": "x86_64",
            "python": MINOR,
            "requirements": list(requirements),
            **changes,
        }



class Install(InstallTestCase):
    def install(self, *requirements, **changes):
        self.write("install.json", json.dumps(self.request(*requirements, **changes)))
        install.main()

    def files(self):
        found = (path.relative_to(self.venv) for path in install.files_below(self.venv))
        return {str(path) for path in found}

    def test_the_bottom_layer_has_the_environment(self):
        self.install("six==1.16")
        files = self.files()
        self.assertTrue({"bin/python", "pyvenv.cfg"} <= files)
        self.assertIn(f"lib/python{MINOR}/site-packages/six.py", files)
        self.assertTrue(any(path.endswith(".pyc") for path in files))
        self.assertFalse(any(path.endswith(".lock") for path in files))

    def test_layers_above_have_their_packages_alone(self):
        self.install("six==1.16", bottom=False)
        self.assertTrue(all(path.startswith(f"lib/python{MINOR}/site-packages/") for path in self.files()))
        self.assertFalse((self.venv / "bin").exists())

    def test_a_bottom_layer_without_packages(self):
        self.install()
        self.assertIn("pyvenv.cfg", self.files())
        self.assertEqual(self.commands(), [])

    def test_the_request_becomes_options(self):
        self.install("six==1.16", cross=True, local=True, machine="aarch64", arguments=["--no-index"])
        [command] = self.commands()
        self.assertEqual(
            command,
            ["pip", "install", "--python", str(self.venv / "bin/python"), "--no-deps"]
            + ["--python-platform", "aarch64-manylinux_2_36", "--refresh", "--no-index"]
            + ["--requirement", str(self.root / "requirements.txt")],
        )

    def test_what_depends_on_the_build_is_removed(self):
        self.install("local==1", "six==1.16")
        local, six = self.site / "local-1.dist-info", self.site / "six-1.16.dist-info"
        self.assertEqual([path.name for path in local.iterdir()], ["RECORD"])
        self.assertEqual((local / "RECORD").read_text(), "local.py,,\nlocal-1.dist-info/RECORD,,\n")
        self.assertEqual({path.name for path in six.iterdir()}, {"RECORD", "direct_url.json"})

    def test_a_failed_installation_fails_the_step(self):
        self.assertEqual(self.fails(self.install, "broken==1"), 2)

    def test_records_may_have_any_encoding(self):
        record = self.write("RECORD", b"a\xff.py,,\nb.py,,\n")
        install.rewrite_lines(record, lambda line: None if line.startswith("b") else line)
        self.assertEqual(record.read_bytes(), b"a\xff.py,,\n")


class InstallWithPip(InstallTestCase):
    """pip itself is not run: only what it is told, and what becomes of it."""

    def pip(self, request, status=0, write=None):
        commands = []

        def run(command, **options):
            commands.append(command)
            if write and status == 0:
                write()
            return subprocess.CompletedProcess(command, status)

        with mock.patch.object(lamina_step, "run", run):
            result = install.install_with_pip(request, "/usr/bin/python3", self.root / "requirements.txt")
        return commands[0], result

    def test_native_installations(self):
        command, status = self.pip(self.request("six==1", installer="pip", arguments=["--no-index"]), 1)
        self.assertEqual(status, 1)
        self.assertEqual(command[:5], ["/usr/bin/python3", "-m", "pip", "--python", str(self.venv / "bin/python")])
        self.assertEqual(command[-3:], ["--no-index", "--requirement", str(self.root / "requirements.txt")])
        self.assertNotIn("--target", command)

    def test_installations_for_another_architecture(self):
        def write():
            self.write("staging/pkg/data.txt", "new")
            self.write("staging/bin/tool", "#!x")
            self.write("staging/share/doc", "doc")
            record = "pkg/data.txt,,\n../../bin/tool,,\n../../../elsewhere,,\n"
            self.write("staging/pkg-1.dist-info/RECORD", record)

        self.write(self.site.relative_to(self.root) / "pkg/other.txt", "old")
        command, status = self.pip(self.request("pkg==1", cross=True, machine="aarch64"), write=write)
        self.assertEqual(status, 0)
        self.assertIn("--platform=manylinux_2_36_aarch64", command)
        self.assertIn(f"--python-version={MINOR}", command)
        self.assertEqual(
            {str(path.relative_to(self.venv)) for path in install.files_below(self.venv)},
            {"bin/tool", "share/doc"}
            | {
                f"lib/python{MINOR}/site-packages/{path}"
                for path in ("pkg/data.txt", "pkg/other.txt", "pkg-1.dist-info/RECORD")
            },
        )
        record = (self.site / "pkg-1.dist-info/RECORD").read_text()
        self.assertEqual(record, "pkg/data.txt,,\n../../../bin/tool,,\n../../../elsewhere,,\n")

    def test_failures_for_another_architecture_say_what_helps(self):
        message = self.fails(self.pip, self.request("pkg==1", cross=True), 1)
        self.assertIn('`installer = "uv"`', message)

    def test_platforms_of_wheels(self):
        tags = install.wheel_platforms("manylinux_2_19", "x86_64")
        self.assertEqual(
            tags,
            [f"manylinux_2_{minor}_x86_64" for minor in (19, 18, 17)]
            + [f"{name}_x86_64" for name in ("manylinux2014", "manylinux2010", "manylinux1", "linux")],
        )
        self.assertEqual(
            install.wheel_platforms("unknown-linux-musl", "aarch64"), ["musllinux_1_2_aarch64", "musllinux_1_1_aarch64"]
        )


if __name__ == "__main__":
    unittest.main()
