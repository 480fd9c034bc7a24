/**
 * Verifying a statement and its proof, two files and nothing else. docs/spec/publication.md, section 6.
 * @module
 */

import { leafHash, rebuild } from "./entry.js";
import { checkBy, parsePolicy, satisfies } from "./policy.js";
import { parseCheckpoint, parseNote } from "./note.js";
import { parseProof } from "./proof.js";
import { parseStatement } from "./statement.js";
import { policyAt, verifyByTurn } from "./succession.js";
import { checkInclusion } from "./tree.js";

/**
 * The four steps of section 6: this log has committed to this statement, at this position and time.
 * @param {Uint8Array} statement @param {string} file @param {import("./policy.js").Policy} policy
 */
export async function verifyProof(statement, file, policy) {
  return verifyWith(statement, file, (note) => checkBy(note, policy));
}

/**
 * The same for the log of a charter, by the keys and witnesses for the size of the checkpoint.
 * @param {Uint8Array} statement @param {string} file @param {import("./succession.js").Terms} terms
 */
export async function verifyProofByTurn(statement, file, terms) {
  return verifyWith(statement, file, async (note) => {
    const agreed = policyAt(terms, (await parseCheckpoint(parseNote(note).body)).size);
    const policy = await parsePolicy(agreed ?? "quorum none\n");
    return satisfies(await verifyByTurn(note, terms, [...policy.witnesses.values()]), policy);
  });
}

async function verifyWith(statement, file, judge) {
  const parsed = await parseStatement(statement);
  const proof = parseProof(file);
  const entry = rebuild(proof.extra, statement);
  const checkpoint = await judge(proof.note);
  await checkInclusion(proof.index, checkpoint.size, await leafHash(entry), proof.path, checkpoint.root);
  return { statement: parsed, entry, proof, checkpoint };
}
