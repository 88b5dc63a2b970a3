'use strict';
// SDKs for Node, unmodified: how each is made, and what a shop does with it. `make(url, key)` gives what trip.js
// talks to. Each of its functions resolves to whether the SDK says that the event is delivered (undefined: it does
// not say); `close()` resolves when it has nothing left to send, or gives up.
//
//   again    codes of answers, and `lost` for none, after which it sends again; anything else is final
//   timed    false: it cannot say when something happened
//   traits   false: it knows no traits of users
//   signsIn  until the user signs in it does not say whose events are
//   silent   it is answered that all is well whatever is wrong with the event or its key
//   mute     true: it has no way to tell when a request has been answered
//   trips    no more of them at once, for what it cannot do
const amplitude = require('@amplitude/analytics-node');
const { jitsuAnalytics } = require('@jitsu/js');
const RudderAnalytics = require('@rudderstack/rudder-sdk-node');
const { Analytics } = require('@segment/analytics-node');
const snowplow = require('@snowplow/node-tracker');
const { Umami } = require('@umami/node');
const LegacyAnalytics = require('analytics-node');
const MatomoTracker = require('matomo-tracker');
const Mixpanel = require('mixpanel');
const { PostHog } = require('posthog-node');

const FOREVER = 1000; // tries
const UPLOAD_MS = 100; // what waits that long goes
const RETRY_MS = 100;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Calls `send` with a callback that gets an error, or none.
const answered = (send) => new Promise((resolve) => send((error) => resolve(!error)));

// The shape that Segment's, its ancestor and Rudder's have.
function segmentLike(sdk, close) {
  const send = (kind, message) => answered((callback) => sdk[kind](message, callback));
  return {
    identify: (userId, traits, timestamp) => send('identify', { userId, traits, timestamp }),
    page: (userId, { title, ...properties }, timestamp) => send('page', { userId, name: title, properties, timestamp }),
    track: (userId, event, properties, timestamp) => send('track', { userId, event, properties, timestamp }),
    close,
  };
}

const segment = {
  again: ['lost', 429, 500, 503],
  make(url, key) {
    const sdk = new Analytics({ writeKey: key, host: url, flushInterval: UPLOAD_MS, maxRetries: FOREVER });
    sdk.on('error', () => {});
    return segmentLike(sdk, () => sdk.closeAndFlush({ timeout: 60_000 }));
  },
};

const legacySegment = {
  again: ['lost', 429, 500, 503],
  make(url, key) {
    const sdk = new LegacyAnalytics(key, {
      host: url,
      flushInterval: UPLOAD_MS,
      retryCount: FOREVER,
      axiosRetryConfig: { retryDelay: () => RETRY_MS },
      errorHandler: () => {},
    });
    return segmentLike(sdk, () => sdk.flush());
  },
};

const rudder = (gzip) => ({
  again: ['lost', 429, 500, 503],
  make(url, key) {
    const sdk = new RudderAnalytics(key, {
      dataPlaneUrl: url,
      gzip,
      flushInterval: UPLOAD_MS,
      retryCount: FOREVER,
      axiosRetryConfig: { retryDelay: () => RETRY_MS },
      errorHandler: () => {},
      logLevel: 'none',
    });
    return segmentLike(sdk, () => sdk.flush());
  },
});

const posthog = (mode) => ({
  again: mode === 'v1' ? ['lost', 404, 429, 500, 503] : ['lost', 429, 500, 503],
  make(url, key) {
    process.env.POSTHOG_CAPTURE_MODE = mode; // it reads this when it is made
    const batches = { flushAt: 5, maxBatchSize: 5, flushInterval: UPLOAD_MS }; // it would make one of all
    const sdk = new PostHog(key, { host: url, fetchRetryCount: FOREVER, fetchRetryDelay: RETRY_MS, ...batches });
    const capture = async (distinctId, event, properties, timestamp) => {
      sdk.capture({ distinctId, event, properties, timestamp });
    };
    return {
      identify: async (distinctId, properties) => sdk.identify({ distinctId, properties }),
      page: (user, page, time) => capture(user, '$pageview', { $current_url: page.url, title: page.title }, time),
      track: capture,
      close: () => sdk.shutdown(60_000),
    };
  },
});

const ECOMMERCE = 'iglu:com.snowplowanalytics.snowplow.ecommerce';
const entity = (name, data) => ({ schema: `${ECOMMERCE}/${name}/jsonschema/1-0-0`, data });
const productEntity = ({ product_id: id, ...product }) => entity('product', { id, ...product });

