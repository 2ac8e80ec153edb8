"""What a program or library (ELF) needs to be loaded.

The files come from packages and are not trusted: sizes are bounded, and what is
not understood has no needs.
"""

import collections
import struct

Needs = collections.namedtuple("Needs", ["libraries", "directories"])

NOTHING = Needs([], [])
PT_LOAD, PT_DYNAMIC = 1, 2
DT_NULL, DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_RPATH, DT_RUNPATH = 0, 1, 5, 10, 15, 29
MAX_SEGMENTS = 256
MAX_DYNAMIC = 1 << 16
MAX_STRINGS = 1 << 22


def needs(file):
    """The names of the libraries that an open file needs (DT_NEEDED), and the
    directories in which it has them searched (DT_RPATH, DT_RUNPATH)."""
    try:
        return read(file)
    except (struct.error, ValueError, OverflowError, OSError):
        return NOTHING


def read(file):
    head = file.read(64)
    if len(head) < 52 or head[:4] != b"\x7fELF" or head[4] not in (1, 2) or head[5] not in (1, 2):
        return NOTHING
    wide, order = head[4] == 2, "<" if head[5] == 1 else ">"
    table, size, count = program_headers(head, wide, order)
    segments = [segment(at(file, table + index * size, size), wide, order) for index in range(count)]
    dynamic = next((it for it in segments if it[0] == PT_DYNAMIC), None)
    if dynamic is None:
        return NOTHING
    entry = struct.Struct(order + ("qQ" if wide else "iI"))
    content = at(file, dynamic[1], min(dynamic[3], MAX_DYNAMIC))
    content = content[: len(content) - len(content) % entry.size]
    found = collections.defaultdict(list)
    for tag, value in entry.iter_unpack(content):
        if tag == DT_NULL:
            break
        found[tag].append(value)
    if not found[DT_STRTAB] or not found[DT_STRSZ]:
        return NOTHING
    place = offset(segments, found[DT_STRTAB][0])
    strings = at(file, place, min(found[DT_STRSZ][0], MAX_STRINGS))

    def text(index):
        return strings[index : strings.index(b"\0", index)].decode("utf-8", "replace")

    paths = [text(index) for tag in (DT_RPATH, DT_RUNPATH) for index in found[tag]]
    return Needs([text(index) for index in found[DT_NEEDED]], [part for path in paths for part in path.split(":") if part])


def program_headers(head, wide, order):
    """The place, size of an entry and count of the table of segments."""
    if wide:
        [table] = struct.unpack_from(order + "Q", head, 32)
        size, count = struct.unpack_from(order + "HH", head, 54)
    else:
        [table] = struct.unpack_from(order + "I", head, 28)
        size, count = struct.unpack_from(order + "HH", head, 42)
    return table, size, min(count, MAX_SEGMENTS)


def segment(header, wide, order):
    """The type, place, address and size of a segment."""
    if wide:
        kind, _, place, address, _, size = struct.unpack_from(order + "IIQQQQ", header)
    else:
        kind, place, address, _, size = struct.unpack_from(order + "IIIII", header)
    return kind, place, address, size


def offset(segments, address):
    """The place in the file of an address in memory."""
    for kind, place, start, size in segments:
        if kind == PT_LOAD and start <= address < start + size:
            return place + address - start
    raise ValueError(address)


def at(file, place, size):
    file.seek(place)
    return file.read(size)
