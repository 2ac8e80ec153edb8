import pathlib
import time
import unittest

import support  # first: it finds the scripts
import uv_errors

RECORDED = pathlib.Path(__file__).parent / "uv_errors"
LOCAL = "http://127.0.0.1:8000"

# What is read from each recorded message, and a part of the text that is shown.
EXPECTED = {
    "not-found": ({"kind": "unsatisfiable", "missing": ["ghost"]}, "ghost was not found"),
    "not-found-dependency": (
        {"kind": "unsatisfiable", "missing": ["ghost"]},
        "all versions of needs-ghost depend on ghost",
    ),
    "not-found-no-index": ({"kind": "unsatisfiable", "missing": ["good"]}, "index lookups were disabled"),
    "conflict": (
        {"kind": "unsatisfiable"},
        "because all versions of needs-new depend on good>=2 and all versions of needs-old depend on good<2",
    ),
    "no-version": ({"kind": "unsatisfiable"}, "because there is no version of good==9"),
    "no-wheel-for-platform": ({"kind": "unsatisfiable"}, "no wheels with a matching platform tag"),
    "invalid-metadata": ({"kind": "unsatisfiable"}, "invalid-metadata==1.0 has invalid metadata"),
    "invalid-wheel": ({"kind": "unsatisfiable"}, "not-zip==1.0 has an invalid package format"),
    "wheels-only": ({"kind": "unsatisfiable"}, "no-build==1.0 has no usable wheels"),
    "status-401": ({"kind": "unsatisfiable", "missing": ["good"]}, "401 Unauthorized"),
    "status-403": ({"kind": "unsatisfiable", "missing": ["good"]}, "403 Forbidden"),
    "status-500": (
        {"kind": "http", "status": 500, "url": f"{LOCAL}/status-500/good/"},
        "failed to fetch: http://127.0.0.1:8000/status-500/good/: HTTP status server error (500",
    ),
    "url-404": (
        {"kind": "http", "status": 404, "url": f"{LOCAL}/gone/x-1.0-py3-none-any.whl"},
        "failed to download `x @ ",
    ),
    "url-401": (
        {"kind": "http", "status": 401, "url": f"{LOCAL}/status-401/x-1.0-py3-none-any.whl"},
        "(401 Unauthorized)",
    ),
    "links-404": ({"kind": "http", "status": 404, "url": f"{LOCAL}/gone/"}, "failed to read `--find-links` URL"),
    "dns": (
        {"kind": "connect", "url": "http://nexus.invalid/simple/good/"},
        "failed to fetch: http://nexus.invalid/simple/good/: failed to lookup address",
    ),
    "connection-refused": (
        {"kind": "connect", "url": "http://127.0.0.1:9/simple/good/"},
        "failed to fetch: http://127.0.0.1:9/simple/good/: connection refused",
    ),
    "connection-refused-retried": (
        {"kind": "connect", "url": "http://127.0.0.1:9/simple/good/"},
        "failed to fetch: http://127.0.0.1:9/simple/good/: connection refused",
    ),
    "tls": (
        {"kind": "tls", "url": "https://localhost:8443/simple/good/"},
        "invalid peer certificate: UnknownIssuer",
    ),
    "build": (
        {"kind": "build", "requirement": "no-build==1.0"},
        "failed to build `no-build==1.0`: RuntimeError: the compiler failed",
    ),
    "build-project": ({"kind": "build"}, "the build backend returned an error: OSError"),
    "not-a-project": ({"kind": "other"}, "does not appear to be a Python project"),
    "no-such-path": ({"kind": "other"}, "distribution not found at: file:///lamina/sources/0123456789ab/missing"),
}

# The packages that conflicts name.
PACKAGES = {
    "not-found": ["ghost"],
    "not-found-dependency": ["ghost", "needs-ghost"],
    "not-found-no-index": ["good"],
    "conflict": ["good", "needs-new", "needs-old"],
    "no-version": ["good"],
    "no-wheel-for-platform": ["windows-only"],
    "invalid-metadata": ["invalid-metadata"],
    "invalid-wheel": ["not-zip"],
    "wheels-only": ["no-build"],
    "status-401": ["good"],
    "status-403": ["good"],
}
NOTHING = {"missing": [], "requirement": None, "status": None, "url": None}


class UvErrors(support.TestCase):
    def test_every_recorded_message_is_understood(self):
        names = {path.stem for path in RECORDED.glob("*.txt")}
        self.assertEqual(names, set(EXPECTED))
        for name, (expected, part) in EXPECTED.items():
            said = (RECORDED / f"{name}.txt").read_text()
            failure = uv_errors.parse(said)
            with self.subTest(name):
                self.assertEqual(failure.pop("packages"), PACKAGES.get(name, []))
                text = failure.pop("text")
                self.assertEqual(failure, {**NOTHING, **expected, "said": said})
                self.assertIn(part, text)
                self.assertNotIn("\n", text)

    def test_the_drawn_style_is_understood(self):
        said = (
            "  × No solution found when resolving dependencies:\n"
            "  ╰─▶ Because a needs b>2 and ghost was not\n"
            "      found in the package registry, nothing fits.\n"
        )
        failure = uv_errors.parse(said)
        self.assertEqual(failure["kind"], "unsatisfiable")
        self.assertEqual(failure["missing"], ["ghost"])
        self.assertEqual(
            failure["text"], "because a needs b>2 and ghost was not found in the package registry, nothing fits"
        )

    def test_words_are_no_packages_without_a_version(self):
        for cause, packages in (
            ("Because only six<=1.17.0 is available and you require six==9, all versions", ["six"]),
            ("Because there is no version of only==1 and you require torch[all], we", ["only", "torch"]),
            ("Because Foo._Bar depends on any of:\n  a>1\n  b @ file:///x/only", ["Foo._Bar", "a", "b"]),
            ("Because the current Python version (3.8.18) does not satisfy Python>=3.9", ["Python"]),
            ("Because flash-attn==2.0 was yanked (reason: broken build) and a >= 2, <3", ["a", "flash-attn"]),
        ):
            failure = uv_errors.parse(f"error: No solution found when resolving dependencies\n  cause: {cause}\n")
            self.assertEqual(failure["packages"], packages, cause)

    def test_long_words_take_no_time(self):
        started = time.monotonic()
        self.assertEqual(len(uv_errors.packages(["a" * 200_000])), 1)
        self.assertLess(time.monotonic() - started, 1)

    def test_unknown_messages_are_kept(self):
        self.assertEqual(uv_errors.parse("")["text"], "")
        failure = uv_errors.parse("error: Something New\n  cause: HTTP is down\n")
        self.assertEqual((failure["kind"], failure["text"]), ("other", "something New: HTTP is down"))

    def test_long_messages_are_cut_in_the_middle(self):
        said = "error: Failed to build `x==1`\n  cause: The build backend returned an error\n[stderr]\n"
        failure = uv_errors.parse(said + "noise\n" * 1000000 + "the end\n")
        self.assertLess(len(failure["said"]), 21000)
        self.assertEqual(failure["text"], "failed to build `x==1`: the end")

    def test_names_keep_their_case(self):
        for text, expected in (
            ("Failed to", "failed to"),
            ("HTTP status", "HTTP status"),
            ("RuntimeError: x", "RuntimeError: x"),
            ("", ""),
        ):
            self.assertEqual(uv_errors.lower_first(text), expected)


if __name__ == "__main__":
    unittest.main()
