/**
 * From an evidence document to a list of steps and a verdict: what a reader's machine can decide by itself
 * about one entry. docs/spec/publication.md, section 6 (proof), and docs/spec/register.md, section 3, as far
 * as one record shows it: agreement, party, key, signature, proofs of possession, time of issue, feed, validity, authority. Not
 * decided here, because it takes the whole log: references, continuity of reports, and that no revocation was
 * left out.
 * @module
 */

import { base64, hex, need, Refused, same, unbase64 } from "./bytes.js";
import { recordDocument } from "./draft.js";
import { keyId, provesPossession, verify } from "./ed25519.js";
import { parseEntry, rebuild } from "./entry.js";
import { OWN, SIGNED_BY } from "./kinds.js";
import { parseCheckpoint, parseNote, parseVkey } from "./note.js";
import { parseProof } from "./proof.js";
import { parseStatement } from "./statement.js";
import { policyAt, termsOf, verifyByTurn } from "./succession.js";
import { checkInclusion } from "./tree.js";
import { ms } from "./units.js";

/** The steps in the order in which they are shown. */
export const STEPS = [
  "page",
  "entry",
  "statement",
  "id",
  "signature",
  "key",
  "feed",
  "chain",
  "inclusion",
  "checkpoint",
  "cosignatures",
  "memory",
];

const ZERO = new Uint8Array(32);

/**
 * @typedef {{step: string, state: "pass"|"fail"|"none"|"skip", code: string, values: Record<string, string>}}
 *   Step `none`: there is nothing to check here. `skip`: could not be checked, because an earlier step
 *   failed.
 * @typedef {{steps: Step[], verdict: "good"|"bad"|"unchecked", record: object|null, facts: Facts|null}}
 *   Outcome
 * @typedef {{agreement: string, vkey: string, origin: string, size: bigint, root: Uint8Array, note: string}}
 *   Facts
 */

/** What a step comes to when it has nothing to check. */
class Nothing {
  constructor(code, values = {}) {
    Object.assign(this, { code, values });
  }
}

/** A step that cannot be made because something it stands on is missing. */
class Cannot extends Error {}

/**
 * Makes all steps. `around.page` compares what is shown with the record, `around.memory` the checkpoint with
 * what this browser remembers; both resolve to a step's state, code and values. `around.id` is the id that
 * the reader was told.
 * @param {any} evidence
 * @param {{page?: Function, memory?: Function, id?: string}} [around]
 * @returns {Promise<Outcome>}
 */
export async function check(evidence, around = {}) {
  const found = { evidence, position: evidence?.position };
  const made = {};
  const step = async (name, make) => {
    made[name] = await outcome(name, make);
    return made[name].state;
  };
  await step("entry", () => entryStep(found));
  await step("statement", () => statementStep(found));
  await step("id", () => idStep(found, around.id));
  await readCharter(found);
  await step("signature", () => signatureStep(found));
  await step("key", () => keyStep(found));
  await step("feed", () => feedStep(found));
  await step("chain", () => chainStep(found));
  await step("inclusion", () => inclusionStep(found));
  await step("checkpoint", () => checkpointStep(found));
  await step("cosignatures", () => cosignatureStep(found));
  const record = found.statement ? recordDocument(found.position, found.entry, found.statement) : null;
  await step("page", () => pageStep(record, around.page));
  await step("memory", () => memoryStep(found, around.memory));
  const steps = STEPS.map((name) => made[name]);
  return { steps, verdict: verdictOf(steps), record, facts: found.facts ?? null };
}

/** @param {Step[]} steps */
export function verdictOf(steps) {
  if (steps.some((step) => step.state === "fail")) return "bad";
  const open = steps.some((step) => step.state === "skip" || step.code === "no-checkpoint");
  return open ? "unchecked" : "good";
}

/** @param {string} name @param {() => Promise<any>} make @returns {Promise<Step>} */
async function outcome(name, make) {
  try {
    const done = await make();
    if (done instanceof Nothing) return { step: name, state: "none", code: done.code, values: done.values };
    return { step: name, state: "pass", code: "ok", values: {}, ...done };
  } catch (error) {
    if (error instanceof Cannot) return { step: name, state: "skip", code: "skip", values: {} };
    const code = error instanceof Failed ? error.code : "bad";
    return { step: name, state: "fail", code, values: { why: String(error.message), ...error.values } };
  }
}

/** A step that fails with a message of its own. */
class Failed extends Refused {
  constructor(code, values = {}, detail = "") {
    super(code, detail);
    this.values = values;
  }
}

