/**
 * check.js over evidence documents: sound ones, and ones with a single flaw each, which must fail at the
 * right step.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { check, STEPS } from "../verify/check.js";
import { checkShown } from "../verify/shown.js";
import {
  consistency,
  encode,
  entry,
  keyOf,
  leaf,
  Log,
  observation,
  ORIGIN,
  partsOf,
  proofText,
  REPORT_AT,
  root,
  sha256,
  signedNote,
  statement,
  toBase64,
  toHex,
  vkeyOf,
  world,
} from "./world.mjs";

const KEYS = { 0: [0], 1: [0], 2: [0, 1, 6], 3: [0], 4: [0], 5: [0, 1, 6], 6: [0], 7: [0, 4], 8: [0, 3] };
const FEED = { 1: 0, 4: 1, 5: 2, 6: 4 };
const sound = (made, position) => made.log.evidence(position, { feed: FEED[position], keys: KEYS[position] });
const failing = (outcome) =>
  outcome.steps.filter((step) => step.state === "fail").map((step) => `${step.step}/${step.code}`);

test("sound evidence of every position is good", async () => {
  const made = world();
  for (let position = 0; position < made.log.entries.length; position++) {
    const outcome = await check(sound(made, position));
    assert.deepEqual(failing(outcome), [], `position ${position}: ${JSON.stringify(outcome.steps)}`);
    assert.equal(outcome.verdict, "good");
    assert.deepEqual(
      outcome.steps.map((step) => step.step),
      STEPS,
    );
    assert.equal(outcome.facts.origin, ORIGIN);
  }
});

test("a key revoked later is said, and suspect where it was received after that", async () => {
  const made = world();
  const at2 = await check(sound(made, 2));
  const at5 = await check(sound(made, 5));
  assert.equal(at2.steps.find((s) => s.step === "key").code, "ok-revoked-later");
  assert.equal(at5.steps.find((s) => s.step === "key").code, "ok-suspect");
});

test("the charter alone, before there is a checkpoint, is not called good", async () => {
  const made = world();
  const evidence = sound(made, 0);
  delete evidence.proof;
  delete evidence.keys[0].proof;
  const outcome = await check(evidence);
  assert.deepEqual(failing(outcome), []);
  assert.equal(outcome.verdict, "unchecked");
});

test("witnesses: none asked for, reached, not reached, another policy", async () => {
  const [w1, w2] = [keyOf("w1"), keyOf("w2")];
  const [v1, v2] = [vkeyOf("w.example/1", w1, 4), vkeyOf("w.example/2", w2, 4)];
  const log = vkeyOf(ORIGIN, keyOf("log"));
  const witnesses = `log ${log.text}\nwitness W1 ${v1.text}\nwitness W2 ${v2.text}\ngroup G all W1 W2\nquorum G\n`;
  const c1 = { vkey: v1, key: w1, time: 1_612_742_500 };
  const c2 = { vkey: v2, key: w2, time: 1_612_742_501 };
  const both = await check(world({ witnesses, cosign: [c1, c2] }).log.evidence(2, { keys: [0, 1] }));
  assert.equal(both.verdict, "good");
  assert.match(
    both.steps.find((s) => s.step === "cosignatures").values.names,
    /w\.example\/1, w\.example\/2/,
  );
  const one = await check(world({ witnesses, cosign: [c1] }).log.evidence(2, { keys: [0, 1] }));
  assert.deepEqual(failing(one), ["cosignatures/no-quorum"]);
  const other = await check(
    world({ witnesses, cosign: [c1, c2] }).log.evidence(2, { keys: [0, 1], policy: "quorum none\n" }),
  );
  assert.deepEqual(failing(other), ["cosignatures/other-policy"]);
});

/** Replaces a byte. */
const flip = (base64, at) => {
  const bytes = Buffer.from(base64, "base64");
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return bytes.toString("base64");
};
const reproof = (text, edit) => {
  const end = text.indexOf("\n\n");
  const lines = text.slice(0, end).split("\n");
  return edit(lines, text.slice(end + 2));
};
const joined = (lines, note) => `${lines.join("\n")}\n\n${note}`;
/** A world where something is recorded otherwise at a position; the rest follows, signed and hashed anew. */
const remade = (edit, position = Number(Object.keys(edit)[0]), more = {}) => {
  const made = world({ edit, ...more });
  return made.log.evidence(position, { feed: FEED[position], keys: KEYS[position] });
};
const desk = (make) => (kind, body, more, change) => make("desk-m", "mission", kind, body, more, change);

