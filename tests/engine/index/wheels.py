"""The package index's files: small wheels, named and tagged like the real ones.

    wheels.py DIR

The same script gives the same bytes (no clock, sorted members). DIR has one folder an index and
project: `whl/cpu/torch/torch-2.1.2+cpu-….whl`. What is there, and why, is in `main()`.
"""

import base64
import hashlib
import os
import shutil
import struct
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
TIME = (2023, 11, 14, 22, 13, 20)
MACHINE = {"x86_64": 62, "aarch64": 183}


def elf(architecture):
    """The head of a shared object, enough for `file` to tell the architecture."""
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    return ident + struct.pack(
        "<HHIQQQIHHHHHH", 3, MACHINE[architecture], 1, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0
    )


def wheel(root, index, name, version, files, tag="py3-none-any", requires=(), extra=()):
    """Write one wheel, and its metadata beside it (PEP 658)."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    metadata = "\n".join([
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        "Summary: a small stand-in for lamina's tests",
        *extra,
        *(f"Requires-Dist: {one}" for one in requires),
    ]) + "\n"
    members = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
    members[f"{info}/METADATA"] = metadata.encode()
    members[f"{info}/WHEEL"] = "\n".join([
        "Wheel-Version: 1.0",
        "Generator: lamina-tests",
        f"Root-Is-Purelib: {'true' if tag.endswith('-any') else 'false'}",
        f"Tag: {tag}",
    ]).encode() + b"\n"
    rows = []
    for path, data in sorted(members.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(data)}")
    rows.append(f"{info}/RECORD,,")
    members[f"{info}/RECORD"] = ("\n".join(rows) + "\n").encode()

    folder = os.path.join(root, index, name)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{module}-{version}-{tag}.whl")
    with zipfile.ZipFile(path, "w") as out:
        for member, data in sorted(members.items()):
            entry = zipfile.ZipInfo(member, TIME)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            out.writestr(entry, data, zipfile.ZIP_STORED)
    with open(path + ".metadata", "w", encoding="utf-8") as out:
        out.write(metadata)


def torch(root, index, version, platform):
    with open(os.path.join(HERE, "standin", "torch.py"), encoding="utf-8") as file:
        source = file.read()
    local = version.partition("+")[2]
    cuda = f"{local[2:-1]}.{local[-1]}" if local.startswith("cu") else None
    architecture = "aarch64" if platform.endswith("aarch64") else "x86_64"
    wheel(root, index, "torch", version, {
        "torch/__init__.py": source,
        "torch/version.py": f"__version__ = {version!r}\ncuda = {cuda!r}\nhip = None\n",
        "torch/cuda.py": "def is_available():\n    return False\n\n\n"
                         "def device_count():\n    return 0\n",
        "torch/lib/libtorch_cpu.so": elf(architecture),
    }, f"cp311-cp311-{platform}", [
        "filelock",
        "typing-extensions",
        "sympy",
        "networkx",
        "jinja2",
        "fsspec",
        'opt-einsum (>=3.3) ; extra == "opt-einsum"',
    ], ["Requires-Python: >=3.8.0", "Provides-Extra: opt-einsum"])


def torchvision(root, index, version, platform):
    architecture = "aarch64" if platform.endswith("aarch64") else "x86_64"
    wheel(root, index, "torchvision", version, {
        "torchvision/__init__.py": f"import torch\n\n__version__ = {version!r}\n",
        "torchvision/image.so": elf(architecture),
    }, f"cp311-cp311-{platform}", [
        "numpy",
        "requests",
        "torch (==2.1.2)",  # without a local version, as the real ones have it
        "pillow (!=8.3.*,>=5.3.0)",
        'scipy ; extra == "scipy"',
    ], ["Requires-Python: >=3.8", "Provides-Extra: scipy"])


def main(target):
    root = target + ".part"
    shutil.rmtree(root, ignore_errors=True)

    # As on download.pytorch.org: CPU wheels of x86_64 carry a local version, those of aarch64 do not.
    torch(root, "whl/cpu", "2.1.2+cpu", "linux_x86_64")
    torch(root, "whl/cpu", "2.1.2", "manylinux2014_aarch64")
    torchvision(root, "whl/cpu", "0.16.2+cpu", "linux_x86_64")
    torchvision(root, "whl/cpu", "0.16.2", "linux_aarch64")
    torch(root, "whl/cu118", "2.1.2+cu118", "linux_x86_64")
    torchvision(root, "whl/cu118", "0.16.2+cu118", "linux_x86_64")

    # Two packages that write one file: with different content, and with the same.
    for name in ("a", "b"):
        wheel(root, "simple", f"lamina-clash-{name}", "1.0", {
            "clash/data.txt": f"written by lamina-clash-{name}\n",
            f"lamina_clash_{name}.py": "",
        })
        wheel(root, "simple", f"lamina-same-{name}", "1.0", {
            "same/data.txt": "written by both\n",
            f"lamina_same_{name}.py": "",
        })
    # Two packages that no version of a third one satisfies together.
    for version in ("1.0", "2.0"):
        wheel(root, "simple", "lamina-dep", version, {
            "lamina_dep.py": f"__version__ = {version!r}\n",
        })
    wheel(root, "simple", "lamina-needs-old", "1.0", {"lamina_needs_old.py": ""},
          requires=["lamina-dep<2"])
    wheel(root, "simple", "lamina-needs-new", "1.0", {"lamina_needs_new.py": ""},
          requires=["lamina-dep>=2"])
    # Behind HTTP basic authentication.
    wheel(root, "private/simple", "lamina-private", "1.0", {
        "lamina_private.py": "__version__ = '1.0'\n",
    })

    shutil.rmtree(target, ignore_errors=True)
    os.rename(root, target)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
