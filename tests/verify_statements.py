"""Statements, entries, the fold over a small log, and the register as bytes; verify_vectors.py calls this."""
import base64, re
import verify_bodies as bodies
from verify_vectors import Refused, head, kid, need, read, root, sha256, verifies, weakness, write

KINDS = ("charter accession key-grant key-revocation amendment endorsement report observation restriction weapons harm signal notification calendar "
         "commitment delivery inquiry reply response document finding").split()
ROLES, OWN = ["state", "mission", "guarantor", "civil"], KINDS[:6]
MAY = {k: {"mission", "guarantor", "civil"} for k in KINDS[6:12]} | {k: {"state"} for k in KINDS[12:16]}
MAY |= {k: set(ROLES) for k in KINDS[16:20]} | {"finding": {"mission", "guarantor"}}
RELATIONS = {"corrects", "retracts", "answers", "fulfils", "disputes", "supports", "about"}
REASONS = ["superseded", "ceased", "lost", "compromised"]
is_int = lambda v: type(v) is int
is_hash = lambda v: isinstance(v, bytes) and len(v) == 32

def is_log_key(text):
    name, _, rest = text.partition("+")
    number, _, key = rest.partition("+")
    try:
        raw = base64.b64decode(key, validate=True)
    except ValueError:
        return False
    sound = len(raw) == 33 and raw[0] == 1 and not weakness(raw[1:]) and base64.b64encode(raw).decode() == key
    return bool(sound and name and not re.search(r"\s", name) and number == sha256(name.encode(), b"\n", raw).hex()[:8])

def walk(v):
    yield v
    for x in list(v.values()) + list(v) if isinstance(v, dict) else v if isinstance(v, list) else []:
        yield from walk(x)

def parse(b):
    need(len(b) <= 49152, "too-large")
    try:
        major, tag, i = head(b, 0)
        need((major, tag) == (6, 18), "not tag 18")
        parts = read(b[i:])
        need(isinstance(parts, list) and len(parts) == 4 and parts[1] == {} and isinstance(parts[0], bytes), "shape")
        protected, _, payload, signature = parts
        need(isinstance(payload, bytes) and isinstance(signature, bytes) and len(signature) == 64, "shape")
    except Refused as flaw:
        raise Refused("non-canonical" if str(flaw) in ("not-shortest", "indefinite", "key-order", "duplicate-key") else "malformed-cose")
    try:
        header = read(protected) if protected else None
        body = None
        body = read(payload)
    except Refused:
        raise Refused("non-canonical")
    need(isinstance(header, dict) and list(header) == [1, 3, 4, 15] and header[1] == -19, "bad-header")
    kind = re.fullmatch(r"application/vnd\.truce\.([a-z-]+)\+cbor", str(header[3]))
    need(kind and kind[1] in KINDS and is_hash(header[4]), "bad-header")
    kind, claims = kind[1], header[15]
    need(isinstance(claims, dict) and list(claims) == [1, 2, 6] and is_int(claims[6]) and claims[6] >= 0, "bad-header")
    need(isinstance(claims[1], str) and re.fullmatch("[a-z][a-z0-9-]{1,31}", claims[1]), "bad-header")
    rule = r"[^\s+]+" if kind == "charter" else "[0-9a-f]{64}"
    need(isinstance(claims[2], str) and re.fullmatch(rule, claims[2]) and len(claims[2].encode()) <= 255, "bad-header")
    need(isinstance(body, dict), "invalid-body")
    need(set(body) <= {"v", "seq", "body", "kind", "prev", "refs", "seen"}, "unknown-field")
    need({"v", "seq", "body", "kind", "prev"} <= set(body) and body["v"] == 1 and isinstance(body["body"], dict), "invalid-body")
    need(body["kind"] in KINDS, "invalid-body")
    need(body["kind"] == kind, "bad-header")
    refs, seen = body.get("refs", [["about", bytes(32)]]), body.get("seen", [0, bytes(32)])
    need(isinstance(refs, list) and 1 <= len(refs) <= 64, "invalid-body")
    need(all(isinstance(r, list) and len(r) == 2 and r[0] in RELATIONS and is_hash(r[1]) for r in refs), "invalid-body")
    need(isinstance(seen, list) and len(seen) == 2 and is_int(seen[0]) and seen[0] >= 0 and is_hash(seen[1]), "invalid-body")
    need(is_int(body["seq"]) and body["seq"] >= 0 and is_hash(body["prev"]), "invalid-body")
    need((body["seq"] == 0) == (body["prev"] == bytes(32)), "invalid-body")
    try:
        bodies.check(kind, body["body"], ROLES, KINDS)
    except bodies.Flaw as flaw:
        raise Refused(str(flaw))
    if kind == "amendment":
        log = body["body"].get("log")
        need(log or "witnesses" in body["body"], "invalid-body")
        need(not log or is_int(log["overlap"]) and 0 <= log["overlap"] <= 1000000 and is_log_key(log["next"]), "invalid-body")
    if kind == "charter" and "amended_by" in body["body"]:
        need(1 <= body["body"]["amended_by"] <= len(body["body"]["parties"]), "invalid-body")
    texts = [t for t in walk(body["body"]) if isinstance(t, str)]
    need(all(t.strip() and len(t.encode()) <= 4000 and not re.search("[\u2028-\u202e\u2066-\u2069\ufeff]", t) for t in texts), "invalid-body")
    founders = body["body"]["parties"] if kind == "charter" else []
    grants = [body["body"]] if kind == "key-grant" else body["body"].get("keys", []) if kind == "accession" else []
    need(all(isinstance(g, dict) for g in grants), "invalid-body")
    keys = [f["root"] for f in founders] + [g["key"] for g in grants]
    need(len(set(keys)) == len(keys) and len({f["id"] for f in founders}) == len(founders), "invalid-body")
    need(all(is_hash(key) and not weakness(key) for key in keys), "invalid-body")
    need(not any(set(g.get("kinds", [])) & set(OWN) for g in grants), "invalid-body")
    return dict(id=sha256(b), kind=kind, kid=header[4], iss=claims[1], sub=claims[2], iat=claims[6], body=body["body"], refs=body.get("refs", []),
                seq=body["seq"], prev=body["prev"], seen=body.get("seen"), sig=signature, tbs=write(["Signature1", protected, b"", payload]))

