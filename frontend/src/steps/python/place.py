"""Places the application's files in the image, which is mounted here.

What each copy brings is below /lamina/files, in a directory by its number and
with its final owner and mode. In the image, links are followed and directories
that exist stay as they are, with their times.
"""

import errno
import json
import os
import shutil
import stat
import sys

FILES = os.environ.get("LAMINA_FILES", "/lamina/files")
IMAGE = os.environ.get("LAMINA_IMAGE", "/lamina/image")

# The virtual environment: what packages brought, and nothing else.
VENV = "/opt/venv"

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


def main():
    try:
        place_all()
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)


def place_all():
    with open(sys.argv[1], encoding="utf-8") as file:
        wanted = json.load(file)
    uid = wanted["uid"]
    sources = [os.open(f"{FILES}/{number}", DIRECTORY) for number in range(len(wanted["copies"]))]
    # From here on links of the image mean what they mean in the image.
    os.chroot(IMAGE)
    os.chdir("/")
    os.umask(0)
    for copy, source in zip(wanted["copies"], sources):
        for name in sorted(os.listdir(source)):
            place(source, name, copy["to"], copy["into"], uid)


def place(source, name, to, into, uid):
    """One match of a copy: the content of a directory, or a file."""
    if stat.S_ISDIR(info_of(source, name).st_mode):
        make_directories(os.path.dirname(to), uid)
        place_directory(source, name, to)
        return
    if into or os.path.isdir(to):
        to = os.path.join(to, name)
    make_directories(os.path.dirname(to), uid)
    with unchanged(os.path.dirname(to)):
        place_file(source, name, to)


def place_directory(parent, name, to):
    """The content of a directory; the directory itself only if it is missing."""
    source = os.open(name, DIRECTORY, dir_fd=parent)
    info = os.fstat(source)
    exists = os.path.isdir(to)
    if not exists:
        # A dangling link is followed, too.
        to = os.path.realpath(to)
        if os.path.lexists(to):
            fail(f"{to} is a directory in the build context, but not in the image")
        keep_out(to)
        with unchanged(os.path.dirname(to)):
            os.mkdir(to)
    with unchanged(to):
        for entry in sorted(os.listdir(source)):
            inside = os.path.join(to, entry)
            if stat.S_ISDIR(info_of(source, entry).st_mode):
                place_directory(source, entry, inside)
            else:
                place_file(source, entry, inside)
    if not exists:
        finish(to, info, source)
    os.close(source)


def place_file(parent, name, to):
    """A file or a link; it replaces what is there."""
    info = info_of(parent, name)
    link = stat.S_ISLNK(info.st_mode)
    if os.path.isdir(to) and not (link and os.path.islink(to)):
        fail(f"{to} is a directory in the image, but not in the build context")
    # The path itself, and below what a link there leads to: programs of the
    # environment are links out of it.
    keep_out(os.path.join(os.path.realpath(os.path.dirname(to)), os.path.basename(to)))
    if link:
        remove(to)
        os.symlink(os.readlink(name, dir_fd=parent), to)
        os.chown(to, info.st_uid, info.st_gid, follow_symlinks=False)
        os.utime(to, ns=(info.st_mtime_ns, info.st_mtime_ns), follow_symlinks=False)
        return
    if not stat.S_ISREG(info.st_mode):
        fail(f"{to} is a special file: expected a file, a directory or a link")
    to = os.path.realpath(to)
    keep_out(to)
    # Not written over: another name of the same file stays as it is.
    remove(to)
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=parent)
    with open(source, "rb") as content, open(to, "xb") as copy:
        shutil.copyfileobj(content, copy, 1 << 20)
        copy.flush()
        finish(to, info, source)


def make_directories(path, uid):
    """A directory and those above it, where they are not there."""
    if os.path.isdir(path):
        return
    path = os.path.realpath(path)
    if os.path.lexists(path):
        fail(f"{path} is not a directory in the image")
    keep_out(path)
    make_directories(os.path.dirname(path), uid)
    with unchanged(os.path.dirname(path)):
        os.mkdir(path, 0o755)
    os.chown(path, uid, uid)


def keep_out(path):
    """Stops at a path of the virtual environment, links followed."""
    venv = os.path.realpath(VENV)
    if path == venv or path.startswith(f"{venv}/"):
        fail(f"{path} is in the virtual environment, which only packages write to: choose another destination")


def finish(path, info, source):
    """Gives a new path the owner, mode, attributes and date of its source."""
    os.chown(path, info.st_uid, info.st_gid)
    os.chmod(path, stat.S_IMODE(info.st_mode))
    for name in attributes(source):
        try:
            os.setxattr(path, name, os.getxattr(source, name))
        except OSError:
            # Those of the file system itself (security labels) cannot be set.
            pass
    os.utime(path, ns=(info.st_mtime_ns, info.st_mtime_ns))


def attributes(source):
    """The extended attributes; none if the file system does not support them."""
    try:
        return os.listxattr(source)
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.ENODATA, errno.EINVAL):
            return []
        raise


class unchanged:
    """Keeps the date of a directory in which something is placed."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.info = os.stat(self.path)

    def __exit__(self, *error):
        os.utime(self.path, ns=(self.info.st_atime_ns, self.info.st_mtime_ns))


def info_of(directory, name):
    return os.stat(name, dir_fd=directory, follow_symlinks=False)


def remove(path):
    if os.path.lexists(path):
        os.remove(path)


def fail(message):
    """Stops the step with one line that says why."""
    sys.exit(f"lamina: {message}")


if __name__ == "__main__":
    main()
