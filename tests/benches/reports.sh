#!/usr/bin/env bash
# How long reports take, whole process, from an SQLite file with a warm page cache: floor and figure, one line each.
#
#   tests/benches/reports.sh [DIR]
#
# DIR (target/fleet unless said otherwise) receives the records: one series, a hundred and ten thousand, each looked at every
# minute of 2018, with fifty outages; about 4 GB and some minutes, once. Beside them the plain scan that other tools make of
# one row an attempt, over the same month, in the same run. Needs sqlite3. SERIES=1000 makes the largest fleet smaller.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
dir=${1:-$target/fleet}
many=${SERIES:-10000}
rounds=${ROUNDS:-5}
cargo build --quiet --release -p reporter --bin reporter
cargo build --quiet --release -p ledger --example fleet
reporter=$target/release/reporter
mkdir -p "$dir"
for series in 1 100 "$many"; do
    if [ ! -e "$dir/$series.db" ]; then
        rm -f "$dir/part.db"* "$dir/naive-$series.db"
        "$target/release/examples/fleet" "$dir/part.db" "$series" "$dir/naive-$series.db"
        mv "$dir/part.db" "$dir/$series.db"
    fi
done

# took COMMAND..: the median of wall milliseconds, and of user and system milliseconds, after one run that warms the cache.
took() {
    local TIMEFORMAT='%U %S' from runs half=$(((rounds + 1) / 2))
    "$@" >/dev/null
    runs=$(for _ in $(seq "$rounds"); do
        from=${EPOCHREALTIME/./}
        { time "$@" >/dev/null; } 2>&1 | tr '\n' ' '
        echo $((${EPOCHREALTIME/./} - from))
    done)
    awk '{ printf "%.1f\n", $3 / 1000 }' <<<"$runs" | sort -n | sed -n "${half}p" | tr '\n' ' '
    awk '{ printf "%.0f\n", ($1 + $2) * 1000 }' <<<"$runs" | sort -n | sed -n "${half}p"
}

# line WHAT FLOOR COMMAND..
line() {
    local what=$1 floor=$2 wall cpu
    shift 2
    read -r wall cpu < <(took "$@")
    printf '%-62s %7s %8s %7s\n' "$what" "$floor" "$wall" "$cpu"
}

# count SERIES WHERE: the scan of a month of plain rows.
count() {
    line "plain rows, count(*) of the month, $1 series" "" sqlite3 -readonly "$dir/naive-100.db" \
        "SELECT monitor_id, count(*), sum(status) FROM heartbeat WHERE $2 time >= 1543622400000 AND time < 1546300800000 GROUP BY monitor_id"
}

printf '%-62s %7s %8s %7s\n' "milliseconds, median of $rounds" floor wall CPU
line "do nothing (reporter --version)" "" "$reporter" --version
line "1 series, month, uptime and percentiles of all phases" 5 "$reporter" uptime 2018-12 --latency "$dir/1.db"
line "100 series, the same" 30 "$reporter" uptime 2018-12 --latency --top 100 "$dir/100.db"
line "$many series, month, uptime from days" 50 "$reporter" uptime 2018-12 "$dir/$many.db"
line "$many series, year, uptime from days" 100 "$reporter" uptime 2018 "$dir/$many.db"
line "$many series, month, percentiles of all phases, JSON" 1000 "$reporter" uptime 2018-12 --latency --json "$dir/$many.db"
line "$many series, month, uptime from runs and ticks" "" "$reporter" uptime 2018-12 --afresh "$dir/$many.db"
line "$many series, year, uptime from runs and ticks" 10000 "$reporter" uptime 2018 --afresh "$dir/$many.db"
count 1 "monitor_id = 7 AND"
count 100 ""
