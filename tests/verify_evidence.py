"""Fraud proofs, successions and carriage, by docs/spec/fraud-proof.md, succession.md and carriage.md; verify_vectors.py
calls this. All three are files that pass from hand to hand, and each has one form."""
import binascii, re, zlib
import verify_statements as statements
from verify_vectors import (Refused, b64, checkpoint, consistent, included, kid, need, read, sha256, verifies, vkey, weakness,
                            write)

NUMBER = "(0|[1-9][0-9]*)"

class Lines:
    """A text taken line by line; what is not there refuses the whole with `code`."""
    def __init__(self, text, code):
        need(text.endswith("\n") and "\r" not in text, code)
        self.left, self.code = text[:-1].split("\n"), code

    def next(self, pattern):
        found = self.left and re.fullmatch(pattern, self.left[0])
        need(found, self.code)
        self.left.pop(0)
        return found.groups()

    def at(self, word):
        return bool(self.left) and self.left[0].startswith(word + " ")

    def bytes(self, word, length=None):
        raw = coded(lambda: b64(self.next(word + " (.*)")[0]), self.code)
        need(length in (None, len(raw)), self.code)
        return raw

    def block(self, word):
        count = int(self.next(f"{word} {NUMBER}")[0])
        need(0 < count <= len(self.left), self.code)
        lines, self.left = self.left[:count], self.left[count:]
        return "\n".join(lines) + "\n"

def coded(step, code):
    """Whatever fails in the step, fails with this code."""
    try:
        return step()
    except Exception as error:  # whatever it is
        raise Refused(code) from error

# Fraud proofs.
MALFORMED, UNPROVEN = "malformed-fraud-proof", "nothing-proven"

def note_size(note):
    """The size that a note states, which has the form of a checkpoint with signature lines."""
    found = re.fullmatch(rf"[^\n]+\n{NUMBER}\n[A-Za-z0-9+/]{{43}}=\n\n(?:\u2014 [^\s+]+ [A-Za-z0-9+/=]+\n)+", note)
    need(found and len(note.encode()) <= 65_536, MALFORMED)
    return int(found[1])

def inclusion_file(text):
    found = re.fullmatch(rf"c2sp\.org/tlog-proof@v1\nindex {NUMBER}\n((?:[^\n]+\n)*)\n(.+)", text, re.S)
    need(found, MALFORMED)
    path = [coded(lambda: b64(line), MALFORMED) for line in found[2].split()]
    need(len(path) < 64 and all(len(h) == 32 for h in path), MALFORMED)
    note_size(found[3])
    return int(found[1]), path, found[3]

def signed(note, log):
    """Size and root of a tree that the accused key signed."""
    return coded(lambda: checkpoint(note, [log], []), UNPROVEN)[1:3]

def stands(leaf, proof, log):
    index, path, note = proof
    size, top = signed(note, log)
    need(coded(lambda: included(index, size, leaf, path), UNPROVEN) == top, UNPROVEN)
    return size, top

def recorded(raw):
    return coded(lambda: statements.entry(raw), UNPROVEN)

def received(raw):
    """For the sentence; zero where it is no entry."""
    try:
        return statements.entry(raw)[2]
    except Exception:
        return 0

def fork(lines):
    older, newer = lines.block("checkpoint"), lines.block("checkpoint")
    sizes, prefix, path = (note_size(older), note_size(newer)), None, []
    if lines.at("prefix"):
        prefix = lines.bytes("prefix", 32)
        while lines.at("hash"):
            path.append(lines.bytes("hash", 32))
        need(len(path) < 64, MALFORMED)

    def decide(log):
        (m, old), (n, new) = signed(older, log), signed(newer, log)
        if prefix is None:
            need(m == n and old != new, UNPROVEN)
        else:
            need(0 < m < n, UNPROVEN)
            need(coded(lambda: consistent(m, n, path, prefix), UNPROVEN) == (prefix, new) and prefix != old, UNPROVEN)

    if prefix is None:
        return f"the log signed two trees of {sizes[0]} entries with different roots", decide
    return (f"the log signed a tree of {sizes[0]} entries, and a tree of {sizes[1]} entries that does not begin with them", decide)

