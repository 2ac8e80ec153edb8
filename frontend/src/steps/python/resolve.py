"""Resolves all layers of a variant together.

Reads /lamina/in/resolve.json; writes to /out/resolution.json the packages of
the whole, and which of them each prefix of the layers needs: what the bottom
layer alone, the two lowest layers, and so on, reach with the versions of the
whole. lamina cuts that into a slice for each layer.

A failed resolution fails the step, so that it is not cached: what indexes have,
and which credentials are passed, changes. If uv or an index is the reason, the
exit status is FAILED. Asked again with `explain`, a key that is good for one
session, the step succeeds and answers the reason.
"""

import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

import indexes
import lamina_step as step
import uv_errors

WORK = pathlib.Path("/tmp/lamina-resolve")
ANSWER = pathlib.Path("/out/resolution.json")
VERSION = re.compile(r"([a-z0-9-]+)==\S+$")
REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^]]*\]\s*)?(?:[=<>!~;(]|$)")
FAILED = 3


def compile_command(request, inputs, constraints, tag):
    command = [step.uv(), "pip", "compile", "--quiet", "--no-header"]
    command += ["--no-annotate", "--emit-index-annotation"]
    command += ["--python", step.interpreter(request["python"])]
    command += ["--output-file", str(output_file(tag))]
    if request["cross"]:
        command += ["--python-platform", step.python_platform(request["machine"])]
        # Without a patch version uv takes `.0`, and a native resolution differs.
        command += ["--python-version", request["python_full_version"] or request["python"]]
    if request["local"]:
        # The cache knows projects by their path, which is the same for all.
        command.append("--refresh")
    for path in constraints:
        command += ["--constraint", str(path)]
    return command + request["arguments"] + [str(path) for path in inputs]


def output_file(tag):
    return WORK / f"{tag}.txt"


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


def normalized(name):
    """The normal form of a package's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_indexes(request):
    """The indexes whose answers matter: not those that are anonymous."""
    urls = indexes.option_values(request["arguments"], "--default-index", "--index")
    anonymous = {url.rstrip("/") for url in request["anonymous"]}
    return [url for url in urls if url.rstrip("/") not in anonymous]


def denied_elsewhere(request, packages):
    """The indexes that deny access to packages that came from another index."""
    if "--index" not in request["arguments"]:
        return []  # There is no other.

    def index_of(package):
        return (package["index"] or "").rstrip("/")

    versions = [(package, VERSION.match(package["pin"])) for package in packages]
    questions = {
        url: [match[1] for package, match in versions if match and index_of(package) != url.rstrip("/")]
        for url in asked_indexes(request)
    }
    used = {index_of(package) for package in packages}
    return [
        answer
        for answer in indexes.denied(questions, request["arguments"])
        if indexes.is_unauthorized(answer) or answer["index"].rstrip("/") not in used
    ]


def denied_required(request, missing):
    """The indexes that deny access to what is required and did not resolve."""
    lines = [line for layer in request["layers"] for line in layer["requirements"]]
    matches = [REQUIREMENT.match(line) for line in lines]
    names = {normalized(name) for name in [match[1] for match in matches if match] + missing}
    questions = {url: names for url in asked_indexes(request)}
    return indexes.denied(questions, request["arguments"])


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

    def whole(self):
        """The packages of all layers; ends the step if there is no solution."""
        command = compile_command(self.request, self.inputs, [self.constraints], "all")
        result = step.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        message = result.stderr.decode("utf-8", "replace")
        sys.stderr.write(message)
        if result.returncode == 0:
            return read_pins("all")
        failure = uv_errors.parse(message)
        # Also what no index has may be what one of them does not show to all.
        unsatisfiable = failure["kind"] == "unsatisfiable"
        denied = denied_required(self.request, failure["missing"]) if unsatisfiable else []
        return fail_resolution(self.request, failure, denied)

    def prefix(self, count, packages, fixed):
        """The packages that the lowest layers need with the versions of all."""
        layers = self.request["layers"]
        if not any(layer["requirements"] for layer in layers[:count]):
            return []
        if count == len(layers):
            return [package["pin"] for package in packages]
        tag = f"prefix-{count}"
        command = compile_command(self.request, self.inputs[:count], [self.constraints, fixed], tag)
        if "--prerelease" not in command:
            command += ["--prerelease", "allow"]
        if step.run(command, stdout=subprocess.DEVNULL).returncode != 0:
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
    fixed = resolver.fixed(packages)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        asking = pool.submit(denied_elsewhere, request, packages)
        counts = range(1, len(request["layers"]) + 1)
        prefixes = list(pool.map(lambda count: resolver.prefix(count, packages, fixed), counts))
        denied = asking.result()
    if any(indexes.is_unauthorized(answer) for answer in denied):
        fail_resolution(request, None, denied)
    write_answer({"packages": packages, "prefixes": prefixes, "denied": denied})


if __name__ == "__main__":
    main()
