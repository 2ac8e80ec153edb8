"""Unpacks the archives of source distributions, which are not trusted.

Sizes and numbers are bounded, no path and no link leads out, and there is
nothing in them but files, directories and links.
"""

import os
import pathlib
import posixpath
import shutil
import stat
import sys
import tarfile
import zipfile
import zlib

import lamina_step as step
from wheels import leaves

MAX_FILES = 200000
MAX_BYTES = 4 << 30
MAX_PATH = 4000
TAR = (".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar.lzma", ".tlz", ".tar")
BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, NotImplementedError)


def unpack(archive, directory):
    """Unpacks an archive, and returns the directory of the source in it."""
    directory.mkdir(parents=True)
    unpacker = Unpacker(archive, directory)
    name = archive.name.lower()
    try:
        if name.endswith(".zip"):
            unpacker.unpack_zip()
        elif name.endswith(TAR):
            unpacker.unpack_tar()
        else:
            unpacker.fail(f"expected {', '.join(TAR)} or .zip")
    except BROKEN as error:
        unpacker.fail(error)
    except OSError as error:
        unpacker.fail(error.strerror or error)
    entries = list(directory.iterdir())
    if len(entries) == 1 and entries[0].is_dir() and not entries[0].is_symlink():
        return entries[0]
    return directory


class Unpacker:
    """An archive on its way into a directory, and how much of it there is."""

    def __init__(self, archive, directory):
        self.archive = archive
        self.directory = directory
        self.files = 0
        self.bytes = 0

    def fail(self, reason):
        step.fail(f"failed to unpack `{self.archive.name}`: {reason}")

    def unpack_tar(self):
        try:
            tar = tarfile.open(str(self.archive), "r:*")
        except tarfile.CompressionError as error:
            self.fail(f"the Python of the base image has no module for it ({error})")
        with tar:
            # One after the other: `getmembers` reads the whole archive first.
            for entry in tar:
                target = self.target(entry.name)
                if target is None:
                    continue
                if entry.isdir():
                    target.mkdir(parents=True, exist_ok=True)
                elif entry.issym():
                    self.link(entry, target)
                elif entry.islnk():
                    self.copy(entry, target)
                elif entry.isfile():
                    self.write(tar.extractfile(entry), target, entry.mode)
                else:
                    self.fail(f"{entry.name!r} is a device or a pipe")

    def unpack_zip(self):
        with zipfile.ZipFile(str(self.archive)) as archive:
            for entry in archive.infolist():
                target = self.target(entry.filename)
                if target is None:
                    continue
                mode = entry.external_attr >> 16
                if entry.is_dir():
                    target.mkdir(parents=True, exist_ok=True)
                elif stat.S_ISLNK(mode):
                    self.fail(f"{entry.filename!r} is a link")
                else:
                    self.write(archive.open(entry), target, mode)

    def target(self, name):
        """Where a member goes; None for the directory itself."""
        self.files += 1
        if self.files > MAX_FILES:
            self.fail(f"expected at most {MAX_FILES} files")
        if leaves(name) or len(name) > MAX_PATH:
            self.fail(f"the path {name[:200]!r} leads out of it")
        path = posixpath.normpath(name)
        if path == ".":
            return None
        target = self.directory / path
        self.inside(target.parent, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink():
            target.unlink()
        return target

    def inside(self, path, name):
        """Nothing is written through a link that leads out."""
        real = pathlib.Path(os.path.realpath(str(path)))
        root = pathlib.Path(os.path.realpath(str(self.directory)))
        if root != real and root not in real.parents:
            self.fail(f"the path {name[:200]!r} leads out of it")

    def link(self, entry, target):
        if entry.linkname.startswith("/"):
            self.fail(f"the link {entry.name!r} leads out of it")
        self.inside(target.parent / entry.linkname, entry.name)
        target.symlink_to(entry.linkname)

    def copy(self, entry, target):
        """A hard link, as a file of its own."""
        if leaves(entry.linkname):
            self.fail(f"the link {entry.name!r} leads out of it")
        source = self.directory / posixpath.normpath(entry.linkname)
        self.inside(source, entry.name)
        if source.is_symlink() or not source.is_file():
            self.fail(f"the link {entry.name!r} leads nowhere")
        self.write(source.open("rb"), target, source.stat().st_mode)

    def write(self, source, target, mode):
        with source, target.open("wb") as file:
            while True:
                chunk = source.read(1 << 20)
                if not chunk:
                    break
                self.bytes += len(chunk)
                if self.bytes > MAX_BYTES:
                    self.fail(f"expected at most {MAX_BYTES} bytes")
                file.write(chunk)
        target.chmod(0o755 if mode & 0o100 else 0o644)


def copy(source, directory):
    """Copies a directory of sources: builds write into it, and it is read only."""
    try:
        shutil.copytree(str(source), str(directory), symlinks=True, ignore=special_files)
    except shutil.Error as error:
        step.fail(f"failed to copy the source: {error.args[0][0][2]}")
    except OSError as error:
        step.fail(f"failed to copy the source: {error}")
    # The modes of the mount may forbid it.
    for root, _, _ in os.walk(str(directory)):
        os.chmod(root, os.stat(root).st_mode | 0o700)
    return directory


def special_files(directory, names):
    """The names in a directory that are pipes, sockets or devices: no source is,
    and reading one may never end."""
    special = []
    for name in names:
        path = os.path.join(directory, name)
        mode = os.lstat(path).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
            special.append(name)
            print(f"not copied: {path!r} is a pipe, socket or device", file=sys.stderr)
    return special
