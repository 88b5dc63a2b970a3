'use strict';
// Stands between an SDK and the server, and at first loses every second answer on its way back: the
// server has taken the events, and the SDK does not know and sends them again.
const http = require('node:http');

const LOST_MAX = 6;

async function forgetfulProxy(target) {
  let answers = 0;
  let lost = 0;
  const proxy = http.createServer((request, response) => {
    const { method, headers } = request;
    const onward = http.request(new URL(request.url, target), { method, headers }, (answer) => {
      if (++answers % 2 === 0 && lost < LOST_MAX) {
        ++lost;
        answer.resume().once('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.once('error', () => request.socket.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    lost: () => lost,
    close: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

module.exports = { forgetfulProxy };
