#!/bin/sh
# What only the base image of the target knows: its distribution, C library,
# interpreters and accounts. Runs natively; the base, of whatever
# architecture, is mounted at /base and only read. Writes one fact a line, in
# several files, so that a step that needs one of them is keyed on that one.
set -eu
base=${LAMINA_BASE:-/base} out=${LAMINA_OUT:-/out} builder=${LAMINA_BUILDER:-}

id= codename= version=
if [ -f "$base/etc/os-release" ]; then
  while IFS='=' read -r key value || [ -n "$key" ]; do
    value=${value#[\"\']} value=${value%[\"\']}
    case $key in
      ID) id=$value ;;
      VERSION_CODENAME) codename=$value ;;
      VERSION_ID) version=$value ;;
    esac
  done <"$base/etc/os-release"
fi
printf 'id=%s\nrelease=%s\n' "$id" "${codename:-$version}" >"$out/distribution"

# The environment's tree is merged with the directories above it, which have
# to be like the base's. Application files may meet what the root has.
{
  if [ -L "$base/opt" ]; then
    echo opt=link
  elif [ -d "$base/opt" ]; then
    stat -c 'opt=%a %u %g' "$base/opt"
  fi
  for path in "$base"/* "$base"/.[!.]* "$base"/..?*; do
    if [ -e "$path" ] || [ -L "$path" ]; then
      printf 'root=%s\n' "${path#"$base"/}"
    fi
  done
} >"$out/directories"

# The library itself has its version; running it could need emulation.
libc=
for file in "$base"/lib/*-linux-gnu*/libc.so.6 "$base"/lib64/libc.so.6 "$base"/usr/lib/libc.so.6; do
  [ -f "$file" ] || continue
  found=$(grep -a -o 'GNU C Library[^)]*) [a-z ]*release version [0-9]*\.[0-9]*' "$file" | head -n 1)
  [ -n "$found" ] && libc=glibc-${found##* } && break
done
if [ -z "$libc" ]; then
  for file in "$base"/lib/ld-musl-*.so.1; do
    [ -e "$file" ] && libc=musl-1.2
  done
fi

# Calls a function with each interpreter, in the order of the usual PATH: the
# first of a version is the one that runs.
each_python() {
  for directory in /usr/local/bin /usr/bin /bin /opt/conda/bin; do
    for file in "$base$directory"/python3.[0-9] "$base$directory"/python3.[0-9][0-9]; do
      if [ -e "$file" ] || [ -L "$file" ]; then
        "$1" "${file#"$base"}"
      fi
    done
  done
}

name_python() {
  printf 'python=%s\n' "$1"
}

# The whole version of an interpreter (3.11.14), from the headers beside it, or
# from the string in its library or program; nothing where that is not clear.
python_version() {
  prefix=${1%/bin/*} minor=${1##*/python}
  header=$base$prefix/include/python$minor/patchlevel.h
  if [ -f "$header" ]; then
    found=$(sed -n 's/^#define PY_VERSION[[:space:]]*"\([^"]*\)".*/\1/p' "$header")
    if [ -n "$found" ]; then
      printf '%s=%s\n' "$1" "$found"
      return
    fi
  fi
  program=$base$1
  case $(readlink "$program" || :) in
    /*) program=$base$(readlink "$program") ;;
  esac
  pattern="3\\.${minor#3.}\\.[0-9][0-9]*\\([abrc]*[0-9][0-9]*\\)\\{0,1\\}+\\{0,1\\}"
  for file in "$base$prefix/lib/libpython$minor.so.1.0" \
    "$base$prefix"/lib/*-linux-gnu*/"libpython$minor.so.1.0" "$program"; do
    [ -f "$file" ] || continue
    found=$(LC_ALL=C grep -a -z -x -o "$pattern" "$file" 2>/dev/null | tr '\0' '\n' | sort -u)
    case $found in
      '' | *[!0-9a-z.+]*) ;;
      *) printf '%s=%s\n' "$1" "$found" && return ;;
    esac
  done
}

{
  printf 'libc=%s\n' "$libc"
  each_python name_python
} >"$out/python"
each_python python_version >"$out/python-versions"

# Installers run natively, at the same path in the root of this step: the same
# image for the platform of the builder, which may be another one inside.
builder_python() {
  [ ! -x "$builder$1" ] || name_python "$1"
}
each_python builder_python >"$out/builder-python"

cut -d: -f1,3,4,6 "$base/etc/passwd" >"$out/passwd" 2>/dev/null || : >"$out/passwd"
cut -d: -f1,3 "$base/etc/group" >"$out/group" 2>/dev/null || : >"$out/group"
