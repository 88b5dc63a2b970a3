'use strict';
// Segment's SDK for browsers, unmodified, in Chromium, on a page of another origin than the
// collector's: whatever happens to page, network and server, each event counts once.
const assert = require('node:assert');
const { after, before, beforeEach, afterEach, describe, it } = require('node:test');
const { chromium } = require('playwright-core');

const { assertCounted, bit } = require('./counts');
const { pageServer } = require('./page_server');
const { Server, eventually } = require('./server');

const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const BATCHING = { strategy: 'batching', config: { size: 100, timeout: 60_000 } };

const bits = (from, to) => Array.from({ length: to - from }, (_, i) => bit(from + i));

// Runs in the page.
function startTracking(all) {
  window.tracked = all.map((one) => window.analytics.track('Sent', { bit: one }));
}

describe('@segment/analytics-next', { timeout: 120_000 }, () => {
  let server, pages, browser, context, page;
  before(async () => {
    server = await Server.start();
    pages = await pageServer(server.url);
    // Chromium's own sandbox does not start for root.
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  after(async () => {
    if (browser) await browser.close();
    if (pages) pages.close();
    if (server) await server.stop();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
  });
  afterEach(() => context.close());

  // The shop's page, with the SDK loaded and the visitor known; `delivery`: the SDK's strategy.
  async function open(user, delivery) {
    const options = delivery ? { integrations: { 'Segment.io': { deliveryStrategy: delivery } } } : {};
    await page.goto(`${pages.url}/?options=${encodeURIComponent(JSON.stringify(options))}`);
    await page.evaluate((name) => window.analytics.identify(name, { plan: 'free' }), user);
  }

  // Tracks events number `from` to `to`, and does not wait for what becomes of them.
  const track = (from, to) => page.evaluate(startTracking, bits(from, to));

  // The same, and waits until the SDK has taken charge of them: what it still holds in its first
  // queue when a page ends is lost, and it does not say otherwise.
  async function trackUntilTaken(from, to) {
    await track(from, to);
    await page.evaluate(() => Promise.all(window.tracked));
  }

  // In the end; and nothing more comes after it.
  async function countedInTheEnd(user, sent) {
    await eventually(`${sent.track} events of ${user} are counted`, async () => {
      const profile = await server.profile(user, await server.position());
      return profile && profile.features.tracks >= sent.track;
    });
    await assertCounted(server, user, sent, await server.position());
  }

  it('asks for its settings, and for leave to send, across origins', async () => {
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    const preflights = [];
    cdp.on('Network.requestWillBeSent', (event) => {
      if (event.request.method === 'OPTIONS') preflights.push(event.request.url);
    });
    const settings = page.waitForResponse(/\/v1\/projects\/browser\/settings$/);
    await open('asks');
    assert.strictEqual((await settings).status(), 200);
    await page.evaluate(() => window.analytics.track('Sent', { bit: 1 }));
    assert.ok(preflights.includes(`${server.url}/v1/t`), `preflights: ${preflights}`);
    await countedInTheEnd('asks', { track: 1 });
  });

  it('finds every kind of call in the profile', async () => {
    await open('every');
    await page.evaluate(async () => {
      await window.analytics.page('Home', { bit: 1 });
      await window.analytics.page('Shoes', { bit: 2 });
      await window.analytics.screen('Start', { bit: 1 });
      await window.analytics.group('g1', { size: 3 });
      await window.analytics.alias('every', 'every-before');
    });
    await track(0, 20);
    await countedInTheEnd('every', { page: 2, screen: 1, track: 20 });
    const profile = await server.profile('every', await server.position());
    assert.strictEqual(profile.traits.plan, 'free');
    assert.ok(profile.ids.includes('anonymous_id:every-before'), `the ids: ${profile.ids}`);
  });

  it('sends what waits when the visitor leaves', async () => {
    await open('leaves', BATCHING);
    await trackUntilTaken(0, 20);
    await page.goto(`${pages.url}/elsewhere`);
    await countedInTheEnd('leaves', { track: 20 });
  });

  it('sends what waits when the tab is closed', async () => {
    await open('closes', BATCHING);
    await trackUntilTaken(0, 20);
    await page.close({ runBeforeUnload: true });
    await countedInTheEnd('closes', { track: 20 });
  });

  it('sends again, on the next page, what was under way when the visitor left', async () => {
    await open('returns');
    let begun = 0;
    page.on('request', (request) => (begun += request.method() === 'POST' && request.url().endsWith('/v1/t')));
    await track(0, 40);
    await eventually('the SDK has begun to send all', () => begun === 40);
    await page.goto(`${pages.url}/elsewhere`);
    await page.goto(`${pages.url}/`);
    await countedInTheEnd('returns', { track: 40 });
  });

  for (const [name, delivery] of [['one by one', undefined], ['in batches', { ...BATCHING, config: { size: 5 } }]]) {
    it(`sends ${name} what was tracked offline, once it is online again`, async () => {
      const user = `offline-${name.replaceAll(' ', '-')}`;
      await open(user, delivery);
      await track(0, 5);
      await context.setOffline(true);
      await track(5, 15);
      await context.setOffline(false);
      await track(15, 20);
      await countedInTheEnd(user, { track: 20 });
    });

    it(`sends ${name} again what the server did not take before it was killed`, async () => {
      const user = `killed-${name.replaceAll(' ', '-')}`;
      await open(user, delivery);
      await track(0, 10);
      await server.kill();
      await track(10, 20);
      await server.run();
      await countedInTheEnd(user, { track: 20 });
    });
  }
});
