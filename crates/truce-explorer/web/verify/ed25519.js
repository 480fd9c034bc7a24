/**
 * Public keys, key ids and signatures. docs/spec/formats.md, section 2.
 *
 * Strict: S below L, no R of small order, `[S]B - [k]A` encoded and compared with R as received; no cofactor.
 * The curve's arithmetic is vendored; the steps, and what they refuse, are here.
 * @module
 */

import { Point } from "../vendor/noble-ed25519.js";
import { hex, need, Refused, same, sha256, sha512, unhex } from "./bytes.js";
import { write } from "./cbor.js";

/** Order of the subgroup that sound keys are in. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Keys that were found sound, by their hex: one page meets the same few keys again and again. */
const sound = new Map();

/**
 * The point of a key, or why the key is refused: `not-a-point`, `not-canonical`, `small-order`, `torsion`, in
 * this order.
 * @param {Uint8Array} key 32 bytes
 */
export function keyPoint(key) {
  const name = hex(key);
  if (!sound.has(name)) {
    need(key.length === 32, "not-a-point", "a key has 32 bytes");
    const point = decode(key);
    need(point, "not-a-point");
    need(same(encode(point), key), "not-canonical");
    need(!point.isSmallOrder(), "small-order");
    need(point.isTorsionFree(), "torsion");
    sound.set(name, point);
  }
  return sound.get(name);
}

/**
 * A point from any bytes that name one, also in ways the standard does not allow.
 * @param {Uint8Array} bytes
 */
function decode(bytes) {
  try {
    return Point.fromBytes(bytes, true);
  } catch {
    return null;
  }
}

/** The 32 bytes of a point: y, and the sign of x in the highest bit. @param {Point} point */
function encode(point) {
  const { x, y } = point.toAffine();
  const bytes = unhex(y.toString(16).padStart(64, "0")).reverse();
  bytes[31] |= Number(x & 1n) << 7;
  return bytes;
}

/** The COSE key thumbprint: SHA-256 of `{1: 1, -1: 6, -2: key}`. @param {Uint8Array} key */
export function keyId(key) {
  return sha256(unhex("a301012006215820"), key);
}

/**
 * Refuses a signature that does not verify with `bad-signature`, and a weak key with the reason it is weak.
 * @param {Uint8Array} key @param {Uint8Array} message @param {Uint8Array} signature
 */
export async function verify(key, message, signature) {
  const A = keyPoint(key);
  need(signature.length === 64, "bad-signature", "a signature has 64 bytes");
  const R = signature.subarray(0, 32);
  const S = littleEndian(signature.subarray(32));
  need(S < L, "bad-signature", "S is not below the order");
  need(!decode(R)?.isSmallOrder(), "bad-signature", "R is of small order");
  const k = littleEndian(await sha512(R, key, message)) % L;
  const found = Point.BASE.multiply(S, false).add(A.multiply(k, false).negate());
  if (!same(encode(found), R)) throw new Refused("bad-signature", "it is not by this key over these bytes");
}

/** @param {Uint8Array} bytes */
function littleEndian(bytes) {
  return BigInt("0x" + hex(Uint8Array.from(bytes).reverse()));
}

/**
 * A granted key's signature over agreement, party and itself (formats.md, section 2), or `key-not-proven`.
 * @param {Uint8Array} key @param {Uint8Array} proof 64 bytes @param {string} party @param {string} agreement hex
 */
export async function provesPossession(key, proof, party, agreement) {
  const message = write(["truce proof of possession v1", unhex(agreement), party, key]);
  await verify(key, message, proof).catch(() => need(false, "key-not-proven"));
}
