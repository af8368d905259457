// A journey is one test in a real browser. Besides what the test itself asserts, it fails when a page writes an error to
// the console, breaks its content security policy, asks another origin for anything, or the server answers 5xx.
//
//   journey('a resident finds the report page from home', async (j) => {
//     const page = await j.page({ lang: 'zh', width: 390, theme: 'light' });
//     await page.goto('/');
//     await j.axe(page);
//     await j.shot(page, 'home-zh-390-light');
//   });

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const out = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'out');
const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const base = process.env.YUANDU_URL;

/** Widths the pages are looked at: smallest phone, phone, tablet, desk. */
export const WIDTHS = [320, 390, 1024, 1440];

const HEIGHTS = new Map([[320, 640], [390, 844], [1024, 768], [1440, 900]]);

/** Background traffic off, so that a closed network is no trouble; without a graphics card maps are drawn in software. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser;

async function openBrowser() {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: FLAGS,
  });
  return browser;
}

after(async () => browser?.close());

/** Chooses a category as a finger does, by its label: the click waits until the card stands still on the screen. */
export async function choose(page, code) {
  const radio = page.locator(`input[name="category"][value="${code}"]`).first();
  await page.locator('.card', { has: radio }).first().locator('label').click();
  assert.ok(await radio.isChecked(), `${code} is chosen`);
}

/** Signs an account of the demo city in. */
export async function signIn(page, login) {
  await page.goto('/signin');
  await page.fill('#f-login', login);
  await page.fill('#f-password', 'yuandu-demo');
  await page.locator('form[action="/signin"] button.primary').first().click();
  await page.waitForURL(/\/(work|admin)/);
  return page;
}

/** Declares a test with a journey of its own. */
export function journey(name, run) {
  test(name, async () => {
    const j = new Journey();
    try {
      await run(j);
      assert.deepEqual(j.complaints, [], 'the browser complained');
    } finally {
      await j.close();
    }
  });
}

class Journey {
  complaints = [];
  #allowed = [];
  #contexts = [];

  /**
   * A page in a browser profile of its own. `scripts: false` is a browser that runs none; `through` is another way to the
   * same server, with service workers.
   */
  async page({ lang = 'zh', width = 1440, theme = 'light', scripts = true, through } = {}) {
    const context = await (await openBrowser()).newContext({
      baseURL: through ?? base,
      viewport: { width, height: HEIGHTS.get(width) ?? 900 },
      locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
      timezoneId: 'Asia/Shanghai',
      colorScheme: theme,
      reducedMotion: 'reduce',
      javaScriptEnabled: scripts,
      serviceWorkers: through ? 'allow' : 'block',
    });
    this.#contexts.push(context);
    // How fast pages are is measured elsewhere; here two cities and two browsers share the machine.
    context.setDefaultTimeout(30_000);
    this.#listen(context, through ?? base);
    return context.newPage();
  }

  /** Accepts complaints that match, for a test that provokes them: a refused form is a 422 on the console. */
  allow(pattern) {
    this.#allowed.push(pattern);
  }

  /** Fails with every accessibility finding, each with the elements it is about. */
  async axe(page) {
    await page.evaluate(axeSource);
    // Every rule is judged; only what breaks one is described, since to describe each element that keeps them takes most of the time.
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }));
    const findings = violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(' ')).join('; ')})`);
    assert.deepEqual(findings, [], `axe on ${page.url()}`);
  }

  /** Fails when the page is wider than the window: a phone would scroll sideways. */
  async fits(page) {
    const [wide, window] = await page.evaluate(() => [document.scrollingElement.scrollWidth, innerWidth]);
    assert.ok(wide <= window, `${page.url()} is ${wide} px wide in a window of ${window} px`);
  }

  /** A picture of the whole page in e2e/out/, for people to look at. */
  async shot(page, name) {
    await page.screenshot({ path: join(out, `${name}.png`), fullPage: true, timeout: 60_000 });
  }

  /** Closes every page; runs after the test whatever happened. */
  async close() {
    await Promise.all(this.#contexts.map((context) => context.close()));
  }

  #listen(context, own) {
    context.on('console', (message) => {
      if (message.type() === 'error') this.#complain(`console: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.#complain(`script: ${error.error().message}`));
    context.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (!['data:', 'blob:'].includes(protocol) && origin !== new URL(own).origin) {
        this.#complain(`asked another origin: ${request.url()}`);
      }
    });
    context.on('response', (response) => {
      if (response.status() >= 500) this.#complain(`${response.status()} from ${response.url()}`);
    });
  }

  #complain(text) {
    if (!this.#allowed.some((pattern) => pattern.test(text))) this.complaints.push(text);
  }
}
