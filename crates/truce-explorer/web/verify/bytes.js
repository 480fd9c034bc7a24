/**
 * Bytes, text and hashes: what every other module stands on. docs/spec/formats.md, section 1 (text) and
 * section 2 of docs/spec/publication.md's vkeys (base64: standard, padded, without stray bits).
 * @module
 */

/** Why something is not accepted. `code` is a word of the specification, `detail` says where, for people. */
export class Refused extends Error {
  /** @param {string} code @param {string} [detail] */
  constructor(code, detail = "") {
    super(detail ? `${code}: ${detail}` : code);
    this.code = code;
    this.detail = detail;
  }
}

/** @param {unknown} condition @param {string} code @param {string} [detail] */
export function need(condition, code, detail) {
  if (!condition) throw new Refused(code, detail);
}

/** @param {Uint8Array} bytes @returns {string} lower-case hex */
export function hex(bytes) {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

/** @param {string} text lower-case hex @returns {Uint8Array} */
export function unhex(text) {
  need(/^([0-9a-f]{2})*$/.test(text), "hex");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {...(Uint8Array|number[])} parts */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} a @param {Uint8Array} b */
export function same(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** @param {Uint8Array} bytes @returns {string} standard base64, padded */
export function base64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000)
    text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

/** Reads base64 as this format writes it, and no other spelling of the same bytes. @param {string} text */
export function unbase64(text) {
  need(typeof text === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0, "base64");
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  need(base64(bytes) === text, "base64", "bits behind the end");
  return bytes;
}

/** @param {string} text @returns {Uint8Array} */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/** Decodes UTF-8 strictly; a byte order mark is a character like any other. @param {Uint8Array} bytes */
export function text(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused("not-utf8");
  }
}

/** @param {...(Uint8Array|number[])} parts @returns {Promise<Uint8Array>} */
export async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
}

/** @param {...(Uint8Array|number[])} parts @returns {Promise<Uint8Array>} */
export async function sha512(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-512", concat(...parts)));
}
