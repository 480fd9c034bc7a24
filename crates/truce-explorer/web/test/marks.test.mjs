/** Marks: every character that a page must mark, or may, comes back; none that a reader would have seen does. */
import assert from "node:assert/strict";
import test from "node:test";
import { marked, unmark } from "../verify/draft.js";

const name = (point) => `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
const mark = (point) => unmark(name(point), `⟦${name(point)}⟧`);
/** What the explorer's pages mark: controls, joiners, fillers, other spaces, marks of direction, private use, no characters. */
const RANGES = [
  [0, 9],
  [0xb, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x1680, 0x1680],
  [0x2000, 0x200f],
  [0x2028, 0x202e],
  [0x205f, 0x206f],
  [0x3000, 0x3000],
  [0x3164, 0x3164],
  [0xe000, 0xf8ff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffc],
  [0x110bd, 0x110bd],
  [0x110cd, 0x110cd],
  [0x13430, 0x1345f],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0x10ffff],
  [0xfdd0, 0xfdef],
  [0x1fffe, 0x1ffff],
];

test("every character of the ranges may be marked", () => {
  for (const [from, to] of RANGES) {
    for (let point = from; point <= to; point++)
      assert.equal(mark(point), String.fromCodePoint(point), name(point));
  }
});

test("no letter, digit or sign may", () => {
  for (const character of "aZ0й٣中»€—'⟦") assert.equal(mark(character.codePointAt(0)), null, character);
});

test("what is shown is what the mark says", () => {
  assert.equal(unmark("U+200E", "⟦U+200F⟧"), null);
  for (const bad of ["U+200e", "U+110000", "200E", "U+", "U+0000200E"])
    assert.equal(unmark(bad, `⟦${bad}⟧`), null, bad);
});

test("a text in parts comes back whole", () => {
  for (const text of ["plain", "a\u200eb\u202e", "\u200b", "x\ny\tz", "\u{e0041}", "👩‍💻"]) {
    assert.equal(
      marked(text)
        .map((part) => (part.mark ? unmark(part.mark, `⟦${part.mark}⟧`) : part.text))
        .join(""),
      text,
    );
  }
});
