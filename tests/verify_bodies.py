"""Bodies of statements, held against the tables of docs/spec/kinds.md themselves: fields, types, limits, words, choices.

Shares no code with the Rust: what the specification says and what the program does meet only in the vectors. Of the rules
under the tables it has those between numbers of one report and of one observation; verify_statements.py has the others that
the vectors need. verify_vectors.py calls this.
"""
import pathlib, re

SPEC = pathlib.Path(__file__).parent / "../docs/spec/kinds.md"
NOT_KNOWN = ' or `"not-known"`'
LIMITS = {  # kinds.md, section 4
    "ClockTime": (0, 1439), "Offset": (-1080, 1080), "Latitude": (-900000000, 900000000), "Longitude": (-1800000000, 1800000000),
    "Km": (0, 20000000), "Calibre": (0, 200000), "Metres": (0, 20000000), "Tally": (0, 100000000), "Percent": (0, 100),
    "Minutes": (0, 527040), "Shift": (-3660, 3660), "Year": (1900, 2199), "Step": (1, 999), "Ordinal": (1, 100000),
    "FileSize": (0, 10**15), "Score": (0, 99), "Date": (-25567, 84005)}
PATTERNS = {
    "Word": r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?", "Language": r"[a-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", "party id": "[a-z][a-z0-9-]{1,31}",
    "Direction": "(?:{0})(?:-(?:{0}))?".format("|".join("N NNE NE ENE E ESE SE SSE S SSW SW WSW W WNW NW NNW".split()))}
HASHES = "public key", "key id", "statement id", "SHA-256"
is_int = lambda v: type(v) is int

class Flaw(Exception):
    """A body that the tables do not allow; the text is the code of the refusal."""

def need(holds, code="invalid-body"):
    if not holds:
        raise Flaw(code)

def tables():
    """What each kind and each shape is: ("fields", {name: (required, type)}), ("forms", {name: type}) or ("words", set)."""
    shapes, name, columns = {}, None, None
    for line in SPEC.read_text().splitlines():
        head = re.match(r"### \d+\.\d+ ([a-z-]+)$", line) or re.match(r"\*\*([A-Za-z]+)\*\*(?: —|$)", line)
        if head:
            name, columns = head[1], None
            if "One of: " in line:
                shapes[name] = "words", set(re.findall("(?:One of: |; )`([a-z0-9-]+)`", line))
        elif line.startswith("| field | required |") or line.startswith("| form | type |"):
            columns = "fields" if "field" in line else "forms"
            shapes[name] = columns, {}
        elif line.startswith("#"):
            name, columns = None, None
        elif columns and line.startswith("| `"):
            cells = [cell.strip() for cell in line.split("|")]
            key = re.search(r'"([a-z-]+)"', cells[1])[1] if columns == "forms" else cells[1].strip("`")
            shapes[name][1][key] = cells[2] if columns == "forms" else (cells[2] == "yes", cells[3])
    return shapes

SHAPES = tables()

def check(kind, body, roles, kinds):
    """Refuses a body of this kind that the tables do not allow."""
    words = {"Role": ("words", set(roles)), "Kind": ("words", set(kinds))}
    value(SHAPES | words, kind, body)
    if kind == "report":
        for region in body["regions"]:
            most = region["violations"]
            need(most == "not-known" or all(region.get(part, 0) <= most for part in ("explosions", "live_fire")))
    if kind == "observation" and is_int(body.get("explosions")) and isinstance(body["count"], dict):
        need(body["explosions"] <= body["count"]["n"])

def value(shapes, of, v):
    if of.endswith(NOT_KNOWN):
        if v != "not-known":
            value(shapes, of.removesuffix(NOT_KNOWN), v)
    elif items := re.fullmatch(r"list of (\d+) to (\d+) (.+)", of):
        need(isinstance(v, list) and int(items[1]) <= len(v) <= int(items[2]))
        for item in v:
            value(shapes, items[3], item)
    elif text := re.fullmatch(r"(Text|Name)(?:, at most (\d+) bytes)?", of):
        most = int(text[2] or (4000 if text[1] == "Text" else 240))
        need(isinstance(v, str) and 0 < len(v.encode()) <= most)
    elif number := re.fullmatch(r"integer(?:, (\d+) to (\d+))?", of):
        need(is_int(v) and v >= 0 and (not number[1] or int(number[1]) <= v <= int(number[2])))
    elif of == "`true`":
        need(v is True)
    elif of == "Stamp":
        need(is_int(v) or isinstance(v, list) and len(v) == 2 and all(map(is_int, v)) and -1080 <= v[1] <= 1080 and v[1])
    elif of == "proof of possession":
        need(isinstance(v, bytes) and len(v) == 64)
    elif of in HASHES:
        need(isinstance(v, bytes) and len(v) == 32)
    elif of in LIMITS:
        need(is_int(v) and LIMITS[of][0] <= v <= LIMITS[of][1])
    elif of in PATTERNS:
        need(isinstance(v, str) and re.fullmatch(PATTERNS[of], v))
    else:
        shape, parts = shapes[of]
        if shape == "words":
            need(isinstance(v, str) and v in parts)
        elif shape == "fields":
            need(isinstance(v, dict))
            need(all(isinstance(key, str) for key in v))
            need(set(v) <= set(parts), "unknown-field")
            need(all(key in v for key, (required, _) in parts.items() if required))
            for key, inner in v.items():
                value(shapes, parts[key][1], inner)
        else:
            bare = isinstance(v, str)
            need(bare or isinstance(v, dict) and len(v) == 1)
            form = v if bare else next(iter(v))
            need(isinstance(form, str) and form in parts and (parts[form] == "word") == bare)
            if not bare:
                value(shapes, parts[form], v[form])
