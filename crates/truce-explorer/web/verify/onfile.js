/**
 * Verifying a statement and its proof, two files and nothing else. docs/spec/publication.md, section 6.
 * @module
 */

import { leafHash, rebuild } from "./entry.js";
import { satisfies } from "./policy.js";
import { parseProof } from "./proof.js";
import { parseStatement } from "./statement.js";
import { checkInclusion } from "./tree.js";

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
