/** Files given to the verify page: what each is, whether it holds, and two checkpoints that prove a fork. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { examine } from "../verify/drop.js";
import {
  amendedWorld,
  consistency,
  forkFile,
  keyOf,
  ORIGIN,
  receiptOf,
  root,
  sha256,
  signedNote,
  statementOf,
  toBase64,
  toHex,
  vkeyOf,
  withReceipts,
  world,
} from "./world.mjs";

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

const note = (size, top = root(made.hashes.slice(0, size)), of = made) =>
  signedNote(ORIGIN, size, top, of.vkey, of.keys.log);
const fraud = forkFile(made.vkey.text, 9, note(9), note(9, sha256([1])));
const page = { charter: toBase64(made.log.entries[0]) };

test("a fraud proof is decided alone, and then compared with the charters at hand", async () => {
  assert.deepEqual(await lines({ "x.fraud-proof": fraud }), ["good drop.fraud", "open drop.fraud.whose"]);
  assert.deepEqual(await lines({ "x.fraud-proof": fraud }, page), ["good drop.fraud", "bad drop.fraud.own"]);
  assert.deepEqual(await lines({ "charter.cose": charter, x: fraud }), [
    "open drop.statement",
    "good drop.charter",
    "good drop.fraud",
    "bad drop.fraud.own",
  ]);
  // The key of another log, of the same name.
  const other = keyOf("another log");
  const theirs = vkeyOf(ORIGIN, other);
  const signed = (top) => signedNote(ORIGIN, 9, top, theirs, other);
  const file = forkFile(theirs.text, 9, signed(sha256([1])), signed(sha256([2])));
  assert.deepEqual(await lines({ x: file }, page), ["good drop.fraud", "open drop.fraud.other"]);
});

test("a fraud proof accuses a key that has followed the charter's", async () => {
  const size = 14;
  const next = amendedWorld({ size, signers: ["next"], overlap: 2 });
  const key = vkeyOf(ORIGIN, next.keys.next);
  const signed = (top) => signedNote(ORIGIN, size, top, key, next.keys.next);
  const file = forkFile(key.text, size, signed(root(next.hashes)), signed(sha256([1])));
  const shown = { charter: toBase64(next.log.entries[0]), charter_proof: next.log.item(0).proof, note: next.log.note };
  const succession = [10, 11].map((at) => next.log.item(at));
  const own = "bad drop.fraud.own";
  assert.equal((await lines({ x: file }, { ...shown, succession })).at(-1), own);
  // What the page shows of its keys has to verify.
  assert.equal((await lines({ x: file }, { ...shown, succession: succession.slice(1) })).at(-1), "open drop.fraud.other");
  const given = { "charter.cose": statementOf(next.log.entries[0]), x: file };
  assert.equal((await lines(given, { ...shown, succession })).at(-1), own);
  assert.equal((await lines(given)).at(-1), "open drop.fraud.other");
});

test("an altered fraud proof proves nothing", async () => {
  const refused = async (file) => (await lines({ "x.fraud-proof": file }, page)).join();
  const nothing = "bad drop.fraud.nothing";
  assert.equal(await refused(forkFile(made.vkey.text, 9, note(9), note(9))), nothing);
  assert.equal(await refused(forkFile(made.vkey.text, 9, note(9), note(4))), nothing);
  const cut = fraud.lastIndexOf(" ") + 12;
  const letter = fraud[cut] === "A" ? "B" : "A";
  assert.equal(await refused(fraud.slice(0, cut) + letter + fraud.slice(cut + 1)), nothing);
  const form = "bad drop.fraud.bad";
  for (const file of [
    fraud.replace("with different roots", "with other roots"),
    fraud.replace("two trees of 9", "two trees of 8"),
    fraud.replace("@v1", "@v2"),
    fraud.replace("checkpoint 5", "checkpoint 05"),
    `${fraud}\n`,
    fraud.slice(0, -1),
    fraud.slice(0, 40),
    fraud.replaceAll("\n", "\r\n"),
    `${fraud}${"x".repeat(524_288)}`,
    Buffer.concat([Buffer.from(fraud), Buffer.from([0xff])]),
  ])
    assert.equal(await refused(file), form);
});

const seen = made.statements[2];
const receipt = (more) => receiptOf(made, { position: 2, ...more });
const files = (file, more = {}) => ({ "charter.cose": charter, "seen.cose": seen, "seen.receipt": file, ...more });

test("a receipt with its statement, and without what it needs", async () => {
  for (const [file, expected] of [
    [receipt(), "good drop.receipt"],
    [receipt({ note: made.log.note }), "good drop.receipt"],
    [receipt({ size: 4 }), "good drop.receipt"],
    [receipt({ position: 3 }), "bad drop.receipt.bad"],
    [receipt({ key: made.keys.next }), "bad drop.receipt.bad"],
    [receipt({ origin: "other.example/log" }), "bad drop.receipt.bad"],
    [receipt({ note: note(4) }), "bad drop.receipt.bad"],
    [receipt({ note: "no note" }), "bad drop.receipt.form"],
    [flip(receipt(), -1), "bad drop.receipt.bad"],
    [flip(receipt(), 0), "bad drop.receipt.form"],
    [Buffer.concat([receipt(), Buffer.from([0])]), "bad drop.receipt.form"],
    [new Uint8Array(65_537), "bad drop.receipt.form"],
  ])
    assert.equal((await lines(files(file))).find((one) => one.includes("drop.receipt")), expected);
  assert.deepEqual(await lines({ a: receipt() }), ["open drop.needs-charter"], "told by its bytes");
  assert.deepEqual(await lines({ a: receipt() }, page), ["open drop.needs-statement"]);
});

test("a receipt is final by the quorum that the charter asks for, and not before", async () => {
  const key = keyOf("witness");
  const vkey = vkeyOf("witness.example/w", key, 4);
  const cosign = [{ vkey, key, time: 1_612_743_000 }];
  const policy = (quorum) => `witness w ${vkey.text}\nquorum ${quorum}\n`;
  const of = async (witnesses, cosigned, carry = true) => {
    const at = world({ witnesses, cosign: cosigned });
    const file = receiptOf(at, { position: 2, note: carry ? at.log.note : undefined });
    return (await lines({ "charter.cose": at.statements[0], "seen.cose": at.statements[2], "seen.receipt": file })).at(-1);
  };
  assert.equal(await of(policy("w"), cosign), "good drop.receipt.final");
  assert.equal(await of(policy("w"), []), "open drop.receipt.accepted");
  assert.equal(await of(policy("w"), cosign, false), "open drop.receipt.accepted");
  assert.equal(await of(policy("none"), cosign), "good drop.receipt");
  assert.equal(await of("nobody knows\n", cosign), "open drop.receipt.accepted", "no policy makes nothing final");
  const forged = [{ vkey, key: keyOf("somebody else"), time: 1_612_743_000 }];
  assert.equal(await of(policy("w"), forged), "bad drop.receipt.bad");
});

test("a receipt by a key whose turn it is, and by no other", async () => {
  const size = 14;
  const next = amendedWorld({ size, signers: ["next"], overlap: 2 });
  const line = (at) =>
    `${toBase64(statementOf(next.log.entries[at]))} ${toBase64(Buffer.from(next.log.item(at).proof))}\n`;
  const of = async (more, succession = `truce/succession@v1\n${line(10)}${line(11)}`) => {
    const found = await lines({
      "charter.cose": next.statements[0],
      "seen.cose": next.statements[2],
      "seen.receipt": receiptOf(next, { position: 2, ...more }),
      ...(succession && { succession }),
    });
    return found.find((one) => one.includes("drop.receipt"));
  };
  assert.equal(await of({ key: next.keys.next }), "good drop.receipt");
  assert.equal(await of({ key: next.keys.next, note: next.log.note }), "good drop.receipt");
  assert.equal(await of({ key: next.keys.next }, null), "bad drop.receipt.bad");
  assert.equal(await of({ key: next.keys.log }), "bad drop.receipt.bad", "its turn is over");
  assert.equal(await of({ key: next.keys.log, size: 11 }), "good drop.receipt", "it was its turn");
  assert.equal(await of({ key: next.keys.next, size: 11 }), "bad drop.receipt.bad", "its turn had not come");
});

test("a statement with receipts in it", async () => {
  const of = async (receipts, known) =>
    (await lines({ "charter.cose": charter, "seen.cose": withReceipts(seen, receipts) }, known)).slice(3);
  const open = "open drop.signature.open";
  assert.deepEqual(await of([receipt()]), [open, "good drop.receipt"]);
  assert.deepEqual(await of([receipt(), receipt({ size: 5 })]), [open, "good drop.receipt", "good drop.receipt"]);
  const strange = receipt({ origin: "other.example/log" });
  assert.deepEqual(await of([strange]), [open, "open drop.receipt.elsewhere"]);
  assert.deepEqual(await of([strange, receipt()]), [open, "open drop.receipt.elsewhere", "good drop.receipt"]);
  // Of a log that is trusted every one has to hold.
  assert.deepEqual(await of([receipt(), receipt({ position: 3 })]), [open, "good drop.receipt", "bad drop.receipt.bad"]);
  const bad = { "charter.cose": charter, "seen.cose": withReceipts(seen, [flip(receipt(), 0)]) };
  assert.ok((await lines(bad)).includes("bad drop.statement.bad"));
  assert.ok((await lines({ "seen.cose": withReceipts(seen, []) })).includes("bad drop.statement.bad"));
  const nine = withReceipts(seen, Array.from({ length: 9 }, () => receipt()));
  assert.ok((await lines({ "seen.cose": nine })).includes("bad drop.statement.bad"));
  const letter = Buffer.from(withReceipts(seen, [receipt()]));
  letter[letter.indexOf("Mariupol") + 7] = 0x6d;
  const forged = await lines({ "charter.cose": charter, "a.cose": made.statements[1], "seen.cose": letter });
  assert.ok(forged.includes("bad drop.signature.bad") && forged.includes("bad drop.receipt.bad"), forged.join());
  assert.deepEqual(await lines({ "seen.cose": withReceipts(seen, [receipt()]) }), [
    "open drop.statement",
    "open drop.needs-charter",
    "open drop.needs-charter",
  ]);
});

test("a receipt that the log only grew", async () => {
  const grown = receiptOf(made, { older: 4 });
  const of = async (file, more) => (await lines({ "charter.cose": charter, "a.receipt": file, ...more })).slice(2);
  const first = "good drop.checkpoint";
  assert.deepEqual(await of(grown, { c: note(4) }), [first, "good drop.receipt.consistent"]);
  assert.deepEqual(await of(grown, {}), ["open drop.receipt.needs-older"]);
  assert.deepEqual(await of(grown, { c: note(5) }), [first, "open drop.receipt.needs-older"]);
  assert.deepEqual(await of(grown, { c: note(4, sha256([1])) }), [first, "bad drop.receipt.inconsistent"]);
  assert.deepEqual(await of(flip(grown, -1), { c: note(4) }), [first, "bad drop.receipt.inconsistent"]);
  const forked = await of(grown, { c: note(4), d: note(9, sha256([1])) });
  assert.ok(forked.includes("bad drop.fork"), forked.join());
  assert.deepEqual(await lines({ a: grown }), ["open drop.needs-charter"]);
});
