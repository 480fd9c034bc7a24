/**
 * Canonical CBOR. docs/spec/formats.md, section 1: RFC 8949 in core deterministic encoding, without
 * floating-point numbers, tags, null, undefined and other simple values; text without control characters but
 * newline and tab; at most 16 deep.
 *
 * An integer is a Number where that is exact, else a BigInt; a byte string a Uint8Array; a map a Map in the
 * order of its keys. What `read` accepts, it accepts in one spelling only: there is nothing to compare by
 * writing it again.
 * @module
 */

import { concat, need, Refused, text, utf8 } from "./bytes.js";

/** Deepest nesting of arrays and maps. */
export const DEPTH_MAX = 16;

/** @typedef {{major: number, argument: number|bigint, next: number}} Head */

/**
 * The head of an item: major type and argument, in shortest form. Tags come through, for the one envelope
 * that has one.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {Head}
 */
export function head(bytes, at) {
  need(at < bytes.length, "truncated", `at byte ${at}`);
  const major = bytes[at] >> 5;
  const info = bytes[at] & 31;
  if (major === 7) {
    if (info === 20 || info === 21) return { major, argument: info, next: at + 1 };
    need(info !== 31, "indefinite", `at byte ${at}`);
    need(info < 25 || info > 27, "float", `at byte ${at}`);
    throw new Refused(info > 27 ? "reserved" : "simple", `at byte ${at}`);
  }
  if (info < 24) return { major, argument: info, next: at + 1 };
  need(info !== 31, "indefinite", `at byte ${at}`);
  need(info < 28, "reserved", `at byte ${at}`);
  const width = 1 << (info - 24);
  const next = at + 1 + width;
  need(next <= bytes.length, "truncated", `at byte ${at}`);
  let argument = 0n;
  for (let i = at + 1; i < next; i++) argument = (argument << 8n) | BigInt(bytes[i]);
  need(argument >= [24n, 1n << 8n, 1n << 16n, 1n << 32n][info - 24], "not-shortest", `at byte ${at}`);
  return { major, argument: plain(argument), next };
}

/** @param {bigint} n @returns {number|bigint} */
function plain(n) {
  return n >= Number.MIN_SAFE_INTEGER && n <= Number.MAX_SAFE_INTEGER ? Number(n) : n;
}

/**
 * One item and nothing behind it.
 * @param {Uint8Array} bytes @returns {any}
 */
export function read(bytes) {
  const { value, next } = item(bytes, 0, 0, false);
  need(next === bytes.length, "trailing-bytes", `${bytes.length - next} behind the item`);
  return value;
}

/**
 * One item that begins at `at`, and where the next one would.
 * @param {Uint8Array} bytes @param {number} at @returns {{value: any, next: number}}
 */
export function itemAt(bytes, at) {
  return item(bytes, at, 0, false);
}

/**
 * @param {Uint8Array} bytes @param {number} at @param {number} depth @param {boolean} isKey
 * @returns {{value: any, next: number}}
 */
function item(bytes, at, depth, isKey) {
  const { major, argument, next } = head(bytes, at);
  switch (major) {
    case 0:
      return { value: argument, next };
    case 1:
      return { value: plain(-1n - BigInt(argument)), next };
    case 2:
    case 3: {
      need(argument <= bytes.length - next, "truncated", `at byte ${at}`);
      const end = next + Number(argument);
      const body = bytes.slice(next, end);
      if (major === 2) return { value: body, next: end };
      const value = text(body);
      need(!/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(value), "control-character", `in the text at byte ${at}`);
      return { value, next: end };
    }
    case 6:
      throw new Refused("tag", `at byte ${at}`);
    case 7:
      return { value: argument === 21, next };
  }
  need(!isKey, "container-key", `at byte ${at}`);
  need(depth < DEPTH_MAX, "too-deep", `at byte ${at}`);
  return major === 4 ? array(bytes, argument, next, depth + 1) : map(bytes, argument, next, depth + 1);
}

/** @param {Uint8Array} bytes @param {number|bigint} count @param {number} at @param {number} depth */
function array(bytes, count, at, depth) {
  const value = [];
  for (let i = 0; i < count; i++) {
    const one = item(bytes, at, depth, false);
    value.push(one.value);
    at = one.next;
  }
  return { value, next: at };
}

/** @param {Uint8Array} bytes @param {number|bigint} count @param {number} at @param {number} depth */
function map(bytes, count, at, depth) {
  const value = new Map();
  let before = null;
  for (let i = 0; i < count; i++) {
    const key = item(bytes, at, depth, true);
    const encoded = bytes.subarray(at, key.next);
    const order = before === null ? 1 : compare(encoded, before);
    need(order !== 0, "duplicate-key", `at byte ${at}`);
    need(order > 0, "key-order", `at byte ${at}`);
    before = encoded;
    const one = item(bytes, key.next, depth, false);
    value.set(key.value, one.value);
    at = one.next;
  }
  return { value, next: at };
}

/** Bytewise order. @param {Uint8Array} a @param {Uint8Array} b */
function compare(a, b) {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/**
 * Writes what entries and the Sig_structure are made of: integers, byte strings, text and arrays of these.
 * @param {number|bigint|Uint8Array|string|any[]} value @returns {Uint8Array}
 */
export function write(value) {
  if (typeof value === "number" || typeof value === "bigint") {
    return value >= 0 ? writeHead(0, value) : writeHead(1, -1n - BigInt(value));
  }
  if (value instanceof Uint8Array) return concat(writeHead(2, value.length), value);
  if (typeof value === "string") return concat(writeHead(3, utf8(value).length), utf8(value));
  return concat(writeHead(4, value.length), ...value.map(write));
}

/** @param {number} major @param {number|bigint} argument */
function writeHead(major, argument) {
  const n = BigInt(argument);
  if (n < 24n) return Uint8Array.of((major << 5) | Number(n));
  const power = [8n, 16n, 32n, 64n].findIndex((bits) => n < 1n << bits);
  const bytes = new Uint8Array(1 + (1 << power));
  bytes[0] = (major << 5) | (24 + power);
  for (let i = bytes.length - 1, rest = n; i > 0; i--, rest >>= 8n) bytes[i] = Number(rest & 255n);
  return bytes;
}
