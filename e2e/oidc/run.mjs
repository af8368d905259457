// Runs the tests of single sign-on: one server with a fresh demo city, then every file in tests/.
//
//   YUANDU_BIN=path/to/yuandu npm test                everything
//   YUANDU_URL=http://127.0.0.1:8370 npm test         against a server that runs already

import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer, stopServer } from '../browser/lib/server.mjs';

const here = dirname(fileURLToPath(import.meta.url));

async function main() {
  if (process.env.YUANDU_URL) return runTests(process.env.YUANDU_URL);
  if (!process.env.YUANDU_BIN) {
    console.error('set YUANDU_BIN to the built program, or YUANDU_URL to a running one; `cargo xtask test` does it for you');
    return 2;
  }
  const server = await startServer(process.env.YUANDU_BIN);
  try {
    return await runTests(server.url);
  } finally {
    await stopServer(server);
  }
}

async function runTests(url) {
  const folder = join(here, 'tests');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.test.mjs')).sort();
  const options = ['--test', '--test-reporter=spec', '--test-concurrency=1', ...process.argv.slice(2)];
  const child = spawn(process.execPath, [...options, ...files.map((name) => join(folder, name))], {
    stdio: 'inherit', cwd: here, env: { ...process.env, YUANDU_URL: url },
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

process.exitCode = await main();
