// The life of a report through the hands of the city: collector, seat, handler, duty chief, inspector. Each test makes its
// own report in the grid of the demo's collector, whose phone stands on the spot.

import assert from 'node:assert/strict';
import { choose, journey, signIn } from '../lib/journey.mjs';

const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const PHOTO = { name: 'spot.png', mimeType: 'image/png', buffer: PIXEL };
/** The unit that the account `municipal` handles for. */
const UNIT = /潍城区市政工程养护中心/;

/** A place in the collector's own grid, a little apart for each test so that none is another's duplicate. */
let spots = 0;
async function spot(collector) {
  const cases = await collector.evaluate(async () => (await (await fetch('/api/v1/cases?limit=20')).json()).cases);
  const known = cases.find((one) => one.lon && one.lat);
  assert.ok(known, 'the collector sees a case of the own grid');
  spots += 1;
  return { lon: known.lon.toFixed(6), lat: (known.lat + 0.00002 * spots).toFixed(6) };
}

async function report(page, at, words, phone) {
  await page.goto('/report');
  await choose(page, '01037');
  await page.locator('.place-numbers > summary').click();
  await page.fill('#f-lon', at.lon);
  await page.fill('#f-lat', at.lat);
  await page.fill('#f-words', words);
  if (phone) await page.fill('#f-contact_phone', phone);
  await page.locator('.form button.primary').last().click();
  await page.waitForLoadState();
  await page.locator('.form .button.primary').click();
  await page.waitForURL('**/report/done/*');
  return (await page.locator('.receipt-number .code').textContent()).trim();
}

/** Opens the matter by its number, chooses an outcome, fills its form and sends it; answers with the message left behind. */
async function act(page, number, label, fill = async () => {}) {
  await page.goto(`/work/cases/${number}`);
  const action = page.locator('.matter-head .buttons').locator(':is(a, button)', { hasText: new RegExp(`^${label}$`) });
  // A step without a form is a button; the others lead to their form.
  const asks = await action.evaluate((element) => element.tagName === 'A');
  await action.click();
  if (asks) {
    await page.waitForURL('**do=**');
    await fill(page);
    await page.locator('.act .buttons button').first().click();
  }
  await page.locator('.flash').waitFor();
  return page.locator('.flash').textContent();
}

const standing = (at, photos, words) => async (page) => {
  await page.fill('#f-place_lon', at.lon);
  await page.fill('#f-place_lat', at.lat);
  await page.setInputFiles(`#f-${photos}`, PHOTO);
  if (words) await page.fill('#f-opinion', words);
};

async function accept(seat, number) {
  await act(seat, number, '立案', (page) => page.fill('#f-opinion', '情况属实，同意立案'));
  return act(seat, number, '派遣', async (page) => {
    const label = (await page.locator('#f-org option').allTextContents()).find((text) => UNIT.test(text));
    await page.selectOption('#f-org', { label });
    await page.fill('#f-opinion', '车行道边，请先设围挡');
  });
}

async function stage(page, number) {
  await page.goto(`/work/cases/${number}`);
  return (await page.locator('.matter-line .tag').first().textContent()).trim();
}

