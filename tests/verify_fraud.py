"""Fraud proofs by docs/spec/fraud-proof.md: the form of section 1, then the rules of section 2. Part of verify_vectors.py."""
import base64, re
from verify_vectors import Refused, b64, checkpoint, consistent, included, kid, need, note_of, sha256, verifies, vkey, weakness
import verify_statements as statements

FLAWS = Refused, ValueError, IndexError, KeyError, TypeError, AssertionError

class Lines:
    def __init__(self, text):
        self.text = text

    def next(self):
        line, newline, self.text = self.text.partition("\n")
        need(newline, "cut")
        return line

    def field(self, name):
        line = self.next()
        need(line.startswith(name + " "), name)
        return line[len(name) + 1:]

    def fixed(self, name):
        raw = b64(self.field(name))
        need(len(raw) == 32, name)
        return raw

    def block(self, name):
        count = self.field(name)
        need(re.fullmatch("0|[1-9][0-9]{0,5}", count), "count")
        return "".join(self.next() + "\n" for _ in range(int(count)))

    def checkpoint(self):
        return head(self.block("checkpoint"))

    def proof(self):
        before, gap, note = self.block("proof").partition("\n\n")
        m = re.fullmatch(r"c2sp\.org/tlog-proof@v1\nindex (0|[1-9][0-9]*)((?:\n\S+)*)", before)
        need(m and gap, "proof")
        path = [b64(line) for line in m[2].split()]
        need(len(path) < 64 and all(len(h) == 32 for h in path), "path")
        return int(m[1]), path, head(note)

    def leaf(self):
        return ("leaf", self.fixed("leaf"), None, self.proof())

    def entry(self):
        raw = b64(self.field("entry"))
        return ("entry", sha256(b"\0", raw), raw, self.proof())

def head(note):
    need(len(note.encode()) <= 65536, "size")
    return note, note_of(note)[3]

def received(side):
    try:
        return statements.entry(side[2])[2]
    except FLAWS:
        return 0

def text64(raw):
    return base64.b64encode(raw).decode()

def block(name, text):
    return f"{name} {text.count(chr(10))}\n{text}"

def written(side):
    word, leaf, raw, (index, path, (note, _)) = side
    hashes = "".join(text64(h) + "\n" for h in path)
    return f"{word} {text64(leaf if raw is None else raw)}\n" + block("proof", f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{note}")

def parse(file):
    need(len(file.encode()) <= 524288, "size")
    lines = Lines(file)
    need(lines.next() == "truce/fraud-proof@v1", "header")
    kind, log = lines.field("kind"), lines.field("log")
    key, _, _ = vkey(log), lines.field("says"), need(lines.next() == "", "gap")
    if kind == "fork":
        older, newer, path, prefix = lines.checkpoint(), lines.checkpoint(), [], None
        if lines.text.startswith("prefix "):
            prefix = lines.fixed("prefix")
            while lines.text.startswith("hash "):
                path.append(lines.fixed("hash"))
            need(len(path) < 64, "path")
        evidence, m, n = (older, newer, prefix, path), older[1], newer[1]
        says = f"signed two trees of {m} entries with different roots" if prefix is None else \
            f"signed a tree of {m} entries, and a tree of {n} entries that does not begin with them"
        body = block("checkpoint", older[0]) + block("checkpoint", newer[0])
        body += "" if prefix is None else f"prefix {text64(prefix)}\n" + "".join(f"hash {text64(h)}\n" for h in path)
    elif kind == "bad-signature":
        evidence = lines.fixed("key"), lines.entry()
        says = f"recorded at position {evidence[1][3][0]} a statement that is not signed with the key it names"
        body = f"key {text64(evidence[0])}\n" + written(evidence[1])
    else:
        forms = {"two-entries": (lines.leaf, lines.leaf), "back-dated": (lines.entry, lines.entry), "broken-chain": (lines.leaf, lines.entry)}
        a, b = evidence = [take() for take in forms[kind]]
        j, k = a[3][0], b[3][0]
        says = {"two-entries": lambda: f"signed for two different entries at position {j}",
                "back-dated": lambda: f"recorded entry {k} as received at {received(b)} ms, and entry {j} before it as received at {received(a)} ms",
                "broken-chain": lambda: f"recorded entry {k} without the hash of entry {j}"}[kind]()
        body = written(a) + written(b)
    says = "the log " + says
    need(file == f"truce/fraud-proof@v1\nkind {kind}\nlog {log}\nsays {says}\n\n{body}", "form")
    return kind, key, says, evidence

def stands(side, key):
    _, leaf, _, (index, path, (note, _)) = side
    found = checkpoint(note, [key], [])
    need(included(index, found[1], leaf, path) == found[2], "root")
    return found[:3]

def decide(kind, key, evidence):
    need(key[2] == 1, "type")
    if kind == "fork":
        older, newer, prefix, path = evidence
        (_, m, old, _, _), (_, n, new, _, _) = checkpoint(older[0], [key], []), checkpoint(newer[0], [key], [])
        if prefix is None:
            return need(m == n and old != new, "one tree")
        need(0 < m < n and consistent(m, n, path, prefix) == (prefix, new) and prefix != old, "prefix")
    elif kind == "bad-signature":
        named, side = evidence
        stands(side, key)
        raw = statements.entry(side[2])[3]
        s = statements.parse(raw)
        need(not weakness(named) and kid(named) == s["kid"] and not verifies(named, s["tbs"], s["sig"]), "signed")
    else:
        (_, leaf, raw, (j, _, _)), (_, other, last, (k, _, _)) = evidence
        trees = [stands(side, key) for side in evidence]
        if kind == "two-entries":
            return need(j == k and leaf != other, "one")
        need(trees[0] == trees[1], "two trees")
        if kind == "back-dated":
            return need(j < k and statements.entry(raw)[2] > statements.entry(last)[2], "order")
        need(k == j + 1 and statements.entry(last)[1] != leaf, "chained")

def check(v):
    try:
        kind, key, says, evidence = parse(v["file"])
    except FLAWS:
        raise Refused("malformed-fraud-proof")
    try:
        decide(kind, key, evidence)
    except FLAWS:
        raise Refused("nothing-proven")
    assert (kind, says) == (v["kind"], v["says"])

def checkpoints(kind, evidence):
    """The checkpoints of a file, as they are signed."""
    if kind == "fork":
        return [evidence[0][0], evidence[1][0]]
    sides = evidence[1:] if kind == "bad-signature" else evidence
    return [note for _, _, _, (_, _, (note, _)) in sides]

def dated(note, key, witness, second):
    try:
        return any(time < second for time in checkpoint(note, [key], [witness])[3])
    except FLAWS:
        return False

def check_ended(v):
    kind, key, _, evidence = parse(v["file"])
    decide(kind, key, evidence)
    end, witnesses = v["ended"], [vkey(text) for text in v["ended"]["witnesses"]]
    at = end["replaced_ms"]
    free = at is not None and all(any(dated(note, key, w, at // 1000) for w in witnesses) for note in checkpoints(kind, evidence))
    says = f"this key's turn ended at size {end['until']}; who held it after that is not shown"
    assert v["doubt"] == (None if free else says)
