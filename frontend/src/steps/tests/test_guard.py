import os
import pathlib
import subprocess
import sys
import unittest

import support  # first: it finds the scripts
import guard
import lamina_step

PACKAGE = "def main():\n    import sys, sysconfig\n    print(sys.executable, sys.prefix, sys.version_info[:2], sysconfig.get_path('purelib'))\n"
# The words of uv 0.13.8, and of those before it.
QUESTIONS = (
    'import sys; sys.path = [__import__("os").fsdecode(b"{}")] + sys.path; from python.get_interpreter_info import main; main()',
    'import sys; sys.path = ["{}"] + sys.path; from python.get_interpreter_info import main; main()',
)


class Guard(support.TestCase):
    def setUp(self):
        super().setUp()
        self.patch(guard, "DIRECTORY", self.root / "guard")
        self.patch(guard, "SHARED_CACHE", self.root / "shared")
        self.patch(lamina_step, "TEMPORARY", self.root)
        self.write("evil/evil.py", "open('evil-ran', 'w')\n")

    def run_python(self, python, *arguments):
        return subprocess.run(
            [str(python), *arguments],
            cwd=str(self.root / "evil"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )

    def ask(self, python, question=QUESTIONS[0]):
        done = self.ask_in(self.question_directory(), python, question)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def question_directory(self, parent=None):
        """Where uv writes its script: in its cache."""
        [*_, cache] = sorted(self.root.glob("lamina-uv-cache-*"), key=lambda path: path.stat().st_mtime_ns)
        directory = (parent or cache) / ".tmpX"
        self.write(directory / "python/get_interpreter_info.py", PACKAGE)
        return directory

    def ask_in(self, directory, python, question=QUESTIONS[0]):
        return self.run_python(python, "-I", "-B", "-c", question.format(directory))

    def test_the_question_is_answered_by_the_real_interpreter(self):
        made = guard.Guard(sys.executable)
        for question in QUESTIONS:
            answer = self.ask(made.path, question)
            expected = self.ask(sys.executable, question).replace(sys.executable, str(made.path), 1)
            self.assertEqual(answer, expected)
        self.assertEqual(made.sources(), set())

    def test_a_virtual_environment_stays_one(self):
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(self.root / "venv")], check=True)
        made = guard.Guard(str(self.root / "venv/bin/python3"))
        self.assertIn(str(self.root / "venv/lib"), self.ask(made.path))
        self.assertEqual(made.path.name, "python3")

    def test_paths_that_a_script_cannot_name_are_linked(self):
        for directory in ("a directory", "x" * 120):
            link = self.root / directory / "python3"
            self.link(link, sys.executable)
            made = guard.Guard(str(link))
            self.assertIn(str(made.path), self.ask(made.path))
            self.assertLess(len(made.path.read_text().splitlines()[0]), 120)

    def test_nothing_else_runs(self):
        made = guard.Guard(sys.executable)
        question = QUESTIONS[0].format(self.question_directory())
        for arguments in (
            ["-c", "import evil"],
            ["evil.py"],
            ["-m", "evil"],
            [],
            ["-I", "-B", "-c", "import sys; sys.path.insert(0, '.'); import evil"],
            # What a package calls its build backend is in uv's script.
            ["-c", question],
            ["-I", "-B", "-c", question + "; import evil"],
            ["-I", "-B", "-c", "import evil; " + question],
            ["-I", "-B", "-c", question + "\nimport evil"],
            ["-I", "-B", "-c", question, "more"],
            ["-I", "-B", "-c", question.replace(str(self.root), 'x") + open("evil-ran", "w').replace("/cache", "")],
        ):
            done = self.run_python(made.path, *arguments)
            self.assertEqual(done.returncode, guard.STATUS, arguments)
            self.assertIn(guard.MESSAGE, done.stderr)
        self.assertEqual(os.listdir(str(self.root / "evil")), ["evil.py"])

    def test_the_environment_of_a_package_decides_nothing(self):
        made = guard.Guard(sys.executable)
        self.write("evil/sitecustomize.py", "open('evil-ran', 'w')\n")
        self.write("evil/json.py", "open('evil-ran', 'w')\n")
        self.environ(PYTHONPATH=str(self.root / "evil"), PYTHONSTARTUP=str(self.root / "evil/evil.py"))
        self.ask(made.path)
        self.run_python(made.path, "-c", "pass")
        self.assertEqual(sorted(os.listdir(str(self.root / "evil"))), ["evil.py", "json.py", "sitecustomize.py"])

    def test_source_distributions_are_told_by_their_directories(self):
        made = guard.Guard(sys.executable)
        for path in (
            "sdists-v10/pypi/docopt/0.6.2/Wudxj-x7/src",
            "sdists-v10/index/09a31b/evil-backend/1.0+x/OIf_S3/src/sub",
            "sdists-v10/url/9f90/pcAc/src",
            "project",
        ):
            directory = self.root / path
            directory.mkdir(parents=True)
            subprocess.run([str(made.path), "-c", ""], cwd=str(directory), stderr=subprocess.PIPE)
        self.assertEqual(made.sources(), {("docopt", "0.6.2"), ("evil-backend", "1.0+x")})
        self.assertEqual(made.sources(), set())

    def test_only_scripts_of_the_private_cache_run(self):
        shared = self.root / "shared"
        made = guard.Guard(sys.executable)
        self.link(made.cache_directory / "link", self.root / "elsewhere")
        self.question_directory(self.root / "elsewhere")
        self.link(made.cache_directory / ".tmpY/python/get_interpreter_info.py", self.root / "elsewhere/.tmpX/python/get_interpreter_info.py")
        directories = [
            self.question_directory(shared),
            # A bucket is data that others write.
            self.question_directory(made.cache_directory / "wheels-v7/pypi"),
            made.cache_directory / "link/.tmpX",
            made.cache_directory / ".tmpY",
            made.cache_directory / ".tmpZ",
            made.cache_directory / "../elsewhere/.tmpX",
        ]
        for directory in directories:
            done = self.ask_in(directory, made.path)
            self.assertEqual((done.returncode, done.stdout), (guard.STATUS, ""), directory)
            self.assertIn("not in its private cache", self.fails(made.sources))

    def test_only_scripts_of_this_user_run(self):
        made = guard.Guard(sys.executable)
        directory = self.question_directory()
        if os.getuid() == 0:
            for path in (directory, directory / "python", directory / "python/get_interpreter_info.py"):
                os.chown(str(path), 1234, -1)
                self.assertEqual(self.ask_in(directory, made.path).returncode, guard.STATUS)
                os.chown(str(path), 0, -1)
        self.assertEqual(self.ask_in(directory, made.path).returncode, 0)

    def test_only_data_of_the_cache_is_shared(self):
        shared = self.root / "shared"
        for name in ("archive-v0", "sdists-v10", "interpreter-v5", "simple-v28", "wheels-v6", "simple-v1.old"):
            (shared / name).mkdir(parents=True)
        self.write("shared/wheels-v8", "a file")
        self.link("shared/simple-v9", self.root / "evil")
        self.link("shared/wheels-v7", self.root / "evil")
        self.link("shared/wheels-v5/pypi", self.root / "evil")
        self.write("shared/wheels-v5/index", "a file")
        cache = guard.Guard(sys.executable).cache_directory
        shares = ["simple-v27", "simple-v28", "wheels-v6/index", "wheels-v6/pypi"]
        self.assertEqual(self.links(cache), {name: str(shared / name) for name in shares})
        # uv would look for the files of a directory's wheels.
        cache = guard.Guard(sys.executable, True).cache_directory
        self.assertEqual(sorted(self.links(cache)), ["simple-v27", "simple-v28", "wheels-v6/pypi"])
        self.assertNotEqual(guard.Guard(sys.executable).cache_directory, cache)
        self.assertEqual(cache.stat().st_mode & 0o777, 0o700)

    def links(self, cache):
        """What leads out of a cache."""
        links = [path for path in cache.rglob("*") if path.is_symlink()]
        return {str(path.relative_to(cache)): os.readlink(str(path)) for path in links}

    def test_a_cache_that_does_not_work_is_not_shared(self):
        self.write("shared", "a file")
        self.assertEqual(self.links(guard.Guard(sys.executable).cache_directory), {})

    def test_an_unknown_question_is_an_error(self):
        made = guard.Guard(sys.executable)
        self.run_python(made.path, "-I", "-c", "print()")
        self.assertIn("use uv 0.13", self.fails(made.sources))

    def test_the_directories_for_programs_are_empty(self):
        env = guard.Guard(sys.executable).environment()
        self.assertEqual(list(pathlib.Path(env["PATH"]).iterdir()), [])


if __name__ == "__main__":
    unittest.main()
