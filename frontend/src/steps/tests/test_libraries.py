import io
import json
import struct
import unittest

import support  # first: it finds the scripts
import elf
import libraries

SITE = "lib/python3.11/site-packages"


def library(needed=(), runpath=None, wide=True, order="<"):
    """A library with nothing but what it needs."""
    strings, names = b"\0", []
    for text in (*needed, *([runpath] if runpath else [])):
        names.append(len(strings))
        strings += text.encode() + b"\0"
    pair = order + ("qQ" if wide else "iI")
    head, size = (64, 56) if wide else (52, 32)
    start = head + 2 * size
    tags = [(elf.DT_NEEDED, name) for name in names[: len(needed)]]
    tags += [(elf.DT_RUNPATH, name) for name in names[len(needed) :]]
    table = start + (len(tags) + 3) * struct.calcsize(pair)
    # Loaded at another address than its place in the file.
    base = 0x10000
    tags += [(elf.DT_STRTAB, base + table), (elf.DT_STRSZ, len(strings)), (elf.DT_NULL, 0)]
    dynamic = b"".join(struct.pack(pair, *tag) for tag in tags)
    total = table + len(strings)
    kind = bytes([2 if wide else 1, 1 if order == "<" else 2])
    out = b"\x7fELF" + kind + b"\1" + bytes(9) + struct.pack(order + "HHI", 3, 62, 1)
    if wide:
        out += struct.pack(order + "QQQIHHHHHH", 0, head, 0, 0, head, size, 2, 0, 0, 0)
    else:
        out += struct.pack(order + "IIIIHHHHHH", 0, head, 0, 0, head, size, 2, 0, 0, 0)
    for kind, place, size in ((elf.PT_LOAD, 0, total), (elf.PT_DYNAMIC, start, len(dynamic))):
        if wide:
            out += struct.pack(order + "IIQQQQQQ", kind, 4, place, base + place, 0, size, size, 1)
        else:
            out += struct.pack(order + "IIIIIIII", kind, place, base + place, 0, size, size, 4, 1)
    return out + dynamic + strings


class Elf(unittest.TestCase):
    def test_needs_are_read(self):
        for wide in (True, False):
            for order in "<>":
                content = library(["libc.so.6", "libpq.so.5"], "$ORIGIN/x:/y", wide, order)
                self.assertEqual(elf.needs(io.BytesIO(content)), (["libc.so.6", "libpq.so.5"], ["$ORIGIN/x", "/y"]))

    def test_the_interpreter_is_read(self):
        with open("/proc/self/exe", "rb") as file:
            self.assertTrue(any(name.startswith("libc.") for name in elf.needs(file).libraries))

    def test_damaged_files_have_no_needs(self):
        content = library(["libc.so.6"])
        for end in range(len(content) - 10):
            self.assertEqual(elf.needs(io.BytesIO(content[:end])), elf.NOTHING, end)
        for place in range(4, len(content)):
            for value in (0, 0x7F, 0xFF):
                elf.needs(io.BytesIO(content[:place] + bytes([value]) + content[place + 1 :]))


class Libraries(support.TestCase):
    def setUp(self):
        super().setUp()
        self.patch(libraries, "IMAGE", self.root / "image")
        self.patch(libraries, "LAYERS", self.root / "layers")
        self.patch(libraries, "ANSWER", self.root / "answer.json")
        self.patch(libraries.step, "INPUT", self.root)
        self.write("image/usr/lib/x86_64-linux-gnu/libc.so.6")
        (self.root / "image/lib").symlink_to("/usr/lib")

    def package(self, name, *files, layer=0):
        site = f"layers/{layer}/{SITE}"
        for path, content in files:
            self.write(f"{site}/{path}", content)
        rows = [f"{path},sha256=x,1\n" for path, _ in files]
        self.write(f"{site}/{name}-1.0.dist-info/RECORD", "".join(rows))

    def missing(self, *packages, library_path=()):
        self.write("libraries.json", json.dumps({"packages": packages, "library_path": library_path}))
        libraries.main()
        return [(it["package"], it["file"], it["library"]) for it in json.loads(self.read("answer.json"))]

    def test_what_the_image_lacks_is_found(self):
        self.package("psycopg2", ("psycopg2/_psycopg.so", library(["libc.so.6", "libpq.so.5"])), ("psycopg2/a.py", "text"))
        self.package("other", ("other.so", library(["libodd.so.1"])))
        self.assertEqual(self.missing("psycopg2"), [("psycopg2", f"{SITE}/psycopg2/_psycopg.so", "libpq.so.5")])
        self.write("image/usr/lib/x86_64-linux-gnu/libpq.so.5")
        self.assertEqual(self.missing("psycopg2"), [])

    def test_libraries_are_where_the_loader_looks(self):
        self.package("it", ("it.so", library(["liba.so", "libb.so", "libcuda.so.1", "libc.so.6"])))

        def names(**given):
            return [name for _, _, name in self.missing("it", **given)]

        self.assertEqual(names(), ["liba.so", "libb.so"])
        self.write("image/opt/a/liba.so")
        self.write("image/data/b/libb.so")
        self.write("image/etc/ld.so.conf", "include ld.so.conf.d/*.conf\n# /opt/a\n")
        self.assertEqual(names(), ["liba.so", "libb.so"])
        self.write("image/etc/ld.so.conf.d/x.conf", "/opt/a # of a\ninclude /etc/ld.so.conf\n")
        self.assertEqual(names(), ["libb.so"])
        self.assertEqual(names(library_path=["/data/b"]), [])

    def test_packages_bring_libraries(self):
        self.package("it", ("it/_it.so", library(["libtorch.so", "libown.so.1"])))
        self.package("torch", ("torch/lib/libtorch.so", ""), layer=1)
        self.assertEqual([name for _, _, name in self.missing("it")], ["libown.so.1"])
        self.package("it", ("it/_it.so", library(["libown.so.1"], "/opt/own:$ORIGIN/../x")))
        self.assertEqual([name for _, _, name in self.missing("it")], ["libown.so.1"])
        self.write("image/opt/own/libown.so.1")
        self.assertEqual(self.missing("it"), [])

    def test_links_stay_in_the_image(self):
        self.write("outside/libx.so")
        (self.root / "image/usr/lib64").symlink_to(str(self.root / "outside"))
        (self.root / "image/loop").symlink_to("/loop")
        (self.root / "image/up").symlink_to("../../../outside")
        self.package("it", ("it.so", library(["libx.so"], "/loop:/up:/loop/x")))
        self.assertEqual([name for _, _, name in self.missing("it")], ["libx.so"])


if __name__ == "__main__":
    unittest.main()
