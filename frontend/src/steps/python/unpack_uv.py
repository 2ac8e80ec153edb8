"""Takes the program out of uv's wheel: /in/uv.whl to /out/uv."""

import pathlib
import sys
import zipfile

WHEEL = pathlib.Path("/in/uv.whl")
PROGRAM = pathlib.Path("/out/uv")


def main():
    with zipfile.ZipFile(WHEEL) as wheel:
        entries = [name for name in wheel.namelist() if name.endswith(".data/scripts/uv")]
        if not entries:
            sys.exit("lamina: the wheel of uv has no program: expected *.data/scripts/uv")
        PROGRAM.write_bytes(wheel.read(entries[0]))
    PROGRAM.chmod(0o755)


if __name__ == "__main__":
    main()
