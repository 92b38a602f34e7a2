#!/usr/bin/env bash
# Builds the peers and drives each through the contract of README.md. Ends each with "N passed, N failed".
#   tests/peers/check.sh [json-post|gzip-batch|pouchdb|samod]...
# Needs python3, node 18 or later with npm, and to build samod pkg-config and libssl-dev.
set -euo pipefail
cd "$(dirname "$0")/../.."

[ $# -gt 0 ] || set -- json-post gzip-batch pouchdb samod
target=${CARGO_TARGET_DIR:-$PWD/target}
cargo build --release --locked --workspace --bin reports --bin post-peer

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$target/release/reports" --seed 33 --count 40 >"$scratch/reports.jsonl"

status=0
for peer in "$@"; do
    case $peer in
    json-post | gzip-batch) command=("$target/release/post-peer" "$peer") ;;
    pouchdb)
        tests/npm-packages tests/peers/js
        command=(node tests/peers/js/pouchdb.cjs)
        ;;
    samod)
        cargo build --release --locked --manifest-path tests/peers/rs/Cargo.toml --target-dir "$target/peers"
        command=("$target/peers/release/samod-peer")
        ;;
    *)
        echo "No peer $peer." >&2
        exit 2
        ;;
    esac
    echo "== $peer"
    tests/peers/check.py "$scratch/reports.jsonl" "${command[@]}" || status=1
done
exit $status