journey('one report lives through six people from the first phone to its closing', async (j) => {
  const collector = await signIn(await j.page({ width: 390 }), 'collector');
  const at = await spot(collector);
  const resident = await j.page({ width: 390 });
  const number = await report(resident, at, '路灯不亮，晚上看不清路');

  await collector.goto('/work');
  await collector.getByText('现场核实').first().waitFor();
  await j.axe(collector);
  await j.fits(collector);
  await j.shot(collector, 'officers-collector-inbox-390');
  await collector.goto(`/work/cases/${number}`);
  await collector.locator('.matter-head .buttons').getByText('情况属实').click();
  await collector.locator('.act').waitFor();
  await j.axe(collector);
  await j.fits(collector);
  await j.shot(collector, 'officers-collector-verify-390');
  assert.match(await act(collector, number, '情况属实', standing(at, 'verify_photos')), /接下来由坐席员「受理立案」/);

  const seat = await signIn(await j.page(), 'seat');
  assert.match(await accept(seat, number), /已派遣至.*潍城区市政工程养护中心，应在 .* 前处置/);
  await seat.goto(`/work/cases/${number}`);
  await seat.getByText('为什么是这个时间？').first().click();
  await j.axe(seat);
  await j.shot(seat, 'officers-seat-dispatched-1440');

  const handler = await signIn(await j.page(), 'municipal');
  await act(handler, number, '签收');
  assert.match(await act(handler, number, '申请延期', async (page) => {
    await page.fill('#f-days', '2d');
    await page.fill('#f-reason', '灯杆须定制，两天后到货');
  }), /「审批延期」/);

  const chief = await signIn(await j.page(), 'arbiter');
  assert.match(await act(chief, number, '同意延期', (page) => page.fill('#f-opinion', '同意，注意临时照明')), /「处置」/);
  await act(handler, number, '处置完成', async (page) => {
    await page.fill('#f-opinion', '更换灯杆和光源，已亮灯');
    await page.setInputFiles('#f-handle_photos', PHOTO);
  });
  await act(collector, number, '已处置到位', standing(at, 'check_photos'));

  const inspector = await signIn(await j.page(), 'inspector');
  assert.match(await act(inspector, number, '结案', (page) => page.fill('#f-answer', '路灯已更换灯杆并恢复照明，感谢您的上报')), /已结案/);
  assert.equal(await stage(inspector, number), '已结案');
  assert.equal(await inspector.locator('.compare img').count(), 2, 'first and last photo stand side by side');
  await j.shot(inspector, 'officers-closed-1440');
  for (const tab of ['history', 'clocks', 'map', 'process', 'related', 'proof']) {
    await inspector.locator(`.tabs a[href*="tab=${tab}"]`).click();
    await inspector.waitForURL(`**tab=${tab}`);
    await j.axe(inspector);
    await j.shot(inspector, `officers-${tab}-1440`);
  }
  await inspector.locator('.tabs a[href*="tab=history"]').click();
  for (const said of ['更换灯杆和光源，已亮灯', '灯杆须定制，两天后到货', '同意，注意临时照明', '演示·吴值班长']) {
    await inspector.locator('.history').getByText(said).first().waitFor();
  }
  await resident.goto(`/track/${number}`);
  await resident.getByText('路灯已更换灯杆并恢复照明').first().waitFor();
});

journey('a refusal tells the resident why', async (j) => {
  const collector = await signIn(await j.page({ width: 390 }), 'collector');
  const at = await spot(collector);
  const resident = await j.page({ width: 390 });
  const number = await report(resident, at, '希望装一盏路灯');
  await act(collector, number, '现场未见', standing(at, 'verify_photos', '此处从未设过路灯'));
  const seat = await signIn(await j.page(), 'seat');
  const said = await act(seat, number, '不予立案', async (page) => {
    await page.locator('[name="refuse_reason"]').first().evaluate((input) => {
      if (input instanceof HTMLSelectElement) input.selectedIndex = 1;
      else input.checked = true;
    });
    await page.fill('#f-answer', '此处没有登记的路灯，新建路灯请联系市政公用部门');
  });
  assert.match(said, /不予立案/);
  await resident.goto(`/track/${number}`);
  await resident.getByText('此处没有登记的路灯').first().waitFor();
});

