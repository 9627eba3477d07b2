# Sourced by the peer tests: an endpoint of their own, ended by its pid, and lines "ok"/"not ok".
folder=$(mktemp -d)
server=""
cleanup() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; }
    rm -rf "$folder"
}
trap cleanup EXIT
export AWS_ACCESS_KEY_ID=AKIDPEER AWS_SECRET_ACCESS_KEY=peersecret AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1
export AWS_PAGER="" AWS_MAX_ATTEMPTS=3

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        read -rt 0.05 <> <(:) || true
    done
}

start_endpoint() {
    "$GATEHOUSE" serve --data "$folder/data" --socket "$folder/gatehouse.sock" --listen 127.0.0.1:0 "$@" >"$folder/serve.log" 2>&1 &
    server=$!
    wait_for 10 curl -sf --unix-socket "$folder/gatehouse.sock" http://localhost/_gatehouse/health || {
        echo "not ok the endpoint starts"
        cat "$folder/serve.log"
        exit 1
    }
    port=$(curl -sf --unix-socket "$folder/gatehouse.sock" http://localhost/_gatehouse/health | sed -n 's/.*"port": *\([0-9]*\).*/\1/p')
    endpoint=http://127.0.0.1:$port
}

# same NAME EXPECTED ACTUAL
same() {
    if [ "$2" = "$3" ]; then echo "ok $1"; else
        echo "not ok $1"
        printf '  expected: %s\n  got:      %s\n' "$2" "$3"
    fi
}
# holds NAME TEXT PATTERN: TEXT contains PATTERN (extended regular expression)
holds() {
    if grep -qE -- "$3" <<<"$2"; then echo "ok $1"; else
        echo "not ok $1"
        printf '  looked for: %s\n  in:         %s\n' "$3" "$2"
    fi
}
