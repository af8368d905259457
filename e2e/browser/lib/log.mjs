// Which lines the program may log while tests run. Anything else fails the run: a warning nobody expected is a defect
// even when the page looks right.

/** Lines that say INFO or less are the program's ordinary voice. */
const ORDINARY = /^\S+\s+(INFO|DEBUG|TRACE)\b/;

/** Warnings that a test provokes on purpose; each with the test that does. */
const PROVOKED = [];

/** Lines that should not be there. */
export function unexpected(lines) {
  return lines
    .map((line) => line.text)
    .filter((text) => text.trim() !== '' && !ORDINARY.test(text))
    .filter((text) => !PROVOKED.some(({ pattern }) => pattern.test(text)));
}
