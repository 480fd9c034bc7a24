/** Ways in which a page may show something else than was signed, for the tests in browsers. */

/**
 * Alterations of the page of the report: scripts that run before the verifier. `dd(path)` is the value shown
 * there.
 */
export const ALTERATIONS = {
  "a number altered": `dd("/body/regions/0/violations").textContent = "1";`,
  "a digit in another script": `dd("/body/regions/0/violations").textContent = "1\\u0660";`,
  "a letter replaced by one that looks the same": `dd("/body/regions/0/region").textContent = "D\\u043enetsk";`,
  "a word altered": `dd("/header/iss").textContent = "north";`,
  "a space added": `dd("/body/number").append(" ");`,
  "an invisible character added": `dd("/body/number").append("\\u200b");`,
  "a bidi override added": `dd("/body/number").prepend("\\u202e");`,
  "a mark that stands for a letter": `dd("/header/iss").innerHTML = '<span class="mark" data-char="U+006D">⟦U+006D⟧</span>ission';`,
  "a mark that says another character": `dd("/body/number").innerHTML += '<span class="mark" data-char="U+200B">⟦U+200E⟧</span>';`,
  "a row removed": `dd("/body/regions/0/explosions").parentElement.remove();`,
  "a label removed": `dd("/body/regions/0/explosions").previousElementSibling.remove();`,
  "a value twice": `dd("/body/number").parentElement.after(dd("/body/number").parentElement.cloneNode(true));`,
  "a path that is not in the record": `const row = dd("/body/number").parentElement.cloneNode(true); row.lastElementChild.dataset.path = "/body/note"; dd("/body/number").parentElement.after(row);`,
  "two labels exchanged": `const [a, b] = [dt("/body/regions/0/explosions"), dt("/body/regions/0/violations")]; [a.textContent, b.textContent] = [b.textContent, a.textContent];`,
  "two labels and their keys exchanged": `const [a, b] = [dt("/body/regions/0/explosions"), dt("/body/regions/0/violations")]; const x = a.cloneNode(true); a.replaceWith(b.cloneNode(true)); b.replaceWith(x);`,
  "a label reworded": `dt("/body/regions/0/violations").textContent = "Alleged violations";`,
  "two values exchanged": `const [a, b] = [dd("/body/period/from"), dd("/body/period/to")]; [a.textContent, b.textContent] = [b.textContent, a.textContent];`,
  "two paths exchanged with their values": `const [a, b] = [dd("/body/regions/0/region").parentElement, dd("/body/regions/1/region").parentElement]; const x = a.cloneNode(true); a.replaceWith(b.cloneNode(true)); b.replaceWith(x);`,
  "the items of a list in another order": `const rows = [...document.querySelectorAll('[data-path^="/body/regions/0/"]')].map((e) => e.parentElement); rows.forEach((row) => row.parentElement.append(row));`,
  "text between the rows": `dd("/body/number").parentElement.after("not confirmed");`,
  "text beside a value": `dd("/body/number").parentElement.append("?");`,
  "a row without a path": `const row = document.createElement("div"); row.innerHTML = "<dt data-label='body.note'>Note</dt><dd>withdrawn</dd>"; dd("/body/number").parentElement.after(row);`,
  "an image": `dd("/body/number").parentElement.append(document.createElement("img"));`,
  "a field to type in": `dd("/body/number").parentElement.append(document.createElement("input"));`,
  "a tooltip": `dd("/body/number").title = "31/2021";`,
  "another text for screen readers": `dd("/body/number").setAttribute("aria-label", "31/2021");`,
  "hidden from screen readers": `dd("/body/number").setAttribute("aria-hidden", "true");`,
  "a list marker": `dd("/body/number").innerHTML = "<ul><li>" + dd("/body/number").textContent + "</ul>"; dd("/body/number").append("9");`,
  "hidden by attribute": `dd("/body/number").parentElement.hidden = true;`,
  "folded away": `const d = document.createElement("details"); const row = dd("/body/number").parentElement; row.replaceWith(d); d.append(row);`,
  "a section moved into a folded part": `const d = document.createElement("details"); const s = document.getElementById("signed"); s.replaceWith(d); d.append(s);`,
  "the label hidden": `dt("/body/regions/1/violations").classList.add("unseen");`,
  "half of a value hidden": `dd("/body/regions/0/violations").innerHTML = "1<span class=gone>0</span>";`,
  "a value moved to the explorer's own words": `document.getElementById("gloss").append(dd("/body/number").parentElement);`,
  "what the log added, among what was signed": `document.querySelector("#signed dl").append(dd("/received").parentElement);`,
  "what was signed, among what the log added": `document.querySelector("#recorded dl").append(dd("/body/number").parentElement);`,
  "a second section of that name": `const s = document.getElementById("signed").cloneNode(true); document.body.append(s);`,
  "a heading that says something else": `document.querySelector("#signed h2").textContent = "What is alleged";`,
  "a heading over leaves it does not name": `const h = document.createElement("h3"); h.dataset.group = "/body/regions/1"; h.textContent = "Regions 2"; dd("/body/number").parentElement.before(h);`,
  "another position": `document.querySelector("main").dataset.position = "6";`,
  ...Object.fromEntries(
    [
      "gone",
      "unseen",
      "clear",
      "tiny",
      "away",
      "white",
      "turned",
      "upper",
      "clipped",
      "written",
      "flat",
      "dots",
      "faint",
      "mirror",
      "indent",
      "seethrough",
    ].map((name) => [`style .${name}`, `dd("/body/regions/0/violations").classList.add("${name}");`]),
  ),
  "another paper laid over the section": `const d = document.createElement("div"); d.className = "over"; document.getElementById("signed").before(d);`,
  "a style that lays paper over the page": `document.querySelector("main").classList.add("papered");`,
  "one value moved over another": `dd("/body/regions/0/violations").parentElement.classList.add("moved");`,
  "a whole list made transparent": `document.querySelector("#signed dl").classList.add("faint");`,
  "a whole section out of the page": `document.getElementById("recorded").classList.add("away");`,
};
const PRELUDE = `const dd = (path) => document.querySelector('[data-path="' + path + '"]'); const dt = (path) => dd(path).previousElementSibling;\n`;

/** Adds to a site's routes the page with each alteration. @returns {Promise<Map<string, string>>} name to path */
export async function addAltered(routes, page) {
  const paths = new Map();
  for (const [name, script] of Object.entries(ALTERATIONS)) {
    const n = paths.size;
    routes[`/alter/${n}.js`] = PRELUDE + script;
    routes[`/altered/${n}`] = await page(`<script defer src="/alter/${n}.js"></script>`);
    paths.set(name, `/altered/${n}`);
  }
  return paths;
}
