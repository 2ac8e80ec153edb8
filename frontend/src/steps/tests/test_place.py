import json
import os
import stat
import subprocess
import sys
import unittest

import support  # first: it finds the scripts


class Place(support.TestCase):
    """`place.py` changes its root: it needs root's rights, or a user namespace
    in which it has them."""

    def setUp(self):
        super().setUp()
        for path in ("image", "files"):
            (self.root / path).mkdir()
        self.number = 0
        self.copies = []

    def copy(self, to, into=False, **files):
        """A copy of files, by their paths (`__` is a slash)."""
        number = len(self.copies)
        (self.root / f"files/{number}").mkdir()
        for path, content in files.items():
            self.write(f"files/{number}/{path.replace('__', '/')}", content)
        self.copies.append({"to": to, "into": into})
        return self.root / f"files/{number}"

    def run_place(self):
        request = {"uid": 0, "copies": self.copies}
        path = self.write("place.json", json.dumps(request))
        command = [sys.executable, "-B", str(support.PYTHON / "place.py"), str(path)]
        if os.geteuid() != 0:
            command = ["unshare", "--user", "--map-root-user", *command]
        environment = {**os.environ, "LAMINA_FILES": str(self.root / "files"), "LAMINA_IMAGE": str(self.root / "image")}
        return subprocess.run(command, env=environment, stderr=subprocess.PIPE, universal_newlines=True)

    def place(self):
        done = self.run_place()
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def error(self):
        done = self.run_place()
        self.assertEqual(done.returncode, 1, done.stderr)
        return done.stderr.strip()

    def mode(self, path):
        return stat.S_IMODE((self.root / path).lstat().st_mode)

    def test_files_are_placed_in_a_directory_or_under_a_name(self):
        self.copy("/srv", into=True, one="1")
        self.copy("/srv/renamed", two="2")
        self.place()
        self.assertEqual(self.read("image/srv/one"), "1")
        self.assertEqual(self.read("image/srv/renamed"), "2")

    def test_the_content_of_a_directory_is_placed(self):
        self.copy("/srv", app__inner__file="1")
        self.place()
        self.assertEqual(self.read("image/srv/inner/file"), "1")

    def test_existing_directories_keep_mode_and_date(self):
        self.write("image/data/inner/old", "old")
        (self.root / "image/data/inner").chmod(0o1777)
        os.utime(self.root / "image/data/inner", (5, 5))
        source = self.copy("/data", app__inner__new="new")
        (source / "app/inner").chmod(0o700)
        self.place()
        self.assertEqual(self.read("image/data/inner/old") + self.read("image/data/inner/new"), "oldnew")
        self.assertEqual(self.mode("image/data/inner"), 0o1777)
        self.assertEqual((self.root / "image/data/inner").stat().st_mtime, 5)

    def test_new_files_keep_mode_and_date(self):
        source = self.copy("/bin/tool", tool="x")
        (source / "tool").chmod(0o4750)
        os.utime(source / "tool", (7, 7))
        self.place()
        self.assertEqual(self.mode("image/bin/tool"), 0o4750)
        self.assertEqual((self.root / "image/bin/tool").stat().st_mtime, 7)

    def test_links_of_the_image_are_followed_inside_it(self):
        (self.root / "image/usr/bin").mkdir(parents=True)
        self.link("image/bin", "/usr/bin")
        self.copy("/bin/tool", tool="x")
        self.place()
        self.assertEqual(self.read("image/usr/bin/tool"), "x")
        self.assertTrue((self.root / "image/bin").is_symlink())

    def test_links_are_copied_as_links(self):
        source = self.copy("/srv", app__file="x")
        (source / "app/link").symlink_to("/nowhere")
        self.place()
        self.assertEqual(os.readlink(self.root / "image/srv/link"), "/nowhere")

    def test_hard_links_of_the_image_stay(self):
        old = self.write("image/etc/a", "old")
        os.link(old, self.root / "image/etc/b")
        self.copy("/etc/a", a="new")
        self.place()
        self.assertEqual((self.read("image/etc/a"), self.read("image/etc/b")), ("new", "old"))

    def test_directories_are_made(self):
        self.copy("/var/one/two/file", file="x")
        self.place()
        self.assertEqual(self.mode("image/var/one"), 0o755)
        self.assertEqual(self.mode("image/var/one/two"), 0o755)

    def test_names_may_have_any_encoding(self):
        source = self.copy("/srv", app__x="x")
        os.rename(bytes(source / "app/x"), bytes(source / "app") + b"/\xff")
        self.place()
        self.assertIn(b"\xff", os.listdir(bytes(self.root / "image/srv")))

    def test_a_file_in_place_of_a_directory(self):
        (self.root / "image/srv/app").mkdir(parents=True)
        self.copy("/srv", dir__app="x")
        self.assertEqual(
            self.error(), "lamina: /srv/app is a directory in the image, but not in the build context"
        )

    def test_a_directory_in_place_of_a_file(self):
        self.write("image/srv/app", "x")
        self.copy("/srv", dir__app__file="x")
        self.assertEqual(
            self.error(), "lamina: /srv/app is a directory in the build context, but not in the image"
        )

    def test_a_file_on_the_way(self):
        self.write("image/srv/app", "x")
        self.copy("/srv/app/inner/file", file="x")
        self.assertEqual(self.error(), "lamina: /srv/app is not a directory in the image")

    def test_the_virtual_environment_is_left_alone(self):
        (self.root / "image/opt/venv/bin").mkdir(parents=True)
        self.link("image/env", "/opt/venv")
        for number, to in enumerate(("/opt/venv/x", "/env/bin/x", "/opt/venv/bin/python")):
            if number == 2:
                self.link("image/opt/venv/bin/python", "/usr/bin/python")
            self.copies = []
            directory = self.root / "files/0"
            if directory.exists():
                (directory / "x").unlink()
                directory.rmdir()
            self.copy(to, x="x")
            self.assertIn("is in the virtual environment", self.error(), to)

    def test_special_files_are_an_error(self):
        source = self.copy("/srv", app__x="x")
        os.mkfifo(source / "app/pipe")
        self.assertIn("/srv/pipe is a special file", self.error())


if __name__ == "__main__":
    unittest.main()
