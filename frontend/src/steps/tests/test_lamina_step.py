import os
import pathlib
import subprocess
import sys
import unittest

import support  # first: it finds the scripts
import lamina_step



class LaminaStep(support.TestCase):
    def setUp(self):
        super().setUp()
        self.environ(clear=True, PATH=os.environ["PATH"])
        self.patch(lamina_step, "FACTS", self.root / "facts")
        self.patch(lamina_step, "UV", self.root / "uv")
        self.patch(lamina_step, "TEMPORARY", self.root)
        self.patch(lamina_step, "CA_SECRET", self.root / "secret.pem")

    def facts(self, *lines):
        self.write("facts", "".join(f"{line}\n" for line in lines))

    def test_platforms_are_those_of_the_targets_c_library(self):
        for libc, platform in (
            ("glibc-2.17", "aarch64-manylinux_2_17"),
            ("glibc-2.27", "aarch64-manylinux_2_17"),
            ("glibc-2.36", "aarch64-manylinux_2_36"),
            ("glibc-2.99", "aarch64-manylinux_2_40"),
            ("musl-1.2", "aarch64-unknown-linux-musl"),
        ):
            self.facts(f"libc={libc}")
            self.assertEqual(lamina_step.python_platform("aarch64"), platform)

    def test_unknown_c_libraries_are_errors(self):
        self.facts("libc=glibc-2.12")
        self.assertIn("glibc 2.12 is too old", self.fails(lamina_step.python_platform, "x86_64"))
        self.facts("libc=")
        self.assertIn("C library", self.fails(lamina_step.python_platform, "x86_64"))

    def test_interpreters_are_found_by_their_version(self):
        here = self.write("bin/python3.1")
        self.facts("libc=", "python=/nowhere/python3.11", f"python={here}")
        self.assertEqual(lamina_step.interpreter("3.1"), str(here))
        self.assertIn("for the target platform, but not", self.fails(lamina_step.interpreter, "3.11"))
        self.assertEqual(
            self.fails(lamina_step.interpreter, "3.9"),
            f"lamina: the base image has no Python 3.9 (found: /nowhere/python3.11, {here})",
        )

    def test_uv_is_made_executable(self):
        self.assertIn("build context `uv`", self.fails(lamina_step.uv))
        self.write("uv/usr/bin/uv", "#!/bin/sh\necho works\n", 0o644)
        program = lamina_step.uv()
        self.assertEqual(subprocess.check_output([program]), b"works\n")
        executable = self.write("uv/bin/uv", "#!/bin/sh\n", 0o755)
        self.assertEqual(lamina_step.uv(), str(executable))

    def test_what_the_image_sets_for_installers_decides_nothing(self):
        evil = {"UV_INDEX_URL": "x", "UV_NO_CONFIG": "0", "PIP_INDEX_URL": "x", "PIP_CONFIG_FILE": "/etc/pip.conf"}
        evil.update({"PYTHONPATH": "x", "PYTHONHOME": "x", "PYTHONSTARTUP": "x", "pip_index_url": "x", "Uv_Index": "x"})
        self.environ(HTTP_PROXY="http://proxy", **evil)
        env = lamina_step.environment()
        self.assertEqual(env["HTTP_PROXY"], "http://proxy")
        self.assertEqual(env["PATH"], os.environ["PATH"])
        self.assertEqual(env["UV_NO_CONFIG"], "1")
        self.assertEqual(env["PIP_CONFIG_FILE"], "/dev/null")
        self.assertEqual([name for name in evil if env.get(name) in ("x", "0")], [])
        self.assertEqual([name for name in env if name.upper().startswith("PYTHON")], [])

    def test_certificates_of_the_secret_are_added(self):
        lamina_step.ca_bundle.cache_clear()
        self.addCleanup(lamina_step.ca_bundle.cache_clear)
        self.assertNotIn("PIP_CERT", lamina_step.environment())
        self.write("secret.pem", "of the secret")
        self.patch(lamina_step, "public_certificates", lambda: b"public\n")
        bundle = lamina_step.environment()["SSL_CERT_FILE"]
        self.assertEqual(pathlib.Path(bundle).read_text(), "public\nof the secret")

    def test_an_invalid_secret_is_an_error(self):
        self.patch(lamina_step, "public_certificates", lambda: b"")
        self.write("secret.pem", "not PEM")
        self.assertIn("`ca-certificates` is invalid", self.fails(lamina_step.tls_context, True))

    def test_comments_of_certificates_have_any_encoding(self):
        self.write("secret.pem", "# Árbol\n".encode("latin-1"))
        lamina_step.tls_context(True)

    def test_requests_are_read(self):
        self.patch(lamina_step, "INPUT", self.root)
        self.write("x.json", '{"a": "é"}')
        self.assertEqual(lamina_step.request("x.json"), {"a": "é"})

    def test_commands_have_the_installers_environment(self):
        code = "import os, sys; sys.exit(os.environ['UV_NO_CONFIG'] != '1')"
        self.assertEqual(lamina_step.run([sys.executable, "-c", code]).returncode, 0)


if __name__ == "__main__":
    unittest.main()
