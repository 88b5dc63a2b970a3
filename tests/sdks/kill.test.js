'use strict';
// The server is killed again and again while SDKs send, and while its webhooks go out. What was
// acknowledged is there, once; what should have happened outside has happened, once.
//
//     MILLRACE_SOAK=1   a thousand kills, not fifty
//     MILLRACE_SEED=7   chooses the moments
const assert = require('node:assert');
const { describe, it } = require('node:test');
const { Analytics } = require('@segment/analytics-node');

const { assertCounted, bit } = require('./counts');
const { Server, eventually } = require('./server');
const { webhookReceiver } = require('./webhook_receiver');

const KILLS = process.env.MILLRACE_SOAK === '1' ? 1000 : 50;
const SEED = Number(process.env.MILLRACE_SEED || 1);
const EVENTS = 20; // of a user
const EFFECTS = ['first', 'tenth', 'last']; // of a user; see topology.yaml
const UNDER_WAY_MAX = 4000;
const READY_SECONDS_MAX = 5;

// So often that some kills come while state is written, and most starts go on from what was.
const CHECKPOINTS = 'checkpoint: {records: 100}\n';

// Retries so soon that a receiver that failed is not what the test waits for.
const webhook = (receiver) => `
  webhook:
    url: ${receiver.url}
    secrets: [${receiver.secret}]
    events: [${EFFECTS.join(', ')}]
    allow_http: true
    ports: [${receiver.port}]
    allow_private: [127.0.0.0/8]
    delivery: {retry: [100ms, 200ms, 500ms, 1s, 2s, 5s], pause: 1s}
`;

// xorshift32, in [0, 1)
function seeded(seed) {
  let state = seed || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Users who do something until `stop()`, through several SDKs that send again what failed.
function load(url) {
  const sdks = Array.from({ length: 4 }, () => {
    return new Analytics({ writeKey: 'load', host: url, flushAt: 50, flushInterval: 20, maxRetries: 10_000 });
  });
  const state = { users: [], acknowledged: 0, failed: [], underWay: 0, stopped: false };
  const send = (user, i) => {
    ++state.underWay;
    sdks[user % sdks.length].track(
      { userId: `load-${user}`, event: 'Sent', properties: { bit: bit(i) } },
      (error) => {
        --state.underWay;
        if (error) state.failed.push(error);
        else ++state.acknowledged;
      },
    );
  };
  const running = (async () => {
    for (let user = 0; !state.stopped; ++user) {
      for (let i = 0; i < EVENTS; ++i) send(user, i);
      state.users.push(`load-${user}`);
      do await pause(1);
      while (state.underWay > UNDER_WAY_MAX && !state.stopped);
    }
  })();
  const stop = async () => {
    state.stopped = true;
    await running;
    await Promise.all(sdks.map((sdk) => sdk.closeAndFlush({ timeout: 120_000 })));
  };
  return { state, stop };
}

async function inParallel(items, work, width = 8) {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

describe(`a server that is killed ${KILLS} times`, { timeout: KILLS * 10_000 }, () => {
  it('loses nothing that it acknowledged and doubles nothing, within and without', async (test) => {
    const random = seeded(SEED);
    const receiver = await webhookReceiver(random);
    let server;
    try {
      server = await Server.start(webhook(receiver) + CHECKPOINTS);
      const { state, stop } = load(server.url);
      let slowest = 0;
      let checkpoints = 0;
      for (let i = 0; i < KILLS; ++i) {
        await pause(50 + random() * 900);
        checkpoints += await server.metric('checkpoint_seconds_count');
        await server.kill();
        const start = Date.now();
        await server.run();
        slowest = Math.max(slowest, (Date.now() - start) / 1000);
      }
      await stop();
      test.diagnostic(`seed ${SEED}, ${state.acknowledged} events of ${state.users.length} users acknowledged`);
      test.diagnostic(`${checkpoints} checkpoints were written between kills`);
      test.diagnostic(`ready again after ${slowest} s at most, ${receiver.repeated()} webhooks repeated`);
      assert.ok(checkpoints > KILLS / 10, `only ${checkpoints} checkpoints were written between kills`);
      assert.deepStrictEqual(state.failed, []);
      assert.strictEqual(state.acknowledged, state.users.length * EVENTS);

      const position = await server.position();
      const expected = new Set();
      await inParallel(state.users, async (user) => {
        const profile = await assertCounted(server, user, { track: EVENTS }, position);
        for (const effect of EFFECTS) expected.add(`${profile.profile} ${effect}`);
      });
      assert.strictEqual(await server.metric('profiles'), state.users.length + 1); // and the mark's
      assert.strictEqual(await server.metric('events_rejected'), 0); // since the last checkpoint
      await eventually('all effects are delivered', () => receiver.effects.size >= expected.size, 60);
      for (const [key, times] of receiver.effects) {
        assert.ok(expected.has(key), `${key} should not have happened`);
        assert.strictEqual(times, 1, `${key} happened ${times} times`);
      }
      assert.ok(slowest < READY_SECONDS_MAX, `it took ${slowest} s to be ready again`);
    } finally {
      if (server) await server.stop();
      receiver.close();
    }
  });
});
