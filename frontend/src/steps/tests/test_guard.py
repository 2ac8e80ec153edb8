import os
import pathlib
import subprocess
import sys
import unittest

import support  # first: it finds the scripts
import guard

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
        self.write("cache/python/get_interpreter_info.py", PACKAGE)
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
        done = self.run_python(python, "-I", "-B", "-c", question.format(self.root / "cache"))
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

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
        question = QUESTIONS[0].format(self.root / "cache")
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

    def test_an_unknown_question_is_an_error(self):
        made = guard.Guard(sys.executable)
        self.run_python(made.path, "-I", "-c", "print()")
        self.assertIn("use uv 0.13", self.fails(made.sources))

    def test_the_directories_for_programs_are_empty(self):
        env = guard.Guard(sys.executable).environment()
        self.assertEqual(list(pathlib.Path(env["PATH"]).iterdir()), [])


if __name__ == "__main__":
    unittest.main()