def one_side(lines, word):
    raw = lines.bytes("leaf", 32) if word == "leaf" else lines.bytes("entry")
    return raw, inclusion_file(lines.block("proof"))

def two_entries(lines):
    (first, proof), (second, other) = one_side(lines, "leaf"), one_side(lines, "leaf")

    def decide(log):
        stands(first, proof, log), stands(second, other, log)
        need(proof[0] == other[0] and first != second, UNPROVEN)

    return f"the log signed for two different entries at position {proof[0]}", decide

leaf_of = lambda entry: sha256(b"\0", entry)

def back_dated(lines):
    (before, proof), (after, other) = one_side(lines, "entry"), one_side(lines, "entry")

    def decide(log):
        need(stands(leaf_of(before), proof, log) == stands(leaf_of(after), other, log), UNPROVEN)
        need(proof[0] < other[0] and recorded(before)[2] > recorded(after)[2], UNPROVEN)

    return (f"the log recorded entry {other[0]} as received at {received(after)} ms, and entry {proof[0]} before it as received "
            f"at {received(before)} ms", decide)

def broken_chain(lines):
    (before, proof), (after, other) = one_side(lines, "leaf"), one_side(lines, "entry")

    def decide(log):
        need(stands(before, proof, log) == stands(leaf_of(after), other, log), UNPROVEN)
        need(proof[0] + 1 == other[0] and recorded(after)[1] != before, UNPROVEN)

    return f"the log recorded entry {other[0]} without the hash of entry {proof[0]}", decide

def bad_signature(lines):
    key, (raw, proof) = lines.bytes("key", 32), one_side(lines, "entry")

    def decide(log):
        stands(leaf_of(raw), proof, log)
        said = coded(lambda: statements.parse(recorded(raw)[3]), UNPROVEN)
        need(not weakness(key) and said["kid"] == kid(key), UNPROVEN)
        need(not verifies(key, said["tbs"], said["sig"]), UNPROVEN)

    return f"the log recorded at position {proof[0]} a statement that is not signed with the key it names", decide

KINDS = {"fork": fork, "two-entries": two_entries, "back-dated": back_dated, "broken-chain": broken_chain,
         "bad-signature": bad_signature}

def check_fraud(v):
    need(len(v["proof"].encode()) <= 524_288, MALFORMED)
    lines = Lines(v["proof"], MALFORMED)
    lines.next("truce/fraud-proof@v1")
    kind, = lines.next("kind (.*)")
    need(kind in KINDS, MALFORMED)
    accused, = lines.next("log (.*)")
    log = coded(lambda: vkey(accused), MALFORMED)
    says, = lines.next("says (.*)")
    lines.next("")
    sentence, decide = KINDS[kind](lines)
    need(not lines.left and says == sentence, MALFORMED)
    need(log[2] == 1, UNPROVEN)
    decide(log)
    need(accused == v["log"], "other-log")
    assert v.get("kind") == kind and v.get("says") == says

# Successions.
def turns(register, size):
    """The keys that must sign a checkpoint of this size, the newest first."""
    keys = reversed(register.agreement["keys"])
    return [key for key, least, greatest, _ in keys if least <= size and (greatest is None or size <= greatest)]

def held_to(register, note):
    """Size and root of a checkpoint that every key whose turn it is has signed."""
    known = [vkey(key[0]) for key in register.agreement["keys"]]
    size = coded(lambda: note_size(note), "bad-checkpoint")
    due = [vkey(key) for key in turns(register, size)]

    def by(key):
        try:
            return checkpoint(note, [key], [])
        except Refused:
            return None

    if all(map(by, due)):
        return by(due[0])[1:3]
    need(not any(map(by, due)), "log-signature-missing")
    for (_, _, until, _), key in reversed(list(zip(register.agreement["keys"], known))):
        if key not in due and by(key):
            raise Refused("log-key-ended" if until is not None and until < size else "log-key-not-yet")
    raise Refused("bad-checkpoint")

