"""The command line. A command imports what it needs: the packages are large."""

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .index import Hit

OWN_SOURCES = Path(__file__).resolve().parent
DEMO_QUERY = "cosine scores of the chunks nearest to a query"


def show(hits: "list[Hit]") -> None:
    for hit in hits:
        print(f"{hit.score:.2f}  {hit.chunk.path}:{hit.chunk.line}  {hit.chunk.title}")


def demo() -> None:
    """Says where it runs, and searches its own sources."""
    from . import info
    from .chunks import files
    from .index import build

    facts = info.facts()
    print(f"ragex {facts['ragex']}, Python {facts['python']}, {facts['machine']}, user {facts['user']}")
    print(f"network interfaces: {facts['network']}")
    print(f"searching {OWN_SOURCES}: {DEMO_QUERY}\n")
    # All but this file, which holds the query.
    sources = [path for path in files(OWN_SOURCES) if path != Path(__file__).resolve()]
    hits = build(OWN_SOURCES, sources).search(DEMO_QUERY, 3)
    show(hits)
    print(f"\nragex: {info.torch_build()}, {len(hits)} results")


def main() -> None:
    parser = argparse.ArgumentParser(prog="ragex", description="search over source files")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="search this program's own sources")
    commands.add_parser("info", help="Python, torch, packages, account, network")
    command = commands.add_parser("index", help="read a folder and keep its index")
    command.add_argument("dir", type=Path)
    command = commands.add_parser("search", help="the chunks of a folder that are nearest to a query")
    command.add_argument("query")
    command.add_argument("dir", type=Path)
    command.add_argument("-n", "--count", type=int, default=5, choices=range(1, 101), metavar="N")
    command = commands.add_parser("serve", help="the same over HTTP")
    command.add_argument("dir", type=Path, nargs="?", default=OWN_SOURCES)
    command.add_argument("--host", default="0.0.0.0")
    command.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run(arguments)
    except (LookupError, OSError) as error:
        sys.exit(f"ragex: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def run(arguments: argparse.Namespace) -> None:
    match arguments.command:
        case "demo":
            demo()
        case "info":
            from .info import facts

            for name, value in facts().items():
                print(f"{name}: {value}")
        case "index":
            from .index import load

            print(f"{len(load(arguments.dir, fresh=True).chunks)} chunks of {arguments.dir}")
        case "search":
            from .index import load

            show(load(arguments.dir).search(arguments.query, arguments.count))
        case "serve":
            from .server import serve

            serve(arguments.dir, arguments.host, arguments.port)


if __name__ == "__main__":
    main()
