# Sourced by the fault tests: what goes wrong gets one message, a remedy and the right exit status.
# Every process started here is ended by its pid; every command has a time limit.
. "$(dirname "${BASH_SOURCE[0]}")/../peers/support.sh"
GATEHOUSE=${GATEHOUSE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/gatehouse}
SECONDS_LIMIT=${SECONDS_LIMIT:-30}
started=()
cleanup() {
    local pid
    for pid in $server "${started[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
    rm -rf "$folder"
}

# gatehouse ARGUMENT...: stdout in $out, stderr in $err, exit status in $code
gatehouse() {
    timeout --kill-after=2 "$SECONDS_LIMIT" "$GATEHOUSE" "$@" >"$folder/out" 2>"$folder/err" </dev/null
    code=$?
    out=$(<"$folder/out") err=$(<"$folder/err")
}
# the endpoint of this test, over its socket
here() { gatehouse --profile local --endpoint-url "unix:$folder/gatehouse.sock" "$@"; }

# one_error NAME EXIT MESSAGE REMEDY: what the last command said, as extended regular expressions;
# an empty REMEDY asks for none
one_error() {
    local why=""
    grep -qxE -- "$2" <<<"$code" || why="exit $code, not $2"
    [ "$(grep -cE '^gatehouse: (.*: )?error: |^gatehouse: [a-z]+: ' <<<"$err")" = 1 ] || why+="; not one message"
    grep -qE -- "$3" <<<"$err" || why+="; no message like $3"
    [ -z "$4" ] || grep -qE -- "$4" <<<"$err" || why+="; no remedy like $4"
    if LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' <<<"$err"; then why+="; control bytes in the message"; fi
    if [ -z "$why" ]; then echo "ok $1"; else
        echo "not ok $1"
        printf '  %s\n' "${why#; }"
        sed 's/^/  stderr: /' <<<"${err:0:1500}"
    fi
}

# standin MODE [ARGUMENT...]: a lying server; its address in $standin, its log in $requests
standin() {
    requests=$folder/requests.$RANDOM$RANDOM
    : >"$requests"
    REQUESTS=$requests node "$(dirname "${BASH_SOURCE[0]}")/standin.mjs" "$@" >"$requests.port" 2>"$requests.err" &
    started+=($!)
    standin_pid=$!
    wait_for 10 test -s "$requests.port" || { echo "not ok the stand-in starts"; cat "$requests.err"; exit 1; }
    standin=$(head -1 "$requests.port")
}

# world OPTIONS: a table as world.mjs describes it, fresh each time, in a server that all share
worlds="" worlds_made=0
world() {
    [ -n "$worlds" ] || { standin world; worlds=$standin world_requests=$requests; }
    standin=$worlds/$(printf %s "$1" | base64 -w0 | tr +/ -_ | tr -d =)/$((++worlds_made)) requests=$world_requests
    : >"$requests"
}
