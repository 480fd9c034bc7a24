/**
 * Fraud proofs: one file that convicts the holder of a log's key, or proves nothing. docs/spec/fraud-proof.md. From
 * signatures and hashes alone: whose key it is, is for the caller to compare (section 3).
 * @module
 */

import { base64, need, Refused, same, text, unbase64, utf8 } from "./bytes.js";
import { keyId, keyPoint, verify } from "./ed25519.js";
import { leafHash, parseEntry } from "./entry.js";
import { parseCheckpoint, parseNote, parseVkey, verifyCheckpoint } from "./note.js";
import { parseProof, PROOF_HEADER } from "./proof.js";
import { parseStatement } from "./statement.js";
import { checkConsistency, checkInclusion, PROOF_MAX } from "./tree.js";

/** First line of a fraud proof. */
const FRAUD_HEADER = "truce/fraud-proof@v1";
/** Most bytes of a fraud proof, and of a checkpoint in one. */
const FRAUD_MAX = 524_288;
const CHECKPOINT_MAX = 65_536;

/**
 * @typedef {{note: string, size: bigint}} Head a checkpoint as it stands, and the size that it states
 * @typedef {{leaf?: Uint8Array, entry?: Uint8Array, proof: import("./proof.js").Proof}} Side what stands, and where
 * @typedef {{kind: string, log: import("./note.js").Verifier, says: string, facts: Record<string, bigint>, notes: string[]}}
 *   Claim `facts`: the numbers of the sentence by name; `notes`: the checkpoints of the file
 * @typedef {{until: bigint, replaced: number|bigint|null, witnesses: import("./note.js").Verifier[]}} KeyEnd the greatest size
 *   that a key signs, when the entry that replaced it was received (ms), and the witnesses agreed on by then
 */

/** What each kind consists of, in the order of its lines, and its sentence (section 2). */
const KINDS = {
  fork: {
    async read(lines) {
      const [older, newer] = [await lines.checkpoint(), await lines.checkpoint()];
      if (!lines.isAt("prefix ")) return { older, newer };
      const prefix = lines.hash("prefix");
      const path = [];
      while (lines.isAt("hash ")) {
        need(path.length < PROOF_MAX, "malformed-fraud-proof", "its path has too many hashes");
        path.push(lines.hash("hash"));
      }
      return { older, newer, prefix, path };
    },
    write: ({ older, newer, prefix, path }) =>
      block("checkpoint", older.note) +
      block("checkpoint", newer.note) +
      (prefix ? line("prefix", prefix) + path.map((hash) => line("hash", hash)).join("") : ""),
    facts: ({ older, newer }) => ({ older: older.size, newer: newer.size }),
    says: ({ older, newer }, { prefix }) =>
      prefix
        ? `the log signed a tree of ${older} entries, and a tree of ${newer} entries that does not begin with them`
        : `the log signed two trees of ${older} entries with different roots`,
    async decide({ older, newer, prefix, path }, log) {
      const [one, other] = [await signed(older.note, log), await signed(newer.note, log)];
      if (!prefix) {
        need(one.size === other.size, "nothing-proven", "the trees have different sizes, and nothing shows that they differ");
        return need(!same(one.root, other.root), "nothing-proven", "the two checkpoints are of one tree");
      }
      need(one.size > 0n && one.size < other.size, "nothing-proven", "the first tree is not the smaller one");
      await holds("how the larger tree begins is not shown", () =>
        checkConsistency(one.size, prefix, other.size, other.root, path),
      );
      need(!same(prefix, one.root), "nothing-proven", "the larger tree begins with the smaller one");
    },
  },
  "two-entries": {
    read: async (lines) => ({ sides: [await lines.leaf(), await lines.leaf()] }),
    write: ({ sides }) => sides.map(writeSide).join(""),
    facts: ({ sides }) => ({ position: sides[0].proof.index }),
    says: ({ position }) => `the log signed for two different entries at position ${position}`,
    async decide({ sides: [first, second] }, log) {
      await stands(first, log);
      await stands(second, log);
      need(first.proof.index === second.proof.index, "nothing-proven", "the two entries have two positions");
      need(!same(first.leaf, second.leaf), "nothing-proven", "the two entries are one");
    },
  },
  "back-dated": {
    read: async (lines) => ({ sides: [await lines.entry(), await lines.entry()] }),
    write: ({ sides }) => sides.map(writeSide).join(""),
    facts: ({ sides: [first, second] }) => ({
      position: second.proof.index,
      received: second.received,
      before: first.proof.index,
      earlier: first.received,
    }),
    says: ({ position, received, before, earlier }) =>
      `the log recorded entry ${position} as received at ${received} ms, and entry ${before} before it as received at ${earlier} ms`,
    async decide({ sides: [first, second] }, log) {
      await inOneTree(first, second, log);
      await entryOf(first);
      await entryOf(second);
      need(first.proof.index < second.proof.index, "nothing-proven", "the first entry does not stand before the second");
      need(first.received > second.received, "nothing-proven", "the entries were received in their order");
    },
  },
  "broken-chain": {
    read: async (lines) => ({ sides: [await lines.leaf(), await lines.entry()] }),
    write: ({ sides }) => sides.map(writeSide).join(""),
    facts: ({ sides: [first, second] }) => ({ position: second.proof.index, before: first.proof.index }),
    says: ({ position, before }) => `the log recorded entry ${position} without the hash of entry ${before}`,
    async decide({ sides: [first, second] }, log) {
      await inOneTree(first, second, log);
      need(first.proof.index + 1n === second.proof.index, "nothing-proven", "the entries are not neighbours");
      const { prev } = await entryOf(second);
      need(!same(prev, first.leaf), "nothing-proven", "the entry carries the hash of the one before");
    },
  },
  "bad-signature": {
    async read(lines) {
      const key = lines.bytes("key");
      need(key.length === 32, "malformed-fraud-proof", "its key has not 32 bytes");
      return { key, sides: [await lines.entry()] };
    },
    write: ({ key, sides }) => line("key", key) + sides.map(writeSide).join(""),
    facts: ({ sides: [{ proof }] }) => ({ position: proof.index }),
    says: ({ position }) =>
      `the log recorded at position ${position} a statement that is not signed with the key it names`,
    async decide({ key, sides: [side] }, log) {
      await stands(side, log);
      const { statement: bytes } = await entryOf(side);
      const statement = await holds("the entry holds no statement of this version", () => parseStatement(bytes));
      await holds("the key is one that no party can have", () => keyPoint(key));
      need(same(await keyId(key), statement.kid), "nothing-proven", "the statement names another key");
      const sound = await verify(key, statement.signed, statement.signature).then(
        () => true,
        () => false,
      );
      need(!sound, "nothing-proven", "the statement is signed with that key");
    },
  },
};

