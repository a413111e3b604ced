// Looks at pages and drawings in a browser as readers do, and prints what is wrong with them as JSON.
//
//     node look.mjs [--axe FILE] [--shots DIR] [--pages REGEX] DIRECTORY
//
// Every .html and .svg below DIRECTORY is laid out on a telephone (320 px), a tablet (768 px) and a desk (1280 px), on light
// and on dark ground, and as paper (A4 and Letter). The answer is { pages, views, findings: [{ page, view, rule, what }] }.
import { readFileSync, readdirSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Browser } from './devtools.mjs';
import { sheets } from './paper.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { axe: { type: 'string' }, shots: { type: 'string' }, pages: { type: 'string' }, chromium: { type: 'string' } },
});
const root = resolve(positionals[0]);
const checks = readFileSync(join(here, 'checks.js'), 'utf8');
const axe = readFileSync(options.axe ?? join(here, 'node_modules/axe-core/axe.min.js'), 'utf8');
// Only the tab in front is painted, and pictures are taken of what is painted.
const TABS = options.shots ? 1 : 2;

// All rules of axe on the narrowest, where everything is unfolded, and on the widest all but contrast, which takes two thirds of
// their time and is checked by ourselves in every view.
const SCREENS = [320, 768, 1280].flatMap((width) => ['light', 'dark'].map((scheme) => ({
  name: `${width} ${scheme}`, width, scheme, axe: scheme === 'light' && { 320: {}, 1280: { 'color-contrast': { enabled: false } } }[width],
})));
const SHEETS = [['A4', 8.27, 11.69], ['Letter', 8.5, 11]].map(([name, width, height]) => ({
  name: `print ${name}`, paper: { width, height }, width: Math.round(width * 96 - 2 * 17 * 96 / 25.4), scheme: 'light',
}));
const DRAWING = ['light', 'dark'].map((scheme) => ({ name: `drawing ${scheme}`, width: 760, scheme }));

const findings = [];
let views = 0;

function files() {
  const all = readdirSync(root, { recursive: true, withFileTypes: true });
  const named = all.filter((one) => one.isFile() && /\.(html|svg)$/.test(one.name)).map((one) => join(one.parentPath, one.name));
  const wanted = new RegExp(options.pages ?? '');
  return named.filter((one) => wanted.test(relative(root, one))).sort();
}

// Everything of one tab: it takes pages until there are none left.
async function work(browser, queue) {
  const heard = [];
  let loaded = () => {};
  const tab = await browser.tab((method, params) => {
    if (method === 'Page.loadEventFired') loaded();
    if (method === 'Runtime.exceptionThrown') heard.push(params.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(params.type)) heard.push(params.args.map((one) => one.value).join(' '));
    if (method === 'Log.entryAdded' && ['error', 'warning'].includes(params.entry.level)) heard.push(params.entry.text);
    if (method === 'Network.loadingFailed') heard.push(`a request failed: ${params.errorText}`);
    if (method === 'Network.requestWillBeSent' && !params.request.url.startsWith('file:') && !params.request.url.startsWith('data:')) heard.push(`it asks for ${params.request.url}`);
  });
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await tab(`${domain}.enable`, {});
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await tab('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  for (let file; (file = queue.shift());) {
    const page = relative(root, file);
    const add = (view, list) => list.forEach(({ rule, what }) => findings.push({ page, view, rule, what }));
    const drawing = file.endsWith('.svg');
    const done = new Promise((resolve) => { loaded = resolve; });
    const { errorText } = await tab('Page.navigate', { url: pathToFileURL(file).href });
    if (errorText) { add('load', [{ rule: 'load', what: errorText }]); continue; }
    await done;
    if (!drawing) await evaluate(axe + ';0');
    for (const view of drawing ? DRAWING : [...SCREENS, ...SHEETS]) {
      const began = performance.now();
      if (!drawing) await evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = ${view.width === 320}; })`);
      await show(tab, view, drawing ? await evaluate(`document.documentElement.viewBox.baseVal.width`) : view.width);
      add(view.name, await evaluate(checks));
      const middle = performance.now();
      if (view.axe) add(view.name, await accessible(evaluate, view.axe));
      if (view.paper) add(view.name, await sheets(tab, view.paper, shot(page, view)));
      else if (options.shots) await photograph(tab, shot(page, view));
      views += 1;
      if (process.env.TIMES) console.error(page, view.name, Math.round(middle - began), Math.round(performance.now() - middle));
    }
    add('load', heard.splice(0).map((what) => ({ rule: 'console', what })));
  }
}

async function show(tab, view, width) {
  await tab('Emulation.setEmulatedMedia', {
    media: view.paper ? 'print' : 'screen',
    features: [{ name: 'prefers-color-scheme', value: view.scheme }],
  });
  await tab('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false });
}

// What is drawn inside of images is taken out first: it says nothing to who cannot see it, and there are thousands of marks.
function accessible(evaluate, rules) {
  return evaluate(`(async () => {
    const drawn = [...document.querySelectorAll('svg[role=img]')].map((svg) => {
      const marks = [...svg.children].filter((one) => one.localName !== 'title' && one.localName !== 'desc');
      marks.forEach((one) => one.remove());
      return () => svg.append(...marks);
    });
    const { violations } = await axe.run(document, { resultTypes: ['violations'], elementRef: false, rules: ${JSON.stringify(rules)} });
    drawn.forEach((back) => back());
    return violations.flatMap((rule) => rule.nodes.map((node) => ({
      rule: 'axe ' + rule.id, what: node.html.slice(0, 160) + ' ' + (node.failureSummary ?? '') })));
  })()`);
}

function shot(page, view) {
  return options.shots && join(options.shots, `${page.replace(/[/.]/g, '-')}-${view.name.replace(' ', '-')}`);
}

async function photograph(tab, name) {
  const { cssContentSize: size } = await tab('Page.getLayoutMetrics');
  const clip = { x: 0, y: 0, width: size.width, height: Math.min(size.height, 12000), scale: 1 };
  const { data } = await tab('Page.captureScreenshot', { captureBeyondViewport: true, format: 'png', clip });
  mkdirSync(dirname(name), { recursive: true });
  writeFileSync(`${name}.png`, Buffer.from(data, 'base64'));
}

const browser = new Browser(options.chromium ?? 'chromium');
try {
  const queue = files();
  const pages = queue.length;
  await Promise.all(Array.from({ length: TABS }, () => work(browser, queue)));
  const order = (one) => `${one.page}\0${one.view}\0${one.rule}\0${one.what}`;
  findings.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  console.log(JSON.stringify({ pages, views, findings }, null, 1));
} finally {
  await browser.close();
}
