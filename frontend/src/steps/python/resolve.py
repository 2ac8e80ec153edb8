"""Resolves all layers of a variant together.

Reads /lamina/in/resolve.json; writes to /out/resolution.json the packages of
the whole, and which of them each prefix of the layers needs: what the bottom
layer alone, the two lowest layers, and so on, reach with the versions of the
whole. lamina cuts that into a slice for each layer. With them is the lock
(PEP 751), which says of each package which files there are.

No code of a package runs here: uv's interpreter is a guard. If uv wants to
build source distributions to know what they need, the answer is which; lamina
builds them in steps of their own, and asks again with their metadata.

A failed resolution fails the step, so that it is not cached: what indexes have,
and which credentials are passed, changes. If uv or an index is the reason, the
exit status is FAILED. Asked again with `explain`, a key that is good for one
session, the step succeeds and answers the reason.
"""

import concurrent.futures
import itertools
import json
import pathlib
import re
import subprocess
import sys

import explicit
import guard
import indexes
import lamina_step as step
import locks
import requirements
import uv_errors
import wheels
from wheels import normalized

WORK = pathlib.Path("/tmp/lamina-resolve")
ANSWER = pathlib.Path("/out/resolution.json")
BUILT = pathlib.Path("/lamina/built")
VERSION = re.compile(r"([a-z0-9-]+)==\S+$")
# A requirement by URL of a package, which uv fetches to know what it needs.
DIRECT = re.compile(r"Failed to (?:download and build|download|build) `([A-Za-z0-9][\w.-]*(?:\[[^]]*\])? @ [^`]+)`")
# Two of them, of one package.
CONFLICT = re.compile(r"Requirements contain conflicting URLs for package `([A-Za-z0-9][\w.-]*)")
NO_GIT = "Git executable not found"
FAILED = 3


def compile_command(request, inputs, constraints, overrides=None):
    """What all runs of uv have in common."""
    command = [step.uv(), "pip", "compile", "--quiet", "--no-header"]
    if request["cross"]:
        command += ["--python-platform", step.python_platform(request["machine"])]
        # Without a patch version uv takes `.0`, and a native resolution differs.
        command += ["--python-version", request["python_full_version"] or request["python"]]
    for path in constraints:
        command += ["--constraint", str(path)]
    if overrides:
        command += ["--overrides", str(overrides)]
    return command + request["arguments"] + [str(path) for path in inputs]


def as_pins(command, tag):
    return command + ["--no-annotate", "--emit-index-annotation", "--output-file", str(output_file(tag))]


def as_lock(command, tag):
    return command + ["--format", "pylock.toml", "--output-file", str(lock_file(tag))]


def output_file(tag):
    return WORK / f"{tag}.txt"


def lock_file(tag):
    # uv takes names of locks alone.
    return WORK / f"pylock.{tag}.toml"


