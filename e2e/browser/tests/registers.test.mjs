// The registrar's and the administrator's pages: any register as a table, files in and out, records by hand, accounts.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { journey, signIn } from '../lib/journey.mjs';

const GRIDS = '/work/registers/city-care.responsibility-grid';
/** Marks the records of this run, so that the same city can be asked twice. */
const RUN = Date.now().toString(36).slice(-6).toUpperCase();
const COMPONENTS = '/work/registers/city-care.component';

const csv = (name, text) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

async function send(page, register, file) {
  await page.goto(`${register}/import`);
  await page.setInputFiles('#f-file', file);
  await page.locator('form[enctype] button.primary').click();
  await page.waitForURL(/\/import\/[0-9a-f]+/);
}

async function exists(page, register, id) {
  const name = register.split('/').pop();
  return page.evaluate(async ([name, id]) => (await fetch(`/api/v1/registers/${name}/records/${id}`)).status === 200, [name, id]);
}

async function total(page, register, words) {
  await page.goto(`${register}?words=${encodeURIComponent(words)}`);
  return page.locator('table[data-rows] tbody tr').count();
}

journey('registers: one bad row changes nothing, unless the good rows are asked for', async (j) => {
  j.allow(/status of 404/);
  const page = await signIn(await j.page(), 'registrar');
  const file = csv('grids.csv', `code,title,district\n${RUN}-1,测试网格一,370702\n${RUN}-2,,370702\n${RUN}-3,测试网格三,不是区划\n`);
  await send(page, GRIDS, file);
  const results = page.locator('table.results tbody tr');
  assert.equal(await results.count(), 3, 'a result for every row');
  assert.match(await page.locator('.notice').textContent(), /2 行有问题。还没有改动任何内容/);
  await page.locator('form.form button.primary').click();
  await page.waitForLoadState();
  assert.match(await page.locator('.notice').textContent(), /什么都没有改动/);
  assert.equal(await exists(page, GRIDS, `${RUN}-1`), false, 'the good row was not written either');
  await j.axe(page);
  await j.shot(page, 'import-refused');
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a[href$="results.csv"]').click()]);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  assert.equal(lines[0], 'row,line,id,outcome,column,problem');
  assert.equal(lines.filter((line) => line.includes(',failed,')).length, 2);
  await page.locator('#f-partial').check({ force: true });
  await page.locator('form.form button.primary').click();
  await page.waitForLoadState();
  assert.match(await page.locator('.notice').textContent(), /已导入没有问题的 1 条；2 行有问题，没有导入/);
  assert.equal(await exists(page, GRIDS, `${RUN}-1`), true);
  assert.equal(await exists(page, GRIDS, `${RUN}-3`), false);
});

journey('registers: a file of good rows is checked, imported, and says nothing new the second time', async (j) => {
  const page = await signIn(await j.page(), 'registrar');
  const file = csv('more.csv', `code,title,district\n${RUN}-7,七号网格,370702\n${RUN}-8,"八号,${RUN}",370705\n`);
  await send(page, GRIDS, file);
  assert.match(await page.locator('.notice').textContent(), /每一行都可以导入。还没有改动/);
  await page.locator('form.form button.primary').click();
  await page.waitForLoadState();
  assert.match(await page.locator('.notice').textContent(), /已导入：2 条写入/);
  assert.equal(await total(page, GRIDS, `八号,${RUN}`), 1, 'found by its name, comma and all');
  await send(page, GRIDS, file);
  assert.match(await page.locator('.import-counts').textContent(), /没有变化 2/);
});

journey('registers: a file that is no file of this register is refused in words', async (j) => {
  j.allow(/status of 422/);
  const page = await signIn(await j.page(), 'registrar');
  await page.goto(`${GRIDS}/import`);
  await page.setInputFiles('#f-file', csv('wrong.csv', 'nonsense,other\n1,2\n'));
  await page.locator('form[enctype] button.primary').click();
  await page.locator('.error-summary').waitFor();
  assert.match(await page.locator('.error-summary').textContent(), /nonsense/);
});

