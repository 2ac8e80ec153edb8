#!/bin/sh
# Before file operations place the application's files, because no Python is
# there for place.py: they are right for files, and for folders where the image
# has nothing yet, but folders in folders would take over mode and owner of
# directories of the image, and stop at its links. The arguments are the
# destinations; what goes there is below /lamina/files, by its number.
set -eu
files=/lamina/files image=/lamina/image

# Whether the image has something at a path, or a link on the way there, which
# may lead anywhere.
meets() {
  path=$image rest=${1#/}/
  while [ -n "$rest" ]; do
    path=$path/${rest%%/*} rest=${rest#*/}
    [ ! -L "$path" ] || return 0
    [ -e "$path" ] || return 1
  done
}

# Whether a folder has folders.
nested() {
  for inner in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    [ ! -d "$inner" ] || [ -L "$inner" ] || return 0
  done
  return 1
}

number=0
for to; do
  for from in "$files/$number"/* "$files/$number"/.[!.]*; do
    if [ -d "$from" ] && [ ! -L "$from" ] && nested "$from" && meets "$to"; then
      echo "lamina: $to is in the image already, and ${from##*/} has folders in it: placing them" \
        "there takes a Python, and the base image has none (copy files or single folders, or" \
        "choose a base image with Python)" >&2
      exit 1
    fi
  done
  number=$((number + 1))
done
