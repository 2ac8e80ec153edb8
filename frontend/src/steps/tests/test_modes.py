import os
import socket
import stat
import struct
import unittest
from unittest import mock

import support  # first: it finds the scripts
import modes


class Modes(support.TestCase):
    def setUp(self):
        super().setUp()
        self.patch(modes, "OWNER", os.geteuid())
        self.patch(modes, "GROUP", os.getegid())
        self.venv = self.root / "venv"
        self.python = self.write("usr/bin/python3.11", "", 0o755)
        self.link("usr/bin/python3", "python3.11")
        self.venv.mkdir()

    def restrict(self, interpreter="usr/bin/python3", known=None):
        modes.restrict(self.venv, self.root / interpreter, known)

    def mode(self, path):
        return stat.S_IMODE((self.root / path).lstat().st_mode)

    def test_files_and_directories(self):
        for name, mode in (("a", 0o6777), ("b", 0o600), ("c", 0o755), ("d", 0o022)):
            self.write(f"venv/{name}", "", mode)
        (self.venv / "directory").mkdir()
        (self.venv / "directory").chmod(0o3777)
        self.restrict()
        found = {path.name: self.mode(path) for path in self.venv.iterdir()}
        self.assertEqual(found, {"a": 0o755, "b": 0o600, "c": 0o755, "d": 0, "directory": 0o755})

    def test_targets_of_links_stay_as_they_are(self):
        self.python.chmod(0o4777)
        self.link("venv/python", self.python)
        self.restrict()
        self.assertEqual(self.mode("usr/bin/python3.11"), 0o4777)

    def test_owners(self):
        self.write("venv/a", "", 0o4755)
        self.link("venv/b", "a")
        self.patch(modes, "OWNER", os.geteuid() + 1)
        with mock.patch.object(os, "chown") as chown:
            self.restrict()
        calls = [mock.call(str(self.venv / name), os.geteuid() + 1, os.getegid(), follow_symlinks=False) for name in "ab"]
        self.assertEqual(chown.mock_calls, calls)
        self.assertEqual(self.mode("venv/a"), 0o755)

    def test_rights_in_attributes(self):
        path = str(self.write("venv/a"))
        removed = []

        def remove(path, name, follow_symlinks):
            removed.append((path, name, follow_symlinks))

        names = ["user.x", "security.capability", "security.selinux", "system.posix_acl_access"]
        with mock.patch.object(os, "listxattr", lambda path, follow_symlinks: names):
            with mock.patch.object(os, "removexattr", remove):
                self.restrict()
        self.assertEqual(removed, [(path, "security.capability", False), (path, "system.posix_acl_access", False)])

    def test_capabilities(self):
        path = self.write("venv/a")
        capability = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)
        try:
            os.setxattr(str(path), "security.capability", capability)
        except OSError:
            return  # Only root can.
        self.restrict()
        self.assertEqual([name for name in os.listxattr(str(path)) if "capability" in name], [])

    def test_special_files(self):
        os.mkfifo(str(self.venv / "a\nb"))
        self.assertEqual(
            self.fails(self.restrict),
            f"lamina: a package installs {self.venv}/a?b, which is a fifo: expected files, directories and links",
        )
        (self.venv / "a\nb").unlink()
        here = os.getcwd()
        self.addCleanup(os.chdir, here)
        os.chdir(str(self.venv))
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("s")
        self.assertIn("which is a socket", self.fails(self.restrict))
        (self.venv / "s").unlink()
        self.write("venv/device")
        real = os.lstat

        def lstat(path, **options):
            info = list(real(path, **options))
            if str(path).endswith("device"):
                info[0] = stat.S_IFCHR | 0o666
            return os.stat_result(info)

        with mock.patch.object(modes.os, "lstat", lstat):
            self.assertIn("which is a device", self.fails(self.restrict))

    def test_links(self):
        self.write("venv/lib/file")
        self.link("venv/inside", "lib")
        self.link("outside", "venv")
        for target, allowed in (
            ("lib/file", True),
            ("lib/../lib", True),
            ("inside/../lib/file", True),
            ("missing", True),
            ("loop", True),
            (".", True),
            ("./", True),
            (self.root / "venv/lib", True),
            (self.root / "usr/bin/python3", True),
            ("../usr/bin/python3.11", True),
            ("..", False),
            ("/", False),
            ("/proc/self/root", False),
            ("lib/../../venv-other", False),
            ("../venvx", False),
            ("inside/../../usr/bin/env", False),
            (self.root / "outside", False),
            (self.root / "outside/../usr", False),
            (self.root / "usr/bin", False),
            (self.root / "usr/bin/env", False),
        ):
            with self.subTest(target):
                self.link("venv/loop", target)
                if allowed:
                    self.restrict()
                else:
                    message = self.fails(self.restrict)
                    self.assertIn(f"the symbolic link {self.venv}/loop, which leads to {target}: expected", message)
                (self.venv / "loop").unlink()

    def test_links_that_the_environment_had_before(self):
        self.link("venv/python", "/elsewhere/python")
        known = modes.links_below(self.venv)
        self.assertEqual(known, {str(self.venv / "python"): "/elsewhere/python"})
        self.restrict(known=known)
        (self.venv / "python").unlink()
        self.link("venv/python", "/elsewhere/evil")
        self.assertIn("/elsewhere/evil", self.fails(lambda: self.restrict(known=known)))

    def test_what_cannot_be_changed_is_an_error(self):
        self.write("venv/a", "", 0o777)

        def chmod(path, mode):
            raise PermissionError(1, "Operation not permitted", path)

        with mock.patch.object(os, "chmod", chmod):
            message = self.fails(self.restrict)
        self.assertEqual(message, f"lamina: failed to restrict {self.venv}/a: Operation not permitted")


class Owner(unittest.TestCase):
    def test_files_belong_to_root(self):
        self.assertEqual((modes.OWNER, modes.GROUP), (0, 0))


if __name__ == "__main__":
    unittest.main()