const must = (condition, code, values, detail) => {
  if (!condition) throw new Failed(code, values, detail);
};
const lean = (thing) => {
  if (!thing) throw new Cannot();
  return thing;
};

async function entryStep(found) {
  must(found.evidence?.format === "truce-evidence/1", "format");
  must(Number.isSafeInteger(found.position) && found.position >= 0, "format");
  const bytes = unbase64(found.evidence.entry);
  found.entry = await parseEntry(bytes);
  found.bytes = bytes;
  return { values: { bytes: String(bytes.length), hash: hex(found.entry.hash) } };
}

async function statementStep(found) {
  found.statement = await parseStatement(lean(found.entry).statement);
  return { values: { kind: found.statement.kind, bytes: String(found.entry.statement.length) } };
}

async function idStep(found, stated) {
  const id = hex(lean(found.statement).id);
  must(stated === undefined || stated === id, "differs", { id, stated });
  return { values: { id } };
}

/**
 * Entry 0 and the other statements about keys, parsed; what they say is judged by the steps `key` and
 * `checkpoint`.
 */
async function readCharter(found) {
  found.keys = [];
  found.known = new Map();
  try {
    for (const item of found.evidence.keys) {
      const entry = await parseEntry(unbase64(item.entry));
      found.keys.push({ ...item, parsed: entry, statement: await parseStatement(entry.statement) });
    }
  } catch (error) {
    found.keysFlaw = {
      position: String(found.evidence?.keys?.[found.keys.length]?.position ?? "?"),
      why: error.message,
    };
  }
  const [first] = found.keys;
  if (first?.statement.kind !== "charter" || first.position !== 0) return;
  found.charter = first.statement;
  found.agreement = hex(first.statement.id);
  for (const founder of first.statement.body.get("parties")) {
    await learn(found, founder.get("root"), { party: founder.get("id"), root: true, position: 0 });
  }
  for (const { position, statement } of found.keys.slice(1)) {
    for (const grant of grantsOf(statement)) {
      const until = grant.get("valid_until");
      await learn(found, grant.get("key"), {
        party: statement.iss,
        root: false,
        position,
        kinds: grant.get("kinds"),
        until: until === undefined ? undefined : ms(until),
      });
    }
  }
  found.origin = found.charter.sub;
  found.log = await parseVkey(found.charter.body.get("log")).catch(() => null);
  // Whether these statements are rightly signed and stand in the tree is for the step `key`.
  found.terms = termsOf(found.charter, found.keys);
}

async function learn(found, key, about) {
  const id = hex(await keyId(key));
  if (!found.known.has(id)) found.known.set(id, { key, ...about });
}

/** @param {import("./statement.js").Statement} statement */
function grantsOf({ kind, body }) {
  return kind === "key-grant" ? [body] : kind === "accession" ? (body.get("keys") ?? []) : [];
}

async function signatureStep(found) {
  const { kid, signed, signature } = lean(found.statement);
  const { key } = lean(found.known.get(hex(kid)));
  await verify(key, signed, signature);
  return { values: { key: hex(kid) } };
}

async function keyStep(found) {
  const { statement, position } = found;
  lean(statement);
  must(!found.keysFlaw, "bad-entry", found.keysFlaw);
  must(found.charter, "no-charter");
  must(position !== 0 || hex(statement.id) === found.agreement, "no-charter");
  must(position === 0 || statement.kind !== "charter", "second-charter");
  must(position === 0 || statement.sub === found.agreement, "other-agreement");
  await soundKeys(found);
  const party = found.charter.body.get("parties").find((founder) => founder.get("id") === statement.iss);
  must(party, "unknown-party", { party: statement.iss });
  const known = found.known.get(hex(statement.kid));
  const values = { party: statement.iss, name: party.get("name"), key: hex(statement.kid) };
  must(
    known && known.party === statement.iss && (known.root || known.position < position),
    "unknown-key",
    values,
  );
  must(
    known.root === OWN.includes(statement.kind),
    "not-authorised",
    values,
    "root keys sign the agreement's own kinds",
  );
  must(isPlausible(found), "time", values);
  await provenGrants(found, statement).catch((error) => must(false, "not-proven", values, error.message));
  if (known.root) return { code: "ok-root", values };
  must(
    !known.kinds || known.kinds.includes(statement.kind),
    "not-authorised",
    values,
    "not a kind it was granted for",
  );
  must(
    mayRole(found.charter, statement.kind).includes(party.get("role")),
    "not-authorised",
    values,
    "not by this role",
  );
  must(known.until === undefined || found.entry.received <= known.until, "expired", values);
  return revocation(found, values);
}

