/**
 * A small log made here, from keys to checkpoint, with a writer of CBOR of its own: so that a test can make
 * any flaw and sign it again. Also the evidence documents of any log, given its entries and its signed
 * checkpoint.
 */
import { createHash, createPrivateKey, createPublicKey, sign as signBytes } from "node:crypto";

export const sha256 = (...parts) =>
  new Uint8Array(
    createHash("sha256")
      .update(Buffer.concat(parts.map((p) => Buffer.from(p))))
      .digest(),
  );
export const toHex = (bytes) => Buffer.from(bytes).toString("hex");
export const fromHex = (text) => new Uint8Array(Buffer.from(text, "hex"));
export const toBase64 = (bytes) => Buffer.from(bytes).toString("base64");
const ZERO = new Uint8Array(32);

/** Canonical CBOR of integers, booleans, text, bytes, arrays, Maps and plain objects (text keys). */
export function encode(value) {
  const head = (major, n) => {
    const big = BigInt(n);
    if (big < 24n) return Buffer.from([(major << 5) | Number(big)]);
    const width = big < 256n ? 1 : big < 65536n ? 2 : big < 2n ** 32n ? 4 : 8;
    return Buffer.concat([
      Buffer.from([(major << 5) | { 1: 24, 2: 25, 4: 26, 8: 27 }[width]]),
      Buffer.from(big.toString(16).padStart(width * 2, "0"), "hex"),
    ]);
  };
  if (value === true) return Buffer.from([0xf5]);
  if (value === false) return Buffer.from([0xf4]);
  if (typeof value === "number" || typeof value === "bigint")
    return value < 0 ? head(1, -1n - BigInt(value)) : head(0, value);
  if (typeof value === "string")
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(encode)]);
  const pairs = [...(value instanceof Map ? value : Object.entries(value))].map(([k, v]) => [
    encode(k),
    encode(v),
  ]);
  pairs.sort((a, b) => Buffer.compare(a[0], b[0]));
  return Buffer.concat([head(5, pairs.length), ...pairs.flat()]);
}

/** An Ed25519 key from a name. */
export function keyOf(name) {
  const seed = sha256(Buffer.from(name));
  const key = createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]),
    format: "der",
    type: "pkcs8",
  });
  const raw = new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32));
  const kid = sha256(Buffer.from("a301012006215820", "hex"), raw);
  return { key, raw, kid, sign: (bytes) => new Uint8Array(signBytes(null, bytes, key)) };
}

export function vkeyOf(name, key, type = 1) {
  const raw = Buffer.concat([Buffer.from([type]), key.raw]);
  const id = sha256(Buffer.from(name + "\n"), raw).subarray(0, 4);
  return { text: `${name}+${toHex(id)}+${toBase64(raw)}`, name, id };
}

/** A signed statement. `change` may replace header, payload or signature before they are put together. */
export function statement(
  { key, iss, sub, kind, body, seq = 0, prev = ZERO, refs, seen, iat = 1_612_742_400 },
  change = {},
) {
  const header = encode(
    change.header ??
      new Map([
        [1, -19],
        [3, `application/vnd.truce.${kind}+cbor`],
        [4, key.kid],
        [
          15,
          new Map([
            [1, iss],
            [2, sub],
            [6, iat],
          ]),
        ],
      ]),
  );
  const payload = encode({
    v: 1,
    seq,
    body,
    kind,
    prev,
    ...(refs && { refs }),
    ...(seen && { seen }),
    ...change.payload,
  });
  const signature =
    change.signature ??
    key.sign(encode(["Signature1", new Uint8Array(header), new Uint8Array(), new Uint8Array(payload)]));
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0xd2, 0x84]),
      encode(new Uint8Array(header)),
      Buffer.from([0xa0]),
      encode(new Uint8Array(payload)),
      encode(new Uint8Array(signature)),
    ]),
  );
}

export const entry = (prev, received, bytes) => new Uint8Array(encode([1, prev, received, bytes]));
export const leaf = (bytes) => sha256([0], bytes);
const node = (a, b) => sha256([1], a, b);
const split = (n) => 2 ** Math.floor(Math.log2(n - 1));

