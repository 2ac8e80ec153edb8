"""Wheels by their SHA-256, in a cache mount that other builds write to as well.

Nothing in it is trusted: a file may change at any time, and be a link, a
directory or a fifo. Who reads it verifies what was read; links are not
followed. A cache that does not work costs downloads, and never fails a step.
"""

import contextlib
import errno
import os
import pathlib
import shutil
import stat
import sys
import time

DIRECTORY = pathlib.Path("/root/.cache/lamina-wheels")
PART = ".part"
# Of a part that a step left behind which was ended.
MAX_PART_AGE = 24 * 3600
MAX_PARTS = 1000


@contextlib.contextmanager
def opened(directory):
    """The cache in a directory; None if there cannot be one."""
    try:
        os.makedirs(directory, mode=0o755, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        print(f"wheels are not cached: {directory}: {error.strerror}", file=sys.stderr)
        yield None
        return
    try:
        cache = Cache(descriptor)
        cache.remove_old_parts()
        yield cache
    finally:
        os.close(descriptor)


class Cache:
    """Files by their names in an open directory."""

    def __init__(self, descriptor):
        self.directory = descriptor

    def open(self, sha256):
        """A regular file of the cache, to be verified. FileNotFoundError if there
        is none, another OSError for anything else that has its name."""
        # A fifo would never open.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(sha256, flags, dir_fd=self.directory)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return open(descriptor, "rb", buffering=0)
        os.close(descriptor)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    def put(self, sha256, path):
        """Copies a verified file into the cache: others see all of it or nothing."""
        part = f"{sha256}.{os.urandom(8).hex()}{PART}"
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            descriptor = os.open(part, flags, 0o644, dir_fd=self.directory)
            with open(path, "rb") as source, open(descriptor, "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            os.rename(part, sha256, src_dir_fd=self.directory, dst_dir_fd=self.directory)
        except OSError as error:
            print(f"`{os.path.basename(path)}` is not cached: {error.strerror}", file=sys.stderr)
            self.discard(part)

    def discard(self, name):
        """Removes what has a name in the cache, whatever it is."""
        try:
            os.unlink(name, dir_fd=self.directory)
        except FileNotFoundError:
            return
        except OSError:
            # A directory is moved away first: removing it may take a while.
            away = f"{os.urandom(8).hex()}{PART}"
            try:
                os.rename(name, away, src_dir_fd=self.directory, dst_dir_fd=self.directory)
                shutil.rmtree(f"/proc/self/fd/{self.directory}/{away}", ignore_errors=True)
            except (OSError, RecursionError):
                pass  # The file is downloaded, and not cached.

    def remove_old_parts(self):
        """Removes parts that were never renamed."""
        try:
            with os.scandir(self.directory) as entries:
                parts = [entry for _, entry in zip(range(100 * MAX_PARTS), entries) if entry.name.endswith(PART)]
            for entry in parts[:MAX_PARTS]:
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > MAX_PART_AGE:
                    self.discard(entry.name)
        except OSError:
            pass  # Another step removes them, too.
