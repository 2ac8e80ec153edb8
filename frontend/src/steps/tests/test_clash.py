import json
import unittest

import support  # first: it finds the scripts
import clash

SITE = "lib/python3.11/site-packages"


class Clash(support.TestCase):
    def setUp(self):
        super().setUp()
        self.patch(clash, "LAYERS", self.root)
        self.patch(clash, "ANSWER", self.root / "clashes.json")

    def record(self, layer, info, *rows):
        self.write(f"{layer}/{SITE}/{info}.dist-info/RECORD", b"".join(rows) if rows and isinstance(rows[0], bytes) else "".join(f"{row}\n" for row in rows))

    def clashes(self):
        clash.main()
        return json.loads(self.read("clashes.json"))

    def test_different_content_in_layers(self):
        self.record(0, "opencv_python-1", "cv2/a.so,sha256=1,9", "cv2/same.py,sha256=2,9", "own.py,sha256=3,9")
        self.record(1, "opencv_headless-1", "cv2/a.so,sha256=4,9", "cv2/same.py,sha256=2,9", "../../../bin/x,sha256=5,9")
        self.record(2, "third-1", "../../../bin/x,sha256=6,9")
        self.assertEqual(
            self.clashes(),
            [
                {"packages": ["opencv-headless", "third"], "files": ["bin/x"], "count": 1},
                {"packages": ["opencv-python", "opencv-headless"], "files": [f"{SITE}/cv2/a.so"], "count": 1},
            ],
        )

    def test_names_are_normalized(self):
        for name in ("zope.interface", "Zope__Interface", "zope-.interface"):
            self.assertEqual(clash.package_of(f"{name.replace('-', '_')}-6.0.dist-info"), "zope-interface")
        # Two writings of one name are one package.
        self.record(0, "zope.interface-6.0", "a.py,sha256=1,9")
        self.record(1, "zope_interface-6.0", "a.py,sha256=2,9")
        self.assertEqual(self.clashes(), [])

    def test_files_are_counted_and_some_are_shown(self):
        rows = [[f"f{index}.py,sha256={layer},9" for index in range(9)] for layer in range(2)]
        self.record(0, "a-1", *rows[0])
        self.record(1, "b-1", *rows[1])
        [found] = self.clashes()
        self.assertEqual((found["count"], len(found["files"])), (9, clash.SHOWN))

    def test_files_without_a_hash_are_ignored(self):
        self.record(0, "a-1", "a.pyc,,", "only-a-path", "")
        self.record(1, "b-1", "a.pyc,,")
        self.assertEqual(self.clashes(), [])

    def test_names_of_files_may_have_any_encoding(self):
        self.record(0, "a-1", b'"\xff,1.py",sha256=1,9\n')
        self.record(1, "b-1", b'"\xff,1.py",sha256=2,9\n')
        [found] = self.clashes()
        self.assertEqual(found["files"], [f"{SITE}/\ufffd,1.py"])

    def test_an_invalid_record_names_its_package(self):
        self.record(0, "a-1", f"{'x' * 200000},sha256=1,9")
        self.assertIn("RECORD of the installed package `a` is invalid", self.fails(clash.main))

    def test_nothing_is_installed(self):
        self.assertEqual(self.clashes(), [])


if __name__ == "__main__":
    unittest.main()
