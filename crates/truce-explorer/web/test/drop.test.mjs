/** Files given to the verify page: what each is, whether it holds, and two checkpoints that prove a fork. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { examine } from "../verify/drop.js";
import { consistency, root, sha256, signedNote, toBase64, toHex, world } from "./world.mjs";

const made = world();
const messages = JSON.parse(readFileSync(new URL("../verify/messages.en.json", import.meta.url)));
const bytes = (content) => (typeof content === "string" ? new Uint8Array(Buffer.from(content)) : content);
const lines = async (files, known) => {
  const found = await examine(
    Object.entries(files).map(([name, content]) => ({ name, bytes: bytes(content) })),
    known,
  );
  for (const line of found) assert.ok(messages[line.key], line.key);
  return found.map((line) => `${line.state} ${line.key}`);
};
const charter = made.statements[0];
const proof = (position) => made.log.item(position).proof;
const flip = (content, at) => {
  const changed = Uint8Array.from(content);
  changed[at < 0 ? changed.length + at : at] ^= 1;
  return changed;
};

test("a charter", async () => {
  assert.deepEqual(await lines({ "charter.cose": charter }), ["open drop.statement", "good drop.charter"]);
  assert.deepEqual(await lines({ "charter.cose": flip(charter, -3) }), [
    "open drop.statement",
    "bad drop.charter.bad",
  ]);
});

test("a statement with charter, accession and proof", async () => {
  const found = await lines({
    "charter.cose": charter,
    "accession.cose": made.statements[1],
    "seen.cose": made.statements[2],
    "seen.tlog-proof": proof(2),
  });
  for (const line of [
    "good drop.charter",
    "good drop.signature",
    "good drop.signature.granted",
    "good drop.proof",
  ])
    assert.ok(found.includes(line), line);
  assert.ok(!found.some((line) => line.startsWith("bad")));
});

test("the charter may come from the page", async () => {
  const found = await lines(
    { "seen.cose": made.statements[2], "seen.tlog-proof": proof(2) },
    { charter: toBase64(made.log.entries[0]) },
  );
  assert.deepEqual(found, ["open drop.statement", "open drop.signature.open", "good drop.proof"]);
});

test("without its proof or charter a statement stays open, and is not called good", async () => {
  assert.deepEqual(await lines({ "seen.cose": made.statements[2] }), [
    "open drop.statement",
    "open drop.needs-charter",
    "open drop.needs-proof",
  ]);
  assert.deepEqual(await lines({ "seen.tlog-proof": proof(2) }), ["open drop.needs-charter"]);
  assert.deepEqual(await lines({ "charter.cose": charter, "seen.tlog-proof": proof(2) }), [
    "open drop.statement",
    "good drop.charter",
    "bad drop.proof.bad",
  ]);
});

test("forged: another letter, another proof, another agreement", async () => {
  const letter = Buffer.from(made.statements[2]);
  letter[letter.indexOf("Mariupol") + 7] = 0x6d;
  const found = await lines({
    "charter.cose": charter,
    "accession.cose": made.statements[1],
    "seen.cose": new Uint8Array(letter),
    "seen.tlog-proof": proof(2),
  });
  assert.ok(found.includes("bad drop.signature.bad") && found.includes("bad drop.proof.bad"), found.join());
  const other = await lines({
    "charter.cose": charter,
    "accession.cose": made.statements[1],
    "seen.cose": made.statements[2],
    "seen.tlog-proof": proof(3),
  });
  assert.ok(other.includes("bad drop.proof.bad"));
  const elsewhere = world({
    edit: {
      2: (n, make) =>
        make(
          "desk-m",
          "mission",
          "signal",
          { title: "x", known: "y", topic: "cyber", urgency: "routine" },
          { sub: "cd".repeat(32) },
        ),
    },
  });
  assert.ok(
    (await lines({ "charter.cose": charter, "x.cose": elsewhere.statements[2] })).includes(
      "bad key.other-agreement",
    ),
  );
  assert.ok(
    (await lines({ "x.cose": flip(made.statements[2], 3) })).some((line) =>
      line.startsWith("bad drop.statement.bad"),
    ),
  );
});

test("an entry", async () => {
  const found = await lines({
    "charter.cose": charter,
    entry: made.log.entries[1],
    "p.tlog-proof": proof(1),
  });
  assert.deepEqual(found, [
    "open drop.statement",
    "open drop.entry",
    "good drop.charter",
    "good drop.signature",
    "good drop.proof",
  ]);
  assert.deepEqual(await lines({ entry: flip(made.log.entries[1], 1) }), ["bad drop.entry.bad"]);
});

test("evidence as JSON and in a saved file", async () => {
  const evidence = made.log.evidence(2, { keys: [0, 1] });
  const html = (json) =>
    `<!doctype html>\n<html><script type="application/json" id="evidence">${json}</script></html>`;
  assert.deepEqual(await lines({ "e.json": JSON.stringify(evidence) }), [
    "good drop.evidence.good",
    "open drop.evidence.page",
  ]);
  assert.deepEqual(await lines({ "e.html": html(JSON.stringify(evidence)) }), [
    "good drop.evidence.good",
    "open drop.evidence.page",
  ]);
  const bad = { ...evidence, before: evidence.entry };
  assert.deepEqual(await lines({ "e.html": html(JSON.stringify(bad)) }), ["bad drop.evidence.bad"]);
  assert.deepEqual(await lines({ "e.html": html("{}") + html("{}") }), ["open drop.hash"]);
});

test("two checkpoints: the same, a fork, consistent, not consistent, not comparable", async () => {
  const at = (size, top = root(made.hashes.slice(0, size))) =>
    signedNote("log.example/test", size, top, made.vkey, made.keys.log);
  const files = (first, second, more = {}) => lines({ "charter.cose": charter, first, second, ...more });
  const proofFile = JSON.stringify({ from: 4, to: 9, hashes: consistency(4, made.hashes).map(toHex) });
  assert.equal((await files(at(9), at(9))).at(-1), "good drop.same");
  assert.equal((await files(at(9), at(9, sha256([1])))).at(-1), "bad drop.fork");
  assert.equal((await files(at(9), at(4))).at(-1), "open drop.needs-consistency");
  assert.equal((await files(at(9), at(4), { "proof.json": proofFile })).at(-1), "good drop.consistent");
  assert.equal(
    (await files(at(9), at(4, sha256([1])), { "proof.json": proofFile })).at(-1),
    "bad drop.inconsistent",
  );
  assert.equal((await files(at(9), at(4).replace("\n4\n", "\n5\n"))).at(-1), "bad drop.checkpoint.bad");
  assert.deepEqual(await lines({ a: at(9), b: at(4) }), [
    "open drop.needs-charter",
    "open drop.needs-charter",
  ]);
});

test("any other file is named by its hash", async () => {
  for (const content of ["hello", new Uint8Array([0xff, 0xfe]), "{}", "[1]", "null"])
    assert.deepEqual(await lines({ x: content }), ["open drop.hash"]);
  assert.deepEqual(await lines({ x: new Uint8Array() }), ["bad drop.unknown"]);
});