journey('a send-back without an owner is refused, nothing typed is lost, and with an owner it goes back to dispatch', async (j) => {
  j.allow(/status of 422/);
  const collector = await signIn(await j.page({ width: 390 }), 'collector');
  const at = await spot(collector);
  const number = await report(await j.page({ width: 390 }), at, '灯杆倾斜');
  await act(collector, number, '情况属实', standing(at, 'verify_photos'));
  const seat = await signIn(await j.page(), 'seat');
  await accept(seat, number);
  const handler = await signIn(await j.page(), 'municipal');
  await handler.goto(`/work/cases/${number}`);
  await handler.locator('.matter-head .buttons').getByText('退回', { exact: true }).click();
  await handler.fill('#f-reason', '不是市政路灯，属小区物业');
  await handler.fill('#f-evidence_words', '权属资料 2024-17 号');
  await handler.locator('.act .buttons button').first().click();
  await handler.locator('.error-summary').waitFor();
  assert.match(await handler.locator('.error-summary').textContent(), /应当由谁处置/);
  assert.equal(await handler.evaluate(() => document.activeElement?.id), 'errors');
  assert.equal(await handler.inputValue('#f-reason'), '不是市政路灯，属小区物业');
  await j.axe(handler);
  await j.shot(handler, 'officers-send-back-refused-1440');
  await handler.selectOption('#f-suggested_owner', { index: 3 });
  await handler.locator('.act .buttons button').first().click();
  await handler.locator('.flash').waitFor();
  assert.equal(await stage(seat, number), '派遣');
});

journey('a collector far from the place is told how far and must say why', async (j) => {
  j.allow(/status of 422/);
  const collector = await signIn(await j.page({ width: 390 }), 'collector');
  const at = await spot(collector);
  const number = await report(await j.page({ width: 390 }), at, '灯罩破损');
  await collector.goto(`/work/cases/${number}`);
  await collector.locator('.matter-head .buttons').getByText('情况属实').click();
  const away = { lon: (Number(at.lon) + 0.004).toFixed(6), lat: at.lat };
  await standing(away, 'verify_photos')(collector);
  await collector.locator('.act .buttons button').first().click();
  await collector.locator('.error-summary').waitFor();
  assert.match(await collector.locator('.error-summary').textContent(), /距案卷位置约 3\d\d 米，超过 200 米/);
  await j.shot(collector, 'officers-far-390');
  await collector.fill('#f-opinion', '道路封闭，从对面看到');
  await collector.locator('.act .buttons button').first().click();
  await collector.locator('.flash').waitFor();
  await collector.goto(`/work/cases/${number}?tab=history`);
  await collector.getByText('不在现场').waitFor();
});

journey('two seats decide at once: the later one reads who did it and when', async (j) => {
  j.allow(/status of 409/);
  const collector = await signIn(await j.page({ width: 390 }), 'collector');
  const at = await spot(collector);
  const number = await report(await j.page({ width: 390 }), at, '灯杆没有编号');
  await act(collector, number, '情况属实', standing(at, 'verify_photos'));
  const first = await signIn(await j.page(), 'seat');
  const second = await signIn(await j.page(), 'dispatcher');
  await second.goto(`/work/cases/${number}`);
  await second.locator('.matter-head .buttons').getByText('立案', { exact: true }).click();
  await act(first, number, '立案', (page) => page.fill('#f-opinion', '同意'));
  await second.fill('#f-opinion', '也同意');
  await second.locator('.act .buttons button').first().click();
  await second.getByText(/「受理立案」已由 演示·李坐席/).waitFor();
  await j.axe(second);
  await j.shot(second, 'officers-stale-1440');
});