/**
 * Reads a fraud proof and decides it. Refused with `malformed-fraud-proof` where it has not the one form of section 1,
 * with `nothing-proven` where a rule of section 2 does not hold.
 * @param {Uint8Array} bytes @returns {Promise<Claim>} what is proven, of the holder of the key `log`
 */
export async function decideFraud(bytes) {
  const { kind, log, says, facts, evidence } = await parseFraud(bytes);
  need(!log.cosigns, "nothing-proven", "the key is not one that signs checkpoints");
  await KINDS[kind].decide(evidence, log);
  const { older, newer, sides } = evidence;
  const notes = sides ? sides.map(({ proof }) => proof.note) : [older.note, newer.note];
  return { kind: kind === "fork" && !evidence.prefix ? "same-size" : kind, log, says, facts, notes };
}

/**
 * Tells whether doubt remains about who held the accused key: its turn has ended, and not every checkpoint of the file
 * bears a cosignature of one of the agreed witnesses from before the second in which it was replaced (section 3).
 * @param {Claim} claim @param {KeyEnd} end
 */
export async function isInDoubt({ log, notes }, { replaced, witnesses }) {
  if (replaced === null) return true;
  const second = BigInt(replaced) / 1000n;
  for (const note of notes) {
    // Each witness apart: a line that does not verify spoils no other.
    const times = await Promise.all(
      witnesses.map((witness) =>
        verifyCheckpoint(note, [log], [witness]).then(
          ({ cosigners }) => cosigners.map(({ time }) => time),
          () => [],
        ),
      ),
    );
    if (!times.flat().some((time) => time < second)) return true;
  }
  return false;
}

/** @param {Uint8Array} bytes */
async function parseFraud(bytes) {
  need(bytes.length <= FRAUD_MAX, "malformed-fraud-proof", `${bytes.length} bytes`);
  try {
    const file = text(bytes);
    const lines = new Lines(file);
    need(lines.next() === FRAUD_HEADER, "header");
    const kind = lines.field("kind");
    need(Object.hasOwn(KINDS, kind), "kind", "nothing that this version knows");
    const log = await parseVkey(lines.field("log"));
    lines.field("says");
    need(lines.next() === "", "line", "no empty line behind the sentence");
    const { read, write, facts: numbers, says: sentence } = KINDS[kind];
    const evidence = await read(lines);
    need(lines.rest === "", "line", "something follows the last one");
    // One claim has one file. The sentence is part of it: a true proof cannot be made to say something else.
    const facts = numbers(evidence);
    const says = sentence(facts, evidence);
    const written = `${FRAUD_HEADER}\nkind ${kind}\nlog ${log.vkey}\nsays ${says}\n\n${write(evidence)}`;
    need(written === file, "form", "it does not say what its evidence says, or not as it would be written");
    return { kind, log, says, facts, evidence };
  } catch (refused) {
    throw new Refused("malformed-fraud-proof", refused.code === "malformed-fraud-proof" ? refused.detail : refused.message);
  }
}

