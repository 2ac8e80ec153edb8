import json
import threading
import unittest
import unittest.mock
import zipfile

import support  # first: it finds the scripts
import explicit
import guard
import indexes
import resolve

PYPI = "https://pypi.org/simple"
OTHER = "https://other.example/simple"

FAKE_INFO = "import json, sys\ndef main(): print(json.dumps([sys.executable, sys._base_executable, sys.prefix]))\n"

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
        self.patch(resolve, "BUILT", self.root / "built")
        self.patch(indexes, "Answers", self.asked)
        self.write("universe.json", json.dumps(UNIVERSE))
        self.questions, self.answers, self.others = [], [], []

    def asked(self, questions, arguments):
        self.questions.append({url: sorted(names) for url, names in questions.items()})
        return unittest.mock.Mock(denied=lambda: self.answers, other_versions=lambda: self.others)

    def resolve(self, *layers, **changes):
        request = {
            "anonymous": [],
            "arguments": [],
            "built": [],
            "constraints": [],
            "cross": False,
            "explain": None,
            "indexes": [],
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

    def test_what_a_pinned_package_needs_is_pinned_too(self):
        private = {"url": "https://private.example/simple", "packages": ["corp-*"]}
        hidden = {"version": "2", "index": private["url"], "only_there": True}
        app = {"version": "1", "index": private["url"], "needs": ["corp-lib"]}
        lib = {"version": "2", "index": private["url"], "needs": ["corp-base", "six"]}
        for public in ({}, {"public": {"version": "2", "source": True}}):
            base = {**hidden, **public}
            self.write("universe.json", json.dumps({**UNIVERSE, "corp-app": app, "corp-lib": {**lib, **base}, "corp-base": base}))
            answer = self.resolve(["corp-app"], indexes=[private])
            origins = {package["pin"]: package["index"] for package in answer["packages"]}
            expected = {"corp-app==1": private["url"], "corp-base==2": private["url"], "corp-lib==2": private["url"], "six==1.16": None}
            self.assertEqual(origins, expected)
            self.assertEqual(self.log, "")

    def test_rounds_are_bounded(self):
        private = {"url": "https://private.example/simple", "packages": ["corp-*"]}
        failures = iter(range(100))
        said = "error: No solution found when resolving dependencies\n  Because corp-{} was not found in the package registry"
        self.patch(resolve.Resolver, "run", lambda *_: (1, said.format(next(failures))))
        self.assertIn("name fewer of them", self.status(["corp-x"], indexes=[private]))
        self.assertEqual(next(failures), explicit.MAX_ROUNDS)

    def test_a_failure_of_pinned_packages_is_answered(self):
        private = {"url": "https://private.example/simple", "packages": ["corp-*"]}
        self.assertEqual(self.status(["corp-ghost"], indexes=[private]), resolve.FAILED)
        self.assertIn("corp-ghost was not found", self.log)

    def test_a_layer_says_where_a_package_by_url_comes_from(self):
        """As the remedy says that packages by URL have to be in a layer."""
        foo, app = self.built("foo", "1", "Provides-Extra: x\n"), self.built("app", "1", "Requires-Dist: foo[y] @ git+https://h/foo\n")
        layers = [[self.line(app)], [self.line(foo, "[x]"), "six"]]
        universe = {**UNIVERSE, "app": {"version": "1", "clash": "foo"}}
        self.write("universe.json", json.dumps(universe))
        answer = self.resolve(*layers, built=[{**foo, "source": False}, {**app, "source": False}])
        self.assertEqual(len(answer["prefixes"]), 2)
        self.assertEqual(self.read("work/overrides.in"), self.line(foo, "[x,y]") + "\n")
        first, *others = self.commands()
        overrides = str(self.root / "work/overrides.in")
        self.assertNotIn("--overrides", first)
        for command in others:
            self.assertIn(("--overrides", overrides), list(zip(command, command[1:])))

    def line(self, built, extras=""):
        return f"{built['name']}{extras} @ file://{self.root}/built/{built['key']}/{built['wheel']}"

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
        # One of the whole, one for its lock, and one for each lower prefix.
        self.assertEqual(len(self.commands()), 4)
        self.assertIn('[[packages]]\nname = "app"\nversion = "1.0"\n', answer["lock"])

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
        answer = self.resolve([])
        self.assertEqual({**answer, "lock": ""}, {"packages": [], "prefixes": [[]], "lock": "", "denied": [], "ambiguous": []})

    def test_packages_come_from_the_index_that_is_named_for_them(self):
        private = {"url": "https://private.example/simple", "packages": ["num*", "gone", "x"]}
        answer = self.resolve(["torch"], ["x-y"], indexes=[private], **self.with_package("x-y"))
        origins = {package["pin"]: package["index"] for package in answer["packages"]}
        # numpy is a dependency, which is known once it was resolved.
        self.assertEqual(origins, {"numpy==1.26": private["url"], "torch==2.1": OTHER, "x-y==1": None})
        self.assertEqual(answer["prefixes"], [["numpy==1.26", "torch==2.1"], sorted(origins)])
        # A lower layer is not made to need what an upper one does.
        answer = self.resolve(["six"], ["numpy"], indexes=[private])
        self.assertEqual(answer["prefixes"], [["six==1.16"], ["numpy==1.26", "six==1.16"]])

    def with_package(self, name):
        self.write("universe.json", json.dumps({**UNIVERSE, name: {"version": "1"}}))
        return {}

    def test_packages_that_are_in_another_index_too(self):
        arguments = ["--index", OTHER]
        self.others = [{"index": OTHER, "private": True, "names": ["six"]}]
        answer = self.resolve(["six", "torch"], arguments=arguments)
        self.assertEqual(answer["ambiguous"], self.others)
        self.assertEqual(self.questions, [{OTHER: ["numpy", "six"]}])
        # Where the stub says it, nobody is asked.
        private = {"url": "https://private.example/simple", "packages": ["six", "n*"]}
        self.resolve(["six", "torch"], arguments=arguments, indexes=[private])
        self.assertEqual(self.questions[1:], [{OTHER: []}])

    def test_requirements_by_path_are_their_own_pins(self):
        answer = self.resolve(["/lamina/sources/0/project"], ["six"])
        self.assertEqual(answer["packages"][0], {"pin": "/lamina/sources/0/project", "index": None})
        self.assertEqual(answer["prefixes"][0], ["/lamina/sources/0/project"])

    def test_the_request_becomes_options(self):
        self.resolve(
            ["six"], cross=True, local=True, machine="aarch64", constraints=["six<2"], arguments=["--prerelease", "allow"]
        )
        [command, lock] = self.commands()
        self.assertIn("--offline", lock)
        self.assertNotIn("--refresh", lock)
        pairs = list(zip(command, command[1:]))
        self.assertIn(("--python-platform", "aarch64-manylinux_2_36"), pairs)
        self.assertIn(("--python-version", "3.99"), pairs)
        self.assertIn(("--python", str(self.root / "guard/python3.99")), pairs)
        self.assertIn(("--prerelease", "allow"), pairs)
        self.assertIn("--refresh", command)
        self.assertEqual(self.read("work/constraints.in"), "six<2\n")

    def test_markers_are_read_for_the_whole_version_of_the_target(self):
        self.resolve(["six"], cross=True, python_full_version="3.99.7")
        command = self.commands()[0]
        self.assertIn(("--python-version", "3.99.7"), list(zip(command, command[1:])))

    def test_the_native_target_has_no_platform(self):
        self.resolve(["six"])
        command = self.commands()[0]
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

    def test_source_distributions_are_the_answer(self):
        source = {"version": "0.6.2", "needs": ["six"], "source": True}
        self.write("universe.json", json.dumps({**UNIVERSE, "docopt": source}))
        self.assertIsNone(self.status(["torch", "docopt"]))
        answer = json.loads(self.read("answer.json"))
        file = {"url": "https://files.example/docopt-0.6.2.tar.gz", "sha256": "a" * 64, "size": 7}
        self.assertEqual(answer, {"build": [{"name": "docopt", "version": "0.6.2", **file}], "denied": []})
        self.assertFalse((self.root / "evil").exists())
        self.assertEqual(self.log, "")

    def test_all_versions_that_were_looked_at_are_asked_for(self):
        source = {"version": "2", "source": "unhashed", "prefetched": ["1", "2"]}
        self.write("universe.json", json.dumps({"b": source, "a": {"version": "1", "source": True}}))
        self.assertIsNone(self.status(["a", "b"]))
        found = json.loads(self.read("answer.json"))["build"]
        urls = ["https://files.example/b-1.tar.gz", "https://files.example/b-2.tar.gz"]
        self.assertEqual([file["url"] for file in found], urls)
        self.assertEqual([(file["name"], file["version"]) for file in found], [("b", "1"), ("b", "2")])
        self.assertEqual((found[-1]["sha256"], found[-1]["size"]), (None, None))

    def test_what_was_built_tells_what_it_needs(self):
        source = {"version": "0.6.2", "source": True, "index": PYPI}
        self.write("universe.json", json.dumps({**UNIVERSE, "docopt": source}))
        built = self.built("docopt", "0.6.2", "Requires-Dist: six\nProvides-Extra: x\nRequires-Python: >=3.*\n")
        answer = self.resolve(["torch"], ["docopt"], built=[built])
        self.assertEqual(answer["prefixes"][1], ["docopt==0.6.2", "numpy==1.26", "six==1.16", "torch==2.1"])
        self.assertIn("sdist = { url", answer["lock"])
        expected = '[[dependency-metadata]]\nname = "docopt"\nversion = "0.6.2"\nrequires-python = ">=3"\n'
        expected += 'requires-dist = ["six"]\nprovides-extra = ["x"]\n'
        self.assertEqual(self.read("work/uv.toml"), expected)

    def test_a_wheel_of_another_package_is_rejected(self):
        built = {**self.built("docopt", "0.6.2", ""), "name": "six"}
        self.assertIn("expected a wheel of six", self.status(["six"], built=[built]))

    def test_projects_that_were_built_need_no_configuration(self):
        built = {**self.built("docopt", "0.6.2", ""), "source": False}
        self.resolve(["docopt @ file:///x.whl", "six"], built=[built])
        self.assertEqual(self.read("work/uv.toml"), "")

    def built(self, name, version, fields):
        file = f"{name}-{version}-py3-none-any.whl"
        path = self.root / "built/k" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(str(path), "w") as archive:
            info = f"{name}-{version}.dist-info"
            archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{fields}")
            archive.writestr(f"{info}/WHEEL", "")
        return {"key": "k", "name": name, "version": version, "wheel": file, "source": True}

    def test_an_index_that_forbids_caching_is_asked_again(self):
        self.write("universe.json", json.dumps({**UNIVERSE, "six": {"version": "1.16", "online": True}}))
        answer = self.resolve(["torch"], ["six"])
        self.assertIn('"six"', answer["lock"])
        self.assertEqual([("--offline" in command) for command in self.commands()], [False, True, False, True])

    def test_a_lock_of_another_version_is_rejected(self):
        self.write("universe.json", json.dumps({"six": {"version": "1.16", "later": "1.17"}}))
        self.assertIn("six was 1.16, then 1.17", self.status(["six"]))
        self.assertFalse((self.root / "answer.json").exists())

    def test_another_version_of_uv_is_named(self):
        self.environ(UNKNOWN_QUESTION="1")
        self.assertIn("use uv 0.13", self.status(["six"]))

    def test_other_builds_cannot_change_what_uv_asks(self):
        """A build that shares the cache mount replaces every script in it."""
        shared, evil, stop = self.root / "shared-cache", self.root / "evil-ran", threading.Event()
        (shared / "simple-v27").mkdir(parents=True)

        def attack():
            while not stop.is_set():
                for script in shared.rglob("*.py"):
                    script.write_text(f"open({str(evil)!r}, 'w')\n" + FAKE_INFO)

        self.environ(WINDOW="0.3")
        attacker = threading.Thread(target=attack)
        attacker.start()
        try:
            self.resolve(["six"])
        finally:
            stop.set()
            attacker.join()
        self.assertFalse(evil.exists())
        self.assertEqual(sorted(path.name for path in shared.iterdir()), ["simple-v27", "wheels-v7"])

    def test_wheels_of_directories_are_not_shared(self):
        for arguments, expected in (
            (["--default-index", PYPI, "--find-links", "https://h/page.html"], False),
            (["--find-links", "/lamina/links/0"], True),
            (["--index", "file:///srv"], True),
        ):
            self.assertEqual(resolve.has_local_indexes({"arguments": arguments}), expected)

    def test_what_packages_require_by_url_is_named(self):
        for said in (
            "Failed to build `y @ https://h/y-1.tar.gz`\n  [stderr]\n  " + guard.MESSAGE,
            "Failed to download and build `y @ git+https://h/y`\n  cause: Git executable not found.",
        ):
            self.patch(resolve.Resolver, "run", lambda *_, said=said: (1, said))
            self.assertIn("a package requires `y @ ", self.status(["x"]))

    def test_uv_finds_no_programs_and_no_configuration(self):
        self.environ(UV_NO_CONFIG="1")
        environments = []
        run = resolve.subprocess.run

        def spy(command, **options):
            environments.append(options["env"])
            return run(command, **options)

        self.patch(resolve.subprocess, "run", spy)
        self.resolve(["six"])
        self.assertEqual(len(environments), 2)
        for env in environments:
            self.assertNotIn("UV_NO_CONFIG", env)
            self.assertEqual(list(resolve.pathlib.Path(env["PATH"]).iterdir()), [])
        for command in self.commands():
            self.assertIn("--no-build-isolation", command)
            self.assertIn("--config-file", command)

    def test_pins_are_read_with_their_indexes(self):
        text = "# comment\na==1 \\\n    --hash=x\n    # from https://one\n--option\nb @ file:///x\n"
        self.assertEqual(
            resolve.pins(text),
            [{"pin": "a==1 --hash=x", "index": "https://one"}, {"pin": "b @ file:///x", "index": None}],
        )


if __name__ == "__main__":
    unittest.main()
