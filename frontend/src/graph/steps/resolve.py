"""Resolves all layers of a variant together and cuts the result into slices.

The slice of a layer is what its requirements, with those of the layers below,
bring that the layers below do not bring alone. Reads /lamina/in/resolve.json,
writes /out/resolution.json: either the slices, or what the resolver says
against the requirements. Anything else that goes wrong (no network, say)
fails the step, so that it is not cached.
"""

import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

import lamina_step as step

WORK = pathlib.Path("/tmp/lamina-resolve")
VERSION = re.compile(r"[a-z0-9-]+==\S+$")


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


def refusals(command):
    """What uv says about indexes that want credentials. Searching several of
    them for the best match, it passes over those in silence."""
    if "unsafe-best-match" not in command:
        return []
    again = ["first-index" if word == "unsafe-best-match" else word for word in command]
    done = step.run(again, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return [line for line in done.stderr.splitlines() if line.startswith("hint:") and "(40" in line]


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
    out = pathlib.Path("/out/resolution.json")
    if result.returncode != 0:
        if "No solution found" not in result.stderr:
            step.fail(f"uv pip compile ended with status {result.returncode}")
        verdict = "\n".join([result.stderr.strip(), *refusals(command)])
        out.write_text(json.dumps({"conflict": verdict}, sort_keys=True) + "\n")
        return

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
        reached = list(pool.map(lower, range(len(inputs) + 1)))
    known = {name(entry) for entry in everything}
    slices = []
    for index in range(len(inputs)):
        below = set().union(*reached[: index + 1])
        stray = reached[index + 1] - known
        if stray:
            step.fail(f"not part of the whole resolution: {', '.join(sorted(stray))}")
        added = reached[index + 1] - below
        slices.append([entry for entry in everything if name(entry) in added])
    out.write_text(json.dumps({"slices": slices}, indent=1, sort_keys=True) + "\n")


main()
