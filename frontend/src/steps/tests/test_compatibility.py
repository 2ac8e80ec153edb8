"""The scripts run with the interpreter of any base image: Python 3.8 and later
(Ubuntu 20.04 has 3.8). `make test` may have a newer one alone, so that syntax
is parsed as 3.8's, and names that later versions added are looked for."""

import ast
import unittest

import support  # first: it finds the scripts

# Attributes, modules and keyword arguments of 3.9 and later that scripts like
# these would use. Python 3.8 itself runs the tests where it is installed.
NEWER_NAMES = {
    *("removeprefix", "removesuffix", "cache", "is_relative_to", "with_stem", "graphlib", "zoneinfo"),
    *("randbytes", "to_thread", "unparse", "waitstatus_to_exitcode"),  # 3.9
    *("pairwise", "hardlink_to", "packages_distributions", "orig_argv", "bit_count"),  # 3.10
    *("tomllib", "ExceptionGroup", "add_note", "file_digest", "StrEnum", "TaskGroup", "UTC"),  # 3.11
    *("batched", "is_junction", "unshare", "setns"),  # 3.12
    *("full_match", "from_uri", "process_cpu_count"),  # 3.13
}
BUILTIN_GENERICS = {"list", "dict", "set", "tuple", "frozenset", "type"}


def newer(source):
    """What of a script Python 3.8 does not have."""
    found = []
    for node in ast.walk(ast.parse(source, feature_version=(3, 8))):
        if isinstance(node, ast.Attribute) and node.attr in NEWER_NAMES:
            found.append(node.attr)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            found += [name for name in names if name.split(".")[0] in NEWER_NAMES]
        elif isinstance(node, ast.keyword) and node.arg in ("strict", "cancel_futures", "root_dir"):
            found.append(f"{node.arg}=")
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in BUILTIN_GENERICS:
            found.append(f"{node.value.id}[]")
    return found


class Compatibility(support.TestCase):
    def test_scripts_keep_to_python_3_8(self):
        scripts = sorted(support.PYTHON.glob("*.py"))
        self.assertGreater(len(scripts), 5)
        for script in scripts:
            with self.subTest(script.name):
                self.assertEqual(newer(script.read_text(encoding="utf-8")), [])

    def test_newer_python_is_found(self):
        for source in (
            "'x'.removesuffix('y')",
            "import functools\n@functools.cache\ndef f(): pass",
            "import tomllib",
            "from itertools import batched",
            "zip(a, b, strict=True)",
            "x: list[int] = []",
        ):
            self.assertNotEqual(newer(source), [], source)
        for source in ("match x:\n case 1: pass", "try: pass\nexcept* OSError: pass"):
            with self.assertRaises(SyntaxError):
                newer(source)


if __name__ == "__main__":
    unittest.main()
