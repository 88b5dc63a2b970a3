'use strict';
// Segment's two SDKs for Node, unmodified: what they say they delivered is in the profile once.
const assert = require('node:assert');
const { after, before, describe, it } = require('node:test');
const { Analytics } = require('@segment/analytics-node');
const LegacyAnalytics = require('analytics-node');

const { assertCounted, assertKept, bit } = require('./counts');
const { forgetfulProxy } = require('./forgetful_proxy');
const { Server } = require('./server');

const USERS = 40;
const TRACKS = 12;
const SENT = { track: TRACKS, page: 2, screen: 2 };
const CALLS = USERS * (TRACKS + 2 + 2 + 3); // of a play

// Each SDK: how it is made, and `send(kind, message)`, which resolves when it says that the message
// is delivered; `close()` resolves when it has nothing left to send.
const SDKS = {
  '@segment/analytics-node': (url) => {
    const sdk = new Analytics({ writeKey: 'node', host: url, flushInterval: 200, maxRetries: 100 });
    return {
      send: (kind, message) =>
        new Promise((resolve, reject) => sdk[kind](message, (error) => (error ? reject(error) : resolve()))),
      close: () => sdk.closeAndFlush({ timeout: 60_000 }),
    };
  },
  'analytics-node': (url) => {
    const sdk = new LegacyAnalytics('legacy', {
      host: url,
      flushInterval: 200,
      retryCount: 100,
      axiosRetryConfig: { retryDelay: () => 200 },
      errorHandler: () => {},
    });
    return {
      send: (kind, message) =>
        new Promise((resolve, reject) => sdk[kind](message, (error) => (error ? reject(error) : resolve()))),
      close: () => sdk.flush(),
    };
  },
};

function* messages(user) {
  yield ['identify', { userId: user, traits: { plan: 'free', email: `${user}@example.com` } }];
  for (let i = 0; i < TRACKS; ++i) yield ['track', { userId: user, event: 'Sent', properties: { bit: bit(i) } }];
  for (let i = 0; i < 2; ++i) yield ['page', { userId: user, name: 'Home', properties: { bit: bit(i) } }];
  for (let i = 0; i < 2; ++i) yield ['screen', { userId: user, name: 'Start', properties: { bit: bit(i) } }];
  yield ['group', { userId: user, groupId: 'g1', traits: { size: 3 } }];
  yield ['alias', { userId: user, previousId: `${user}-before` }];
}

// Sends everything of many users; `midway` runs when half is said to be delivered.
async function play(sdk, prefix, midway = async () => {}) {
  const users = Array.from({ length: USERS }, (_, i) => `${prefix}-${i}`);
  let delivered = 0;
  let interlude = Promise.resolve();
  const sent = [];
  for (const user of users) {
    for (const [kind, message] of messages(user)) {
      const told = sdk.send(kind, message).then(() => {
        if (++delivered === Math.floor(CALLS / 2)) interlude = midway();
      });
      sent.push(told);
    }
    // So that the SDK sends while we go on.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sent);
  await interlude;
  await sdk.close();
  assert.strictEqual(delivered, CALLS);
  return users;
}

async function assertComplete(server, users) {
  const position = await server.position();
  for (const user of users) {
    const profile = await assertCounted(server, user, SENT, position);
    assert.strictEqual(profile.traits.plan, 'free');
    assert.ok(profile.ids.includes(`anonymous_id:${user}-before`), `the ids of ${user}: ${profile.ids}`);
  }
}

for (const [name, make] of Object.entries(SDKS)) {
  describe(name, () => {
    let server;
    before(async () => {
      server = await Server.start();
    });
    after(() => server.stop());

    it('finds all that it delivered in the profiles, once', async () => {
      const users = await play(make(server.url), 'calm');
      await assertComplete(server, users);
    });

    it('finds it there once when answers get lost, and it sends again', async () => {
      const proxy = await forgetfulProxy(server.url);
      const users = await play(make(proxy.url), 'forgotten');
      proxy.close();
      assert.ok(proxy.lost() > 5);
      await assertComplete(server, users);
    });

    it('finds it there once when the server is killed and comes back', async () => {
      const users = await play(make(server.url), 'killed', async () => {
        await server.kill();
        await server.run();
      });
      await assertComplete(server, users);
    });

    it('finds it there once when the server comes only later', async () => {
      await server.kill();
      const playing = play(make(server.url), 'late');
      await server.run();
      const users = await playing;
      await assertComplete(server, users);
    });

    it('finds that nothing else was kept', () => assertKept(server, 4 * CALLS));
  });
}
