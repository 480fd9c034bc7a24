/**
 * COSE Receipts: of inclusion, of consistency, and in a statement. docs/spec/receipts.md; the codes are those of its
 * section 7, in the order of section 2.
 * @module
 */

import { concat, hex, need, Refused, same, text } from "./bytes.js";
import { head, itemAt, read, write } from "./cbor.js";
import { keyId, verify } from "./ed25519.js";
import { leafHash, rebuild } from "./entry.js";
import { isName, parseNote, parseVkey, verifyCheckpoint } from "./note.js";
import { parsePolicy, satisfies } from "./policy.js";
import { parseStatement, STATEMENT_MAX } from "./statement.js";
import { policyAt, turnsAt, verifyByTurn } from "./succession.js";
import { consistencyRoots, inclusionRoot, PROOF_MAX, SIZE_MAX } from "./tree.js";

/** Most bytes of a receipt, most receipts in a statement, and most bytes of a statement with receipts. */
const RECEIPT_MAX = 65_536;
const RECEIPTS_MAX = 8;
const TRANSPARENT_MAX = 573_488;

const RECEIPTS = 394;
const VDS = 395;
const VDP = 396;
const TREE_SIZE = -69_620;
const ENTRY = -69_621;
const CHECKPOINT = -69_622;
/** Kinds of proofs in label 396. */
const INCLUSION = -1;
const CONSISTENCY = -2;
/** In place of the payload, and in no other format of ours. */
const NIL = 0xf6;

/** Flaws of CBOR that have a word of their own in section 7. */
const FLAWS = {
  "trailing-bytes": "trailing-bytes",
  "not-shortest": "non-canonical",
  indefinite: "non-canonical",
  "key-order": "non-canonical",
  "duplicate-key": "non-canonical",
};

/**
 * @typedef {{protectedBytes: Uint8Array, signature: Uint8Array, iss: string, sub: string, kid: Uint8Array,
 *   size: bigint}} Envelope `sub` is the agreement in hex
 * @typedef {Envelope & {index: bigint, path: Uint8Array[], extra: Uint8Array, note: string|null}} Receipt
 * @typedef {Envelope & {older: bigint, path: Uint8Array[]}} Consistency
 * @typedef {{position: bigint, size: bigint, root: Uint8Array, received: number|bigint, final: boolean, asked: boolean,
 *   cosigners: {key: import("./note.js").Verifier, time: bigint}[]}} Recorded
 *   `asked`: a quorum is asked for, whether or not it is reached
 */

/** Reads parts of an envelope one after the other; what has no word of its own is `otherwise`. */
class Cursor {
  constructor(bytes, otherwise) {
    Object.assign(this, { bytes, otherwise, at: 0 });
  }

  /** Reads with `how`, and gives a flaw its word. */
  by(how) {
    try {
      return how(this.bytes, this.at);
    } catch (refused) {
      throw new Refused(FLAWS[refused.code] ?? this.otherwise, refused.message);
    }
  }

  head(major, argument) {
    const found = this.by(head);
    const right = found.major === major && (argument === undefined || found.argument === argument);
    need(right, this.otherwise, `at byte ${this.at}`);
    this.at = found.next;
    return found.argument;
  }

  string(length) {
    const found = this.head(2, length);
    need(found <= this.bytes.length - this.at, this.otherwise, "cut short");
    this.at += Number(found);
    return this.bytes.slice(this.at - Number(found), this.at);
  }

  item() {
    const { value, next } = this.by(itemAt);
    this.at = next;
    return value;
  }

  end() {
    need(this.at === this.bytes.length, "trailing-bytes", `${this.bytes.length - this.at} bytes`);
  }
}

const isInteger = (value) => typeof value === "number" || typeof value === "bigint";
const isUnsigned = (value) => isInteger(value) && value >= 0;
const isBytes = (value, length) => value instanceof Uint8Array && (length === undefined || value.length === length);
const whole = (bytes, otherwise) => new Cursor(bytes, otherwise).by(read);

/**
 * The envelope of section 1, with its unprotected header still to be read.
 * @param {Uint8Array} bytes @returns {{envelope: Envelope, unprotected: any}}
 */
