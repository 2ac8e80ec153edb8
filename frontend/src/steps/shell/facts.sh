#!/bin/sh
# What only the base image of the target knows: its distribution, C library,
# interpreters and accounts. Runs natively; the base, of whatever
# architecture, is mounted at /base and only read. Writes one fact a line, in
# files of their own, so that a step that needs one is keyed on that one.
set -eu
base=/base out=/out

id= codename= version=
if [ -r "$base/etc/os-release" ]; then
  while IFS='=' read -r key value; do
    value=${value#\"} value=${value%\"}
    case $key in
      ID) id=$value ;;
      VERSION_CODENAME) codename=$value ;;
      VERSION_ID) version=$value ;;
    esac
  done <"$base/etc/os-release"
fi
printf 'id=%s\nrelease=%s\napt=%s\n' "$id" "${codename:-$version}" \
  "$([ -e "$base/usr/bin/apt-get" ] && echo yes || echo no)" >"$out/distribution"

# The environment's tree is merged, with the directories above it: they are to
# be the base's. And what the root has, application files may meet.
{
  if [ -L "$base/opt" ]; then
    echo opt=link
  elif [ -d "$base/opt" ]; then
    stat -c 'opt=%a %u %g' "$base/opt"
  fi
  for path in "$base"/* "$base"/.[!.]*; do
    if [ -e "$path" ] || [ -L "$path" ]; then
      printf 'root=%s\n' "${path#"$base"/}"
    fi
  done
} >"$out/folders"

# The version stands in the library itself; running it would need emulation.
libc=
for file in "$base"/lib/*-linux-gnu*/libc.so.6 "$base"/lib64/libc.so.6 "$base"/usr/lib/libc.so.6; do
  [ -e "$file" ] || continue
  found=$(grep -a -o 'GNU C Library[^)]*) [a-z ]*release version [0-9]*\.[0-9]*' "$file" | head -n 1)
  [ -n "$found" ] && libc=glibc-${found##* } && break
done
if [ -z "$libc" ]; then
  for file in "$base"/lib/ld-musl-*.so.1; do
    [ -e "$file" ] && libc=musl-1.2
  done
fi

# In the order of the usual PATH: the first of a version is the one that runs.
{
  printf 'libc=%s\n' "$libc"
  for folder in /usr/local/bin /usr/bin /bin /opt/conda/bin; do
    for file in "$base$folder"/python3.[0-9] "$base$folder"/python3.[0-9][0-9]; do
      if [ -e "$file" ] || [ -L "$file" ]; then
        printf 'python=%s\n' "${file#"$base"}"
      fi
    done
  done
} >"$out/python"

cut -d: -f1,3,4,6 "$base/etc/passwd" >"$out/passwd" 2>/dev/null || : >"$out/passwd"
cut -d: -f1,3 "$base/etc/group" >"$out/group" 2>/dev/null || : >"$out/group"
