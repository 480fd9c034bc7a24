/**
 * Policies: which logs and witnesses count, and how many. docs/spec/publication.md, section 8
 * (c2sp.org/tlog-policy).
 * @module
 */

import { hex, need, utf8 } from "./bytes.js";
import { parseVkey, verifyCheckpoint } from "./note.js";

const POLICY_MAX = 1_000_000;
const EACH_MAX = 256;

/** @typedef {{logs: any[], witnesses: Map<string, any>, groups: Map<string, any>, quorum: string}} Policy */

/** @param {string} policy @returns {Promise<Policy>} */
export async function parsePolicy(policy) {
  need(utf8(policy).length <= POLICY_MAX, "too-large");
  need(policy.endsWith("\n"), "line", "the last line does not end");
  need(!/[\0-\x08\x0b-\x1f\x7f]/.test(policy), "control-character");
  const logs = [];
  const witnesses = new Map();
  const groups = new Map();
  const used = new Set();
  let quorum = null;
  const define = (name) =>
    need(name && name !== "none" && !witnesses.has(name) && !groups.has(name), "name", name);
  for (const line of policy.slice(0, -1).split("\n")) {
    const words = line.split(/[ \t]+/).filter((word) => word !== "");
    if (words.length === 0 || line.startsWith("#")) continue;
    const [what, name, ...rest] = words;
    if (what === "log") {
      need(words.length === 2 || words.length === 3, "line", what);
      const key = await parseVkey(name);
      need(!key.cosigns, "type", "a log's key is of type 01");
      logs.push(key);
    } else if (what === "witness") {
      need(words.length === 3 || words.length === 4, "line", what);
      define(name);
      const key = await parseVkey(rest[0]);
      need(key.cosigns, "type", "a witness's key is of type 04");
      witnesses.set(name, key);
    } else if (what === "group") {
      define(name);
      const [how, ...members] = rest;
      need(members.length > 0, "line", what);
      for (const member of members) {
        need((witnesses.has(member) || groups.has(member)) && !used.has(member), "name", member);
        used.add(member);
      }
      need(how === "all" || how === "any" || /^[1-9][0-9]*$/.test(how), "line", how);
      const k = how === "all" ? members.length : how === "any" ? 1 : Number(how);
      need(k <= members.length, "line", how);
      groups.set(name, { k, members });
    } else {
      need(what === "quorum" && words.length === 2 && quorum === null, "line", what);
      need(name === "none" || witnesses.has(name) || groups.has(name), "name", name);
      quorum = name;
    }
  }
  need(quorum !== null, "no-quorum-line");
  const keys = [...witnesses.values()];
  for (const set of [logs, keys]) {
    need(new Set(set.map((key) => hex(key.key))).size === set.length, "key-twice");
  }
  need(
    [logs.length, keys.length, groups.size].every((n) => n <= EACH_MAX),
    "too-large",
  );
  return { logs, witnesses, groups, quorum };
}

/** Verifies a checkpoint against a policy that names its log. @param {string} note @param {Policy} policy */
export async function checkBy(note, policy) {
  const origin = note.slice(0, note.indexOf("\n"));
  const logs = policy.logs.filter((key) => key.name === origin);
  need(logs.length > 0, "unknown-log", origin);
  return satisfies(await verifyCheckpoint(note, logs, [...policy.witnesses.values()]), policy);
}

/**
 * Whether the quorum has cosigned a checkpoint that a log has signed, verified with the policy's witnesses.
 * @param {import("./note.js").Checkpoint} checkpoint @param {Policy} policy
 */
export async function satisfies(checkpoint, policy) {
  const signed = new Set(checkpoint.cosigners.map((cosigner) => cosigner.key));
  const met = (name) =>
    policy.witnesses.has(name)
      ? signed.has(policy.witnesses.get(name))
      : policy.groups.get(name).members.filter(met).length >= policy.groups.get(name).k;
  need(policy.quorum === "none" || met(policy.quorum), "no-quorum");
  return checkpoint;
}
