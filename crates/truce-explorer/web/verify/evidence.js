/**
 * "Save as evidence": one file that shows a record, carries its evidence and this verifier, and checks itself
 * whenever it is opened, without a network. docs/spec/publication.md, section 6, says what such a proof
 * shows, and what it does not.
 * @module
 */

import { label, labelKey, leaves, marked } from "./draft.js";
import { element, say } from "./words.js";

const BY_LOG = ["position", "received", "id", "entry", "prev"];
const ENTRY_POINT = "page.js";
/** Loaded by a page only when it is needed, and needed here. */
const ON_DEMAND = ["policy.js"];

const STYLE = `
:root { color-scheme: light; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }
dl > div { display: grid; grid-template-columns: minmax(10rem, 16rem) 1fr; gap: 1rem; padding: .15rem 0;
  border-top: 1px solid #ddd; }
dt { color: #444; }
dd { margin: 0; }
dd, pre { white-space: pre-wrap; overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; }
section { margin: 2rem 0; }
.mark { background: #ffe08a; }
#verdict { padding: .5rem 1rem; border: 2px solid #8a6d00; background: #fff8e0; }
#verdict[data-verdict=good] { border-color: #1b6e3c; background: #eaf6ee; }
#verdict[data-verdict=bad] { border-color: #a3141a; background: #fdecec; }
li[data-state=fail] summary { color: #a3141a; }
@media (max-width: 40rem) { dl > div { grid-template-columns: 1fr; gap: 0; } }
`;

