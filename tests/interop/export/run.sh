#!/bin/sh
# What leaves the centre, read back by other software: openpyxl, geojson, Python's csv, pypdf and poppler.
#   tests/interop/export/run.sh DIRECTORY OF sambang AND sambang-server
# Needs python3 with venv and pdftoppm (Debian: poppler-utils). Ends with one line "N passed, N failed".
set -eu
here=$(cd "$(dirname "$0")" && pwd)
programs=$(cd "${1:?directory of the programs}" && pwd)
cd "$here/../../.."
venv=${CARGO_TARGET_DIR:-$PWD/target}/interop-export/venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$here/requirements.txt"
PATH="$programs:$PATH" PYTHONDONTWRITEBYTECODE=1 exec "$venv/bin/python" "$here/read_back.py"
