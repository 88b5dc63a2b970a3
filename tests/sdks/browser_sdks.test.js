'use strict';
// SDKs for browsers, unmodified, in Chromium, on a page of another origin than the collector's: a shopping trip is
// told whole and once, whatever happens to page, network and server, as far as the SDK itself can; and when all of
// it has arrived, it is quiet.
const assert = require('node:assert');
const { after, before, beforeEach, afterEach, describe, it } = require('node:test');
const { chromium } = require('playwright-core');

const { BROWSER_SDKS } = require('./browser_sdks');
const { pageServer } = require('./page_server');
const { Server, eventually } = require('./server');
const { NAMES, STEPS, assertDelivered, assertOnly, assertWhole } = require('./trip');

const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
// Its own sandbox does not start for root; and no SDK is to reach the world.
const SWITCHES = ['--no-sandbox', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1'];
const QUIET_MS = 1000;
const OFFLINE_MS = 1000; // enough to try, and fail
const REQUESTS_MAX = 3 * STEPS.length;
const NUDGES_MAX = 10;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Runs in the page: tells of the trip, waiting for nothing. What an SDK promises there, it promises of what it took
// charge of.
function tellOfTrip({ user, steps, names }) {
  window.told = steps.map(([kind, what]) => {
    if (window.shop[kind]) return window.shop[kind](user, what);
    return names[kind] && window.shop.track(user, names[kind], what);
  });
}

// One visitor of a shop that uses one SDK, with a server of its own.
class Visit {
  static async begin(browser, row) {
    const visit = new Visit();
    Object.assign(visit, { row, nudges: 0, asked: [] });
    visit.server = await Server.start();
    visit.pages = await pageServer(row);
    visit.context = await browser.newContext();
    visit.page = await visit.context.newPage();
    const cdp = await visit.context.newCDPSession(visit.page);
    await cdp.send('Network.enable');
    cdp.on('Network.requestWillBeSent', ({ request: { method, url } }) => {
      if (url.startsWith(visit.server.url)) visit.asked.push(`${method} ${url}`);
    });
    return visit;
  }

  async end() {
    await this.context.close();
    this.pages.close();
    await this.server.stop();
  }

  // The shop's page, with the SDK ready.
  async open() {
    await this.page.goto(`${this.pages.url}/products/sku-1`);
    await this.page.waitForFunction((module) => !module || window.loaded, this.row.module);
    const words = [this.server.url, 'shop', this.row.options || {}].map((word) => JSON.stringify(word)).join(', ');
    const start = this.row.start.toString().replace(/^(async )?start/, '$1function');
    await this.page.evaluate(`(async () => { window.shop = await (${start})(${words}); })()`);
  }

  tell(user) {
    return this.page.evaluate(tellOfTrip, { user, steps: STEPS, names: NAMES });
  }

  // When the SDK has taken charge of all it was told; see the table.
  async taken() {
    const { leaves, underWay, taken } = this.row;
    const posts = () => this.asked.filter((what) => what.startsWith('POST')).length;
    if (leaves === 'sent') await this.page.evaluate(async () => void (await Promise.all(window.told)));
    if (underWay) await eventually('requests are under way', () => posts() >= underWay);
    if (taken) await eventually('what waits is kept', async () => posts() > 0 || this.page.evaluate(taken));
  }

  // When nothing was asked for a while.
  async quiet() {
    for (let before = -1; before !== this.asked.length; ) {
      before = this.asked.length;
      assert.ok(before <= REQUESTS_MAX, `asked: ${this.asked}`);
      await pause(QUIET_MS);
    }
  }

  leave() {
    return this.page.goto(`${this.pages.url}/elsewhere`);
  }

  async closeTab() {
    const closed = this.page.waitForEvent('close');
    await this.page.close({ runBeforeUnload: true });
    await closed;
    this.page = await this.context.newPage();
  }

  assertTrip(user, whole) {
    if (this.row.anonymous) return assertOnly(this.server, { whole, others: this.nudges });
    if (!whole) return assertDelivered(this.server, { user, delivered: {} });
    return assertWhole(this.server, { user }, { timed: false, traits: this.row.traits });
  }

  whole(user, seconds) {
    return eventually(`the trip of ${user} is whole`, async () => (await this.assertTrip(user, true), true), seconds);
  }

  // What the table says becomes of it: the whole trip arrives, or at least nothing of it twice.
  async arrives(user, how) {
    if (!how) return this.assertTrip(user, false);
    if (how !== 'nudged') return this.whole(user);
    // A nudge has no effect while the SDK still tries in vain.
    while (++this.nudges < NUDGES_MAX) {
      await this.page.evaluate(() => window.shop.nudge());
      if (await this.whole(user, 2).then(() => true, () => false)) return undefined;
    }
    return this.whole(user, 2);
  }
}

describe('SDKs for browsers', { concurrency: 3, timeout: 240_000 }, () => {
  let browser;
  before(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: SWITCHES });
  });
  after(() => browser && browser.close());

  for (const [name, row] of Object.entries(BROWSER_SDKS)) {
    describe(name, { concurrency: 1 }, () => {
      let visit;
      beforeEach(async () => {
        visit = await Visit.begin(browser, row);
      });
      afterEach(() => visit.end());

      it('tells the whole trip across origins, once, and then is quiet', async () => {
        await visit.open();
        await visit.tell('calm');
        await visit.whole('calm');
        await visit.quiet();
        await visit.whole('calm');
        const preflights = visit.asked.filter((what) => what.startsWith('OPTIONS'));
        assert.strictEqual(preflights.length > 0, Boolean(row.preflights), `asked: ${visit.asked}`);
      });

      for (const [where, leave] of [['to another page', 'leave'], ['and closes the tab', 'closeTab']]) {
        it(`tells the trip of a visitor who leaves ${where}`, async () => {
          await visit.open();
          await visit.tell('left');
          await visit.taken();
          await visit[leave]();
          if (row.leaves === 'kept') await visit.open();
          await visit.arrives('left', row.leaves && (row.offline === 'nudged' ? 'nudged' : 'itself'));
        });
      }

      it('tells what was done offline when it is online again', async () => {
        await visit.open();
        await visit.context.setOffline(true);
        await visit.tell('offline');
        await pause(OFFLINE_MS);
        await visit.context.setOffline(false);
        await visit.arrives('offline', row.offline);
      });

      it('tells again what the server did not take when it was killed', async () => {
        await visit.open();
        await visit.server.kill();
        await visit.tell('killed');
        await visit.server.run();
        await visit.arrives('killed', row.refused);
      });
    });
  }
});
