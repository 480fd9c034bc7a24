/**
 * The record document: what a page shows of an entry, recomputed from its bytes. docs/spec/kinds.md, section
 * 2 (draft and body convert into one another without loss) and section 4 (units as people read them).
 *
 * Its members are those of the explorer's page contract: what was signed (`header`, `key`, `seq`,
 * `feed_prev`, `refs`, `seen`, `body`) and what the log added (`position`, `received`, `id`, `entry`,
 * `prev`).
 * @module
 */

import { hex } from "./bytes.js";
import { CHOICES, parseField, SHAPES } from "./kinds.js";
import { UNITS } from "./units.js";

/**
 * @param {number} position
 * @param {import("./entry.js").Entry} entry
 * @param {import("./statement.js").Statement} statement
 */
export function recordDocument(position, entry, statement) {
  const { iss, sub, kind, iat, refs, seen } = statement;
  const issued = new Date(Number(iat) * 1000);
  return {
    position,
    received: instant(entry.received),
    id: hex(statement.id),
    entry: hex(entry.hash),
    prev: hex(entry.prev),
    key: hex(statement.kid),
    header: {
      iss,
      sub,
      kind,
      issued: Number.isNaN(+issued) ? `${iat} s` : issued.toISOString().replace(".000", ""),
    },
    seq: statement.seq,
    feed_prev: hex(statement.prev),
    ...(refs.length > 0 && { refs: refs.map(([relation, id]) => ({ relation, id: hex(id) })) }),
    ...(seen && { seen: { size: seen[0], root: hex(seen[1]) } }),
    body: draftBody(kind, statement.body),
  };
}

/** RFC 3339 in UTC, with milliseconds. @param {number|bigint} ms */
export function instant(ms) {
  const moment = new Date(Number(ms));
  return Number.isNaN(+moment) ? `${ms} ms` : moment.toISOString();
}

/** The body of a draft, in people's units. @param {string} kind @param {Map<string, any>} body */
export function draftBody(kind, body) {
  return shape(body, kind);
}

function shape(map, name) {
  return Object.fromEntries([...map].map(([field, value]) => [field, show(value, SHAPES[name][field])]));
}

function show(value, spec) {
  const { type, list, unknown } = parseField(spec);
  if (list) return value.map((item) => show(item, type));
  if (unknown && value === "not-known") return value;
  if (value instanceof Map && Object.hasOwn(CHOICES, type)) {
    const [[name, contents]] = value;
    return { [name]: show(contents, CHOICES[type][name]) };
  }
  return value instanceof Map ? shape(value, type) : (UNITS[type]?.shows(value) ?? value);
}

/**
 * Every leaf of a document with its JSON pointer (RFC 6901), in order. A string is its text, a number as JSON
 * prints it.
 * @param {any} value
 * @param {string} [pointer]
 * @returns {[string, string][]}
 */
export function leaves(value, pointer = "") {
  if (value === null || typeof value !== "object") return [[pointer, leafText(value)]];
  const items = Object.entries(value);
  if (items.length === 0) return [[pointer, Array.isArray(value) ? "[]" : "{}"]];
  return items.flatMap(([name, item]) =>
    leaves(item, `${pointer}/${name.replace(/~/g, "~0").replace(/\//g, "~1")}`),
  );
}

/** @param {string|number|bigint|boolean} value */
function leafText(value) {
  // Below 1e-5 the depositary's JSON turns to exponents one power of ten before this language does.
  const small = typeof value === "number" && value !== 0 && Math.abs(value) < 1e-5;
  return small ? value.toExponential() : String(value);
}

/** The key of a label: the pointer's names, item numbers dropped. @param {string} pointer */
export function labelKey(pointer) {
  return pointer
    .slice(1)
    .split("/")
    .filter((part) => !/^[0-9]+$/.test(part))
    .join(".");
}

/**
 * The text of a label, from the dictionary of a language: the whole key, or for each step down to it the
 * entry of the longest ending that the dictionary has, joined.
 * @param {Record<string, string>} labels
 * @param {string} key
 */
export function label(labels, key) {
  if (Object.hasOwn(labels, key)) return labels[key];
  const parts = key.split(".");
  const texts = parts.map((part, end) => {
    for (let from = 0; from <= end; from++) {
      const ending = parts.slice(from, end + 1).join(".");
      if (Object.hasOwn(labels, ending)) return labels[ending];
    }
    return part;
  });
  const skipped = parts.length > 1 && ["body", "header"].includes(parts[0]) ? 1 : 0;
  return texts.slice(skipped).join(" · ");
}

/** Characters that are not seen, or that move others: a page shows each as a mark. */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f]/u;

/**
 * A text in parts: plain, or the name of a character that has to be marked.
 * @param {string} value @returns {{text: string, mark: string|null}[]}
 */
export function marked(value) {
  const parts = [];
  for (const character of value) {
    if (HIDDEN.test(character) && character !== "\n" && character !== "\t") {
      parts.push({
        text: character,
        mark: `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
      });
    } else if (parts.length > 0 && parts.at(-1).mark === null) {
      parts.at(-1).text += character;
    } else {
      parts.push({ text: character, mark: null });
    }
  }
  return parts;
}

/** Characters that readers see: no mark may stand for one of these. Fillers among them are not seen. */
const SEEN = /^[\p{L}\p{N}\p{P}\p{S}]$/u;
const BLANK = /^[\u115f\u1160\u3164\uffa0\ufffc\u{13430}-\u{1345f}]$/u;

/**
 * The character that a mark stands for; null where it stands for none, or for one that could be shown.
 * @param {string} name `U+200E` @param {string} shown what the reader sees
 */
export function unmark(name, shown) {
  const point = /^U\+[0-9A-F]{4,6}$/.test(name) ? parseInt(name.slice(2), 16) : NaN;
  if (!(point <= 0x10ffff) || shown !== `⟦${name}⟧`) return null;
  const character = String.fromCodePoint(point);
  return SEEN.test(character) && !BLANK.test(character) ? null : character;
}