def pins(text):
    """The pinned requirements of an output, in its order (by name), each with
    the index that it comes from, where it comes from one."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        words = line.split()
        if words[:2] == ["#", "from"] and found:
            found[-1]["index"] = words[2]
        elif words and not words[0].startswith(("#", "-")):
            found.append({"pin": " ".join(words), "index": None})
    return found


def read_pins(tag):
    return pins(output_file(tag).read_text(encoding="utf-8"))


def asked_indexes(request):
    """The indexes whose answers matter: not those that are anonymous."""
    urls = indexes.option_values(request["arguments"], "--default-index", "--index")
    anonymous = {url.rstrip("/") for url in request["anonymous"]}
    return [url for url in urls if url.rstrip("/") not in anonymous]


def has_local_indexes(request):
    """Whether packages come from directories, too."""
    urls = indexes.option_values(request["arguments"], "--default-index", "--index", "--find-links")
    return not all(re.match("https?://", url, re.IGNORECASE) for url in urls)


def found_elsewhere(request, packages):
    """What other indexes than those that packages come from say of them: those
    that deny access, and those that have other versions than the one that was
    chosen."""
    if "--index" not in request["arguments"]:
        return [], []  # There is no other.

    def index_of(package):
        return (package["index"] or "").rstrip("/")

    settled = explicit.Explicit(request)
    versions = [(package, VERSION.match(package["pin"])) for package in packages]
    versions = [(package, match) for package, match in versions if match and not settled.url(match[1])]
    questions = {
        url: {
            match[1]: package["pin"].rpartition("==")[2]
            for package, match in versions
            if index_of(package) != url.rstrip("/")
        }
        for url in asked_indexes(request)
    }
    used = {index_of(package) for package in packages}
    answers = indexes.Answers(questions, request["arguments"])
    answers.require()
    denied = [
        answer
        for answer in answers.denied()
        if indexes.is_unauthorized(answer) or answer["index"].rstrip("/") not in used
    ]
    # What has all other packages, as PyPI has, is asked only if it denies access.
    [*_, default] = ["", *indexes.option_values(request["arguments"], "--default-index")]
    return denied, [answer for answer in answers.other_versions() if answer["index"] != default]


def denied_required(request, missing):
    """The indexes that deny access to what is required and did not resolve."""
    names = {*requirements.names(request), *map(normalized, missing)}
    questions = {url: dict.fromkeys(names) for url in asked_indexes(request)}
    return indexes.Answers(questions, request["arguments"]).denied()


def fail_resolution(request, failure, denied):
    """Ends the step without a resolution: with the reason, where it was asked."""
    for answer in denied:
        print(f"{answer['index']} answered {answer['status']}", file=sys.stderr)
    if not request["explain"]:
        sys.exit(FAILED)
    write_answer({"failure": failure, "denied": denied})
    sys.exit()


def write_answer(answer):
    ANSWER.write_text(json.dumps(answer, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_built(built):
    """What uv is told of a source distribution that was built."""
    wheel = wheels.Wheel(BUILT / built["key"] / built["wheel"])
    if wheel.name != normalized(built["name"]):
        wheel.invalid(f"expected a wheel of {built['name']}")
    return {
        "name": built["name"],
        "version": built["version"],
        "requires-dist": wheel.values("Requires-Dist"),
        "requires-python": (wheel.values("Requires-Python") or [None])[0],
        "provides-extra": wheel.values("Provides-Extra"),
    }


def required_by(built):
    """What a wheel that was built requires."""
    return wheels.Wheel(BUILT / built["key"] / built["wheel"]).values("Requires-Dist")


def write_lines(name, lines):
    path = WORK / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


class Resolver:
    """The runs of uv for one request."""

    def __init__(self, request):
        self.request = request
        WORK.mkdir(parents=True, exist_ok=True)
        layers = request["layers"]
        self.inputs = [
            write_lines(f"layer-{index}.in", layer["requirements"]) for index, layer in enumerate(layers)
        ]
        self.constraints = write_lines("constraints.in", request["constraints"])
        self.explicit = explicit.Explicit(request)
        self.explicit.add(requirements.names(request))
        self.guard = guard.Guard(step.interpreter(request["python"]), has_local_indexes(request))
        self.overridden, self.overrides = set(), None
        sources = [built for built in request.get("built", []) if built["source"]]
        self.config = write_lines("uv.toml", locks.dependency_metadata(map(read_built, sources)))

    def run(self, command, config=None):
        """Runs uv: its status, and what it said."""
        command = [*command, *self.guard.options(), "--config-file", str(config or self.config)]
        env = {**step.environment(), **self.guard.environment()}
        # With this uv would not read the file; and with it, it reads no other.
        env.pop("UV_NO_CONFIG", None)
        sys.stderr.flush()
        done = subprocess.run(command, env=env, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        return done.returncode, done.stderr.decode("utf-8", "replace")

    def run_again(self, command):
        """Runs uv on what the first run has put into its cache, where that is
        all it needs: an index that forbids caching is not asked once more."""
        if self.run([*command, "--offline"])[0] == 0:
            return True
        status, message = self.run(command)
        sys.stderr.write(message)
        return status == 0

    def whole(self):
        """The packages of all layers. Ends the step if there is no solution, or
        if it needs to know more of source distributions."""
        for _ in range(explicit.MAX_ROUNDS):
            packages = self.resolved()
            if packages is None:
                continue
            names = {locks.split_pin(package["pin"])[0] for package in packages} - {None}
            if not self.explicit.add(names):
                return packages
        return step.fail("the packages of `[[python.index]]` change with each resolution: name fewer of them")

    def resolved(self):
        """The packages of all layers, with those indexes that are known so far;
        None if more is known now."""
        command = as_pins(self.compile_command(self.all_inputs(), [self.constraints]), "all")
        if self.request["local"]:
            # The cache knows projects by their path, which is the same for all.
            command.append("--refresh")
        status, message = self.run(command)
        if status == 0:
            return read_pins("all")
        unbuilt = self.guard.sources()
        failure = uv_errors.parse(message)
        # What a pinned package needs comes from its index, too: without the pin
        # uv has not found it, or has found another package of that name.
        names = {name for name, _ in unbuilt}.union(map(normalized, failure["missing"] + failure["packages"]))
        if self.explicit.add(names) or self.override(message):
            return None
        return self.answer_failure(failure, unbuilt, message)

    def answer_failure(self, failure, unbuilt, message):
        """Ends the step: with what has to be built, or without a resolution."""
        if unbuilt:
            write_answer({"build": self.find_sources(unbuilt), "denied": []})
            sys.exit()
        sys.stderr.write(message)
        direct = DIRECT.search(message)
        if direct and (NO_GIT in message or guard.MESSAGE in message):
            step.fail(
                f"a package requires `{direct[1]}`, which has to be built and is not of an index: "
                "add that requirement to a layer"
            )
        # Also what no index has may be what one of them does not show to all.
        unsatisfiable = failure["kind"] == "unsatisfiable"
        denied = denied_required(self.request, failure["missing"]) if unsatisfiable else []
        return fail_resolution(self.request, failure, denied)

    def compile_command(self, inputs, constraints):
        return compile_command(self.request, inputs, constraints, self.overrides)

    def override(self, message):
        """Takes a package that uv was to fetch from a URL as a layer requires it:
        built, at its path. Whether it is news."""
        found = DIRECT.search(message) or CONFLICT.search(message)
        name = normalized(re.split(r"[\[ ]", found[1])[0]) if found else None
        lines = [line for line in requirements.lines(self.request) if requirements.built(line, BUILT)]
        if name is None or name in self.overridden or name not in map(requirements.direct_name, lines):
            return False
        self.overridden.add(name)
        chosen = {requirements.direct_name(line): line for line in reversed(lines)}
        chosen = {name: line for name, line in sorted(chosen.items()) if name in self.overridden}
        # For uv an override says all of a requirement, and so its extras.
        needed = [*lines, *itertools.chain.from_iterable(map(required_by, self.request["built"]))]
        self.overrides = write_lines(
            "overrides.in",
            [requirements.with_extras(line, requirements.extras(needed, name)) for name, line in chosen.items()],
        )
        return True

    def all_inputs(self):
        return [*self.inputs, *self.pinned("all")]

    def pinned(self, tag, names=None):
        """The input that says which packages come from which indexes."""
        if not self.explicit.indexes:
            return []
        directory = WORK / f"pinned-{tag}"
        directory.mkdir(exist_ok=True)
        return [write_lines(f"{directory.name}/pyproject.toml", self.explicit.project(names))]

    def find_sources(self, unbuilt):
        """The files of source distributions that have to be built."""
        found, todo = [], sorted(unbuilt)
        while todo:
            # uv may have looked at several versions, and resolves one at a time.
            batch = dict(reversed(todo))
            todo = [pair for pair in todo if pair not in batch.items()]
            lines = [f"{name}=={version}" for name, version in sorted(batch.items())]
            # What they need does not matter here, so uv is told that it is nothing.
            stubs = locks.dependency_metadata({"name": name, "version": batch[name]} for name in sorted(batch))
            tag = f"sources-{len(todo)}"
            self.explicit.add(batch)
            inputs = [write_lines(f"{tag}.in", lines), *self.pinned(tag, batch)]
            command = as_lock(compile_command(self.request, inputs, []) + ["--no-deps"], tag)
            status, message = self.run(command, write_lines(f"{tag}.toml", stubs))
            if status != 0:
                sys.stderr.write(message)
                step.fail(f"failed to find the source distributions of {', '.join(lines)}")
            packages = locks.packages(lock_file(tag).read_text(encoding="utf-8"))
            for name, version in sorted(batch.items()):
                source = packages.get(name, {}).get("sdist")
                if not source:
                    step.fail(f"failed to find the source distribution of {name}=={version}")
                found.append({"name": name, "version": version, **source})
        return sorted(found, key=lambda source: (source["name"], source["version"]))

    def lock(self, packages):
        """The lock of the whole: of what was resolved, and not of what an index
        has in the meantime."""
        command = as_lock(self.compile_command(self.all_inputs(), [self.constraints]), "all")
        if not self.run_again(command):
            step.fail("failed to lock the files of the packages that were resolved")
        text = lock_file("all").read_text(encoding="utf-8")
        locked = {name: package["version"] for name, package in locks.packages(text).items()}
        pinned = dict(map(locks.split_pin, (package["pin"] for package in packages)))
        by_path = pinned.pop(None, False) is None
        for name in sorted({*locked, *pinned}):
            expected, found = pinned.get(name, "absent"), locked.get(name, "absent")
            # What is required by URL has no version in its pin, by path no name.
            if expected not in (None, found) and not (by_path and expected == "absent"):
                step.fail(f"an index changed while it was asked: {name} was {expected}, then {found}: build again")
            if expected is None and found == "absent":
                step.fail(f"an index changed while it was asked: {name} is {found} from the lock: build again")
        return text

    def prefix(self, count, packages, fixed):
        """The packages that the lowest layers need with the versions of all."""
        layers = self.request["layers"]
        if not any(layer["requirements"] for layer in layers[:count]):
            return []
        if count == len(layers) and not self.explicit.names:
            return [package["pin"] for package in packages]
        tag = f"prefix-{count}"
        command = as_pins(self.compile_command(self.inputs[:count], [self.constraints, fixed]), tag)
        # Whatever index it is: the versions are known.
        command += self.explicit.arguments()
        if "--prerelease" not in command:
            command += ["--prerelease", "allow"]
        if not self.run_again(command):
            step.fail("failed to resolve the lower layers with the versions of the whole")
        return [package["pin"] for package in read_pins(tag)]

    def fixed(self, packages):
        """The constraints that pin lower layers to the whole resolution."""
        # A requirement by URL or path is its own pin, and no constraint.
        versions = [package["pin"] for package in packages if VERSION.match(package["pin"])]
        # But a lower layer may need by its name what an upper one has by URL.
        lines = [line for layer in self.request["layers"] for line in layer["requirements"]]
        direct = [re.sub(r"\[[^]]*\] @ ", " @ ", line) for line in lines if " @ " in line]
        return write_lines("fixed.in", [*versions, *direct])


def main():
    request = step.request("resolve.json")
    resolver = Resolver(request)
    packages = resolver.whole()
    lock = resolver.lock(packages)
    fixed = resolver.fixed(packages)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        asking = pool.submit(found_elsewhere, request, packages)
        counts = range(1, len(request["layers"]) + 1)
        prefixes = list(pool.map(lambda count: resolver.prefix(count, packages, fixed), counts))
        denied, ambiguous = asking.result()
    if any(indexes.is_unauthorized(answer) for answer in denied):
        fail_resolution(request, None, denied)
    if resolver.explicit.names:
        # Nothing is needed because it was pinned to an index.
        needed = set(prefixes[-1])
        packages = [package for package in packages if package["pin"] in needed]
    answer = {"packages": packages, "prefixes": prefixes, "lock": lock, "denied": denied, "ambiguous": ambiguous}
    write_answer(answer)


if __name__ == "__main__":
    main()
