/**
 * What this browser remembers of a log: agreement, key, and the largest checkpoint it has verified.
 * docs/spec/publication.md, section 7, steps 2 and 7: whoever kept a checkpoint finds out if the log was
 * forked, rolled back or rewritten.
 * @module
 */

import { hex, need, unhex } from "./bytes.js";
import { checkConsistency } from "./tree.js";

const key = (origin) => `truce:${origin}`;

/** Storage of the browser, or null where it gives none (private windows, files, settings). */
export function storage() {
  try {
    const store = globalThis.localStorage;
    store.setItem("truce", "1");
    store.removeItem("truce");
    return store;
  } catch {
    return null;
  }
}

/**
 * @param {Storage} store
 * @param {string} origin
 * @returns {{agreement, vkey, size: bigint, root, note}|null}
 */
export function recall(store, origin) {
  try {
    const kept = JSON.parse(store.getItem(key(origin)));
    return kept && { ...kept, size: BigInt(kept.size), root: unhex(kept.root) };
  } catch {
    return null;
  }
}

/** @param {Storage} store @param {import("./check.js").Facts} facts */
export function remember(store, { agreement, vkey, origin, size, root, note }) {
  try {
    store.setItem(
      key(origin),
      JSON.stringify({ agreement, vkey, size: String(size), root: hex(root), note }),
    );
  } catch {
    // A full or forbidden storage costs the memory, not the check.
  }
}

/** @param {Storage} store @param {string} origin */
export function forget(store, origin) {
  store.removeItem(key(origin));
}

/**
 * Compares a verified checkpoint with what is remembered, and remembers the larger one.
 * @param {import("./check.js").Facts} facts
 * @param {Storage|null} store
 * @param {(from: bigint, to: bigint) => Promise<any>} fetchProof resolves to the answer's JSON; null where
 *   the log has none; rejects where nobody answers
 * @returns {Promise<{state: string, code: string, values: Record<string, string>}>}
 */
export async function compare(facts, store, fetchProof) {
  if (!store) return { state: "none", code: "unavailable", values: {} };
  const kept = recall(store, facts.origin);
  const values = { size: String(facts.size), origin: facts.origin };
  if (!kept) {
    remember(store, facts);
    return { state: "pass", code: "ok-first", values };
  }
  Object.assign(values, { kept: String(kept.size), kept_note: kept.note, note: facts.note });
  const bad = (code) => ({ state: "fail", code, values });
  if (kept.agreement !== facts.agreement) return bad("other-agreement");
  if (kept.vkey !== facts.vkey) return bad("other-key");
  const [older, newer] = kept.size <= facts.size ? [kept, facts] : [facts, kept];
  let path = [];
  if (older.size < newer.size) {
    let answer;
    try {
      answer = await fetchProof(older.size, newer.size);
    } catch {
      return { state: "skip", code: "unreachable", values };
    }
    if (!answer) return bad("no-proof");
    path = answer.hashes;
  }
  try {
    need(Array.isArray(path), "shape");
    await checkConsistency(older.size, older.root, newer.size, newer.root, path.map(unhex));
  } catch {
    return bad(older.size === newer.size ? "fork" : "inconsistent");
  }
  if (newer === facts) remember(store, facts);
  // True, and yet not what the reader could see before: somebody may hold back what came since.
  if (kept.size > facts.size) return { state: "skip", code: "ok-older", values };
  return { state: "pass", code: kept.size === facts.size ? "ok-same" : "ok-grown", values };
}

/** Asks this explorer for a consistency proof. @param {bigint} from @param {bigint} to */
export async function fetchConsistency(from, to) {
  const answer = await fetch(`/api/v1/consistency?from=${from}&to=${to}`);
  return answer.ok ? answer.json().catch(() => null) : null;
}
