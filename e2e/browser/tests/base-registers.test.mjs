// Base registers, changes that wait for a second person, workbooks, and the catalogue of data.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { journey, signIn } from '../lib/journey.mjs';
import { workbook } from '../lib/workbook.mjs';

const GRIDS = '/work/registers/city-care.responsibility-grid';
const RESIDENTS = '/work/registers/population.resident';
const INDICATORS = '/work/registers/economy.indicator';
/** Marks the records of this run, so that the same city can be asked twice. */
const RUN = `B${Date.now().toString(36).slice(-6).toUpperCase()}`;
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

async function send(page, register, file) {
  await page.goto(`${register}/import`);
  await page.setInputFiles('#f-file', file);
  await page.locator('form[enctype] button.primary').click();
  await page.waitForURL(/\/import\/[0-9a-f]+/);
}

/** The first value of a field with a choice, whether it is a list or buttons. */
async function pick(page, name) {
  const list = page.locator(`select[name="${name}"]`);
  if (await list.count()) return list.selectOption({ index: 1 });
  return page.locator(`input[name="${name}"]`).first().check({ force: true });
}

async function save(page) {
  await page.locator('form.form button.primary').click();
  await page.waitForLoadState();
}

journey('registers: of a workbook every row has a result, and its good rows alone are imported when asked', async (j) => {
  const page = await signIn(await j.page(), 'registrar');
  const rows = [['code', 'title', 'district'], [`${RUN}-1`, '工作簿网格', '370702'], [`${RUN}-2`, '', '370702'], [`${RUN}-3`, '=1+1', '不是区划']];
  await send(page, GRIDS, { name: 'grids.xlsx', mimeType: XLSX, buffer: workbook(rows) });
  assert.equal(await page.locator('table.results tbody tr').count(), 3);
  assert.match(await page.locator('.notice').textContent(), /2 行有问题。还没有改动任何内容/);
  await page.locator('#f-partial').check({ force: true });
  await save(page);
  assert.match(await page.locator('.notice').textContent(), /已导入没有问题的 1 条；2 行有问题，没有导入/);
  await page.goto(`${GRIDS}/records/${RUN}-1`);
  assert.match(await page.locator('h1').textContent(), /工作簿网格/);
});

journey('registers: a list exported as a workbook says nothing new when it is read back', async (j) => {
  const page = await signIn(await j.page(), 'registrar');
  await page.goto(`${GRIDS}?district=370705`);
  const count = await page.locator('table[data-rows] tbody tr').count();
  assert.ok(count > 0);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a', { hasText: '导出 XLSX' }).click()]);
  await send(page, GRIDS, { name: 'back.xlsx', mimeType: XLSX, buffer: await readFile(await download.path()) });
  assert.match(await page.locator('.import-counts').textContent(), new RegExp(`没有变化 ${count}`));
});

journey('registers: a change waits for a second person, who approves it or sends it back with a reason', async (j) => {
  j.allow(/status of 422/);
  const one = await signIn(await j.page(), 'registrar');
  const propose = async (code, name) => {
    await one.goto(`${INDICATORS}/new`);
    assert.match(await one.locator('form.form').textContent(), /由另一人审核通过后才写入/);
    await one.fill('#f-code', code);
    await one.fill('#f-name', name);
    await one.fill('#f-definition', '一定时期内全部常住单位生产活动的最终成果');
    await one.fill('#f-unit', '亿元');
    await pick(one, 'field');
    await pick(one, 'period');
    await save(one);
    assert.match(await one.locator('.flash').textContent(), /等待另一人审核/);
  };
  const draft = (page, code) => page.locator('main section', { has: page.locator('h2', { hasText: code }) });
  await propose(`${RUN}_gdp`, '生产总值');
  await propose(`${RUN}_no`, '多余的指标');
  await draft(one, `${RUN}_gdp`).locator('button[value="approve"]').click();
  await one.locator('.error-summary').waitFor();
  assert.match(await one.locator('.error-summary').textContent(), /自己提出的变更应由他人审核/);
  const two = await signIn(await j.page({ width: 390 }), 'data-reviewer');
  await two.goto(INDICATORS);
  await two.locator('a', { hasText: '待审核的变更' }).click();
  await j.axe(two);
  await j.fits(two);
  await j.shot(two, 'drafts-390');
  await draft(two, `${RUN}_gdp`).locator('button[value="approve"]').click();
  await two.locator('.flash').waitFor();
  assert.match(await two.locator('.flash').textContent(), /已通过/);
  await draft(two, `${RUN}_no`).locator('button[value="refuse"]').click();
  await two.locator('.error-summary').waitFor();
  assert.match(await two.locator('.error-summary').textContent(), /退回应写明理由/);
  await draft(two, `${RUN}_no`).locator('input[name="reason"]').fill('与已有指标重复');
  await draft(two, `${RUN}_no`).locator('button[value="refuse"]').click();
  await two.locator('.flash').waitFor();
  assert.match(await two.locator('.flash').textContent(), /已退回/);
  await one.goto(`${INDICATORS}/records/${RUN}_gdp`);
  assert.match(await one.locator('h1').textContent(), /生产总值/);
  assert.equal((await one.request.get(`/api/v1/registers/economy.indicator/records/${RUN}_no`)).status(), 404);
});

