"""Source files, cut into pieces that a search can find."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pathspec
import tree_sitter
import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_typescript

LARGEST_FILE = 512 * 1024
WINDOW = 40  # lines of a chunk, where no parser knows better

GRAMMARS = {
    ".js": tree_sitter_javascript.language,
    ".jsx": tree_sitter_javascript.language,
    ".mjs": tree_sitter_javascript.language,
    ".py": tree_sitter_python.language,
    ".ts": tree_sitter_typescript.language_typescript,
    ".tsx": tree_sitter_typescript.language_tsx,
}
FUNCTIONS = {"function_definition", "function_declaration", "generator_function_declaration", "method_definition"}
CLASSES = {"class_definition", "class_declaration", "interface_declaration", "enum_declaration"}


@dataclass(frozen=True)
class Chunk:
    """Some lines of a file."""

    path: str
    line: int
    title: str
    text: str


def files(root: Path) -> list[Path]:
    """The files under a folder that its .gitignore lets through, sorted."""
    if ripgrep := shutil.which("rg"):
        command = [ripgrep, "--files", "--null", "--no-messages", "--no-require-git", "."]
        found = subprocess.run(command, cwd=root, check=False, stdout=subprocess.PIPE).stdout
        return sorted(root / os.fsdecode(name) for name in found.split(b"\0") if name)
    return sorted(_walk(root))


def _walk(root: Path) -> Iterator[Path]:
    """What `rg --files` gives, by and large."""
    ignore = root / ".gitignore"
    lines = ignore.read_text(errors="replace").splitlines() if ignore.is_file() else []
    spec = pathspec.GitIgnoreSpec.from_lines([".*", *lines])
    for name in spec.match_tree_files(root, negate=True, follow_links=False):
        yield root / name


def chunks(root: Path, paths: list[Path]) -> Iterator[Chunk]:
    """The pieces of these files; those that hold no text are left out."""
    for path in paths:
        try:
            data = path.read_bytes() if path.stat().st_size <= LARGEST_FILE else b""
        except OSError:
            continue
        if not data.strip() or b"\0" in data:
            continue
        name = path.relative_to(root).as_posix()
        grammar = GRAMMARS.get(path.suffix)
        yield from _definitions(name, data, grammar()) if grammar else _windows(name, data)


def _definitions(name: str, data: bytes, grammar: object) -> Iterator[Chunk]:
    """Functions, classes, and what stands around them."""
    tree = tree_sitter.Parser(tree_sitter.Language(grammar)).parse(data)
    rest = bytearray(data)
    open_nodes = [(tree.root_node, "")]
    while open_nodes:
        node, scope = open_nodes.pop()
        if node.type in FUNCTIONS | CLASSES:
            own = node.child_by_field_name("name")
            scope = f"{scope}.{_text(own.text)}".lstrip(".") if own else scope
        if node.type in FUNCTIONS:
            yield Chunk(name, node.start_point.row + 1, scope, _text(node.text))
            rest[node.start_byte : node.end_byte] = bytes(node.end_byte - node.start_byte)
        else:
            open_nodes += [(child, scope) for child in reversed(node.named_children)]
    if text := _text(bytes(rest).replace(b"\0", b"")).strip():
        yield Chunk(name, 1, "(module)", text)


def _windows(name: str, data: bytes) -> Iterator[Chunk]:
    lines = _text(data).splitlines()
    for start in range(0, len(lines), WINDOW):
        if text := "\n".join(lines[start : start + WINDOW]).strip():
            yield Chunk(name, start + 1, text.splitlines()[0][:60], text)


def _text(data: bytes | None) -> str:
    return (data or b"").decode(errors="replace")
