"""What is read of wheels (PEP 427) that were built here, and is not trusted.

A wheel's code, and so the wheel, is somebody else's: sizes are bounded, its
names stay inside, and nothing of it is unpacked.
"""

import base64
import email
import email.policy
import hashlib
import re
import zipfile

import lamina_step as step

MAX_METADATA = 1 << 20
MAX_FILES = 200000
# The earliest date of a zip, which every metadata-only wheel has.
DATE = (1980, 1, 1, 0, 0, 0)
FILE_NAME = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?)-(?P<version>[A-Za-z0-9._!+]+)"
    r"(?:-[0-9][A-Za-z0-9._]*)?-(?P<python>[A-Za-z0-9._]+)-(?P<abi>[A-Za-z0-9._]+)-(?P<platform>[A-Za-z0-9._]+)\.whl"
)


def normalized(name):
    """The normal form of a package's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def leaves(path):
    """Whether a path of an archive leads out of the directory of its contents."""
    return path.startswith("/") or "\\" in path or "\0" in path or ".." in path.split("/")


class Wheel:
    """A wheel: its names and its metadata."""

    def __init__(self, path):
        self.path = path
        name = FILE_NAME.fullmatch(path.name)
        if not name:
            self.invalid("expected a name like `name-1.0-py3-none-any.whl`")
        self.platforms = name["platform"].split(".")
        try:
            with zipfile.ZipFile(path) as archive:
                self.info, self.files = self.read(archive)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
            self.invalid(error)
        self.metadata = self.parse(self.files["METADATA"])
        self.name = normalized(str(self.metadata["Name"] or ""))
        self.version = str(self.metadata["Version"] or "").strip()
        if self.name != normalized(name["name"]) or not self.version:
            self.invalid(f"METADATA is of `{self.name}` `{self.version}`")

    def invalid(self, reason):
        step.fail(f"the wheel `{self.path.name}` is invalid: {reason}")

    def read(self, archive):
        """The name of the wheel's own directory, and its METADATA and WHEEL."""
        entries = archive.infolist()
        if len(entries) > MAX_FILES:
            self.invalid(f"{len(entries)} files: expected at most {MAX_FILES}")
        names = [entry.filename for entry in entries]
        outside = next((name for name in names if leaves(name)), None)
        if outside is not None:
            self.invalid(f"the path {outside!r} leads out of it")
        found = sorted({name.split("/")[0] for name in names if name.split("/")[0].endswith(".dist-info")})
        if len(found) != 1:
            self.invalid(f"expected one directory *.dist-info, found {', '.join(found[:5]) or 'none'}")
        [info] = found
        return info, {name: self.member(archive, f"{info}/{name}") for name in ("METADATA", "WHEEL")}

    def member(self, archive, path):
        if path not in archive.namelist():
            self.invalid(f"it has no {path}")
        with archive.open(path) as file:
            content = file.read(MAX_METADATA + 1)  # What the zip says of the size may be wrong.
        if len(content) > MAX_METADATA:
            self.invalid(f"{path} is larger than {MAX_METADATA} bytes")
        return content

    def parse(self, content):
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return self.invalid("METADATA is not UTF-8")
        headers = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]  # The description follows.
        return email.message_from_string(headers, policy=email.policy.compat32)

    def values(self, field):
        """The values of a field of METADATA, each in one line."""
        return [" ".join(value.split()) for value in self.metadata.get_all(field, [])]

    def is_pure(self):
        return self.platforms == ["any"]

    def is_for(self, machine):
        """Whether it runs on a Linux machine."""
        return any(name == "any" or name.endswith(f"_{machine}") for name in self.platforms)

    def write_metadata(self, path):
        """Writes a wheel that has the metadata alone. Its bytes are those of the
        metadata: RECORD is that of its own files, not of the code's."""
        files = {f"{self.info}/{name}": content for name, content in self.files.items()}
        record = f"{self.info}/RECORD"
        lines = [f"{name},sha256={digest(content)},{len(content)}\n" for name, content in sorted(files.items())]
        files[record] = ("".join(lines) + f"{record},,\n").encode()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for name, content in sorted(files.items()):
                entry = zipfile.ZipInfo(name, DATE)
                entry.create_system = 3
                entry.external_attr = 0o100644 << 16
                archive.writestr(entry, content)


def digest(content):
    """A SHA-256 as RECORD writes it."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
