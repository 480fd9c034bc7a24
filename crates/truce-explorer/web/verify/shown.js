/**
 * Pages that show the log's checkpoint and no single record: charter, log signature, earlier visits, and the
 * figures shown. docs/spec/publication.md, sections 4 and 7 (steps 2, 3 and 7).
 * @module
 */

import { hex, need, same, unbase64 } from "./bytes.js";
import { keyId, verify } from "./ed25519.js";
import { parseEntry } from "./entry.js";
import { compare, fetchConsistency, storage } from "./memory.js";
import { parseVkey } from "./note.js";
import { parseProof } from "./proof.js";
import { parseStatement } from "./statement.js";
import { termsOf, verifyByTurn, verifyStep } from "./succession.js";
import { checkInclusion } from "./tree.js";
import { banner, say, showBanner } from "./words.js";

/**
 * The part of a check that any page can make that shows a checkpoint: charter, inclusion of the charter, log
 * signature.
 * @param {{charter: string, charter_proof?: string, succession?: {position: number, entry: string, proof: string}[],
 *   note: string}} shown
 * @returns {Promise<import("./check.js").Facts & {terms: import("./succession.js").Terms}>}
 */
export async function checkShown(shown) {
  const entry = await parseEntry(unbase64(shown.charter));
  const charter = await parseStatement(entry.statement);
  need(charter.kind === "charter", "no-charter");
  const log = await parseVkey(charter.body.get("log"));
  need(!log.cosigns && log.name === charter.sub, "vkey");
  const founder = charter.body.get("parties").find((party) => party.get("id") === charter.iss);
  need(founder && same(await keyId(founder.get("root")), charter.kid), "unknown-key");
  await verify(founder.get("root"), charter.signed, charter.signature);
  const steps = [];
  for (const { position, entry: bytes, proof } of shown.succession ?? []) {
    const parsed = await parseEntry(unbase64(bytes));
    const statement = await parseStatement(parsed.statement);
    await verifyStep(charter, statement);
    need(Number.isSafeInteger(position) && position > (steps.at(-1)?.position ?? 0), "order");
    steps.push({ position, received: parsed.received, statement, hash: parsed.hash, proof });
  }
  const terms = termsOf(charter, steps);
  const { origin, size, root } = await verifyByTurn(shown.note, terms);
  for (const { position, hash, proof: file } of [{ position: 0, hash: entry.hash, proof: shown.charter_proof }, ...steps]) {
    const proof = parseProof(file);
    need(proof.index === BigInt(position), "other-position");
    await checkInclusion(proof.index, size, hash, proof.path, root);
  }
  return { agreement: hex(charter.id), vkey: log.vkey, origin, size, root, note: shown.note, terms };
}

/** Pages that show the checkpoint and no single record. @param {import("./words.js").Words} words */
export async function checkpointPage(words) {
  const shown = JSON.parse(document.getElementById("checkpoint").textContent);
  const step = (code, state = "fail", values = {}) => ({ step: "checkpoint", state, code, values });
  let facts = null;
  const steps = [];
  try {
    facts = await checkShown(shown);
    const texts = {
      size: String(facts.size),
      root: hex(facts.root),
      origin: facts.origin,
      agreement: facts.agreement,
    };
    const differs = Object.entries(texts).find(([name, text]) =>
      [...document.querySelectorAll(`[data-path="/checkpoint/${name}"]`)].some(
        (node) => node.textContent.trim() !== text,
      ),
    );
    steps.push(
      differs
        ? step("shown", "fail", { label: say(words, `value.${differs[0]}`) })
        : step("ok", "pass", texts),
    );
    steps.push({ step: "memory", ...(await compare(facts, storage(), fetchConsistency)) });
  } catch (error) {
    steps.push(step("bad", "fail", { why: error.message }));
  }
  const bad = steps.some((one) => one.state === "fail");
  const open = steps.some((one) => one.state === "skip");
  const sentences =
    bad || open
      ? banner(words, { verdict: bad ? "bad" : "unchecked", steps })
      : [
          say(words, "verdict.checkpoint", { size: String(facts.size), origin: facts.origin }),
          say(words, document.getElementById("drop") ? "verdict.checkpoint.files" : "verdict.checkpoint.means"),
        ];
  showBanner(bad ? "bad" : open ? "unchecked" : "good", sentences);
}