export function root(hashes) {
  if (hashes.length < 2) return hashes[0] ?? sha256();
  const k = split(hashes.length);
  return node(root(hashes.slice(0, k)), root(hashes.slice(k)));
}

/** RFC 6962, section 2.1.1. */
export function path(index, hashes) {
  if (hashes.length < 2) return [];
  const k = split(hashes.length);
  return index < k
    ? [...path(index, hashes.slice(0, k)), root(hashes.slice(k))]
    : [...path(index - k, hashes.slice(k)), root(hashes.slice(0, k))];
}

/** RFC 6962, section 2.1.2. */
export function consistency(m, hashes, whole = true) {
  const n = hashes.length;
  if (m === n) return whole ? [] : [root(hashes)];
  const k = split(n);
  return m <= k
    ? [...consistency(m, hashes.slice(0, k), whole), root(hashes.slice(k))]
    : [...consistency(m - k, hashes.slice(k), false), root(hashes.slice(0, k))];
}

/** A checkpoint signed by a log's key, and cosigned. */
export function signedNote(origin, size, top, vkey, key, cosigners = []) {
  const text = `${origin}\n${size}\n${toBase64(top)}\n`;
  const line = (v, blob) => `\u2014 ${v.name} ${toBase64(Buffer.concat([v.id, blob]))}\n`;
  const cosigned = cosigners.map(({ vkey: v, key: k, time }) => {
    const at = Buffer.alloc(8);
    at.writeBigUInt64BE(BigInt(time));
    return line(v, Buffer.concat([at, k.sign(Buffer.from(`cosignature/v1\ntime ${time}\n${text}`))]));
  });
  return `${text}\n${line(vkey, key.sign(Buffer.from(text)))}${cosigned.join("")}`;
}

export function proofText(position, entryBytes, hashes, note) {
  // An entry and its extra differ in the head of the array and the statement at the end.
  const [, prev, received] = partsOf(entryBytes);
  return (
    `c2sp.org/tlog-proof@v1\nextra ${toBase64(encode([1, prev, received]))}\nindex ${position}\n` +
    path(position, hashes)
      .map((hash) => toBase64(hash) + "\n")
      .join("") +
    `\n${note}`
  );
}

/**
 * A receipt (docs/spec/receipts.md) of the first `size` entries of a log made here: of inclusion of the entry at
 * `position`, or of consistency from `older` entries. `note` is carried, `key` signs.
 */
export function receiptOf(made, { position, older, size = made.hashes.length, note, key = made.keys.log, origin = ORIGIN }) {
  const hashes = made.hashes.slice(0, size);
  const agreement = toHex(sha256(statementOf(made.log.entries[0])));
  const claims = new Map([
    [1, origin],
    [2, agreement],
  ]);
  const header = new Map([
    [1, -19],
    [4, key.kid],
    [15, claims],
    [395, 1],
    [-69_620, size],
  ]);
  const protectedBytes = new Uint8Array(encode(header));
  const proof = older === undefined ? [size, position, path(position, hashes)] : [older, size, consistency(older, hashes)];
  const kind = older === undefined ? -1 : -2;
  const unprotected = new Map([[396, new Map([[kind, [new Uint8Array(encode(proof))]]])]]);
  if (older === undefined) {
    const [, prev, received] = partsOf(made.log.entries[position]);
    unprotected.set(-69_621, new Uint8Array(encode([1, prev, received])));
  }
  if (note !== undefined) unprotected.set(-69_622, new Uint8Array(Buffer.from(note)));
  const signature = key.sign(encode(["Signature1", protectedBytes, new Uint8Array(), root(hashes)]));
  return joined([0xd2, 0x84], encode(protectedBytes), encode(unprotected), [0xf6], encode(signature));
}

/** A statement with receipts in its unprotected header. */
export function withReceipts(bytes, receipts) {
  // The header's length stands in one byte behind the head of the byte string; an empty map follows.
  const end = 4 + bytes[3];
  return joined(bytes.subarray(0, end), encode(new Map([[394, receipts]])), bytes.subarray(end + 1));
}

const joined = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));

