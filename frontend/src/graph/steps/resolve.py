"""Resolves all layers of a variant together and cuts the result into slices.

The slice of a layer is what its requirements, with those of the layers below,
bring that the layers below do not bring alone. Reads /lamina/in/resolve.json,
writes the slices to /out/resolution.json.

Where there is no resolution, the step fails, so that this is not cached: what
indexes have, and what credentials are passed, changes. If it is because of the
requirements or of an index that refuses, its exit code is NONE. Asked again
with `"verdict"`, a key that is good for one session, it says why and succeeds.
"""

import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

import lamina_step as step

WORK = pathlib.Path("/tmp/lamina-resolve")
OUT = pathlib.Path("/out/resolution.json")
VERSION = re.compile(r"[a-z0-9-]+==\S+$")
NAME = re.compile(r"[A-Za-z0-9._-]*")
REFUSED = re.compile(r"^hint: .*\b(401 Unauthorized|403 Forbidden)", re.MULTILINE)
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


def refusals(request, name):
    """The indexes that refuse to be asked about a package, with their answers.

    uv, which searches them all for the best version, passes over them in
    silence, and takes what another index has under the same name: for a private
    package without its credentials, whatever the public put there. So each
    index is asked alone.
    """
    urls, rest = [], []
    words = iter(request["arguments"])
    for word in words:
        if word in ("--default-index", "--index"):
            urls.append(next(words))
        elif word in ("--index-strategy", "--find-links"):
            next(words)
        else:
            rest.append(word)
    asked = WORK / "asked.in"
    asked.write_text(f"{name}\n")

    def ask(number, url):
        alone = {**request, "arguments": [*rest, "--no-deps", "--default-index", url]}
        command = compile_command(alone, [asked], [], f"index-{number}")
        done = step.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        answer = REFUSED.search(done.stderr)
        return {"index": url, "status": answer[1]} if answer else None

    with concurrent.futures.ThreadPoolExecutor() as pool:
        return [answer for answer in pool.map(ask, range(len(urls)), urls) if answer]


def doubtful(request, everything):
    """The indexes that refuse although the others have everything."""
    names = [name(entry) for entry in everything if VERSION.match(entry["pin"])]
    if not names or "--index" not in request["arguments"]:
        return []
    used = {(entry["index"] or "").rstrip("/") for entry in everything}
    return [answer for answer in refusals(request, names[0]) if answer["index"].rstrip("/") not in used]


def certain(answer):
    """Whether it is for want of credentials. 403 is also what some answer for
    what they do not have: S3 buckets do, as that of download.pytorch.org."""
    return answer["status"].startswith("401")


def no_resolution(request, conflict, refused):
    """Ends the step without slices: with the reason, where that was asked for."""
    for answer in refused:
        print(f"{answer['index']} refuses: {answer['status']}", file=sys.stderr)
    if not request["verdict"]:
        sys.exit(NONE)
    OUT.write_text(json.dumps({"conflict": conflict, "refused": refused}, sort_keys=True) + "\n")
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
        if "No solution found" not in result.stderr:
            step.fail(f"uv pip compile ended with status {result.returncode}")
        asked = next(line for layer in request["layers"] for line in layer["requirements"])
        no_resolution(request, result.stderr.strip(), refusals(request, NAME.match(asked)[0]))

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
        asking = pool.submit(doubtful, request, everything)
        reached = list(pool.map(lower, range(len(inputs) + 1)))
    refused = asking.result()
    if any(certain(answer) for answer in refused):
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
