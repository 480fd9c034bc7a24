/**
 * Files that a reader holds, checked without sending them anywhere: statements, entries, proofs on file, receipts,
 * evidence, fraud proofs, and checkpoints, two of which may prove that a log was forked. docs/spec/publication.md,
 * sections 4, 6 and 7 (step 7); docs/spec/receipts.md; docs/spec/fraud-proof.md, section 3.
 * @module
 */

import { hex, sha256, text, unbase64, unhex } from "./bytes.js";
import { head, itemAt } from "./cbor.js";
import { check } from "./check.js";
import { instant } from "./draft.js";
import { keyId, verify } from "./ed25519.js";
import { parseEntry } from "./entry.js";
import { parseVkey } from "./note.js";
import { verifyProofByTurn } from "./onfile.js";
import { PROOF_HEADER } from "./proof.js";
import { checkShown } from "./shown.js";
import { parseStatement } from "./statement.js";
import { endOf, readSuccession, SUCCESSION_HEADER, termsOf, verifyByTurn } from "./succession.js";
import { checkConsistency } from "./tree.js";
import { element, isAhead, say } from "./words.js";

/** Larger files are none of ours. */
const FILE_MAX = 32 * 1024 * 1024;
/** What fraud proofs of all versions begin with. */
const FRAUD_START = new TextEncoder().encode("truce/fraud-proof@");

/**
 * @typedef {{name: string, bytes: Uint8Array}} File_
 * @typedef {{state: "good"|"bad"|"open", key: string, values: object}} Line
 */

/**
 * What each file is: by its name where that says it, so that a spoilt one is refused for what it was meant to be, else by
 * its first bytes.
 * @param {File_} file @returns {{type: string, text?: string, json?: any}}
 */
function recognise({ name, bytes }) {
  const [, named] = /\.(receipt|fraud-proof)$/i.exec(name) ?? [];
  if (named) return { type: named.toLowerCase() };
  if (bytes[0] === 0xd2 || (bytes[0] === 0xd8 && bytes[1] === 0x12)) return { type: signedType(bytes) };
  if (bytes[0] === 0x84) return { type: "entry" };
  if (FRAUD_START.every((byte, i) => bytes[i] === byte)) return { type: "fraud-proof" };
  let words;
  try {
    words = text(bytes);
  } catch {
    return { type: "unknown" };
  }
  if (words.startsWith(`${PROOF_HEADER.split("@")[0]}@`)) return { type: "proof", text: words };
  if (words.startsWith(`${SUCCESSION_HEADER}\n`)) return { type: "succession", text: words };
  if (words.includes("\n\n\u2014 ")) return { type: "checkpoint", text: words };
  const data = /^\s*<!doctype html/i.test(words) ? evidenceBlock(words) : words;
  try {
    const json = JSON.parse(data);
    if (json?.format?.startsWith?.("truce-evidence/")) return { type: "evidence", json };
    if (Array.isArray(json?.hashes) && "from" in json && "to" in json) return { type: "consistency", json };
  } catch {
    // Neither evidence nor a proof of consistency.
  }
  return { type: "unknown" };
}

/**
 * Statements, statements with receipts and receipts are all tagged COSE_Sign1: a receipt has label 395 in its protected
 * header, or nil for its payload, and a statement with receipts an unprotected header that is not empty.
 * @param {Uint8Array} bytes
 */
function signedType(bytes) {
  try {
    const array = head(bytes, 0).next;
    const header = itemAt(bytes, head(bytes, array).next);
    const unprotected = itemAt(bytes, header.next);
    const isReceipt = bytes[unprotected.next] === 0xf6 || itemAt(header.value, 0).value.has(395);
    return isReceipt ? "receipt" : unprotected.value.size > 0 ? "transparent" : "statement";
  } catch {
    return "statement";
  }
}

/** The evidence in a saved file, read without running it. @param {string} html */
function evidenceBlock(html) {
  const blocks = [...html.matchAll(/<script\b[^>]*\bid="evidence"[^>]*>([\s\S]*?)<\/script>/g)];
  return blocks.length === 1 ? blocks[0][1] : "";
}

/**
 * @param {File_[]} files
 * @param {object} [known] `words`, and what a page shows of its log: `charter` (entry 0, base64) and, as shown.js has
 *   them, its proof, succession and checkpoint
 * @returns {Promise<Line[]>}
 */