journey('an inspector finds and closes a matter with the keyboard alone', async (j) => {
  const collector = await signIn(await j.page({ width: 390 }), 'collector');
  const at = await spot(collector);
  const number = await report(await j.page({ width: 390 }), at, '路灯白天也亮');
  await act(collector, number, '情况属实', standing(at, 'verify_photos'));
  await accept(await signIn(await j.page(), 'seat'), number);
  const handler = await signIn(await j.page(), 'municipal');
  await act(handler, number, '签收');
  await act(handler, number, '处置完成', (page) => page.fill('#f-opinion', '已换光控开关'));
  await act(collector, number, '已处置到位', standing(at, 'check_photos'));

  const page = await signIn(await j.page(), 'inspector');
  const keys = page.keyboard;
  await keys.press('?');
  await page.locator('#keys[open]').waitFor();
  await keys.press('Escape');
  await keys.press('j');
  await keys.press('j');
  await keys.press('k');
  await keys.press('Enter');
  await page.locator('#matter .matter-head').waitFor();
  await keys.press('/');
  await keys.type(number);
  await keys.press('Enter');
  await page.waitForURL('**/work/cases?**');
  await keys.press('j');
  await keys.press('Enter');
  await page.waitForURL(/\/work\/cases\/[0-9a-f-]{36}/);
  await keys.press('a');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'f-answer');
  await keys.type('已更换光控开关，白天不再亮灯');
  for (let presses = 0; presses < 5; presses += 1) {
    await keys.press('Tab');
    if (await page.evaluate(() => document.activeElement?.matches('.act button'))) break;
  }
  await keys.press('Enter');
  await page.locator('.flash').waitFor();
  assert.match(await page.locator('.flash').textContent(), /已结案/);
  await keys.press('g');
  await keys.press('i');
  await page.waitForURL('**/work');
});

journey('claiming keeps a task, releasing gives it back, and the contact is shown only on asking', async (j) => {
  const collector = await signIn(await j.page({ width: 390 }), 'collector');
  const at = await spot(collector);
  const resident = await j.page({ width: 390 });
  const number = await report(resident, at, '灯杆漏电，请尽快', '13812345678');
  await act(collector, number, '情况属实', standing(at, 'verify_photos'));
  const seat = await signIn(await j.page(), 'seat');
  await act(seat, number, '认领');
  const other = await signIn(await j.page(), 'dispatcher');
  await other.goto(`/work/cases/${number}`);
  await other.getByText(/演示·李坐席已认领这一步/).waitFor();
  await act(seat, number, '释放');
  await other.reload();
  await other.locator('.matter-head .buttons').getByText('立案', { exact: true }).waitFor();
  assert.doesNotMatch(await other.content(), /13812345678/);
  await other.getByRole('button', { name: '查看联系方式' }).click();
  await other.getByText('13812345678').waitFor();
  await j.shot(other, 'officers-contact-1440');
  await other.goto(`/work/cases/${number}?tab=history`);
  await other.locator('.history').getByText('查看了受限信息').waitFor();
  const leader = await signIn(await j.page(), 'leader');
  await leader.goto(`/work/cases/${number}`);
  await leader.getByText('您的岗位不需要这些信息').waitFor();
  await leader.getByText(/这一步由坐席员办理/).waitFor();
});

journey('a collector reports an own find, which goes straight to acceptance', async (j) => {
  j.allow(/status of 422/);
  const page = await signIn(await j.page({ width: 390 }), 'collector');
  const at = await spot(page);
  await page.goto('/work/report');
  await j.axe(page);
  await j.fits(page);
  await j.shot(page, 'officers-report-390');
  await page.locator('.form > .buttons button').last().click();
  await page.locator('.error-summary').waitFor();
  await page.locator('.place-numbers > summary').click();
  await page.fill('#f-lon', at.lon);
  await page.fill('#f-lat', at.lat);
  await choose(page, '01037');
  await page.fill('#f-words', '巡查发现灯罩缺失');
  await page.setInputFiles('#f-photos', PHOTO);
  await page.locator('.form > .buttons button').last().click();
  await page.locator('.flash').waitFor();
  assert.match(await page.locator('.flash').textContent(), /接下来由坐席决定是否立案/);
  assert.match(await page.locator('.matter-line .tag').first().textContent(), /立案/);
});

