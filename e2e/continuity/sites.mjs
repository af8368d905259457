// Cities of the built program that are served, killed, followed and cut off.

import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';

const program = process.env.YUANDU_BIN;
const exec = promisify(execFile);

/** Runs a command and gives what it says; rejects with what it complains about. */
export async function run(...args) {
  return runIn(process.env, ...args);
}

/** The same with other variables. */
export async function runIn(env, ...args) {
  const { stdout } = await exec(program, args, { env });
  return stdout;
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something is so. */
export async function until(so, what) {
  const end = Date.now() + 60_000;
  for (;;) {
    if (await Promise.resolve().then(so).catch(() => false)) return;
    if (Date.now() > end) throw new Error(`not in a minute: ${what}`);
    await pause(50);
  }
}

/** Entries in the log of a city that is stopped. */
export async function entriesOf(city) {
  return JSON.parse(await run('verify', '--data', city.data, '--json')).size;
}

/** What verification of a folder finds, as lines; empty if all is well. */
export function finds(data) {
  return exec(program, ['verify', '--data', data]).then(() => '', (error) => error.stdout + error.stderr);
}

export class City {
  static async setUp() {
    if (!program) throw new Error('set YUANDU_BIN to the built program; `cargo xtask test` does it for you');
    const folder = await mkdtemp(join(tmpdir(), 'yuandu-sites-'));
    const data = join(folder, 'data');
    // Set up once; every test gets a copy.
    City.pattern ??= City.first();
    const pattern = await City.pattern;
    await cp(pattern.data, data, { recursive: true });
    return Object.assign(new City(), { folder, data, password: pattern.password, others: [] });
  }

  static async first() {
    const data = join(await mkdtemp(join(tmpdir(), 'yuandu-sites-')), 'data');
    const said = await run('init', '--data', data, '--realm', '370700', '--name', '试验市', '--name-en', 'Test City');
    return { data, password: said.split('\n')[1].trim() };
  }

  static async removeFirst() {
    if (City.pattern) await rm(dirname((await City.pattern).data), { recursive: true, force: true });
  }

  async start(...args) {
    this.child = spawn(program, args, { env: this.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.complaints = '';
    this.child.stderr.on('data', (text) => (this.complaints += text));
    for await (const line of createInterface({ input: this.child.stdout })) {
      const found = line.match(/http:\/\/[0-9.:]+/);
      if (found) {
        this.url = found[0];
        this.port = this.url.split(':').pop();
        return;
      }
    }
    throw new Error(`the program did not start: ${this.complaints}`);
  }

  /** Serves as primary; on the same address after a restart. */
  serve(...options) {
    return this.start('serve', '--data', this.data, '--listen', `127.0.0.1:${this.port ?? 0}`, ...options);
  }

  /** A second site with a folder of its own that follows this one. */
  async standby(of = this.url, ...options) {
    const standby = Object.assign(new City(), { folder: await mkdtemp(join(tmpdir(), 'yuandu-sites-')), password: this.password, others: [] });
    this.others.push(standby);
    standby.data = join(standby.folder, 'data');
    await standby.start('standby', '--of', of, '--data', standby.data, '--secrets', this.data, '--listen', '127.0.0.1:0', ...options);
    return standby;
  }

  follow(primary) {
    return this.start('standby', '--of', primary.url, '--data', this.data, '--listen', `127.0.0.1:${this.port}`);
  }

  promote() {
    return run('promote', '--data', this.data, '--url', this.url);
  }

  async size() {
    return (await (await fetch(`${this.url}/readyz`)).json()).log_size;
  }

  signInAnswer() {
    return fetch(`${this.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login: 'admin', password: this.password }),
      signal: AbortSignal.timeout(15_000),
    });
  }

  /** Each time somebody signs in is an entry; gives the cookie, or nothing if it was refused. */
  async signIn() {
    const answer = await this.signInAnswer();
    return answer.ok ? answer.headers.get('set-cookie').split(';')[0] : undefined;
  }

  async write(count) {
    for (let done = 0; done < count; done += 1) if (!(await this.signIn())) throw new Error('a change was refused');
  }

  /** Whether a session that was answered "done" is there. */
  async knows(cookie) {
    return (await fetch(`${this.url}/api/v1/session/current`, { headers: { cookie } })).ok;
  }

  async verify() {
    return run('verify', '--data', this.data);
  }

  async metrics() {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  background(...args) {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const told = { said: '', kill: () => new Promise((resolve) => { child.once('exit', resolve); child.kill('SIGKILL'); }) };
    child.stdout.on('data', (text) => (told.said += text));
    return told;
  }

  async end(signal) {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await ended;
  }

  kill() {
    return this.end('SIGKILL');
  }

  stop() {
    return this.end('SIGTERM');
  }

  async restart(...options) {
    await this.stop();
    await this.serve(...options);
  }

  async freeze() {
    this.child.kill('SIGSTOP');
  }

  thaw() {
    this.child.kill('SIGCONT');
  }

  async remove() {
    await this.kill();
    for (const other of this.others) await other.remove();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A line between two sites that can be cut: what is on it is dropped, what comes new is not connected. With a key it is TLS. */
export class Cut {
  static async before(url, tls) {
    const cut = new Cut();
    cut.moveTo(url);
    cut.open = true;
    cut.sockets = new Set();
    const listen = tls ? (near) => createTlsServer(tls, near) : createServer;
    cut.server = listen((near) => {
      if (!cut.open) return near.destroy();
      const far = connect({ host: '127.0.0.1', port: cut.port });
      for (const socket of [near, far]) {
        cut.sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          cut.sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far);
      far.pipe(near);
    });
    await new Promise((resolve) => cut.server.listen(0, '127.0.0.1', resolve));
    cut.url = `http://127.0.0.1:${cut.server.address().port}`;
    return cut;
  }

  moveTo(url) {
    this.port = Number(url.split(':').pop());
  }

  drop() {
    this.open = false;
    for (const socket of this.sockets) socket.destroy();
  }

  heal() {
    this.open = true;
  }

  async close() {
    this.drop();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
