"""What this container is."""

import os
import platform
import socket
import tempfile
from importlib import metadata
from pathlib import Path

import torch

from . import __version__

PACKAGES = ["numpy", "scipy", "scikit-learn", "transformers", "sentence-transformers", "chromadb", "tree-sitter", "mcp"]


def data_dir() -> Path:
    """Where indexes are kept."""
    return Path(os.environ.get("RAGEX_DATA_DIR") or Path(tempfile.gettempdir()) / "ragex")


def torch_build() -> str:
    """For example `torch 2.1.2+cpu (cpu build)`."""
    cuda = torch.version.cuda
    return f"torch {torch.__version__} ({f'cuda {cuda}' if cuda else 'cpu'} build)"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def facts() -> dict[str, str]:
    """Interpreter, machine, torch, packages, account, network."""
    interfaces = [name for _, name in socket.if_nameindex() if name != "lo"]
    return {
        "ragex": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "torch": torch_build(),
        "gpu": "yes" if torch.cuda.is_available() else "no",
        **{package: _version(package) for package in PACKAGES},
        "user": f"{os.getuid()}:{os.getgid()}",
        "data": str(data_dir()),
        "network": ", ".join(interfaces) or "none",
    }
