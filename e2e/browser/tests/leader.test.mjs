// The leader's way: a figure, what it means, when it was measured, and the cases behind it; the wall; the map.

import assert from 'node:assert/strict';
import { journey, signIn } from '../lib/journey.mjs';


const number = (text) => Number(text.replace(/[^\d]/g, ''));

/** Rows of a list over all its pages. */
async function rows(page) {
  let count = 0;
  for (;;) {
    count += await page.locator('table[data-rows] tbody tr').count();
    const next = page.locator('.pager a[rel="next"]');
    if (await next.count() === 0) return count;
    await Promise.all([page.waitForURL(/after=/), next.click()]);
  }
}

journey('figures: a leader walks from a number to exactly the cases it counts', async (j) => {
  const page = await signIn(await j.page(), 'leader');
  await page.goto('/work/figures');
  assert.equal(await page.locator('h1').count(), 1);
  assert.equal(await page.locator('.figure-card').count(), 13, 'all indicators of the standard');
  assert.match(await page.locator('.measured').textContent(), /测于 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, 'says when it was measured');
  const card = page.locator('.figure-card', { has: page.locator('h2', { hasText: /^按期处置率$/ }) });
  await card.locator('summary').click();
  assert.match(await card.locator('details').textContent(), /公式：按期处置数\/应处置数/);
  for (const [at, part] of [[0, 'numerator'], [1, 'denominator']]) {
    await page.goto('/work/figures');
    const link = card.locator('.figure-parts a').nth(at);
    const told = number(await link.textContent());
    await Promise.all([page.waitForURL(new RegExp(`part=${part}`)), link.click()]);
    assert.equal(await rows(page), told, `the list behind the ${part} has as many rows as the number says`);
  }
  await page.locator('table[data-rows] .row-link').first().click();
  await page.waitForURL(/\/work\/cases\//);
});

journey('figures: lamps open the cases they count, and a unit narrows every figure', async (j) => {
  const page = await signIn(await j.page(), 'leader');
  await page.goto('/work/figures');
  const red = page.locator('.lamps li[data-lamp="red"] .lamp-count a');
  const told = number(await red.textContent());
  await Promise.all([page.waitForURL(/lamp=red/), red.click()]);
  const listed = await rows(page);
  assert.ok(Math.abs(listed - told) <= 1, `${told} on the lamp, ${listed} in the list; one may have passed its limit meanwhile`);
  await page.goto('/work/figures');
  const units = page.locator('.figure-tables table').first();
  const unit = units.locator('tbody tr th a').nth(1);
  const cases = number(await units.locator('tbody tr').nth(1).locator('td').first().textContent());
  await Promise.all([page.waitForURL(/org=/), unit.click()]);
  const reported = number(await page.locator('.lamps .lamp-count').last().textContent());
  assert.equal(reported, cases, 'the narrowed page counts what the row said');
  assert.ok(await page.locator('.figure-tables table').count() >= 3);
  assert.doesNotMatch(await page.locator('main').textContent(), /演示·.采集\d\d/, 'no figure is by person');
});

journey('figures: a period that cannot be is refused in words', async (j) => {
  j.allow(/status of 422/);
  const page = await signIn(await j.page(), 'leader');
  const response = await page.goto('/work/figures?from=2026-11-10&to=2026-11-01');
  assert.equal(response.status(), 422);
  assert.match(await page.locator('main').textContent(), /开始日期在结束日期之后/);
});

journey('figures: the wall shows everything at 1920 by 1080 without scrolling', async (j) => {
  const page = await signIn(await j.page({ width: 1440 }), 'leader');
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.goto('/work/figures?wall=1');
  await page.locator('.map[data-ready]').waitFor();
  const [tall, wide] = await page.evaluate(() => [document.scrollingElement.scrollHeight, document.scrollingElement.scrollWidth]);
  assert.ok(tall <= 1080 && wide <= 1920, `the page is ${wide} by ${tall}`);
  assert.equal(await page.locator('.wall-cards li').count(), 13);
  await j.axe(page);
  await j.shot(page, 'figures-wall');
});

journey('figures: who may not see them is told why, and who is not signed in is led to the door', async (j) => {
  j.allow(/status of 403/);
  const collector = await signIn(await j.page(), 'collector');
  assert.equal((await collector.goto('/work/figures')).status(), 403);
  assert.match(await collector.locator('.reason').textContent(), /领导|值班长|坐席员/);
  const anyone = await j.page();
  await anyone.goto('/figures');
  assert.match(anyone.url(), /\/signin\?next=/);
});

for (const [lang, theme, width] of [['zh', 'light', 1440], ['zh', 'dark', 390], ['en', 'light', 390], ['en', 'dark', 1440]]) {
  journey(`figures and map open without findings in ${lang}, ${theme}, ${width}`, async (j) => {
    const page = await signIn(await j.page({ lang, theme, width }), 'leader');
    for (const [name, path] of [['figures', '/work/figures'], ['figure', '/work/figures/dispose-in-time-rate?part=rest'], ['map', '/work/map']]) {
      await page.goto(path);
      assert.equal(await page.locator('h1').count(), 1);
      if (name === 'map') await page.locator('.map[data-ready]').waitFor();
      await j.axe(page);
      await j.fits(page);
      await j.shot(page, `${name}-${lang}-${width}-${theme}`);
    }
  });
}

journey('map: only own tiles are asked for, the list follows the view, and the view is a link', async (j) => {
  const page = await j.page();
  const tiles = [];
  page.on('response', (response) => {
    const path = new URL(response.url()).pathname;
    if (path.startsWith('/tiles/')) tiles.push([path.split('/')[2], response.status()]);
  });
  await signIn(page, 'leader');
  await page.goto('/work/map#map=15.50/36.71000/119.10000');
  await page.locator('.map[data-ready]').waitFor();
  await page.waitForFunction(() => document.querySelector('#map-list h2')?.textContent.includes('视野内'));
  await page.waitForLoadState('networkidle');
  const layers = new Set(tiles.map(([layer]) => layer));
  assert.deepEqual([...layers].sort(), ['cases', 'components', 'divisions', 'grids']);
  assert.deepEqual(tiles.filter(([, status]) => ![200, 304].includes(status)), [], 'every tile is there');
  const before = number(await page.locator('#map-list h2 .count').textContent());
  assert.ok(before > 0, 'cases are listed beside the map');
  await page.locator('.map-canvas canvas').focus();
  await page.keyboard.press('-');
  await page.waitForFunction(() => !location.hash.startsWith('#map=15.50'));
  await page.locator('#filter-lamp').selectOption('red');
  await page.locator('form[data-keep-view] button').click();
  await page.waitForURL(/lamp=red/);
  assert.match(page.url(), /#map=/, 'filtering keeps the view');
  await page.waitForFunction(() => document.querySelector('#map-list h2')?.textContent.includes('视野内'));
  const lamps = await page.locator('#map-list .lamp').evaluateAll((all) => [...new Set(all.map((lamp) => lamp.dataset.lamp))]);
  assert.ok(lamps.every((lamp) => lamp === 'red'), `only red lamps are listed, not ${lamps}`);
});

journey('map: without scripts it is a list that filters', async (j) => {
  const page = await signIn(await j.page({ scripts: false }), 'leader');
  await page.goto('/work/map?lamp=red');
  assert.ok(await page.locator('#map-list li').count() > 0);
  assert.equal(await page.locator('.map').isVisible(), false);
});