def check_succession(v):
    code, steps = "malformed-succession", []
    lines = Lines(v["succession"], code)
    lines.next("truce/succession@v1")
    while lines.left:
        statement, proof = lines.next("([^ ]+) ([^ ]+)")
        text = coded(lambda: b64(proof).decode(), code)
        found = re.fullmatch(rf"c2sp\.org/tlog-proof@v1\n(?:extra (\S+)\n)?index {NUMBER}\n((?:[^\n]+\n)*)\n(.+)", text, re.S)
        need(found, code)
        extra = found[1] and coded(lambda: b64(found[1]), code)
        path = [coded(lambda: b64(line), code) for line in found[3].split()]
        steps.append((coded(lambda: b64(statement), code), extra, int(found[2]), path, found[4]))
    register, charter = statements.Register(), bytes.fromhex(v["charter"])
    coded(lambda: register.fold(write([1, bytes(32), 2**60, charter])), "not-a-charter")
    last, leaves = 0, []
    for statement, extra, index, _, _ in steps:
        idle = "idle-succession"
        need(index > last, idle)
        last = index
        need(extra, "bad-proof")
        leaves.append(leaf_of(write(coded(lambda: read(extra), "bad-proof") + [statement])))
        said = coded(lambda: statements.parse(statement), idle)
        need(said["kind"] in ("amendment", "endorsement") and said["sub"] == register.agreement["id"].hex(), idle)
        party = next((i for i, p in enumerate(register.parties) if p["id"] == said["iss"]), None)
        need(party is not None and register.parties[party]["root"] == said["kid"], idle)
        need(verifies(register.keys[said["kid"]]["public"], said["tbs"], said["sig"]), idle)
        register.size = index
        coded(lambda: register.amend(said, said["body"], party), idle)
    for (_, _, index, path, note), leaf in zip(steps, leaves):
        size, top = held_to(register, note)
        need(coded(lambda: included(index, size, leaf, path), "bad-proof") == top, "bad-proof")
    for line in v.get("terms", []):
        policies = [least for _, least, _ in register.agreement["policies"] if least <= line["size"]]
        assert turns(register, line["size"]) == line["keys"], line["size"]
        assert line["witnesses"] == ("policy" if policies else "unnamed"), line["size"]

# Carriage.
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

