import json
import unittest

import support  # first: it finds the scripts
import indexes
import resolve

PYPI = "https://pypi.org/simple"
OTHER = "https://other.example/simple"

UNIVERSE = {
    "torch": {"version": "2.1", "needs": ["numpy"], "index": OTHER},
    "numpy": {"version": "1.26", "index": PYPI},
    "scipy": {"version": "1.11", "needs": ["numpy"], "index": PYPI},
    "app": {"version": "1.0", "needs": ["scipy", "six"], "index": PYPI},
    "six": {"version": "1.16"},
}


class Resolve(support.UvTestCase):
    def setUp(self):
        super().setUp()
        self.patch(resolve, "WORK", self.root / "work")
        self.patch(resolve, "ANSWER", self.root / "answer.json")
        self.patch(indexes, "denied", self.denied)
        self.write("universe.json", json.dumps(UNIVERSE))
        self.questions, self.answers = [], []

    def denied(self, questions, arguments):
        self.questions.append({url: sorted(names) for url, names in questions.items()})
        return self.answers

    def resolve(self, *layers, **changes):
        request = {
            "anonymous": [],
            "arguments": [],
            "constraints": [],
            "cross": False,
            "explain": None,
            "layers": [{"requirements": list(lines)} for lines in layers],
            "local": False,
            "machine": "x86_64",
            "python": "3.99",
            "python_full_version": None,
            **changes,
        }
        self.write("resolve.json", json.dumps(request))
        with support.quiet() as log:
            try:
                resolve.main()
            finally:
                self.log = log.getvalue()
        return json.loads(self.read("answer.json"))

    def status(self, *layers, **changes):
        with self.assertRaises(SystemExit) as stopped:
            self.resolve(*layers, **changes)
        return stopped.exception.code

    def test_prefixes_are_what_lower_layers_need(self):
        answer = self.resolve(["torch"], ["scipy"], ["app"])
        self.assertEqual(answer["packages"][0], {"pin": "app==1.0", "index": PYPI})
        self.assertEqual(answer["packages"][3], {"pin": "six==1.16", "index": None})
        self.assertEqual(
            answer["prefixes"],
            [
                ["numpy==1.26", "torch==2.1"],
                ["numpy==1.26", "scipy==1.11", "torch==2.1"],
                ["app==1.0", "numpy==1.26", "scipy==1.11", "six==1.16", "torch==2.1"],
            ],
        )
        self.assertEqual(answer["denied"], [])
        self.assertEqual(len(self.commands()), 3)

    def test_lower_layers_have_the_versions_of_the_whole(self):
        self.resolve(["six"], ["torch", "pkg[x] @ file:///src"])
        command = self.commands()[-1]
        fixed = self.root / "work/fixed.in"
        self.assertIn(str(fixed), command)
        self.assertEqual(fixed.read_text(), "numpy==1.26\nsix==1.16\ntorch==2.1\npkg @ file:///src\n")
        self.assertIn("--prerelease", command)

    def test_empty_layers_need_nothing(self):
        answer = self.resolve([], ["six"], [])
        self.assertEqual(answer["prefixes"], [[], ["six==1.16"], ["six==1.16"]])
        self.assertEqual(self.resolve([]), {"packages": [], "prefixes": [[]], "denied": []})

    def test_requirements_by_path_are_their_own_pins(self):
        answer = self.resolve(["/lamina/sources/0/project"], ["six"])
        self.assertEqual(answer["packages"][0], {"pin": "/lamina/sources/0/project", "index": None})
        self.assertEqual(answer["prefixes"][0], ["/lamina/sources/0/project"])

    def test_the_request_becomes_options(self):
        self.resolve(
            ["six"], cross=True, local=True, machine="aarch64", constraints=["six<2"], arguments=["--prerelease", "allow"]
        )
        [command] = self.commands()
        pairs = list(zip(command, command[1:]))
        self.assertIn(("--python-platform", "aarch64-manylinux_2_36"), pairs)
        self.assertIn(("--python-version", "3.99"), pairs)
        self.assertIn(("--python", str(self.python)), pairs)
        self.assertIn(("--prerelease", "allow"), pairs)
        self.assertIn("--refresh", command)
        self.assertEqual(self.read("work/constraints.in"), "six<2\n")

    def test_markers_are_read_for_the_whole_version_of_the_target(self):
        self.resolve(["six"], cross=True, python_full_version="3.99.7")
        [command] = self.commands()
        self.assertIn(("--python-version", "3.99.7"), list(zip(command, command[1:])))

    def test_the_native_target_has_no_platform(self):
        self.resolve(["six"])
        [command] = self.commands()
        for option in ("--python-platform", "--python-version", "--refresh", "--prerelease"):
            self.assertNotIn(option, command)

    def test_a_failed_resolution_fails_the_step(self):
        self.assertEqual(self.status(["ghost"]), resolve.FAILED)
        self.assertFalse((self.root / "answer.json").exists())
        self.assertIn("ghost was not found", self.log)

    def test_a_failed_resolution_is_explained(self):
        self.answers = [{"index": PYPI, "status": 403, "names": ["ghost"]}]
        arguments = ["--default-index", PYPI, "--index", OTHER]
        lines = ["ghost>=1", "Foo._Bar[x]==2 ; python_version > '3'", "y @ https://h/y.zip", "/lamina/sources/0/p"]
        self.assertIsNone(self.status(lines, arguments=arguments, anonymous=[f"{OTHER}/"], explain="session"))
        answer = json.loads(self.read("answer.json"))
        self.assertEqual(answer["denied"], self.answers)
        self.assertEqual(answer["failure"]["kind"], "unsatisfiable")
        [question] = self.questions
        self.assertEqual(list(question), [PYPI])
        self.assertIn("foo-bar", question[PYPI])
        self.assertIn("ghost", question[PYPI])
        self.assertNotIn("y", question[PYPI])

    def test_missing_dependencies_are_asked_for(self):
        self.write("universe.json", json.dumps({"a": {"version": "1", "needs": ["deep"]}}))
        self.status(["a"], arguments=["--index", OTHER])
        self.assertEqual(self.questions, [{OTHER: ["a", "deep"]}])

    def test_indexes_are_asked_about_what_came_from_elsewhere(self):
        self.resolve(["torch", "six"], arguments=["--default-index", PYPI, "--index", f"{OTHER}/"])
        self.assertEqual(self.questions, [{PYPI: ["six", "torch"], f"{OTHER}/": ["numpy", "six"]}])

    def test_a_single_index_is_not_asked(self):
        self.resolve(["torch"], arguments=["--default-index", PYPI])
        self.assertEqual(self.questions, [])

    def test_an_index_that_wants_credentials_fails_the_resolution(self):
        self.answers = [{"index": OTHER, "status": 401, "names": ["six"]}]
        arguments = ["--default-index", PYPI, "--index", OTHER]
        self.assertEqual(self.status(["six"], arguments=arguments), resolve.FAILED)
        self.assertIsNone(self.status(["six"], arguments=arguments, explain="session"))
        answer = json.loads(self.read("answer.json"))
        self.assertEqual(answer, {"failure": None, "denied": self.answers})

    def test_forbidden_matters_where_nothing_came_from_the_index(self):
        self.answers = [{"index": f"{OTHER}/", "status": 403, "names": ["six"]}]
        arguments = ["--index", f"{OTHER}/"]
        self.assertEqual(self.resolve(["six"], arguments=arguments)["denied"], self.answers)
        self.assertEqual(self.resolve(["torch"], arguments=arguments)["denied"], [])

    def test_pins_are_read_with_their_indexes(self):
        text = "# comment\na==1 \\\n    --hash=x\n    # from https://one\n--option\nb @ file:///x\n"
        self.assertEqual(
            resolve.pins(text),
            [{"pin": "a==1 --hash=x", "index": "https://one"}, {"pin": "b @ file:///x", "index": None}],
        )


if __name__ == "__main__":
    unittest.main()
