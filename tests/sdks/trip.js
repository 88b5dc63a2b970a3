'use strict';
// The same shopping trip, told by any SDK: a product is looked at, it and another one go into the cart,
// and both are bought. However an SDK names all this, the profile is the same.
const assert = require('node:assert');

const { eventually } = require('./server');

const SHOES = { product_id: 'sku-1', name: 'Red Shoes', category: 'Shoes', price: 39.95, currency: 'EUR', quantity: 1 };
const HAT = { product_id: 'sku-2', name: 'Blue Hat', category: 'Hats', price: 19.95, currency: 'EUR', quantity: 1 };
const PAGE = { url: 'https://shop.example/products/sku-1', path: '/products/sku-1', title: 'Red Shoes' };
const ORDER = { order_id: 'order-1', total: 59.9, revenue: 59.9, currency: 'EUR', products: [SHOES, HAT] };
const TRAITS = { plan: 'free' };

// What is done on a trip, in this order. In a browser nobody knows who it is until the customer signs in.
const STEPS = [
  ['page', PAGE],
  ['view', SHOES],
  ['identify', TRAITS],
  ['add', SHOES],
  ['add', HAT],
  ['order', ORDER],
];

// What it comes to, as topology.yaml counts it; and of each kind of step, the feature that counts it.
const FEATURES = { pages: 1, product_views: 1, cart_adds: 2, purchases: 1, revenue: 59.9 };
const COUNTED = { page: 'pages', view: 'product_views', add: 'cart_adds', order: 'purchases' };

// The names of Segment's spec, for an SDK whose customers name events themselves: its `track` is told
// the user, the name, properties and the time.
const NAMES = { view: 'Product Viewed', add: 'Product Added', order: 'Order Completed' };

// An hour ago, so that the time of an event is not that of its receipt; whole seconds, since some
// protocols know no others.
const begin = () => new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000);

const step = (time, i) => new Date(time.getTime() + i * 1000);

function tell(sdk, kind, user, what, time) {
  if (sdk[kind]) return sdk[kind](user, what, time);
  if (NAMES[kind]) return sdk.track(user, NAMES[kind], what, time);
  return undefined; // there is no such call
}

// Tells of a user's whole trip, waiting for nothing; `delivered` counts, of each kind of step, those that the
// SDK says are delivered, when `told` is resolved. `calls`: how many it was told.
function takeTrip(sdk, user) {
  const trip = { user, begin: begin(), calls: 0, delivered: { identify: 0, page: 0, view: 0, add: 0, order: 0 } };
  const tellings = STEPS.map(([kind, what], i) => {
    const telling = tell(sdk, kind, user, what, step(trip.begin, i));
    trip.calls += telling !== undefined;
    return Promise.resolve(telling).then((is) => (trip.delivered[kind] += is === true));
  });
  trip.told = Promise.all(tellings);
  return trip;
}

// The profile has all of the trip, once: counts, properties and, where the SDK has them, traits and times.
async function assertWhole(server, { user, begin: time }, { timed = true, traits = true } = {}) {
  const profile = await server.profile(user, await server.position());
  assert.ok(profile, `nobody knows ${user}`);
  const expected = { ...FEATURES, product_viewed: SHOES.product_id, order_made: ORDER.order_id };
  if (timed) {
    expected.product_viewed_at = step(time, 1).toISOString();
    expected.order_made_at = step(time, 5).toISOString();
  }
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, profile.features[name]]));
  assert.deepStrictEqual(found, expected, `the profile of ${user}`);
  if (traits) assert.strictEqual(profile.traits.plan, TRAITS.plan);
}

// The profile has what the SDK says it delivered, and nothing twice. What an SDK says before the user signs in is
// the user's only if it went on.
async function assertDelivered(server, { user, delivered }, { signsIn = false } = {}) {
  const profile = await server.profile(user, await server.position());
  const known = !signsIn || delivered.identify + delivered.add + delivered.order > 0;
  for (const [kind, feature] of Object.entries(COUNTED)) {
    const count = profile ? profile.features[feature] : 0;
    const least = known ? delivered[kind] || 0 : 0;
    assert.ok(least <= count, `${user}: ${count} of ${kind}, and ${least} were delivered`);
    assert.ok(count <= FEATURES[feature], `${user}: ${count} of ${kind}, and ${FEATURES[feature]} were told`);
  }
}

// The same where an SDK tells nobody's name: all that this server has is one trip, or a part of it, and `others`
// events.
async function assertOnly(server, { whole, others }) {
  await server.position();
  const kept = (await server.metric('events_kept')) - server.marks - others;
  assert.ok(kept <= STEPS.length - 1 && !(whole && kept < STEPS.length - 1), `${kept} events are kept`);
  assert.strictEqual(await server.metric('events_rejected'), 0);
  if (whole) assert.deepStrictEqual(await server.segments(), { bought_some: 1, paged: 1, viewed_one: 1 });
}

module.exports = { NAMES, STEPS, assertDelivered, assertOnly, assertWhole, takeTrip };
