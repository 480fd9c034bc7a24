#!/usr/bin/env bash
# cbor2 6.3.0 (PyPI): an array or a map has another type inside a tag than outside.
#
# Expected: one Python type for one CBOR type, list and dict, as cbor2 5.9.0 gives in both places.
# Seen: list and dict outside; tuple and frozendict as the content of a tag. A check such as isinstance(value, list) holds
# for an untagged COSE_Sign1 and fails for the same bytes behind tag 18.
# For users of Truce: make plain lists and dicts of what a tag holds before looking at it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
look='import cbor2
for text in ("80", "d280", "a0", "d2a0"):
    value = cbor2.loads(bytes.fromhex(text))
    print(type(getattr(value, "value", value)).__name__, end=" ")'
"$folder/venv/bin/pip" install --quiet cbor2==5.9.0
with_5=$("$folder/venv/bin/python" -c "$look")
"$folder/venv/bin/pip" install --quiet cbor2==6.3.0
with_6=$("$folder/venv/bin/python" -c "$look")
echo "5.9.0: $with_5"
echo "6.3.0: $with_6"
[ "$with_5" = "list list dict dict " ] && [ "$with_6" = "list tuple dict frozendict " ]
