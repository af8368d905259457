// What the page and the service worker agree on.

/** The pages, styles and photos kept for work without a line. */
export const CACHE = "yuandu-offline";
/** The page that says what is kept and what waits; shown for everything that is not kept. */
export const HOME = "/work/offline";
