#!/bin/sh
# Adds the image's account to copies of the base's account files. Runs
# natively; the base is mounted at /base. Modes, owners and times are those of
# the base's files, and no date is written, so that the bytes depend on the
# base and the account alone.
set -eu
name=$1 uid=$2 home=$3
base=${LAMINA_BASE:-/base} out=${LAMINA_OUT:-/out}/etc
mkdir -p "$out"
shell=/bin/sh
[ -e "$base/bin/bash" ] && shell=/bin/bash

# Appends a line to a file. A base without the shadow files gets none.
add() {
  file=$1 line=$2
  if [ -e "$base/etc/$file" ]; then
    cp -p "$base/etc/$file" "$out/$file"
    # A last line without a newline would swallow ours.
    if [ -s "$out/$file" ] && [ -n "$(tail -c 1 "$out/$file")" ]; then
      echo >>"$out/$file"
    fi
  elif [ "$file" != passwd ] && [ "$file" != group ]; then
    return 0
  fi
  printf '%s\n' "$line" >>"$out/$file"
  if [ -e "$base/etc/$file" ]; then
    touch -r "$base/etc/$file" "$out/$file"
  fi
}

add passwd "$name:x:$uid:$uid::$home:$shell"
add group "$name:x:$uid:"
add shadow "$name:!:::::::"
add gshadow "$name:!::"