function parseEnvelope(bytes) {
  need(bytes.length <= RECEIPT_MAX, "too-large", `${bytes.length} bytes`);
  const cursor = new Cursor(bytes, "malformed-receipt");
  cursor.head(6, 18);
  cursor.head(4, 4);
  const protectedBytes = cursor.string();
  const unprotected = cursor.item();
  const payload = bytes[cursor.at];
  need(payload === undefined || payload >> 5 !== 2, "attached-payload");
  need(payload === NIL, "malformed-receipt", "no nil where the payload would stand");
  cursor.at += 1;
  const signature = cursor.string(64);
  cursor.end();
  return { envelope: { protectedBytes, signature, ...readHeader(protectedBytes) }, unprotected };
}

/** Section 1.1. @param {Uint8Array} bytes */
function readHeader(bytes) {
  need(bytes.length > 0, "bad-header", "it has no bytes");
  let labels;
  try {
    labels = read(bytes);
  } catch (refused) {
    throw new Refused("non-canonical", `protected header: ${refused.message}`);
  }
  need(labels instanceof Map, "bad-header", "it is no map");
  // What a critical parameter asks for is not known, so nothing else about the header matters.
  need(!labels.has(2), "unknown-critical");
  for (const label of labels.keys()) need([1, 4, 15, VDS, TREE_SIZE].includes(label), "bad-header", `label ${label}`);
  need(labels.get(1) === -19, "unsupported-algorithm");
  need(labels.get(VDS) === 1, "unsupported-vds");
  const kid = labels.get(4);
  need(isBytes(kid, 32), "bad-header", "kid");
  const claims = labels.get(15);
  need(claims instanceof Map && claims.size === 2, "bad-header", "its claims");
  const [iss, sub] = [claims.get(1), claims.get(2)];
  need(typeof iss === "string" && isName(iss), "bad-header", "iss");
  need(typeof sub === "string" && /^[0-9a-f]{64}$/.test(sub), "bad-header", "sub");
  const size = labels.get(TREE_SIZE);
  need(isUnsigned(size), "bad-header", "tree size");
  return { kid, iss, sub, size: BigInt(size) };
}

/** The one proof in the map of proofs, of the kind wanted. @param {any} proofs @param {number} wanted */
function single(proofs, wanted) {
  need(proofs instanceof Map, "malformed-receipt", "the proofs are no map");
  need(proofs.size === 1, "proof-count", `${proofs.size} kinds`);
  const [[kind, list]] = proofs;
  need(isInteger(kind), "malformed-receipt", "the kind of the proof");
  need(kind === wanted, "other-proof", `kind ${kind}`);
  need(Array.isArray(list), "malformed-receipt", "the proofs are no array");
  need(list.length === 1, "proof-count", `${list.length} proofs`);
  need(isBytes(list[0]), "malformed-receipt", "the proof is not wrapped");
  return list[0];
}

/** `[size, size or index, [path]]`: the form of both proofs. @param {Uint8Array} bytes */
function parseProof(bytes) {
  const parts = whole(bytes, "malformed-receipt");
  const formed = Array.isArray(parts) && parts.length === 3 && isUnsigned(parts[0]) && isUnsigned(parts[1]);
  need(formed && Array.isArray(parts[2]), "malformed-receipt", "the proof");
  const [first, second, path] = parts;
  need(path.length <= PROOF_MAX, "path-too-long", `${path.length} hashes`);
  need(
    path.every((hash) => isBytes(hash, 32)),
    "malformed-receipt",
    "a hash",
  );
  return [BigInt(first), BigInt(second), path];
}

