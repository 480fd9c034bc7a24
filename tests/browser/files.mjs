/**
 * Files that the demonstration's ledger does not hold, made with its log's key: a COSE receipt of an entry, the statement
 * with that receipt in it, and a proof that the log forked.
 * @module
 */

import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  encode,
  forkFile,
  sha256,
  signedNote,
  toHex,
  vkeyOf,
  withReceipts,
} from "../../crates/truce-explorer/web/test/world.mjs";

const bytes = (base64) => new Uint8Array(Buffer.from(base64, "base64"));

/** The key in a PEM file, as world.mjs has its own. @param {string} path */
function keyIn(path) {
  const key = createPrivateKey(readFileSync(path));
  const raw = new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32));
  const kid = sha256(Buffer.from("a301012006215820", "hex"), raw);
  return { raw, kid, sign: (message) => new Uint8Array(sign(null, message, key)) };
}

/**
 * @param {{statement: Uint8Array, proof: string, charter: Uint8Array, logKey: string}} from a statement, its proof on file,
 *   the charter's bytes, and the file of the log's key
 * @returns {{receipt: Buffer, transparent: Buffer, fraud: string}}
 */
export function signedFiles({ statement, proof, charter, logKey }) {
  const key = keyIn(logKey);
  const [before, note] = [proof.slice(0, proof.indexOf("\n\n")), proof.slice(proof.indexOf("\n\n") + 2)];
  const [, extra, index, ...hashes] = before.split("\n");
  const [origin, size, root] = note.split("\n");
  const header = new Uint8Array(
    encode(
      new Map([
        [1, -19],
        [4, key.kid],
        [15, new Map([[1, origin], [2, toHex(sha256(charter))]])],
        [395, 1],
        [-69_620, BigInt(size)],
      ]),
    ),
  );
  const path = [BigInt(size), BigInt(index.slice("index ".length)), hashes.map(bytes)];
  const unprotected = new Map([
    [396, new Map([[-1, [new Uint8Array(encode(path))]]])],
    [-69_621, bytes(extra.slice("extra ".length))],
    [-69_622, new Uint8Array(Buffer.from(note))],
  ]);
  const signature = key.sign(encode(["Signature1", header, new Uint8Array(), bytes(root)]));
  const parts = [Buffer.from([0xd2, 0x84]), encode(header), encode(unprotected), Buffer.from([0xf6]), encode(signature)];
  const receipt = Buffer.concat(parts);
  const vkey = vkeyOf(origin, key);
  const other = signedNote(origin, size, sha256([1]), vkey, key);
  return {
    receipt,
    transparent: Buffer.from(withReceipts(statement, [new Uint8Array(receipt)])),
    fraud: forkFile(vkey.text, size, note, other),
  };
}