/**
 * Rules 6, 7 (charter) and 10: not issued after it was received, nor before the charter, by clocks that may
 * differ.
 */
function isPlausible({ statement, charter, entry, position }) {
  const skew = BigInt(charter.body.get("clock_skew_s") ?? 600) * 1000n;
  const [issued, begun] = [statement, charter].map(({ iat }) => BigInt(iat) * 1000n);
  if (issued >= 2n ** 63n || issued > BigInt(entry.received) + skew) return false;
  return position === 0 || issued + skew >= begun;
}

/** Roles that may sign a kind: the charter's, or those of kinds.md. */
function mayRole(charter, kind) {
  const own = (charter.body.get("roles") ?? []).find((rule) => rule.get("kind") === kind);
  return own ? own.get("roles") : SIGNED_BY[kind];
}

/** Every statement about keys is rightly signed, by the right root key, in the tree, in order. */
async function soundKeys(found) {
  let last = -1;
  for (const { position, statement, parsed, proof } of found.keys) {
    const at = { position: String(position) };
    try {
      need(Number.isSafeInteger(position) && position > last, "order");
      last = position;
      need(position === 0 || (statement.kind !== "charter" && OWN.includes(statement.kind)), "kind");
      need(
        statement.sub === (position === 0 ? (found.log?.name ?? found.origin) : found.agreement),
        "other agreement",
      );
      const signer = found.known.get(hex(statement.kid));
      need(signer?.root && signer.party === statement.iss, "not by the party's root key");
      await verify(signer.key, statement.signed, statement.signature);
      await provenGrants(found, statement);
      if (proof !== undefined || found.evidence.proof !== undefined)
        await inTree(found, position, parsed, proof);
    } catch (error) {
      if (error instanceof Cannot) throw error;
      throw new Failed("bad-entry", { ...at, why: error.message });
    }
  }
}

/**
 * Every key granted proves possession where the charter asks for it, and none does where it does not
 * (register.md, section 3, rule 16).
 */
async function provenGrants({ charter, agreement }, statement) {
  const asked = charter.body.get("proof_of_possession") !== undefined;
  for (const grant of grantsOf(statement)) {
    const proof = grant.get("proof");
    need((proof !== undefined) === asked, asked ? "key-not-proven" : "unknown-field");
    if (asked) await provesPossession(grant.get("key"), proof, statement.iss, agreement);
  }
}

function revocation(found, values) {
  for (const { position, statement } of found.keys) {
    if (statement.kind !== "key-revocation" || statement.iss !== found.statement.iss) continue;
    if (!same(statement.body.get("key"), found.statement.kid)) continue;
    const at = { ...values, position: String(position), reason: statement.body.get("reason") };
    must(position > found.position, "revoked", at);
    const since = statement.body.get("suspect_since");
    const suspect = since !== undefined && found.entry.received >= ms(since);
    return { code: suspect ? "ok-suspect" : "ok-revoked-later", values: at };
  }
  return { values };
}

async function feedStep(found) {
  const { seq, prev, kid, iss } = lean(found.statement);
  if (BigInt(seq) === 0n) return { code: "ok-first" };
  const before = found.evidence.feed;
  must(before, "missing");
  const values = { position: String(before.position), seq: String(seq) };
  const entry = await parseEntry(unbase64(before.entry));
  const statement = await parseStatement(entry.statement);
  must(same(statement.id, prev), "broken", values);
  must(same(statement.kid, kid) && statement.iss === iss, "broken", values, "another key's feed");
  must(BigInt(statement.seq) + 1n === BigInt(seq), "broken", values, "the numbers do not follow");
  must(before.position < found.position, "broken", values, "not before it");
  await proven(found, before.position, entry, before.proof, values);
  return { values };
}

async function chainStep(found) {
  const { prev, received } = lean(found.entry);
  if (found.position === 0) {
    must(same(prev, ZERO), "broken");
    return { code: "ok-first" };
  }
  must(found.evidence.before !== undefined, "missing");
  const before = await parseEntry(unbase64(found.evidence.before));
  const values = { position: String(found.position - 1) };
  must(same(before.hash, prev), "broken", values);
  must(before.received <= received, "went-back", values);
  await proven(found, found.position - 1, before, found.evidence.before_proof, values);
  return { values };
}