def base45(raw):
    digits = lambda n, count: "".join(BASE45[n // 45**i % 45] for i in range(count))
    pairs = [raw[i:i + 2] for i in range(0, len(raw), 2)]
    return "".join(digits(int.from_bytes(pair, "big"), len(pair) + 1) for pair in pairs)

def from_base45(text):
    raw = b""
    for i in range(0, len(text), 3):
        group = text[i:i + 3]
        need(len(group) > 1 and all(c in BASE45 for c in group), "bad-shape")
        n = sum(BASE45.index(c) * 45**k for k, c in enumerate(group))
        need(n < 256 ** (len(group) - 1), "bad-shape")
        raw += n.to_bytes(len(group) - 1, "big")
    need(raw and base45(raw) == text, "bad-shape")
    return raw

def numbered(number, count, most):
    need(re.fullmatch("[0-9]+", number) and re.fullmatch("[1-9][0-9]{0,4}", count) and len(number) == len(count), "bad-shape")
    need(1 <= int(number) <= int(count) <= most, "bad-numbers")
    return int(number), int(count)

def crc16(text):
    return f"{binascii.crc_hqx(text.encode(), 0xffff):04X}"

def part(line):
    """Form, mark, count, number and bytes."""
    line = line.strip()
    packed = re.sub(r"\s", "", line).upper()
    if line.upper().startswith("TRUCE1/"):
        text = line.upper()
        need(len(text) <= 4296, "bad-shape")
        body, _, checksum = text.rpartition("/")
        fields = body.split("/", 4)
        need(len(fields) == 5 and re.fullmatch("[0-9A-F]{8}", checksum), "bad-shape")
        need(f"{zlib.crc32(body.encode()):08X}" == checksum, "bad-checksum")
        number, count = numbered(fields[2], fields[3], 500)
        need(re.fullmatch("[0-9A-F]{16}", fields[1]), "bad-shape")
        return "qr", fields[1], count, number, from_base45(fields[4])
    need(packed.startswith("TR1"), "not-a-part")
    need(len(line.encode()) <= 256 and packed.count(":") == 2, "bad-shape")
    front, groups, checksum = packed.split(":")
    need(front.count("/") == 1 and re.fullmatch("[0-9A-F]{4}", checksum), "bad-shape")
    need(crc16(f"{front}:{groups}") == checksum, "bad-checksum")
    number, count = numbered(front[7:].partition("/")[0], front.partition("/")[2], 3073)
    need(re.fullmatch("[0-9A-F]{4}", front[3:7]) and re.fullmatch("([0-9A-F]{2}){1,16}", groups), "bad-shape")
    need(len(groups) == 32 or number == count, "bad-shape")
    return "radio", front[3:7], count, number, bytes.fromhex(groups)

def whole(form, mark, raw):
    """The content, if its hash is the one that came with it."""
    if form == "radio":
        raw, seal = raw[:-8], raw[-8:]
        if sha256(raw)[:8] != seal:
            return None
    return raw if sha256(raw).hex().upper().startswith(mark) else None

def check_joined(v):
    sets = {}
    for line in (line for text in v["inputs"] for line in text.splitlines() if line.strip()):
        try:
            form, mark, count, number, raw = part(line)
        except Refused:
            continue
        rivals = sets.setdefault((form, mark, count), {}).setdefault(number, [])
        if raw not in rivals:
            rivals.append(raw)
    contents, missing = set(), []
    for (form, mark, count), parts in sorted(sets.items()):
        absent = [n for n in range(1, count + 1) if n not in parts]
        choices = [b""]
        for number in sorted(parts):
            choices = [left + right for left in choices for right in parts[number]]
        found = {whole(form, mark, raw) for raw in choices} - {None} if not absent else set()
        contents |= found
        if not found:
            missing.append([mark, absent])
    known = [sha256(content).hex().upper() for content in contents]
    missing = [[mark, absent] for mark, absent in missing if not any(hash_.startswith(mark) for hash_ in known)]
    assert [content.hex() for content in sorted(contents)] == v["contents"] and missing == v["missing"]

def check_written(v):
    """Our lines are theirs; their codes hold what they should, and none is longer than it may be."""
    content = bytes.fromhex(v["content"])
    sealed = content + sha256(content)[:8]
    lines = [sealed[i:i + 16] for i in range(0, len(sealed), 16)]
    for number, (raw, line) in enumerate(zip(lines, v["radio"], strict=True), 1):
        count, groups = str(len(lines)), raw.hex().upper()
        mark, place = sha256(content)[:2].hex().upper(), f"{number:0{len(count)}}/{count}"
        pairs = " ".join(groups[i:i + 4] for i in range(0, len(groups), 4))
        assert line == f"TR1 {mark} {place}: {pairs} : {crc16(f'TR1{mark}{place}:{groups}')}"
    parts = [part(text) for text in v["qr"]]
    assert [p[:4] for p in parts] == [("qr", sha256(content)[:8].hex().upper(), len(parts), n + 1) for n in range(len(parts))]
    assert b"".join(p[4] for p in parts) == content and all(len(text) <= v["characters"] for text in v["qr"])

def groups(file):
    """Name, vectors, check, and the word that must be the same."""
    both = lambda part: part["accepted"] + part["refused"]
    carriage = file["carriage"]
    return [("fraud-proof", both(file["fraud-proof"]), check_fraud, "code"),
            ("succession", both(file["succession"]), check_succession, "code"),
            ("joined", carriage["joined"], check_joined, None), ("written", carriage["written"], check_written, None),
            ("line", both(carriage["lines"]), lambda v: part(v["line"]), "code")]
