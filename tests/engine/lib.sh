# shellcheck shell=bash disable=SC2034
# Shared by `up` and `down`: paths, and how daemons are started and stopped.

export PATH="/usr/bin:/usr/sbin:/bin:/sbin:${PATH}"

engine_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo_dir=$(cd "$engine_dir/../.." && pwd)

state=${LAMINA_TEST_STATE:-/var/lib/lamina-test}
run=${LAMINA_TEST_RUN:-/run/lamina-test}
log=${LAMINA_TEST_LOG:-/var/log/lamina-test}
# The user's own cache directory, if nothing has to be installed as root.
if [ -z "${LAMINA_TEST_CACHE:-}" ] && [ "$(id -u)" -ne 0 ]; then
    user_dir=${XDG_CACHE_HOME:-$HOME/.cache}/lamina-test
    state=${LAMINA_TEST_STATE:-$user_dir/state}
    run=${LAMINA_TEST_RUN:-$user_dir/run}
    log=${LAMINA_TEST_LOG:-$user_dir/log}
    cache=$user_dir
else
    cache=${LAMINA_TEST_CACHE:-/var/cache/lamina-test}
fi
registry_port=${LAMINA_REGISTRY_PORT:-5000}
index_port=${LAMINA_INDEX_PORT:-5080}
env_file=${LAMINA_TEST_ENV:-$repo_dir/target/engine/env}

say() { printf 'engine: %s\n' "$*" >&2; }
die() { printf 'engine: error: %s\n' "$*" >&2; exit 1; }

# Prefers the system's Python: the shim of a version manager takes 0.2 s for each call.
python=/usr/bin/python3
[ -x "$python" ] || python=$(command -v python3) || die 'python3 is needed'

# alive NAME: whether the process that was started under this name is still running.
alive() {
    local pid start
    [ -f "$run/$1.pid" ] || return 1
    read -r pid start <"$run/$1.pid" || return 1
    [ "$(started "$pid")" = "$start" ]
}

# started PID: the start time of a process, empty if there is none.
started() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# start NAME COMMAND...: starts a process in a session of its own, and records its identity.
start() {
    local name=$1 pid
    shift
    # Without the lock of `up`, which the daemon would otherwise hold, and outside this checkout: if
    # that is deleted, the git processes of the daemon would have no working directory.
    env --chdir=/ setsid nohup "$@" >>"$log/$name.log" 2>&1 </dev/null 9>&- &
    pid=$!
    disown
    sleep 0.05
    printf '%s %s\n' "$pid" "$(started "$pid")" >"$run/$name.pid"
}

# The registry where `up` uses an existing engine: one of its containers.
registry_container=lamina-test-registry

# stop_registry_container: removes it, if there is one. `down` knows the client from the last `up`.
stop_registry_container() {
    local client=${docker:-} host=${DOCKER_HOST:-}
    if [ -z "$client" ] && [ -f "$env_file" ] &&
        grep -qx 'LAMINA_TEST_ENGINE_MODE=existing' "$env_file"; then
        client=$(sed -n 's/^LAMINA_DOCKER=//p' "$env_file")
        host=$(sed -n 's/^LAMINA_DOCKER_HOST=//p' "$env_file")
    fi
    [ -n "$client" ] || return 0
    # It says so if there is none.
    env ${host:+DOCKER_HOST="$host"} timeout 60 "$client" rm -f "$registry_container" >/dev/null 2>&1 || true
}

# stop NAME: ends a process, first by SIGTERM.
stop() {
    local pid i
    if alive "$1"; then
        read -r pid _ <"$run/$1.pid"
        kill "$pid" 2>/dev/null || true
        for ((i = 0; i < 150; i++)); do
            alive "$1" || break
            sleep 0.1
        done
        if alive "$1"; then kill -9 "$pid" 2>/dev/null || true; fi
    fi
    rm -f "$run/$1.pid"
}

# until_true SECONDS COMMAND...: poll, bounded.
until_true() {
    local i limit=$1
    shift
    for ((i = 0; i < limit * 10; i++)); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.1
    done
    return 1
}

# answers PORT: whether something listens on this loopback port (in bash alone, without curl).
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
