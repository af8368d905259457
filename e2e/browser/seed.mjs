// Seeds a demo city of which the suites take copies: YUANDU_BIN=path/to/yuandu node seed.mjs FOLDER

import { seed } from './lib/server.mjs';

await seed(process.env.YUANDU_BIN, process.argv[2]);
