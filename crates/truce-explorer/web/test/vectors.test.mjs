/**
 * Every vector of fixtures/vectors/, as far as a browser decides it: the verdict must be that of the file,
 * and of statements, keys and CBOR the code too. Logs (refusal.json) are decided by the register; here each
 * last entry is put to check.js with evidence made from its log, and what one record cannot show is listed
 * and counted.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { hex, need, unhex } from "../verify/bytes.js";
import { read } from "../verify/cbor.js";
import { check } from "../verify/check.js";
import { keyId, keyPoint, verify } from "../verify/ed25519.js";
import { parseEntry, rebuild } from "../verify/entry.js";
import { decideFraud } from "../verify/fraud.js";
import { parseVkey, verifyCheckpoint } from "../verify/note.js";
import { verifyProof } from "../verify/onfile.js";
import { parsePolicy } from "../verify/policy.js";
import {
  parseConsistency,
  parseReceipt,
  takeOut,
  verifyConsistency,
  verifyReceipt,
} from "../verify/receipt.js";
import { parseStatement, STATEMENT_MAX } from "../verify/statement.js";
import { checkConsistency, checkInclusion } from "../verify/tree.js";
import { entry as encodeEntry, keyOf, leaf, Log, root, signedNote, vkeyOf } from "./world.mjs";

const file = (name) =>
  JSON.parse(readFileSync(new URL(`../../../../fixtures/vectors/${name}.json`, import.meta.url)));
const number = (n) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(n));
  return bytes;
};

/**
 * Runs `decide` over vectors; `word` is the member that must be the code found, or null where the verdict is
 * enough.
 */
function vectors(name, list, word, decide) {
  test(`${name}: ${list.length} vectors`, async () => {
    for (const vector of list) {
      const stated = vector[word ?? "code"];
      let found;
      try {
        await decide(vector);
      } catch (error) {
        assert.ok(
          error.code !== undefined && !(error instanceof assert.AssertionError),
          `${vector.name}: ${error.stack}`,
        );
        found = error.code;
      }
      if (word) assert.equal(found, stated, vector.name);
      else
        assert.equal(
          found === undefined,
          stated === undefined,
          `${vector.name}: stated ${stated}, found ${found}`,
        );
    }
  });
}

/** Diagnostic notation, RFC 8949, section 8. */
function diagnostic(value) {
  if (value instanceof Uint8Array) return `h'${hex(value)}'`;
  if (typeof value === "string")
    return JSON.stringify(value).replaceAll("\\n", "\\u000a").replaceAll("\\t", "\\u0009");
  if (Array.isArray(value)) return `[${value.map(diagnostic).join(", ")}]`;
  if (value instanceof Map)
    return `{${[...value].map((pair) => pair.map(diagnostic).join(": ")).join(", ")}}`;
  return String(value);
}

const { cbor, statement, entry, tree, checkpoint, proof, receipt, refusal } = Object.fromEntries(
  ["cbor", "statement", "entry", "tree", "checkpoint", "proof", "receipt", "refusal"].map((name) => [
    name,
    file(name),
  ]),
);
const fraud = file("fraud-proof");
const both = ({ accepted, refused }) => [...accepted, ...refused];