const snowplowTracker = (eventMethod) => ({
  again: ['lost', 404, 413, 429, 500, 503],
  // It keeps the newest 1,000 events and drops others in silence, and sends them one by one.
  trips: eventMethod === 'get' ? 150 : undefined,
  traits: false,
  make(url, key) {
    const waiting = new Map(); // of each event's id: who is told what became of it
    const settle = (events, delivered) => events.forEach(({ eid }) => waiting.get(eid)?.(delivered));
    const sdk = snowplow.newTracker(
      { namespace: 'shop', appId: key },
      {
        endpoint: url,
        eventMethod,
        bufferSize: 10,
        onRequestSuccess: (events) => settle(events, true),
        onRequestFailure: ({ events, willRetry }) => willRetry || settle(events, false),
      },
    );
    const track = (user, event, context, time) => {
      sdk.setUserId(user);
      const { eid } = sdk.track(event, context, { type: 'ttm', value: time.getTime() });
      return new Promise((resolve) => waiting.set(eid, resolve)).finally(() => waiting.delete(eid));
    };
    const act = (user, type, context, time) => {
      const schema = `${ECOMMERCE}/snowplow_ecommerce_action/jsonschema/1-0-2`;
      return track(user, snowplow.buildSelfDescribingEvent({ event: { schema, data: { type } } }), context, time);
    };
    return {
      page: (user, { url: pageUrl, title: pageTitle }, time) =>
        track(user, snowplow.buildPageView({ pageUrl, pageTitle }), [], time),
      view: (user, product, time) => act(user, 'product_view', [productEntity(product)], time),
      add: (user, product, time) => act(user, 'add_to_cart', [productEntity(product)], time),
      order: (user, { order_id: transaction_id, revenue, currency, products }, time) => {
        const transaction = entity('transaction', { transaction_id, revenue, currency, payment_method: 'card' });
        return act(user, 'transaction', [transaction, ...products.map(productEntity)], time);
      },
      async close() {
        // What failed goes with the next flush, and there is no timer.
        while (waiting.size) await sdk.flush().then(() => pause(RETRY_MS / 5));
      },
    };
  },
});

const matomo = (bulk) => ({
  mute: !bulk,
  // It leaves every connection open, and a server takes so many of one address.
  trips: bulk ? undefined : 80,
  again: [],
  traits: false,
  make(url, key) {
    const carts = new Map();
    const put = (user, product) => carts.set(user, [...(carts.get(user) || []), product]).get(user);
    const items = (products) => JSON.stringify(products.map((p) => [p.product_id, p.name, p.category, p.price, 1]));
    const send = (uid, what, time) => {
      const sdk = new MatomoTracker(key, `${url}/matomo.php`);
      const query = { url: 'https://shop.example/', uid, cdt: Math.floor(time.getTime() / 1000), ...what };
      return new Promise((resolve) => {
        sdk.on('error', () => resolve(false));
        if (bulk) sdk.trackBulk([query], (body) => resolve(/"tracked": ?1\b/.test(body)));
        else resolve(sdk.track(query));
      });
    };
    return {
      // Whoever looks at a product sees a page, which says so.
      page: () => undefined,
      view: (user, product, time) => {
        const view = { _pks: product.product_id, _pkn: product.name, _pkc: product.category, _pkp: product.price };
        return send(user, { action_name: product.name, ...view }, time);
      },
      add: (user, product, time) => {
        const cart = put(user, product);
        const revenue = cart.reduce((sum, { price }) => sum + price, 0);
        return send(user, { idgoal: 0, revenue, ec_items: items(cart) }, time);
      },
      order: (user, { order_id, revenue, products }, time) =>
        send(user, { idgoal: 0, ec_id: order_id, revenue, ec_items: items(products) }, time),
      close: async () => {},
    };
  },
});

const ga4 = {
  again: [],
  silent: true,
  make(url, key) {
    const item = ({ product_id: item_id, name: item_name, category: item_category, price }) => {
      return { item_id, item_name, item_category, price, quantity: 1 };
    };
    const send = async (user, name, params, time, more) => {
      const body = { client_id: `${user}.1`, user_id: user, timestamp_micros: time.getTime() * 1000, ...more };
      const query = `measurement_id=G-SHOP&api_secret=${key}`;
      body.events = [{ name, params: { session_id: '1', engagement_time_msec: 1, ...params } }];
      const sent = fetch(`${url}/mp/collect?${query}`, { method: 'POST', body: JSON.stringify(body) });
      return sent.then(({ ok }) => ok, () => false);
    };
    const goods = (products, value) => ({ currency: 'EUR', value, items: products.map(item) });
    return {
      // Traits come with any event, and without one they do not.
      identify: (user, { plan }, time) =>
        send(user, 'login', { method: 'mail' }, time, { user_properties: { plan: { value: plan } } }),
      page: (user, { url: page_location, title: page_title }, time) =>
        send(user, 'page_view', { page_location, page_title }, time),
      view: (user, product, time) => send(user, 'view_item', goods([product], product.price), time),
      add: (user, product, time) => send(user, 'add_to_cart', goods([product], product.price), time),
      order: (user, { order_id, products, revenue }, time) =>
        send(user, 'purchase', { transaction_id: order_id, ...goods(products, revenue) }, time),
      close: async () => {},
    };
  },
};