export async function examine(files, known = {}) {
  const lines = [];
  const put = (state, key, values) => lines.push({ state, key, values });
  const why = (error) => String(error?.message ?? error);
  const found = files.map((file) => ({ ...file, ...recognise(file) }));
  const of = (type) => found.filter((file) => file.type === type);

  const statements = [];
  for (const file of found.filter(({ type }) => type === "statement" || type === "transparent")) {
    try {
      const { statement: bytes, receipts } =
        file.type === "transparent"
          ? (await import("./receipt.js")).takeOut(file.bytes)
          : { statement: file.bytes, receipts: [] };
      const statement = await parseStatement(bytes);
      statements.push({ ...file, bytes, statement, receipts });
      put("open", "drop.statement", {
        name: file.name,
        kind: statement.kind,
        party: statement.iss,
        id: hex(statement.id),
      });
    } catch (error) {
      put("bad", "drop.statement.bad", { name: file.name, why: why(error) });
    }
  }
  for (const file of of("entry")) {
    try {
      const entry = await parseEntry(file.bytes);
      const statement = await parseStatement(entry.statement);
      put("open", "drop.entry", {
        name: file.name,
        received: instant(entry.received),
        hash: hex(entry.hash),
      });
      statements.push({ ...file, statement, bytes: entry.statement, receipts: [] });
    } catch (error) {
      put("bad", "drop.entry.bad", { name: file.name, why: why(error) });
    }
  }
  const shown = await pageCharter(known);
  const charter = await theCharter(statements, shown, put);
  for (const file of of("succession")) await succession(file, charter, put);
  for (const one of statements)
    if (one.statement.kind !== "charter") await signature(one, charter, statements, put);
  const receipts = of("receipt");
  const [inTree, grown] = receipts.length > 0 ? await receiptFiles(receipts, put) : [[], []];
  await proofs([...of("proof"), ...inTree], statements, charter, put);
  for (const file of of("fraud-proof")) await fraud(file, [shown, charter], known.words, put);
  for (const { name, json } of of("evidence")) await evidence(name, json, known.words, put);
  await checkpoints(of("checkpoint"), of("consistency"), grown, charter, put);
  for (const { name, bytes } of of("unknown")) {
    if (bytes.length === 0) put("bad", "drop.unknown", { name });
    else put("open", "drop.hash", { name, hash: hex(await sha256(bytes)) });
  }
  return lines;
}

/** The charter among the files, else the page's; with keys of the founders. */
async function theCharter(statements, shown, put) {
  const given = statements.find((one) => one.statement.kind === "charter");
  if (!given) return shown;
  const { statement, name } = given;
  try {
    const charter = await founded(statement);
    put("good", "drop.charter", {
      name,
      agreement: charter.agreement,
      origin: charter.log.name,
      vkey: charter.log.vkey,
    });
    // What the page shows of the same agreement was verified with this charter's keys.
    return charter.agreement === shown?.agreement ? { ...charter, terms: shown.terms } : charter;
  } catch (error) {
    put("bad", "drop.charter.bad", { name, why: String(error.message) });
    return null;
  }
}

/** The charter on the page, with the keys that followed its own where what the page shows of them verifies. */
async function pageCharter(known) {
  if (!known.charter) return null;
  try {
    const charter = await founded((await parseStatement((await parseEntry(unbase64(known.charter))).statement)));
    const terms = await checkShown(known).then(
      (facts) => facts.terms,
      () => charter.terms,
    );
    return { ...charter, terms };
  } catch {
    return null;
  }
}

/** A charter that a founder has signed, and that names a sound key for its log. */
async function founded(statement) {
  const roots = new Map();
  for (const founder of statement.body.get("parties")) {
    const key = founder.get("root");
    roots.set(hex(await keyId(key)), { key, party: founder.get("id") });
  }
  const signer = roots.get(hex(statement.kid));
  if (signer?.party !== statement.iss) throw new Error("unknown-key");
  await verify(signer.key, statement.signed, statement.signature);
  const log = await parseVkey(statement.body.get("log"));
  if (log.cosigns || log.name !== statement.sub) throw new Error("vkey");
  return { statement, roots, log, agreement: hex(statement.id), terms: termsOf(statement, []) };
}

