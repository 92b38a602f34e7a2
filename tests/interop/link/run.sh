#!/bin/sh
# Measures sambang-link with curl and Node's fetch, and drives it with Toxiproxy's own clients.
#   tests/interop/link/run.sh [PATH OF sambang-link]
# Needs python3 with venv, node 18 or later with npm, and curl; takes about two minutes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -gt 0 ]; then
  SAMBANG_LINK=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
fi
cd "$here/../../.."
target=${CARGO_TARGET_DIR:-$PWD/target}
if [ $# -eq 0 ]; then
  cargo build --quiet --package tests --bin sambang-link
  SAMBANG_LINK=$target/debug/sambang-link
fi
export SAMBANG_LINK PYTHONDONTWRITEBYTECODE=1
venv=$target/interop-link/venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$here/requirements.txt"
tests/npm-packages "$here"
for program in measure toxiproxy_client node_clients; do
  echo "== $program"
  "$venv/bin/python" "$here/$program.py"
done
