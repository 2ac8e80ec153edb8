# shellcheck shell=bash disable=SC2154
# Debian's packages for the engine. apt uses separate lists, sources and preferences, so that the
# machine's sources do not change; low pins keep all other packages at the machine's own release.

install_packages() {
    local dir=$state/apt mirror security
    [ "$(id -u)" -eq 0 ] || die 'no usable Docker engine, and installing one needs root'
    # shellcheck disable=SC1091
    . /etc/os-release
    [ "${VERSION_CODENAME:-}" = bookworm ] ||
        say "made for Debian 12 (bookworm), this is ${PRETTY_NAME:-unknown}: trying anyway"
    mkdir -p "$dir/lists/partial" "$dir/parts"
    mirror=${LAMINA_DEBIAN_MIRROR:-http://deb.debian.org/debian}
    security=${LAMINA_DEBIAN_SECURITY:-http://deb.debian.org/debian-security}
    {
        local key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
        printf 'deb %s %s %s main\n' "$key" "$mirror" bookworm "$key" "$mirror" bookworm-updates \
            "$key" "$security" bookworm-security "$key" "$mirror" trixie "$key" "$mirror" forky
    } >"$dir/sources.list"
    cat >"$dir/preferences" <<'EOF'
Package: *
Pin: release n=trixie
Pin-Priority: 50

Package: *
Pin: release n=forky
Pin-Priority: 40

Package: docker.io docker-cli containerd qemu-user qemu-user-binfmt
Pin: release n=trixie
Pin-Priority: 990

Package: docker-buildx
Pin: release n=forky
Pin-Priority: 990
EOF
    cat >"$dir/apt.conf" <<EOF
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "$dir/parts";
Dir::Etc::preferences "$dir/preferences";
Dir::Etc::preferencesparts "$dir/parts";
Dir::State::lists "$dir/lists";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
Dpkg::Use-Pty "0";
EOF
    say 'installing Docker, buildx, qemu and a registry from Debian'
    local rc=0
    (
        # Maintainer scripts must not start services: `up` starts its own daemons. Removed also
        # when this is interrupted: it would keep all services of the machine from starting.
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            trap 'rm -f "$policy"' EXIT
            trap 'exit 130' INT TERM
            printf '#!/bin/sh\nexit 101\n' >"$policy"
            chmod 755 "$policy"
        fi
        export APT_CONFIG=$dir/apt.conf DEBIAN_FRONTEND=noninteractive
        # With &&: `||` below switches `set -e` off in here.
        apt-get -qq -o DPkg::Lock::Timeout=300 update &&
            apt-get -qq -o DPkg::Lock::Timeout=300 -y --no-upgrade install "$@"
    ) >>"$log/apt.log" 2>&1 || rc=$?
    if [ "$rc" -ne 0 ]; then
        tail -n 20 "$log/apt.log" >&2
        die "apt-get failed, see $log/apt.log"
    fi
}