/** Who signs for the log of the charter since: what is verified here counts for every other file. */
async function succession({ name, text: file }, charter, put) {
  if (!charter) return put("open", "drop.needs-charter", { name });
  try {
    const terms = await readSuccession(file, charter.statement);
    if (terms.keys.length >= charter.terms.keys.length) charter.terms = terms;
    put("good", "drop.succession", { name, vkey: terms.keys.at(-1).vkey, from: String(terms.keys.at(-1).from) });
  } catch (error) {
    put("bad", "drop.succession.bad", { name, why: String(error.message) });
  }
}

/**
 * A statement's signature, with the root keys of the charter and the keys that statements beside it grant.
 */
async function signature({ name, statement }, charter, statements, put) {
  if (!charter) return put("open", "drop.needs-charter", { name });
  if (statement.sub !== charter.agreement) return put("bad", "key.other-agreement", { name });
  const id = hex(statement.kid);
  const root = charter.roots.get(id);
  if (root?.party === statement.iss) {
    return signed(name, statement, root.key, put, ["drop.signature", { name, party: root.party }]);
  }
  for (const grantor of statements) {
    const { kind, body, iss } = grantor.statement;
    const grants = kind === "key-grant" ? [body] : kind === "accession" ? (body.get("keys") ?? []) : [];
    const by = charter.roots.get(hex(grantor.statement.kid));
    if (iss !== statement.iss || by?.party !== iss || grantor.statement.sub !== charter.agreement) continue;
    const sound = await verify(by.key, grantor.statement.signed, grantor.statement.signature).then(
      () => true,
      () => false,
    );
    for (const grant of sound ? grants : []) {
      if (hex(await keyId(grant.get("key"))) !== id) continue;
      const line = ["drop.signature.granted", { name, party: iss, grant: grantor.name }];
      return signed(name, statement, grant.get("key"), put, line);
    }
  }
  return put("open", "drop.signature.open", { name });
}

async function signed(name, statement, key, put, line) {
  try {
    await verify(key, statement.signed, statement.signature);
    put("good", ...line);
  } catch (error) {
    put("bad", "drop.signature.bad", { name, why: error.message });
  }
}

/** Receipts by what they are of: that a statement is recorded, and that a log only grew. */
async function receiptFiles(files, put) {
  const { parseConsistency, parseReceipt } = await import("./receipt.js");
  const [inTree, grown] = [[], []];
  for (const file of files) {
    try {
      try {
        inTree.push({ ...file, receipt: parseReceipt(file.bytes) });
      } catch (error) {
        if (error.code !== "other-proof") throw error;
        grown.push({ ...file, receipt: parseConsistency(file.bytes) });
      }
    } catch (error) {
      put("bad", "drop.receipt.form", { name: file.name, why: String(error.message) });
    }
  }
  return [inTree, grown];
}

/** Proofs on file and receipts, each with the statement that it leads from; and the receipts in statements. */
async function proofs(files, statements, charter, put) {
  for (const one of statements) await carried(one, charter, put);
  for (const file of files) {
    const { name, receipt } = file;
    if (!charter) put("open", "drop.needs-charter", { name });
    else if (statements.length === 0) put("open", "drop.needs-statement", { name });
    else {
      let problem;
      for (const one of statements) {
        try {
          tell(put, await (receipt ? recorded(one, receipt, charter) : proven(one, file.text, charter)));
          problem = null;
          break;
        } catch (error) {
          // The statement of the same name says best why its proof does not hold.
          if (problem === undefined || stem(one.name) === stem(name)) problem = error;
        }
      }
      if (problem) put("bad", receipt ? "drop.receipt.bad" : "drop.proof.bad", { name, why: String(problem.message) });
    }
  }
  if (files.length === 0) {
    for (const one of statements) {
      if (one.type !== "entry" && one.statement.kind !== "charter" && one.receipts.length === 0)
        put("open", "drop.needs-proof", { name: one.name });
    }
  }
}

/** Says what was found of a statement, and whether it is dated ahead of the clock of this machine. */
function tell(put, found) {
  put(...found);
  const [, , { name, received }] = found;
  if (isAhead(received)) put("open", "drop.ahead", { name, received });
}

/** A statement that a proof on file leads from. */
async function proven(one, file, charter) {
  const { entry, proof, checkpoint } = await verifyProofByTurn(one.bytes, file, charter.terms);
  const { received } = await parseEntry(entry);
  return [
    "good",
    "drop.proof",
    {
      name: one.name,
      origin: checkpoint.origin,
      position: String(proof.index),
      size: String(checkpoint.size),
      received: instant(received),
    },
  ];
}

