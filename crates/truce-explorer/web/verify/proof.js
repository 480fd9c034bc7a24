/**
 * Proofs on file. docs/spec/publication.md, section 6 (c2sp.org/tlog-proof@v1, with `extra`).
 * @module
 */

import { need, unbase64 } from "./bytes.js";
import { PROOF_MAX, SIZE_MAX } from "./tree.js";

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
  need(
    path.every((hash) => hash.length === 32),
    "hash",
  );
  return {
    extra: unbase64(extra.slice("extra ".length)),
    index: position,
    path,
    note: file.slice(split + 2),
  };
}
