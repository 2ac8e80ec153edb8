# shellcheck shell=bash
# For scripts that use the test engine as a client: reads the values that `up` wrote and selects the
# engine. Starts nothing.

engine_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo_dir=$(cd "$engine_dir/../.." && pwd)
env_file=${LAMINA_TEST_ENV:-$repo_dir/target/engine/env}

[ -r "$env_file" ] || {
    printf 'engine: error: there is no %s: run tests/engine/up first\n' "$env_file" >&2
    exit 1
}
set -a
# shellcheck source=/dev/null
. "$env_file"
set +a

# use_engine [--classic]: selects the engine for the following `docker` calls.
use_engine() {
    DOCKER_HOST=$LAMINA_DOCKER_HOST
    if [ "${1:-}" = --classic ]; then
        DOCKER_HOST=$LAMINA_DOCKER_HOST_CLASSIC
        [ -n "$DOCKER_HOST" ] || {
            printf 'engine: error: there is no engine with the classic store (%s)\n' \
                "$LAMINA_TEST_ENGINE_MODE" >&2
            exit 1
        }
    fi
    # The engine's own builder: only it has the images of its store, `lamina` among them.
    export DOCKER_HOST BUILDX_BUILDER=default
}

docker() { "$LAMINA_DOCKER" "$@"; }