/** A statement that a receipt is of: accepted, or final where the agreed quorum has cosigned its tree. */
async function recorded(one, receipt, charter) {
  const { verifyReceiptByTurn } = await import("./receipt.js");
  const found = await verifyReceiptByTurn(one.bytes, receipt, charter.terms);
  const values = {
    name: one.name,
    origin: receipt.iss,
    position: String(found.position),
    size: String(found.size),
    received: instant(found.received),
    names: found.cosigners.map(({ key }) => key.name).join(", "),
  };
  if (found.final) return ["good", "drop.receipt.final", values];
  return found.asked ? ["open", "drop.receipt.accepted", values] : ["good", "drop.receipt", values];
}

/** The receipts in a statement: those of other logs say nothing, of the others every one has to hold. */
async function carried(one, charter, put) {
  const { name, receipts } = one;
  if (receipts.length > 0 && !charter) return put("open", "drop.needs-charter", { name });
  for (const receipt of receipts) {
    try {
      tell(put, await recorded(one, receipt, charter));
    } catch (error) {
      if (error.code === "unknown-log") put("open", "drop.receipt.elsewhere", { name, origin: receipt.iss });
      else put("bad", "drop.receipt.bad", { name, why: String(error.message) });
    }
  }
}

/**
 * A fraud proof, decided from its bytes alone; then whose key it convicts, as far as the charters at hand say.
 * @param {object} file @param {object[]} charters the page's, and the one given; null where there is none
 */
async function fraud({ name, bytes }, charters, words, put) {
  const { decideFraud, isInDoubt } = await import("./fraud.js");
  let claim;
  try {
    claim = await decideFraud(bytes);
  } catch (error) {
    const why = String(error.message);
    return put("bad", error.code === "nothing-proven" ? "drop.fraud.nothing" : "drop.fraud.bad", { name, why });
  }
  const { kind, log, says, facts } = claim;
  const values = Object.fromEntries(
    Object.entries(facts).map(([what, n]) => [
      what,
      what === "received" || what === "earlier" ? instant(n) : String(n),
    ]),
  );
  const what = words ? say(words, `fraud.${kind}`, values) : `fraud.${kind}`;
  const known = new Map(charters.filter(Boolean).map((charter) => [charter.agreement, charter]));
  for (const { terms } of known.values()) {
    const end = await endOf(terms, log.vkey);
    if (end && (await isInDoubt(claim, end)))
      return put("open", "drop.fraud.doubt", { name, what, origin: log.name, vkey: log.vkey, until: String(end.until) });
  }
  put("good", "drop.fraud", { name, what, origin: log.name, vkey: log.vkey, says });
  if (known.size === 0) put("open", "drop.fraud.whose", { name });
  for (const { agreement, log: ours, terms } of known.values()) {
    const own = terms.keys.some((turn) => turn.vkey === log.vkey);
    put(own ? "bad" : "open", own ? "drop.fraud.own" : "drop.fraud.other", { name, agreement, origin: ours.name });
  }
}

const stem = (name) => name.replace(/\.[^.]*$/, "");

async function evidence(name, json, words, put) {
  const outcome = await check(json);
  const counted = outcome.steps.filter((step) => step.state !== "none");
  const values = {
    name,
    passed: counted.filter((step) => step.state === "pass").length,
    total: counted.length,
    position: String(json.position),
    agreement: outcome.facts?.agreement ?? "?",
  };
  const failed = outcome.steps.find((step) => step.state === "fail");
  if (failed) {
    const what = words
      ? say(words, `${failed.step}.${failed.code}`, failed.values)
      : `${failed.step}.${failed.code}`;
    return put("bad", "drop.evidence.bad", { ...values, what, why: failed.values.why });
  }
  put(outcome.verdict === "good" ? "good" : "open", "drop.evidence.good", values);
  put("open", "drop.evidence.page", { name });
}

