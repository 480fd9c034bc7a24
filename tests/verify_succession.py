"""Successions, by docs/spec/succession.md; verify_vectors.py calls this."""
import re
import verify_statements as statements
from verify_vectors import Refused, b64, checkpoint, included, need, read, sha256, verifies, vkey, write

leaf_of = lambda entry: sha256(b"\0", entry)
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

def note_size(note):
    """The size that a note states, which has the form of a checkpoint with signature lines."""
    found = re.fullmatch(rf"[^\n]+\n{NUMBER}\n[A-Za-z0-9+/]{{43}}=\n\n(?:\u2014 [^\s+]+ [A-Za-z0-9+/=]+\n)+", note)
    need(found and len(note.encode()) <= 65_536, "bad-checkpoint")
    return int(found[1])

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
