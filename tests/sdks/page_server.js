'use strict';
// Serves a shop's page, and the browser SDK as its npm package has it, from an origin of its own.
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const BUNDLES = path.join(path.dirname(require.resolve('@segment/analytics-next/package.json')), 'dist', 'umd');

// The page loads the SDK as a site does that has it from npm. `options` are the SDK's own.
const page = (collector, options) => `<!doctype html><title>Shop</title>
<script src="/sdk/index.js"></script>
<script>
  window.analytics = AnalyticsNext.AnalyticsBrowser.load(
    { writeKey: 'browser', cdnURL: ${JSON.stringify(collector)} }, ${JSON.stringify(options)});
</script>`;

// `localhost` and not 127.0.0.1, where the collector is: to a browser that is another site.
async function pageServer(collector) {
  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const bundle = path.join(BUNDLES, path.basename(url.pathname));
    if (url.pathname === '/') {
      const options = JSON.parse(url.searchParams.get('options') || '{}');
      response.writeHead(200, { 'content-type': 'text/html' }).end(page(collector, options));
    } else if (url.pathname === '/elsewhere') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Elsewhere</title>');
    } else if (url.pathname.startsWith('/sdk/') && fs.existsSync(bundle)) {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(fs.readFileSync(bundle));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

module.exports = { pageServer };
