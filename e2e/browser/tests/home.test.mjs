// The first page anyone sees: it opens, reads well in both languages and themes, and needs no scripts.

import assert from 'node:assert/strict';
import { journey, WIDTHS } from '../lib/journey.mjs';

for (const lang of ['zh', 'en']) {
  for (const theme of ['light', 'dark']) {
    journey(`home opens without findings in ${lang}, ${theme}`, async (j) => {
      for (const width of WIDTHS) {
        const page = await j.page({ lang, width, theme });
        const response = await page.goto('/');
        assert.equal(response.status(), 200);
        assert.equal(await page.locator('h1').count(), 1);
        assert.match(await page.locator('html').getAttribute('lang'), lang === 'zh' ? /^zh/ : /^en/);
        await j.axe(page);
        await j.fits(page);
        await j.shot(page, `home-${lang}-${width}-${theme}`);
      }
    });
  }
}

journey('home offers reporting a problem to a browser without scripts', async (j) => {
  const page = await j.page({ lang: 'zh', width: 390, scripts: false });
  await page.goto('/');
  assert.ok(await page.locator('main a[href]').count() > 0, 'home has links');
});

journey('every answer forbids scripts from elsewhere', async (j) => {
  const page = await j.page();
  const policy = (await page.goto('/')).headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/);
});
