/**
 * A site as the explorer's page contract has it, for tests: record pages made from an evidence document, with
 * the headers of the contract, the assets of this folder, and whatever script a test puts before the verifier
 * to alter the page.
 */
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { unbase64 } from "../verify/bytes.js";
import { label, labelKey, leaves, marked, recordDocument } from "../verify/draft.js";
import { parseEntry } from "../verify/entry.js";
import { parseStatement } from "../verify/statement.js";

const WEB = fileURLToPath(new URL("..", import.meta.url));
const TYPES = { ".js": "text/javascript", ".json": "application/json", ".css": "text/css" };
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const BY_LOG = ["/position", "/received", "/id", "/entry", "/prev"];

export const STYLE = `
body { font: 16px/1.5 sans-serif; color: #222; background: #fff; } dd { white-space: pre-wrap; overflow-wrap: anywhere; }
.gone { display: none; } .unseen { visibility: hidden; } .clear { opacity: 0; } .tiny { font-size: 1px; } .away { position: absolute; left: -9999px; }
.white { color: #fff; } .turned { unicode-bidi: bidi-override; direction: rtl; } .upper { text-transform: uppercase; }
.clipped { clip-path: inset(50%); } .written::after { content: "0"; } .flat { height: 0; overflow: hidden; } .dots { -webkit-text-security: disc; }
.faint { opacity: .2; } .mirror { transform: scaleX(-1); } .indent { text-indent: -9999px; } .seethrough { color: rgba(0, 0, 0, 0); } main { position: relative; } .over { position: absolute; inset: 0; background: #fff; }
.papered::after { content: ""; position: absolute; inset: 0; background: #fff; } .moved { position: relative; top: 1.5em; background: #fff; }
`;

const escape = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const value = (text) =>
  marked(text)
    .map(({ text: t, mark }) =>
      mark ? `<span class="mark" data-char="${mark}">⟦${mark}⟧</span>` : escape(t),
    )
    .join("");

/** The page of a record. `lang` chooses the words; `extra` goes into the head. */
export async function recordPage(evidence, { lang = "en", extra = "" } = {}) {
  const labels = JSON.parse(readFileSync(`${WEB}/labels.${lang}.json`));
  const entry = await parseEntry(unbase64(evidence.entry));
  const record = recordDocument(evidence.position, entry, await parseStatement(entry.statement));
  const rows = (chosen) =>
    chosen
      .map(
        ([path, text]) =>
          `  <div><dt data-label="${labelKey(path)}">${escape(label(labels, labelKey(path)))}</dt>` +
          `<dd data-path="${path}" dir="auto">${value(text)}</dd></div>\n`,
      )
      .join("");
  const all = leaves(record);
  const heading = (id) => `<h2 data-label="section.${id}">${escape(label(labels, `section.${id}`))}</h2>`;
  return `<!doctype html>
<html lang="${lang}" dir="${lang === "ar" ? "rtl" : "ltr"}"><head><meta charset="utf-8"><title>Record</title>
<link rel="stylesheet" href="/style.css">${extra}<script type="module" src="/assets/verify/page.js"></script></head>
<body><main data-page="record" data-position="${evidence.position}">
<aside id="verdict" role="status" data-verdict="unchecked">This page has not been checked by your browser yet.</aside>
<section id="signed">${heading("signed")}<dl>
${rows(all.filter(([path]) => !BY_LOG.includes(path)))}</dl></section>
<section id="recorded">${heading("recorded")}<dl>
${rows(all.filter(([path]) => BY_LOG.includes(path)))}</dl></section>
<section id="gloss"><p>Nothing here is signed.</p></section>
<section id="proof"><ol></ol></section>
<button type="button" id="save-evidence" hidden>Save as evidence</button>
<script type="application/json" id="evidence">${JSON.stringify(evidence).replace(/</g, "\\u003c")}</script>
</main></body></html>`;
}

/** Serves `routes` (path to text, or function of the URL to `[status, type, text]`) and the assets. */
export async function serve(routes) {
  const asked = [];
  const server = createServer((request, answer) => {
    const url = new URL(request.url, "http://localhost");
    asked.push(url.pathname + url.search);
    const send = (status, type, body) => {
      answer.writeHead(status, {
        "content-type": `${type}; charset=utf-8`,
        "content-security-policy": CSP,
        "x-content-type-options": "nosniff",
      });
      answer.end(body);
    };
    const route = routes[url.pathname];
    if (typeof route === "function") return send(...route(url));
    if (route !== undefined) return send(200, TYPES[extname(url.pathname)] ?? "text/html", route);
    if (url.pathname === "/style.css") return send(200, "text/css", STYLE);
    if (url.pathname.startsWith("/assets/") && !url.pathname.includes("..")) {
      try {
        return send(
          200,
          TYPES[extname(url.pathname)] ?? "text/plain",
          readFileSync(WEB + url.pathname.slice("/assets/".length)),
        );
      } catch {
        // Answered below.
      }
    }
    return send(404, "text/plain", "not found");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    asked,
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((done) => server.close(done)),
    routes,
  };
}
