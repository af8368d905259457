#!/bin/sh
# Checks the catalogue of the packages against the shapes of DCAT-AP 3.0.1. Needs python3 with pyshacl; says so when it is not there.
set -eu
cd "$(dirname "$0")/../.."
if ! python3 -c 'import pyshacl' 2>/dev/null; then
    echo "SKIPPED: python3 has no pyshacl (pip install pyshacl); the catalogue was not checked against DCAT-AP" >&2
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo run --quiet -- catalogue > "$work/catalogue.ttl"
cargo run --quiet -- catalogue --json-ld > "$work/catalogue.jsonld"
python3 e2e/catalogue/validate.py "$work/catalogue.ttl" "$work/catalogue.jsonld"
