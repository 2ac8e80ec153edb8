#!/bin/sh
# Installs the distribution's packages. Lists and archives are cache mounts:
# downloads are kept there, and nothing of them is in the image.
set -eu
export DEBIAN_FRONTEND=noninteractive
if ! command -v apt-get >/dev/null 2>&1; then
  echo "lamina: the base image has no apt-get; \`[base] apt\` needs a Debian or Ubuntu base" >&2
  exit 1
fi

config=/lamina/in/apt.conf
# Docker's base images delete every downloaded package after use, which
# empties the cache mount. Hooks of others are left alone.
[ -e /etc/apt/apt.conf.d/docker-clean ] && config=/lamina/in/apt-no-clean.conf

set -- -c "$config" "$@"
option=$1 file=$2
shift 2
if [ -r /run/secrets/ca-certificates ]; then
  # Besides the distribution's own authorities, if it has them already.
  bundle=/run/lamina/ca.pem
  cat /etc/ssl/certs/ca-certificates.crt /run/secrets/ca-certificates >"$bundle" 2>/dev/null ||
    cat /run/secrets/ca-certificates >"$bundle"
  export SSL_CERT_FILE=$bundle
  ca="-o Acquire::https::CAInfo=$bundle"
fi
# shellcheck disable=SC2086 # an option and its value, or nothing
{
  apt-get "$option" "$file" ${ca:-} -q update
  apt-get "$option" "$file" ${ca:-} -q install -y --no-install-recommends "$@"
}
# Dated logs: no use in an image, and different at each build.
rm -f /var/log/dpkg.log /var/log/alternatives.log /var/log/apt/*.log /var/log/apt/*.xz /var/cache/ldconfig/aux-cache
