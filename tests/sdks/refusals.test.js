'use strict';
// SDKs for Node, unmodified, at a server that does not take what they send: it has no room, it does not know their
// key, or something in front of it answers otherwise. Each ends with every event delivered once, or with a refusal
// after which it asks no more.
const assert = require('node:assert');
const { after, before, describe, it } = require('node:test');

const { NODE_SDKS } = require('./node_sdks');
const { meddlingProxy } = require('./proxy');
const { Server, eventually } = require('./server');
const { assertDelivered, assertWhole, takeTrip } = require('./trip');

const STATUSES = [200, 400, 401, 403, 404, 413, 429, 500, 503];
const TRIPS = 3;
const QUIET_MS = 1500;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Where one SDK is told what there is no room for, it must not be another's: each has a key of its own. Jitsu's
// have two parts.
const slowKeys = Object.keys(NODE_SDKS).flatMap((_, i) => [`slow-${i}`, `slow-${i}:secret`]);

// SDKs complain of what this does to them.
const complain = console.error;
console.error = (...words) => /PostHog|Snowplow/.test(words[0]) || complain(...words);

describe('Refusals', { concurrency: true, timeout: 120_000 }, () => {
  let server;
  before(async () => {
    const slow = slowKeys.map((key) => ({ key, source: key.split(':')[0], rate: '20/s', burst: 1 }));
    server = await Server.start('', [{ key: 'shop', source: 'shop' }, { key: 'shop:secret', source: 'shop' }, ...slow]);
  });
  after(() => server.stop());

  Object.entries(NODE_SDKS).forEach(([name, row], i) => {
    const skip = row.mute && 'it does not say when it is done';

    it(`of ${name} for want of room are overcome, or known`, { skip }, async () => {
      const proxy = await meddlingProxy(server.url, () => undefined);
      const trips = [];
      // The second time there is no room until what was taken the first time is paid for.
      for (const time of ['first', 'second']) {
        const sdk = row.make(proxy.url, `slow-${i}`);
        for (let n = 0; n < TRIPS; ++n) trips.push(takeTrip(sdk, `slow-${i}-${time}-${n}`));
        await sdk.close();
        await Promise.all(trips.map((trip) => trip.told));
      }
      assert.ok(proxy.refused() > 0, 'there was room enough');
      const assertTrip = row.again.includes(503) ? assertWhole : assertDelivered;
      for (const trip of trips) await assertTrip(server, trip, row);
      proxy.close();
    });

    it(`of ${name} for its key are final`, { skip }, async () => {
      const proxy = await meddlingProxy(server.url, () => undefined);
      const sdk = row.make(proxy.url, 'wrong');
      const trip = takeTrip(sdk, `wrong-${i}`);
      await sdk.close();
      await trip.told;
      const asked = proxy.asked();
      await pause(QUIET_MS);
      assert.ok(asked > 0 && asked <= trip.calls, `${asked} requests for ${trip.calls} calls`);
      assert.strictEqual(proxy.asked(), asked);
      assert.strictEqual(await server.profile(trip.user, await server.position()), null);
      if (!row.silent) await assertDelivered(server, trip, row);
      proxy.close();
    });

    for (const status of STATUSES) {
      const again = row.again.includes(status);
      const then = again ? 'sends again' : status === 200 ? 'is content' : 'asks no more';
      it(`of ${name} by a first answer of ${status}: ${then}`, { skip }, async () => {
        const proxy = await meddlingProxy(server.url, (n) => (n === 1 && status !== 200 ? status : undefined));
        const sdk = row.make(proxy.url, 'shop');
        const trip = takeTrip(sdk, `status-${i}-${status}`);
        await sdk.close();
        await trip.told;
        assert.strictEqual(proxy.meddled(), status === 200 ? 0 : 1);
        if (again || status === 200) {
          await assertWhole(server, trip, row);
        } else {
          const asked = proxy.asked();
          await pause(QUIET_MS);
          assert.strictEqual(proxy.asked(), asked);
          await assertDelivered(server, trip, row);
        }
        proxy.close();
      });
    }
  });
});
