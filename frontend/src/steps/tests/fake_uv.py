"""A stand-in for uv: resolves and installs packages of a small made-up index.

`UNIVERSE` names a JSON file: packages by name, with their version, what they
depend on and the index that has them. Every command line is added to `LOG`.
"""

import json
import os
import pathlib
import re
import sys


def values(arguments, *flags):
    return [value for flag, value in zip(arguments, arguments[1:]) if flag in flags]


def compile_requirements(arguments, universe):
    inputs = [path for path in arguments if path.endswith(".in") and path not in values(arguments, "--constraint")]
    fixed = {}
    for path in values(arguments, "--constraint"):
        for line in pathlib.Path(path).read_text().splitlines():
            name, _, version = line.partition("==")
            if version:
                fixed[name] = version
    pins, todo = {}, []
    for path in inputs:
        todo += pathlib.Path(path).read_text().splitlines()
    while todo:
        line = todo.pop()
        if line.startswith("/") or " @ " in line:
            pins[line.split(" @ ")[0]] = (line, None)
            continue
        name = re.match(r"[A-Za-z0-9-]*", line)[0]
        if name in pins:
            continue
        if name not in universe:
            sys.stderr.write(
                "error: No solution found when resolving dependencies\n"
                f"  cause: Because {name} was not found in the package registry and you require {name}, "
                "we can conclude that your requirements are unsatisfiable.\n"
            )
            sys.exit(1)
        package = universe[name]
        pins[name] = (f"{name}=={fixed.get(name, package['version'])}", package.get("index"))
        todo += package.get("needs", [])
    lines = []
    for name in sorted(pins):
        line, index = pins[name]
        lines.append(line)
        if index:
            lines.append(f"    # from {index}")
    pathlib.Path(values(arguments, "--output-file")[0]).write_text("\n".join(lines) + "\n")


def install(arguments):
    python = pathlib.Path(values(arguments, "--python")[0])
    [site] = python.parent.parent.glob("lib/python3*/site-packages")
    for line in pathlib.Path(values(arguments, "--requirement")[0]).read_text().splitlines():
        name, _, version = line.partition("==")
        if name == "broken":
            sys.exit(2)
        info = site / f"{name}-{version}.dist-info"
        info.mkdir()
        (site / f"{name}.py").write_text("x = 1\n")
        (info / "uv_cache.json").write_text("{}")
        where = "file:///lamina/sources/x" if name == "local" else "https://example.org/x.zip"
        (info / "direct_url.json").write_text(json.dumps({"url": where}))
        files = [f"{name}.py", *(f"{info.name}/{file}" for file in ("uv_cache.json", "direct_url.json", "RECORD"))]
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    (site / ".lock").write_text("")


def main():
    arguments = sys.argv[1:]
    with open(os.environ["LOG"], "a") as log:
        log.write(json.dumps(arguments) + "\n")
    if arguments[:2] == ["pip", "compile"]:
        compile_requirements(arguments, json.loads(pathlib.Path(os.environ["UNIVERSE"]).read_text()))
    elif arguments[:2] == ["pip", "install"]:
        install(arguments)
    else:
        sys.exit("unexpected command")


main()