def verify(b, key):
    need(not weakness(key), weakness(key))
    s = parse(b)
    need(s["kid"] == kid(key), "unknown-key")
    need(verifies(key, s["tbs"], s["sig"]), "bad-signature")
    return s

def entry(b):
    need(len(b) <= 65535, "too-large")
    e = read(b)
    need(isinstance(e, list) and len(e) == 4 and is_int(e[0]) and e[0] == 1 and is_hash(e[1]) and isinstance(e[3], bytes), "shape")
    need(is_int(e[2]) and -2**63 <= e[2] < 2**63, "shape")
    return e

ms = lambda stamp: stamp[0] if isinstance(stamp, list) else stamp  # milliseconds, or with the offset they were given in
ordered = lambda words, order: sorted(words, key=order.index)

class Register:
    def __init__(self):
        self.size, self.head, self.received, self.facts = 0, bytes(32), 0, bytes(32)
        self.agreement, self.parties, self.keys, self.counts = None, [], {}, {}
        self.recall, self.hashes = {}, []

    def bytes(self):
        a, off = self.agreement, lambda v: False if v is None else v
        agreement = [] if a is None else [a["id"], a["origin"], a["issued"], a["skew"],
            [[k] + ordered(a["roles"][k], ROLES) for k in ordered(a["roles"], KINDS)], sorted(a["zones"], key=str.encode),
            a["needed"], [[k, f, off(u), m] for k, f, u, m in a["keys"]], a["policies"],
            [[p["id"], p["at"], p["by"], sorted(p["assents"]), off(p["log"]), off(p["witnesses"])] for p in a["open"]]] + [True] * a["proofs"]
        parties = [[p["id"], p["role"], p["root"], p["acceded"]] for p in self.parties]
        keys = [[k["public"], k["party"], k["root"], k["granted"], off(k["kinds"] and ordered(k["kinds"], KINDS)),
                 off(k["until"]), off(k["revoked"]), k["seq"], k["last"]] for _, k in sorted(self.keys.items())]
        counts = [[k, self.counts[k]] for k in ordered(self.counts, KINDS)]
        return write([2, self.size, self.head, self.received, self.facts, agreement, parties, keys, counts])

    def grant(self, public, party, root_, position, grant=None):
        grant = grant or {}
        until = grant.get("valid_until")
        self.keys[kid(public)] = dict(public=public, party=party, root=root_, granted=position, seq=0, last=bytes(32), revoked=None,
                                      kinds=grant.get("kinds"), until=None if until is None else ms(until))

    def fold(self, raw):
        _, prev, received, statement = entry(raw)
        need(prev == self.head, "broken-chain")
        s = parse(statement)
        kind, body, charter = s["kind"], s["body"], s["body"] if self.agreement is None else None
        if charter is not None:
            need(kind == "charter", "unknown-agreement")
            founders = {p["id"]: p["root"] for p in charter["parties"]}
            need(s["iss"] in founders, "unknown-party")
            public = founders[s["iss"]]
            need(kid(public) == s["kid"], "unknown-key")
        else:
            need(kind != "charter", "not-authorised")
            need(s["sub"] == self.agreement["id"].hex(), "unknown-agreement")
            index = next((i for i, p in enumerate(self.parties) if p["id"] == s["iss"]), None)
            need(index is not None, "unknown-party")
            key = self.keys.get(s["kid"])
            need(key and key["party"] == index, "unknown-key")
            public = key["public"]
        need(verifies(public, s["tbs"], s["sig"]), "bad-signature")
        need(received >= self.received, "received-went-back")
        issued = s["iat"] * 1000
        skew = 1000 * body.get("clock_skew_s", 600) if charter else self.agreement["skew"]
        facts = []
        if charter:
            origin = body["log"].split("+")[0]
            need(s["sub"] == origin, "bad-header")
            need(s["seq"] == 0, "feed-gap")
            need(not s["refs"] and s["seen"] is None, "bad-reference")
            need(issued <= received + skew, "implausible-time")
            self.agreement = dict(id=s["id"], origin=origin, issued=issued, skew=skew, open=[], proofs="proof_of_possession" in body,
                                  needed=body.get("amended_by", len(body["parties"])), keys=[[body["log"], 0, None, bytes(32)]],
                                  policies=[[body["witnesses"], 0, bytes(32)]] if "witnesses" in body else [],
                                  roles={r["kind"]: r["roles"] for r in body.get("roles", [])},
                                  zones={z["id"] for z in body.get("zones", [])})
            for i, p in enumerate(body["parties"]):
                self.parties.append(dict(id=p["id"], role=p["role"], root=kid(p["root"]), acceded=0))
                self.grant(p["root"], i, True, 0)
        else:
            self.admit(s, key, index, received, issued, skew, facts)
        to = body["to"] if kind == "inquiry" else []
        facts.append((b"s" + s["id"], write([self.size, kind, s["iss"]] + to)))
        self.keys[s["kid"]]["seq"] += 1
        self.keys[s["kid"]]["last"] = s["id"]
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.recall.update(facts)
        self.facts = sha256(self.facts, *(part for f in facts for x in f for part in (len(x).to_bytes(8, "big"), x)))
        self.head, self.size, self.received = sha256(b"\0", raw), self.size + 1, received
        self.hashes.append(self.head)

    def admit(self, s, key, index, received, issued, skew, facts):
        kind, body, party = s["kind"], s["body"], self.parties[index]
        need(s["seq"] <= key["seq"], "feed-gap")
        need(s["seq"] == key["seq"] and s["prev"] == key["last"], "feed-fork")
        need(not key["revoked"] and (key["until"] is None or received <= key["until"]), "key-not-valid")
        need(key["root"] == (kind in OWN) and (party["acceded"] > 0) == (kind != "accession"), "not-authorised")
        may = key["kinds"] is None or kind in key["kinds"]
        need(key["root"] or may and party["role"] in self.agreement["roles"].get(kind, MAY.get(kind)), "not-authorised")
        need(issued <= received + skew and issued + skew >= self.agreement["issued"], "implausible-time")
        if s["seen"]:
            need(1 <= s["seen"][0] <= self.size and root(self.hashes[:s["seen"][0]]) == s["seen"][1], "unknown-checkpoint")
        zones = {m["zone"] for m in walk(body) if isinstance(m, dict) and "zone" in m}
        need(zones <= self.agreement["zones"], "invalid-body")
        if kind in ("inquiry", "commitment"):
            need(set(body["to"]) <= {p["id"] for p in self.parties}, "unknown-party")
        for relation, target in s["refs"]:
            need(b"s" + target in self.recall, "unknown-reference")
            _, of, by, *asked = read(self.recall[b"s" + target])
            need(kind not in OWN or (kind, relation, of) == ("endorsement", "supports", "amendment"), "bad-reference")
            if relation in ("corrects", "retracts"):
                need(of not in OWN and by == s["iss"], "bad-reference")
                takes_back = kind == of == "notification" or kind == "document" and body["class"] == "retraction"
                need(kind == of if relation == "corrects" else takes_back, "bad-reference")
                need(b"x" + target not in self.recall and b"x" + target not in dict(facts), "bad-reference")
                facts.append((b"x" + target, s["id"]))
            need(relation != "answers" or (kind, of) == ("reply", "inquiry") and s["iss"] in asked, "bad-reference")
            need(relation != "fulfils" or (kind, of) == ("delivery", "commitment") and s["iss"] == by, "bad-reference")
        count = lambda *relations: sum(r[0] in relations for r in s["refs"])
        need(kind != "endorsement" or count("supports") == 1, "bad-reference")
        need(kind != "reply" or count("answers") == 1, "bad-reference")
        need(kind != "delivery" or count("fulfils") == 1, "bad-reference")
        need(kind != "response" or count("about", "disputes"), "bad-reference")
        need(kind != "document" or body["class"] != "retraction" or count("retracts"), "bad-reference")
        need(kind != "finding" or count("about", "supports", "disputes"), "bad-reference")
        need(count("corrects") <= 1, "bad-reference")
        if kind == "report" and "drill" not in body:
            begin, end = ms(body["period"]["from"]), ms(body["period"]["to"])
            for r in body["regions"]:
                fact = lambda until: b"t" + write(s["iss"]) + write(r["region"]) + write(until)
                before = self.recall.get(fact(begin))
                if before and "previous" in r:
                    since, violations = read(b"\x82" + before)
                    adjoins = r["previous_basis"] == "previous-reporting-period" or 23 <= (begin - since) / 3600000 <= 25
                    need(not adjoins or violations == r["previous"], "invalid-body")
                if isinstance(r["violations"], int):
                    facts.append((fact(end), write(begin) + write(r["violations"])))
        grants = [body] if kind == "key-grant" else body.get("keys", []) if kind == "accession" else []
        need(not any(kid(g["key"]) in self.keys for g in grants), "invalid-body")
        for g in grants:
            need(self.agreement["proofs"] or "proof" not in g, "unknown-field")
            message = ["truce proof of possession v1", self.agreement["id"], s["iss"], g["key"]]
            need(not self.agreement["proofs"] or "proof" in g and verifies(g["key"], write(message), g["proof"]), "key-not-proven")
        if kind == "key-revocation":
            ended = self.keys.get(body["key"])
            need(ended and ended["party"] == index and not ended["root"] and not ended["revoked"], "invalid-body")
            since = body.get("suspect_since")
            ended["revoked"] = [self.size, REASONS.index(body["reason"]), False if since is None else ms(since)]
        if kind in ("amendment", "endorsement"):
            self.amend(s, body, index)
        for g in grants:
            self.grant(g["key"], index, False, self.size, g)
        if kind == "accession":
            party["acceded"] = self.size + 1

    def amend(self, s, body, index):
        a = self.agreement
        if s["kind"] == "amendment":
            log = body.get("log")
            if log:
                need(log["next"].split("+")[0] == a["origin"] and log["next"] not in [k[0] for k in a["keys"]], "invalid-body")
                need(all(until is None or until <= self.size for _, _, until, _ in a["keys"]), "invalid-body")
            a["open"] = [p for p in a["open"] if p["by"] != index]
            mine = dict(id=s["id"], at=self.size, by=index, assents={index}, witnesses=body.get("witnesses"),
                        log=[log["next"], log["overlap"]] if log else None)
            a["open"].append(mine)
        else:
            mine = next((p for p in a["open"] if p["id"] == s["refs"][0][1]), None)
            need(mine and index not in mine["assents"], "bad-reference")
            mine["assents"].add(index)
        if len(mine["assents"]) >= a["needed"]:
            a["open"] = []
            if mine["log"]:
                a["keys"][-1][2] = self.size + mine["log"][1]
                a["keys"].append([mine["log"][0], self.size + 1, None, mine["id"]])
            if mine["witnesses"] is not None:
                a["policies"].append([mine["witnesses"], self.size + 1, mine["id"]])

