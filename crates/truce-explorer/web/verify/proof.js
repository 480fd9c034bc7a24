/**
 * Proofs on file. docs/spec/publication.md, section 6 (c2sp.org/tlog-proof@v1, with `extra`).
 * @module
 */

import { need, unbase64 } from "./bytes.js";
import { PROOF_MAX, SIZE_MAX } from "./tree.js";

/** First line of a proof. */
export const PROOF_HEADER = "c2sp.org/tlog-proof@v1";

/** @typedef {{extra: Uint8Array|null, index: bigint, path: Uint8Array[], note: string}} Proof */

/**
 * A proof in the one form it has. `bare`: without a line `extra`, as a fraud proof holds it (fraud-proof.md, section 1).
 * @param {string} file @param {{bare?: boolean}} [how] @returns {Proof}
 */
export function parseProof(file, { bare = false } = {}) {
  const split = file.indexOf("\n\n");
  need(file.startsWith(PROOF_HEADER + "\n"), "header");
  need(split >= 0 && file.length > split + 2, "no-checkpoint");
  const lines = file.slice(0, split).split("\n").slice(1);
  const extra = bare ? null : lines.shift();
  need(bare || extra?.startsWith("extra "), "extra-missing");
  const [index, ...hashes] = lines;
  need(/^index (0|[1-9][0-9]*)$/.test(index ?? ""), "index");
  const position = BigInt(index.slice("index ".length));
  need(position <= SIZE_MAX, "index");
  need(hashes.length <= PROOF_MAX, "too-many-hashes");
  const path = hashes.map(unbase64);
  need(
    path.every((hash) => hash.length === 32),
    "hash",
  );
  return {
    extra: bare ? null : unbase64(extra.slice("extra ".length)),
    index: position,
    path,
    note: file.slice(split + 2),
  };
}
