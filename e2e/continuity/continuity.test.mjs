// The program and its second site under faults: killed, cut off, overwritten, out of space. Counts are printed.
//
// YUANDU_KILLS=1000 npm test   the long form: so many kills of primary and standby (a few by default)

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { startS3 } from './s3.mjs';
import { City, Cut, entriesOf, finds, pause, run, runIn, until } from './sites.mjs';

const KILLS = Number(process.env.YUANDU_KILLS ?? 2);
const made = [];
const tests = [];
const test = (name, run) => tests.push([name, run]);
const setUp = async () => {
  const city = await City.setUp();
  made.push(city);
  return city;
};
after(async () => {
  for (const city of made) await city.remove();
  await City.removeFirst();
});

/** Several at once sign in again and again until told to stop; every answer "done" is remembered with its session. */
function writer(site) {
  const told = { attempts: 0, done: [], refused: 0, stop: false };
  const work = async () => {
    while (!told.stop) {
      told.attempts += 1;
      const session = await site().signIn().catch(() => undefined);
      if (session) told.done.push(session);
      else {
        told.refused += 1;
        await pause(20);
      }
    }
  };
  told.ended = Promise.all([work(), work(), work()]);
  return told;
}

/** Sessions answered "done" that the site does not know. */
async function lost(site, done) {
  let missing = 0;
  for (const session of done) if (!(await site.knows(session))) missing += 1;
  return missing;
}

test('kills of a primary in synchronous mode: nothing answered "done" is lost or doubled, and the standby takes over', async () => {
  let primary = await setUp();
  const began = await entriesOf(primary);
  await primary.serve('--synchronous', '--patience', '2');
  let [attempts, acknowledged, missing, times] = [0, [], 0, []];
  for (let round = 0; round < KILLS; round += 1) {
    const standby = await primary.standby();
    await until(async () => (await standby.size()) >= (await primary.size()), 'the standby catches up');
    const work = writer(() => primary);
    await until(() => work.done.length >= 3, 'some answers came');
    await pause(Math.random() * 300);
    await primary.kill();
    work.stop = true;
    await work.ended;
    attempts += work.attempts;
    acknowledged.push(...work.done);
    const killed = Date.now();
    await standby.promote();
    assert.ok(await standby.signIn(), 'the new primary takes changes');
    times.push(Date.now() - killed);
    attempts += 1;
    missing += await lost(standby, work.done);
    if (round === 0) {
      // The old primary comes back: it is fenced off, and says so.
      await primary.serve();
      await until(async () => !(await primary.signIn().catch(() => undefined)), 'the old primary is fenced off');
      const refused = await primary.signInAnswer();
      assert.equal(refused.status, 503, await refused.text());
      await primary.stop();
    }
    // Synchronous from the next round on.
    await standby.restart('--synchronous', '--patience', '2');
    primary = standby;
  }
  missing += await lost(primary, acknowledged);
  await primary.stop();
  const entries = (await entriesOf(primary)) - began;
  const most = attempts + 2 * KILLS;
  console.log(`kills ${KILLS}, answered done ${acknowledged.length}, lost ${missing}, entries ${entries} of at most ${most}, take-over to first write ${times.join(', ')} ms`);
  assert.equal(missing, 0);
  assert.ok(entries >= acknowledged.length && entries <= most, 'none twice');
  await primary.verify();
});

test('kills of the standby: it comes back, catches up, and holds the same log', async () => {
  const primary = await setUp();
  await primary.serve();
  let standby = await primary.standby();
  const work = writer(() => primary);
  for (let round = 0; round < KILLS; round += 1) {
    await pause(100 + Math.random() * 400);
    await standby.kill();
    await standby.follow(primary);
  }
  work.stop = true;
  await work.ended;
  await until(async () => (await standby.size()) === (await primary.size()), 'the standby catches up');
  assert.equal(await lost(standby, work.done), 0);
  console.log(`kills of the standby ${KILLS}, answered done ${work.done.length}, lost 0`);
  await standby.stop();
  await standby.verify();
});