async function inclusionStep(found) {
  lean(found.entry);
  const values = { position: String(found.position) };
  if (found.evidence.proof === undefined && found.position === 0) return new Nothing("no-checkpoint");
  must(found.evidence.proof !== undefined, "missing", values);
  const proof = parseProof(found.evidence.proof);
  must(proof.index === BigInt(found.position), "other-position", { ...values, index: String(proof.index) });
  const checkpoint = await inTree(found, found.position, found.entry, found.evidence.proof);
  return { values: { ...values, size: String(checkpoint.size), hashes: String(proof.path.length) } };
}

async function checkpointStep(found) {
  lean(found.charter);
  if (found.evidence.proof === undefined && found.position === 0) return new Nothing("no-checkpoint");
  const { note } = parseProof(found.evidence.proof);
  must(found.log && !found.log.cosigns && found.log.name === found.origin, "vkey");
  const { origin, size, root, turns } = await verifyByTurn(note, found.terms).catch((error) => {
    must(!error.code?.startsWith("log-"), "out-of-turn", {}, error.message);
    throw error;
  });
  must(size >= 2n, "small", { size: String(size) });
  // A log is remembered by the key that its charter names: that one never changes.
  found.facts = { agreement: found.agreement, vkey: found.log.vkey, origin, size, root, note };
  const [{ vkey, position }] = turns;
  const values = { origin, size: String(size), root: hex(root), vkey, agreement: found.agreement };
  return position === 0 ? { values } : { code: "ok-successor", values: { ...values, position: String(position) } };
}

async function cosignatureStep(found) {
  lean(found.charter);
  if (found.terms.policies.length === 0) return new Nothing("none");
  const { size, note } = lean(found.facts);
  const agreed = policyAt(found.terms, size);
  if (agreed === undefined) return new Nothing("none");
  // Policies are read only where the parties agreed on witnesses.
  const { parsePolicy, satisfies } = await import("./policy.js");
  must(found.evidence.policy === undefined || found.evidence.policy === agreed, "other-policy");
  const policy = await parsePolicy(agreed).catch((error) => must(false, "other-policy", {}, error.message));
  const checkpoint = await verifyByTurn(note, found.terms, [...policy.witnesses.values()]).catch((error) => {
    throw new Failed("bad", {}, error.message);
  });
  const { cosigners } = await satisfies(checkpoint, policy).catch((error) => {
    throw new Failed(error.code === "no-quorum" ? "no-quorum" : "bad", {}, error.message);
  });
  // Nobody was asked for, and nobody has.
  if (policy.quorum === "none" && cosigners.length === 0) return new Nothing("none");
  return { values: { names: cosigners.map((cosigner) => cosigner.key.name).join(", ") || "0" } };
}

async function pageStep(record, compare) {
  if (!compare) return new Nothing("no-page");
  return compare(lean(record));
}

async function memoryStep(found, recall) {
  if (!recall) return new Nothing("no-memory");
  return recall(lean(found.facts));
}

/** That an entry named by another step is in the same tree. */
async function proven(found, position, entry, proof, values) {
  if (proof === undefined && found.evidence.proof === undefined) return;
  try {
    await inTree(found, position, entry, proof);
  } catch (error) {
    if (error instanceof Cannot) throw error;
    throw new Failed("proof", values, error.message);
  }
}

/** Inclusion under the checkpoint that the evidence speaks of; its signature is a step of its own. */
async function inTree(found, position, entry, proofText) {
  need(typeof proofText === "string", "proof-missing");
  const proof = parseProof(proofText);
  // What is wrong with the checkpoint of the evidence is for the step `checkpoint` to say, not for each that
  // stands on it.
  const { size, root } = lean(await headOf(found.evidence.proof ?? proofText));
  const own = parseNote(proof.note).body.split("\n");
  need(own[1] === String(size) && own[2] === base64(root), "other-checkpoint");
  need(proof.index === BigInt(position), "other-position");
  need(same((await parseEntry(rebuild(proof.extra, entry.statement))).hash, entry.hash), "extra");
  await checkInclusion(proof.index, size, entry.hash, proof.path, root);
  return { size, root };
}

/**
 * Size and root of the checkpoint in a proof, unverified; null where there is none.
 * @param {string} proofText
 */
async function headOf(proofText) {
  try {
    return await parseCheckpoint(parseNote(parseProof(proofText).note).body);
  } catch {
    return null;
  }
}
