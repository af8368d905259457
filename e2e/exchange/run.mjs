// Starts the tests with Node's own runner; options go on to it.

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const child = spawn(process.execPath, ['--test', '--test-reporter=spec', ...process.argv.slice(2), join(here, 'exchange.test.mjs')], { stdio: 'inherit' });
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
