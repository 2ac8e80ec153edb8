import base64
import hashlib
import io
import json
import os
import pathlib
import stat
import subprocess
import sys
import unittest
import zipfile
from unittest import mock

import support  # first: it finds the scripts
import fetch
import http_client
import install
import lamina_step
import modes
import servers

MINOR = f"{sys.version_info[0]}.{sys.version_info[1]}"


def archive(files):
    """A zip of files: their content, with a mode or without."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in files.items():
            content, mode = content if isinstance(content, tuple) else (content, 0)
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            made.writestr(entry, content)
    return buffer.getvalue()


class InstallTestCase(support.UvTestCase):
    def setUp(self):
        super().setUp()
        self.venv = self.root / "venv"
        self.patch(install, "VENV", self.venv)
        self.patch(install, "STAGING", self.root / "staging")
        self.site = self.venv / "lib" / f"python{MINOR}" / "site-packages"
        # The environment is made by the interpreter that runs the tests.
        here = pathlib.Path(sys.executable)
        python = here if here.name == f"python{MINOR}" else self.root / f"real/python{MINOR}"
        if python is not here:
            self.link(f"real/python{MINOR}", here)
        self.write("facts", f"libc=glibc-2.36\npython={python}\n")
        mask = os.umask(0o022)
        self.addCleanup(os.umask, mask)
        # Tests may be run by anybody.
        self.patch(modes, "OWNER", os.geteuid())
        self.patch(modes, "GROUP", os.getegid())
        self.environ(no_proxy="*", NO_PROXY="*")
        self.patch(http_client, "NETRC", str(self.root / "netrc"))
        self.cache = self.root / "cache"
        self.patch(fetch.wheels, "__defaults__", (self.cache,))

    def wheel(self, name, version="1", files=None, **changes):
        """A wheel in the build context."""
        content = archive({f"{name}.py": "x = 1\n"} if files is None else files)
        file_name = f"{name}-{version}-py3-none-any.whl"
        path = self.write(f"lamina/sources/{name}/{file_name}", content)
        wheel = {"name": file_name, "sha256": servers.sha256(content), "size": len(content)}
        return {**wheel, "source": str(path), "direct_url": None, **changes}

    def request(self, *wheels, **changes):
        return {
            "bottom": True,
            "cross": False,
            "installer": "uv",
            "machine": "x86_64",
            "python": MINOR,
            "trusted_hosts": [],
            "wheels": list(wheels),
            **changes,
        }


class Install(InstallTestCase):
    def install(self, *wheels, **changes):
        self.write("install.json", json.dumps(self.request(*wheels, **changes)))
        with support.quiet() as log:
            try:
                install.main()
            finally:
                self.log = log.getvalue()

    def files(self):
        found = (path.relative_to(self.venv) for path in install.files_below(self.venv))
        return {str(path) for path in found}

    def temporary(self):
        """What is left of files that were installed."""
        return sorted(path.name for path in self.root.glob("lamina-wheels-*"))

    def test_the_bottom_layer_has_the_environment(self):
        self.install(self.wheel("six"))
        files = self.files()
        self.assertTrue({"bin/python", "pyvenv.cfg"} <= files)
        self.assertIn(f"lib/python{MINOR}/site-packages/six.py", files)
        self.assertTrue(any(path.endswith(".pyc") for path in files))
        self.assertFalse(any(path.endswith(".lock") for path in files))
        self.assertFalse(any(".lamina-cache" in path for path in files))
        self.assertEqual((self.site / "six.py").stat().st_nlink, 1)
        self.assertEqual(self.temporary(), [])
        self.assertEqual(self.log, "installing 1 wheels\ncompiling bytecode\n")

    def test_layers_above_have_their_packages_alone(self):
        self.install(self.wheel("six"), bottom=False)
        self.assertTrue(all(path.startswith(f"lib/python{MINOR}/site-packages/") for path in self.files()))
        self.assertFalse((self.venv / "bin").exists())

    def test_a_bottom_layer_without_packages(self):
        self.install()
        self.assertIn("pyvenv.cfg", self.files())
        self.assertEqual(self.commands(), [])

    def test_the_request_becomes_options(self):
        self.install(self.wheel("six"), cross=True, machine="aarch64")
        [command] = self.commands()
        self.assertEqual(
            command[:-1],
            ["pip", "install", "--python", str(self.venv / "bin/python")]
            + ["--no-deps", "--offline", "--no-index", "--no-build"]
            + ["--cache-dir", str(self.venv / ".lamina-cache"), "--link-mode", "hardlink"]
            + ["--python-platform", "aarch64-manylinux_2_36", "--requirement"],
        )

    def test_what_depends_on_the_build_is_removed(self):
        self.install(self.wheel("six"))
        info = self.site / "six-1.dist-info"
        self.assertEqual([path.name for path in info.iterdir()], ["RECORD"])
        self.assertEqual((info / "RECORD").read_text(), "six.py,,\nsix-1.dist-info/RECORD,,\n")

    def test_requirements_by_url_say_where_they_are_from(self):
        wheel = self.wheel("Six_x", direct_url="https://alice:secret@example.org/six.whl?a=b")
        built = self.wheel("other", direct_url="https://example.org/other.zip")
        self.patch(install, "BUILT", str(self.root / "lamina/sources/other/"))
        self.install(wheel, built)
        info = self.site / "Six_x-1.dist-info"
        text = (info / "direct_url.json").read_bytes()
        self.assertEqual(
            json.loads(text),
            {
                "archive_info": {"hash": f"sha256={wheel['sha256']}", "hashes": {"sha256": wheel["sha256"]}},
                "url": "https://example.org/six.whl?a=b",
            },
        )
        digest = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode().rstrip("=")
        self.assertEqual(
            (info / "RECORD").read_text(),
            "Six_x.py,,\nSix_x-1.dist-info/RECORD,,\n"
            f"Six_x-1.dist-info/direct_url.json,sha256={digest},{len(text)}\n",
        )
        # The hash of a wheel is not that of the archive that it was built from.
        text = (self.site / "other-1.dist-info/direct_url.json").read_text()
        self.assertEqual(json.loads(text), {"archive_info": {}, "url": "https://example.org/other.zip"})

    def test_a_failed_installation_fails_the_step(self):
        self.assertEqual(self.fails(self.install, self.wheel("broken")), 2)
        self.assertEqual(self.temporary(), [])

    def test_a_wheel_that_is_not_the_expected_one_is_not_installed(self):
        message = self.fails(self.install, self.wheel("six", sha256="0" * 64))
        self.assertIn(f"expected SHA-256 {'0' * 64}, found ", message)
        self.assertEqual(self.commands(), [])
        self.assertEqual(self.temporary(), [])

    def test_a_poisoned_cache_changes_nothing(self):
        server = servers.serve(self)
        wheels = []
        for name in ("a", "b", "c"):
            wheel = self.wheel(name)
            server.answers[f"/{name}"] = pathlib.Path(wheel["source"]).read_bytes()
            wheels.append({**wheel, "source": f"{server.here}/{name}"})

        def tree():
            return {path: (self.venv / path).read_bytes() for path in self.files() if path.endswith((".py", ".pyc"))}

        self.install(*wheels)
        first = tree()
        self.assertEqual(len(list(self.cache.iterdir())), 3)
        for wheel in wheels:
            # A valid wheel of the same size.
            evil = archive({f"{wheel['name'][0]}.py": "x = 2\n"})
            self.assertEqual(len(evil), wheel["size"])
            (self.cache / wheel["sha256"]).write_bytes(evil)
        self.venv.rename(self.root / "first")
        self.install(*wheels)
        self.assertEqual(tree(), first)
        # And once more without the server: the cache is right again.
        server.answers.clear()
        self.venv.rename(self.root / "second")
        self.install(*wheels)
        self.assertEqual(tree(), first)

    def test_modes_that_packages_bring(self):
        reg = stat.S_IFREG
        files = {
            "a/setuid": ("x", reg | 0o4755),
            "a/setgid": ("x", reg | 0o2755),
            "a/sticky": ("x", reg | 0o1644),
            "a/everybody": ("x", reg | 0o777),
            "a/group": ("x", reg | 0o664),
            "a/plain": ("x", reg | 0o644),
            "a/link": ("plain", stat.S_IFLNK | 0o777),
        }
        self.install(self.wheel("a", files=files))
        found = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in (self.site / "a").iterdir()}
        self.assertEqual(found.pop("link"), 0o777)
        self.assertEqual(
            found,
            {"setuid": 0o755, "setgid": 0o755, "sticky": 0o644, "everybody": 0o755, "group": 0o644, "plain": 0o644},
        )
        self.assertEqual(os.readlink(str(self.site / "a/link")), "plain")

    def test_files_that_packages_may_not_bring(self):
        link = stat.S_IFLNK | 0o777
        other = str(self.root / "venv-other")
        for number, (file, expected) in enumerate(
            (
                (("/etc/shadow", link), "which leads to /etc/shadow"),
                (("../../../../../../etc/passwd", link), "which leads to ../../../../../../etc/passwd"),
                ((other, link), f"which leads to {other}"),
                (("", stat.S_IFIFO | 0o644), "which is a fifo"),
            )
        ):
            with self.subTest(expected):
                wheel = self.wheel("a", files={"a/evil.py": file})
                message = self.fails(self.install, wheel)
                self.assertIn(f"site-packages/a/evil.py, {expected}: expected", message)
                self.venv.rename(self.root / f"venv-{number}")

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
        command, status = self.pip(self.request(installer="pip"), 1)
        self.assertEqual(status, 1)
        self.assertEqual(
            command,
            ["/usr/bin/python3", "-m", "pip", "--isolated", "--disable-pip-version-check"]
            + ["--python", str(self.venv / "bin/python"), "install", "--no-deps", "--no-index", "--no-cache-dir"]
            + ["--no-compile", "--progress-bar=off", "--root-user-action=ignore", "--only-binary=:all:"]
            + ["--requirement", str(self.root / "requirements.txt")],
        )
        self.assertNotIn("--target", command)

    def test_installations_for_another_architecture(self):
        def write():
            self.write("staging/pkg/data.txt", "new")
            self.write("staging/bin/tool", "#!x")
            self.write("staging/share/doc", "doc")
            record = "pkg/data.txt,,\n../../bin/tool,,\n../../../elsewhere,,\n"
            self.write("staging/pkg-1.dist-info/RECORD", record)

        self.write(self.site.relative_to(self.root) / "pkg/other.txt", "old")
        command, status = self.pip(self.request(cross=True, machine="aarch64"), write=write)
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

    def test_failed_installations_for_another_architecture(self):
        self.assertEqual(self.pip(self.request(cross=True), 1)[1], 1)

    def test_platforms_of_wheels(self):
        """Those of `Tags` in frontend/src/python/tags.rs."""
        self.assertEqual(
            [tag[: -len("_x86_64")] for tag in install.wheel_platforms("manylinux_2_19", "x86_64")],
            [f"manylinux_2_{minor}" for minor in (19, 18, 17)]
            + ["manylinux2014", *(f"manylinux_2_{minor}" for minor in (16, 15, 14, 13, 12))]
            + ["manylinux2010", *(f"manylinux_2_{minor}" for minor in (11, 10, 9, 8, 7, 6, 5)), "manylinux1", "linux"],
        )
        self.assertEqual(
            install.wheel_platforms("manylinux_2_18", "aarch64"),
            [f"{name}_aarch64" for name in ("manylinux_2_18", "manylinux_2_17", "manylinux2014", "linux")],
        )
        for libc, minors in (("musl-1.2", (2, 1, 0)), ("musl-1.1", (1, 0))):
            self.write("facts", f"libc={libc}\npython={self.python}\n")
            self.assertEqual(
                install.wheel_platforms("unknown-linux-musl", "aarch64"),
                [*(f"musllinux_1_{minor}_aarch64" for minor in minors), "linux_aarch64"],
            )


if __name__ == "__main__":
    unittest.main()
