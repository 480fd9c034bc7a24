#!/usr/bin/env python3
"""Checks fixtures/vectors/ independently: standard library only, and nothing shared with the Rust code.

Own CBOR, Merkle tree, notes, policies here; Ed25519 (strict) in verify_ed25519.py, statements and the fold in
verify_statements.py, bodies by the tables of docs/spec/kinds.md in verify_bodies.py, receipts in verify_receipts.py, fraud
proofs in verify_fraud.py, successions in verify_succession.py, carriage in verify_carriage.py. Of trees, keys, notes,
proofs and receipts the verdict is compared, not the word for it; and which of `invalid-body`, `unknown-field` and
`non-canonical` a body of another shape is refused with.

usage: verify_vectors.py [FOLDER]   exit 1 on any disagreement
"""
import base64, json, pathlib, re, sys
from verify_ed25519 import Refused, kid, need, sha256, verifies, weakness

# CBOR, RFC 8949 section 4.2.1 and the rules of the format.
def head(b, i):
    need(i < len(b), "truncated")
    major, n, i = b[i] >> 5, b[i] & 31, i + 1
    if major == 7:
        need(n in (20, 21), "float" if 25 <= n <= 27 else "indefinite" if n == 31 else "reserved" if n > 27 else "simple")
    elif n > 23:
        need(n < 28, "indefinite" if n == 31 else "reserved")
        width, least = 1 << n - 24, (24, 1 << 8, 1 << 16, 1 << 32)[n - 24]
        need(i + width <= len(b), "truncated")
        n, i = int.from_bytes(b[i:i + width], "big"), i + width
        need(n >= least, "not-shortest")
    return major, n, i

def item(b, i=0, depth=0, key=False):
    major, n, i = head(b, i)
    need(major != 6, "tag")
    if major in (0, 1, 7):
        return (n if major == 0 else -1 - n if major == 1 else n == 21), i
    if major in (2, 3):
        need(i + n <= len(b), "truncated")
        if major == 2:
            return b[i:i + n], i + n
        try:
            text = b[i:i + n].decode()
        except UnicodeDecodeError:
            raise Refused("not-utf8")
        need(not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f]", text), "control-character")
        return text, i + n
    need(not key, "container-key")
    need(depth < 16, "too-deep")
    items, fields, last = [], {}, b""
    for _ in range(n):
        if major == 5:
            name, end = item(b, i, depth + 1, True)
            need(b[i:end] != last, "duplicate-key")
            need(b[i:end] > last, "key-order")
            last, i = b[i:end], end
        value, i = item(b, i, depth + 1)
        items.append(value)
        if major == 5:
            fields[name] = value
    return (fields if major == 5 else items), i

def read(b):
    value, end = item(b)
    need(end == len(b), "trailing-bytes")
    assert write(value) == b
    return value

def write(v):
    def h(major, n):
        width = next((w for w in (1, 2, 4, 8) if n < 1 << 8 * w))
        return bytes([major << 5 | n]) if n < 24 else bytes([major << 5 | 23 + width.bit_length()]) + n.to_bytes(width, "big")
    if isinstance(v, bool): return b"\xf5" if v else b"\xf4"
    if isinstance(v, int): return h(0, v) if v >= 0 else h(1, -1 - v)
    if isinstance(v, bytes): return h(2, len(v)) + v
    if isinstance(v, str): return h(3, len(v.encode())) + v.encode()
    if isinstance(v, list): return h(4, len(v)) + b"".join(map(write, v))
    return h(5, len(v)) + b"".join(k + x for k, x in sorted((write(k), write(x)) for k, x in v.items()))

def diag(v):
    if isinstance(v, bool): return str(v).lower()
    if isinstance(v, bytes): return f"h'{v.hex()}'"
    if isinstance(v, str): return json.dumps(v, ensure_ascii=False).replace("\\n", "\\u000a").replace("\\t", "\\u0009")
    if isinstance(v, list): return f"[{', '.join(map(diag, v))}]"
    return "{" + ", ".join(f"{diag(k)}: {diag(x)}" for k, x in v.items()) + "}" if isinstance(v, dict) else str(v)

# The tree and its proofs as RFC 6962 sections 2.1, 2.1.1 and 2.1.2 define them, recursively.
node = lambda left, right: sha256(b"\1", left, right)

def split(n):
    return 1 << (n - 1).bit_length() - 1

def root(hashes):
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256()
    return node(root(hashes[:split(len(hashes))]), root(hashes[split(len(hashes)):]))

def included(index, size, leaf, path):
    """The root that the path leads to."""
    need(index < size and (size == 1) == (not path), "length")
    if size == 1:
        return leaf
    k, rest = split(size), path[:-1]
    return node(included(index, k, leaf, rest), path[-1]) if index < k else node(path[-1], included(index - k, size - k, leaf, rest))

