/**
 * A statement: envelope, header, payload and the types of the body. docs/spec/formats.md, section 3, in the
 * order of the rules of section 5.1; section 5.2 has the spellings that are `non-canonical`. The rules inside
 * bodies are in rules.js.
 * @module
 */

import { hex, need, Refused, sha256 } from "./bytes.js";
import { head, read, write } from "./cbor.js";
import { CHOICES, parseField, SHAPES, SIGNED_BY, WORDS } from "./kinds.js";
import { parseVkey } from "./note.js";
import { checkRules } from "./rules.js";
import { UNITS } from "./units.js";

/** Most bytes of a statement. */
export const STATEMENT_MAX = 49_152;

/**
 * @typedef {object} Statement
 * @property {Uint8Array} bytes @property {Uint8Array} id
 * @property {string} kind @property {string} iss @property {string} sub @property {number|bigint} iat seconds
 * @property {Uint8Array} kid @property {number|bigint} seq @property {Uint8Array} prev
 * @property {[string, Uint8Array][]} refs @property {[number|bigint, Uint8Array]|null} seen
 * @property {Map<string, any>} body
 * @property {Uint8Array} signature @property {Uint8Array} signed the Sig_structure that the signature is over
 */

/**
 * Parses a statement by rules 1 to 9, or refuses it with the code of the first that it breaks.
 * @param {Uint8Array} bytes @returns {Promise<Statement>}
 */
export async function parseStatement(bytes) {
  need(bytes.length <= STATEMENT_MAX, "too-large", `${bytes.length} bytes`);
  const { protectedBytes, payloadBytes, signature } = envelope(bytes);
  const header = readHeader(protectedBytes);
  const payload = canonical(payloadBytes, "payload");
  typed(payload, PAYLOAD, "payload");
  const { v, seq, body, kind, prev, refs, seen } = Object.fromEntries(payload);
  typed(body, SHAPES[header.kind], "body");
  need(v === 1, "invalid-body", "v");
  need(kind === header.kind, "bad-header", "the content type is of another kind");
  need(!refs || (refs.length >= 1 && refs.length <= 64), "invalid-body", "refs");
  checkRules(kind, body);
  if (kind === "amendment") await checkNext(body.get("log")?.get("next"));
  need((BigInt(seq) === 0n) === prev.every((byte) => byte === 0), "invalid-body", "prev");
  return {
    bytes,
    id: await sha256(bytes),
    ...header,
    seq,
    prev,
    refs: refs ?? [],
    seen: seen ?? null,
    body,
    signature,
    signed: write(["Signature1", protectedBytes, new Uint8Array(), payloadBytes]),
  };
}

/** An amendment's `next` is checked in full (kinds.md), which takes a hash. @param {string|undefined} next */
async function checkNext(next) {
  if (next === undefined) return;
  const key = await parseVkey(next).catch((refused) => need(false, "invalid-body", `body.log.next: ${refused.message}`));
  need(!key.cosigns, "invalid-body", "body.log.next: its type");
}

/** Rule 2: tag 18, array of 4, bytes, empty map, bytes, 64 bytes, end. @param {Uint8Array} bytes */
function envelope(bytes) {
  let at = 0;
  const next = (major, argument) => {
    let found;
    try {
      found = head(bytes, at);
    } catch (refused) {
      const spelling = ["not-shortest", "indefinite"].includes(refused.code);
      throw new Refused(spelling ? "non-canonical" : "malformed-cose", `envelope: ${refused.message}`);
    }
    const right = found.major === major && (argument === undefined || found.argument === argument);
    need(right, "malformed-cose", `envelope, at byte ${at}`);
    at = found.next;
    return found.argument;
  };
  const string = (length) => {
    const found = next(2, length);
    need(found <= bytes.length - at, "malformed-cose", "cut short");
    at += Number(found);
    return bytes.slice(at - Number(found), at);
  };
  next(6, 18);
  next(4, 4);
  const protectedBytes = string();
  next(5, 0);
  const payloadBytes = string();
  const signature = string(64);
  need(at === bytes.length, "malformed-cose", `${bytes.length - at} bytes behind the statement`);
  return { protectedBytes, payloadBytes, signature };
}

/** @param {Uint8Array} bytes @param {string} where */
function canonical(bytes, where) {
  try {
    return read(bytes);
  } catch (refused) {
    throw new Refused("non-canonical", `${where}: ${refused.message}`);
  }
}

/** Rule 3, section 3.1. @param {Uint8Array} bytes */
function readHeader(bytes) {
  need(bytes.length > 0, "bad-header", "it has no bytes");
  const header = canonical(bytes, "header");
  need(hasExactly(header, [1, 3, 4, 15]), "bad-header", "its labels");
  need(header.get(1) === -19, "bad-header", "alg");
  const type = header.get(3);
  const kind =
    typeof type === "string" ? /^application\/vnd\.truce\.([a-z-]+)\+cbor$/.exec(type)?.[1] : undefined;
  need(kind !== undefined && Object.hasOwn(SIGNED_BY, kind), "bad-header", "content type");
  const kid = header.get(4);
  need(UNITS.Hash.takes(kid), "bad-header", "kid");
  const claims = header.get(15);
  need(hasExactly(claims, [1, 2, 6]), "bad-header", "its claims");
  const [iss, sub, iat] = [claims.get(1), claims.get(2), claims.get(6)];
  need(UNITS.PartyId.takes(iss), "bad-header", "iss");
  need(isSubject(sub, kind), "bad-header", "sub");
  need(isUnsigned(iat), "bad-header", "iat");
  return { kind, kid, iss, sub, iat };
}