vectors("cbor", both(cbor), "flaw", (v) => {
  const found = diagnostic(read(unhex(v.cbor)));
  if (v.diagnostic !== undefined) assert.equal(found, v.diagnostic);
});
vectors("keys", statement.keys, "code", async (v) => {
  keyPoint(unhex(v.key));
  assert.equal(hex(await keyId(unhex(v.key))), v.kid);
});
vectors("statements", both(statement), "code", async (v) => {
  const key = unhex(v.key);
  keyPoint(key);
  const parsed = await parseStatement(unhex(v.statement));
  need(hex(parsed.kid) === hex(await keyId(key)), "unknown-key");
  await verify(key, parsed.signed, parsed.signature);
  if (v.id) assert.equal(hex(parsed.id), v.id);
});
vectors("entries", both(entry), null, async (v) => {
  const parsed = await parseEntry(unhex(v.entry));
  assert.equal(hex(parsed.hash), v.hash);
  assert.equal(hex(rebuild(unhex(v.extra), unhex(v.statement))), v.entry);
  assert.equal(Number(parsed.received), v.received);
});
vectors("extra", entry.refused_extra, null, (v) => rebuild(unhex(v.extra), new Uint8Array()));
vectors("inclusion", both(tree.inclusion), null, (v) =>
  checkInclusion(BigInt(v.index), BigInt(v.size), leaf(unhex(v.leaf)), v.path.map(unhex), unhex(v.root)),
);
vectors("consistency", both(tree.consistency), null, (v) =>
  checkConsistency(
    BigInt(v.old_size),
    unhex(v.old_root),
    BigInt(v.new_size),
    unhex(v.new_root),
    v.path.map(unhex),
  ),
);
vectors("verifier keys", checkpoint.vkeys, null, (v) => parseVkey(v.vkey));
vectors("checkpoints", both(checkpoint), null, async (v) => {
  const logs = [await parseVkey(v.log)].filter((key) => !key.cosigns);
  const found = await verifyCheckpoint(v.note, logs, await Promise.all(v.cosigners.map(parseVkey)));
  assert.deepEqual([found.origin, Number(found.size), hex(found.root)], [v.origin, v.size, v.root]);
  assert.deepEqual(
    found.cosigners.map((cosigner) => Number(cosigner.time)),
    v.cosigned_at,
  );
});
vectors("proofs on file", both(proof), null, async (v) => {
  const found = await verifyProof(unhex(v.statement), v.proof, await parsePolicy(v.policy));
  assert.equal(Number(found.proof.index), v.index);
});

vectors("receipts", both(receipt), "code", async (v) => {
  const found = await verifyReceipt(unhex(v.statement), parseReceipt(unhex(v.receipt)), await parsePolicy(v.policy));
  assert.deepEqual(
    [Number(found.position), Number(found.size), Number(found.received), found.final],
    [v.index, v.size, v.received, v.final],
    v.name,
  );
});
vectors("receipts of consistency", both(receipt.consistency), "code", async (v) => {
  const log = await parseVkey(v.log);
  const older = { origin: log.name, size: BigInt(v.older), root: unhex(v.older_root) };
  const found = parseConsistency(unhex(v.receipt));
  assert.equal(hex(await verifyConsistency(found, older, [log])), v.newer_root, v.name);
  assert.equal(Number(found.size), v.newer, v.name);
});
vectors("statements with receipts", both(receipt.embedded), "code", (v) => {
  const found = takeOut(unhex(v.transparent));
  assert.equal(hex(found.statement), v.statement, v.name);
  assert.equal(found.receipts.length, v.receipts.length, v.name);
});

vectors("fraud proofs", both(fraud), "code", async (v) => {
  const found = await decideFraud(new TextEncoder().encode(v.file));
  const kind = found.kind === "same-size" ? "fork" : found.kind;
  assert.deepEqual([kind, found.log.vkey, found.says], [v.kind, v.log, v.says], v.name);
});

test(`the roots of tree.json hold for the tree of these tests: ${tree.roots.length}`, () => {
  const leaves = Array.from({ length: 65_793 }, (_, i) => leaf(number(i)));
  for (const { size, root: stated } of tree.roots)
    assert.equal(hex(root(leaves.slice(0, size))), stated, String(size));
});

