"""A root file system of another architecture, without running a program of that architecture.

    foreign.py ROOT DEBS ARCH

ROOT is a configured one of this machine's architecture, DEBS the same packages for ARCH. Under
qemu, dpkg takes ten minutes for what is done here in some seconds: whatever a package's scripts
set up in ROOT stays, the files of each architecture-dependent package are exchanged, and dpkg's
database says so. Only the linker's cache is made by the other architecture's own program.
"""

import glob
import hashlib
import os
import re
import subprocess
import sys
import tempfile

EXCLUDED = re.compile(r"\./usr/share/(doc/.*(?<!/copyright)|man/.+|locale/.+|info/.+)$")


def fields(text):
    """A control paragraph, as (name, value with its continuation lines)."""
    return re.findall(r"^([^\s:]+):[ \t]*(.*(?:\n[ \t].*)*)", text, re.M)


def remove_files(root, native):
    """The files of the packages that are of this machine's architecture."""
    info = os.path.join(root, "var/lib/dpkg/info")
    folders = []
    for name, multi in native:
        prefix = f"{name}:{multi}" if multi else name
        with open(f"{info}/{prefix}.list", encoding="utf-8") as file:
            for line in file.read().splitlines():
                path = root + line
                if line in ("", "/.", "/bin", "/sbin") or line.startswith("/lib") and "/" not in line[1:]:
                    continue  # the root, and the links of a merged /usr
                if os.path.isdir(path) and not os.path.islink(path):
                    folders.append(path)
                elif os.path.lexists(path):
                    os.unlink(path)
        for path in glob.glob(f"{glob.escape(info + '/' + prefix)}.*"):
            if "." not in path[len(f"{info}/{prefix}."):]:  # python3.list, not python3.11.list
                os.unlink(path)
    for path in sorted(folders, key=len, reverse=True):
        try:
            os.rmdir(path)  # those that nobody else needs
        except OSError:
            pass


def install(root, deb, arch):
    """Unpack one package and describe it; its status entry."""
    info = os.path.join(root, "var/lib/dpkg/info")
    with tempfile.TemporaryDirectory() as control:
        subprocess.run(["dpkg-deb", "--control", deb, control], check=True)
        with open(f"{control}/control", encoding="utf-8") as file:
            head = fields(file.read())
        values = dict(head)
        same = values.get("Multi-Arch") == "same"
        prefix = values["Package"] + (f":{arch}" if same else "")
        for name in sorted(os.listdir(control)):
            if name != "control":
                with open(f"{control}/{name}", "rb") as file:
                    data = file.read()
                path = f"{info}/{prefix}.{name}"
                with open(path, "wb") as out:
                    out.write(data)
                script = name in ("preinst", "postinst", "prerm", "postrm", "config")
                os.chmod(path, 0o755 if script else 0o644)
        conffiles = []
        if os.path.exists(f"{control}/conffiles"):
            with open(f"{control}/conffiles", encoding="utf-8") as file:
                conffiles = [line for line in file.read().split("\n") if line.startswith("/")]

    with tempfile.TemporaryFile() as data:
        subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], stdout=data, check=True)
        data.seek(0)
        names = subprocess.run(
            ["tar", "-t", "--quoting-style=literal"], stdin=data, stdout=subprocess.PIPE, check=True
        ).stdout.decode().splitlines()
        data.seek(0)
        with tempfile.NamedTemporaryFile("w") as excluded:
            excluded.write("".join(
                f"{name.rstrip('/')}\n" for name in names if EXCLUDED.match(name)
            ))
            excluded.flush()
            subprocess.run(
                ["tar", "-x", "-C", root, "--numeric-owner", "--same-permissions",
                 "--keep-directory-symlink", "--no-overwrite-dir", "--no-recursion",
                 "--no-wildcards", "--anchored", "-X", excluded.name],
                stdin=data, check=True,
            )
    with open(f"{info}/{prefix}.list", "w", encoding="utf-8") as out:
        out.writelines((name[1:].rstrip("/") or "/.") + "\n" for name in names)

    # dpkg's order: the status after the name, the conffiles with their digests at the end.
    lines = [f"Package: {values['Package']}", "Status: install ok installed"]
    lines += [
        f"{name}: {value}" for name, value in head if name not in ("Package", "Description")
    ]
    if conffiles:
        lines.append("Conffiles:")
        for path in conffiles:
            with open(root + path, "rb") as file:
                lines.append(f" {path} {hashlib.md5(file.read()).hexdigest()}")
    lines.append(f"Description: {values['Description']}")
    return "\n".join(lines) + "\n"


def main(root, debs, arch):
    database = os.path.join(root, "var/lib/dpkg")
    with open(f"{database}/status", encoding="utf-8") as file:
        entries = [entry + "\n" for entry in file.read().strip().split("\n\n")]
    kept, native = {}, []
    for entry in entries:
        values = dict(fields(entry))
        if values["Architecture"] == "all":
            kept[values["Package"]] = entry
        else:
            native.append((values["Package"],
                           values.get("Multi-Arch") == "same" and values["Architecture"]))

    packages = {}
    for deb in sorted(glob.glob(f"{debs}/*_{arch}.deb")):
        packages[os.path.basename(deb).split("_")[0]] = deb
    wanted = {name for name, _ in native}
    if set(packages) != wanted:
        sys.exit(f"packages differ: {sorted(set(packages) ^ wanted)}")

    remove_files(root, native)
    for name, deb in packages.items():
        kept[name] = install(root, deb, arch)
    with open(f"{database}/status", "w", encoding="utf-8") as out:
        out.write("\n".join(entry for _, entry in sorted(kept.items())))
    for path in (f"{database}/status-old", f"{root}/var/lib/apt/extended_states"):
        if os.path.exists(path):
            os.unlink(path)
    if os.path.exists(f"{database}/arch"):
        with open(f"{database}/arch", "w", encoding="utf-8") as out:
            out.write(f"{arch}\n")
    for path in glob.glob(f"{root}/usr/lib/python3*/__pycache__/_sysconfigdata*.pyc"):
        os.unlink(path)
    subprocess.run(["chroot", root, "/sbin/ldconfig"], check=True)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
