import unittest

import support  # first: it finds the scripts
import locks

# As uv 0.13.8 writes them.
LOCK = """\
lock-version = "1.0"
created-by = "uv"
requires-python = ">=3.11.2"

[[packages]]
name = "both"
version = "1.0"
sdist = { url = "https://h/both-1.0.tar.gz", upload-time = 2024-12-04T17:35:28Z, size = 34031, hashes = { sha256 = "331f12cc95d8f223ef6069d373daeec4b27eecbe07b0056f613c220624e40f79" } }
wheels = [{ url = "https://h/both-1.0-py3-none-any.whl", size = 5, hashes = { sha256 = "3153a91b3a34b4198be2b5fb7f95bcd5f3c481d6c620ee737594317a01897750" } }]

[[packages]]
name = "Local.One"
archive = { path = "/tmp/x-1.0-py3-none-any.whl", hashes = { sha256 = "7131be6e9d3868f9b624a70407895f11c0382a0a975ecc1ed33b70a33ed21752" } }

[[packages]]
name = "old"
version = "2"
sdist = { url = "https://h/a\\"b.zip", hashes = { md5 = "0123" } }
"""


class Locks(support.TestCase):
    def test_packages_are_read_with_their_source_distributions(self):
        packages = locks.packages(LOCK)
        self.assertEqual(sorted(packages), ["both", "local-one", "old"])
        self.assertEqual(packages["both"]["version"], "1.0")
        self.assertEqual(
            packages["both"]["sdist"],
            {
                "url": "https://h/both-1.0.tar.gz",
                "sha256": "331f12cc95d8f223ef6069d373daeec4b27eecbe07b0056f613c220624e40f79",
                "size": 34031,
            },
        )
        self.assertEqual(packages["local-one"], {"version": None, "sdist": None})
        self.assertEqual(packages["old"]["sdist"], {"url": 'https://h/a"b.zip', "sha256": None, "size": None})
        self.assertEqual(locks.packages('lock-version = "1.0"\n'), {})

    def test_strings_are_those_of_toml(self):
        self.assertEqual(locks.quoted('a "b" \\ \n \x01 \x7f é 😀'), '"a \\"b\\" \\\\ \\n \\u0001 \\u007f é 😀"')

    def test_what_uv_is_lenient_about_is_mended(self):
        for requirement, expected in (
            ("good (>=1.0.*)", "good (>=1.0)"),
            ("good>=1.0.*,<2.*", "good>=1.0,<2"),
            ("good==1.0.*", "good==1.0.*"),
            ("good!=1.0.*,~=1.0", "good!=1.0.*,~=1.0"),
            ("good>=0.1,", "good>=0.1"),
            ("good (>=0.1,) ; python_version > '3'", "good (>=0.1) ; python_version > '3'"),
            ("good[a,b]; python_version in '3.8, 3.9'", "good[a,b]; python_version in '3.8, 3.9'"),
        ):
            self.assertEqual(locks.mended(requirement), expected)

    def test_pins_are_split(self):
        for pin, expected in (
            ("Foo._Bar==1.0", ("foo-bar", "1.0")),
            ("foo[a,b]==1.0+cu118 --hash=x", ("foo", "1.0+cu118")),
            ("foo[a] @ https://h/x.zip", ("foo", None)),
            ("foo==1 ; python_version > '3'", ("foo", "1")),
            ("/lamina/sources/x", (None, None)),
            ("./x", (None, None)),
            ("file:///x.whl", (None, None)),
            ("git+https://h/x", (None, None)),
        ):
            self.assertEqual(locks.split_pin(pin), expected)


if __name__ == "__main__":
    unittest.main()
