import hashlib
import io
import json
import os
import shutil
import tarfile
import time
import tracemalloc
import unittest
import zipfile

import support  # first: it finds the scripts
import build

BUILD = """\
import os, pathlib, subprocess, sys, zipfile
out = pathlib.Path(sys.argv[1])
{before}
with zipfile.ZipFile(str(out / "{name}"), "w") as archive:
    archive.writestr("it-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: it\\nVersion: 1.0\\n")
    archive.writestr("it-1.0.dist-info/WHEEL", "")
"""
PURE = "it-1.0-py3-none-any.whl"


class Build(support.UvTestCase):
    def setUp(self):
        super().setUp()
        self.patch(build, "WORK", self.root / "work")
        self.patch(build, "OUT", self.root / "out")
        self.patch(build, "VENV", self.root / "venv")
        (self.root / "out").mkdir()
        self.source(PURE)

    def source(self, name, before=""):
        self.write("source/setup.py")
        self.write("source/build-it.py", BUILD.format(name=name, before=before))

    def build(self, **changes):
        request = {
            "cross": False,
            "env": {},
            "explain": None,
            "hashes": [],
            "index_arguments": [],
            "isolation": True,
            "label": "it==1.0",
            "machine": "x86_64",
            "python": "3.99",
            "source": str(self.root / "source"),
            "subdirectory": None,
            "trusted_hosts": [],
            **changes,
        }
        self.write("build.json", json.dumps(request))
        with support.quiet() as log:
            try:
                build.main()
            finally:
                self.log = log.getvalue()
        return json.loads(self.read("out/answer.json"))

    def reason(self, **changes):
        """Why a build fails: in the log, and in the answer if asked for."""
        self.assertEqual(self.status(**changes), build.FAILED)
        head = "lamina: failed to build it==1.0: "
        last = self.log.splitlines()[-1]
        self.assertTrue(last.startswith(head), last)
        self.patch(build, "WORK", self.root / "work-explain")
        shutil.rmtree(str(self.root / "work-explain"), ignore_errors=True)
        self.assertEqual(self.build(**changes, explain="a key"), {"failure": last[len(head) :]})
        (self.root / "out/answer.json").unlink()
        return last[len(head) :]

    def status(self, **changes):
        with self.assertRaises(SystemExit) as stopped:
            self.build(**changes)
        self.assertFalse((self.root / "out/answer.json").exists())
        return stopped.exception.code

    def record(self):
        return json.loads(self.read("build-record"))

    def test_a_project_is_built(self):
        answer = self.build(env={"MAX_JOBS": "2"}, index_arguments=["--default-index", "https://i"], trusted_hosts=["h"])
        wheel = (self.root / "out/wheel" / PURE).read_bytes()
        self.assertEqual(answer["sha256"], build.hashlib.sha256(wheel).hexdigest())
        expected = {"name": "it", "version": "1.0", "wheel": PURE, "size": len(wheel), "pure": True}
        self.assertEqual({**answer, **expected}, answer)
        with zipfile.ZipFile(str(self.root / "out/metadata" / PURE)) as archive:
            self.assertEqual(len(archive.namelist()), 3)
        [command] = self.commands()
        pairs = list(zip(command, command[1:]))
        self.assertIn(("--default-index", "https://i"), pairs)
        self.assertIn(("--allow-insecure-host", "h"), pairs)
        self.assertIn(("--python", str(self.python)), pairs)
        self.assertNotIn("--no-build-isolation", command)
        env = self.record()["env"]
        self.assertEqual((env["MAX_JOBS"], env["SOURCE_DATE_EPOCH"], env["TZ"]), ("2", "315532800", "UTC"))
        self.assertEqual(env["UV_CACHE_DIR"], str(self.root / "work/cache"))
        self.assertNotIn("no-compilers", env["PATH"])

    def test_the_source_is_not_written_to(self):
        self.source(PURE, "pathlib.Path('left').write_text('')")
        self.build()
        self.assertEqual(sorted(os.listdir(str(self.root / "source"))), ["build-it.py", "setup.py"])

    def test_archives_are_unpacked(self):
        tar, archive = io.BytesIO(), io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w:gz") as file:
            file.add(str(self.root / "source"), "it-1.0")
        with zipfile.ZipFile(archive, "w") as file:
            for name in ("setup.py", "build-it.py"):
                file.write(str(self.root / "source" / name), f"it-1.0/{name}")
        for name, content in (("it-1.0.tar.gz", tar), ("it-1.0.zip", archive)):
            self.patch(build, "WORK", self.root / f"work-{name}")
            self.assertEqual(self.build(source=str(self.write(name, content.getvalue())))["name"], "it")
            self.assertEqual(self.record()["source"], ["build-it.py", "setup.py"])

    def test_a_file_has_one_of_the_hashes_before_anything_of_it_runs(self):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as file:
            for name in ("setup.py", "build-it.py"):
                file.write(str(self.root / "source" / name), f"it-1.0/{name}")
        source = str(self.write("it-1.0.zip", content.getvalue()))
        hashes = [f"{name}:{hashlib.new(name, content.getvalue()).hexdigest()}" for name in ("sha256", "sha512")]
        wrong = f"sha256:{'0' * 64}"
        reason = self.reason(source=source, hashes=[wrong])
        self.assertEqual(reason, f"its hash is not the expected one: expected {wrong}, found {hashes[0]}")
        self.assertEqual(self.commands(), [])
        for index, given in enumerate(hashes):
            self.patch(build, "WORK", self.root / f"work-{index}")
            self.build(source=source, hashes=[wrong, given])

    def test_a_subdirectory_is_built(self):
        (self.root / "source").rename(self.root / "project")
        (self.root / "source").mkdir()
        (self.root / "project").rename(self.root / "source/project")
        self.build(subdirectory="project")
        (self.root / "out/answer.json").unlink()
        cases = ("gone", "no directory `gone`"), ("../x", "leads out"), ("/etc", "leads out"), (None, "neither")
        for number, (subdirectory, part) in enumerate(cases):
            self.patch(build, "WORK", self.root / f"work-{number}")
            self.assertIn(part, self.reason(subdirectory=subdirectory))

    def test_without_isolation_the_layers_below_are_used(self):
        python = self.write("venv/bin/python")
        self.build(isolation=False)
        [command] = self.commands()
        self.assertIn("--no-build-isolation", command)
        self.assertIn(str(python), command)

    def test_nothing_is_compiled_for_another_architecture(self):
        self.assertTrue(self.build(cross=True, machine="aarch64")["pure"])
        (self.root / "out/answer.json").unlink()
        for number, compiler in enumerate(("[os.environ['CC']]", "['gcc', '-c', 'x.c']", "['cargo', 'build']")):
            for fails in ("call", "check_call"):
                self.patch(build, "WORK", self.root / f"work-{number}-{fails}")
                # Also if it goes on without.
                self.source(PURE, f"subprocess.{fails}({compiler})")
                answer = self.build(cross=True, machine="aarch64", env={"CC": "/usr/bin/gcc"})
                self.assertEqual(answer, {"other_platform": "it compiles"})
                self.assertIn("lamina: it==1.0 has to be built on aarch64: it compiles\n", self.log)

    def test_a_wheel_for_another_platform_is_rejected(self):
        for number, (platform, cross, machine, good) in enumerate((
            ("linux_x86_64", True, "x86_64", False),
            ("linux_x86_64", False, "x86_64", True),
            ("linux_x86_64", False, "aarch64", False),
            ("macosx_11_0_arm64.manylinux_2_17_aarch64", False, "aarch64", True),
        )):
            self.patch(build, "WORK", self.root / f"work-{number}")
            self.source(f"it-1.0-cp39-cp39-{platform}.whl")
            if good:
                self.assertFalse(self.build(cross=cross, machine=machine)["pure"])
                (self.root / "out/answer.json").unlink()
            else:
                answer = self.build(cross=cross, machine=machine)
                self.assertEqual(answer, {"other_platform": "its wheel is for linux_x86_64"})

    def test_a_failed_build_says_why(self):
        self.source(PURE, "print('x' * 100000); sys.exit('fatal error: ffi.h: No such file')")
        self.assertEqual(self.reason(), "fatal error: ffi.h: No such file")
        self.assertIn("x" * 100000, self.log.replace("\n", ""))

    def test_a_build_without_a_wheel_fails(self):
        self.source(PURE, "sys.exit()")
        self.assertIn("expected one wheel, found 0", self.reason())
        self.patch(build, "WORK", self.root / "work-2")
        self.source(PURE, "(out / 'b-1-py3-none-any.whl').write_text('')")
        self.assertIn("expected one wheel, found 2", self.reason())

    def test_a_wheel_is_a_file(self):
        self.source(PURE, f"os.mkfifo(str(out / '{PURE}')); sys.exit()")
        self.assertIn("is not a file", self.reason())

    def test_what_a_build_leaves_in_the_output_is_removed(self):
        secret = self.write("secret", "secret")
        self.source(
            PURE,
            f"root = pathlib.Path({str(self.root / 'out')!r}); "
            f"(root / 'wheel').mkdir(); os.symlink({str(secret)!r}, str(root / 'wheel/{PURE}')); "
            f"os.symlink({str(self.root)!r}, str(root / 'metadata')); os.symlink({str(secret)!r}, str(root / 'answer.json')); "
            "os.mkfifo(str(root / 'fifo')); (root / 'wheel/more').mkdir()",
        )
        self.build()
        self.assertEqual(secret.read_text(), "secret")
        found = {str(path.relative_to(self.root / "out")): path for path in (self.root / "out").rglob("*") if not path.is_dir()}
        self.assertEqual(sorted(found), ["answer.json", f"metadata/{PURE}", f"wheel/{PURE}"])
        self.assertFalse(any(path.is_symlink() for path in (self.root / "out").rglob("*")))

    def test_hashes_of_large_files_need_no_memory(self):
        large = self.root / "large.zip"
        with large.open("wb") as file:
            file.truncate(100 << 20)
        hashes = [f"sha256:{'0' * 64}"]
        tracemalloc.start()
        try:
            self.fails(build.check_hashes, {"hashes": hashes, "label": "large"}, large)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        self.assertLess(peak, 10 << 20)

    def test_what_a_build_leaves_running_is_not_waited_for(self):
        self.patch(build, "SECONDS_TO_READ", 0.1)
        self.source(PURE, "left = subprocess.Popen(['sleep', '30']); (out / '../pid').write_text(str(left.pid))")
        start = time.monotonic()
        self.build()
        self.assertLess(time.monotonic() - start, 20)
        os.kill(int(self.read("work/pid")), 9)

    def test_what_is_missing_is_the_reason(self):
        for line in (
            "src/x.c:1:10: fatal error: Python.h: No such file or directory",
            "x.c:1:10: fatal error: 'stdio.h' file not found",
            "error: command 'gcc' failed: No such file or directory",
            "FileNotFoundError: [Errno 2] No such file or directory: 'cmake'",
            "/bin/sh: 1: pkg-config: not found",
            "sh: line 3: nvcc: command not found",
            "../meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc'], ['clang']]",
            "configure: error: no acceptable C compiler found in $PATH",
            "Exception: you need a C compiler to build uWSGI",
            "can't find Rust compiler",
            "Cargo, the Rust package manager, is not installed or is not on PATH. cargo: not found",
        ):
            output = f"first\n{line}\ncompilation terminated.\nlast\n"
            self.assertEqual(build.reason(output), line.replace("error: command", "command"))
        for line in (
            "warning: x.h: not found",
            "No such file or directory: '/tmp/x/y.txt'",
            "error: command '/usr/bin/gcc' failed with exit code 1",
        ):
            self.assertEqual(build.reason(f"first\n{line}\nlast\n"), "last")

    def test_an_exception_is_the_reason(self):
        head = "Traceback (most recent call last):\n  File \"setup.py\", line 1\n"
        tail = "using profile: x\nerror: Failed to build `/tmp/lamina-build/source`\n"
        tail += "  cause: The build backend returned an error\n"
        tail += "  cause: Call to `b.build_wheel` failed (exit status: 1)\n"
        for line in ("ValueError: no version", "pkg.errors.ConfigError: x is unset", "RuntimeException: x"):
            self.assertEqual(build.reason(head + line + "\n" + tail), line)
        self.assertEqual(build.reason(head + "Note: nothing\n" + tail), "using profile: x")
        line = "Exception: you need a C compiler"
        code = "    raise Exception('you need a C compiler')\n"
        self.assertEqual(build.reason(head + code + line + "\n" + tail), line)

    def test_reasons_are_told(self):
        # As uv 0.13.8 says it.
        head = "Building wheel...\nerror: Failed to build `/tmp/lamina-build/source`\n"
        requires = "  cause: Failed to resolve requirements from `build-system.requires`\n"
        for output, expected in (
            ("", "it wrote nothing"),
            ("some words\n", "some words"),
            (
                head
                + requires
                + "  cause: No solution found when resolving: `hatchling`, `ghost`\n"
                + "  cause: Because ghost was not found in the package registry and you require ghost, we can conclude "
                + "that your requirements are unsatisfiable.\n",
                "Because ghost was not found in the package registry and you require ghost, we can conclude that your "
                "requirements are unsatisfiable",
            ),
            (
                head + requires + "  cause: Failed to fetch: http://h/\n  cause: Connection refused (os error 111)\n",
                "Failed to resolve requirements from `build-system.requires`: Connection refused (os error 111)",
            ),
            (
                "RuntimeError: x\n" + head[18:] + "  cause: The build backend returned an error\n  cause: Call to `b` failed\n\nhint: Build\n",
                "RuntimeError: x",
            ),
        ):
            self.assertEqual(build.reason(output), expected)


if __name__ == "__main__":
    unittest.main()
