#!/usr/bin/env bash
# The model keeps its promises, and each rule whose seed README.md names breaks the promise that it names when it is taken out.
set -euo pipefail
cd "$(dirname "$0")"

target=${CARGO_TARGET_DIR:-../../target/model}
cargo build --release --locked --quiet --target-dir "$target"
model=$target/release/protocol-model

passed=0
"$model" run --seeds 0..3000
passed=$((passed + 1))
while read -r rule promise seed; do
    [ "$seed" -lt 1000 ] || continue
    if said=$("$model" run --seeds "$seed..$((seed + 1))" --without "$rule"); then
        echo "without $rule seed $seed breaks nothing"
        exit 1
    elif ! grep -q "^seed $seed: $promise broken" <<<"$said"; then
        echo "without $rule seed $seed: not $promise, but $said"
        exit 1
    fi
    passed=$((passed + 1))
done < <(grep -oE '[A-Z_]{5,} \| P[0-9] \| [0-9]+' README.md | tr -d '|')
echo "$passed passed, 0 failed"
