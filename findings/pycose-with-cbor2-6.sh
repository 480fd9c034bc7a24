#!/usr/bin/env bash
# pycose 1.1.0 with cbor2 6.3.0, which `pip install pycose` resolves to (PyPI): no message is decoded, not even its own.
#
# Expected: a COSE_Sign1 that pycose has just encoded is decoded again, as with cbor2 5.9.0.
# Seen: TypeError "Bytes cannot be decoded as COSE message". cbor2 6 hands out what stands inside a tag as a tuple, and pycose
# asks for a list.
# For users of Truce: pin cbor2 below 6 beside pycose, or check statements with another library.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
cat > "$folder/round.py" <<'PY'
from pycose.algorithms import EdDSA
from pycose.headers import Algorithm
from pycose.keys import OKPKey
from pycose.messages import CoseMessage, Sign1Message

message = Sign1Message(phdr={Algorithm: EdDSA}, payload=b"payload")
message.key = OKPKey.generate_key(crv="ED25519")
try:
    print("decoded", CoseMessage.decode(message.encode()).payload.decode())
except TypeError as error:
    print("TypeError", error)
PY
"$folder/venv/bin/pip" install --quiet pycose==1.1.0 cbor2==5.9.0
with_5=$("$folder/venv/bin/python" "$folder/round.py")
"$folder/venv/bin/pip" install --quiet cbor2==6.3.0
with_6=$("$folder/venv/bin/python" "$folder/round.py")
echo "with cbor2 5.9.0: $with_5"
echo "with cbor2 6.3.0: $with_6"
[ "$with_5" = "decoded payload" ] && [ "$with_6" = "TypeError Bytes cannot be decoded as COSE message" ]
