// Chromium by its own protocol over two pipes: no socket, no port, no library.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--hide-scrollbars',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
  '--force-color-profile=srgb', '--lang=en-US', '--remote-debugging-pipe',
];

// Milliseconds that an answer may take.
const PATIENCE = 60_000;

export class Browser {
  constructor(program) {
    this.profile = mkdtempSync(join(tmpdir(), 'look-'));
    const flags = [...FLAGS, `--user-data-dir=${this.profile}`, 'about:blank'];
    this.process = spawn(program, flags, { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
    this.said = '';
    this.process.stderr.on('data', (more) => { this.said = (this.said + more).replace(/^.*(dbus|DBus).*$\n?/gm, '').slice(-2000); });
    this.ended = new Promise((done) => this.process.on('exit', done));
    this.waiting = new Map();
    this.listeners = new Map();
    this.last = 0;
    const failed = (why) => {
      for (const { fail } of this.waiting.values()) fail(new Error(`${why}\n${this.said}`));
      this.waiting.clear();
    };
    this.process.on('error', failed);
    this.process.on('exit', () => failed('chromium has ended'));
    this.process.stdio[3].on('error', () => {});
    let rest = [];
    this.process.stdio[4].on('data', (bytes) => {
      for (let end; (end = bytes.indexOf(0)) >= 0; bytes = bytes.subarray(end + 1)) {
        rest.push(bytes.subarray(0, end));
        this.#hear(JSON.parse(Buffer.concat(rest).toString()));
        rest = [];
      }
      rest.push(bytes);
    });
  }

  #hear(message) {
    const asked = this.waiting.get(message.id);
    if (asked) {
      this.waiting.delete(message.id);
      if (message.error) asked.fail(new Error(`${asked.method}: ${message.error.message}`));
      else asked.done(message.result);
    } else {
      this.listeners.get(message.sessionId)?.(message.method, message.params);
    }
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.last;
    return new Promise((answer, refuse) => {
      // A tab that has crashed answers nothing.
      const late = setTimeout(() => { this.waiting.delete(id); refuse(new Error(`${method}: no answer\n${this.said}`)); }, PATIENCE);
      const [done, fail] = [answer, refuse].map((then) => (value) => { clearTimeout(late); then(value); });
      this.waiting.set(id, { done, fail, method });
      this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    });
  }

  // A tab with what it reports as events.
  async tab(listener) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    this.listeners.set(sessionId, listener);
    return (method, params) => this.send(method, params, sessionId);
  }

  async close() {
    this.send('Browser.close').catch(() => {});
    const late = setTimeout(() => this.process.kill('SIGKILL'), 5000);
    await this.ended;
    clearTimeout(late);
    rmSync(this.profile, { recursive: true, force: true });
  }
}