/** [name, evidence, the step that fails first] */
const flaws = () => {
  const made = world();
  const e = (position, edit) => {
    const evidence = structuredClone(sound(made, position));
    edit(evidence);
    return evidence;
  };
  const other = world({
    edit: { 8: (normal, make) => make("desk-s", "north", "calendar", { year: 2022, planned: "nil-return" }) },
  });
  const forked = { ...other, log: other.log };
  const strangerLog = keyOf("stranger");
  return [
    [
      "format of another version",
      e(2, (v) => {
        v.format = "truce-evidence/2";
      }),
      "entry",
    ],
    [
      "position is text",
      e(2, (v) => {
        v.position = "2";
      }),
      "entry",
    ],
    [
      "position is negative",
      e(2, (v) => {
        v.position = -1;
      }),
      "entry",
    ],
    [
      "entry missing",
      e(2, (v) => {
        delete v.entry;
      }),
      "entry",
    ],
    [
      "entry not base64",
      e(2, (v) => {
        v.entry = "*" + v.entry.slice(1);
      }),
      "entry",
    ],
    [
      "entry with a byte behind it",
      e(2, (v) => {
        v.entry = toBase64(Buffer.concat([Buffer.from(v.entry, "base64"), Buffer.from([0])]));
      }),
      "entry",
    ],
    [
      "entry of another version",
      e(2, (v) => {
        v.entry = flip(v.entry, 1);
      }),
      "entry",
    ],
    [
      "entry cut",
      e(2, (v) => {
        v.entry = toBase64(Buffer.from(v.entry, "base64").subarray(0, -3));
      }),
      "entry",
    ],
    [
      "tag of another structure",
      remade({
        2: (n) => {
          const b = n();
          b[0] = 0xd1;
          return b;
        },
      }),
      "statement",
    ],
    [
      "a signed field that no kind has",
      remade({ 2: (n, make) => desk(make)("observation", observation({ guilt: "them" })) }),
      "statement",
    ],
    [
      "a required field missing",
      remade({
        2: (n, make) => {
          const { what, ...rest } = observation();
          return desk(make)("observation", rest);
        },
      }),
      "statement",
    ],
    [
      "a rule of the body broken",
      remade({ 2: (n, make) => desk(make)("observation", observation({ explosions: 4 })) }),
      "statement",
    ],
    [
      "kind of another content type",
      remade({
        2: (n, make) => desk(make)("observation", observation(), {}, { payload: { kind: "signal" } }),
      }),
      "statement",
    ],
    [
      "alg EdDSA",
      remade({
        2: (n, make, w) =>
          desk(make)(
            "observation",
            observation(),
            {},
            {
              header: new Map([
                [1, -8],
                [3, "application/vnd.truce.observation+cbor"],
                [4, w.keys["desk-m"].kid],
                [
                  15,
                  new Map([
                    [1, "mission"],
                    [2, toHex(sha256(w.statements[0]))],
                    [6, 1],
                  ]),
                ],
              ]),
            },
          ),
      }),
      "statement",
    ],
    [
      "a text altered after signing",
      remade({
        2: (n) => {
          const b = Buffer.from(n());
          b[b.indexOf("Mariupol")] = 0x6d;
          return new Uint8Array(b);
        },
      }),
      "signature",
    ],
    [
      "a number altered after signing",
      remade({
        2: (n) => {
          const b = Buffer.from(n());
          const i = b.indexOf(Buffer.from("616e03", "hex"));
          b[i + 2] = 4;
          return new Uint8Array(b);
        },
      }),
      "signature",
    ],
    [
      "signature altered",
      remade({
        2: (n) => {
          const b = n();
          b[b.length - 60] ^= 1;
          return b;
        },
      }),
      "signature",
    ],
    [
      "signature of zeros",
      remade({
        2: (n, make) => desk(make)("observation", observation(), {}, { signature: new Uint8Array(64) }),
      }),
      "signature",
    ],
    [
      "signed by another key under this kid",
      remade({
        2: (n, make, w) =>
          desk(make)("observation", observation(), {}, { signature: w.keys.stranger.sign(Buffer.from("x")) }),
      }),
      "signature",
    ],
    [
      "no keys",
      e(2, (v) => {
        delete v.keys;
      }),
      "key",
    ],
    [
      "charter missing",
      e(2, (v) => {
        v.keys.shift();
      }),
      "key",
    ],
    [
      "accession missing",
      e(2, (v) => {
        v.keys.splice(1, 1);
      }),
      "key",
    ],
    [
      "charter altered",
      e(2, (v) => {
        v.keys[0].entry = flip(v.keys[0].entry, -5);
      }),
      "key",
    ],
    [
      "accession altered",
      e(2, (v) => {
        v.keys[1].entry = flip(v.keys[1].entry, -5);
      }),
      "key",
    ],
    [
      "accession without a proof",
      e(2, (v) => {
        delete v.keys[1].proof;
      }),
      "key",
    ],
    [
      "accession with the proof of another entry",
      e(2, (v) => {
        v.keys[1].proof = v.proof;
      }),
      "key",
    ],
    [
      "keys out of order",
      e(2, (v) => {
        v.keys.reverse().unshift(v.keys.pop());
      }),
      "key",
    ],
    [
      "a key entry that is no statement about keys",
      e(2, (v) => {
        v.keys.splice(2, 0, made.log.item(2));
      }),
      "key",
    ],
    [
      "charter of another log",
      e(2, (v) => {
        v.keys[0] = remade(
          {
            0: (n, make, w) =>
              make("root-m", "mission", "charter", {
                log: vkeyOf(ORIGIN, keyOf("log")).text,
                title: "Another",
                parties: [{ id: "mission", name: "M", role: "mission", root: w.keys["root-m"].raw }],
              }),
          },
          0,
        ).keys[0];
      }),
      "key",
    ],
    [
      "for another agreement",
      remade({ 2: (n, make) => desk(make)("observation", observation(), { sub: "ab".repeat(32) }) }),
      "key",
    ],
    [
      "by a party that is none",
      remade({ 2: (n, make) => make("desk-m", "nobody", "observation", observation()) }),
      "key",
    ],
    [
      "with the key of another party",
      remade({ 2: (n, make) => make("desk-m", "north", "observation", observation()) }),
      "key",
    ],
    [
      "with a key never granted",
      remade({ 2: (n, make) => make("stranger", "mission", "observation", observation()) }),
      "key",
    ],
    [
      "a state's kind by a mission",
      remade({ 2: (n, make) => desk(make)("calendar", { year: 2022, planned: "nil-return" }) }),
      "key",
    ],
    [
      "a report with the root key",
      remade({ 2: (n, make) => make("root-m", "mission", "observation", observation()) }, 2),
      "key",
    ],
    [
      "a grant with a working key",
      remade({ 4: (n, make, w) => make("desk-m", "mission", "key-grant", { key: w.keys["desk-2"].raw }) }),
      "key",
    ],
    [
      "a kind that the key was not granted for",
      remade({ 2: (n) => n() }, 2, { limits: { kinds: ["report"] } }),
      "key",
    ],
    [
      "received after the key ended",
      remade({ 2: (n) => n() }, 2, { limits: { valid_until: REPORT_AT } }),
      "key",
    ],
    [
      "signed with a key revoked before",
      (() => {
        const w = world({ edit: { 7: (n, make) => desk(make)("observation", observation()) } });
        return w.log.evidence(7, { feed: 5, keys: [0, 1, 6] });
      })(),
      "key",
    ],
    [
      "issued after it was received",
      remade({ 2: (n, make) => desk(make)("observation", observation(), { iat: 1_612_742_400 + 801 }) }),
      "key",
    ],
    [
      "issued before the charter",
      remade({ 2: (n, make) => desk(make)("observation", observation(), { iat: 1_612_742_400 - 601 }) }),
      "key",
    ],
    [
      "issued at the end of time",
      remade({ 2: (n, make) => desk(make)("observation", observation(), { iat: 2n ** 63n }) }),
      "key",
    ],
    [
      "granted only later",
      (() => {
        const w = world({
          edit: { 2: (n, make) => make("desk-2", "mission", "observation", observation()) },
        });
        return w.log.evidence(2, { keys: [0, 4] });
      })(),
      "key",
    ],
    [
      "statement before in the feed missing",
      e(5, (v) => {
        delete v.feed;
      }),
      "feed",
    ],
    [
      "another statement as the one before",
      e(5, (v) => {
        v.feed = made.log.item(1);
      }),
      "feed",
    ],
    [
      "statement before with a proof of another entry",
      e(5, (v) => {
        v.feed.proof = v.proof;
      }),
      "feed",
    ],
    [
      "statement before at another position",
      e(5, (v) => {
        v.feed.position = 3;
      }),
      "feed",
    ],
    [
      "a number of the feed left out",
      remade({ 5: (n, make) => desk(make)("observation", observation(), { seq: 2 }) }),
      "feed",
    ],
    [
      "a fork of the feed",
      remade({ 5: (n, make) => desk(make)("observation", observation(), { prev: sha256([9]) }) }),
      "feed",
    ],
    [
      "entry before missing",
      e(2, (v) => {
        delete v.before;
      }),
      "chain",
    ],
    [
      "another entry before",
      e(2, (v) => {
        v.before = made.log.item(0).entry;
      }),
      "chain",
    ],
    [
      "entry before with the proof of another",
      e(2, (v) => {
        v.before_proof = v.proof;
      }),
      "chain",
    ],
    [
      "received before the entry before",
      remade({ 2: (n) => ({ statement: n(), received: REPORT_AT + 99_999 }) }),
      "chain",
    ],
    [
      "hash of an earlier entry",
      remade({ 2: (n) => ({ statement: n(), prev: leaf(made.log.entries[0]) }) }),
      "chain",
    ],
    ["charter behind something", remade({ 0: (n) => ({ statement: n(), prev: sha256([1]) }) }), "chain"],
    [
      "proof missing",
      e(2, (v) => {
        delete v.proof;
      }),
      "inclusion",
    ],
    [
      "proof of another position",
      e(2, (v) => {
        v.position = 3;
        v.before = v.entry;
        v.before_proof = v.proof;
      }),
      "chain",
    ],
    [
      "index altered",
      e(2, (v) => {
        v.proof = reproof(v.proof, (l, n) => {
          l[2] = "index 3";
          return joined(l, n);
        });
      }),
      "inclusion",
    ],
    [
      "hash altered",
      e(2, (v) => {
        v.proof = reproof(v.proof, (l, n) => {
          l[3] = flip(l[3], 4);
          return joined(l, n);
        });
      }),
      "inclusion",
    ],
    [
      "hash left out",
      e(2, (v) => {
        v.proof = reproof(v.proof, (l, n) => {
          l.pop();
          return joined(l, n);
        });
      }),
      "inclusion",
    ],
    [
      "hash too many",
      e(2, (v) => {
        v.proof = reproof(v.proof, (l, n) => {
          l.push(l[3]);
          return joined(l, n);
        });
      }),
      "inclusion",
    ],
    [
      "extra of another time",
      e(2, (v) => {
        v.proof = reproof(v.proof, (l, n) => {
          const [, prev] = partsOf(made.log.entries[2]);
          l[1] = `extra ${toBase64(encode([1, prev, 5]))}`;
          return joined(l, n);
        });
      }),
      "inclusion",
    ],
    [
      "header of another version",
      e(2, (v) => {
        v.proof = v.proof.replace("@v1", "@v2");
      }),
      "inclusion",
    ],
    [
      "entry altered by the log",
      e(2, (v) => {
        const [, prev, received, s] = partsOf(made.log.entries[2]);
        v.entry = toBase64(entry(prev, received + 1n, s));
      }),
      "inclusion",
    ],
    [
      "checkpoint signature altered",
      e(2, (v) => {
        for (const o of [v, v.keys[0], v.keys[1], v.keys[2]])
          o.proof = o.proof.slice(0, -8) + (o.proof.at(-8) === "A" ? "B" : "A") + o.proof.slice(-7);
        v.before_proof = v.keys[1].proof;
      }),
      "checkpoint",
    ],
    [
      "checkpoint by another key",
      (() => {
        const w = world();
        const note = signedNote(ORIGIN, 9, root(w.hashes), vkeyOf(ORIGIN, strangerLog), strangerLog);
        return new Log(w.log.entries, note).evidence(2, { keys: [0, 1] });
      })(),
      "checkpoint",
    ],
    [
      "checkpoint of another origin",
      (() => {
        const w = world();
        const note = signedNote(
          "other.example/log",
          9,
          root(w.hashes),
          vkeyOf("other.example/log", w.keys.log),
          w.keys.log,
        );
        return new Log(w.log.entries, note).evidence(2, { keys: [0, 1] });
      })(),
      "checkpoint",
    ],
    [
      "checkpoint with an extension line",
      (() => {
        const w = world();
        const text = `${ORIGIN}\n9\n${toBase64(root(w.hashes))}\nmore\n`;
        const note = `${text}\n\u2014 ${ORIGIN} ${toBase64(Buffer.concat([w.vkey.id, w.keys.log.sign(Buffer.from(text))]))}\n`;
        return new Log(w.log.entries, note).evidence(2, { keys: [0, 1] });
      })(),
      "checkpoint",
    ],
    [
      "one entry is no log",
      (() => {
        const w = world({ size: 1 });
        return w.log.evidence(0);
      })(),
      "checkpoint",
    ],
    [
      "charter whose log key is of a witness",
      (() => {
        const w = world({
          edit: {
            0: (n, make, x) =>
              make("root-m", "mission", "charter", {
                log: vkeyOf(ORIGIN, x.keys.log, 4).text,
                title: "T",
                parties: [
                  { id: "mission", name: "M", role: "mission", root: x.keys["root-m"].raw },
                  { id: "north", name: "N", role: "state", root: x.keys["root-s"].raw },
                ],
              }),
          },
        });
        return w.log.evidence(2, { keys: [0, 1] });
      })(),
      "checkpoint",
    ],
    [
      "before under another checkpoint",
      e(2, (v) => {
        v.before_proof = forked.log.item(1).proof;
      }),
      "chain",
    ],
    [
      "feed under another checkpoint",
      e(5, (v) => {
        v.feed.proof = forked.log.item(2).proof;
      }),
      "feed",
    ],
    [
      "keys under another checkpoint",
      e(2, (v) => {
        v.keys[1].proof = forked.log.item(1).proof;
      }),
      "key",
    ],
  ];
};

