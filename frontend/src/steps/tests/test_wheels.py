import io
import time
import unittest
import zipfile

import support  # first: it finds the scripts
import locks
import wheels

METADATA = "Metadata-Version: 2.1\nName: My.Pkg\nVersion: 1.0\n"


class Wheels(support.TestCase):
    def wheel(self, files=(), name="my_pkg-1.0-py3-none-any.whl", info="my_pkg-1.0.dist-info", metadata=METADATA):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, text in {f"{info}/METADATA": metadata, f"{info}/WHEEL": "Tag: x\n", **dict(files)}.items():
                archive.writestr(path, text)
        return self.write(name, content.getvalue())

    def invalid(self, *arguments, **options):
        return self.fails(wheels.Wheel, self.wheel(*arguments, **options))

    def test_names_and_tags_are_read(self):
        wheel = wheels.Wheel(self.wheel())
        self.assertEqual((wheel.name, wheel.version, wheel.platforms), ("my-pkg", "1.0", ["any"]))
        self.assertTrue(wheel.is_pure() and wheel.is_for("aarch64"))
        name = "my_pkg-1.0-1a-cp311-cp311-manylinux_2_17_x86_64.linux_x86_64.whl"
        wheel = wheels.Wheel(self.wheel(name=name))
        self.assertFalse(wheel.is_pure())
        self.assertEqual([wheel.is_for(machine) for machine in ("x86_64", "aarch64")], [True, False])

    def test_metadata_is_read(self):
        text = METADATA + "Requires-Dist: a\n  >=1\nRequires-Dist: b\n\nRequires-Dist: of the description\n"
        self.assertEqual(wheels.Wheel(self.wheel(metadata=text)).values("Requires-Dist"), ["a >=1", "b"])
        text = text.replace("\n", "\r\n") + "\u00e9"
        self.assertEqual(wheels.Wheel(self.wheel(metadata=text)).values("Requires-Dist"), ["a >=1", "b"])

    def test_the_metadata_alone_is_the_same_for_other_code(self):
        outs = []
        for code, date in (("x = 1\n", "a"), ("x = 2\n", "b")):
            files = {"my_pkg.py": code, "my_pkg-1.0.dist-info/RECORD": code}
            wheels.Wheel(self.wheel(files)).write_metadata(self.root / date)
            outs.append((self.root / date).read_bytes())
        self.assertEqual(outs[0], outs[1])
        with zipfile.ZipFile(str(self.root / "a")) as archive:
            info = "my_pkg-1.0.dist-info"
            self.assertEqual(archive.namelist(), [f"{info}/METADATA", f"{info}/RECORD", f"{info}/WHEEL"])
            self.assertEqual({entry.date_time for entry in archive.infolist()}, {(1980, 1, 1, 0, 0, 0)})
            self.assertIn(f"{info}/RECORD,,\n", archive.read(f"{info}/RECORD").decode())
            self.assertIsNone(archive.testzip())

    def test_invalid_wheels_are_rejected(self):
        self.assertIn("expected a name", self.invalid(name="my_pkg.whl"))
        self.assertIn("leads out of it", self.invalid({"../x": ""}))
        self.assertIn("leads out of it", self.invalid({"/x": ""}))
        self.assertIn("leads out of it", self.invalid({"a/../../x": ""}))
        self.assertIn("expected one directory", self.invalid({"b-1.dist-info/METADATA": ""}))
        self.assertIn("METADATA is of `other`", self.invalid(metadata=METADATA.replace("My.Pkg", "other")))
        self.assertIn("METADATA is of", self.invalid(metadata="nothing"))
        self.assertIn("not UTF-8", self.invalid(metadata=b"Name: \xff\n"))
        self.assertIn("larger than", self.invalid(metadata=METADATA + "x" * (wheels.MAX_METADATA + 1)))
        self.assertIn("is invalid", self.fails(wheels.Wheel, self.write("a-1-py3-none-any.whl", "no zip")))
        self.assertIn("is invalid", self.fails(wheels.Wheel, self.root / "gone-1-py3-none-any.whl"))
        self.patch(wheels, "MAX_FILES", 2)
        self.assertIn("3 files", self.invalid({"x": ""}))

    def test_large_metadata_is_read_in_time(self):
        size = wheels.MAX_METADATA - 1000
        start = time.monotonic()
        for text in (
            "Requires-Dist: a\n" * (size // 17),
            "Requires-Dist: a>" + "1." * (size // 2),
            "Requires-Dist: " + "a>1, " * (size // 5),
            "Requires-Dist: a" + " " * (size // 2) + ">" * (size // 3),
            "\n" * size,
            "Requires-Dist: a\n" + " \n" * (size // 2),
        ):
            wheel = wheels.Wheel(self.wheel(metadata=METADATA + text))
            locks.dependency_metadata([{"name": "a", "requires-dist": wheel.values("Requires-Dist")}])
        self.assertLess(time.monotonic() - start, 10)

    def test_messages_have_one_line(self):
        self.assertNotIn("\n", self.invalid({"../x\ny": ""}))


if __name__ == "__main__":
    unittest.main()