/** @param {unknown} sub @param {string} kind */
function isSubject(sub, kind) {
  if (typeof sub !== "string") return false;
  if (kind !== "charter") return /^[0-9a-f]{64}$/.test(sub);
  return sub.length > 0 && new TextEncoder().encode(sub).length <= 255 && !/[\p{White_Space}+]/u.test(sub);
}

/** @param {unknown} map @param {number[]} labels */
function hasExactly(map, labels) {
  return map instanceof Map && map.size === labels.length && labels.every((label) => map.has(label));
}

/** @param {unknown} value */
function isUnsigned(value) {
  return (typeof value === "number" || typeof value === "bigint") && value >= 0;
}

/** Section 3.2. `body` is typed once the kind is known. */
const PAYLOAD = {
  v: "Unsigned",
  seq: "Unsigned",
  body: "Any",
  kind: "Kind",
  prev: "Hash",
  refs: "Refs?",
  seen: "Seen?",
};

const OTHER = {
  Unsigned: isUnsigned,
  Any: () => true,
  Seen: (v) => Array.isArray(v) && v.length === 2 && isUnsigned(v[0]) && UNITS.Hash.takes(v[1]),
};

/**
 * Rule 5: a map with named fields.
 * @param {any} value @param {Record<string, string>} shape @param {string} where
 */
function typed(value, shape, where) {
  const names = Object.keys(shape);
  if (Array.isArray(value)) {
    // Section 5.2: the values in the order of the fields, without their names.
    const listed =
      value.length <= names.length && names.slice(value.length).every((n) => shape[n].endsWith("?"));
    need(listed, "invalid-body", where);
    value.forEach((item, i) => field(item, shape[names[i]], `${where}.${names[i]}`));
    throw new Refused("non-canonical", `${where}: values without their names`);
  }
  need(value instanceof Map, "invalid-body", where);
  for (const key of value.keys()) {
    if (typeof key === "string") {
      need(Object.hasOwn(shape, key), "unknown-field", `${where}.${key}`);
    } else if (key instanceof Uint8Array) {
      const spelled = names.some((name) => hex(new TextEncoder().encode(name)) === hex(key));
      throw new Refused(spelled ? "non-canonical" : "unknown-field", `${where}: a key of bytes`);
    } else {
      throw new Refused("invalid-body", `${where}: a key that is no name`);
    }
  }
  for (const name of names) {
    if (value.has(name)) field(value.get(name), shape[name], `${where}.${name}`);
    else need(shape[name].endsWith("?"), "invalid-body", `${where}.${name} is missing`);
  }
}

/** @param {any} value @param {string} spec @param {string} where */
function field(value, spec, where) {
  const { type, unknown, list, least, most } = parseField(spec);
  if (list) {
    need(Array.isArray(value) && value.length >= least && value.length <= most, "invalid-body", where);
    value.forEach((item, i) => one(item, type, `${where}.${i}`));
  } else if (!(unknown && value === "not-known")) {
    one(value, type, where);
  }
}

/** @param {any} value @param {string} type @param {string} where */
function one(value, type, where) {
  if (Object.hasOwn(SHAPES, type)) return typed(value, SHAPES[type], where);
  if (Object.hasOwn(WORDS, type)) return word(value, WORDS[type], where);
  if (Object.hasOwn(CHOICES, type)) return choice(value, CHOICES[type], where);
  if (type === "Refs") {
    need(Array.isArray(value), "invalid-body", where);
    return value.forEach((ref, i) => {
      need(
        Array.isArray(ref) && ref.length === 2 && UNITS.Hash.takes(ref[1]),
        "invalid-body",
        `${where}.${i}`,
      );
      word(ref[0], WORDS.Relation, `${where}.${i}`);
    });
  }
  const takes = OTHER[type] ?? UNITS[type].takes;
  need(takes(value), "invalid-body", where);
}

/** @param {any} value @param {string[]} words @param {string} where */
function word(value, words, where) {
  const counted = typeof value === "number" && value >= 0 && value < words.length;
  need(!counted, "non-canonical", `${where}: the number of a word`);
  need(words.includes(value), "invalid-body", where);
}

/** @param {any} value @param {Record<string, string|null>} forms @param {string} where */
function choice(value, forms, where) {
  const [name, contents] = value instanceof Map && value.size === 1 ? [...value][0] : [value, null];
  need(typeof name === "string" && Object.hasOwn(forms, name), "invalid-body", where);
  need((contents === null) === (forms[name] === null), "invalid-body", where);
  if (contents !== null) field(contents, forms[name], `${where}.${name}`);
}
