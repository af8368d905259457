// A collector's phone loses its line on the spot: pages still open, what was filled in waits on the phone, is sent when the
// line is back, counts once, and what the server does not take is told. The line is a proxy before the server.

import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { after, before } from 'node:test';
import { base, choose, journey, signIn } from '../lib/journey.mjs';

const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const PHOTO = { name: 'spot.png', mimeType: 'image/png', buffer: PIXEL };

/** A line that can be cut. */
const line = { up: true, sockets: new Set(), url: '' };
const proxy = createServer((socket) => {
  if (!line.up) return socket.destroy();
  const { hostname, port } = new URL(base);
  const server = connect(Number(port), hostname);
  for (const [one, other] of [[socket, server], [server, socket]]) {
    line.sockets.add(one);
    one.on('error', () => other.destroy());
    one.on('close', () => {
      line.sockets.delete(one);
      other.destroy();
    });
    one.pipe(other);
  }
});

function cut() {
  line.up = false;
  for (const socket of line.sockets) socket.destroy();
}

before(async () => {
  await new Promise((done) => proxy.listen(0, '127.0.0.1', done));
  line.url = `http://127.0.0.1:${proxy.address().port}`;
});
after(() => {
  cut();
  proxy.close();
});

/** A public report in the collector's grid, so that there is something to verify. */
async function reported(collector, words, shift) {
  const cases = await collector.evaluate(async () => (await (await fetch('/api/v1/cases?limit=20')).json()).cases);
  const known = cases.find((one) => one.lon && one.lat);
  // A step beside a known place: the next grid may begin a few metres on.
  const at = { lon: (known.lon + shift).toFixed(6), lat: known.lat.toFixed(6) };
  await collector.goto('/report');
  await choose(collector, '01037');
  await collector.locator('.place-numbers > summary').click();
  await collector.fill('#f-lon', at.lon);
  await collector.fill('#f-lat', at.lat);
  await collector.fill('#f-words', words);
  await collector.locator('.form button.primary').last().click();
  await collector.waitForLoadState();
  await collector.locator('.form .button.primary').click();
  await collector.waitForURL('**/report/done/*');
  return { at, number: (await collector.locator('.receipt-number .code').textContent()).trim() };
}

async function verify(page, at) {
  await page.fill('#f-place_lon', at.lon);
  await page.fill('#f-place_lat', at.lat);
  await page.setInputFiles('#f-verify_photos', PHOTO);
  await page.locator('.act .buttons button').first().click();
}

journey('a collector works without a line and what was done arrives once', async (j) => {
  // A cut line is what this is about: scripts, pages and tiles that were not kept do not come. A refused form is a 422.
  j.allow(/ERR_|Failed to fetch|status of 422|\/assets\/map\.js/);
  const page = await signIn(await j.page({ width: 390, through: line.url }), 'collector');
  const first = await reported(page, '路灯整夜不亮，灯杆在绿化带里', 0.00001);
  const second = await reported(page, '另一盏路灯也不亮，靠近路口', 0.00002);
  await page.goto('/work/offline');
  await page.getByText('没有待发送的内容').or(page.locator('[data-offline-switch]')).first().waitFor();
  await j.axe(page);
  await j.shot(page, 'offline-off-390');
  await page.locator('[data-offline-switch]', { hasText: '在这台设备上离线使用' }).click();
  await page.locator('[data-offline-kept]', { hasText: '页面保存于' }).waitFor({ timeout: 60_000 });
  await page.locator('[data-offline-switch]', { hasText: '关闭离线使用' }).waitFor();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  cut();
  // The inbox, a matter and its form open as they were kept.
  await page.goto('/work');
  await page.locator('.offline-bar', { hasText: '现在没有网络' }).waitFor();
  await page.goto('/work/offline');
  const entry = page.locator('ul.links > li', { hasText: first.number });
  await entry.getByText('情况属实').click();
  await page.locator('.act').waitFor();
  await verify(page, first.at);
  await page.waitForURL('**/work/offline');
  await page.locator('[data-offline-waiting] li').waitFor();
  await j.axe(page);
  await j.fits(page);
  await j.shot(page, 'offline-waiting-390');
  // A page that was not kept leads to the list of those that were.
  await page.goto('/work/cases?status=closed');
  await page.locator('h1', { hasText: '离线使用' }).waitFor();

  // The second is filled in far from its place and without a remark: only the server can know that it does not do.
  await page.goto('/work/offline');
  await page.locator('ul.links > li', { hasText: second.number }).getByText('情况属实').click();
  await page.locator('.act').waitFor();
  await verify(page, { lon: second.at.lon, lat: (Number(second.at.lat) + 0.01).toFixed(6) });
  await page.waitForURL('**/work/offline');
  await page.locator('.offline-bar', { hasText: '2 件待发送' }).waitFor();

  line.up = true;
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await page.locator('.offline-bar', { hasText: '1 件没有被接受' }).waitFor({ timeout: 30_000 });
  await page.locator('[data-offline-waiting] .error', { hasText: '超过 200 米' }).waitFor();
  await j.axe(page);
  await j.shot(page, 'offline-refused-390');
  page.once('dialog', (dialog) => dialog.accept());
  await page.locator('[data-offline-waiting] button', { hasText: '丢弃' }).click();
  await page.getByText('没有待发送的内容').waitFor();
  const desk = await signIn(await j.page({ width: 1440 }), 'seat');
  await desk.goto(`/work/cases/${first.number}`);
  await desk.locator('.matter-line .tag', { hasText: '立案' }).waitFor();
  await desk.goto(`/work/cases/${first.number}?tab=history`);
  await desk.locator('.history').getByText('现场时间').first().waitFor();

  // Signing out leaves no pages on the phone.
  await page.locator('form[action="/signout"] button').click();
  await page.waitForURL((url) => !url.pathname.startsWith('/work'));
  assert.deepEqual(await page.evaluate(() => caches.keys()), []);
});
