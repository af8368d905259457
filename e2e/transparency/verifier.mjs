// Checks a published log by the public formats alone (C2SP signed-note, tlog-checkpoint, tlog-tiles, tlog-cosignature;
// RFC 6962). Knows nothing of the program that serves it. Start with `verify`.

import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const TILE = 256;
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
export const leafHash = (data) => sha256(Buffer.from([0]), data);
export const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);

function demand(truth, what) {
  if (!truth) throw new Error(what);
}

/** Reads `name+hash+base64` and checks that the hash is that of name and key. */
export function parseKey(text) {
  const [name, hash, ...rest] = text.trim().split('+');
  const bytes = Buffer.from(rest.join('+'), 'base64');
  demand(bytes.length === 33 && (bytes[0] === 1 || bytes[0] === 4), 'not an Ed25519 key');
  const id = sha256(name, '\n', bytes).subarray(0, 4);
  demand(id.toString('hex') === hash, 'the hash of the key is wrong');
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes.subarray(1)]);
  return { name, id, kind: bytes[0], key: createPublicKey({ key: der, format: 'der', type: 'spki' }) };
}

/** Splits a note into its text and signatures. */
export function parseNote(note) {
  const end = note.lastIndexOf('\n\n');
  demand(end >= 0, 'the note has no signatures');
  const signatures = note.slice(end + 2).trimEnd().split('\n').map((line) => {
    const [dash, name, encoded] = line.split(' ');
    demand(dash === '—' && encoded, 'a signature line is not right');
    const bytes = Buffer.from(encoded, 'base64');
    return { name, id: bytes.subarray(0, 4), bytes: bytes.subarray(4) };
  });
  return { text: note.slice(0, end + 1), signatures };
}

const by = (note, key) => note.signatures.filter((one) => one.name === key.name && one.id.equals(key.id));

/** Origin, size and root, if the key signed them. */
export function openCheckpoint(noteText, key) {
  const note = parseNote(noteText);
  const signed = by(note, key).some(({ bytes }) => verifySignature(null, Buffer.from(note.text), key.key, bytes));
  demand(signed, `the checkpoint is not signed by ${key.name}`);
  const [origin, size, root] = note.text.split('\n');
  demand(origin === key.name, 'the checkpoint is of another log');
  demand(/^(0|[1-9][0-9]*)$/.test(size), 'the size is not a number');
  return { origin, size: BigInt(size), root: Buffer.from(root, 'base64'), note, raw: noteText };
}

/** When a witness cosigned, in seconds; undefined if it did not. */
export function cosignedAt(note, witness) {
  for (const { bytes } of by(note, witness)) {
    const time = bytes.readBigUInt64BE(0);
    const message = Buffer.from(`cosignature/v1\ntime ${time}\n${note.text}`);
    if (verifySignature(null, message, witness.key, bytes.subarray(8))) return time;
  }
  return undefined;
}

/** The path of a tile below `tile/`. */
export function tilePath(level, index, width) {
  const groups = [];
  for (let rest = index, last = true; last || rest > 0n; rest /= 1000n, last = false) {
    groups.unshift(`${last ? '' : 'x'}${String(rest % 1000n).padStart(3, '0')}`);
  }
  return `${level}/${groups.join('/')}${width < TILE ? `.p/${width}` : ''}`;
}

