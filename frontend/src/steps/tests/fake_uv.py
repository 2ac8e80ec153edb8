"""A stand-in for uv: resolves, installs and builds packages of a made-up index.

`UNIVERSE` names a JSON file: packages by name, with their version, what they
depend on and the index that has them. With `source` they are source
distributions, which uv 0.13.8 would build to know what they need, unless its
configuration says it: it runs `--python` in the directory where it unpacked
them. With `later` they have another version when they are asked for a lock, and
with `online` they are not in the cache. With `only_there` they are what
`public` says, or nothing, unless a project names their index; with `clash`
one by URL requires that package by another URL. Every command line is added to `LOG`.

`uv build` runs the source's `build-it.py` with the directory for the wheel.
"""

import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import time
import zipfile


def values(arguments, *flags):
    return [value for flag, value in zip(arguments, arguments[1:]) if flag in flags]


def ask_interpreter(python):
    """What uv asks first, in its own words: it is who it was called."""
    package = pathlib.Path(os.environ["UV_CACHE_DIR"]) / ".tmpQ"
    if package.exists():
        return  # uv, too, has it in its cache.
    (package / "python").mkdir(parents=True, exist_ok=True)
    (package / "python/get_interpreter_info.py").write_text(
        "import json, sys\n"
        "def main(): print(json.dumps([sys.executable, sys._base_executable, sys.prefix]))\n"
    )
    time.sleep(float(os.environ.get("WINDOW", 0)))
    script = (
        f'import sys; sys.path = [__import__("os").fsdecode(b"{package}")] + sys.path; '
        "from python.get_interpreter_info import main; main()"
    )
    if os.environ.get("UNKNOWN_QUESTION"):
        script = "import sys; print(sys.version)"
    done = subprocess.run([python, "-I", "-B", "-c", script], stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit("error: Failed to query Python interpreter")
    executable, base, prefix = json.loads(done.stdout)
    if executable != python or base != python or not prefix:
        sys.exit(f"error: the interpreter {python} is {executable}")


def build_metadata(python, name, version):
    """Runs the build backend of a source distribution."""
    source = pathlib.Path(os.environ["LOG"]).parent / f"sdists-v10/pypi/{name}/{version}/a-1/src"
    source.mkdir(parents=True, exist_ok=True)
    (source / "setup.py").write_text("open('../../../../../../evil', 'w')\n")
    done = subprocess.run([python, "-c", "exec(open('setup.py').read())"], cwd=str(source), stderr=subprocess.PIPE)
    if done.returncode == 0:
        return
    said = done.stderr.decode().strip()
    sys.stderr.write(
        f"error: Failed to build `{name}=={version}`\n  cause: The build backend returned an error\n"
        "  cause: Call to `setuptools.build_meta:__legacy__.prepare_metadata_for_build_wheel` failed "
        f"(exit status: {done.returncode})\n\n         [stderr]\n         {said}\n"
    )
    sys.exit(1)


def prefetched(name, version):
    source = pathlib.Path(os.environ["LOG"]).parent / f"sdists-v10/index/0a1b/{name}/{version}/b-2/src"
    source.mkdir(parents=True, exist_ok=True)
    return source


def known_metadata(arguments):
    """What the configuration says that packages need, by name and version."""
    known = {}
    for path in values(arguments, "--config-file"):
        for table in pathlib.Path(path).read_text().split("[[dependency-metadata]]")[1:]:
            fields = dict(line.split(" = ", 1) for line in table.strip().splitlines())
            pair = json.loads(fields["name"]), json.loads(fields["version"])
            known[pair] = json.loads(fields["requires-dist"])
    return known


def pinned_indexes(arguments):
    """The indexes of packages that a project's sources name, and its dependencies."""
    urls, sources, dependencies = {}, {}, []
    for path in arguments:
        if not path.endswith("pyproject.toml"):
            continue
        text = pathlib.Path(path).read_text()
        dependencies += json.loads(re.search(r"^dependencies = (.*)$", text, re.MULTILINE)[1])
        urls.update(re.findall(r'^name = "(lamina-\d+)"\nurl = "(.*)"\nexplicit = true$', text, re.MULTILINE))
        sources.update(re.findall(r'^(\S+) = \{ index = "(.*)" \}$', text, re.MULTILINE))
    return {name: urls[index] for name, index in sources.items()}, dependencies


def write_lock(arguments, pins, universe):
    lines = ['lock-version = "1.0"', 'created-by = "uv"']
    for name in sorted(pins):
        version, plain = pins[name][0].partition("==")[2], name.partition("[")[0]
        lines += ["", "[[packages]]", f'name = "{plain}"']
        if not version:
            lines += ['version = "0.1"', f'archive = {{ path = "{pins[name][0]}" }}']
            continue
        package = universe[name]
        lines.append(f'version = "{package.get("later", version)}"')
        file = f'url = "https://files.example/{name}-{version}'
        hashes = 'hashes = { sha256 = "' + "a" * 64 + '" }'
        if package.get("source") == "unhashed":
            lines.append(f'sdist = {{ {file}.tar.gz", hashes = {{ md5 = "{"b" * 32}" }} }}')
        elif package.get("source"):
            lines.append(f'sdist = {{ {file}.tar.gz", upload-time = 2014-06-16T11:18:57Z, size = 7, {hashes} }}')
        else:
            lines.append(f'wheels = [{{ {file}-py3-none-any.whl", {hashes} }}]')
    pathlib.Path(values(arguments, "--output-file")[0]).write_text("\n".join(lines) + "\n")


def not_found(name):
    sys.stderr.write(
        "error: No solution found when resolving dependencies\n"
        f"  cause: Because {name} was not found in the package registry and you require {name}, "
        "we can conclude that your requirements are unsatisfiable.\n"
    )
    sys.exit(1)


def compile_requirements(arguments, universe):
    [python] = values(arguments, "--python")
    ask_interpreter(python)
    known = known_metadata(arguments)
    inputs = [path for path in arguments if path.endswith(".in") and path not in values(arguments, "--constraint")]
    fixed = {}
    for path in values(arguments, "--constraint"):
        for line in pathlib.Path(path).read_text().splitlines():
            name, _, version = line.partition("==")
            if version:
                fixed[name] = version.split()[0]
    sources, todo = pinned_indexes(arguments)
    pins = {}
    for path in inputs:
        todo += pathlib.Path(path).read_text().splitlines()
    while todo:
        line = todo.pop()
        if line.startswith("/") or " @ " in line:
            plain = re.sub(r"\[.*?\]", "", line)
            pins[plain.split(" @ ")[0]] = (plain, None)
            clash = universe.get(plain.split(" @ ")[0], {}).get("clash")
            if clash and not values(arguments, "--overrides"):
                sys.exit(f"error: Failed to download and build `{clash} @ git+https://h/{clash}`\n  cause: Git executable not found")
            continue
        name = re.match(r"[A-Za-z0-9-]*", line)[0].lower()
        if name in pins:
            continue
        if name not in universe:
            not_found(name)
        package = universe[name]
        if package.get("only_there") and name not in sources and package["index"] not in values(arguments, "--index"):
            # What an index that is not for it has, or none.
            package = package.get("public")
            if package is None:
                not_found(name)
        if "--offline" in arguments and package.get("online"):
            sys.exit("error: Network connectivity is disabled")
        asked = re.match(r"[A-Za-z0-9-]*==(\S*)", line)
        version = asked[1] if asked else fixed.get(name, package["version"])
        pins[name] = (f"{name}=={version}", sources.get(name, package.get("index")))
        needs = package.get("needs", [])
        if package.get("source"):
            for other in package.get("prefetched", []):
                subprocess.Popen([python, "-c", ""], cwd=str(prefetched(name, other)), stderr=subprocess.PIPE).wait()
            needs = known.get((name, version))
            if needs is None:
                build_metadata(python, name, version)
                needs = package.get("needs", [])
        if "--no-deps" not in arguments:
            todo += needs
    if values(arguments, "--format") == ["pylock.toml"]:
        write_lock(arguments, pins, universe)
        return
    lines = []
    for name in sorted(pins):
        line, index = pins[name]
        lines.append(line)
        if index:
            lines.append(f"    # from {index}")
    pathlib.Path(values(arguments, "--output-file")[0]).write_text("\n".join(lines) + "\n")


def install(arguments):
    """Unpacks wheels as they are: with links and modes, which uv would refuse."""
    python = pathlib.Path(values(arguments, "--python")[0])
    [site] = python.parent.parent.glob("lib/python3*/site-packages")
    cache = pathlib.Path(values(arguments, "--cache-dir")[0])
    for line in pathlib.Path(values(arguments, "--requirement")[0]).read_text().splitlines():
        wheel = pathlib.Path(line)
        if wheel.name.startswith("broken-"):
            sys.exit(2)
        name, version = wheel.name.split("-")[:2]
        unpacked = cache / wheel.name
        files = unpack(wheel, unpacked)
        for file in files:
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            if (unpacked / file).is_symlink():
                os.symlink(os.readlink(str(unpacked / file)), str(site / file))
            else:
                os.link(str(unpacked / file), str(site / file))
        info = site / f"{name}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "uv_cache.json").write_text("{}")
        (info / "direct_url.json").write_text(json.dumps({"url": wheel.as_uri()}))
        files += [f"{info.name}/{file}" for file in ("uv_cache.json", "direct_url.json", "RECORD")]
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    (site / ".lock").write_text("")


def build(arguments):
    source = pathlib.Path(arguments[-1])
    [out] = values(arguments, "--out-dir")
    pathlib.Path(out).mkdir(parents=True)
    record = {"env": dict(os.environ), "source": sorted(str(path.relative_to(source)) for path in source.rglob("*"))}
    pathlib.Path(os.environ["LOG"]).with_name("build-record").write_text(json.dumps(record))
    sys.stdout.write("Building wheel...\n")
    sys.stdout.flush()
    done = subprocess.run([sys.executable, "-B", str(source / "build-it.py"), out], cwd=str(source))
    if done.returncode != 0:
        sys.stderr.write(
            f"error: Failed to build `{source}`\n  cause: The build backend returned an error\n"
            f"  cause: Call to `backend.build_wheel` failed (exit status: {done.returncode})\n\n"
            "hint: Build failures usually indicate a problem with the package or the build environment\n"
        )
        sys.exit(2)


def unpack(wheel, directory):
    files = []
    with zipfile.ZipFile(str(wheel)) as archive:
        for entry in archive.infolist():
            path = directory / entry.filename
            path.parent.mkdir(parents=True, exist_ok=True)
            mode, content = entry.external_attr >> 16, archive.read(entry)
            if stat.S_ISLNK(mode):
                os.symlink(content, str(path).encode())
            elif stat.S_ISFIFO(mode):
                os.mkfifo(str(path))
            else:
                path.write_bytes(content)
                path.chmod(stat.S_IMODE(mode) or 0o644)
            files.append(entry.filename)
    return files


def main():
    arguments = sys.argv[1:]
    with open(os.environ["LOG"], "a") as log:
        log.write(json.dumps(arguments) + "\n")
    if arguments[:2] == ["pip", "compile"]:
        compile_requirements(arguments, json.loads(pathlib.Path(os.environ["UNIVERSE"]).read_text()))
    elif arguments[:2] == ["pip", "install"]:
        install(arguments)
    elif arguments[:1] == ["build"]:
        build(arguments)
    else:
        sys.exit("unexpected command")


main()