/** A receipt of inclusion, section 1, believed in nothing yet. @param {Uint8Array} bytes @returns {Receipt} */
export function parseReceipt(bytes) {
  const { envelope, unprotected } = parseEnvelope(bytes);
  need(unprotected instanceof Map, "malformed-receipt", "the unprotected header is no map");
  for (const label of unprotected.keys()) need([VDP, ENTRY, CHECKPOINT].includes(label), "unknown-label", `${label}`);
  need(unprotected.has(VDP), "proof-count", "none");
  const proof = single(unprotected.get(VDP), INCLUSION);
  for (const label of [ENTRY, CHECKPOINT])
    need(!unprotected.has(label) || isBytes(unprotected.get(label)), "malformed-receipt", `label ${label}`);
  const [size, index, path] = parseProof(proof);
  need(size <= SIZE_MAX, "tree-too-large", String(size));
  need(index < size, "index-out-of-range", `leaf ${index} of ${size}`);
  need(path.length > 0 || size === 1n, "empty-path");
  need(size === envelope.size, "other-size", `${size}, and ${envelope.size} is signed`);
  const extra = unprotected.get(ENTRY);
  need(extra, "bad-entry", "none");
  try {
    rebuild(extra, new Uint8Array());
  } catch (refused) {
    throw new Refused("bad-entry", refused.message);
  }
  return { ...envelope, index, path, extra, note: unprotected.has(CHECKPOINT) ? noteIn(unprotected.get(CHECKPOINT)) : null };
}

/** @param {Uint8Array} bytes */
function noteIn(bytes) {
  try {
    const note = text(bytes);
    parseNote(note);
    return note;
  } catch (refused) {
    throw new Refused("bad-checkpoint", refused.message);
  }
}

/** A receipt of consistency, section 3. @param {Uint8Array} bytes @returns {Consistency} */
export function parseConsistency(bytes) {
  const { envelope, unprotected } = parseEnvelope(bytes);
  need(unprotected instanceof Map, "malformed-receipt", "the unprotected header is no map");
  need(unprotected.size > 0, "proof-count", "none");
  need(unprotected.size === 1 && unprotected.has(VDP), "unknown-label", "more than the proofs, or none");
  const [older, newer, path] = parseProof(single(unprotected.get(VDP), CONSISTENCY));
  need(newer <= SIZE_MAX, "tree-too-large", String(newer));
  need(older > 0n && older < newer, "sizes-reversed", `${older} and ${newer}`);
  need(path.length > 0, "empty-path");
  need(newer === envelope.size, "other-size", `${newer}, and ${envelope.size} is signed`);
  return { ...envelope, older, path };
}

/** Step 3: which of the keys is this log's. @param {Envelope} receipt @param {import("./note.js").Verifier[]} logs */
async function keyAmong({ iss, kid }, logs) {
  const named = logs.filter((log) => log.name === iss);
  need(named.length > 0, "unknown-log", iss);
  for (const log of named) if (same(await keyId(log.key), kid)) return log;
  throw new Refused("unknown-key", hex(kid));
}

/** Step 3 by a schedule of keys. @param {Envelope} receipt @param {import("./succession.js").Terms} terms */
async function keyByTurn(receipt, terms) {
  const keys = (turns) => Promise.all(turns.map((turn) => parseVkey(turn.vkey)));
  try {
    return await keyAmong(receipt, await keys(turnsAt(terms, receipt.size)));
  } catch (refused) {
    const known = await keyAmong(receipt, await keys(terms.keys)).catch(() => null);
    need(!known, "log-key-out-of-turn", `a tree of ${receipt.size} entries`);
    throw refused;
  }
}

/** Section 1.3. @param {Envelope} receipt @param {import("./note.js").Verifier} log @param {Uint8Array} root */
async function signedBy({ protectedBytes, signature }, log, root) {
  await verify(log.key, write(["Signature1", protectedBytes, new Uint8Array(), root]), signature);
}

/**
 * Section 2, with the logs of a policy.
 * @param {Uint8Array} statement @param {Receipt} receipt @param {import("./policy.js").Policy} policy
 * @returns {Promise<Recorded>}
 */
export async function verifyReceipt(statement, receipt, policy) {
  const log = await keyAmong(receipt, policy.logs);
  return verifyWith(statement, receipt, log, policy, (note, witnesses) => verifyCheckpoint(note, [log], witnesses));
}

/**
 * Section 2, for the log of a charter: by the keys and witnesses for the size of the receipt's tree.
 * @param {Uint8Array} statement @param {Receipt} receipt @param {import("./succession.js").Terms} terms
 * @returns {Promise<Recorded>}
 */
export async function verifyReceiptByTurn(statement, receipt, terms) {
  const log = await keyByTurn(receipt, terms);
  const agreed = policyAt(terms, receipt.size);
  // A text that is no policy makes nothing final (publication.md, section 8).
  const readable = agreed === undefined ? null : await parsePolicy(agreed).catch(() => null);
  const policy = readable ?? (await parsePolicy("quorum none\n"));
  const open = (note, witnesses) => verifyByTurn(note, terms, witnesses);
  const found = await verifyWith(statement, receipt, log, policy, open);
  return { ...found, asked: found.asked || (agreed !== undefined && !readable) };
}

