// A resident with a phone: reports with a photo, is warned of a duplicate and joins it, follows the number.

import assert from 'node:assert/strict';
import { choose, journey } from '../lib/journey.mjs';

/** A PNG of one pixel; the server makes a JPEG of it. */
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

const WORDS = {
  zh: { what: '路灯不亮，晚上看不清路', next: '下一步：核对', send: '提交上报', join: '是这个，加入它', received: '已收到您的上报', joined: '已加入这件上报', why: '为什么是这个时间？' },
  en: { what: 'The street lamp is dark at night', next: 'Next: check it', send: 'Send the report', join: 'Yes, join it', received: 'We have your report', joined: 'You joined this report', why: 'Why this time?' },
};

/** Each journey reports from a place of its own, so that none is another's duplicate. */
let spot = 0;
function place() {
  spot += 1;
  return { lon: (119.0805 + spot * 0.005).toFixed(6), lat: '36.719500' };
}

async function fillIn(page, { lon, lat }, words, photo) {
  await page.goto('/report');
  await choose(page, '01037');
  await page.locator('.place-numbers > summary').click();
  await page.fill('#f-lon', lon);
  await page.fill('#f-lat', lat);
  await page.fill('#f-words', words.what);
  if (photo) await page.setInputFiles('#f-photos', { name: 'lamp.png', mimeType: 'image/png', buffer: PIXEL });
}

async function number(page) {
  return (await page.locator('.receipt-number .code').textContent()).trim();
}

/** From the filled-in form to the receipt; a duplicate that is offered is declined. */
async function send(page, words) {
  await page.getByRole('button', { name: words.next }).click();
  await page.waitForURL('**/report');
  await page.locator('.form .button.primary').click();
  await page.waitForURL('**/report/done/*');
  assert.match(await page.locator('h1').textContent(), new RegExp(words.received));
  return number(page);
}

for (const lang of ['zh', 'en']) {
  for (const scripts of [true, false]) {
    const how = scripts ? 'with scripts' : 'without scripts';
    const words = WORDS[lang];

    journey(`a resident reports with a photo and follows the number, ${lang}, ${how}`, async (j) => {
      const page = await j.page({ lang, width: 390, scripts });
      await fillIn(page, place(), words, true);
      if (scripts) await j.axe(page);
      await j.fits(page);
      await j.shot(page, `report-${lang}-390-${scripts ? 'scripts' : 'plain'}`);
      await page.getByRole('button', { name: words.next }).click();
      await page.locator('.gallery img').first().waitFor();
      if (scripts) await j.axe(page);
      await j.fits(page);
      await j.shot(page, `review-${lang}-390-${scripts ? 'scripts' : 'plain'}`);
      await page.locator('.form .button.primary').click();
      await page.waitForURL('**/report/done/*');
      if (scripts) await j.axe(page);
      await j.fits(page);
      await j.shot(page, `receipt-${lang}-390-${scripts ? 'scripts' : 'plain'}`);
      const own = await number(page);
      await page.goto('/track');
      await page.fill('#f-number', own.replaceAll('-', ' '));
      await page.locator('.form .button.primary').click();
      await page.waitForURL(`**/track/${own}`);
      assert.equal(await page.locator('.timeline li').first().getAttribute('data-state'), 'next');
      await page.getByText(words.why).click();
      assert.ok(await page.locator('.derivation').isVisible());
      const shown = await page.locator('main').textContent();
      assert.ok(!shown.includes(words.what), 'the words of a reporter are not public');
      if (scripts) await j.axe(page);
      await j.fits(page);
      await j.shot(page, `track-${lang}-390-${scripts ? 'scripts' : 'plain'}`);
    });

    journey(`a resident is warned of a duplicate and joins it, ${lang}, ${how}`, async (j) => {
      const where = place();
      const first = await j.page({ lang, width: 390, scripts });
      await fillIn(first, where, words, false);
      const main = await send(first, words);
      const page = await j.page({ lang, width: 390, scripts });
      await fillIn(page, where, words, false);
      if (scripts) {
        // The warning comes while the form is being filled in.
        await page.locator('#twins .twin').first().waitFor();
        await j.axe(page);
      } else {
        await page.getByRole('button', { name: words.next }).click();
        await page.locator('#twins .twin').first().waitFor();
      }
      await j.fits(page);
      await j.shot(page, `duplicate-${lang}-390-${scripts ? 'scripts' : 'plain'}`);
      await page.getByRole('button', { name: words.join }).first().click();
      await page.waitForURL('**/report/done/*');
      assert.match(await page.locator('h1').textContent(), new RegExp(words.joined));
      const own = await number(page);
      assert.notEqual(own, main);
      await page.goto(`/track/${own}`);
      assert.ok(await page.locator(`main a[href="/track/${main}"]`).isVisible(), 'the main case is named');
    });
  }
}

journey('every mistake is named at once, and the summary leads to the field', async (j) => {
  j.allow(/status of 422/);
  const page = await j.page({ lang: 'zh', width: 390 });
  await page.goto('/report');
  await page.fill('#f-contact_phone', '123');
  await page.getByRole('button', { name: WORDS.zh.next }).click();
  const summary = page.locator('.error-summary');
  await summary.waitFor();
  assert.equal(await summary.locator('li').count(), 4);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'errors');
  await summary.locator('a[href="#f-words"]').click();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'f-words');
  assert.equal(await page.inputValue('#f-contact_phone'), '123');
  await j.axe(page);
  await j.fits(page);
  await j.shot(page, 'report-errors-zh-390');
});

journey('the form is finished with the keyboard alone', async (j) => {
  const page = await j.page({ lang: 'zh', width: 1440 });
  await page.goto('/report');
  const where = place();
  await page.locator('#f-category').focus();
  await page.keyboard.press('Space');
  await page.locator('.place-numbers > summary').focus();
  await page.keyboard.press('Enter');
  await page.locator('#f-lon').focus();
  await page.keyboard.type(where.lon);
  await page.keyboard.press('Tab');
  await page.keyboard.type(where.lat);
  await page.locator('#f-words').focus();
  await page.keyboard.type(WORDS.zh.what);
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: WORDS.zh.next }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.facts').waitFor();
  await page.locator('.form .button.primary').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/report/done/*');
});

const PAGES = ['/report', '/track', '/near', '/signin', '/calendar?from=2026-09-29T16:30&budget=5d', '/help', '/about', '/data', '/search?q=%E4%BA%95%E7%9B%96', '/no-such-page'];

for (const lang of ['zh', 'en']) {
  for (const theme of ['light', 'dark']) {
    journey(`pages of residents have no findings in ${lang}, ${theme}`, async (j) => {
      j.allow(/status of 404/);
      for (const width of [320, 1024, 1440]) {
        const page = await j.page({ lang, width, theme });
        for (const path of PAGES) {
          await page.goto(path);
          assert.equal(await page.locator('h1').count(), 1, path);
          await j.axe(page);
          await j.fits(page);
          await j.shot(page, `page${path.split('?')[0].replaceAll('/', '-')}-${lang}-${width}-${theme}`);
        }
        await page.context().close();
      }
    });
  }
}

journey('searching everyday words leads to the form with the category chosen', async (j) => {
  const page = await j.page({ lang: 'zh', width: 390 });
  await page.goto('/');
  await page.fill('#search', '路灯不亮');
  await page.keyboard.press('Enter');
  await page.locator('a[href="/report?category=01037"]').click();
  assert.ok(await page.locator('input[name="category"][value="01037"]').first().isChecked());
});
