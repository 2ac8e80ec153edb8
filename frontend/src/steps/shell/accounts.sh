#!/bin/sh
# Adds the image's account to copies of the base's account files. Runs
# natively; the base is mounted at /base. Modes, owners and times are those of
# the base's files, and no date is written, so that the bytes depend on the
# base and the account alone.
set -eu
name=$1 uid=$2 home=$3 base=/base out=/out/etc
mkdir -p "$out"
shell=/bin/sh
[ -e "$base/bin/bash" ] && shell=/bin/bash

add() {
  file=$1 line=$2
  [ -e "$base/etc/$file" ] || [ "$file" = passwd ] || [ "$file" = group ] || return 0
  if [ -e "$base/etc/$file" ]; then
    cp -p "$base/etc/$file" "$out/$file"
    # A last line without an end would swallow ours.
    if [ -s "$out/$file" ] && [ -n "$(tail -c 1 "$out/$file")" ]; then
      echo >>"$out/$file"
    fi
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
