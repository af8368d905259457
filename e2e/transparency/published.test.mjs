// The published log of a real city, checked by the independent verifier and by the program's own, with a second city as witness.

import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { City } from './city.mjs';
import { cosignedAt, isConsistent, openCheckpoint, overHttp, parseKey, rootFromInclusion, verify } from './verifier.mjs';

let [city, witness, get, key, witnessKey] = [];
const hex = (text) => Buffer.from(text, 'hex');
const json = async (path) => (await fetch(`${city.url}${path}`)).json();

before(async () => {
  [city, witness] = await Promise.all([City.setUp(), City.setUp()]);
  const cityKey = (await city.command('keys', '--data', city.data)).match(/log +(\S+)/)[1];
  const told = await witness.command('keys', '--data', witness.data, '--make-witness', 'witness.example/w', '--cosign', cityKey);
  const witnessLine = told.match(/witness +(\S+)/)[1];
  await witness.serve();
  await city.command('keys', '--data', city.data, '--ask-witness', `${witnessLine} ${witness.url}/witness`);
  await city.serve();
  [get, key, witnessKey] = [overHttp(city.url), parseKey(cityKey), parseKey(witnessLine)];
});

after(async () => {
  await city?.remove();
  await witness?.remove();
});

/** The checkpoint once it has grown beyond `size` and is cosigned: witnesses are asked every few seconds. */
async function cosigned(size) {
  const until = Date.now() + 60_000;
  for (;;) {
    const checkpoint = openCheckpoint((await get('checkpoint')).toString(), key);
    if (checkpoint.size > size && cosignedAt(checkpoint.note, witnessKey) !== undefined) return checkpoint;
    assert.ok(Date.now() < until, `not cosigned in a minute: ${city.complaints}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test('the log holds: signature, cosignature, entries, tiles, root', async () => {
  await cosigned(0n);
  const { checkpoint, tiles } = await verify(get, key, { witnesses: [witnessKey] });
  assert.ok(checkpoint.size > 0n && tiles > 0);
});

test('a later checkpoint continues an earlier one, by recomputing and by proof, over a full tile', async () => {
  const earlier = await cosigned(0n);
  await city.write(300 - Number(earlier.size));
  const later = await cosigned(299n);
  const { checkpoint } = await verify(get, key, { before: earlier });
  const proof = await json(`/api/v1/log/consistency?old=${earlier.size}&new=${later.size}`);
  assert.ok(isConsistent(earlier, later, proof.path.map(hex)));
  assert.ok(!isConsistent(earlier, { ...later, root: earlier.root }, proof.path.map(hex)));
  assert.ok(checkpoint.size >= later.size);
});

test('every receipt is in the log: its leaf and path lead to the signed root', async () => {
  const { checkpoint, leaves } = await verify(get, key);
  for (const position of [0, 1, 255, 256, leaves.length - 1].filter((at) => at < leaves.length)) {
    const proof = await json(`/api/v1/log/inclusion/${position}?size=${checkpoint.size}`);
    assert.equal(proof.leaf, leaves[position].toString('hex'));
    const root = rootFromInclusion(leaves[position], BigInt(position), checkpoint.size, proof.path.map(hex));
    assert.ok(root.equals(checkpoint.root));
  }
});

test('a forged file of any kind is refused', async () => {
  for (const forged of ['checkpoint', 'tile/entries/000', 'tile/0/000', 'tile/1/000.p/1']) {
    const lying = async (path) => {
      const bytes = await get(path);
      if (path === forged) bytes[Math.floor(bytes.length / 2)] ^= 1;
      return bytes;
    };
    await assert.rejects(verify(lying, key), forged);
  }
});

test('what is not there is not made up', async () => {
  for (const path of ['tile/0/999', 'tile/0/000.p/0', 'tile/0/0', 'tile/8/000', 'tile/63/000', 'tile/entries/x999/x999/x999/x999/x999/x999/999', 'tile/data/000', 'tile/0/000.p/256']) {
    assert.equal((await fetch(`${city.url}/log/${path}`)).status, 404, path);
  }
  assert.equal((await fetch(`${city.url}/api/v1/log/consistency?old=1&new=99999999999`)).status, 404);
  assert.equal((await fetch(`${city.url}/api/v1/log/inclusion/99999999999`)).status, 404);
});

test('entries leave as salted hashes only, and the private key not at all', async () => {
  const { inputs } = await verify(get, key);
  const form = /^yuandu\/1\n[0-9]+\n370700\n[0-9]+\n[0-9a-f]{64}\n$/;
  assert.ok(inputs.every((input) => form.test(input.toString())));
  assert.equal((await stat(join(city.data, 'log-key'))).mode & 0o777, 0o600);
});

test("the program's own verifier agrees, from outside and step by step", async () => {
  const state = join(city.folder, 'since.json');
  const online = ['verify', '--url', city.url, '--since', state];
  assert.match(await city.command(...online), /the published log holds/);
  const earlier = await cosigned(0n);
  await city.write(5);
  await cosigned(earlier.size);
  const report = JSON.parse(await city.command(...online, '--json'));
  const { checkpoint } = await verify(get, key);
  assert.ok(report.fresh >= 1, 'only what is new is fetched');
  assert.ok(report.fresh < 100 && BigInt(report.size) <= checkpoint.size);
});