/** Makes the file and hands it to the reader. */
export async function save(words, evidence, record, facts) {
  const file = await evidenceFile(words, evidence, record, facts);
  const url = URL.createObjectURL(new Blob([file], { type: "text/html" }));
  element("a", {
    href: url,
    download: `truce-evidence-${record.position}-${record.id.slice(0, 8)}.html`,
  }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * @param {import("./words.js").Words} words @param {object} evidence @param {object} record
 * @param {import("./check.js").Facts} facts @returns {Promise<string>} the file
 */
export async function evidenceFile(words, evidence, record, facts) {
  const t = (key, values) => say(words, key, values);
  const program = await linked();
  const values = { position: String(record.position), origin: facts.origin };
  const saved = document.implementation.createHTMLDocument(t("saved.title", values));
  saved.documentElement.lang = words.language;
  saved.documentElement.dir = words.language === "ar" ? "rtl" : "ltr";
  const policy = saved.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content =
    `default-src 'none'; script-src '${await hashOf(program)}'; style-src '${await hashOf(STYLE)}'; ` +
    "base-uri 'none'; form-action 'none'";
  const charset = saved.createElement("meta");
  charset.setAttribute("charset", "utf-8");
  const view = saved.createElement("meta");
  view.name = "viewport";
  view.content = "width=device-width";
  saved.head.prepend(charset, policy, view);
  saved.head.append(element("style", {}, STYLE));
  const main = element(
    "main",
    { "data-page": "record", "data-position": String(record.position) },
    element("h1", {}, t("saved.title", values)),
    element("p", {}, t("saved.intro")),
    element(
      "div",
      { id: "verdict", role: "status", "data-verdict": "unchecked" },
      element("p", {}, t("saved.unchecked")),
    ),
    element(
      "section",
      {},
      element("h2", {}, t("saved.premises")),
      element("dl", { id: "premises" }),
      element("p", {}, t("saved.compare")),
    ),
    ...sections(words, record),
    element("section", { id: "proof" }, element("h2", {}, t("saved.proof")), element("ol")),
    data("evidence", evidence),
    data("words", words),
  );
  saved.body.append(main, element("script", { type: "module" }, program));
  return `<!doctype html>\n${saved.documentElement.outerHTML}\n`;
}

/** The two sections of a record page. */
function sections(words, record) {
  const byLog = Object.fromEntries(BY_LOG.map((name) => [name, record[name]]));
  const signed = Object.fromEntries(Object.entries(record).filter(([name]) => !BY_LOG.includes(name)));
  return [
    ["signed", { header: signed.header, ...signed }],
    ["recorded", byLog],
  ].map(([id, part]) =>
    element(
      "section",
      { id },
      element("h2", { "data-label": `section.${id}` }, label(words.labels, `section.${id}`)),
      ...fields(words.labels, part),
    ),
  );
}

/** Lists of fields, with a heading before each item of a list of parts. */
function fields(labels, part) {
  const made = [];
  const headed = new Set();
  let list = null;
  for (const [pointer, text] of leaves(startFirst(part))) {
    for (const [group] of pointer.matchAll(/\/[0-9]+(?=\/)/g)) {
      const above = pointer.slice(0, pointer.indexOf(`${group}/`) + group.length);
      if (headed.has(above)) continue;
      headed.add(above);
      list = null;
      const item = Number(group.slice(1)) + 1;
      made.push(element("h3", { "data-group": above }, `${label(labels, labelKey(above))} ${item}`));
    }
    if (!list) made.push((list = element("dl")));
    const key = labelKey(pointer);
    list.append(
      element(
        "div",
        {},
        element("dt", { "data-label": key }, label(labels, key)),
        element("dd", { "data-path": pointer, dir: "auto" }, ...marked(text).map(textOrMark)),
      ),
    );
  }
  return made;
}

const textOrMark = ({ text, mark }) =>
  mark ? element("span", { className: "mark", "data-char": mark }, `⟦${mark}⟧`) : text;

/** Signed bytes have shorter names first; people say from where before where to. */
function startFirst(value) {
  if (Array.isArray(value)) return value.map(startFirst);
  if (value === null || typeof value !== "object") return value;
  const items = Object.entries(value).map(([name, item]) => [name, startFirst(item)]);
  return Object.fromEntries([
    ...items.filter(([name]) => name !== "to"),
    ...items.filter(([name]) => name === "to"),
  ]);
}

/** A block of data. `<` is written so that no text can end the block. */
function data(id, value) {
  const json = JSON.stringify(value, (_, item) => (typeof item === "bigint" ? String(item) : item)).replace(
    /</g,
    "\\u003c",
  );
  return element("script", { type: "application/json", id }, json);
}

/** @param {string} source */
async function hashOf(source) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(source));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

/**
 * All modules that a record page stands on, as one script: each a function, in the order in which they need
 * one another.
 */
async function linked() {
  const sources = new Map();
  const order = [];
  const add = async (url) => {
    if (sources.has(url)) return;
    sources.set(url, null);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    const source = await answer.text();
    const needed = [...source.matchAll(/^(?:import|export) [^;]*? from "([^"]+)";$/gm)].map(
      (found) => found[1],
    );
    const later = [...source.matchAll(/import\("\.\/([^"]+)"\)/g)]
      .map((found) => found[1])
      .filter((n) => ON_DEMAND.includes(n));
    for (const path of [...needed, ...later.map((name) => `./${name}`)]) await add(new URL(path, url).href);
    sources.set(url, source);
    order.push(url);
  };
  await add(new URL(ENTRY_POINT, import.meta.url).href);
  const name = (path) => path.split("/").at(-1).split("?")[0];
  const modules = order.map((url) => wrapped(name(url), sources.get(url), name));
  return `"use strict";\nconst modules = {};\n${modules.join("\n")}`.replace(/<\/(script)/gi, "<\\/$1");
}

/** @param {string} own @param {string} source @param {(path: string) => string} name */
function wrapped(own, source, name) {
  const exported = [];
  const body = source
    .replace(
      /^import \{([^}]*)\} from "([^"]+)";$/gm,
      (_, names, path) => `const {${names.replace(/ as /g, ": ")}} = modules["${name(path)}"];`,
    )
    .replace(/import\("\.\/([^"]+)"\)/g, (all, path) =>
      ON_DEMAND.includes(path) ? `Promise.resolve(modules["${path}"])` : all,
    )
    .replace(/^export ((?:async )?function|class|const) (\w+)/gm, (_, what, exportedName) => {
      exported.push(exportedName);
      return `${what} ${exportedName}`;
    })
    .replace(/^export \{([^}]*)\};$/gm, (_, names) => {
      exported.push(names.trim());
      return "";
    });
  return `modules["${own}"] = (() => {\n${body}\nreturn { ${exported.join(", ")} };\n})();`;
}
