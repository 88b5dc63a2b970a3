'use strict';
// Takes webhooks as a careful receiver does: it knows them by their signature, and what comes again
// under an id that it has had counts once. Now and then it breaks off, as receivers do.
const crypto = require('node:crypto');
const http = require('node:http');

const KEY = Buffer.alloc(24, 'millrace');

// As standardwebhooks.com says.
function isSigned(headers, text) {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
  const mac = crypto.createHmac('sha256', KEY).update(signed).digest('base64');
  return (headers['webhook-signature'] || '').split(' ').includes(`v1,${mac}`);
}

async function webhookReceiver(random) {
  const seen = new Set();
  const effects = new Map(); // 'profile effect' -> how often, under different ids
  let repeated = 0;
  const server = http.createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part) => (text += part));
    request.on('end', () => {
      if (!isSigned(request.headers, text)) return response.writeHead(401).end();
      const id = request.headers['webhook-id'];
      if (seen.has(id)) {
        ++repeated;
      } else {
        seen.add(id);
        const { profile, name } = JSON.parse(text);
        const key = `${profile} ${name}`;
        effects.set(key, (effects.get(key) || 0) + 1);
      }
      if (random() < 0.005) return request.socket.destroy(); // the sender does not know that we have it
      response.writeHead(200).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    url: `http://127.0.0.1:${server.address().port}/effects`,
    secret: `whsec_${KEY.toString('base64')}`,
    effects,
    repeated: () => repeated,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

module.exports = { webhookReceiver };
