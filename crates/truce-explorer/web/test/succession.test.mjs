/**
 * The keys and witnesses of a log over time, in the browser: register.md, section 6, and succession.md.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { check } from "../verify/check.js";
import { examine } from "../verify/drop.js";
import { checkShown } from "../verify/shown.js";
import {
  amendedWorld,
  ORIGIN,
  proofText,
  root,
  signedNote,
  statementOf,
  toBase64,
  vkeyOf,
} from "./world.mjs";

/** Position 11 completes the amendment: up to 11 entries the old key, 12 and 13 both, then the next one. */
const OVERLAP = 2;
const FORCE = 11;

const step = (outcome, name) => outcome.steps.find((one) => one.step === name);

async function outcomeOf(made, position = 2) {
  return check(made.evidence(position));
}

test("each size is taken by the keys whose turn it is, and by no other", async () => {
  for (const [size, signers, expected] of [
    [FORCE, ["log"], "ok"],
    // Nobody knows of the next one yet.
    [FORCE, ["next"], "bad"],
    [FORCE + 1, ["next", "log"], "ok-successor"],
    [FORCE + 1, ["log", "next"], "ok-successor"],
    [FORCE + 1, ["log"], "out-of-turn"],
    [FORCE + 1, ["next"], "out-of-turn"],
    [FORCE + OVERLAP, ["next", "log"], "ok-successor"],
    [FORCE + OVERLAP + 1, ["next"], "ok-successor"],
    [FORCE + OVERLAP + 1, ["next", "log"], "ok-successor"],
    [FORCE + OVERLAP + 1, ["log"], "out-of-turn"],
    [FORCE + OVERLAP + 1, ["stranger"], "bad"],
  ]) {
    const outcome = await outcomeOf(amendedWorld({ size, signers, overlap: OVERLAP }));
    const { code } = step(outcome, "checkpoint");
    assert.equal(code, expected, `${size} ${signers}: ${step(outcome, "checkpoint").values.why}`);
    assert.equal(outcome.verdict, expected.startsWith("ok") ? "good" : "bad", `${size} ${signers}`);
  }
});

test("without an overlap the next key signs alone", async () => {
  for (const [signers, expected] of [
    [["next"], "ok-successor"],
    [["log"], "out-of-turn"],
  ]) {
    const outcome = await outcomeOf(amendedWorld({ size: FORCE + 1, signers, overlap: 0 }));
    assert.equal(step(outcome, "checkpoint").code, expected);
  }
});

test("an amendment counts only where enough parties have signed it with their root keys", async () => {
  const size = FORCE + OVERLAP + 1;
  const of = (more) => amendedWorld({ size, signers: ["next"], overlap: OVERLAP, ...more });
  // The second party's assent is left out, or is the first party's again.
  for (const more of [{ leaveOut: [FORCE] }, { by: "root-m", iss: "mission" }]) {
    const outcome = await outcomeOf(of(more));
    assert.equal(outcome.verdict, "bad", JSON.stringify(more));
    assert.equal(step(outcome, "checkpoint").code, "bad");
  }
  // Signed by a working key, by a stranger, or for another party.
  for (const more of [
    { by: "desk-s", iss: "north" },
    { by: "stranger", iss: "north" },
    { by: "root-m", iss: "north" },
  ]) {
    const outcome = await outcomeOf(of(more));
    assert.equal(outcome.verdict, "bad", JSON.stringify(more));
    assert.equal(step(outcome, "key").code, "bad-entry", JSON.stringify(more));
  }
});

test("the checkpoint that any page shows", async () => {
  const size = FORCE + OVERLAP + 1;
  const shown = (made, positions) => ({
    charter: toBase64(made.log.entries[0]),
    charter_proof: made.log.item(0).proof,
    succession: positions.map((at) => made.log.item(at)),
    note: made.log.note,
  });
  const made = amendedWorld({ size, signers: ["next"], overlap: OVERLAP });
  const facts = await checkShown(shown(made, [10, FORCE]));
  assert.equal(facts.size, BigInt(size));
  assert.equal(facts.vkey, made.vkey.text, "a log is remembered by the key of its charter");
  await assert.rejects(checkShown(shown(made, [])));
  await assert.rejects(checkShown(shown(made, [FORCE, 10])));
  const old = amendedWorld({ size, signers: ["log"], overlap: OVERLAP });
  await assert.rejects(checkShown(shown(old, [10, FORCE])), { code: "log-key-ended" });
});

test("a succession among files that a reader drops", async () => {
  const size = FORCE + OVERLAP + 1;
  const made = amendedWorld({ size, signers: ["next"], overlap: OVERLAP });
  const file = (name, text) => ({ name, bytes: new Uint8Array(Buffer.from(text)) });
  const charter = { name: "charter.cose", bytes: statementOf(made.log.entries[0]) };
  const statement = { name: "seen.cose", bytes: statementOf(made.log.entries[2]) };
  const proof = file("seen.tlog-proof", made.log.item(2).proof);
  const line = (at) =>
    `${toBase64(statementOf(made.log.entries[at]))} ${toBase64(Buffer.from(made.log.item(at).proof))}\n`;
  const succession = file("succession", `truce/succession@v1\n${line(10)}${line(FORCE)}`);
  const keys = async (files) => (await examine(files)).map(({ state, key }) => `${state} ${key}`);
  const good = await keys([charter, statement, proof, succession]);
  assert.ok(good.includes("good drop.succession") && good.includes("good drop.proof"), good.join("\n"));
  const without = await keys([charter, statement, proof]);
  assert.ok(without.includes("bad drop.proof.bad"), without.join("\n"));
  const swapped = file("succession", `truce/succession@v1\n${line(FORCE)}${line(10)}`);
  const bad = await keys([charter, statement, proof, swapped]);
  assert.ok(bad.includes("bad drop.succession.bad") && bad.includes("bad drop.proof.bad"), bad.join("\n"));
  // The old key's word on a tree after its end, with the succession that ended it.
  const hashes = made.log.hashes;
  const forged = signedNote(ORIGIN, size, root(hashes), vkeyOf(ORIGIN, made.keys.log), made.keys.log);
  const checkpoint = file("checkpoint", forged);
  const ended = await keys([charter, succession, checkpoint]);
  assert.ok(ended.includes("bad drop.checkpoint.bad"), ended.join("\n"));
  const late = file("late.tlog-proof", proofText(2, made.log.entries[2], hashes, forged));
  assert.ok((await keys([charter, statement, late, succession])).includes("bad drop.proof.bad"));
});