/** Root of any number of hashes by the definition of RFC 6962. */
export function treeHash(leaves) {
  if (leaves.length === 0) return sha256('');
  if (leaves.length === 1) return leaves[0];
  const split = 2 ** (31 - Math.clz32(leaves.length - 1));
  return nodeHash(treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

/** The root that a leaf and its path lead to (RFC 9162 section 2.1.3.2). */
export function rootFromInclusion(leaf, index, size, path) {
  let [node, last, hash] = [index, size - 1n, leaf];
  for (const sibling of path) {
    demand(last > 0n, 'the path is too long');
    if (node % 2n === 1n || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2n === 0n && node !== 0n) [node, last] = [node / 2n, last / 2n];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [node / 2n, last / 2n];
  }
  demand(last === 0n, 'the path is too short');
  return hash;
}

/** Whether a path proves that one log is the beginning of another (RFC 9162 section 2.1.4.2). */
export function isConsistent(old, fresh, path) {
  if (old.size === fresh.size) return path.length === 0 && old.root.equals(fresh.root);
  if (old.size === 0n) return path.length === 0;
  const rest = [...path];
  if ((old.size & (old.size - 1n)) === 0n) rest.unshift(old.root);
  let [node, last] = [old.size - 1n, fresh.size - 1n];
  while (node % 2n === 1n) [node, last] = [node / 2n, last / 2n];
  let [was, is] = [rest[0], rest.shift()];
  for (const sibling of rest) {
    if (last === 0n) return false;
    if (node % 2n === 1n || node === last) {
      [was, is] = [nodeHash(sibling, was), nodeHash(sibling, is)];
      while (node % 2n === 0n && node !== 0n) [node, last] = [node / 2n, last / 2n];
    } else {
      is = nodeHash(is, sibling);
    }
    [node, last] = [node / 2n, last / 2n];
  }
  return last === 0n && was.equals(old.root) && is.equals(fresh.root);
}

/** Fetches files of a log over HTTP. */
export function overHttp(base) {
  return async (path) => {
    const answer = await fetch(`${base.replace(/\/$/, '')}/log/${path}`);
    demand(answer.status === 200, `${path}: status ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  };
}

/** All leaf inputs of the first `size` entries. */
export async function entries(get, size) {
  const all = [];
  for (let index = 0n; index * 256n < size; index += 1n) {
    const width = Number(size - index * 256n < 256n ? size - index * 256n : 256n);
    let bytes = await get(`tile/${tilePath('entries', index, width)}`);
    for (let number = 0; number < width; number += 1) {
      demand(bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0), 'an entry bundle is cut off');
      const length = bytes.readUInt16BE(0);
      all.push(bytes.subarray(2, 2 + length));
      bytes = bytes.subarray(2 + length);
    }
    demand(bytes.length === 0, 'an entry bundle is too long');
  }
  return all;
}

/** Compares every published tile with the hashes of the entries; gives how many there are. */
async function compareTiles(get, leaves) {
  let count = 0;
  for (let [level, hashes] = [0, leaves]; hashes.length > 0; level += 1) {
    const above = [];
    for (let first = 0; first < hashes.length; first += TILE) {
      const tile = hashes.slice(first, first + TILE);
      const path = tilePath(level, BigInt(first / TILE), tile.length);
      demand((await get(`tile/${path}`)).equals(Buffer.concat(tile)), `tile/${path} does not hold the entries' hashes`);
      if (tile.length === TILE) above.push(treeHash(tile));
      count += 1;
    }
    hashes = above;
  }
  return count;
}

/** Checks the whole log; `before` is a checkpoint verified earlier, which must be its beginning. */
export async function verify(get, key, { before, witnesses = [] } = {}) {
  const checkpoint = openCheckpoint((await get('checkpoint')).toString(), key);
  for (const witness of witnesses) {
    demand(cosignedAt(checkpoint.note, witness) !== undefined, `${witness.name} has not cosigned`);
  }
  const inputs = await entries(get, checkpoint.size);
  inputs.forEach((input, at) => demand(input.toString().split('\n')[1] === String(at), `entry ${at} says that it is another`));
  const leaves = inputs.map(leafHash);
  demand(treeHash(leaves).equals(checkpoint.root), 'the entries do not have the signed root');
  if (before) {
    demand(before.size <= checkpoint.size, 'the log lost entries');
    demand(treeHash(leaves.slice(0, Number(before.size))).equals(before.root), 'the log is not a continuation of the one seen before');
  }
  return { checkpoint, inputs, leaves, tiles: await compareTiles(get, leaves) };
}

async function main([base, ...options]) {
  const option = (name) => options[options.indexOf(name) + 1];
  const get = overHttp(base);
  const key = parseKey(options.includes('--key') ? option('--key') : (await get('key')).toString());
  const state = options.includes('--state') ? option('--state') : undefined;
  const saved = state && (await readFile(state, 'utf8').catch(() => undefined));
  const before = saved && openCheckpoint(saved, key);
  const { checkpoint, tiles } = await verify(get, key, { before });
  if (state) await writeFile(state, checkpoint.raw);
  console.log(`${checkpoint.size} entries, root ${checkpoint.root.toString('hex')}, ${tiles} tiles: the log holds`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!process.argv[2]) {
    console.error('which server? node verifier.mjs URL [--key KEY] [--state FILE]');
    process.exitCode = 2;
  } else {
    await main(process.argv.slice(2)).catch((error) => {
      console.error(`the log does not hold: ${error.message}`);
      process.exitCode = 1;
    });
  }
}
