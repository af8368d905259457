// Runs the browser tests: two servers, each with a demo city of its own, share the files in tests/; then the servers' logs.
//
//   YUANDU_BIN=path/to/yuandu npm test                            everything
//   YUANDU_BIN=... npm test -- --test-name-pattern "home page"    some
//   YUANDU_URL=http://127.0.0.1:8370 npm test                     against a server that runs already, one file after the other
//
// With YUANDU_CITY a seeded data folder is copied; else one is seeded first.

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unexpected } from './lib/log.mjs';
import { seed, startServer, stopServer } from './lib/server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
/** A browser leaves much of two processors idle while it waits for pages, and pages for it. */
const LANES = 2;
/** Files that take longest come first, so that the lanes end together. */
const LONG = ['officers', 'resident', 'registers'].map((name) => `${name}.test.mjs`);

async function main() {
  await mkdir(join(here, '..', 'out'), { recursive: true });
  const files = (await readdir(join(here, 'tests'))).filter((name) => name.endsWith('.test.mjs')).sort();
  if (process.env.YUANDU_URL) return lane(process.env.YUANDU_URL, files);
  const program = process.env.YUANDU_BIN;
  if (!program) {
    console.error('set YUANDU_BIN to the built program, or YUANDU_URL to a running one; `cargo xtask test` does it for you');
    return 2;
  }
  files.sort((one, other) => LONG.includes(other) - LONG.includes(one));
  const own = process.env.YUANDU_CITY ? undefined : await mkdtemp(join(tmpdir(), 'yuandu-e2e-city-'));
  try {
    if (own) await seed(program, own);
    const lanes = Array.from({ length: LANES }, () => inCity(program, own ?? process.env.YUANDU_CITY, files));
    return Math.max(...(await Promise.all(lanes)));
  } finally {
    if (own) await rm(own, { recursive: true, force: true });
  }
}

/** A server with a copy of a city, for as many of the files as it gets; then what it logged. */
async function inCity(program, seeded, files) {
  const began = Date.now();
  const server = await startServer(program, seeded);
  console.log(`a demo city is open on ${server.url} after ${seconds(began)}`);
  const linesBefore = server.lines.length;
  let failed = 1;
  try {
    failed = await lane(server.url, files);
  } finally {
    const how = await stopServer(server);
    const complaints = unexpected(server.lines.slice(linesBefore));
    if (how !== 0) complaints.push(`the program ended with ${how} when asked to stop; it should end with 0`);
    for (const complaint of complaints) console.log(`unexpected in the server's log: ${complaint}`);
    console.log(complaints.length ? 'log: 0 passed, 1 failed' : 'log: 1 passed, 0 failed');
    if (complaints.length) failed = 1;
  }
  return failed;
}

/** Takes one file after the other until none is left. */
async function lane(url, files) {
  let worst = 0;
  for (let file = files.shift(); file; file = files.shift()) worst = Math.max(worst, await runFile(url, file));
  return worst;
}

/** Runs the tests of a file and shows what they printed when they are through, so that lanes do not speak at once. */
async function runFile(url, file) {
  const began = Date.now();
  const options = ['--test', '--test-reporter=spec', ...process.argv.slice(2)];
  const child = spawn(process.execPath, [...options, join(here, 'tests', file)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: here,
    env: { ...process.env, YUANDU_URL: url },
  });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => printed.push(data));
  const code = await new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  console.log(`--- ${file}, ${seconds(began)}\n${Buffer.concat(printed).toString().trimEnd()}`);
  return code;
}

function seconds(began) {
  return `${((Date.now() - began) / 1000).toFixed(1)} s`;
}

process.exitCode = await main();