const all = flaws();
test("there are at least forty single flaws", () => assert.ok(all.length >= 40, String(all.length)));
for (const [name, evidence, step] of all) {
  test(`flaw: ${name}`, async () => {
    const outcome = await check(evidence);
    const first = outcome.steps.find((one) => one.state === "fail");
    assert.equal(outcome.verdict, "bad");
    assert.equal(first?.step, step, JSON.stringify(failing(outcome)));
  });
}

test("an id that the reader was told must be this statement's", async () => {
  const outcome = await check(sound(world(), 2), { id: "00".repeat(32) });
  assert.deepEqual(failing(outcome), ["id/differs"]);
});

test("no byte of the evidence is read twice: flipping any bit of the entry fails", async () => {
  const made = world();
  const evidence = sound(made, 2);
  const length = made.log.entries[2].length;
  for (let at = 0; at < length; at += 7) {
    const outcome = await check({ ...evidence, entry: flip(evidence.entry, at) });
    assert.equal(outcome.verdict, "bad", `byte ${at}`);
  }
});

test("rubbish is refused, and nothing throws", async () => {
  for (const rubbish of [
    null,
    undefined,
    7,
    "x",
    [],
    {},
    { format: "truce-evidence/1" },
    { format: "truce-evidence/1", position: 0, keys: 4 },
    { format: "truce-evidence/1", position: 1, entry: "", keys: [null] },
    { format: "truce-evidence/1", position: 2 ** 60, entry: "AA==", proof: 5, keys: [{}] },
  ]) {
    assert.equal((await check(rubbish)).verdict, "bad");
  }
});

test("the checkpoint that any page shows", async () => {
  const { log } = world();
  const shown = { charter: toBase64(log.entries[0]), charter_proof: log.item(0).proof, note: log.note };
  assert.equal((await checkShown(shown)).size, 9n);
  await assert.rejects(checkShown({ ...shown, note: log.note.replace("\n9\n", "\n8\n") }));
  await assert.rejects(checkShown({ ...shown, charter: toBase64(log.entries[1]) }));
  await assert.rejects(checkShown({ ...shown, charter_proof: log.item(1).proof }));
  assert.ok(consistency && statement && proofText);
});
