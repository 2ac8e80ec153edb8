#!/bin/sh
# Installs packages of the distribution. Lists and archives are cache mounts:
# downloads are kept there, and none of them is in the image.
set -eu
root=${LAMINA_ROOT:-}
export DEBIAN_FRONTEND=noninteractive
if ! command -v apt-get >/dev/null 2>&1; then
  echo "lamina: the base image has no apt-get: \`[base] apt\` needs a base image of Debian or Ubuntu" >&2
  exit 1
fi

config=/lamina/in/apt.conf
# `docker-clean` of Docker's base images has hooks that delete every downloaded
# package after use, which empties the cache mount. apt can only clear all hooks
# of a kind, so those of others are cleared too, but only where this one is.
[ -e "$root/etc/apt/apt.conf.d/docker-clean" ] && config=/lamina/in/apt-no-clean.conf

set -- -c "$config" "$@"
option=$1 file=$2
shift 2
if [ -r "$root/run/secrets/ca-certificates" ]; then
  # Beside the distribution's own certificates, if it has them already.
  bundle=$root/run/lamina/ca.pem
  {
    cat "$root/etc/ssl/certs/ca-certificates.crt" 2>/dev/null || :
    echo
    cat "$root/run/secrets/ca-certificates"
  } >"$bundle"
  export SSL_CERT_FILE=$bundle
  ca="-o Acquire::https::CAInfo=$bundle"
fi
# shellcheck disable=SC2086 # an option and its value, or nothing
{
  apt-get "$option" "$file" ${ca:-} -q update
  apt-get "$option" "$file" ${ca:-} -q install -y --no-install-recommends "$@"
}
# Dated logs are of no use in an image, and different in each build.
rm -f "$root/var/log/dpkg.log" "$root/var/log/alternatives.log" "$root"/var/log/apt/*.log "$root"/var/log/apt/*.xz \
  "$root/var/cache/ldconfig/aux-cache"
