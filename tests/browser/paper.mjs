// What must hold of a page on paper: it is printed to PDF, and the words of each sheet are read back.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

// A sheet that is not the last one is filled at least so far down.
const LEAST = 0.5;

export async function sheets(tab, { width, height }, keep) {
  const { data } = await tab('Page.printToPDF', { paperWidth: width, paperHeight: height, printBackground: true, preferCSSPageSize: true });
  const place = mkdtempSync(join(tmpdir(), 'paper-'));
  try {
    const file = join(place, 'page.pdf');
    writeFileSync(file, Buffer.from(data, 'base64'));
    if (keep) {
      mkdirSync(dirname(keep), { recursive: true });
      writeFileSync(`${keep}.pdf`, Buffer.from(data, 'base64'));
    }
    execFileSync('pdftotext', ['-bbox', file, join(place, 'words.html')]);
    return read(readFileSync(join(place, 'words.html'), 'utf8'));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function read(words) {
  const found = [];
  const pages = words.split('<page ').slice(1);
  pages.forEach((page, index) => {
    const [, width, height] = page.match(/width="([\d.]+)" height="([\d.]+)"/).map(Number);
    const boxes = [...page.matchAll(/xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)"/g)].map((one) => one.slice(1).map(Number));
    const margin = 14 * 72 / 25.4;
    const body = boxes.filter(([, top, , bottom]) => top > margin && bottom < height - margin);
    if (body.length === 0) found.push({ rule: 'sheet', what: `sheet ${index + 1} of ${pages.length} is empty` });
    const lowest = Math.max(...body.map(([, , , bottom]) => bottom));
    const filled = (lowest - margin) / (height - 2 * margin);
    const broad = width > height;
    const turned = pages[index + 1] && /width="([\d.]+)" height="([\d.]+)"/.test(pages[index + 1]) && (Number(RegExp.$1) > Number(RegExp.$2)) !== broad;
    if (index + 1 < pages.length && !turned && filled < LEAST) found.push({ rule: 'sheet', what: `sheet ${index + 1} of ${pages.length} is filled to ${Math.round(filled * 100)} %` });
    for (const [left, , right] of boxes) {
      if (left < margin - 1 || right > width - margin + 1) { found.push({ rule: 'sheet', what: `words stand in the margin of sheet ${index + 1}` }); break; }
    }
  });
  return found;
}
