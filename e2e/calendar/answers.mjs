// Prints what the npm library `chinese-days` (MIT) says about working days, for the test that compares it with
// crates/yuandu_base. It shares no code with ours and asks the library day by day, without any arithmetic of its own.
//
//   node answers.mjs days   every day 2004-01-01..2026-12-31: `2025-01-26 1` (1 = offices work)
//   node answers.mjs sums   10,000 sums from a fixed seed: `2025-01-24 20 2025-02-27` (start, working days, due date)
import chineseDays from "chinese-days";

const FIRST = Date.UTC(2004, 0, 1);
const LAST = Date.UTC(2026, 11, 31);
const DAY = 86_400_000;
const SUMS = 10_000;
const LONGEST = 250;

const iso = (time) => new Date(time).toISOString().slice(0, 10);

/** The library's word on one day, asked once. */
const known = new Map();
function works(time) {
  if (!known.has(time)) known.set(time, chineseDays.isWorkday(iso(time)));
  return known.get(time);
}

function days() {
  const lines = [];
  for (let time = FIRST; time <= LAST; time += DAY) lines.push(`${iso(time)} ${works(time) ? 1 : 0}`);
  return lines;
}

/** A small generator with a fixed seed (xorshift), so that every run asks the same sums. */
function generator(seed) {
  let state = seed >>> 0;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

function sums() {
  const random = generator(0x79756475);
  const span = (LAST - FIRST) / DAY - 2 * LONGEST;
  const lines = [];
  while (lines.length < SUMS) {
    const start = FIRST + random(span) * DAY;
    const budget = 1 + random(LONGEST);
    let time = start;
    for (let left = budget; left > 0; ) {
      time += DAY;
      if (works(time)) left -= 1;
    }
    lines.push(`${iso(start)} ${budget} ${iso(time)}`);
  }
  return lines;
}

const answers = { days, sums }[process.argv[2]];
if (!answers) {
  process.stderr.write("usage: node answers.mjs days|sums\n");
  process.exit(2);
}
process.stdout.write(answers().join("\n") + "\n");
