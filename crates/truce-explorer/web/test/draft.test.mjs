/**
 * draft.js against `truce show --json`: every statement of the demonstration's ledger. TRUCE names the
 * binary; the program `demo` beside it makes the ledger, or LEDGER names a folder made earlier (with
 * `ledger/` and `published/` in it).
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";
import { check } from "../verify/check.js";
import { draftBody, leaves, recordDocument } from "../verify/draft.js";
import { parseEntry } from "../verify/entry.js";
import { parseStatement } from "../verify/statement.js";
import { Log, toHex } from "./world.mjs";

const truce = process.env.TRUCE;
const options = { skip: truce ? false : "TRUCE does not name a binary" };

/** The folder of a demonstration. */
function demonstration() {
  if (process.env.LEDGER) return process.env.LEDGER;
  const folder = mkdtempSync(join(tmpdir(), "truce-demo-"));
  const demo = join(dirname(truce), "demo");
  assert.ok(existsSync(demo), `${demo} makes the ledger: build it with cargo build --release -p truce-tests`);
  execFileSync(demo, [], { cwd: folder, stdio: "ignore" });
  return join(folder, "demo-ledger");
}

const run = (...args) => JSON.parse(execFileSync(truce, ["--json", ...args], { maxBuffer: 1 << 29 }));

/** Entries of a published log. */
function entriesOf(published) {
  const entries = [];
  const walk = (folder) => {
    for (const name of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = join(folder, name.name);
      if (name.isDirectory()) walk(path);
      else
        for (let bytes = readFileSync(path); bytes.length > 0;) {
          const length = bytes.readUInt16BE(0);
          entries.push(new Uint8Array(bytes.subarray(2, 2 + length)));
          bytes = bytes.subarray(2 + length);
        }
    }
  };
  walk(join(published, "tile", "entries"));
  return entries;
}

test(
  "a draft is what `truce show --json` prints, for every statement of the demonstration",
  options,
  async (t) => {
    const folder = demonstration();
    const { statements } = run("list", join(folder, "ledger"), "--bodies", "--limit", "100000");
    const entries = entriesOf(join(folder, "published"));
    assert.equal(statements.length, entries.length);
    for (const shown of statements) {
      const entry = await parseEntry(entries[shown.position]);
      const record = recordDocument(shown.position, entry, await parseStatement(entry.statement));
      // Texts, because the order of the fields counts too.
      assert.equal(JSON.stringify(record.body), JSON.stringify(shown.body), `position ${shown.position}`);
      assert.deepEqual(
        [
          record.id,
          record.key,
          record.header.iss,
          record.header.kind,
          record.header.issued,
          Number(record.seq),
        ],
        [shown.statement, shown.key_id, shown.party, shown.kind, shown.issued, shown.seq],
      );
      assert.equal(Date.parse(record.received), shown.received_ms);
    }
    t.diagnostic(`${statements.length} statements`);
  },
);

test("every fiftieth statement in full, and its evidence is good", options, async (t) => {
  const folder = demonstration();
  const entries = entriesOf(join(folder, "published"));
  const log = new Log(entries, readFileSync(join(folder, "published", "checkpoint"), "utf8"));
  const parsed = await Promise.all(
    entries.map(async (bytes) => parseStatement((await parseEntry(bytes)).statement)),
  );
  let count = 0;
  for (let position = 0; position < entries.length; position += position < 10 ? 1 : 50) {
    const shown = run("show", join(folder, "ledger"), String(position));
    const entry = await parseEntry(entries[position]);
    const record = recordDocument(position, entry, parsed[position]);
    assert.deepEqual(
      [record.entry, record.feed_prev, record.refs ?? []],
      [shown.entry, shown.prev, shown.refs],
    );
    assert.deepEqual(record.seen ?? null, shown.seen);
    // The text of every leaf is what stands in the JSON, numbers to the letter.
    for (const [, text] of leaves(record.body))
      assert.ok(JSON.stringify(shown.body).includes(JSON.stringify(text).slice(1, -1)));
    const { iss, kid, prev } = parsed[position];
    const keys = parsed.flatMap((p, i) =>
      i === 0 || (i !== position && p.iss === iss && /^(accession|key-)/.test(p.kind)) ? [i] : [],
    );
    const feed = parsed.findIndex((p) => toHex(p.id) === toHex(prev) && toHex(p.kid) === toHex(kid));
    const outcome = await check(log.evidence(position, { keys, feed: feed < 0 ? undefined : feed }));
    assert.equal(outcome.verdict, "good", JSON.stringify(outcome.steps));
    count++;
  }
  t.diagnostic(`${count} statements`);
});

test("decimals, offsets and every form of a draft come out as they went in", options, async () => {
  const folder = mkdtempSync(join(tmpdir(), "truce-draft-"));
  const at = (name) => join(folder, name);
  execFileSync(truce, ["key", "new", at("k.pem"), "--no-passphrase"], { stdio: "ignore" });
  const kinds = [
    "report",
    "observation",
    "restriction",
    "weapons",
    "harm",
    "signal",
    "notification",
    "calendar",
    "commitment",
    "delivery",
    "inquiry",
    "reply",
    "response",
    "document",
    "finding",
  ];
  const drafts = kinds.map((kind) => execFileSync(truce, ["draft", kind]).toString());
  drafts.push(
    JSON.stringify({
      kind: "observation",
      body: {
        what: "explosion",
        when: { at: "2021-02-07T19:30:00.250-03:30" },
        count: { n: 1, about: true },
        calibre_mm: 7.62,
        place: {
          name: "not-known",
          point: { lat: 0.0000015, lon: -0.000001, precision_m: "not-known" },
          from: { of: "y", km_min: 0.001, km_max: 12.345 },
        },
      },
    }),
    JSON.stringify({
      kind: "observation",
      body: {
        what: "shot",
        when: { days: { from: "1900-01-01", to: "2199-12-31" } },
        count: "not-known",
        place: { name: "x", point: { lat: 89.9999999, lon: -180, precision_m: 0 } },
      },
    }),
  );
  let compared = 0;
  for (const [i, draft] of drafts.entries()) {
    writeFileSync(at(`${i}.jsonc`), draft);
    try {
      execFileSync(
        truce,
        [
          "sign",
          at(`${i}.jsonc`),
          "--key",
          at("k.pem"),
          "--party",
          "mission",
          "--agreement",
          "ab".repeat(32),
          "--out",
          at(`${i}.cose`),
        ],
        { stdio: "ignore" },
      );
    } catch {
      continue; // A template that refers to a statement that has to be named first.
    }
    const statement = await parseStatement(new Uint8Array(readFileSync(at(`${i}.cose`))));
    const { body } = run("show", at(`${i}.cose`));
    const printed = execFileSync(truce, ["--json", "show", at(`${i}.cose`)]).toString();
    assert.equal(JSON.stringify(draftBody(statement.kind, statement.body)), JSON.stringify(body));
    for (const [, text] of leaves(draftBody(statement.kind, statement.body)))
      assert.ok(printed.includes(JSON.stringify(text).slice(1, -1)), text);
    compared++;
  }
  assert.ok(compared >= 14, `${compared} of ${drafts.length}`);
});
