/**
 * The tree. docs/spec/publication.md, section 1: RFC 6962, section 2.1, with SHA-256; proofs by the
 * algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2, with every bound. Sizes and indexes are BigInt: a
 * tree has up to 2^63 - 1 leaves.
 * @module
 */

import { need, same, sha256 } from "./bytes.js";

/** Most leaves of a tree. */
export const SIZE_MAX = 2n ** 63n - 1n;
/** Most hashes of a proof. */
export const PROOF_MAX = 63;

const node = (left, right) => sha256([1], left, right);

/** The root of the empty tree. */
export const emptyRoot = () => sha256();

/**
 * Refuses unless the path leads from the leaf at `index` to the root at `size`.
 * @param {bigint} index @param {bigint} size @param {Uint8Array} leaf hash @param {Uint8Array[]} path
 * @param {Uint8Array} root
 */
export async function checkInclusion(index, size, leaf, path, root) {
  need(same(await inclusionRoot(index, size, leaf, path), root), "root-mismatch");
}

/**
 * The root that the path leads to from the leaf at `index`, with every bound, for whoever is told no root.
 * @param {bigint} index @param {bigint} size @param {Uint8Array} leaf hash @param {Uint8Array[]} path
 */
export async function inclusionRoot(index, size, leaf, path) {
  bounds(size, path);
  need(index >= 0n && index < size, "index-out-of-range");
  let fn = index;
  let sn = size - 1n;
  let r = leaf;
  for (const p of path) {
    need(sn !== 0n, "too-many-hashes");
    if (odd(fn) || fn === sn) {
      r = await node(p, r);
      while (!odd(fn) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      r = await node(r, p);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  need(sn === 0n, "too-few-hashes");
  return r;
}

/**
 * Refuses unless the tree of `size1` with `root1` is the beginning of the tree of `size2` with `root2`.
 * @param {bigint} size1 @param {Uint8Array} root1 @param {bigint} size2 @param {Uint8Array} root2
 * @param {Uint8Array[]} path
 */
export async function checkConsistency(size1, root1, size2, root2, path) {
  bounds(size2, path);
  need(size1 >= 0n && size1 <= size2, "sizes");
  if (size1 === 0n) need(same(root1, await emptyRoot()), "root-mismatch", "of the empty tree");
  if (size1 === 0n || size1 === size2) {
    need(path.length === 0, "too-many-hashes");
    return need(size1 === 0n ? size2 > 0n || same(root2, root1) : same(root1, root2), "root-mismatch");
  }
  const [older, newer] = await consistencyRoots(size1, root1, size2, path);
  need(same(older, root1) && same(newer, root2), "root-mismatch");
}

/**
 * The two roots that a consistency path leads to, for whoever is told no newer one. The older has to be compared.
 * @param {bigint} size1 above 0 @param {Uint8Array} root1 @param {bigint} size2 above `size1` @param {Uint8Array[]} path
 * @returns {Promise<[Uint8Array, Uint8Array]>} older, newer
 */
export async function consistencyRoots(size1, root1, size2, path) {
  bounds(size2, path);
  need(size1 > 0n && size1 < size2, "sizes");
  need(path.length > 0, "too-few-hashes");
  const whole = (size1 & (size1 - 1n)) === 0n;
  const [first, ...rest] = whole ? [root1, ...path] : path;
  let fn = size1 - 1n;
  let sn = size2 - 1n;
  while (odd(fn)) [fn, sn] = [fn >> 1n, sn >> 1n];
  let fr = first;
  let sr = first;
  for (const c of rest) {
    need(sn !== 0n, "too-many-hashes");
    if (odd(fn) || fn === sn) {
      fr = await node(c, fr);
      sr = await node(c, sr);
      while (!odd(fn) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      sr = await node(sr, c);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  need(sn === 0n, "too-few-hashes");
  return [fr, sr];
}

const odd = (n) => (n & 1n) === 1n;

/** @param {bigint} size @param {Uint8Array[]} path */
function bounds(size, path) {
  need(size <= SIZE_MAX, "size");
  need(path.length <= PROOF_MAX, "too-many-hashes");
  need(
    path.every((hash) => hash.length === 32),
    "hash",
  );
}
