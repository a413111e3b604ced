#!/usr/bin/env bash
# Instructions that one login journey costs the prober (user space, client alone; callgrind, difference of two run lengths).
#
#   tests/benches/journey.sh [DIR]
#
# DIR holds the yardstick's programs `yardstick` and `standin`, and its certificates in DIR/certs. Then the same journey
# (GET form, POST, GET dashboard) is measured against the same server in the same run, and the ratio printed. Without DIR
# only the prober against the stand-in Groupdesk is measured. Needs valgrind.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/../.."
bench=${1:-}
short=${SHORT:-20} long=${LONG:-70}
target=${CARGO_TARGET_DIR:-target}
cargo build --quiet --release -p groupdesk --example journeys --bin groupdesk
journeys=$target/release/examples/journeys
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT

# count COMMAND..: millions of instructions, and what the command printed last.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
    sed -n 's/.*Collected : //p' "$work/err"
}

# each COMMAND.. N is appended: millions of instructions per journey.
each() {
    local few many
    few=$(count "$@" "$short")
    many=$(count "$@" "$long")
    awk -v few="$few" -v many="$many" -v n=$((long - short)) 'BEGIN { printf "%.2f", (many - few) / n / 1e6 }'
}

# kept COMMAND..: as each, for an agent, which says how many attempts it kept.
kept() {
    local few many first
    few=$(count "$@" "$short")
    first=$(cat "$work/out")
    many=$(count "$@" "$long")
    awk -v few="$few" -v many="$many" -v n=$(($(cat "$work/out") - first)) 'BEGIN { printf "%.2f", (many - few) / n / 1e6 }'
}

# tell NAME YARDSTICK HOW COMMAND..: measures and prints; HOW is each or kept.
tell() {
    local figure
    figure=$("${@:3}")
    awk -v a="$figure" -v b="$2" -v name="$1" 'BEGIN {
        printf "%-46s %6.2f M", name, a
        if (b) printf "   yardstick %5.2f M   ratio %.2f", b, a / b
        print ""
    }'
}

# plan URL CA WHO SECRET STEPS ALWAYS FRESH [PROBES]: one probe an hour for the look, or several every 10 s.
plan() {
    cat <<TOML
regions = ["here"]
canary = "none"
[site]
name = "Bench"
url = "$1"
ca = "$2"
allow_private = ["127.0.0.0/8", "::1/128"]
dns = "system"
http2 = false
login_cap = 0
verify_chain_always = $6
[[persona]]
name = "user"
[[persona.account]]
label = "one"
username = "$3"
password = { file = "$4" }
[[persona.account]]
label = "two"
username = "$3"
password = { file = "$4" }
[[journey]]
name = "login"
$(cat "$5")
$(for number in $(seq "${8:-1}"); do
        printf '[[probe]]\nname = "login-%s"\njourney = "login"\npersona = "user"\n' "$number"
        if [ -n "${8:-}" ]; then
            printf 'schedule = "*/10 * * * * *"\ntimeout = "9s"\n'
        else
            printf 'schedule = "0 0 * * * *"\ntimeout = "60s"\n'
        fi
        printf 'long_timeout = true\nretries = 0\nfast = "none"\nfresh = %s\n' "$7"
    done)
[[contract]]
id = "bench"
customer = "Nobody"
zone = "UTC"
target = 99.9
TOML
}

cat >"$work/captured" <<'TOML'
step = [
  { name = "form", get = "/login", expect.status = 200, take.csrf = { regex = 'name="csrf" value="([0-9a-f]+)"' } },
  { name = "submit", post = "/login", form = { user = "{{username}}", password = "{{password}}", csrf = "{{csrf}}" }, expect.status = 303 },
  { name = "dashboard", get = "/dashboard", expect.status = 200, expect.text = "Signed in as" },
]
TOML
cat >"$work/submitted" <<'TOML'
step = [
  { name = "form", get = "/login", expect.status = 200 },
  { name = "submit", submit = "form", form = { user = "{{username}}", password = "{{password}}" }, expect.status = 303 },
  { name = "dashboard", get = "/dashboard", expect.status = 200, expect.text = "Signed in as" },
]
TOML
cat >"$work/groupdesk" <<'TOML'
step = [
  { name = "form", get = "/login", expect.status = 200 },
  { name = "submit", submit = "form#login", form = { username = "{{username}}", password = "{{password}}" }, expect.status = 303, expect.redirect = "/home" },
  { name = "home", get = "/home", expect.status = 200, expect.text = "Signed in as" },
]
TOML

if [ -n "$bench" ]; then
    port=${PORT:-18443}
    "$bench/standin" --listen "127.0.0.1:$port" --plain "127.0.0.1:$((port + 1))" \
        --cert "$bench/certs/ecdsa-chain.pem" --key "$bench/certs/ecdsa-key.pem" &
    sleep 1
    ca=$bench/certs/ecdsa-ca.pem url=https://127.0.0.1:$port
    (umask 077; printf secret >"$work/secret")
    yardstick() {
        each "$bench/yardstick" journey --addr "127.0.0.1:$port" --ca "$ca" --provider aws --kx x25519 "$@" --n
    }
    full=$(yardstick) cached=$(yardstick --cached-chain on) resumed=$(yardstick --resume on)
    # manners STEPS HOW WHO [PROBES]: the three handshakes.
    manners() {
        plan "$url" "$ca" probe "$work/secret" "$work/$1" true true "${@:4}" >"$work/plan.toml"
        tell "$3, $1, full handshake" "$full" "$2" "$journeys" "$3" --plan "$work/plan.toml" -n
        plan "$url" "$ca" probe "$work/secret" "$work/$1" false true "${@:4}" >"$work/plan.toml"
        tell "$3, $1, chain remembered" "$cached" "$2" "$journeys" "$3" --plan "$work/plan.toml" -n
        plan "$url" "$ca" probe "$work/secret" "$work/$1" false false "${@:4}" >"$work/plan.toml"
        tell "$3, $1, resumed" "$resumed" "$2" "$journeys" "$3" --plan "$work/plan.toml" -n
    }
    manners captured each look
    manners submitted each look
    manners captured kept agent 20
else
    echo "no yardstick: the prober alone, against Groupdesk"
fi

"$target/release/groupdesk" --listen 127.0.0.1:0 --state "$work/site" >"$work/where" &
until [ -s "$work/where" ]; do sleep 0.1; done
url=https://127.0.0.1:$(sed 's/.*"product":"[^"]*:\([0-9]*\)".*/\1/' "$work/where")
for always in true false; do
    plan "$url" "$work/site/ca.pem" user-1 "$work/site/passwords/user-1" "$work/groupdesk" $always true >"$work/plan.toml"
    tell "look, Groupdesk, verify_chain_always = $always" "" each "$journeys" look --plan "$work/plan.toml" -n
done
