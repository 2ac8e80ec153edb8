import io
import os
import socket
import stat
import tarfile
import unittest
import zipfile

import support  # first: it finds the scripts
import archives


class Archives(support.TestCase):
    def tar(self, entries, name="x-1.tar.gz"):
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w:gz") as archive:
            for path, value in entries:
                entry = tarfile.TarInfo(path)
                if isinstance(value, bytes):
                    entry.size = len(value)
                    archive.addfile(entry, io.BytesIO(value))
                    continue
                for key, text in value.items():
                    setattr(entry, key, text)
                archive.addfile(entry)
        return self.write(name, content.getvalue())

    def zip(self, entries, name="x-1.zip"):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, mode, value in entries:
                entry = zipfile.ZipInfo(path)
                entry.external_attr = mode << 16
                archive.writestr(entry, value)
        return self.write(name, content.getvalue())

    def unpack(self, archive):
        return archives.unpack(archive, self.root / f"out-{len(os.listdir(str(self.root)))}")

    def rejected(self, *entries):
        message = self.fails(self.unpack, self.tar(entries))
        self.assertFalse((self.root / "evil").exists())
        self.assertNotIn("\n", message)
        return message

    def test_a_tar_is_unpacked(self):
        link = {"type": tarfile.SYMTYPE, "linkname": "setup.py"}
        hard = {"type": tarfile.LNKTYPE, "linkname": "x-1/setup.py"}
        source = self.unpack(
            self.tar([("x-1/setup.py", b"1"), ("./x-1/link", link), ("x-1/hard", hard), ("x-1/d", {"type": tarfile.DIRTYPE})])
        )
        self.assertEqual(source.name, "x-1")
        self.assertEqual(sorted(os.listdir(str(source))), ["d", "hard", "link", "setup.py"])
        self.assertEqual((source / "link").read_text() + (source / "hard").read_text(), "11")

    def test_a_zip_is_unpacked_with_its_modes(self):
        source = self.unpack(self.zip([("x-1/", 0, ""), ("x-1/run", 0o104777, "1"), ("x-1/setup.py", 0o100600, "2")]))
        modes = [stat.S_IMODE((source / name).stat().st_mode) for name in ("run", "setup.py")]
        self.assertEqual(modes, [0o755, 0o644])

    def test_an_archive_without_a_directory_is_the_source(self):
        source = self.unpack(self.tar([("setup.py", b""), ("x/y", b"")]))
        self.assertEqual(sorted(os.listdir(str(source))), ["setup.py", "x"])

    def test_nothing_leads_out(self):
        up = {"type": tarfile.SYMTYPE, "linkname": "../.."}
        hard = {"type": tarfile.LNKTYPE, "linkname": "../../etc/passwd"}
        absolute = {"type": tarfile.SYMTYPE, "linkname": "/etc"}
        for entries in (
            [("../evil", b"")],
            [(f"{self.root}/evil", b"")],
            [("x/../../evil", b"")],
            [("x/up", up), ("x/up/evil", b"")],
            [("x/etc", absolute)],
            [("x/hard", hard)],
            [("x/" * 3000, b"")],
        ):
            self.assertIn("leads out of it", self.rejected(*entries))
        self.assertIn("leads out", self.fails(self.unpack, self.zip([("../evil", 0o100644, "")])))
        self.assertIn("is a link", self.fails(self.unpack, self.zip([("x", 0o120777, "/etc")])))

    def test_links_that_come_later_change_nothing(self):
        here = {"type": tarfile.SYMTYPE, "linkname": "y"}
        dangling = {"type": tarfile.LNKTYPE, "linkname": "x/gone"}
        source = self.unpack(self.tar([("x/l", here), ("x/l", b"own"), ("x/y", b"other")]))
        self.assertEqual(((source / "l").read_text(), (source / "y").read_text()), ("own", "other"))
        self.assertIn("leads nowhere", self.rejected(("x/hard", dangling)))

    def test_devices_and_pipes_are_rejected(self):
        for kind in (tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE):
            self.assertIn("device or a pipe", self.rejected(("x/dev", {"type": kind})))

    def test_sizes_are_bounded(self):
        self.patch(archives, "MAX_BYTES", 1 << 20)
        self.assertIn("at most 1048576 bytes", self.rejected(("x", b"0" * (2 << 20))))
        bomb = self.zip([("x", 0o100644, "0" * (2 << 20))])
        self.assertIn("at most 1048576 bytes", self.fails(self.unpack, bomb))
        self.patch(archives, "MAX_FILES", 2)
        self.assertIn("at most 2 files", self.rejected(("a", b""), ("b", b""), ("c", b"")))

    def test_broken_archives_are_rejected(self):
        whole = self.tar([("x", os.urandom(100000))]).read_bytes()
        for name, content in (
            ("x.tar.gz", whole[: len(whole) // 2]),
            ("x.tar.gz", b"no tar"),
            ("x.tar.gz", b""),
            ("x.zip", b"no zip"),
            ("x.tar.zst", b""),
            ("x", b""),
        ):
            self.assertIn("failed to unpack `x", self.fails(self.unpack, self.write(name, content)))

    def test_directories_are_copied(self):
        self.write("source/a/b", "1")
        self.link("source/link", "a")
        (self.root / "source/a").chmod(0o555)
        copy = archives.copy(self.root / "source", self.root / "copy")
        self.assertEqual(os.readlink(str(copy / "link")), "a")
        self.assertTrue((copy / "a").stat().st_mode & 0o200)
        (self.root / "source/a").chmod(0o755)

    def test_pipes_are_not_copied(self):
        self.write("source/a")
        os.mkfifo(str(self.root / "source/pipe"))
        (self.root / "source/b").mkdir()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.root / "source/b/socket"))
        with support.quiet() as log:
            copy = archives.copy(self.root / "source", self.root / "copy")
        self.assertEqual(sorted(path.name for path in copy.rglob("*")), ["a", "b"])
        for name in ("pipe", "b/socket"):
            self.assertIn(f"not copied: '{self.root}/source/{name}'", log.getvalue())


if __name__ == "__main__":
    unittest.main()
