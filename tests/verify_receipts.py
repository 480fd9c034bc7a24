#!/usr/bin/env python3
"""COSE receipts, by docs/spec/receipts.md; verify_vectors.py calls this.

Run by itself it decides the same vectors with other people's CBOR and Ed25519, `cbor2` and `cryptography` of
tests/requirements.txt.  The verdict is compared, not the word for it.

usage: verify_receipts.py [RECEIPT_VECTORS]    exit 1 on any disagreement
"""
import json, pathlib, sys
import verify_vectors as ours
from verify_vectors import Refused, checkpoint, consistent, included, kid, need, satisfied, sha256, vkey

ED25519, RFC9162_SHA256 = -19, 1
TREE_SIZE, ENTRY, CHECKPOINT = -69_620, -69_621, -69_622


class Ours:
    """What stands in verify_vectors.py."""
    read, write, verifies = staticmethod(ours.read), staticmethod(ours.write), staticmethod(ours.verifies)

    @staticmethod
    def envelope(data):
        """The four parts of a tagged COSE_Sign1. Its payload may be nil, which stands nowhere else."""
        need(data[:2] == b"\xd2\x84", "envelope")
        parts, at = [], 2
        while len(parts) < 4:
            if data[at:at + 1] == b"\xf6":
                value, at = None, at + 1
            else:
                value, at = ours.item(data, at)
            parts.append(value)
        need(at == len(data), "bytes after the envelope")
        return parts


library = Ours


def receipt_parts(data, kind):
    need(len(data) <= 65_536, "too large")
    protected, unprotected, payload, signature = library.envelope(data)
    need(payload is None and isinstance(protected, bytes) and isinstance(unprotected, dict), "shape")
    need(isinstance(signature, bytes) and len(signature) == 64, "signature")
    header = library.read(protected)
    need(isinstance(header, dict) and set(header) == {1, 4, 15, 395, TREE_SIZE}, "protected header")
    need(header[1] == ED25519 and header[395] == RFC9162_SHA256, "alg or vds")
    need(isinstance(header[15], dict) and set(header[15]) == {1, 2}, "claims")
    proofs = unprotected.get(396)
    need(isinstance(proofs, dict) and list(proofs) == [kind], "kind of proof")
    need(isinstance(proofs[kind], list) and len(proofs[kind]) == 1, "number of proofs")
    need(isinstance(proofs[kind][0], bytes), "proof")
    first, second, path = library.read(proofs[kind][0])
    need(all(type(n) is int and 0 <= n for n in (first, second)), "numbers")
    need(all(isinstance(h, bytes) and len(h) == 32 for h in path) and len(path) < 64, "path")
    size = first if kind == -1 else second
    need(size < 2**63 and size == header[TREE_SIZE], "size")

    def signed(root, logs):
        keys = [log for log in logs if log[0] == header[15][1] and kid(log[3]) == header[4]]
        need(keys, "another log or key")
        message = library.write(["Signature1", protected, b"", root])
        need(library.verifies(keys[0][3], message, signature), "signature")
        return keys[0]

    return header, unprotected, first, second, path, signed


def words_of(policy, first):
    return [line.split() for line in policy.splitlines() if line.split()[:1] == [first]]


def cosigned(policy, note, log):
    """Size and root of a checkpoint that holds, and whether the quorum has cosigned it."""
    witnesses = [vkey(words[2]) for words in words_of(policy, "witness")]
    _, size, top, _, _ = checkpoint(note, [log], witnesses)
    if words_of(policy, "quorum") == [["quorum", "none"]]:
        return size, top, False
    try:
        satisfied(policy, note)
    except Refused as why:
        need(str(why) == "quorum", str(why))
        return size, top, False
    return size, top, True


def inclusion(vector):
    statement, policy = bytes.fromhex(vector["statement"]), vector["policy"]
    header, unprotected, size, index, path, signed = receipt_parts(bytes.fromhex(vector["receipt"]), -1)
    need(set(unprotected) - {CHECKPOINT} == {396, ENTRY}, "unprotected header")
    need(isinstance(unprotected[ENTRY], bytes), "entry")
    extra = library.read(unprotected[ENTRY])
    need(isinstance(extra, list) and len(extra) == 3 and extra[0] == 1 and len(extra[1]) == 32, "entry")
    claims = library.read(library.envelope(statement)[0])[15]
    is_charter = claims[2] == header[15][1]
    need(header[15][2] == (sha256(statement).hex() if is_charter else claims[2]), "agreement")
    root = included(index, size, sha256(b"\0", library.write([*extra, statement])), path)
    log = signed(root, [vkey(words[1]) for words in words_of(policy, "log")])
    final = False
    if CHECKPOINT in unprotected:
        need(isinstance(unprotected[CHECKPOINT], bytes), "checkpoint")
        of_size, of_root, final = cosigned(policy, unprotected[CHECKPOINT].decode(), log)
        need((of_size, of_root) == (size, root), "checkpoint of another tree")
    return {"index": index, "size": size, "received": extra[2], "final": final}