/** A fraud proof (docs/spec/fraud-proof.md) that two trees of one size were signed. */
export function forkFile(vkey, size, first, second) {
  const block = (note) => `checkpoint ${note.split("\n").length - 1}\n${note}`;
  const says = `the log signed two trees of ${size} entries with different roots`;
  return `truce/fraud-proof@v1\nkind fork\nlog ${vkey}\nsays ${says}\n\n${block(first)}${block(second)}`;
}

/** Version, prev, received and statement of an entry of this log format, read without any check. */
export function partsOf(bytes) {
  const b = Buffer.from(bytes);
  let at = 36;
  const int = () => {
    const info = b[at] & 31;
    const negative = b[at] >> 5 === 1;
    const width = info < 24 ? 0 : 1 << (info - 24);
    const n = width === 0 ? BigInt(info) : BigInt("0x" + b.subarray(at + 1, at + 1 + width).toString("hex"));
    at += 1 + width;
    return negative ? -1n - n : n;
  };
  const received = int();
  const length = Number(int());
  return [1, new Uint8Array(b.subarray(4, 36)), received, new Uint8Array(b.subarray(at, at + length))];
}

/** A log: entries and its signed checkpoint. */
export class Log {
  constructor(entries, note) {
    Object.assign(this, { entries, note, hashes: entries.map(leaf) });
  }

  item(position) {
    return {
      position,
      entry: toBase64(this.entries[position]),
      proof: proofText(position, this.entries[position], this.hashes, this.note),
    };
  }

  /** The evidence document of an entry; `feed` and `keys` are positions. */
  evidence(position, { feed, keys = [0], policy } = {}) {
    const { entry: bytes, proof } = this.item(position);
    const before = position > 0 ? this.item(position - 1) : null;
    return {
      format: "truce-evidence/1",
      position,
      entry: bytes,
      proof,
      ...(before && { before: before.entry, before_proof: before.proof }),
      ...(feed !== undefined && { feed: this.item(feed) }),
      keys: keys.map((at) => this.item(at)),
      ...(policy && { policy }),
    };
  }
}

export const ORIGIN = "log.example/test";
export const REPORT_AT = 1_612_742_400_000;
export const observation = (over = {}) => ({
  what: "explosion",
  when: { at: [1_612_700_000_000, 120] },
  count: { n: 3 },
  place: {
    name: "Mariupol",
    from: { of: "Mariupol", km_min: 20_000, km_max: 20_500, direction: "NE" },
    zone: "coast",
  },
  note: "Heard from the camera site.\nSecond line; \u00ab\u0456\u00bb is Ukrainian.",
  ...over,
});

/**
 * The log of the tests: 0 charter, 1 accession (mission), 2 observation, 3 accession (state), 4 grant of a
 * second key, 5 report, 6 revocation of the first key, 7 observation with the second key, 8 notification of
 * the state. `edit(entries)` may replace what is recorded at a position: `(make) => bytes`.
 */
