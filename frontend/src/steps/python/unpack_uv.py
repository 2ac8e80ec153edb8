"""Takes the program out of uv's wheel: /in/uv.whl to /out/uv."""

import pathlib
import zipfile

with zipfile.ZipFile("/in/uv.whl") as wheel:
    entry = next(n for n in wheel.namelist() if n.endswith(".data/scripts/uv"))
    out = pathlib.Path("/out/uv")
    out.write_bytes(wheel.read(entry))
    out.chmod(0o755)
