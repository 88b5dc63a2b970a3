'use strict';
// SDKs for browsers, unmodified: which script of the npm package a page loads, and what makes it ready there.
// `start(collector, key)` runs in the page and gives what a shop does with it, as trip.js tells of it.
//
//   preflights  whether the browser asks for leave before it sends; else it may send without
//   offline     what becomes of what is done without a network: it comes by `itself`, or when `nudged` by the next
//               event; left out: it may be lost
//   refused     and of what there is no server for
//   leaves      and of what waits when the visitor leaves: it is `sent` at once, or `kept` for the next page
//   taken       what it holds before this is true in the page is lost then; so it is before
//   underWay    so many requests have begun, where that is how it takes charge
//   anonymous   it tells nothing of who it is

const segment = (deliveryStrategy) => ({
  script: '@segment/analytics-next/dist/umd/index.js',
  preflights: true,
  offline: 'itself',
  refused: 'itself',
  leaves: deliveryStrategy ? 'sent' : 'kept',
  underWay: deliveryStrategy ? 0 : 6,
  options: { integrations: { 'Segment.io': deliveryStrategy ? { deliveryStrategy } : {} } },
  async start(collector, key, options) {
    const [sdk] = await window.AnalyticsNext.AnalyticsBrowser.load({ writeKey: key, cdnURL: collector }, options);
    return {
      identify: (user, traits) => sdk.identify(user, traits),
      page: (user, { title }) => sdk.page(title),
      track: (user, event, properties) => sdk.track(event, properties),
    };
  },
});

const rudder = (options) => ({
  script: '@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js',
  preflights: true, // for its settings, even where it sends beacons
  offline: options.useBeacon ? undefined : 'itself', // nobody is told what became of a beacon
  refused: options.useBeacon ? undefined : 'itself',
  leaves: 'kept',
  options,
  start(collector, key, options) {
    const sdk = new window.rudderanalytics.RudderAnalytics();
    sdk.load(key, collector, { configUrl: collector, ...options });
    const shop = {
      identify: (user, traits) => sdk.identify(user, traits),
      page: (user, { title }) => sdk.page(title),
      track: (user, event, properties) => sdk.track(event, properties),
    };
    return new Promise((resolve) => sdk.ready(() => resolve(shop)));
  },
});

const posthog = {
  script: 'posthog-js/dist/array.full.no-external.js',
  offline: 'itself',
  refused: 'itself',
  leaves: 'sent',
  underWay: 2, // identify, and its question for flags, go at once; what it is just packing when a page ends is lost
  start(collector, key) {
    const options = {
      api_host: collector,
      opt_out_useragent_filter: true, // a headless browser's is a bot's
      autocapture: false,
      capture_pageview: false,
      capture_pageleave: false,
      disable_session_recording: true,
    };
    return new Promise((resolve) => {
      const loaded = (sdk) =>
        resolve({
          identify: (user, traits) => sdk.identify(user, traits),
          page: () => sdk.capture('$pageview'),
          track: (user, event, properties) => sdk.capture(event, properties),
        });
      window.posthog.init(key, { ...options, loaded });
    });
  },
};

const snowplow = (options) => ({
  script: '@snowplow/browser-tracker/dist/index.umd.js',
  preflights: options.eventMethod !== 'get',
  offline: 'nudged',
  refused: 'nudged',
  leaves: 'kept',
  anonymous: Boolean(options.anonymousTracking),
  traits: false,
  options,
  start(collector, key, options) {
    const sdk = window.snowplowBrowserTracking;
    sdk.newTracker('shop', collector, { appId: key, ...options });
    const ecommerce = 'iglu:com.snowplowanalytics.snowplow.ecommerce';
    const entity = (name, data) => ({ schema: `${ecommerce}/${name}/jsonschema/1-0-0`, data });
    const product = ({ product_id: id, ...more }) => entity('product', { id, ...more });
    const act = (type, context) => {
      const schema = `${ecommerce}/snowplow_ecommerce_action/jsonschema/1-0-2`;
      sdk.trackSelfDescribingEvent({ event: { schema, data: { type } }, context });
    };
    return {
      identify: (user) => sdk.setUserId(user),
      page: (user, { title }) => sdk.trackPageView({ title }),
      view: (user, what) => act('product_view', [product(what)]),
      add: (user, what) => act('add_to_cart', [product(what)]),
      order: (user, { order_id: transaction_id, revenue, currency, products }) => {
        const transaction = { transaction_id, revenue, currency, payment_method: 'card' };
        act('transaction', [entity('transaction', transaction), ...products.map(product)]);
      },
      nudge: () => sdk.trackStructEvent({ category: 'test', action: 'nudge' }),
    };
  },
});

