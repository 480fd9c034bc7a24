#!/usr/bin/env python3
"""Holds our statements against the COSE library `cwt` (PyPI), as tests/tests/interop_cose.rs asks for.

usage: cose_cross_check.py STATEMENT_VECTORS

Reads and verifies every accepted statement, refuses every one whose signature is bad, and prints, as JSON lines,
statements that it signed itself over the same payloads: the caller checks that our code takes them.
"""
import hashlib, json, sys

import cbor2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cwt import COSE, COSEKey

ED25519 = -19  # RFC 9864
# OpenSSL, which does the arithmetic for the library, has no check for points of small order. Strict verification has.
LAX = {"signature-r-is-the-identity"}


def cose_key(public, kid, private=None):
    key = {1: 1, -1: 6, -2: public, 2: kid, 3: ED25519}
    return COSEKey.new(key | ({-4: private} if private else {}))


def thumbprint(public):
    """RFC 9679 with SHA-256: the required members alone, in deterministic CBOR."""
    return hashlib.sha256(cbor2.dumps({1: 1, -1: 6, -2: public}, canonical=True)).digest()


def main(path):
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    cose, faults, verified, refused = COSE.new(deterministic_header=True), [], 0, 0
    private = Ed25519PrivateKey.from_private_bytes(b"\x66" * 32)
    raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    public = private.public_key().public_bytes(*raw)
    signer = cose_key(public, thumbprint(public), b"\x66" * 32)
    for vector in vectors["accepted"]:
        statement, key = bytes.fromhex(vector["statement"]), bytes.fromhex(vector["key"])
        try:
            protected, unprotected, payload = cose.decode_with_headers(statement, cose_key(key, thumbprint(key)))
        except Exception as error:  # noqa: BLE001 - any failure of the library is a disagreement
            faults.append(f"{vector['name']}: {error}")
            continue
        kind = cbor2.loads(payload)["kind"]
        expected = protected[1] == ED25519 and protected[3] == f"application/vnd.truce.{kind}+cbor"
        if not (expected and protected[4] == thumbprint(key) and set(protected[15]) == {1, 2, 6} and not unprotected):
            faults.append(f"{vector['name']}: read with another header, {protected}")
        verified += 1
        header = dict(protected) | {4: thumbprint(public)}
        signed = cose.encode_and_sign(payload, signer, protected=header, unprotected={})
        print(json.dumps({"name": vector["name"], "key": public.hex(), "statement": signed.hex()}))
    for vector in vectors["refused"]:
        if vector["code"] != "bad-signature":
            continue
        statement, key = bytes.fromhex(vector["statement"]), bytes.fromhex(vector["key"])
        try:
            cose.decode(statement, cose_key(key, thumbprint(key)))
            if vector["name"] not in LAX:
                faults.append(f"{vector['name']}: verified, though its signature is bad")
        except Exception:  # noqa: BLE001 - refused, whatever the word
            refused += 1
    print(f"verified {verified}, refused {refused}, disagreements {len(faults)}", file=sys.stderr)
    print("\n".join(faults), file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