/** Checkpoints of the charter's log, compared two by two, and with the trees that receipts say go on from them. */
async function checkpoints(files, consistency, grown, charter, put) {
  const seen = [];
  for (const { name, text: note } of files) {
    if (!charter) {
      put("open", "drop.needs-charter", { name });
      continue;
    }
    try {
      const { origin, size, root } = await verifyByTurn(note, charter.terms);
      put("good", "drop.checkpoint", { name, origin, size: String(size), root: hex(root) });
      seen.push({ name, origin, size, root });
    } catch (error) {
      put("bad", "drop.checkpoint.bad", { name, why: error.message });
    }
  }
  for (const file of grown) await growth(file, seen, charter, put);
  seen.sort((a, b) => (a.size < b.size ? -1 : a.size > b.size ? 1 : 0));
  for (const [i, a] of seen.entries()) {
    for (const b of seen.slice(i + 1)) {
      const values = { first: a.name, second: b.name, size: String(a.size), origin: a.origin };
      const proof = consistency.find(
        ({ json }) => String(json.from) === String(a.size) && String(json.to) === String(b.size),
      );
      if (a.size === b.size) {
        const equal = hex(a.root) === hex(b.root);
        put(equal ? "good" : "bad", equal ? "drop.same" : "drop.fork", values);
      } else if (!proof) {
        put("open", "drop.needs-consistency", values);
      } else {
        const holds = await Promise.resolve()
          .then(() => checkConsistency(a.size, a.root, b.size, b.root, proof.json.hashes.map(unhex)))
          .then(
            () => true,
            () => false,
          );
        put(holds ? "good" : "bad", holds ? "drop.consistent" : "drop.inconsistent", values);
      }
    }
  }
}

/** A receipt of consistency, with the checkpoint that it goes on from. */
async function growth({ name, receipt }, seen, charter, put) {
  if (!charter) return put("open", "drop.needs-charter", { name });
  const older = seen.find(({ size }) => size === receipt.older);
  if (!older) return put("open", "drop.receipt.needs-older", { name, size: String(receipt.older) });
  const { verifyConsistencyByTurn } = await import("./receipt.js");
  const values = { name, first: older.name, size: String(receipt.size) };
  try {
    const root = hex(await verifyConsistencyByTurn(receipt, older, charter.terms));
    put("good", "drop.receipt.consistent", { ...values, root });
    const other = seen.find((one) => one.size === receipt.size && hex(one.root) !== root);
    if (other) put("bad", "drop.fork", { origin: older.origin, size: values.size, first: other.name, second: name });
  } catch (error) {
    put("bad", "drop.receipt.inconsistent", { ...values, why: String(error.message) });
  }
}

/** The page: files by choosing or dropping them. @param {import("./words.js").Words} words */
export function dropPage(words) {
  const results = document.getElementById("drop-results");
  const input = document.getElementById("drop-file");
  const zone = document.getElementById("drop");
  if (!results || !input) return;
  let known = { words };
  try {
    known = { ...JSON.parse(document.getElementById("checkpoint").textContent), words };
  } catch {
    // Without a charter on the page the reader gives one.
  }
  const take = async (list) => {
    const files = await Promise.all(
      [...list].map(async (file) => ({
        name: file.name,
        bytes: file.size > FILE_MAX ? new Uint8Array() : new Uint8Array(await file.arrayBuffer()),
      })),
    );
    const lines = await examine(files, known);
    results.replaceChildren(
      element("p", {}, say(words, "drop.local")),
      element("ul", {}, ...lines.map((line) => shown(words, line))),
    );
  };
  input.addEventListener("change", () => take(input.files));
  const over = (is) => zone?.classList.toggle("over", is);
  zone?.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  zone?.addEventListener("dragleave", () => over(false));
  zone?.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    take(event.dataTransfer.files);
  });
}

const SHOWN = ["id", "agreement", "vkey", "root", "hash", "says"];

/** @param {import("./words.js").Words} words @param {Line} line */
function shown(words, { state, key, values }) {
  const item = element(
    "li",
    { "data-state": { good: "pass", bad: "fail", open: "none" }[state], "data-key": key },
    element("p", {}, say(words, key, values)),
  );
  for (const name of SHOWN) {
    if (values[name] && !say(words, key, values).includes(values[name])) {
      item.append(
        element(
          "p",
          {},
          `${say(words, `value.${name}`)}: `,
          // The sentence in a fraud proof is English in every language.
          element("code", { dir: "ltr", ...(name === "says" && { lang: "en" }) }, values[name]),
        ),
      );
    }
  }
  return item;
}
