/**
 * Labels and messages: every path of every kind has its words in every language, and no two fields side by
 * side share them.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { label } from "../verify/draft.js";
import { CHOICES, parseField, SHAPES, SIGNED_BY } from "../verify/kinds.js";

const LANGUAGES = ["en", "fr", "ru", "ar", "es"];
const file = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url)));
const TOP = [
  "position",
  "received",
  "id",
  "entry",
  "prev",
  "key",
  "header.iss",
  "header.sub",
  "header.kind",
  "header.issued",
  "seq",
  "feed_prev",
  "refs.relation",
  "refs.id",
  "seen.size",
  "seen.root",
  "section.signed",
  "section.recorded",
];

/** Every path of a type, leaves and what leads to them; no shape holds itself. */
function* paths(type, path) {
  const fields = SHAPES[type] ?? CHOICES[type];
  for (const [name, spec] of Object.entries(fields ?? {})) {
    if (spec === null) continue;
    yield [`${path}.${name}`, path];
    yield* paths(parseField(spec).type, `${path}.${name}`);
  }
}
const all = new Map(
  Object.keys(SIGNED_BY).flatMap((kind) =>
    [...paths(kind, "body")].map(([p, above]) => [`${kind} ${p}`, [p, above, kind]]),
  ),
);

test("the kinds have hundreds of paths", () => assert.ok(all.size > 600, String(all.size)));

for (const language of LANGUAGES) {
  const labels = file(`labels.${language}.json`);
  test(`${language}: every path has a label of its own words`, () => {
    for (const key of TOP)
      assert.ok(Object.hasOwn(labels, key) || label(labels, key) !== key.split(".").at(-1), key);
    for (const [path] of all.values()) {
      const parts = path.split(".");
      const known = parts
        .map((_, from) => parts.slice(from).join("."))
        .some((ending) => Object.hasOwn(labels, ending));
      assert.ok(known, path);
    }
  });
  test(`${language}: fields side by side have different labels`, () => {
    const seen = new Map();
    for (const [path, above, kind] of all.values()) {
      const place = `${kind} ${above} ${label(labels, path)}`;
      assert.ok(
        !seen.has(place) || seen.get(place) === path,
        `${path} and ${seen.get(place)}: ${label(labels, path)}`,
      );
      seen.set(place, path);
    }
  });
  test(`${language}: no label is without use, and none hides a character`, () => {
    const used = new Set(
      TOP.concat([...all.values()].map(([path]) => path)).flatMap((path) => {
        const parts = path.split(".");
        return parts.flatMap((_, end) =>
          parts.slice(0, end + 1).map((__, from) => parts.slice(from, end + 1).join(".")),
        );
      }),
    );
    for (const [key, text] of Object.entries(labels)) {
      assert.ok(used.has(key), key);
      assert.ok(text === text.trim() && text !== "" && !/[\p{Cc}\p{Cf}]/u.test(text), key);
    }
  });
  test(`${language}: the messages are those of English, with the same variables`, () => {
    const [messages, english] = [file(`verify/messages.${language}.json`), file("verify/messages.en.json")];
    assert.deepEqual(Object.keys(messages), Object.keys(english));
    for (const [key, text] of Object.entries(messages)) {
      const variables = (one) => [...new Set(one.match(/\{\w+\}/g) ?? [])].sort();
      assert.deepEqual(variables(text), variables(english[key]), `${language} ${key}`);
    }
  });
}