const umami = {
  again: [],
  make(url, key) {
    const sdk = new Umami({ websiteId: key, hostUrl: url });
    const sent = (sending) => sending.then(({ ok }) => ok, () => false);
    const track = (id, what, time) => sent(sdk.track({ id, timestamp: time.getTime() / 1000, ...what }));
    return {
      identify: (id, traits) => sent(sdk.identify({ id, ...traits })),
      page: (user, { path, title }, time) => track(user, { url: path, title, hostname: 'shop.example' }, time),
      track: (user, name, data, time) => track(user, { url: '/', name, data }, time),
      close: async () => {},
    };
  },
};

// Jitsu's SDK speaks for one user at a time, even several of it in a process do.
const turns = { last: Promise.resolve(), sdk: undefined, user: undefined };

const jitsu = {
  again: [],
  timed: false,
  signsIn: true,
  make(url, key) {
    let failed; // what was under way, of which nothing else tells
    const errorPolicy = () => (failed = true);
    const sdk = jitsuAnalytics({ host: url, writeKey: `${key}:secret`, errorPolicy });
    const tell = (user, call) => {
      turns.last = turns.last.then(async () => {
        if (turns.sdk !== sdk || turns.user !== user) await sdk.reset();
        Object.assign(turns, { sdk, user });
        failed = false;
        await call();
        return !failed;
      });
      return turns.last;
    };
    return {
      identify: (user, traits) => tell(user, () => sdk.identify(user, traits)),
      page: (user, page) => tell(user, () => sdk.page(page)),
      track: (user, event, properties) => tell(user, () => sdk.track(event, properties)),
      close: async () => {},
    };
  },
};

const amplitudeNode = {
  again: [400, 401, 403, 404, 413, 429, 500, 503], // what has no `code` in its body
  make(url, key) {
    const sdk = amplitude.createInstance();
    sdk.init(key, { serverUrl: `${url}/2/httpapi`, flushIntervalMillis: UPLOAD_MS, logLevel: 0 });
    const delivered = ({ promise }) => promise.then(({ code }) => code >= 200 && code < 300);
    const who = (user, time) => ({ user_id: user, ...(time && { time: time.getTime() }) });
    return {
      identify: (user, traits, time) => {
        const identify = new amplitude.Identify();
        for (const [name, value] of Object.entries(traits)) identify.set(name, value);
        return delivered(sdk.identify(identify, who(user, time)));
      },
      page: (user, page, time) =>
        delivered(sdk.track('[Amplitude] Page Viewed', { '[Amplitude] Page URL': page.url }, who(user, time))),
      track: (user, event, properties, time) => delivered(sdk.track(event, properties, who(user, time))),
      close: async () => {}, // its own timer sends; what flush() sends is not sent again
    };
  },
};

const mixpanel = {
  again: [],
  make(url, key) {
    const { host, protocol } = new URL(url);
    const sdk = Mixpanel.init(key, { host, protocol: protocol.slice(0, -1) });
    const track = (user, event, properties, time) =>
      answered((callback) => sdk.track(event, { distinct_id: user, time, ...properties }, callback));
    return {
      identify: (user, traits) => answered((callback) => sdk.people.set(user, traits, callback)),
      page: (user, page, time) => track(user, '$mp_web_page_view', { current_url: page.url }, time),
      track,
      close: async () => {},
    };
  },
};

module.exports = {
  NODE_SDKS: {
    '@segment/analytics-node': segment,
    'analytics-node': legacySegment,
    '@rudderstack/rudder-sdk-node': rudder(true),
    '@rudderstack/rudder-sdk-node, plain': rudder(false),
    'posthog-node': posthog('v0'),
    'posthog-node, v1': posthog('v1'),
    '@snowplow/node-tracker, POST': snowplowTracker('post'),
    '@snowplow/node-tracker, GET': snowplowTracker('get'),
    'matomo-tracker': matomo(false),
    'matomo-tracker, bulk': matomo(true),
    'GA4 Measurement Protocol': ga4,
    '@umami/node': umami,
    '@jitsu/js': jitsu,
    '@amplitude/analytics-node': amplitudeNode,
    mixpanel,
  },
};