def check_entry(v):
    b = bytes.fromhex(v["entry"])
    _, prev, received, statement = entry(b)
    want = v["prev"], v["received"], v["statement"], v["extra"], v["hash"]
    assert (prev.hex(), received, statement.hex(), write([1, prev, received]).hex(), sha256(b"\0", b).hex()) == want

def check_statement(v):
    identifier = verify(bytes.fromhex(v["statement"]), bytes.fromhex(v["key"]))["id"].hex()
    assert v.get("id", identifier) == identifier

def check_key(v):
    key = bytes.fromhex(v["key"])
    assert kid(key).hex() == v["kid"]
    need(not weakness(key), weakness(key))

def check_log(log, statements):
    register, sums = Register(), []
    for i, line in enumerate(log["entries"]):
        prev = bytes.fromhex(line["prev"]) if "prev" in line else register.head
        raw = write([1, prev, line["received"], bytes.fromhex(statements[line["statement"]])])
        last = i + 1 == len(log["entries"])
        try:
            register.fold(raw)
        except Exception as error:
            if not last:
                raise AssertionError(f"entry {i} is refused: {error}")
            raise
        sums.append(sha256(register.bytes()).hex())
    if "registers" in log:
        assert sums == log["registers"] and register.bytes().hex() == log["register"], "another register"