/** Steps 4 to 7. */
async function verifyWith(statement, receipt, log, policy, open) {
  const { kind, id, sub } = await parseStatement(statement);
  need(receipt.sub === (kind === "charter" ? hex(id) : sub), "unknown-agreement", receipt.sub);
  const leaf = await leafHash(rebuild(receipt.extra, statement));
  const root = await inclusionRoot(receipt.index, receipt.size, leaf, receipt.path).catch((refused) => {
    throw new Refused("path-length", refused.message);
  });
  await signedBy(receipt, log, root);
  const checkpoint = receipt.note === null ? null : await open(receipt.note, [...policy.witnesses.values()]).catch(badCheckpoint);
  need(!checkpoint || (checkpoint.size === receipt.size && same(checkpoint.root, root)), "other-checkpoint");
  const asked = policy.quorum !== "none";
  const reached = asked && checkpoint !== null && (await satisfies(checkpoint, policy).then(() => true, () => false));
  const received = read(receipt.extra)[2];
  const cosigners = checkpoint?.cosigners ?? [];
  return { position: receipt.index, size: receipt.size, root, received, final: reached, asked, cosigners };
}

const badCheckpoint = (refused) => {
  throw new Refused("bad-checkpoint", refused.message);
};

/**
 * Section 3: the root of the newer tree, which the log has signed and which contains the older one.
 * @param {Consistency} receipt @param {{origin: string, size: bigint, root: Uint8Array}} older
 * @param {import("./note.js").Verifier[]} logs
 */
export async function verifyConsistency(receipt, older, logs) {
  return consistentBy(receipt, older, await keyAmong(receipt, logs));
}

/** The same by a schedule of keys. @param {import("./succession.js").Terms} terms */
export async function verifyConsistencyByTurn(receipt, older, terms) {
  return consistentBy(receipt, older, await keyByTurn(receipt, terms));
}

async function consistentBy(receipt, older, log) {
  need(older.origin === receipt.iss, "unknown-log", older.origin);
  need(older.size === receipt.older, "not-consistent", `it goes on from ${receipt.older} entries`);
  const roots = await consistencyRoots(receipt.older, older.root, receipt.size, receipt.path).catch((refused) => {
    throw new Refused("path-length", refused.message);
  });
  need(same(roots[0], older.root), "not-consistent", "the older root");
  await signedBy(receipt, log, roots[1]);
  return roots[1];
}

/**
 * Section 4: the statement as the log recorded it, and the receipts that it carries, of which none is believed yet.
 * @param {Uint8Array} bytes @returns {{statement: Uint8Array, receipts: Receipt[]}}
 */
export function takeOut(bytes) {
  need(bytes.length <= TRANSPARENT_MAX, "too-large", `${bytes.length} bytes`);
  const cursor = new Cursor(bytes, "malformed-cose");
  cursor.head(6, 18);
  cursor.head(4, 4);
  cursor.string();
  const start = cursor.at;
  const receipts = [];
  const labels = cursor.head(5);
  need(labels === 0 || labels === 1, "malformed-cose", "the unprotected header is neither empty nor receipts");
  if (labels === 1) {
    const label = write(RECEIPTS);
    const end = cursor.at + label.length;
    need(same(bytes.subarray(cursor.at, end), label), "malformed-cose", `a label that is not ${RECEIPTS}`);
    cursor.at = end;
    const count = cursor.head(4);
    need(count > 0, "no-receipts");
    need(count <= RECEIPTS_MAX, "too-many-receipts", String(count));
    for (let i = 0; i < count; i++) receipts.push(parseReceipt(cursor.string()));
  }
  const end = cursor.at;
  cursor.string();
  cursor.string(64);
  cursor.end();
  const statement = concat(bytes.subarray(0, start), [0xa0], bytes.subarray(end));
  need(statement.length <= STATEMENT_MAX, "too-large", `the statement has ${statement.length} bytes`);
  return { statement, receipts };
}
