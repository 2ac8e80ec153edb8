"""Base images from root file systems: an OCI layout, and its copy in a registry.

    layout.py make DIR amd64=TAR arm64=TAR debian=TAR native=ARCH
    layout.py push DIR HOST:PORT

The same tarballs give the same bytes: no clock, sorted keys, gzip without a time.
Images (README.md lists what each is for) are named in `images()`.
"""

import concurrent.futures
import hashlib
import http.client
import io
import json
import os
import sys
import tarfile
import zlib

CREATED = "2023-11-14T22:13:20Z"
EPOCH = 1700000000
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
REF_NAME = "org.opencontainers.image.ref.name"
PATH = "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
PYTHON_ENV = [PATH, "LANG=C.UTF-8", "PYTHON_VERSION=3.11.2"]


def blob_path(root, digest):
    return os.path.join(root, "blobs", *digest.split(":"))


def put(root, data):
    """Store bytes; their digest."""
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    with open(blob_path(root, digest), "wb") as out:
        out.write(data)
    return digest


def put_json(root, media_type, value):
    data = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    return {"mediaType": media_type, "digest": put(root, data), "size": len(data)}


def put_layer(root, stream):
    """Compress a tar stream; its descriptor and the digest of the plain bytes."""
    plain, packed, size = hashlib.sha256(), hashlib.sha256(), 0
    deflate = zlib.compressobj(1, zlib.DEFLATED, 31)  # 31: a gzip header without name and time
    temporary = os.path.join(root, f"layer-{id(stream)}")
    with open(temporary, "wb") as out:
        while True:
            chunk = stream.read(1 << 20)
            data = deflate.compress(chunk) if chunk else deflate.flush()
            plain.update(chunk)
            packed.update(data)
            size += len(data)
            out.write(data)
            if not chunk:
                break
    digest = "sha256:" + packed.hexdigest()
    os.rename(temporary, blob_path(root, digest))
    descriptor = {"mediaType": LAYER, "digest": digest, "size": size}
    return descriptor, "sha256:" + plain.hexdigest()


def odd_layer(tar_path):
    """What makes the odd base odd, as a layer over the usual one."""
    accounts = {}
    with tarfile.open(tar_path) as rootfs:
        for name in ("passwd", "group", "shadow"):
            accounts[name] = rootfs.extractfile(f"./etc/{name}").read().decode()
    accounts["passwd"] += "svc:x:10001:10001::/home/svc:/bin/sh\n"
    accounts["group"] += "svc:x:10001:\n"
    accounts["shadow"] += "svc:!:19600::::::\n"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as out:

        def add(name, kind, mode, uid=0, gid=0, data=b"", target=""):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.mtime = kind, mode, EPOCH
            entry.uid, entry.gid, entry.linkname, entry.size = uid, gid, target, len(data)
            out.addfile(entry, io.BytesIO(data))

        add("etc/group", tarfile.REGTYPE, 0o644, data=accounts["group"].encode())
        add("etc/passwd", tarfile.REGTYPE, 0o644, data=accounts["passwd"].encode())
        add("etc/shadow", tarfile.REGTYPE, 0o640, gid=42, data=accounts["shadow"].encode())
        add("home/svc", tarfile.DIRTYPE, 0o2750, 10001, 10001)
        add("root", tarfile.DIRTYPE, 0o711)
        add("tmp", tarfile.DIRTYPE, 0o3777)
        add("opt", tarfile.DIRTYPE, 0o751, 0, 50)
        add("srv/data", tarfile.DIRTYPE, 0o770, 10001, 10001)
        add("data", tarfile.SYMTYPE, 0o777, target="srv/data")
    buffer.seek(0)
    return buffer


