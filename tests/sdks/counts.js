'use strict';
// Whether profiles hold everything that was sent for them, and everything once. Calls that are no events
// of a profile (identify, group, alias) are counted by the server as a whole.
const assert = require('node:assert');

const { eventually } = require('./server');

// Of each kind of event: the feature that counts it, and the one that adds its bits up.
const KINDS = { track: ['tracks', 'track_bits'], page: ['pages', 'page_bits'], screen: ['screens', 'screen_bits'] };

// What event number i of a user says of itself; see topology.yaml.
const bit = (i) => 2 ** i;

// Returns the profile. `sent`: how many of each kind, { track: 3, page: 1 }; what is not named was not
// sent.
async function assertCounted(server, user, sent, position) {
  const profile = await server.profile(user, position);
  assert.ok(profile, `nobody knows ${user}`);
  const expected = {};
  const counted = {};
  for (const [kind, [count, bits]] of Object.entries(KINDS)) {
    expected[count] = sent[kind] || 0;
    expected[bits] = bit(expected[count]) - 1;
    for (const name of [count, bits]) counted[name] = profile.features[name] || 0;
  }
  assert.deepStrictEqual(counted, expected, `the profile of ${user}`);
  return profile;
}

// `calls`: how many calls of any kind the server was sent, whatever came twice, since it started from nothing.
async function assertKept(server, calls) {
  const expected = calls + server.marks;
  await eventually(`${expected} calls are kept`, async () => (await server.metric('events_kept')) >= expected);
  assert.strictEqual(await server.metric('events_kept'), expected);
  assert.strictEqual(await server.metric('events_rejected'), 0);
}

module.exports = { assertCounted, assertKept, bit };