journey('registers: searching, filtering, sorting and paging a hundred thousand components', async (j) => {
  const page = await signIn(await j.page(), 'registrar');
  await page.goto(COMPONENTS);
  const facet = page.locator('.facets a').first();
  const count = Number((await facet.locator('.count').textContent()).replace(/\D/g, ''));
  assert.ok(count > 50);
  await Promise.all([page.waitForURL(/kind=/), facet.click()]);
  assert.equal(await page.locator('.facets a[aria-current]').count(), 1);
  await Promise.all([page.waitForURL(/sort=installed_on/), page.locator('thead a', { hasText: '初始日期' }).click()]);
  const first = await page.locator('tbody tr').first().getAttribute('id');
  await Promise.all([page.waitForURL(/after=/), page.locator('a[rel="next"]').click()]);
  assert.notEqual(await page.locator('tbody tr').first().getAttribute('id'), first);
  assert.match(page.url(), /kind=/, 'a page keeps the filter');
  await page.goto(`${COMPONENTS}?words=${encodeURIComponent('井盖')}`);
  assert.ok(await page.locator('tbody tr').count() > 0);
  await page.locator('.faceted-side .facets').first().waitFor();
  await page.locator('.column-choice summary').click();
  await page.locator('.column-choice input[value="0"]').uncheck();
  assert.equal(await page.locator('thead th').first().isVisible(), false);
  await page.reload();
  assert.equal(await page.locator('thead th').first().isVisible(), false, 'the choice of columns is remembered');
});

journey('registers: an export is the filtered list as a file', async (j) => {
  const page = await signIn(await j.page(), 'registrar');
  await page.goto(`${GRIDS}?district=370702`);
  const rows = await page.locator('table[data-rows] tbody tr').count();
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a', { hasText: '导出 CSV' }).click()]);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
  assert.match(lines[0], /^code,title,district/);
  assert.equal(lines.length - 1, rows);
});

journey('registers: a record is written by hand, its mistakes named, its history kept', async (j) => {
  j.allow(/status of 422/);
  const page = await signIn(await j.page({ width: 1440 }), 'registrar');
  await page.goto(GRIDS);
  await page.locator('a', { hasText: '新增一条' }).click();
  await page.fill('#f-code', `${RUN}-HAND`);
  await page.fill('#f-district', '370702');
  await page.locator('form.form button.primary').click();
  await page.locator('.error-summary').waitFor();
  assert.equal(await page.inputValue('#f-code'), `${RUN}-HAND`, 'what was typed is kept');
  await page.fill('#f-title', '手写网格');
  await page.locator('form.form button.primary').click();
  await page.waitForURL(new RegExp(`records/${RUN}-HAND`));
  assert.match(await page.locator('.flash').textContent(), /已新增/);
  await page.locator('a', { hasText: /^修改$/ }).click();
  await page.fill('#f-title', '手写网格（改）');
  await page.locator('form.form button.primary').click();
  await page.waitForURL(new RegExp(`records/${RUN}-HAND$`));
  const history = await page.locator('.history').textContent();
  assert.match(history, /修改.*新增/s);
  assert.match(history, /演示·钱数据/);
  await page.goto(`${GRIDS}/new`);
  await page.fill('#f-code', `${RUN}-HAND`);
  await page.fill('#f-title', '另一个');
  await page.fill('#f-district', '370702');
  await page.locator('form.form button.primary').click();
  assert.match(await page.locator('.error-summary').textContent(), /已经登记过/, 'a new record never overwrites');
  await page.goto(`${GRIDS}/records/${RUN}-HAND`);
  await j.axe(page);
  await j.shot(page, 'record');
});

journey('registers: two people at one record do not overwrite each other', async (j) => {
  j.allow(/status of 422/);
  const [one, two] = [await signIn(await j.page(), 'registrar'), await signIn(await j.page(), 'registrar')];
  await send(one, GRIDS, csv('race.csv', `code,title,district\n${RUN}-RACE,原名,370702\n`));
  await one.locator('form.form button.primary').click();
  await one.waitForLoadState();
  const edit = `${GRIDS}/records/${RUN}-RACE/edit`;
  await one.goto(edit);
  await two.goto(edit);
  await one.fill('#f-title', '先存的');
  await one.locator('form.form button.primary').click();
  await one.waitForURL(new RegExp(`records/${RUN}-RACE$`));
  await two.fill('#f-title', '后存的');
  await two.locator('form.form button.primary').click();
  await two.locator('.error-summary').waitFor();
  assert.match(await two.locator('.error-summary').textContent(), /已被他人修改/);
  assert.equal(await two.inputValue('#f-title'), '后存的');
});

