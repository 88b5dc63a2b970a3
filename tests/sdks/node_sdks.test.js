'use strict';
// SDKs for Node, unmodified, on a shopping trip: whatever happens on the way, what they say they delivered is
// in the profile once; and those that send again lose nothing.
//
//     MILLRACE_SOAK=1   a thousand trips, not twenty
const assert = require('node:assert');
const { after, before, describe, it } = require('node:test');

const { NODE_SDKS } = require('./node_sdks');
const { meddlingProxy } = require('./proxy');
const { Server, eventually } = require('./server');
const { assertDelivered, assertWhole, takeTrip } = require('./trip');

const TRIPS = process.env.MILLRACE_SOAK === '1' ? 1000 : 20;
const TIMEOUT = TRIPS > 20 ? 600_000 : 120_000;
const LOST_MAX = 6; // answers

for (const [name, row] of Object.entries(NODE_SDKS)) {
  describe(name, { timeout: TIMEOUT }, () => {
    const persists = row.again.includes('lost');
    const count = Math.min(TRIPS, row.trips ?? TRIPS);
    const trips = [];
    let server;
    before(async () => {
      server = await Server.start();
    });
    after(() => server.stop());

    // Takes many trips; `midway` runs when half of the calls are made.
    async function travel(prefix, url, midway = async () => {}) {
      const sdk = row.make(url, 'shop');
      const taken = [];
      let interlude;
      for (let i = 0; i < count; ++i) {
        if (i === count / 2) interlude = midway();
        taken.push(takeTrip(sdk, `${prefix}-${i}`));
        // So that the SDK sends while we go on.
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await interlude;
      await sdk.close();
      await Promise.all(taken.map((trip) => trip.told));
      trips.push(...taken);
      return taken;
    }

    // In the end: an SDK that does not tell may have requests under way.
    const assertAllWhole = async (taken) => {
      for (const trip of taken)
        await eventually(`${trip.user}: a whole trip`, async () => (await assertWhole(server, trip, row), true), 10);
    };

    const assertAll = async (taken) => {
      if (persists) return assertAllWhole(taken);
      for (const trip of taken) await assertDelivered(server, trip, row);
    };

    it('finds whole trips in the profiles', async () => {
      await assertAllWhole(await travel('calm', server.url));
    });

    it('finds everything there once when answers get lost', async () => {
      const proxy = await meddlingProxy(server.url, (n) => (n % 2 === 0 && n <= 2 * LOST_MAX ? 'lose' : undefined));
      const taken = await travel('forgotten', proxy.url);
      proxy.close();
      assert.ok(proxy.meddled() > 0);
      await assertAll(taken);
    });

    it('finds it there once when the server is killed and comes back', async () => {
      const taken = await travel('killed', server.url, async () => {
        await server.kill();
        await server.run();
      });
      await assertAll(taken);
    });

    it('finds it there once when the server is stopped and comes back', async () => {
      const taken = await travel('stopped', server.url, async () => {
        await server.end();
        await server.run();
      });
      await assertAll(taken);
    });

    it('finds that nothing came twice in the end', async () => {
      for (const trip of trips) await assertDelivered(server, trip, row);
    });
  });
}