/** Codes, and vectors by name, that no single record can show: they take the register. */
const BY_REGISTER = ["unknown-checkpoint", "unknown-reference", "bad-reference"];
const OUT_OF_SCOPE = [
  // What a statement would change, or names: another statement decides.
  "revocation-of-an-unknown-key",
  "revocation-of-a-root-key",
  "revocation-of-the-key-of-another-party",
  "revocation-of-a-revoked-key",
  "grant-of-a-key-granted-before",
  "grant-of-the-key-of-another-party",
  "grant-of-a-key-granted-before-with-its-proof",
  "grant-of-a-root-key",
  "accession-with-a-root-key",
  "accession-twice",
  "grant-before-the-accession",
  "inquiry-to-nobody",
  "observation-in-an-unknown-zone",
  "report-that-does-not-carry-on",
  "report-that-does-not-carry-on-by-the-day",
  // What an amendment changes is judged by the keys that the log has and had: it would have no effect in the browser's fold.
  "amendment-to-a-key-of-another-name",
  "amendment-to-the-key-in-force",
  "amendment-while-two-keys-sign",
  // Another statement stands at the same place of the feed; each by itself is sound.
  "signal-twice",
  "document-at-the-place-of-a-signal",
  "signal-after-another-one",
];
const STEP = {
  "too-large": "statement",
  "malformed-cose": "statement",
  "non-canonical": "statement",
  "unknown-field": "statement",
  "invalid-body": "statement",
  "bad-signature": "signature",
  "unknown-agreement": "key",
  "unknown-party": "key",
  "unknown-key": "key",
  "key-not-valid": "key",
  "not-authorised": "key",
  "implausible-time": "key",
  "key-not-proven": "key",
  "feed-gap": "feed",
  "feed-fork": "feed",
  "broken-chain": "chain",
  "received-went-back": "chain",
};

/** Where the statement alone does not show it, but the charter beside it does. */
const STEP_OF = { "grant-with-a-proof-that-is-not-asked-for": "key" };

/** The evidence that an explorer would give of the last entry of a log of refusal.json. */
async function evidenceOf({ entries }) {
  const statements = entries.map((one) => unhex(refusal.statements[one.statement]));
  let prev = new Uint8Array(32);
  const bytes = entries.map((one, i) => {
    const made = encodeEntry(one.prev === undefined ? prev : unhex(one.prev), one.received, statements[i]);
    prev = leaf(made);
    return made;
  });
  const key = keyOf("log");
  const log = new Log(
    bytes,
    signedNote("none.example", bytes.length, root(bytes.map(leaf)), vkeyOf("none.example", key), key),
  );
  const parsed = await Promise.all(statements.map((s) => parseStatement(s).catch(() => null)));
  const last = bytes.length - 1;
  const own = parsed[last];
  const about = parsed
    .map((p, i) =>
      p &&
      (i === 0 ||
        (i !== last && p.iss === own?.iss && ["accession", "key-grant", "key-revocation"].includes(p.kind)))
        ? i
        : -1,
    )
    .filter((i) => i >= 0);
  const feed = parsed.findLastIndex((p, i) => i < last && p && own && hex(p.kid) === hex(own.kid));
  return log.evidence(last, { keys: about, feed: feed < 0 ? undefined : feed });
}

/** All failing steps but the checkpoint's: nobody here has the key of the logs in refusal.json. */
const failing = (outcome) =>
  outcome.steps.filter((s) => s.state === "fail" && s.step !== "checkpoint").map((s) => s.step);

test(`accepted logs: ${refusal.accepted.length}; the last entry of each passes`, async () => {
  for (const log of refusal.accepted)
    assert.deepEqual(failing(await check(await evidenceOf(log))), [], log.name);
});

test(`refused logs: ${refusal.refused.length}`, async (t) => {
  let decided = 0;
  const open = [];
  for (const log of refusal.refused) {
    const bytes = unhex(refusal.statements[log.entries.at(-1).statement]);
    const found = bytes.length > STATEMENT_MAX ? ["statement"] : failing(await check(await evidenceOf(log)));
    if (BY_REGISTER.includes(log.code) || OUT_OF_SCOPE.includes(log.name)) {
      assert.ok(
        found.every((step) => !["entry", "statement", "signature"].includes(step)),
        `${log.name}: ${found}`,
      );
      open.push(log.name);
      continue;
    }
    assert.ok(found.length > 0, `${log.name}: ${log.code}, and nothing fails`);
    const step = STEP_OF[log.name] ?? STEP[log.code];
    if (step) assert.equal(found[0], step, `${log.name}: ${log.code}, found ${found}`);
    decided++;
  }
  t.diagnostic(`decided ${decided}, out of scope ${open.length}: ${open.join(", ")}`);
});
