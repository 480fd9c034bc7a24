#!/usr/bin/env python3
"""Checks fixtures/vectors/receipt.json with other people's CBOR and Ed25519 (`cbor2`, `cryptography`), and no code of ours.

usage: verify_receipts.py [RECEIPT_VECTORS]    exit 1 on any disagreement

Packages: tests/requirements.txt. Written from docs/spec/receipts.md. The verdict is compared, not the word for it.
"""
import base64, hashlib, json, pathlib, sys

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519, RFC9162_SHA256 = -19, 1
TREE_SIZE, ENTRY, CHECKPOINT = -69_620, -69_621, -69_622
ORDER = 2**252 + 27742317777372353535851937790883648493


class Refused(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Refused(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def read(data):
    """One item, in the only form there is for it: keys here sort alike bytewise and by length."""
    try:
        value = cbor2.loads(data)
    except Exception as error:  # noqa: BLE001 - whatever the library says
        raise Refused(f"not CBOR: {error}")
    need(cbor2.dumps(value, canonical=True) == data, "not canonical")
    return value


def verifies(key, message, signature):
    # OpenSSL refuses an S of the group's order or more; said here because the format asks for it.
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except InvalidSignature:
        return False


def thumbprint(key):
    return sha256(cbor2.dumps({1: 1, -1: 6, -2: key}, canonical=True))


# The tree: the root that a path leads to, recursively over RFC 6962's definition rather than by RFC 9162's loop.
def node(left, right):
    return sha256(b"\1", left, right)


def split(size):
    return 1 << (size - 1).bit_length() - 1


def climb(index, size, leaf, path):
    if size == 1:
        need(not path, "hashes left over")
        return leaf
    need(path, "a hash is missing")
    half, sibling, below = split(size), path[-1], path[:-1]
    if index < half:
        return node(climb(index, half, leaf, below), sibling)
    return node(sibling, climb(index - half, size - half, leaf, below))


def roots(older, newer, path, known, whole=True):
    """Older and newer root by RFC 6962 section 2.1.2: `known` is the older root, where the path leaves it out."""
    if older == newer:
        if whole:
            need(not path, "hashes left over")
            return known, known
        need(len(path) == 1, "a hash is missing or left over")
        return path[0], path[0]
    need(path, "a hash is missing")
    half, sibling, below = split(newer), path[-1], path[:-1]
    if older <= half:
        old, new = roots(older, half, below, known, whole)
        return old, node(new, sibling)
    old, new = roots(older - half, newer - half, below, known, False)
    return node(sibling, old), node(sibling, new)


# Keys, notes and policies, as far as these vectors need them.
def vkey(text):
    name, ident, data = text.split("+", 2)
    data = base64.b64decode(data, validate=True)
    need(sha256(name.encode(), b"\n", data)[:4].hex() == ident, "vkey")
    return name, bytes.fromhex(ident), data[0], data[1:]


def policy_of(text):
    logs, witnesses, groups, quorum = [], {}, {}, None
    for line in text.splitlines():
        word, *rest = line.split()
        if word == "log":
            logs.append(vkey(rest[0]))
        elif word == "witness":
            witnesses[rest[0]] = vkey(rest[1])
        elif word == "group":
            groups[rest[0]] = (rest[1], rest[2:])
        elif word == "quorum":
            quorum = None if rest[0] == "none" else rest[0]
    return logs, witnesses, groups, quorum


def reached(name, groups, cosigned):
    if name not in groups:
        return name in cosigned
    threshold, members = groups[name]
    wanted = {"all": len(members), "any": 1}.get(threshold) or int(threshold)
    return sum(reached(member, groups, cosigned) for member in members) >= wanted


def open_checkpoint(note, log, witnesses):
    """Size, root and the witnesses that have cosigned."""
    text, _, lines = note.rpartition("\n\n")
    need(lines.endswith("\n"), "no signature lines")
    text += "\n"
    body = text.split("\n")
    need(len(body) == 4 and body[0] == log[0], "not a checkpoint of this log")
    by_log, cosigned = False, set()
    for line in lines.splitlines():
        dash, name, blob = line.split(" ")
        need(dash == "—", "not a signature line")
        blob = base64.b64decode(blob, validate=True)
        if (name, blob[:4]) == log[:2]:
            need(verifies(log[3], text.encode(), blob[4:]), "the log's signature")
            by_log = True
        for witness, key in witnesses.items():
            if (name, blob[:4]) == key[:2]:
                time = int.from_bytes(blob[4:12], "big")
                message = f"cosignature/v1\ntime {time}\n{text}".encode()
                need(verifies(key[3], message, blob[12:]), "a cosignature")
                cosigned.add(witness)
    need(by_log, "the log has not signed")
    return int(body[1]), base64.b64decode(body[2], validate=True), cosigned


def envelope(data, kind):
    need(len(data) <= 65_536, "too large")
    receipt = read(data)
    need(isinstance(receipt, cbor2.CBORTag) and receipt.tag == 18, "tag")
    need(isinstance(receipt.value, list) and len(receipt.value) == 4, "array")
    protected, unprotected, payload, signature = receipt.value
    need(payload is None and isinstance(protected, bytes) and isinstance(unprotected, dict), "shape")
    need(isinstance(signature, bytes), "signature")
    header = read(protected)
    need(isinstance(header, dict) and set(header) == {1, 4, 15, 395, TREE_SIZE}, "protected header")
    need(header[1] == ED25519 and header[395] == RFC9162_SHA256, "alg or vds")
    need(isinstance(header[15], dict) and set(header[15]) == {1, 2}, "claims")
    proofs = unprotected.get(396)
    need(isinstance(proofs, dict) and list(proofs) == [kind], "kind of proof")
    need(isinstance(proofs[kind], list) and len(proofs[kind]) == 1, "number of proofs")
    need(isinstance(proofs[kind][0], bytes), "proof")
    first, second, path = read(proofs[kind][0])
    need(all(isinstance(n, int) and 0 <= n for n in (first, second)), "numbers")
    need(all(isinstance(h, bytes) and len(h) == 32 for h in path) and len(path) < 64, "path")
    size = first if kind == -1 else second
    need(size < 2**63 and size == header[TREE_SIZE], "size")

    def signed(root, logs):
        keys = [log for log in logs if log[0] == header[15][1] and thumbprint(log[3]) == header[4]]
        need(keys, "another log or key")
        message = cbor2.dumps(["Signature1", protected, b"", root])
        need(verifies(keys[0][3], message, signature), "signature")
        return keys[0]

    return header, unprotected, first, second, path, signed


def verify(vector):
    """Index, size, time received, and whether it is final."""
    logs, witnesses, groups, quorum = policy_of(vector["policy"])
    statement = bytes.fromhex(vector["statement"])
    header, unprotected, size, index, path, signed = envelope(bytes.fromhex(vector["receipt"]), -1)
    need(index < size and (path or size == 1), "bounds")
    need(set(unprotected) - {CHECKPOINT} == {396, ENTRY}, "unprotected header")
    need(isinstance(unprotected[ENTRY], bytes), "entry")
    extra = read(unprotected[ENTRY])
    need(isinstance(extra, list) and len(extra) == 3 and extra[0] == 1 and len(extra[1]) == 32, "entry")
    claims = cbor2.loads(cbor2.loads(statement).value[0])[15]
    charter = claims[2] == header[15][1]
    need(header[15][2] == (sha256(statement).hex() if charter else claims[2]), "agreement")
    leaf = sha256(b"\0", cbor2.dumps([*extra, statement]))
    root = climb(index, size, leaf, path)
    log = signed(root, logs)
    cosigned = set()
    if CHECKPOINT in unprotected:
        need(isinstance(unprotected[CHECKPOINT], bytes), "checkpoint")
        of_size, of_root, cosigned = open_checkpoint(unprotected[CHECKPOINT].decode(), log, witnesses)
        need((of_size, of_root) == (size, root), "checkpoint of another tree")
    final = quorum is not None and reached(quorum, groups, cosigned)
    return {"index": index, "size": size, "received": extra[2], "final": final}


def verify_consistency(vector):
    header, unprotected, older, newer, path, signed = envelope(bytes.fromhex(vector["receipt"]), -2)
    need(list(unprotected) == [396] and 0 < older < newer and path, "bounds")
    need(older == vector["older"], "another older tree")
    known = bytes.fromhex(vector["older_root"])
    old, new = roots(older, newer, path, known)
    need(old == known, "the older root")
    signed(new, [vkey(vector["log"])])
    return {"newer": newer, "newer_root": new.hex()}


def extract(vector):
    data = bytes.fromhex(vector["transparent"])
    whole = read(data)
    need(isinstance(whole, cbor2.CBORTag) and whole.tag == 18 and len(whole.value) == 4, "shape")
    header, unprotected, payload, signature = whole.value
    receipts = []
    if unprotected:
        need(set(unprotected) == {394} and isinstance(unprotected[394], list), "unprotected header")
        receipts = unprotected[394]
        need(0 < len(receipts) <= 8 and all(isinstance(r, bytes) for r in receipts), "receipts")
        for receipt in receipts:
            envelope(receipt, -1)
    statement = cbor2.dumps(cbor2.CBORTag(18, [header, {}, payload, signature]))
    return {"statement": statement.hex(), "receipts": [receipt.hex() for receipt in receipts]}


def main(path):
    vectors = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    groups = [("", vectors, verify), ("consistency/", vectors["consistency"], verify_consistency)]
    groups.append(("embedded/", vectors["embedded"], extract))
    accepted = refused = 0
    faults = []
    for prefix, group, check in groups:
        for vector in group["accepted"]:
            try:
                found = check(vector)
                faults += [f"{prefix}{vector['name']}: {k} {v}" for k, v in found.items() if vector[k] != v]
                accepted += 1
            except Refused as why:
                faults.append(f"{prefix}{vector['name']}: refused: {why}")
        for vector in group["refused"]:
            try:
                check(vector)
                faults.append(f"{prefix}{vector['name']}: accepted, though it is {vector['code']}")
            except (Refused, ValueError, TypeError, UnicodeDecodeError, KeyError):
                refused += 1
    print(f"receipts: {accepted} accepted, {refused} refused, {len(faults)} disagreements")
    print("\n".join(faults), end="")
    return 1 if faults else 0


if __name__ == "__main__":
    default = pathlib.Path(__file__).parent.parent / "fixtures/vectors/receipt.json"
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else default))
