"""Statements carried as QR codes, lines of radio and files, by docs/spec/carriage.md; verify_vectors.py calls this."""
import binascii, re, zlib
from verify_vectors import Refused, need, sha256

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
    return [("joined", file["joined"], check_joined, None), ("written", file["written"], check_written, None),
            ("line", file["lines"]["accepted"] + file["lines"]["refused"], lambda v: part(v["line"]), "code")]