const plausible = {
  module: 'plausible-tracker/build/module/index.js',
  anonymous: true,
  traits: false,
  start(collector, key) {
    const sdk = window.loaded.default({ domain: key, apiHost: collector, trackLocalhost: true });
    return {
      page: () => sdk.trackPageview(),
      // Its properties are no lists.
      track: (user, event, { products, ...props }) => sdk.trackEvent(event, { props }),
    };
  },
};

const amplitude = {
  script: '@amplitude/analytics-browser/lib/scripts/amplitude-min.umd.js',
  preflights: true,
  offline: 'itself',
  refused: 'itself',
  leaves: 'kept',
  taken: () => JSON.parse(localStorage.AMP_unsent_shop || '[]').length === 6,
  async start(collector, key) {
    const sdk = window.amplitude;
    const quiet = { fetchRemoteConfig: false, autocapture: false };
    await sdk.init(key, { serverUrl: `${collector}/2/httpapi`, ...quiet }).promise;
    return {
      identify: (user, traits) => {
        sdk.setUserId(user);
        const identify = new sdk.Identify();
        for (const [name, value] of Object.entries(traits)) identify.set(name, value);
        sdk.identify(identify);
      },
      page: () => void sdk.track('[Amplitude] Page Viewed', { '[Amplitude] Page URL': location.href }),
      track: (user, event, properties) => void sdk.track(event, properties),
    };
  },
};

const mixpanel = {
  script: 'mixpanel-browser/dist/mixpanel.umd.js',
  offline: 'itself',
  leaves: 'kept', // and sent: it cannot know what became of a beacon, and sends it again
  taken: () => {
    const waiting = (what) => JSON.parse(localStorage[`__mpq_shop_${what}`] || '[]').length;
    return waiting('ev') >= 6 && waiting('pp') >= 2; // identify is an event of its own, and two changes of a profile
  },
  start(collector, key) {
    const sdk = window.mixpanel;
    sdk.init(key, { api_host: collector, batch_flush_interval_ms: 1000, record_sessions_percent: 0 });
    return {
      identify: (user, traits) => {
        sdk.identify(user);
        sdk.people.set(traits);
      },
      page: () => sdk.track_pageview(),
      track: (user, event, properties) => sdk.track(event, properties),
    };
  },
};

module.exports = {
  BROWSER_SDKS: {
    '@segment/analytics-next': segment(),
    '@segment/analytics-next, in batches': segment({ strategy: 'batching', config: { size: 100, timeout: 1000 } }),
    '@rudderstack/analytics-js': rudder({}),
    '@rudderstack/analytics-js, in batches': rudder({
      queueOptions: { batch: { enabled: true, flushInterval: 500 } },
    }),
    '@rudderstack/analytics-js, by beacon': rudder({
      useBeacon: true,
      beaconQueueOptions: { flushQueueInterval: 500 },
    }),
    'posthog-js': posthog,
    '@snowplow/browser-tracker': snowplow({}),
    '@snowplow/browser-tracker, GET': snowplow({ eventMethod: 'get' }),
    '@snowplow/browser-tracker, anonymous': snowplow({ anonymousTracking: { withServerAnonymisation: true } }),
    'plausible-tracker': plausible,
    '@amplitude/analytics-browser': amplitude,
    'mixpanel-browser': mixpanel,
  },
};
