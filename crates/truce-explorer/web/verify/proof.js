/**
 * Proofs on file. docs/spec/publication.md, section 6 (c2sp.org/tlog-proof@v1, with `extra`).
 * @module
 */

import { need, unbase64 } from "./bytes.js";
import { leafHash, rebuild } from "./entry.js";
import { satisfies } from "./policy.js";
import { parseStatement } from "./statement.js";
import { checkInclusion, PROOF_MAX, SIZE_MAX } from "./tree.js";

/** First line of a proof. */
export const PROOF_HEADER = "c2sp.org/tlog-proof@v1";

/** @typedef {{extra: Uint8Array, index: bigint, path: Uint8Array[], note: string}} Proof */

/** @param {string} file @returns {Proof} */
export function parseProof(file) {
  const split = file.indexOf("\n\n");
  need(file.startsWith(PROOF_HEADER + "\n"), "header");
  need(split >= 0 && file.length > split + 2, "no-checkpoint");
  const [, extra, index, ...hashes] = file.slice(0, split).split("\n");
  need(extra?.startsWith("extra "), "extra-missing");
  need(/^index (0|[1-9][0-9]*)$/.test(index ?? ""), "index");
  const position = BigInt(index.slice("index ".length));
  need(position <= SIZE_MAX, "index");
  need(hashes.length <= PROOF_MAX, "too-many-hashes");
  const path = hashes.map(unbase64);
  need(path.every((hash) => hash.length === 32), "hash");
  return { extra: unbase64(extra.slice("extra ".length)), index: position, path, note: file.slice(split + 2) };
}

/**
 * The four steps of section 6: this log has committed to this statement, at this position and time.
 * @param {Uint8Array} statement @param {string} file @param {import("./policy.js").Policy} policy
 */
export async function verifyProof(statement, file, policy) {
  const parsed = await parseStatement(statement);
  const proof = parseProof(file);
  const entry = rebuild(proof.extra, statement);
  const checkpoint = await satisfies(proof.note, policy);
  await checkInclusion(proof.index, checkpoint.size, await leafHash(entry), proof.path, checkpoint.root);
  return { statement: parsed, entry, proof, checkpoint };
}
