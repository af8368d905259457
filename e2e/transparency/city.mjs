// A city of the built program in a temporary folder: set up, served, written to by signing in, stopped.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const program = process.env.YUANDU_BIN;

export class City {
  static async setUp() {
    if (!program) throw new Error('set YUANDU_BIN to the built program; `cargo xtask test` does it for you');
    const folder = await mkdtemp(join(tmpdir(), 'yuandu-log-'));
    const data = join(folder, 'data');
    const { stdout } = await run(program, ['init', '--data', data, '--realm', '370700', '--name', '试验市', '--name-en', 'Test City']);
    const password = stdout.split('\n')[1].trim();
    return Object.assign(new City(), { folder, data, password });
  }

  async command(...args) {
    return (await run(program, args)).stdout;
  }

  async serve() {
    this.child = spawn(program, ['serve', '--data', this.data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.complaints = '';
    this.child.stderr.on('data', (text) => (this.complaints += text));
    for await (const line of createInterface({ input: this.child.stdout })) {
      const found = line.match(/http:\/\/\S+/);
      if (found) {
        this.url = found[0];
        return this.url;
      }
    }
    throw new Error(`the program did not start: ${this.complaints}`);
  }

  /** Each time somebody signs in is an entry. */
  async write(count) {
    for (let done = 0; done < count; done += 1) {
      const answer = await fetch(`${this.url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ login: 'admin', password: this.password }),
      });
      if (!answer.ok) throw new Error(`signing in: ${answer.status} ${await answer.text()}`);
    }
  }

  async stop() {
    if (this.child && this.child.exitCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      await ended;
    }
  }

  async remove() {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
