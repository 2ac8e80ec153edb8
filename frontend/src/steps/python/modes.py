"""What files an environment may have, whatever packages brought: files that
belong to root and that only root can change, and links that stay inside."""

import os
import stat

import lamina_step as step

OWNER = GROUP = 0
# Group and others may read; nobody gets rights of a file's owner.
ALLOWED = 0o755
# Rights that are not in a file's mode.
ATTRIBUTES = ("security.capability", "system.posix_acl_access", "system.posix_acl_default")
SPECIAL = {
    stat.S_IFIFO: "a fifo",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def links_below(root):
    """The symbolic links below a directory, with where they lead."""
    return {path: os.readlink(path) for path in paths_below(root) if os.path.islink(path)}


def restrict(root, interpreter, known=None):
    """Gives everything below a directory its owner and mode; ends the step at
    what no package may bring. `known` are links that it had before."""
    try:
        restrict_all(root, interpreter, known or {})
    except OSError as error:
        step.fail(f"failed to restrict {shown(error.filename)}: {error.strerror}")


def restrict_all(root, interpreter, known):
    allowed = interpreter_chain(str(interpreter))
    for path in paths_below(root):
        info = os.lstat(path)
        kind = stat.S_IFMT(info.st_mode)
        if kind in SPECIAL:
            step.fail(f"a package installs {shown(path)}, which is {SPECIAL[kind]}: expected files, directories and links")
        if kind == stat.S_IFLNK:
            check_link(path, root, allowed, known)
        # A change of owner takes setuid away, so the mode comes last.
        if (info.st_uid, info.st_gid) != (OWNER, GROUP):
            os.chown(path, OWNER, GROUP, follow_symlinks=False)
        if kind != stat.S_IFLNK:
            restrict_mode(path, stat.S_IMODE(info.st_mode))


def restrict_mode(path, mode):
    remove_attributes(path)
    if mode & ~ALLOWED:
        os.chmod(path, mode & ALLOWED)


def remove_attributes(path):
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        return  # The file system has none.
    for name in names:
        if name in ATTRIBUTES:
            os.removexattr(path, name, follow_symlinks=False)


def paths_below(root):
    """Everything below a directory, no link followed, in a fixed order."""
    directories = [str(root)]
    while directories:
        directory = directories.pop()
        with os.scandir(directory) as entries:
            entries = sorted(entries, key=lambda entry: entry.name)
        for entry in entries:
            yield entry.path
            if entry.is_dir(follow_symlinks=False):
                directories.append(entry.path)


def interpreter_chain(path):
    """The interpreter's path, and those that it leads to by links."""
    chain = {path, os.path.realpath(path)}
    while os.path.islink(path) and len(chain) < 40:
        path = goal_of(path)
        chain.add(path)
    return chain


def check_link(path, root, allowed, known):
    """Ends the step at a link that leaves a directory, but to an interpreter."""
    target = os.readlink(path)
    if known.get(path) == target:
        return
    goal = goal_of(path)
    root = os.path.realpath(root)
    if goal != root and not goal.startswith(f"{root}/") and goal not in allowed:
        step.fail(
            f"a package installs the symbolic link {shown(path)}, which leads to {shown(target)}: "
            "expected a link to a file of the virtual environment"
        )


def goal_of(link):
    """Where a link leads, itself not followed any further."""
    target = os.path.join(os.path.dirname(link), os.readlink(link)).rstrip("/") or "/"
    directory, name = os.path.split(target)
    if name in (".", ".."):
        return os.path.realpath(target)
    return os.path.join(os.path.realpath(directory), name)


def shown(path):
    """A path as a message shows it: names of files are any bytes."""
    return "".join(character if character.isprintable() else "?" for character in str(path))