def make(root, tars):
    native = tars.pop("native")
    os.makedirs(os.path.join(root, "blobs", "sha256"))

    def compress(item):
        name, path = item
        with open(path, "rb") as stream:
            return name, put_layer(root, stream)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:  # zlib lets go of the lock
        layers = dict(pool.map(compress, tars.items()))
    layers["odd-amd64"] = put_layer(root, odd_layer(tars["amd64"]))
    layers["odd-arm64"] = put_layer(root, odd_layer(tars["arm64"]))

    def image(arch, names, env, cmd):
        platform = {"architecture": arch, "os": "linux"}
        if arch == "arm64":
            platform["variant"] = "v8"
        chosen = [layers[name] for name in names]
        config = put_json(root, CONFIG, {
            **platform,
            "created": CREATED,
            "config": {"Env": env, "Cmd": cmd},
            "rootfs": {"type": "layers", "diff_ids": [plain for _, plain in chosen]},
            "history": [
                {"created": CREATED, "created_by": f"lamina test base: {name.split('-')[0]}"}
                for name in names
            ],
        })
        manifest = put_json(root, MANIFEST, {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config,
            "layers": [descriptor for descriptor, _ in chosen],
        })
        return {**manifest, "platform": platform}

    def several(*manifests):
        return put_json(root, INDEX, {
            "schemaVersion": 2, "mediaType": INDEX, "manifests": list(manifests),
        })

    python = {
        arch: image(arch, [arch], PYTHON_ENV, ["python3"]) for arch in ("amd64", "arm64")
    }
    odd = [
        image(arch, [arch, f"odd-{arch}"], PYTHON_ENV, ["python3"]) for arch in ("amd64", "arm64")
    ]
    # A manifest without an index: what a resolve for another platform answers with.
    single = {key: value for key, value in python["amd64"].items() if key != "platform"}
    images = {
        "python:3.11-slim": several(python["amd64"], python["arm64"]),
        "python:3.11-slim-amd64": single,
        "odd:3.11": several(*odd),
        "debian:bookworm-slim": several(image(native, ["debian"], [PATH], ["bash"])),
    }
    # A layout's tag is its ref.name; `oci-layout://DIR:TAG` asks for the tag alone.
    manifests = [
        {**descriptor, "annotations": {REF_NAME: name.replace(":", "-")}}
        for name, descriptor in images.items()
    ]
    with open(os.path.join(root, "index.json"), "w", encoding="utf-8") as out:
        json.dump({
            "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests,
        }, out, sort_keys=True, indent=1)
    with open(os.path.join(root, "oci-layout"), "w", encoding="utf-8") as out:
        out.write('{"imageLayoutVersion":"1.0.0"}')
    with open(os.path.join(root, "images.json"), "w", encoding="utf-8") as out:
        json.dump(images, out, sort_keys=True, indent=1)


def push(root, registry):
    with open(os.path.join(root, "images.json"), encoding="utf-8") as file:
        images = json.load(file)
    connection = http.client.HTTPConnection(registry, timeout=60)

    def call(method, path, body=None, headers=None):
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers

    def push_blob(repository, descriptor):
        digest = descriptor["digest"]
        if call("HEAD", f"/v2/{repository}/blobs/{digest}")[0] == 200:
            return
        source = f"?mount={digest}&from=library/python"
        status, headers = call("POST", f"/v2/{repository}/blobs/uploads/{source}")
        if status == 201:
            return
        location = headers["Location"].split(registry, 1)[-1]
        location += ("&" if "?" in location else "?") + f"digest={digest}"
        with open(blob_path(root, digest), "rb") as data:
            status, _ = call("PUT", location, data, {
                "Content-Length": str(descriptor["size"]),
                "Content-Type": "application/octet-stream",
            })
        if status != 201:
            sys.exit(f"push of {digest} to {repository}: HTTP {status}")

    def push_manifest(repository, descriptor, reference):
        with open(blob_path(root, descriptor["digest"]), "rb") as file:
            data = file.read()
        value = json.loads(data)
        for child in value.get("manifests", []):
            push_manifest(repository, child, child["digest"])
        for blob in [value["config"], *value["layers"]] if "layers" in value else []:
            push_blob(repository, blob)
        status, _ = call("PUT", f"/v2/{repository}/manifests/{reference}", data, {
            "Content-Type": descriptor["mediaType"],
        })
        if status != 201:
            sys.exit(f"push of {repository}:{reference}: HTTP {status}")

    for name, descriptor in images.items():
        repository, tag = name.split(":")
        for path in (f"library/{repository}", repository):
            status, headers = call("HEAD", f"/v2/{path}/manifests/{tag}", None, {
                "Accept": f"{INDEX}, {MANIFEST}",
            })
            if status == 200 and headers["Docker-Content-Digest"] == descriptor["digest"]:
                continue
            push_manifest(path, descriptor, tag)


def main(argv):
    if argv[:1] == ["make"]:
        make(argv[1], dict(item.split("=", 1) for item in argv[2:]))
    elif argv[:1] == ["push"] and len(argv) == 3:
        push(argv[1], argv[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
