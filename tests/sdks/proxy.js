'use strict';
// Stands between an SDK and the server, counts what is asked, and meddles with answers: `meddle` is told how many
// requests came so far, and gives
//
//   'lose'      the server has taken it, and the SDK gets no answer
//   a number    the status that the SDK is answered; the server hears nothing of it
//   undefined   what the server says
const http = require('node:http');

async function meddlingProxy(target, meddle) {
  let asked = 0;
  let meddled = 0;
  let refused = 0;
  const proxy = http.createServer((request, response) => {
    const act = meddle(++asked);
    meddled += act !== undefined;
    if (typeof act === 'number') {
      request.resume().once('end', () => response.writeHead(act, { 'content-type': 'text/html' }).end('<h1>No</h1>'));
      return;
    }
    const { method, headers } = request;
    const onward = http.request(new URL(request.url, target), { method, headers }, (answer) => {
      if (act === 'lose') {
        answer.resume().once('end', () => request.socket.destroy());
        return;
      }
      refused += answer.statusCode >= 400;
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.once('error', () => request.socket.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    asked: () => asked,
    meddled: () => meddled,
    refused: () => refused, // by the server
    close: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

module.exports = { meddlingProxy };
