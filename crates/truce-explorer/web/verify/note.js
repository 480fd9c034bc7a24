/**
 * Keys of logs and witnesses, signed notes, checkpoints, cosignatures. docs/spec/publication.md, sections 3,
 * 4 and 5.
 * @module
 */

import { need, Refused, same, sha256, unbase64, unhex, utf8 } from "./bytes.js";
import { keyPoint, verify } from "./ed25519.js";
import { emptyRoot, SIZE_MAX } from "./tree.js";

/** Most bytes of a note, and most signature lines. */
const NOTE_MAX = 1_000_000;
const LINES_MAX = 100;
const SIGNS = 1;
const COSIGNS = 4;

/** @typedef {{vkey: string, name: string, id: Uint8Array, cosigns: boolean, key: Uint8Array}} Verifier */
/**
 * @typedef {{origin: string, size: bigint, root: Uint8Array, cosigners: {key: Verifier, time: bigint}[], log:
 *   Verifier}} Checkpoint
 */

/** Reads `name+id+base64`. @param {string} vkey @returns {Promise<Verifier>} */
export async function parseVkey(vkey) {
  const [, name, id, encoded] = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(vkey) ?? [];
  need(name !== undefined, "shape");
  need(isName(name), "name");
  need(/^[0-9a-f]{8}$/.test(id), "id-shape");
  const raw = unbase64(encoded);
  need(raw.length > 0 && (raw[0] === SIGNS || raw[0] === COSIGNS), "type");
  need(raw.length === 33, "length");
  const expected = (await sha256(utf8(name), [10], raw)).subarray(0, 4);
  need(same(expected, unhex(id)), "id-mismatch");
  const key = raw.slice(1);
  keyPoint(key);
  return { vkey, name, id: expected, cosigns: raw[0] === COSIGNS, key };
}

/** @param {string} name */
export function isName(name) {
  return name !== "" && utf8(name).length <= 255 && !/[\p{White_Space}\p{Cc}+]/u.test(name);
}

/**
 * Text and signature lines of a note. The text keeps its last newline.
 * @param {string} note @returns {{body: string, lines: {name: string, id: Uint8Array, blob: Uint8Array}[]}}
 */
export function parseNote(note) {
  need(utf8(note).length <= NOTE_MAX, "too-large");
  need(!/[\0-\x09\x0b-\x1f]/.test(note), "control-character");
  const split = note.lastIndexOf("\n\n");
  need(split >= 0 && note.length > split + 2, "no-signatures");
  need(note.endsWith("\n"), "no-final-newline");
  const lines = note.slice(split + 2, -1).split("\n");
  need(lines.length <= LINES_MAX, "too-many-signatures");
  return { body: note.slice(0, split + 1), lines: lines.map(parseLine) };
}

/** @param {string} line */
function parseLine(line) {
  const [, name, encoded] = /^\u2014 ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
  need(name !== undefined && isName(name), "signature-line");
  const raw = unbase64(encoded);
  need(raw.length > 4, "signature-line");
  return { name, id: raw.subarray(0, 4), blob: raw.subarray(4) };
}

/**
 * The three lines of a checkpoint, unverified.
 * @param {string} body text of the note, with its last newline
 */
export async function parseCheckpoint(body) {
  const lines = body.slice(0, -1).split("\n");
  need(lines.length >= 3, "too-few-lines");
  need(lines.length === 3, "extension", "a checkpoint has three lines and no more");
  const [origin, size, encoded] = lines;
  need(isName(origin), "name");
  need(/^(0|[1-9][0-9]*)$/.test(size) && BigInt(size) <= SIZE_MAX, "size");
  const root = unbase64(encoded);
  need(root.length === 32, "root");
  need(size !== "0" || same(root, await emptyRoot()), "empty-tree-root");
  return { origin, size: BigInt(size), root };
}

/**
 * Verifies a checkpoint with the keys that are known: every line of a known key, one of them a log's.
 * @param {string} note
 * @param {Verifier[]} logs
 * @param {Verifier[]} [witnesses]
 * @returns {Promise<Checkpoint>}
 */
export async function verifyCheckpoint(note, logs, witnesses = []) {
  const { body, lines } = parseNote(note);
  let log = null;
  const cosigners = [];
  for (const line of lines) {
    for (const key of [...logs, ...witnesses]) {
      if (key.name !== line.name || !same(key.id, line.id)) continue;
      if (key.cosigns) cosigners.push({ key, time: await verifyCosignature(key, body, line.blob) });
      else await verifyLine(key, utf8(body), line.blob);
      if (!key.cosigns && logs.includes(key)) log = key;
    }
  }
  need(
    log !== null,
    lines.some((line) => logs.some((key) => key.name === line.name))
      ? "no-known-signature"
      : "no-log-signature",
  );
  const checkpoint = await parseCheckpoint(body);
  need(checkpoint.origin === log.name, "origin-mismatch");
  return { ...checkpoint, cosigners, log };
}

/** @param {Verifier} key @param {Uint8Array} message @param {Uint8Array} blob */
async function verifyLine(key, message, blob) {
  try {
    await verify(key.key, message, blob);
  } catch (refused) {
    throw new Refused("bad-signature", `${key.name}: ${refused.detail ?? refused}`);
  }
}

/** Section 5. @returns {Promise<bigint>} the time, POSIX seconds */
async function verifyCosignature(key, body, blob) {
  need(blob.length === 72, "bad-signature", "a cosignature has a time and 64 bytes");
  const time = new DataView(blob.buffer, blob.byteOffset, 8).getBigUint64(0);
  need(time <= SIZE_MAX, "bad-signature", "its time");
  await verifyLine(key, utf8(`cosignature/v1\ntime ${time}\n${body}`), blob.subarray(8));
  return time;
}
