'use strict';
// A millrace of its own for a test: topology.yaml on a data directory that is removed at the end, on
// a port of loopback that stays the same when it is killed and started again.
//
//   const server = await Server.start();
//   await server.kill();
//   await server.run();
//   await server.stop();
const { spawn } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');

const PROGRAM = path.resolve(process.env.MILLRACE_PROGRAM || 'build/dev/app/millrace');
const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });

// What reads where there is a keys file.
const READ_KEY = 'mrr_tests';
const READ_KEY_SHA256 = crypto.createHash('sha256').update(READ_KEY).digest('hex');

// A request's answer: { status, headers, body }. Rejects where there is no answer.
function request(method, url, body) {
  return new Promise((resolve, reject) => {
    const headers = method === 'GET' ? { authorization: `Bearer ${READ_KEY}` } : {};
    const sent = http.request(url, { method, agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: text }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const MARK = { userId: 'mark', event: 'Mark', writeKey: 'mark' };

class Server {
  // `nodes` are those that the topology is to have besides, as YAML; `keys`: all write keys that are known, each
  // { key, source, ... } as in a keys file; without them, any is.
  static async start(nodes = '', keys = undefined) {
    const server = new Server();
    server.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-sdks-'));
    server.topology = path.join(server.directory, 'topology.yaml');
    fs.writeFileSync(server.topology, fs.readFileSync(path.join(__dirname, 'topology.yaml'), 'utf8') + nodes);
    if (keys) {
      server.keys = path.join(server.directory, 'keys.yaml');
      const write = [{ key: MARK.writeKey, source: 'tests' }, ...keys];
      const read = [{ name: 'tests', sha256: READ_KEY_SHA256 }];
      fs.writeFileSync(server.keys, JSON.stringify({ write, read })); // JSON is YAML
    }
    server.port = 0;
    server.marks = 0; // events of its own, for position()
    await server.run();
    return server;
  }

  // Starts the program; resolves when it is ready for requests.
  async run() {
    const words = ['run', this.topology, '--data', path.join(this.directory, 'data')];
    if (this.keys) words.push('--keys', this.keys);
    this.child = spawn(PROGRAM, [...words, '--listen', `127.0.0.1:${this.port}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    readline.createInterface({ input: this.child.stderr }).on('line', (line) => {
      if (!line.includes('"level":"info"')) console.error(line);
    });
    this.ended = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve(signal || code)));
    this.port = await this.announced();
    this.url = `http://127.0.0.1:${this.port}`;
    await this.ready();
  }

  // The port that the program says it listens on.
  announced() {
    return new Promise((resolve, reject) => {
      readline.createInterface({ input: this.child.stdout }).on('line', (line) => {
        const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line);
        if (found) resolve(Number(found[1]));
      });
      this.ended.then((how) => reject(new Error(`millrace run ended with ${how} before it listened`)));
    });
  }

  async ready() {
    await eventually('the server is ready', async () => (await request('GET', `${this.url}/readyz`)).status === 200);
  }

  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  // Asks it to end, which it does in order; it can run again.
  async end() {
    this.child.kill('SIGTERM');
    const how = await this.ended;
    if (how !== 0) throw new Error(`millrace run ended with ${how} after SIGTERM`);
  }

  // For good.
  async stop() {
    await this.end();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  // A position of the journal behind everything that was accepted so far.
  async position() {
    const answer = await request('POST', `${this.url}/v1/track`, JSON.stringify(MARK));
    if (answer.status !== 200) throw new Error(`POST /v1/track: ${answer.status} ${answer.body}`);
    ++this.marks;
    return answer.headers['x-millrace-position'];
  }

  // A counter's or gauge's value, the sum over its labels; 0 where it is not there yet.
  async metric(name) {
    const { body } = await request('GET', `${this.url}/metrics`);
    const lines = body.split('\n').filter((line) => new RegExp(`^millrace_${name}(_total)?[{ ]`).test(line));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').pop()), 0);
  }

  // What is known of a user, when everything up to `position` is processed; null: nothing.
  async profile(user, position) {
    const answer = await request('GET', `${this.url}/v1/profiles/user_id:${user}?after=${position}`);
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw new Error(`GET /v1/profiles: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  }

  // How many members each segment has that has any.
  async segments() {
    const { body } = await request('GET', `${this.url}/v1/segments`);
    const full = JSON.parse(body).segments.filter(({ members }) => members);
    return Object.fromEntries(full.map(({ name, members }) => [name, members]));
  }
}

// Asks again and again until `holds` does; errors count as no.
async function eventually(what, holds, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  let last;
  while (Date.now() < end) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${what}: not within ${seconds} s${last ? ` (${last.message})` : ''}`);
}

module.exports = { Server, eventually, request };