journey('registers: a component stands on the map, and who may not write is not offered to', async (j) => {
  j.allow(/status of 403/);
  const page = await signIn(await j.page(), 'leader');
  await page.goto(COMPONENTS);
  assert.equal(await page.locator('a', { hasText: '新增一条' }).count(), 0);
  await page.locator('.row-link').first().click();
  await page.waitForURL(/records\//);
  await page.locator('.map[data-ready]').waitFor();
  assert.match(await page.locator('.facts').textContent(), /来自单元网格/, 'a fact of another register says so');
  assert.equal((await page.goto(`${GRIDS}/new`)).status(), 403);
});

for (const [lang, theme, width] of [['zh', 'light', 390], ['en', 'dark', 1440]]) {
  journey(`registers and administration open without findings in ${lang}, ${theme}, ${width}`, async (j) => {
    const registrar = await signIn(await j.page({ lang, theme, width }), 'registrar');
    for (const [name, path] of [['registers', '/work/registers'], ['register', COMPONENTS], ['record-new', `${COMPONENTS}/new`], ['import', `${COMPONENTS}/import`]]) {
      await registrar.goto(path);
      await j.axe(registrar);
      await j.fits(registrar);
      await j.shot(registrar, `${name}-${lang}-${width}-${theme}`);
    }
    const admin = await signIn(await j.page({ lang, theme, width }), 'admin');
    for (const [name, path] of [['admin', '/admin'], ['people', '/admin/people'], ['roles', '/admin/roles'], ['packages', '/admin/packages'], ['log', '/log'], ['api', '/api']]) {
      await admin.goto(path);
      assert.equal(await admin.locator('h1').count(), 1);
      await j.axe(admin);
      await j.fits(admin);
      await j.shot(admin, `${name}-${lang}-${width}-${theme}`);
    }
  });
}

journey('administration: a suspended person is out at once and comes back when reactivated', async (j) => {
  j.allow(/status of 422/);
  const admin = await signIn(await j.page(), 'admin');
  const login = 'collector-39';
  const person = await signIn(await j.page(), login);
  const row = admin.locator('tbody tr', { has: admin.locator('code', { hasText: new RegExp(`^${login}$`) }) });
  await admin.goto(`/admin/people?q=${login}`);
  await row.locator('button', { hasText: '停用' }).click();
  await admin.locator('.notice').waitFor();
  await person.goto('/work');
  assert.match(person.url(), /\/signin/, 'the session has ended');
  await row.locator('button', { hasText: '恢复' }).click();
  await admin.locator('.notice', { hasText: '已恢复' }).waitFor();
  await signIn(person, login);
});

journey('administration: the auditor looks and changes nothing, others do not get in', async (j) => {
  j.allow(/status of 403/);
  const auditor = await signIn(await j.page(), 'auditor');
  await auditor.goto('/admin/people');
  assert.equal(await auditor.locator('table form').count(), 0);
  const seat = await signIn(await j.page(), 'seat');
  assert.equal((await seat.goto('/admin')).status(), 403);
});

journey('log: the checkpoint is three lines that agree with the page', async (j) => {
  const page = await j.page();
  await page.goto('/log');
  const shown = await page.locator('.plain-text').textContent();
  const [origin, size, root] = shown.trim().split('\n');
  assert.match(origin, /^yuandu\/370700$/);
  assert.match(size, /^\d+$/);
  assert.equal(Buffer.from(root, 'base64').length, 32);
  const text = await page.evaluate(async () => (await fetch('/log/checkpoint')).text());
  assert.ok(Number(text.split('\n')[1]) >= Number(size), 'the log only grows');
});
