/**
 * Who signs for a log, and which witnesses it asks for, over the sizes of its tree: the charter, and the
 * amendments that its parties assented to. docs/spec/register.md, section 6; docs/spec/succession.md.
 * @module
 */

import { hex, need, same, text, unbase64 } from "./bytes.js";
import { keyId, verify } from "./ed25519.js";
import { parseEntry, rebuild } from "./entry.js";
import { parseCheckpoint, parseNote, parseVkey, verifyCheckpoint } from "./note.js";
import { parseProof } from "./proof.js";
import { parseStatement } from "./statement.js";
import { checkInclusion } from "./tree.js";

/** First line of a succession on file. */
export const SUCCESSION_HEADER = "truce/succession@v1";

/**
 * @typedef {{vkey: string, from: bigint, until: bigint|null, position: number, received?: number|bigint}} Turn the least and
 *   the greatest size that a key signs, and the entry that brought it in
 * @typedef {{keys: Turn[], policies: {text: string, from: bigint}[]}} Terms
 */

/**
 * What amendments and endorsements make of a charter. Their signatures are for the caller to verify; that they
 * are signed by whom the charter names, as each says, is too.
 * @param {import("./statement.js").Statement} charter
 * @param {{position: number, received?: number|bigint, statement: import("./statement.js").Statement}[]} items in the order of
 *   the log
 * @returns {Terms}
 */
export function termsOf(charter, items) {
  const parties = charter.body.get("parties").length;
  const needed = Number(charter.body.get("amended_by") ?? parties);
  const keys = [{ vkey: charter.body.get("log"), from: 0n, until: null, position: 0 }];
  const agreed = charter.body.get("witnesses");
  const policies = agreed === undefined ? [] : [{ text: agreed, from: 0n }];
  let open = [];
  for (const { position, received, statement } of items) {
    const { kind, iss, body, id } = statement;
    let proposal;
    if (kind === "amendment") {
      const next = body.get("log")?.get("next");
      if (next !== undefined) {
        const free = keys.every(
          (key) => key.vkey !== next && (key.until === null || key.until <= BigInt(position)),
        );
        if (!free || next.split("+")[0] !== charter.sub) continue;
      }
      open = open.filter((other) => other.by !== iss);
      proposal = { id, by: iss, assents: new Set([iss]), body };
      open.push(proposal);
    } else if (kind === "endorsement") {
      const [, amendment] = statement.refs[0] ?? [];
      proposal = open.find((other) => amendment && same(other.id, amendment));
      if (!proposal || proposal.assents.has(iss)) continue;
      proposal.assents.add(iss);
    } else continue;
    if (proposal.assents.size < needed) continue;
    open = [];
    const [at, from] = [BigInt(position), BigInt(position) + 1n];
    const log = proposal.body.get("log");
    if (log) {
      keys.at(-1).until = at + BigInt(log.get("overlap"));
      keys.push({ vkey: log.get("next"), from, until: null, position, received });
    }
    const witnesses = proposal.body.get("witnesses");
    if (witnesses !== undefined) policies.push({ text: witnesses, from });
  }
  return { keys, policies };
}

/** The keys that must all sign a checkpoint of a size, the newest first. @param {Terms} terms @param {bigint} size */
export function turnsAt(terms, size) {
  return terms.keys.filter((key) => key.from <= size && !(key.until !== null && key.until < size)).reverse();
}

/** The witness policy for a checkpoint of a size, as text. @param {Terms} terms @param {bigint} size */
export function policyAt(terms, size) {
  return terms.policies.filter((policy) => policy.from <= size).at(-1)?.text;
}

/**
 * The end of a key's turn, for a fraud proof (docs/spec/fraud-proof.md, section 3); null for a key that still signs.
 * @param {Terms} terms @param {string} vkey @returns {Promise<import("./fraud.js").KeyEnd|null>}
 */
