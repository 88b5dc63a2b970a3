'use strict';
// Serves a shop's pages, and the browser SDKs as their npm packages have them, from an origin of its own.
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const PACKAGES = '/packages/';

// A page that loads an SDK: as a script, or as a module that becomes `window.loaded`.
function page({ script, module }) {
  if (script) return `<!doctype html><title>Red Shoes</title><script src="${PACKAGES}${script}"></script>`;
  const load = `import * as loaded from '${PACKAGES}${module}'; window.loaded = loaded;`;
  return `<!doctype html><title>Red Shoes</title><script type="module">${load}</script>`;
}

// The file of a package; modules name each other without `.js`.
function packaged(name) {
  for (const file of [name, `${name}.js`]) {
    for (const root of module.paths.concat((process.env.NODE_PATH || '').split(path.delimiter))) {
      const found = path.join(root, file);
      if (root && fs.statSync(found, { throwIfNoEntry: false })?.isFile()) return found;
    }
  }
  return undefined;
}

// `localhost` and not 127.0.0.1, where the collector is: to a browser that is another site.
async function pageServer(sdk) {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = pathname.startsWith(PACKAGES) && packaged(path.normalize(pathname.slice(PACKAGES.length)));
    if (pathname === '/products/sku-1') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(page(sdk));
    } else if (pathname === '/elsewhere') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Elsewhere</title>');
    } else if (file) {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(fs.readFileSync(file));
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
