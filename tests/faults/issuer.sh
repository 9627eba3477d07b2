# Sourced by the tests of credentials: somebody who gives out keys, and the files of the AWS tools.
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_DEFAULT_REGION
export AWS_EC2_METADATA_DISABLED=true AWS_REGION=us-east-1
mkdir -p "$folder/aws" "$HOME/.aws/sso/cache" "$HOME/.aws/cli/cache"
export AWS_CONFIG_FILE=$folder/aws/config AWS_SHARED_CREDENTIALS_FILE=$folder/aws/credentials
control=$folder/control.json
requests=$folder/requests
: >"$requests"
echo '{}' >"$control"
REQUESTS=$requests node "$(dirname "${BASH_SOURCE[0]}")/issuer.mjs" "$control" >"$folder/issuer.port" 2>"$folder/issuer.err" &
started+=($!)
wait_for 10 test -s "$folder/issuer.port" || { echo "not ok the issuer starts"; cat "$folder/issuer.err"; exit 1; }
issuer=$(head -1 "$folder/issuer.port")
export AWS_ENDPOINT_URL_STS=$issuer/sts AWS_ENDPOINT_URL_SSO=$issuer/portal AWS_ENDPOINT_URL_SSO_OIDC=$issuer/oidc \
    AWS_ENDPOINT_URL_DYNAMODB=$issuer/table
said="" # everything that was ever printed

# run PROFILE STATEMENT [OPTION...]: with an empty log of requests, which is in $log afterwards
run() {
    local profile=$1 statement=$2
    shift 2
    : >"$requests"
    gatehouse --profile "$profile" -c "$statement" "$@"
    log=$(<"$requests")
    said+="$out$err"
}
# tell JSON: how the issuer behaves from now on
tell() { echo "$1" >"$control.new" && mv "$control.new" "$control"; }

# No secret in what was printed, in the requests' place of a URL, or in any file of the program.
no_secret() {
    local found=""
    grep -qE 'secret-of-|token-of-|base-secret|sso-token-|client-secret|refresh-[12]|web\+token|secret-in' <<<"$said" && found="the output"
    grep -rqE 'secret-of-|token-of-|base-secret|sso-token-|client-secret|refresh-[12]|web.token' \
        "$HOME/state" "$HOME/data" "$HOME/config" 2>/dev/null && found+=" a file"
    same "no secret is printed or written by the program" "" "$found"
}

# The calls that --verbose has told of: service.operation, status, retries, the error.
calls() { sed -nE 's/^gatehouse: note: ([a-z-]+\.[A-Za-z -]+)  ([0-9]+)  [0-9.]+ ms  ([0-9]+) retries  [0-9]+ bytes(  [A-Za-z]*)?.*/\1 \2 \3\4/p' <<<"$err"; }
