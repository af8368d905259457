// A register goes from one city to another while either is killed at random moments: nothing is lost, nothing doubled.
//
// YUANDU_KILLS=100 npm test   the long form
//
// With YUANDU_CITY both cities are copies of a demo city that is seeded already; else one is seeded first.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

const KILLS = Number(process.env.YUANDU_KILLS ?? 6);
const PASSWORD = 'yuandu-demo';
const CONTRACT = 'divisions-to-tax';
const PROVIDER = '370700.data-centre.spatial';
const CONSUMER = '370700.tax.divisions';
const program = process.env.YUANDU_BIN;
const exec = promisify(execFile);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const folder = await mkdtemp(join(tmpdir(), 'yuandu-exchange-'));
const cities = [];

after(async () => {
  for (const city of cities) await city.end('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Waits until something is so. */
async function until(so, what) {
  const end = Date.now() + 120_000;
  for (;;) {
    if (await Promise.resolve().then(so).catch(() => false)) return;
    if (Date.now() > end) throw new Error(`not in two minutes: ${what}`);
    await pause(100);
  }
}

class City {
  constructor(name) {
    this.data = join(folder, name);
    this.cookies = new Map();
    cities.push(this);
  }

  async start(...args) {
    this.child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let complaints = '';
    this.child.stderr.on('data', (text) => (complaints += text));
    for await (const line of createInterface({ input: this.child.stdout })) {
      const found = line.match(/http:\/\/[0-9.:]+/);
      if (found) {
        this.url = found[0];
        return;
      }
    }
    throw new Error(`the program did not start: ${complaints}`);
  }

  /** On the same address after a restart. */
  serve() {
    const port = this.url?.split(':').pop() ?? '0';
    return this.start('serve', '--data', this.data, '--listen', `127.0.0.1:${port}`);
  }

  async end(signal) {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await ended;
  }

  async cookie(login) {
    if (!this.cookies.has(login)) {
      const answer = await fetch(`${this.url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ login, password: PASSWORD }),
      });
      assert.ok(answer.ok, `${login} cannot sign in`);
      this.cookies.set(login, answer.headers.get('set-cookie').split(';')[0]);
    }
    return this.cookies.get(login);
  }

  async post(login, path, body) {
    const headers = { 'content-type': 'application/json', cookie: await this.cookie(login) };
    const answer = await fetch(`${this.url}/api/v1/exchange/${path}`, { method: 'POST', headers, body: JSON.stringify(body ?? null) });
    const said = await answer.json();
    assert.ok(answer.ok, `${path}: ${JSON.stringify(said)}`);
    return said;
  }

  async get(login, path) {
    const answer = await fetch(`${this.url}/api/v1/${path}`, { headers: { cookie: await this.cookie(login) } });
    assert.ok(answer.ok, path);
    return answer.json();
  }

  /** The newest batch on one side. */
  async batch(side) {
    const batches = await this.get('registrar', `exchange/contracts/${CONTRACT}/batches`);
    return batches.find((batch) => batch.side === side);
  }

  verify() {
    return exec(program, ['verify', '--data', this.data]);
  }
}

async function agree(city) {
  const until = `${new Date().getFullYear() + 1}-12-31`;
  await city.post('registrar', 'contracts', {
    id: CONTRACT, provider: PROVIDER, consumer: CONSUMER, register: 'spatial.division', fields: ['code', 'name', 'level'],
    purpose: '核对区划', legal_ground: '政务数据共享条例', until, priority: 3, rows_per_day: 1_000_000,
  });
  await city.post('data-reviewer', `contracts/${CONTRACT}/decision`, { approve: true });
}

test('kills of provider and consumer: every row arrives once, and both sides sign that the sums meet', async () => {
  assert.ok(program, 'set YUANDU_BIN to the built program; `cargo xtask test` does it for you');
  const seeded = process.env.YUANDU_CITY ?? join(folder, 'seeded');
  if (!process.env.YUANDU_CITY) await exec(program, ['demo', '--seed-only', '--components', '500', '--residents', '300', '--entities', '50', '--data', seeded]);
  const [provider, consumer] = [new City('provider'), new City('consumer')];
  for (const city of [provider, consumer]) {
    await cp(seeded, city.data, { recursive: true });
    await city.serve();
  }
  const node = (city, id, url, key) => city.post('registrar', 'nodes', { id, title_zh: '节点', title_en: 'Node', url, public_key: key });
  const theirs = (await node(provider, PROVIDER, provider.url)).public_key;
  await node(consumer, PROVIDER, provider.url, theirs);
  const ours = (await node(consumer, CONSUMER, consumer.url)).public_key;
  await node(provider, CONSUMER, consumer.url, ours);
  await agree(provider);
  await agree(consumer);

  let [kills, batches] = [0, 0];
  while (kills < KILLS) {
    await provider.post('registrar', `contracts/${CONTRACT}/batches`);
    batches += 1;
    while (kills < KILLS) {
      await pause(Math.random() * 400);
      const city = Math.random() < 0.5 ? provider : consumer;
      await city.end('SIGKILL');
      kills += 1;
      await city.serve();
      if ((await provider.batch('provider')).state === 'settled') break;
    }
    await until(async () => (await provider.batch('provider')).state === 'settled', 'the batch is settled');
  }
  await until(async () => (await consumer.batch('consumer')).receipt?.provider, 'the receipt is signed by both');
  const [sent, received] = [await provider.batch('provider'), await consumer.batch('consumer')];
  assert.deepEqual(sent.receipt, received.receipt);
  assert.equal(received.rows, sent.rows);
  assert.equal(received.accepted, sent.rows);
  const route = (await consumer.get('registrar', 'exchange/routes')).find((one) => one.contract.terms.id === CONTRACT);
  assert.equal(route.held, sent.rows, 'none lost, none doubled');
  console.log(`${kills} kills over ${batches} batches of ${sent.rows} rows: 0 rows lost, 0 doubled`);
  for (const city of [provider, consumer]) {
    await city.end('SIGTERM');
    await city.verify();
  }
});