export async function endOf(terms, vkey) {
  const at = terms.keys.findIndex((turn) => turn.vkey === vkey);
  const next = at < 0 ? undefined : terms.keys[at + 1];
  if (next === undefined) return null;
  const { parsePolicy } = await import("./policy.js");
  const agreed = terms.policies.filter((policy) => policy.from < next.from);
  const read = await Promise.all(agreed.map(({ text }) => parsePolicy(text).catch(() => null)));
  const witnesses = read.flatMap((policy) => [...(policy?.witnesses.values() ?? [])]);
  return { until: terms.keys[at].until, replaced: next.received ?? null, witnesses };
}

/**
 * Verifies a checkpoint with all the keys that must have signed one of its size. Refused with `log-key-ended` and
 * `log-key-not-yet` where only a key of the log has signed whose turn it is not.
 * @param {string} note @param {Terms} terms
 * @param {import("./note.js").Verifier[]} [witnesses]
 * @returns {Promise<import("./note.js").Checkpoint & {turns: Turn[]}>}
 */
export async function verifyByTurn(note, terms, witnesses = []) {
  const { size } = await parseCheckpoint(parseNote(note).body);
  const turns = turnsAt(terms, size);
  let checkpoint = null;
  let missing = null;
  for (const turn of turns) {
    try {
      const signed = await verifyCheckpoint(note, [await parseVkey(turn.vkey)], witnesses);
      checkpoint ??= signed;
    } catch (error) {
      if (error.code !== "no-known-signature" && error.code !== "no-log-signature") throw error;
      missing ??= error;
    }
  }
  if (missing) {
    for (const turn of terms.keys.filter((key) => !turns.includes(key))) {
      const key = await parseVkey(turn.vkey);
      const signed = await verifyCheckpoint(note, [key]).then(
        () => true,
        () => false,
      );
      if (signed) need(false, turn.until !== null && turn.until < size ? "log-key-ended" : "log-key-not-yet", turn.vkey);
    }
    if (checkpoint) need(false, "log-signature-missing", missing.message);
    throw missing;
  }
  need(checkpoint !== null, "no-log-signature");
  return { ...checkpoint, turns };
}

/**
 * Amendments and endorsements, each verified with the root key of the party that it names. What is of another kind,
 * agreement or key is refused.
 * @param {import("./statement.js").Statement} charter
 * @param {import("./statement.js").Statement} statement
 */
export async function verifyStep(charter, statement) {
  need(statement.kind === "amendment" || statement.kind === "endorsement", "kind");
  need(statement.sub === hex(charter.id), "other agreement");
  const founder = charter.body.get("parties").find((party) => party.get("id") === statement.iss);
  need(founder && same(await keyId(founder.get("root")), statement.kid), "not by the party's root key");
  await verify(founder.get("root"), statement.signed, statement.signature);
}

/**
 * A succession on file, verified from the charter.
 * @param {string} file @param {import("./statement.js").Statement} charter
 * @returns {Promise<Terms>}
 */
export async function readSuccession(file, charter) {
  const [header, ...lines] = file.split("\n");
  need(header === SUCCESSION_HEADER && lines.pop() === "", "header");
  const steps = [];
  let last = 0;
  for (const line of lines) {
    const [bytes, proofText, ...more] = line.split(" ");
    need(proofText !== undefined && more.length === 0, "line");
    const raw = unbase64(bytes);
    const proof = parseProof(text(unbase64(proofText)));
    const position = Number(proof.index);
    need(Number.isSafeInteger(position) && position > last, "order");
    last = position;
    const statement = await parseStatement(raw);
    await verifyStep(charter, statement);
    const entry = await parseEntry(rebuild(proof.extra, raw));
    steps.push({ position, received: entry.received, statement, entry, proof });
  }
  const terms = termsOf(charter, steps);
  for (const { entry, proof } of steps) {
    const { size, root } = await verifyByTurn(proof.note, terms);
    await checkInclusion(proof.index, size, entry.hash, proof.path, root);
  }
  return terms;
}
