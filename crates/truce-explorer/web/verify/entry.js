/**
 * What the log adds to a statement. docs/spec/formats.md, section 4.
 * @module
 */

import { need, sha256 } from "./bytes.js";
import { read, write } from "./cbor.js";

/** Most bytes of an entry. */
export const ENTRY_MAX = 65_535;

/** @typedef {{prev: Uint8Array, received: number|bigint, statement: Uint8Array, hash: Uint8Array}} Entry */

/** @param {Uint8Array} bytes @returns {Promise<Entry>} */
export async function parseEntry(bytes) {
  need(bytes.length <= ENTRY_MAX, "too-large", `${bytes.length} bytes`);
  const parts = read(bytes);
  common(parts, 4);
  need(parts[3] instanceof Uint8Array, "other-type", "statement");
  return { prev: parts[1], received: parts[2], statement: parts[3], hash: await leafHash(bytes) };
}

/** The entry that `extra`, `[1, prev, received]`, and a statement make. @param {Uint8Array} extra */
export function rebuild(extra, statement) {
  const parts = read(extra);
  common(parts, 3);
  return write([...parts, statement]);
}

/** @param {any} parts @param {number} count */
function common(parts, count) {
  need(Array.isArray(parts) && parts.length === count, "other-type");
  const [version, prev, received] = parts;
  const isInteger = (value) => typeof value === "number" || typeof value === "bigint";
  need(isInteger(version) && version >= 0, "other-type", "version");
  need(version === 1, "version");
  need(prev instanceof Uint8Array && prev.length === 32, "other-type", "prev");
  need(
    isInteger(received) && BigInt.asIntN(64, BigInt(received)) === BigInt(received),
    "other-type",
    "received",
  );
}

/** RFC 6962, section 2.1: SHA-256 of a zero byte and the entry. @param {Uint8Array} bytes */
export function leafHash(bytes) {
  return sha256([0], bytes);
}
