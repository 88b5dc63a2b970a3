// The plain page: what the engine does now, over the same API that everybody has. All text that comes
// from the server is set as text, never as HTML.
'use strict';

const SHOWN = 20;
const at = (id) => document.getElementById(id);
let key = sessionStorage.getItem('millrace-key') || '';
let before = null; // the counts of the last look, and when that was

function make(tag, text, parent) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

async function get(path, options) {
  const headers = key ? { Authorization: 'Bearer ' + key } : {};
  const answer = await fetch(path, { ...options, headers, cache: 'no-store' });
  at('key').hidden = answer.status !== 401;
  return answer;
}

function say(text) {
  if (at('state').textContent !== text) at('state').textContent = text;
}

// The sum of a metric over its labels.
function metric(text, name) {
  let sum = 0;
  for (const line of text.split('\n')) {
    const rest = line.startsWith('millrace_' + name) ? line.slice(9 + name.length) : '';
    if (rest[0] === '{' || rest[0] === ' ') sum += Number(line.slice(line.lastIndexOf(' ')));
  }
  return sum;
}

function showNumbers(text) {
  const now = { when: performance.now(), events: metric(text, 'events_total') };
  if (before && now.when > before.when) {
    const rate = (1000 * (now.events - before.events)) / (now.when - before.when);
    at('rate').textContent = Math.max(0, Math.round(rate)).toLocaleString('en');
  }
  before = now;
  at('events').textContent = now.events.toLocaleString('en');
  at('lag').textContent = metric(text, 'lag_seconds').toFixed(1) + ' s';
  at('empty').hidden = now.events > 0;
}

function showSegments(segments) {
  const most = Math.max(1, ...segments.map((segment) => segment.members));
  const body = at('segments');
  while (body.rows.length > segments.length) body.deleteRow(-1);
  segments.forEach((segment, i) => {
    let row = body.rows[i];
    if (!row) {
      row = body.insertRow();
      row.insertCell();
      row.insertCell().className = 'number';
      make('meter', undefined, row.insertCell());
    }
    row.cells[0].textContent = segment.name;
    row.cells[1].textContent = segment.members.toLocaleString('en');
    const meter = row.cells[2].firstChild;
    meter.max = most;
    meter.value = segment.members;
  });
}

async function look() {
  try {
    const [ready, metrics, segments] = await Promise.all([
      fetch('/readyz', { cache: 'no-store' }), get('/metrics'), get('/v1/segments')]);
    const health = await ready.json();
    const faults = health.checks.filter((check) => !check.ok);
    say(faults.length ? 'not ready: ' + faults.map((check) => check.detail).join('; ') : 'ready');
    if (metrics.ok) showNumbers(await metrics.text());
    if (segments.ok) showSegments((await segments.json()).segments);
  } catch {
    say('the server does not answer');
  }
  setTimeout(look, 1000);
}

function showOutput(kind, output) {
  const line = document.createElement('li');
  const time = make('time', output.time ? output.time.slice(11, 19) : '', line);
  if (output.time) time.dateTime = output.time;
  const what = { enter: 'entered', exit: 'left', effect: 'effect' }[kind] || kind;
  const who = (output.ids && output.ids[0]) || output.profile || output.node || '';
  line.append(who + ' ' + what + ' ' + (output.name || output.reason || ''));
  at('live').prepend(line);
  while (at('live').children.length > SHOWN) at('live').lastChild.remove();
}

// Server-sent events by fetch: EventSource could not give a key.
async function listen() {
  try {
    const answer = await get('/v1/live');
    if (!answer.ok) throw new Error(String(answer.status));
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const parts = (text + value).split('\n\n');
      text = parts.pop();
      for (const part of parts) {
        const kind = /^event: (.*)$/m.exec(part);
        const data = /^data: (.*)$/m.exec(part);
        if (kind && data && kind[1] !== 'missed' && kind[1] !== 'dropped') {
          showOutput(kind[1], JSON.parse(data[1]));
        }
      }
    }
  } catch {
    // The server went away, or wants a key: look() says so.
  }
  setTimeout(listen, 2000);
}

function showList(title, list, into) {
  if (!list.length) return;
  make('h3', title, into);
  const all = make('ul', undefined, into);
  for (const item of list) make('li', item, all);
}

function pairs(object) {
  return Object.entries(object || {}).map(
    ([name, value]) => name + ': ' + (typeof value === 'object' ? JSON.stringify(value) : value));
}

async function lookUp(id) {
  const into = at('profile');
  const answer = await get('/v1/profiles/' + encodeURIComponent(id));
  into.replaceChildren();
  if (answer.status === 404) return make('p', 'Nobody is known by this identifier.', into);
  if (!answer.ok) return make('p', 'The server answers ' + answer.status + '.', into);
  const profile = await answer.json();
  showList('Segments', profile.segments.map((s) => s.name + ' since ' + s.since), into);
  showList('Identifiers', profile.ids, into);
  for (const part of ['traits', 'features', 'cluster', 'consent']) {
    showList(part[0].toUpperCase() + part.slice(1), pairs(profile[part]), into);
  }
}

at('search').addEventListener('submit', (event) => {
  event.preventDefault();
  lookUp(new FormData(event.target).get('id').trim()).catch(() => say('the server does not answer'));
});
at('key').addEventListener('submit', (event) => {
  event.preventDefault();
  key = new FormData(event.target).get('key').trim();
  sessionStorage.setItem('millrace-key', key);
});
at('host').textContent = location.origin;
at('curl').textContent =
  "curl -u demo: " + location.origin + "/v1/track -H 'Content-Type: application/json' \\\n" +
  "  -d '{\"userId\":\"42\",\"event\":\"Product Viewed\",\"properties\":{\"category\":\"shoes\"}}'";
look();
listen();