test('a cut line: synchronous writes are not answered "done", ordinary ones go on, and both catch up', async () => {
  const primary = await setUp();
  await primary.serve('--synchronous', '--patience', '1');
  const cut = await Cut.before(primary.url);
  const standby = await primary.standby(cut.url);
  assert.ok(await primary.signIn());
  cut.drop();
  const answer = await primary.signInAnswer();
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /另一个站点|second site/);
  cut.heal();
  await until(async () => primary.signIn().catch(() => undefined), 'writes go on after the line is back');
  await primary.restart();
  cut.drop();
  const done = [await primary.signIn(), await primary.signIn()];
  cut.moveTo(primary.url);
  cut.heal();
  await until(async () => (await standby.size()) === (await primary.size()), 'the standby catches up');
  assert.equal(await lost(standby, done), 0);
  await cut.close();
});

test('the line between sites may be TLS: an own certificate is trusted when it is named, and not otherwise', async () => {
  const primary = await setUp();
  const [key, certificate] = [join(primary.folder, 'key.pem'), join(primary.folder, 'certificate.pem')];
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  if (made.status !== 0) {
    console.log('NOT TRIED: a certificate is made with `openssl`, which is not installed');
    return;
  }
  await primary.serve();
  const line = await Cut.before(primary.url, { key: await readFile(key), cert: await readFile(certificate) });
  const url = line.url.replace('http://127.0.0.1', 'https://localhost');
  const outside = ['verify', '--url', url];
  await assert.rejects(run(...outside), /certificate/i);
  assert.match(await run(...outside, '--ca', certificate), /the published log holds/);
  const standby = await primary.standby(url, '--ca', certificate);
  const session = await primary.signIn();
  await until(async () => (await standby.size()) === (await primary.size()), 'the standby follows through TLS');
  assert.ok(await standby.knows(session));
  await line.close();
});

test('two primaries are refused: a standby promoted behind a cut line fences the old one when the line is back', async () => {
  const primary = await setUp();
  await primary.serve();
  const standby = await primary.standby();
  await until(async () => (await standby.size()) === (await primary.size()), 'the standby catches up');
  await primary.freeze();
  await standby.promote();
  primary.thaw();
  await until(async () => /site_epoch 2/.test(await primary.metrics()), 'the old primary hears of the new epoch');
  assert.equal((await primary.signInAnswer()).status, 503);
  const session = await standby.signIn();
  assert.ok(session);
  // As a standby of the new primary it follows again, if it has nothing of its own past; else it is told to begin anew.
  await primary.stop();
  await primary.follow(standby);
  await until(async () => (await primary.size()) === (await standby.size()), 'it follows the new primary');
  assert.ok(await primary.knows(session));
});

test('a planned take-over loses nothing and needs seconds', async () => {
  const primary = await setUp();
  await primary.serve();
  const standby = await primary.standby();
  const work = writer(() => primary);
  await pause(500);
  const begun = Date.now();
  await standby.promote();
  assert.ok(await standby.signIn());
  console.log(`planned take-over ${Date.now() - begun} ms`);
  work.stop = true;
  await work.ended;
  assert.equal(await lost(standby, work.done), 0);
});

test('without the token nothing leaves a site', async () => {
  const primary = await setUp();
  await primary.serve();
  for (const path of ['hello', 'log?from=0&root=x&epoch=1', 'fence?epoch=9', 'promote', `blob/${'0'.repeat(64)}`]) {
    for (const headers of [{}, { authorization: 'Bearer guess' }]) {
      const method = /fence|promote/.test(path) ? 'POST' : 'GET';
      const answer = await fetch(`${primary.url}/continuity/v1/${path}`, { method, headers });
      assert.equal(answer.status, 401, path);
    }
  }
  assert.ok(await primary.signIn(), 'and nobody was fenced off');
  assert.equal((await stat(join(primary.data, 'site-token'))).mode & 0o777, 0o600);
});