def consistent(old, new, path, old_root):
    """The roots at sizes old and new that the path leads to; old_root stands for the old tree where it is whole."""
    if old == new:
        need(len(path) == (old_root is None), "length")
        return (old_root or path[0],) * 2
    need(path and old < new, "length")
    k, rest = split(new), path[:-1]
    if old <= k:
        before, after = consistent(old, k, rest, old_root)
        return before, node(after, path[-1])
    before, after = consistent(old - k, new - k, rest, None)
    return node(path[-1], before), node(path[-1], after)

# Notes, checkpoints, policies, proofs on file.
def b64(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("base64")
    need(base64.b64encode(raw).decode() == text, "base64")
    return raw

def vkey(text):
    parts = text.split("+", 2)
    need(len(parts) == 3 and re.fullmatch("[0-9a-f]{8}", parts[1]), "shape")
    name, raw = parts[0], b64(parts[2])
    need(re.fullmatch(r"[^\s+\0-\x1f]+", name) and len(name.encode()) <= 255, "name")
    need(len(raw) == 33 and raw[0] in (1, 4) and not weakness(raw[1:]), "key")
    need(sha256(name.encode(), b"\n", raw)[:4].hex() == parts[1], "id")
    return name, bytes.fromhex(parts[1]), raw[0], raw[1:]

def note_of(note):
    """Text, signature lines, origin, size and root of a checkpoint, of which nothing is verified."""
    need(not re.search("[\0-\x09\x0b-\x1f]", note) and "\n\n" in note and note.endswith("\n"), "note")
    text, lines = note[:note.rindex("\n\n") + 1], note[note.rindex("\n\n") + 2:]
    need(lines, "unsigned")
    lines = [re.fullmatch(r"\u2014 ([^\s+]+) (\S+)", line) for line in lines[:-1].split("\n")]
    need(len(lines) <= 100 and all(m and len(b64(m[2])) > 4 for m in lines), "line")
    parts = text[:-1].split("\n")
    need(len(parts) == 3 and re.fullmatch("0|[1-9][0-9]{0,18}", parts[1]), "checkpoint")
    size, top = int(parts[1]), b64(parts[2])
    need(size < 2**63 and len(top) == 32 and (size or top == sha256()), "checkpoint")
    return text, [(m[1], b64(m[2])) for m in lines], parts[0], size, top

def checkpoint(note, logs, cosigners):
    text, lines, origin, size, top = note_of(note)
    by_log, times_, who = None, [], []
    for name, raw in lines:
        for key in logs + cosigners:
            if key[:2] == (name, raw[:4]):
                blob, message = raw[4:], text
                if key[2] == 4:
                    need(len(blob) == 72 and blob[0] < 128, "time")
                    at, blob = int.from_bytes(blob[:8], "big"), blob[8:]
                    message = f"cosignature/v1\ntime {at}\n{text}"
                    times_.append(at)
                    who.append(key)
                elif key in logs:
                    by_log = key
                need(verifies(key[3], message.encode(), blob), "signature")
    need(by_log and origin == by_log[0], "checkpoint")
    return origin, size, top, times_, who

def satisfied(policy, note):
    logs, members, quorum = [], {}, None
    for words in (line.split() for line in policy.splitlines() if line and line[0] != "#"):
        if words[0] == "log": logs.append(vkey(words[1]))
        elif words[0] == "witness": members[words[1]] = vkey(words[2])
        elif words[0] == "group": members[words[1]] = words[2:]
        else: quorum = words[1]
    found = checkpoint(note, logs, [m for m in members.values() if isinstance(m, tuple)])
    def met(name):
        m = members[name]
        return m in found[4] if isinstance(m, tuple) else sum(map(met, m[1:])) >= {"any": 1, "all": len(m) - 1}.get(m[0]) 
    need(quorum == "none" or met(quorum), "quorum")
    return found

def proof(v):
    parts = v["proof"].partition("\n\n")
    m = re.fullmatch(r"c2sp\.org/tlog-proof@v1\nextra (\S+)\nindex (0|[1-9][0-9]*)((?:\n\S+)*)", parts[0])
    need(m and parts[1], "shape")
    extra, path = read(b64(m[1])), [b64(line) for line in m[3].split()]
    need(isinstance(extra, list) and len(extra) == 3 and all(len(p) == 32 for p in path), "shape")
    whole = write(extra + [bytes.fromhex(v["statement"])])
    statements.entry(whole)
    _, size, top, _, _ = satisfied(v["policy"], parts[2])
    need(included(int(m[2]), size, sha256(b"\0", whole), path) == top, "root")
    assert int(m[2]) == v["index"]

def check_cbor(v):
    assert diag(read(bytes.fromhex(v["cbor"]))) == v["diagnostic"]

def check_checkpoint(v):
    origin, size, top, times_, _ = checkpoint(v["note"], [vkey(v["log"])], [vkey(k) for k in v["cosigners"]])
    need(vkey(v["log"])[2] == 1, "type")
    assert (origin, size, top.hex(), times_) == (v["origin"], v["size"], v["root"], v["cosigned_at"])

def check_inclusion(v):
    path = [bytes.fromhex(h) for h in v["path"]]
    leaf = sha256(b"\0", bytes.fromhex(v["leaf"]))
    need(len(path) < 64 and included(v["index"], v["size"], leaf, path).hex() == v["root"], "root")

def check_consistency(v):
    path, old, new = [bytes.fromhex(h) for h in v["path"]], v["old_size"], v["new_size"]
    if old == 0 and new > 0:
        return need(not path and v["old_root"] == sha256().hex(), "root")
    found = consistent(old, new, path, bytes.fromhex(v["old_root"]))
    need(len(path) < 64 and [h.hex() for h in found] == [v["old_root"], v["new_root"]], "root")

BODY = "invalid-body", "unknown-field", "non-canonical"

def main(folder):
    file = {name: json.loads((folder / f"{name}.json").read_text()) for name in
            "cbor statement entry tree checkpoint proof receipt fraud-proof succession carriage refusal".split()}
    leaves, total, wrong = [sha256(b"\0", n.to_bytes(8, "big")) for n in range(65793)], 0, 0
    extra = lambda v: statements.entry(write(read(bytes.fromhex(v["extra"])) + [b""]))
    log = lambda v: statements.check_log(v, file["refusal"]["statements"])
    tree = [{"name": f"root-of-{r['size']}", **r} for r in file["tree"]["roots"]]
    # What stands in the file, the check, whether the word of the refusal must be the same.
    for name, vectors, check, word in [
        ("cbor", file["cbor"]["accepted"] + file["cbor"]["refused"], check_cbor, "flaw"),
        ("key", file["statement"]["keys"], statements.check_key, "code"),
        ("statement", file["statement"]["accepted"] + file["statement"]["refused"], statements.check_statement, "code"),
        ("entry", file["entry"]["accepted"] + file["entry"]["refused"], statements.check_entry, None),
        ("extra", file["entry"]["refused_extra"], extra, None),
        ("root", tree, lambda v: need(root(leaves[:v["size"]]).hex() == v["root"], "root"), None),
        ("inclusion", sum(file["tree"]["inclusion"].values(), []), check_inclusion, None),
        ("consistency", sum(file["tree"]["consistency"].values(), []), check_consistency, None),
        ("vkey", file["checkpoint"]["vkeys"], lambda v: vkey(v["vkey"]), None),
        ("checkpoint", file["checkpoint"]["accepted"] + file["checkpoint"]["refused"], check_checkpoint, None),
        ("proof", file["proof"]["accepted"] + file["proof"]["refused"], proof, None),
        ("fraud-proof", file["fraud-proof"]["accepted"] + file["fraud-proof"]["refused"], fraud.check, "code"),
        ("ended-key", file["fraud-proof"]["ended"], fraud.check_ended, None),
        *((*group, None) for group in receipts.groups(file["receipt"])),
        ("succession", file["succession"]["accepted"] + file["succession"]["refused"], succession.check_succession, "code"),
        *carriage.groups(file["carriage"]),
        ("log", file["refusal"]["accepted"] + file["refusal"]["refused"], log, "code"),
    ]:
        bad = 0
        for v in vectors:
            stated, found = v.get(word or "code"), None
            try:
                check(v)
            except Refused as refused:
                found = str(refused)
            except Exception as error:
                found = f"{type(error).__name__} {error}"[:200] if stated is None or word else "refused"
            if name in ("statement", "log") and stated in BODY and found in BODY:
                continue
            if (found != stated) if word else (found is None) != (stated is None):
                bad += 1
                print(f"{name} {v['name']}: the file says {stated}, this script says {found}")
        print(f"{name:<12}{len(vectors):>5} vectors{bad:>5} disagreements")
        total, wrong = total + len(vectors), wrong + bad
    print(f"vectors {total}, disagreements {wrong}")
    return 1 if wrong else 0

sys.modules["verify_vectors"] = sys.modules[__name__]
import verify_fraud as fraud
import verify_statements as statements
import verify_succession as succession
import verify_carriage as carriage
import verify_receipts as receipts

if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "../fixtures/vectors")))
