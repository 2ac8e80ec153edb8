import stat
import unittest
import zipfile

import support  # first: it finds the scripts
import unpack_uv


class UnpackUv(support.TestCase):
    def setUp(self):
        super().setUp()
        self.patch(unpack_uv, "WHEEL", self.root / "uv.whl")
        self.patch(unpack_uv, "PROGRAM", self.root / "uv")

    def wheel(self, *names):
        with zipfile.ZipFile(self.root / "uv.whl", "w") as wheel:
            for name in names:
                wheel.writestr(name, f"the file {name}")

    def test_the_program_is_taken_out(self):
        self.wheel("uv/__init__.py", "uv-1.data/scripts/uvx", "uv-1.data/scripts/uv")
        unpack_uv.main()
        self.assertEqual(self.read("uv"), "the file uv-1.data/scripts/uv")
        self.assertEqual(stat.S_IMODE((self.root / "uv").stat().st_mode), 0o755)

    def test_a_wheel_without_a_program(self):
        self.wheel("uv/__init__.py")
        self.assertIn("has no program", self.fails(unpack_uv.main))


if __name__ == "__main__":
    unittest.main()