journey('catalogue: everyone finds a register by its everyday words, reads why it is not open, and programs get DCAT', async (j) => {
  const page = await j.page();
  await page.goto('/catalog');
  await page.fill('#f-words', '人口 户籍');
  await page.locator('form[role="search"] button').first().click();
  await page.waitForURL(/words=/);
  await page.locator('main a', { hasText: '居民' }).first().click();
  await page.waitForURL(/\/catalog\/population\.resident/);
  const facts = await page.locator('main').textContent();
  assert.match(facts, /有条件共享/);
  assert.match(facts, /不予开放/);
  assert.match(facts, /公民身份号码/);
  for (const [path, type] of [['/catalog.ttl', /text\/turtle/], ['/catalog.jsonld', /application\/ld\+json/]]) {
    const answer = await page.request.get(path);
    assert.equal(answer.status(), 200);
    assert.match(answer.headers()['content-type'], type);
    const text = await answer.text();
    assert.match(text, /spatial\.division/);
    assert.doesNotMatch(text, /population\.resident/, 'what is withheld is not offered to harvesters');
  }
});

/** A citizen number with its check digit (GB 11643, ISO 7064 MOD 11-2). */
function citizen(digits) {
  const sum = [...digits].reduce((sum, digit) => ((sum + Number(digit)) * 2) % 11, 0);
  const check = (12 - sum) % 11;
  return digits + (check === 10 ? 'X' : check);
}

journey('registers: an import tells who may be registered twice; a person merges the two and takes it back', async (j) => {
  j.allow(/status of 422/);
  const page = await signIn(await j.page(), 'population-steward');
  const day = String(1 + (Date.now() % 28)).padStart(2, '0');
  const [one, two] = [citizen(`370702199102${day}301`), citizen(`370702199102${day}303`)];
  const name = `查重${RUN}`;
  const columns = 'number,name,sex,birth_date,ethnic_group,marital_status,registration_status,residence_status,registered_division,residence_division,household_nature,head_relation,phone';
  const row = (number, phone) => `${number},${name},1,1991-02-${day},01,90,registered,here,370702,370702,resident,0,${phone}`;
  await send(page, RESIDENTS, { name: 'twice.csv', mimeType: 'text/csv', buffer: Buffer.from(`${columns}\n${row(one, '13800000001')}\n${row(two, '')}\n`) });
  assert.match(await page.locator('.import-counts').textContent(), /可能重复 1/);
  assert.match(await page.locator('table.results').textContent(), new RegExp(`可能与 ${one} 相同`));
  await save(page);
  await page.goto(`${RESIDENTS}/matches`);
  const pair = page.locator('main section', { has: page.locator('h2', { hasText: name }) });
  assert.match(await pair.locator('table').textContent(), /相同/);
  await j.axe(page);
  await j.shot(page, 'matches-1440');
  await pair.locator('button[value="first"]').click();
  await page.locator('.error-summary a[href$="-reason"]').waitFor();
  await j.axe(page);
  await pair.locator('input[name="reason"]').fill('核对了身份证');
  await pair.locator('button[value="first"]').click();
  await page.locator('.flash').waitFor();
  assert.match(await page.locator('.flash').textContent(), /已合并/);
  const status = async (number) => (await page.request.get(`/api/v1/registers/population.resident/records/${number}`)).status();
  assert.deepEqual([await status(one), await status(two)], [200, 404]);
  const merge = page.locator('ol.history li', { hasText: `${two} → ${one}` }).first();
  await merge.locator('summary').click();
  await merge.locator('input[name="reason"]').fill('两个人');
  await merge.locator('button').click();
  await page.locator('.flash').waitFor();
  assert.deepEqual([await status(one), await status(two)], [200, 200]);
});

