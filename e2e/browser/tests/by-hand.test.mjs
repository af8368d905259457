// What officers do by hand beside the model: others sign, several are urged at once, somebody stands in, the way is drawn,
// and administrators look at what is stuck.

import assert from 'node:assert/strict';
import { journey, signIn } from '../lib/journey.mjs';


/** The page as people see it on this width, looked at by a program too. */
async function looked(j, page, name) {
  await j.axe(page);
  await j.fits(page);
  await j.shot(page, name);
}

/** The address of a matter of which this officer may do a step by hand. */
async function matter(page, deed) {
  const tasks = await page.evaluate(async () => (await (await fetch('/api/v1/tasks?limit=50')).json()).tasks);
  for (const task of tasks) {
    await page.goto(`/work/cases/${task.case_id}`);
    if (await page.locator(`.hands a[href*="do=${deed}&"]`).count()) return `/work/cases/${task.case_id}`;
  }
  throw new Error(`none of ${tasks.length} tasks offers ${deed}`);
}

for (const width of [390, 1440]) {
  journey(`somebody signs before a step is decided, on ${width} px`, async (j) => {
    j.allow(/status of 422/);
    const seat = await signIn(await j.page({ width }), 'seat');
    const place = await matter(seat, 'sign_before');
    await seat.locator('.hands > summary').click();
    await looked(j, seat, `by-hand-menu-${width}`);
    await seat.locator('.hands a[href*="do=sign_before&"]').first().click();
    await seat.locator('h1').getByText('前加签').waitFor();
    await looked(j, seat, `by-hand-sign-before-${width}`);
    const send = seat.locator('.form button', { hasText: '前加签' });
    await seat.fill('#f-reason', '涉及两个单位，请先定');
    await send.click();
    await seat.getByText('请选至少一个').first().waitFor();
    assert.equal(await seat.inputValue('#f-reason'), '涉及两个单位，请先定', 'nothing typed is lost');
    await seat.locator('.card label', { hasText: '吴值班长' }).first().click();
    await send.click();
    await seat.locator('.flash').waitFor();
    await seat.locator('.asked').getByText('涉及两个单位，请先定').waitFor();
    await looked(j, seat, `by-hand-asked-${width}`);

    const chief = await signIn(await j.page({ width }), 'arbiter');
    await chief.goto('/work?view=asked');
    await chief.getByText('前加签').first().waitFor();
    await looked(j, chief, `by-hand-inbox-asked-${width}`);
    await chief.goto(place);
    await chief.locator('.matter-head .buttons a', { hasText: /^同意$/ }).first().click();
    await chief.fill('#f-opinion', `按权属派遣，${width} 号意见`);
    await chief.locator('.act .buttons button').first().click();
    await chief.locator('.flash').waitFor();
    await seat.goto(`${place}?tab=history`);
    await seat.locator('.history').getByText(`按权属派遣，${width} 号意见`).waitFor();
    for (const tab of ['process', 'clocks']) {
      await seat.goto(`${place}?tab=${tab}`);
      await looked(j, seat, `by-hand-${tab}-${width}`);
    }
    assert.ok(await seat.goto(`${place}?tab=process`).then(() => seat.locator('.drawing .node[data-state="now"]').count()));
  });

  journey(`an officer lets somebody stand in and ends it, on ${width} px`, async (j) => {
    const seat = await signIn(await j.page({ width }), 'seat');
    await seat.goto('/work/me/substitutes');
    await looked(j, seat, `substitutes-${width}`);
    const day = (days) => new Date(Date.parse('2027-01-04') + days * 86_400_000).toISOString().slice(0, 10);
    await seat.fill('#f-login', 'dispatcher');
    await seat.fill('#f-from', day(0));
    await seat.fill('#f-to', day(4));
    await seat.fill('#f-reason', '出差');
    await seat.locator('.form button.primary').click();
    await seat.locator('.flash').getByText('已设代理').waitFor();
    await looked(j, seat, `substitutes-one-${width}`);
    await seat.locator('form[action$="/end"] button').first().click();
    await seat.locator('.flash').getByText('提前结束').waitFor();
    await seat.getByText('已结束').first().waitFor();
  });

  journey(`ticked rows of the inbox are urged together, on ${width} px`, async (j) => {
    const seat = await signIn(await j.page({ width }), 'seat');
    await seat.goto('/work');
    const boxes = seat.locator('input[type="checkbox"][name="task"]');
    assert.ok((await boxes.count()) > 1, 'rows can be ticked');
    for (const at of [0, 1]) await boxes.nth(at).check({ force: true });
    await looked(j, seat, `batch-${width}`);
    await seat.locator('button[name="do"][value="urge"]').first().click();
    await seat.locator('.flash').getByText('办了 2 件').waitFor();
    await seat.getByText('催', { exact: true }).first().waitFor();
  });

  journey(`administrators see where a matter stands, on ${width} px`, async (j) => {
    const seat = await signIn(await j.page({ width }), 'seat');
    const tasks = await seat.evaluate(async () => (await (await fetch('/api/v1/tasks?limit=5')).json()).tasks);
    const admin = await signIn(await j.page({ width }), 'admin');
    await admin.goto('/admin/incidents');
    await looked(j, admin, `incidents-${width}`);
    await admin.fill('#f-case', tasks[0].number);
    await admin.locator('#repair button').first().click();
    await admin.getByText('提出，交另一人决定').waitFor();
    await looked(j, admin, `incidents-repair-${width}`);
  });
}
