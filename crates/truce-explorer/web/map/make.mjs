// Makes `outlines.bin` from Natural Earth's country polygons, as npm's `world-atlas` packs them. Run by hand, once:
//
//   npm install --no-save world-atlas@2.0.2 topojson-client@3.1.0 topojson-simplify@3.0.3
//   node make.mjs node_modules/world-atlas/countries-10m.json > outlines.bin
//
// Format, all integers LEB128 unsigned, signed ones zigzag: number of lines; for each line a kind (0 coast, 1 boundary
// between countries), its number of points, then longitude and latitude of each point in 1/1000 degree, as the difference
// from the point before (from 0, 0 for the first). Lines are not closed; a ring ends where it began.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(process.cwd() + "/");
const { mesh } = require("topojson-client");
const { presimplify, simplify } = require("topojson-simplify");

// Square degrees: a bend that spans less is drawn straight. About two kilometres by two.
const LEAST_AREA = Number(process.argv[3] ?? 5e-4);

const topology = JSON.parse(readFileSync(process.argv[2], "utf8"));
const simple = simplify(presimplify(topology), LEAST_AREA);
const countries = simple.objects.countries;
const lines = [
  ...mesh(simple, countries, (a, b) => a === b).coordinates.map((points) => [0, points]),
  ...mesh(simple, countries, (a, b) => a !== b).coordinates.map((points) => [1, points]),
];

const bytes = [];
const unsigned = (n) => {
  for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) + 128);
  bytes.push(n);
};
const signed = (n) => unsigned(n < 0 ? -2 * n - 1 : 2 * n);

const kept = [];
for (const [kind, points] of lines) {
  const rounded = points.map(([lon, lat]) => [Math.round(lon * 1000), Math.round(lat * 1000)]);
  const line = rounded.filter((p, i) => i === 0 || p[0] !== rounded[i - 1][0] || p[1] !== rounded[i - 1][1]);
  // What simplification left of an islet is two points and no shape.
  if (line.length > (kind === 0 ? 3 : 1)) kept.push([kind, line]);
}
unsigned(kept.length);
for (const [kind, line] of kept) {
  unsigned(kind);
  unsigned(line.length);
  let [x, y] = [0, 0];
  for (const [lon, lat] of line) {
    signed(lon - x);
    signed(lat - y);
    [x, y] = [lon, lat];
  }
}
writeSync(1, Buffer.from(bytes));
process.stderr.write(`${kept.length} lines, ${kept.reduce((n, k) => n + k[1].length, 0)} points, ${bytes.length} bytes\n`);