test('backup beside a server that is killed; drill and restore prove the root', async () => {
  const city = await setUp();
  await city.serve();
  const to = `file://${join(city.folder, 'backup')}`;
  await city.write(10);
  await run('backup', '--data', city.data, '--to', to);
  const [middle, then] = [await city.size(), new Date().toISOString()];
  await pause(10);
  await city.write(5);
  await city.kill();
  await run('backup', '--data', city.data, '--to', to);
  assert.match(await run('drill', '--from', to, '--data', city.data), /RPO +0 entries[^]*the backup is good/);
  const whole = join(city.folder, 'whole');
  const said = await run('restore', '--from', to, '--data', whole, '--secrets', city.data);
  assert.match(said, /MB\/s/);
  assert.equal(JSON.parse(await run('verify', '--data', whole, '--json')).root, JSON.parse(await run('verify', '--data', city.data, '--json')).root);
  const part = join(city.folder, 'part');
  await run('restore', '--from', to, '--data', part, '--position', String(middle));
  assert.equal(JSON.parse(await run('verify', '--data', part, '--json')).size, middle);
  await run('restore', '--from', to, '--data', `${part}-too`, '--at', then);
  assert.equal(JSON.parse(await run('verify', '--data', `${part}-too`, '--json')).size, middle);
});

test('flipped bits and torn pages are named, and the backup brings back what was', async () => {
  const city = await setUp();
  const to = `file://${join(city.folder, 'backup')}`;
  await run('backup', '--data', city.data, '--to', to);
  const good = JSON.parse(await run('verify', '--data', city.data, '--json'));
  // A restored database is packed: nothing in it is left over from earlier, so that any damage to an entry is damage.
  const data = join(city.folder, 'damaged');
  await run('restore', '--from', to, '--data', data);
  const [database, kept] = [join(data, 'yuandu.db'), join(city.folder, 'kept.db')];
  await copyFile(database, kept);
  const content = await readFile(kept);
  const places = [...content.toString('latin1').matchAll(/"changes"/g)].map((found) => found.index);
  let named = 0;
  for (const damage of ['bit', 'torn', 'bit', 'torn']) {
    await copyFile(kept, database);
    const at = places[Math.floor(Math.random() * places.length)];
    const file = await open(database, 'r+');
    if (damage === 'bit') await file.write(Buffer.from([content[at + 2] ^ 8]), 0, 1, at + 2);
    else await file.write(Buffer.alloc(2048), 0, 2048, Math.floor(at / 2048) * 2048);
    await file.close();
    assert.ok((await finds(data)).length > 0, `${damage} at ${at}`);
    named += 1;
  }
  const anew = join(city.folder, 'anew');
  await run('restore', '--from', to, '--data', anew);
  assert.equal(JSON.parse(await run('verify', '--data', anew, '--json')).root, good.root);
  console.log(`damages ${named}, each named; restored with the same root`);
});

test('a full disk at the backup: the backup before stays good, and the next one is whole', async () => {
  const city = await setUp();
  const [small, to] = [join(city.folder, 'small'), `file://${join(city.folder, 'small', 'backup')}`];
  await mkdir(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small], { stdio: 'ignore' });
  } catch {
    console.log('NOT TRIED: a small disk needs root to be mounted; the Rust tests try a target that cannot be written');
    return;
  }
  try {
    await run('backup', '--data', city.data, '--to', to);
    execFileSync('sh', ['-c', `head -c 2M /dev/urandom > ${small}/fill 2>/dev/null || true`], { stdio: 'ignore' });
    await city.serve();
    await city.write(3);
    await assert.rejects(run('backup', '--data', city.data, '--to', to, '--base-every', '1'), /cannot use|space/);
    assert.match(await run('drill', '--from', to), /the backup is good/);
    await rm(`${small}/fill`);
    await run('backup', '--data', city.data, '--to', to);
    assert.match(await run('drill', '--from', to, '--data', city.data), /RPO +0 entries/);
  } finally {
    await city.stop();
    execFileSync('umount', [small]);
  }
});

