# What the walk-throughs share. Read one of them first: each is the story, this is the stage.
# Every command that a script gives to `expect` or `run` is printed as it can be typed, then executed as printed.

ROOT=$(cd "${0%/*}/../.." && pwd)
AUTHBENCH=${AUTHBENCH:-$ROOT/target/release/authbench}
case $AUTHBENCH in /*) ;; *) AUTHBENCH=$PWD/$AUTHBENCH ;; esac
if [ ! -x "$AUTHBENCH" ]; then
    (cd "$ROOT" && cargo build --release --locked)
    AUTHBENCH=$ROOT/target/release/authbench
fi
for needed in curl ${NEEDS:-}; do
    command -v "$needed" >/dev/null || { echo "needs $needed, which is not installed" >&2; exit 3; }
done

WORK=$(mktemp -d)
SERVER=
leave() {
    status=$?
    trap - EXIT
    [ -z "$SERVER" ] || { kill "$SERVER" 2>/dev/null && wait "$SERVER" 2>/dev/null; } || :
    rm -rf "$WORK"
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT TERM
cd "$WORK"

authbench() { "$AUTHBENCH" "$@"; }

# Says what comes next.
step() { printf '\n# %s\n' "$*"; }

# Prints a command and runs it in this shell, so that it may set variables.
run() {
    printf '$ %s\n' "$1"
    eval "$1"
}

# Prints a command, runs it, shows what it said, and fails unless that matches the pattern (and ended well, or not).
expect() {
    printf '$ %s\n' "$2"
    said=$(eval "$2" 2>&1) || :
    printf '%s\n' "$said" | tr -d '\r'
    printf '%s\n' "$said" | grep -Eq "$1" || { echo "expected: $1" >&2; exit 1; }
}

# One member of a JSON document on standard input.
member() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | head -n 1; }

# Starts the server in the background and waits until it is ready. Sets URL and CA.
serve() {
    printf '$ authbench --mode %s &\n' "$1"
    : >ready.json
    "$AUTHBENCH" --mode "$1" --listen 127.0.0.1:0 --admin 127.0.0.1:0 --json >ready.json 2>records.txt &
    SERVER=$!
    tries=0
    until grep -q '"ready"' ready.json; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ] || ! kill -0 "$SERVER" 2>/dev/null; then
            echo "the server did not start:" >&2
            cat records.txt >&2
            exit 3
        fi
        sleep 0.1
    done
    URL=$(member url <ready.json)
    CA=$(member ca <ready.json)
    printf '$ URL=%s CA=%s\n' "$URL" "$CA"
}

# A change reaches a running server within 100 ms.
settle() { sleep 0.1; }