/** What is left of the text, line by line. */
class Lines {
  constructor(rest) {
    this.rest = rest;
  }

  next() {
    const end = this.rest.indexOf("\n");
    need(end >= 0, "line", "it ends too early");
    const found = this.rest.slice(0, end);
    this.rest = this.rest.slice(end + 1);
    return found;
  }

  isAt(start) {
    return this.rest.startsWith(start);
  }

  /** `name`, a space, and what is returned. */
  field(name) {
    const found = this.next();
    need(found.startsWith(`${name} `), "line", `no \`${name}\` where one is due`);
    return found.slice(name.length + 1);
  }

  bytes(name) {
    return unbase64(this.field(name));
  }

  hash(name) {
    const hash = this.bytes(name);
    need(hash.length === 32, "hash", name);
    return hash;
  }

  /** As many whole lines as the line `name` counts. */
  block(name) {
    const count = this.field(name);
    need(/^(0|[1-9][0-9]{0,6})$/.test(count), "line", `${name} does not count lines`);
    let end = 0;
    for (let i = 0; i < Number(count); i++) {
      end = this.rest.indexOf("\n", end) + 1;
      need(end > 0, "line", "it ends too early");
    }
    const found = this.rest.slice(0, end);
    this.rest = this.rest.slice(end);
    return found;
  }

  checkpoint() {
    return headOf(this.block("checkpoint"));
  }

  async proof() {
    const proof = parseProof(this.block("proof"), { bare: true });
    await headOf(proof.note);
    return proof;
  }

  async leaf() {
    return { leaf: this.hash("leaf"), proof: await this.proof() };
  }

  /** `received` is for the sentence; that the bytes are an entry is a rule of section 2. */
  async entry() {
    const entry = this.bytes("entry");
    const received = await parseEntry(entry).then(
      (parsed) => BigInt(parsed.received),
      () => 0n,
    );
    return { entry, received, leaf: await leafHash(entry), proof: await this.proof() };
  }
}

/** A checkpoint of at most so many bytes, in its one form. @param {string} note @returns {Promise<Head>} */
async function headOf(note) {
  need(utf8(note).length <= CHECKPOINT_MAX, "too-large", "a checkpoint");
  const { size } = await parseCheckpoint(parseNote(note).body);
  return { note, size };
}

const line = (name, bytes) => `${name} ${base64(bytes)}\n`;
const block = (name, words) => `${name} ${words.split("\n").length - 1}\n${words}`;
const writeSide = ({ entry, leaf, proof }) =>
  (entry ? line("entry", entry) : line("leaf", leaf)) +
  block(
    "proof",
    `${PROOF_HEADER}\nindex ${proof.index}\n${proof.path.map((hash) => `${base64(hash)}\n`).join("")}\n${proof.note}`,
  );

/** Makes a check of another module, whose refusal says what is not proven. */
async function holds(what, make) {
  try {
    return await make();
  } catch (refused) {
    throw new Refused("nothing-proven", `${what}: ${refused.message}`);
  }
}

/** The note opens with the key of `log` alone. @param {string} note @param {import("./note.js").Verifier} log */
function signed(note, log) {
  return holds("a checkpoint is not signed with the key of the log", () => verifyCheckpoint(note, [log]));
}

/** The checkpoint in whose tree a leaf is proven at its index. @param {Side} side */
async function stands({ leaf, proof }, log) {
  const checkpoint = await signed(proof.note, log);
  await holds("an entry is not shown to stand in the tree", () =>
    checkInclusion(proof.index, checkpoint.size, leaf, proof.path, checkpoint.root),
  );
  return checkpoint;
}

async function inOneTree(first, second, log) {
  const [one, other] = [await stands(first, log), await stands(second, log)];
  need(one.size === other.size && same(one.root, other.root), "nothing-proven", "the two entries stand in two trees");
}

function entryOf({ entry }) {
  return holds("an entry is malformed", () => parseEntry(entry));
}
