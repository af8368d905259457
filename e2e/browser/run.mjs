// Runs the browser tests: one server with a fresh demo city, then every file in tests/, then the server's log.
//
//   YUANDU_BIN=path/to/yuandu npm test                            everything
//   YUANDU_BIN=... npm test -- --test-name-pattern "home page"    some
//   YUANDU_URL=http://127.0.0.1:8370 npm test                     against a server that runs already

import { spawn } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unexpected } from './lib/log.mjs';
import { startServer, stopServer } from './lib/server.mjs';

const here = dirname(fileURLToPath(import.meta.url));

async function main() {
  await mkdir(join(here, '..', 'out'), { recursive: true });
  if (process.env.YUANDU_URL) return runTests(process.env.YUANDU_URL);
  const program = process.env.YUANDU_BIN;
  if (!program) {
    console.error('set YUANDU_BIN to the built program, or YUANDU_URL to a running one; `cargo xtask test` does it for you');
    return 2;
  }
  const began = Date.now();
  const server = await startServer(program);
  console.log(`the demo city is open on ${server.url} after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  const linesBefore = server.lines.length;
  let failed = 1;
  try {
    failed = await runTests(server.url);
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

async function runTests(url) {
  const folder = join(here, 'tests');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.test.mjs')).sort();
  const options = ['--test', '--test-reporter=spec', '--test-concurrency=1', ...process.argv.slice(2)];
  const child = spawn(process.execPath, [...options, ...files.map((name) => join(folder, name))], {
    stdio: 'inherit',
    cwd: here,
    env: { ...process.env, YUANDU_URL: url },
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

process.exitCode = await main();