journey('the list of cases filters, says what is left out, and leaves as a file', async (j) => {
  const page = await signIn(await j.page(), 'seat');
  await page.goto('/work/cases');
  await j.axe(page);
  await j.shot(page, 'officers-cases-1440');
  await page.getByText(/后面还有没列出的/).waitFor();
  await page.selectOption('#filter-lamp', 'red');
  await page.locator('.filters button').click();
  await page.waitForURL('**lamp=red**');
  assert.equal(await page.locator('tbody .lamp[data-lamp="green"]').count(), 0);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByText('导出 CSV').click()]);
  const stream = await file.createReadStream();
  let text = '';
  for await (const chunk of stream) text += chunk;
  assert.ok(text.startsWith('\ufeff编号,'), 'a spreadsheet opens it as UTF-8');
  assert.ok(text.split('\r\n').length > 10);
});

journey('from the inbox one matter after the other is done without going back to the list', async (j) => {
  const page = await signIn(await j.page({ width: 390 }), 'collector');
  const resident = await j.page({ width: 390 });
  const at = await spot(page);
  await report(resident, at, '灯不亮');
  await report(resident, await spot(page), '灯一直闪');
  await page.goto('/work');
  await page.locator('.row-link').first().click();
  await page.locator('#matter .matter-head .buttons').getByText('情况属实').click();
  await page.locator('.act').waitFor();
  const first = new URL(page.url()).searchParams.get('open');
  await standing(at, 'verify_photos')(page);
  await page.getByText('提交，再办下一件').click();
  await page.locator('.flash').waitFor();
  const next = new URL(page.url());
  assert.equal(next.pathname, '/work');
  assert.ok(next.searchParams.get('open') && next.searchParams.get('open') !== first, 'another matter is open');
});

journey('an account shows where it is signed in and ends other sessions', async (j) => {
  j.allow(/status of 422/);
  const one = await signIn(await j.page(), 'police');
  const two = await signIn(await j.page(), 'police');
  await one.goto('/work/me');
  await j.shot(one, 'officers-me-1440');
  await one.getByRole('button', { name: '结束这次登录' }).first().click();
  await one.getByText('那次登录已结束').waitFor();
  await one.fill('#f-current', 'wrong');
  await one.fill('#f-password', 'Another-good-one-7');
  await one.fill('#f-again', 'Another-good-one-7');
  await one.locator('form[action="/work/me/password"] button').click();
  await one.getByText('现在的密码不对').first().waitFor();
  await two.goto('/work');
  await two.waitForURL('**/signin**');
});

for (const lang of ['zh', 'en']) {
  for (const theme of ['light', 'dark']) {
    journey(`officers' pages open without findings in ${lang}, ${theme}`, async (j) => {
      for (const width of [390, 1024, 1440]) {
        const page = await signIn(await j.page({ lang, theme, width }), 'seat');
        for (const [name, path] of [['inbox', '/work'], ['cases', '/work/cases'], ['me', '/work/me']]) {
          await page.goto(path);
          assert.equal(await page.locator('h1').count(), 1, path);
          await j.axe(page);
          await j.fits(page);
          await j.shot(page, `officers-${name}-${lang}-${width}-${theme}`);
        }
        await page.goto('/work');
        await page.locator('.row-link').first().click();
        await page.locator('#matter .matter-head').waitFor();
        await j.axe(page);
        await j.fits(page);
        await j.shot(page, `officers-open-${lang}-${width}-${theme}`);
      }
    });
  }
}

journey('the inbox and a decision work without scripts', async (j) => {
  const collector = await signIn(await j.page({ width: 390 }), 'collector');
  const at = await spot(collector);
  const number = await report(await j.page({ width: 390 }), at, '灯杆歪了');
  const page = await signIn(await j.page({ width: 390, scripts: false }), 'collector');
  await page.goto('/work');
  await page.locator('.row-link').first().click();
  await page.locator('#matter .matter-head').waitFor();
  assert.match(await act(page, number, '情况属实', standing(at, 'verify_photos')), /接下来/);
});