export function world({ witnesses, edit = {}, limits = {}, cosign = [], size, more = [], signers } = {}) {
  const keys = Object.fromEntries(
    ["log", "root-m", "root-s", "desk-m", "desk-2", "desk-s", "stranger", "next"].map((n) => [n, keyOf(n)]),
  );
  const vkey = vkeyOf(ORIGIN, keys.log);
  const statements = [];
  const last = new Map();
  const make = (who, iss, kind, body, more = {}, change) => {
    const key = keys[who];
    const before = last.get(who);
    const made = statement(
      {
        key,
        iss,
        kind,
        body,
        sub: kind === "charter" ? ORIGIN : toHex(sha256(statements[0])),
        seq: before ? before.seq + 1 : 0,
        prev: before ? before.id : ZERO,
        ...more,
      },
      change,
    );
    last.set(who, { seq: (before?.seq ?? -1) + 1, id: sha256(made) });
    return made;
  };
  const plan = [
    () =>
      make("root-m", "mission", "charter", {
        log: vkey.text,
        title: "Test agreement",
        zones: [{ id: "coast", name: "The coast" }],
        parties: [
          { id: "mission", name: "Observer mission", role: "mission", root: keys["root-m"].raw },
          { id: "north", name: "State of the North", role: "state", root: keys["root-s"].raw },
        ],
        ...(witnesses && { witnesses }),
      }),
    () =>
      make("root-m", "mission", "accession", {
        keys: [{ key: keys["desk-m"].raw, label: "desk", ...limits }],
      }),
    () => make("desk-m", "mission", "observation", observation()),
    () => make("root-s", "north", "accession", { keys: [{ key: keys["desk-s"].raw }] }),
    () => make("root-m", "mission", "key-grant", { key: keys["desk-2"].raw, label: "second desk" }),
    () =>
      make("desk-m", "mission", "report", {
        cutoff: [1_612_717_200_000, 120],
        issued: 18_666,
        number: "30/2021",
        period: { from: [1_612_630_800_000, 120], to: [1_612_717_200_000, 120] },
        regions: [
          { region: "Donetsk", violations: 10, explosions: 2 },
          { region: "Luhansk", violations: "not-known" },
        ],
      }),
    () =>
      make("root-m", "mission", "key-revocation", {
        key: keys["desk-m"].kid,
        reason: "lost",
        suspect_since: REPORT_AT + 400_000,
      }),
    () =>
      make(
        "desk-2",
        "mission",
        "observation",
        observation({ note: "<script>alert(1)</script> & \u200e\u2014" }),
        { refs: [["about", sha256(statements[5])]], seen: [3, sha256([])] },
      ),
    () =>
      make("desk-s", "north", "notification", {
        areas: [
          {
            name: "Range",
            outline: [
              { lat: 470_000_000, lon: 380_000_000 },
              { lat: 1, lon: -15 },
              { lat: 0, lon: -380_000_001 },
            ],
          },
        ],
        period: { from: 1_612_700_000_000, to: 1_612_800_000_250 },
        activity: "field-exercise",
        strength: { troops: { n: 100, about: true } },
        designation: "Exercise",
      }),
  ];
  plan.push(...more.map((next) => () => next(make, { keys, statements })));
  const entries = [];
  let prev = ZERO;
  plan.slice(0, size).forEach((normal, i) => {
    const made = (edit[i] ?? ((make_) => make_()))(normal, make, { keys, statements });
    statements.push(made.statement ?? made);
    entries.push(
      made.entry ?? entry(made.prev ?? prev, made.received ?? REPORT_AT + i * 100_000, statements[i]),
    );
    prev = leaf(entries[i]);
  });
  const hashes = entries.map(leaf);
  let note = signedNote(ORIGIN, entries.length, root(hashes), vkey, keys.log, cosign);
  if (signers) note = notedBy(ORIGIN, entries.length, root(hashes), signers.map((name) => keys[name]));
  return { log: new Log(entries, note), keys, vkey, statements, hashes };
}

/** A checkpoint signed by several keys under the log's name. */
export function notedBy(origin, size, top, signers) {
  const [first, ...others] = signers.map((key) => signedNote(origin, size, top, vkeyOf(origin, key), key));
  return first + others.map((note) => note.slice(note.lastIndexOf("\n\n") + 2)).join("");
}

/** The statement in an entry. */
export const statementOf = (bytes) => partsOf(bytes)[3];

/**
 * The log of the tests, in which an amendment (position 10) by the mission and its endorsement by the other party
 * (position 11) bring in the key `next`; positions 9 and from 12 on are observations. `by` and `iss` may sign the
 * endorsement in the other party's place, `leaveOut` keeps positions out of the evidence.
 */
export function amendedWorld({ size, signers, overlap, by = "root-s", iss = "north", leaveOut = [] }) {
  const fill = (make) => make("desk-2", "mission", "observation", observation());
  const more = [
    fill,
    (make, { keys }) =>
      make("root-m", "mission", "amendment", {
        title: "Another key",
        log: { next: vkeyOf(ORIGIN, keys.next).text, overlap },
      }),
    (make, { statements }) =>
      make(by, iss, "endorsement", {}, { refs: [["supports", sha256(statements[10])]] }),
    ...Array.from({ length: 6 }, () => fill),
  ];
  const made = world({ more, size, signers });
  const keys = [0, 1, 6, 10, 11].filter((at) => at < size && !leaveOut.includes(at));
  return { ...made, evidence: (position) => made.log.evidence(position, { keys }) };
}
