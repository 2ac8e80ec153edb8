#!/bin/sh
# Runs before file operations place the application's files in an image that
# has no Python for place.py. They are right for files, and for directories
# that the image does not have yet, but directories in directories would take
# over mode and owner of those of the image, and fail at its links. The
# arguments are the destinations; what is copied there is below /lamina/files,
# by number.
set -eu
files=${LAMINA_FILES:-/lamina/files} image=${LAMINA_IMAGE:-/lamina/image}

# Whether the image has something at a path, or a link on the way there, which
# may lead anywhere.
exists() {
  path=$image rest=${1#/}/
  while [ -n "$rest" ]; do
    path=$path/${rest%%/*} rest=${rest#*/}
    [ ! -L "$path" ] || return 0
    [ -e "$path" ] || return 1
  done
}

# Whether a directory has directories.
nested() {
  for inner in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    [ ! -d "$inner" ] || [ -L "$inner" ] || return 0
  done
  return 1
}

number=0
for to; do
  for from in "$files/$number"/* "$files/$number"/.[!.]* "$files/$number"/..?*; do
    if [ -d "$from" ] && [ ! -L "$from" ] && nested "$from" && exists "$to"; then
      echo "lamina: failed to place ${from##*/} at $to: the image already has $to, ${from##*/} contains" \
        "directories, and merging them needs Python, which the base image does not have (copy files or" \
        "directories without subdirectories, or choose a base image with Python)" >&2
      exit 1
    fi
  done
  number=$((number + 1))
done