def consistency(vector):
    receipt = bytes.fromhex(vector["receipt"])
    _, unprotected, older, newer, path, signed = receipt_parts(receipt, -2)
    need(list(unprotected) == [396] and 0 < older < newer and path, "bounds")
    need(older == vector["older"], "another older tree")
    known = bytes.fromhex(vector["older_root"])
    old, new = consistent(older, newer, path, known)
    need(old == known, "the older root")
    signed(new, [vkey(vector["log"])])
    return {"newer": newer, "newer_root": new.hex()}


def embedded(vector):
    protected, unprotected, payload, signature = library.envelope(bytes.fromhex(vector["transparent"]))
    receipts = []
    if unprotected:
        need(set(unprotected) == {394} and isinstance(unprotected[394], list), "unprotected header")
        receipts = unprotected[394]
        need(0 < len(receipts) <= 8 and all(isinstance(r, bytes) for r in receipts), "receipts")
        for receipt in receipts:
            receipt_parts(receipt, -1)
    statement = b"\xd2" + library.write([protected, {}, payload, signature])
    return {"statement": statement.hex(), "receipts": [receipt.hex() for receipt in receipts]}


def checked(decide):
    """What was decided must be what the vector says."""
    def check(vector):
        found = decide(vector)
        if "code" not in vector:
            for field, value in found.items():
                assert vector[field] == value, f"{field} {value}"
    return check


def groups(vectors):
    """Name, vectors and check of each part of the file."""
    parts = ("receipt", vectors, inclusion), ("two-trees", vectors["consistency"], consistency)
    for name, part, decide in (*parts, ("embedded", vectors["embedded"], embedded)):
        yield name, part["accepted"] + part["refused"], checked(decide)


def use_other_peoples():
    """From here on `cbor2` and `cryptography` read, write and verify."""
    global library
    import cbor2
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    order = 2**252 + 27742317777372353535851937790883648493

    class Theirs:
        @staticmethod
        def read(data):
            """One item in the only form there is for it: keys here sort alike bytewise and by length."""
            value = cbor2.loads(data)
            need(cbor2.dumps(value, canonical=True) == data, "not canonical")
            return value

        @staticmethod
        def write(value):
            return cbor2.dumps(value, canonical=True)

        @staticmethod
        def envelope(data):
            whole = Theirs.read(data)
            need(isinstance(whole, cbor2.CBORTag) and whole.tag == 18, "tag")
            need(isinstance(whole.value, list) and len(whole.value) == 4, "array")
            return whole.value

        @staticmethod
        def verifies(key, message, signature):
            # OpenSSL refuses an S of the group's order or more; said here because the format asks for it.
            if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= order:
                return False
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
                return True
            except InvalidSignature:
                return False

    # Notes are opened there; their signatures are checked with it too.
    library, ours.verifies = Theirs, Theirs.verifies


def main(path):
    use_other_peoples()
    accepted = refused = 0
    faults = []
    for name, vectors, check in groups(json.loads(pathlib.Path(path).read_text(encoding="utf-8"))):
        for vector in vectors:
            stated, why = vector.get("code"), None
            try:
                check(vector)
            except Exception as error:  # noqa: BLE001 - whatever refuses it
                why = f"{type(error).__name__} {error}"
            if (why is None) == (stated is None):
                accepted, refused = accepted + (why is None), refused + (why is not None)
            else:
                faults.append(f"{name}/{vector['name']}: the file says {stated}, this script says {why}\n")
    print(f"receipts: {accepted} accepted, {refused} refused, {len(faults)} disagreements")
    print("".join(faults), end="")
    return 1 if faults else 0


if __name__ == "__main__":
    default = pathlib.Path(__file__).parent.parent / "fixtures/vectors/receipt.json"
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else default))