journey('registers: a value said to be wrong is answered at its source, and every reader sees the answer', async (j) => {
  j.allow(/status of 422/);
  const registrar = await signIn(await j.page(), 'registrar');
  const code = `370799${String(Date.now() % 1000).padStart(3, '0')}`;
  await registrar.goto('/work/registers/spatial.division/new');
  await registrar.fill('#f-code', code);
  await registrar.fill('#f-name', `错名${RUN}`);
  await pick(registrar, 'level');
  await save(registrar);
  const seat = await signIn(await j.page({ width: 390 }), 'seat');
  await seat.goto(`/work/registers/spatial.division/records/${code}`);
  await seat.locator('a.dispute[href$="field=name"]').click();
  await seat.waitForURL(/dispute/);
  await j.axe(seat);
  await j.fits(seat);
  await seat.fill('#f-claimed', `正名${RUN}`);
  await seat.fill('#f-reason', '批文上是这样');
  await save(seat);
  await seat.waitForURL(/disputes\/\d{8}-\d{3}/);
  const receipt = seat.url();
  assert.match(await seat.locator('.receipt').textContent(), /待答复.*正常.*期限怎么算的.*日志第/s);
  await j.axe(seat);
  await j.shot(seat, 'dispute-receipt-390');
  await registrar.goto('/work/registers/spatial.division/disputes');
  const matter = registrar.locator('main section', { hasText: `正名${RUN}` });
  await matter.locator('input[name="value"]').fill(`正名${RUN}`);
  await matter.locator('button[value="correct"]').click();
  await registrar.locator('.error-summary a[href$="-answer"]').waitFor();
  assert.equal(await matter.locator('input[name="value"]').inputValue(), `正名${RUN}`, 'what was typed is kept');
  await matter.locator('input[name="answer"]').fill('核对了批文');
  await j.axe(registrar);
  await j.shot(registrar, 'disputes-1440');
  await matter.locator('button[value="correct"]').click();
  await registrar.locator('.flash').waitFor();
  await seat.goto(receipt);
  assert.match(await seat.locator('.receipt').textContent(), /已更正.*核对了批文/s);
  await seat.goto(`/work/registers/spatial.division/records/${code}`);
  assert.match(await seat.locator('h1').textContent(), new RegExp(`正名${RUN}`));
});

journey('registers: the quality of a register is told in figures with the records behind them', async (j) => {
  const page = await signIn(await j.page({ width: 390 }), 'registrar');
  await page.goto('/work/registers/legal-entities.entity/quality');
  assert.match(await page.locator('main').textContent(), /已注销的写明注销日期/);
  await j.axe(page);
  await j.fits(page);
  await j.shot(page, 'quality-390');
  await page.locator('[aria-labelledby="rules"] td a').first().click();
  await page.waitForURL(/records\//);
  assert.match(await page.locator('main').textContent(), /不符合规则：已注销的写明注销日期/);
});

for (const [lang, theme, width] of [['zh', 'light', 390], ['en', 'dark', 1440]]) {
  journey(`base registers and the catalogue open without findings in ${lang}, ${theme}, ${width}`, async (j) => {
    const visitor = await j.page({ lang, theme, width });
    for (const [name, path] of [['catalogue', '/catalog'], ['catalogue-one', '/catalog/population.resident'], ['catalogue-none', '/catalog?words=zzzz']]) {
      await visitor.goto(path);
      await j.axe(visitor);
      await j.fits(visitor);
      await j.shot(visitor, `${name}-${lang}-${width}-${theme}`);
    }
    const steward = await signIn(await j.page({ lang, theme, width }), 'population-steward');
    await steward.goto(RESIDENTS);
    await j.axe(steward);
    await j.fits(steward);
    await j.shot(steward, `residents-${lang}-${width}-${theme}`);
    await steward.locator('tbody a').first().click();
    await steward.waitForURL(/records\//);
    assert.match(await steward.locator('main').textContent(), /\*\*\*/, 'restricted values are masked');
    await j.axe(steward);
    await j.fits(steward);
    await j.shot(steward, `resident-${lang}-${width}-${theme}`);
    await steward.locator('form[action$="/reveal"] button').click();
    await steward.waitForLoadState();
    assert.doesNotMatch(await steward.locator('.facts').first().textContent(), /\*\*\*/);
  });
}
