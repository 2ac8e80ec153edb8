"""Resolves all layers of a variant together and cuts the result into slices.

The slice of a layer is what its requirements, with those of the layers below,
bring that the layers below do not bring alone. Reads /lamina/in/resolve.json,
writes the slices to /out/resolution.json.

Where there is no resolution, the step fails, so that this is not cached: what
indexes have, and what credentials are passed, changes. If uv or an index is the
reason, its exit code is NONE. Asked again with `"verdict"`, a key that is good
for one session, it says why and succeeds.
"""

import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

import lamina_step as step
import refusals

WORK = pathlib.Path("/tmp/lamina-resolve")
OUT = pathlib.Path("/out/resolution.json")
VERSION = re.compile(r"[a-z0-9-]+==\S+$")
NAME = re.compile(r"[A-Za-z0-9._-]*")
UNKNOWN = re.compile(r"(\S+) was not found in ")
NONE = 3


def compile_command(request, inputs, constraints, tag):
    command = [step.uv(), "pip", "compile", "--quiet", "--no-header"]
    command += ["--no-annotate", "--emit-index-annotation"]
    command += ["--python", step.interpreter(request["python"]), "--output-file", str(WORK / f"{tag}.txt")]
    if request["cross"]:
        command += ["--python-platform", step.python_platform(request["machine"])]
        command += ["--python-version", request["python"]]
    if request["local"]:
        # The cache knows projects by their path, which says nothing here.
        command.append("--refresh")
    for path in constraints:
        command += ["--constraint", str(path)]
    return command + request["arguments"] + [str(path) for path in inputs]


def pins(tag):
    """The pinned requirements of an output, in its order (by name), each with
    the index that it comes from, where it comes from one."""
    found = []
    for line in (WORK / f"{tag}.txt").read_text().replace("\\\n", " ").splitlines():
        words = line.split()
        if words[:2] == ["#", "from"] and found:
            found[-1]["index"] = words[2]
        elif words and not words[0].startswith(("#", "-")):
            found.append({"pin": " ".join(words), "index": None})
    return found


def name(entry):
    """The name of a pinned requirement: it is already normalised."""
    pin = entry["pin"]
    for stop in ("==", " @ ", "[", ";", " "):
        pin = pin.split(stop, 1)[0]
    return pin


def indexes(request):
    """The indexes that are asked for credentials' sake."""
    urls = refusals.given(request["arguments"], "--default-index", "--index")
    anonymous = {url.rstrip("/") for url in request["anonymous"]}
    return [url for url in urls if url.rstrip("/") not in anonymous]


def asked_elsewhere(request, everything):
    """What is refused of the packages that came from another index."""
    if "--index" not in request["arguments"]:
        return []  # There is no other.
    versions = [entry for entry in everything if VERSION.match(entry["pin"])]
    questions = {
        url: [name(entry) for entry in versions if place(entry) != url.rstrip("/")]
        for url in indexes(request)
    }
    used = {place(entry) for entry in everything}
    return [
        refusal
        for refusal in refusals.refusals(questions, request["arguments"])
        if refusals.is_certain(refusal) or refusal["index"].rstrip("/") not in used
    ]


def place(entry):
    """The index that a package comes from, as it is compared."""
    return (entry["index"] or "").rstrip("/")


def asked_in_vain(request, said):
    """What is refused of the packages that are required and did not resolve."""
    lines = [line for layer in request["layers"] for line in layer["requirements"]]
    names = {NAME.match(line)[0] for line in lines if " @ " not in line}
    names = {re.sub(r"[-_.]+", "-", found).lower() for found in [*names, *UNKNOWN.findall(said)]}
    questions = {url: names - {""} for url in indexes(request)}
    return refusals.refusals(questions, request["arguments"])


def no_resolution(request, said, refused):
    """Ends the step without slices: with the reason, where that was asked for."""
    for refusal in refused:
        print(f"{refusal['index']} refuses: {refusal['status']}", file=sys.stderr)
    if not request["verdict"]:
        sys.exit(NONE)
    OUT.write_text(json.dumps({"said": said, "refused": refused}, sort_keys=True) + "\n")
    sys.exit()


def main():
    request = json.loads(pathlib.Path("/lamina/in/resolve.json").read_text())
    WORK.mkdir(parents=True, exist_ok=True)
    inputs = []
    for index, layer in enumerate(request["layers"]):
        path = WORK / f"layer-{index}.in"
        path.write_text("".join(f"{line}\n" for line in layer["requirements"]))
        inputs.append(path)
    given = WORK / "constraints.in"
    given.write_text("".join(f"{line}\n" for line in request["constraints"]))

    command = compile_command(request, inputs, [given], "all")
    result = step.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    sys.stderr.write(result.stderr)
    if result.returncode != 0:
        said = result.stderr.strip()
        conflict = "No solution found" in said
        no_resolution(request, said, asked_in_vain(request, said) if conflict else [])

    everything = pins("all")
    # A requirement by URL or path is its own pin, and no constraint.
    fixed = WORK / "fixed.in"
    versions = [entry["pin"] for entry in everything if VERSION.match(entry["pin"])]
    # But a lower layer may need by its name what an upper one has by URL or path.
    given_lines = [line for layer in request["layers"] for line in layer["requirements"]]
    places = [re.sub(r"\[[^]]*\] @ ", " @ ", line) for line in given_lines if " @ " in line]
    fixed.write_text("".join(f"{pin}\n" for pin in [*versions, *places]))

    def lower(count):
        if count == 0 or not any(layer["requirements"] for layer in request["layers"][:count]):
            return set()
        if count == len(inputs):
            return {name(entry) for entry in everything}
        tag = f"lower-{count}"
        command = compile_command(request, inputs[:count], [given, fixed], tag)
        if "--prerelease" not in command:
            command += ["--prerelease", "allow"]
        done = step.run(command, stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            step.fail("the lower layers do not resolve with the versions of the whole")
        return {name(entry) for entry in pins(tag)}

    with concurrent.futures.ThreadPoolExecutor() as pool:
        asking = pool.submit(asked_elsewhere, request, everything)
        reached = list(pool.map(lower, range(len(inputs) + 1)))
    refused = asking.result()
    if any(refusals.is_certain(refusal) for refusal in refused):
        no_resolution(request, None, refused)
    known = {name(entry) for entry in everything}
    slices = []
    for index in range(len(inputs)):
        below = set().union(*reached[: index + 1])
        stray = reached[index + 1] - known
        if stray:
            step.fail(f"not part of the whole resolution: {', '.join(sorted(stray))}")
        added = reached[index + 1] - below
        slices.append([entry for entry in everything if name(entry) in added])
    OUT.write_text(json.dumps({"slices": slices, "refused": refused}, indent=1, sort_keys=True) + "\n")


main()