test('a full disk under the city: it says that it is not ready, loses nothing it answered, and goes on when there is room', async () => {
  const city = await setUp();
  const small = join(city.folder, 'small');
  await mkdir(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', small], { stdio: 'ignore' });
  } catch {
    console.log('NOT TRIED: a small disk needs root to be mounted; the Rust tests try a database that may not grow');
    return;
  }
  const ready = async () => (await fetch(`${city.url}/readyz`)).status;
  try {
    await cp(city.data, join(small, 'data'), { recursive: true });
    city.data = join(small, 'data');
    await city.serve();
    assert.equal(await ready(), 200);
    const done = [await city.signIn()];
    execFileSync('sh', ['-c', `head -c 24M /dev/urandom > ${small}/fill 2>/dev/null || true`], { stdio: 'ignore' });
    assert.equal(await ready(), 503);
    let refused = 0;
    for (let n = 0; n < 40; n += 1) {
      const session = await city.signIn();
      if (session) done.push(session);
      else refused += 1;
    }
    await rm(join(small, 'fill'));
    await until(async () => (await ready()) === 200, 'it is ready again');
    done.push(await city.signIn());
    assert.equal(await lost(city, done), 0);
    console.log(`full disk: answered done ${done.length}, refused ${refused}, lost 0`);
    await city.stop();
    await city.verify();
  } finally {
    await city.stop();
    execFileSync('umount', [small]);
  }
});

test('backup --follow keeps up while the city works', async () => {
  const city = await setUp();
  await city.serve();
  const to = join(city.folder, 'backup');
  const follower = city.background('backup', '--data', city.data, '--to', to, '--follow', '--every', '1');
  await city.write(8);
  const size = await city.size();
  await until(async () => follower.said.includes(`backed up ${size} entries`), 'the backup has everything');
  await follower.kill();
  assert.match(await run('drill', '--from', to), /the backup is good/);
});

test('photos and backups in a store of objects: kept, backed up, drilled, followed, and missed when they are gone', async () => {
  const s3 = await startS3();
  const city = await setUp();
  try {
    const env = { ...s3.environment, YUANDU_BLOBS: `${s3.url}/photos` };
    city.environment = env;
    await city.serve();
    const body = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
    const cookie = await city.signIn();
    const kept = await fetch(`${city.url}/api/v1/photos`, { method: 'POST', headers: { cookie, 'content-type': 'image/png' }, body });
    assert.equal(kept.status, 201, await kept.clone().text());
    const { name } = await kept.json();
    assert.ok(!existsSync(join(city.data, 'blobs', name.slice(0, 2))), 'it is not in the data folder');
    // The standby has a shelf of its own, its data folder.
    const standby = await city.standby();
    await until(async () => (await standby.size()) === (await city.size()), 'the standby catches up');
    assert.ok(existsSync(join(standby.data, 'blobs', name.slice(0, 2), name.slice(2))), 'the photo came along');
    await city.stop();
    const to = `${s3.url}/backup`;
    assert.match(await runIn(env, 'backup', '--data', city.data, '--to', to), /1 new blobs/);
    assert.match(await runIn(env, 'drill', '--from', to, '--data', city.data), /RPO +0 entries[^]*the backup is good/);
    assert.match(await runIn(env, 'blobs', '--data', city.data), /referred to +1\n/);
    assert.match(await runIn(env, 'verify', '--data', city.data), /blobs +1\n/);
    await assert.rejects(runIn({ ...env, YUANDU_BLOBS: `${s3.url}/elsewhere` }, 'verify', '--data', city.data), (error) => /the file is missing/.test(error.stdout));
    console.log(`photos and backup in S3: ${s3.name}`);
  } finally {
    await city.stop();
    s3.stop();
  }
});

// Two at a time: most of each is waiting for a program to start.
describe('sites under faults', { concurrency: 2 }, () => {
  for (const [name, run] of tests) it(name, run);
});
