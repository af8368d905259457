// The built program as a child process: started on a free port with a data folder of its own, stopped at the end.
// Knows nothing of pages; what the program logs is judged in log.mjs.

import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** Enough to find and point at; the whole census of 100,000 takes an unoptimised build minutes to enter. */
const COMPONENTS = '3000';
const START_LIMIT_MS = 10 * 60 * 1000;
const STOP_LIMIT_MS = 20 * 1000;
const POLL_MS = 100;

/** Seeds a demo city into a folder, replacing the one that is there. */
export async function seed(program, folder) {
  await promisify(execFile)(program, ['demo', '--seed-only', '--reset', '--data', folder, '--components', COMPONENTS]);
}

/** Starts `yuandu demo` in a copy of a seeded folder, else in a city that it seeds, and waits until it answers on /healthz. */
export async function startServer(program, seeded = process.env.YUANDU_CITY) {
  const data = await mkdtemp(join(tmpdir(), 'yuandu-e2e-'));
  if (seeded) await cp(seeded, data, { recursive: true });
  const child = spawn(program, ['demo', '--listen', '127.0.0.1:0', '--data', data, '--components', COMPONENTS], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  const server = { child, data, url: undefined, lines: [], exited: undefined };
  for (const [stream, from] of [['stdout', child.stdout], ['stderr', child.stderr]]) {
    createInterface({ input: from }).on('line', (text) => {
      server.lines.push({ stream, text });
      const address = /https?:\/\/(?:127\.0\.0\.1|localhost):(\d+)/.exec(text);
      if (address && address[1] !== '0') server.url ??= `http://127.0.0.1:${address[1]}`;
    });
  }
  server.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  let ended;
  server.exited.then((how) => { ended = how; });
  const limit = Date.now() + START_LIMIT_MS;
  while (!(server.url && await healthy(server.url))) {
    if (ended !== undefined || Date.now() > limit) {
      const why = ended === undefined ? 'did not become healthy in time' : `ended with ${ended}`;
      await stopServer(server);
      throw new Error(`the program ${why}; it printed:\n${server.lines.map((line) => line.text).join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return server;
}

/** Asks the program to end as a service manager does, and removes its data. Returns how it ended. */
export async function stopServer(server) {
  server.child.kill('SIGTERM');
  const patience = setTimeout(() => server.child.kill('SIGKILL'), STOP_LIMIT_MS);
  const how = await server.exited;
  clearTimeout(patience);
  await rm(server.data, { recursive: true, force: true });
  return how;
}

async function healthy(url) {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false;
  }
}
