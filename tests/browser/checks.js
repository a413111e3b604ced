// What must hold of a page as it is laid out; runs inside the page and gives a list of { rule, what }.
(() => {
  const found = [];
  const say = (rule, what) => found.push({ rule, what: what.replace(/\s+/g, ' ').slice(0, 300) });
  const svgRoot = document.documentElement.localName === 'svg';
  const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });

  // Every line of visible text with its box, cut to where its container scrolls.
  function lines() {
    const all = [];
    const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    for (let node; (node = walk.nextNode());) {
      const holder = node.parentElement;
      if (!node.data.trim() || !holder || !shown(holder)) continue;
      if (holder.closest('style,script,svg title,svg desc,head,defs')) continue;
      const text = holder.closest('text');
      if (text) continue;
      const clip = holder.closest('.scroll')?.getBoundingClientRect();
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        let { left, right, top, bottom } = box;
        if (clip) [left, right] = [Math.max(left, clip.left), Math.min(right, clip.right)];
        if (right - left > 0.5 && bottom > top) all.push({ left, right, top, bottom, text: node.data.trim(), element: holder });
      }
    }
    for (const text of document.querySelectorAll('svg text')) {
      if (!shown(text)) continue;
      const { left, right, top, bottom } = text.getBoundingClientRect();
      if (right > left) all.push({ left, right, top, bottom, text: text.textContent.trim(), element: text });
    }
    return all;
  }

  // Boxes are as high as the font's tallest letters; words touch only where their inner parts do.
  function inner(line) {
    const spare = (line.bottom - line.top) * 0.22;
    return { left: line.left + 0.5, right: line.right - 0.5, top: line.top + spare, bottom: line.bottom - spare };
  }

  function overlaps(all) {
    const boxes = all.map((line) => ({ line, ...inner(line) })).sort((a, b) => a.top - b.top);
    for (let i = 0; i < boxes.length; i++) {
      for (let j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom; j++) {
        const [a, b] = [boxes[i], boxes[j]];
        if (a.left < b.right && b.left < a.right && a.bottom > b.top) {
          say('overlap', `"${a.line.text.slice(0, 60)}" and "${b.line.text.slice(0, 60)}" at ${Math.round(a.left)},${Math.round(a.top + scrollY)}`);
        }
      }
    }
  }

  function scroll() {
    if (svgRoot) return;
    const page = document.scrollingElement;
    if (page.scrollWidth > page.clientWidth) {
      const wide = [...document.body.querySelectorAll('*')].find(
        (one) => shown(one) && !one.parentElement.closest('.scroll') && one.getBoundingClientRect().right > page.clientWidth + 0.5);
      say('scroll', `the page is ${page.scrollWidth} px wide on ${page.clientWidth}; ${wide ? wide.outerHTML.slice(0, 120) : ''}`);
    }
    // A table may scroll by itself, but somebody must be able to reach it by the keyboard.
    for (const one of document.body.querySelectorAll('*')) {
      const wider = one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible';
      if (wider && shown(one) && !one.closest('svg') && one.tabIndex < 0) say('scroll', `cannot be reached by keys: ${one.outerHTML.slice(0, 120)}`);
    }
  }

  function inside() {
    for (const text of document.querySelectorAll('svg text')) {
      if (!shown(text)) continue;
      const svg = text.ownerSVGElement;
      const [box, page] = [text.getBoundingClientRect(), svg.getBoundingClientRect()];
      const over = Math.max(page.left - box.left, box.right - page.right, page.top - box.top, box.bottom - page.bottom);
      if (over > 1) say('outside', `"${text.textContent.trim()}" reaches ${over.toFixed(1)} px out of its drawing`);
      const size = parseFloat(getComputedStyle(text).fontSize) * svg.getScreenCTM().a;
      // 11 px to be read on a screen; paper is held nearer: 7.5 pt.
      if (size < (matchMedia('print').matches ? 10 : 10.9)) say('small', `"${text.textContent.trim()}" has letters of ${size.toFixed(1)} px`);
    }
  }

  function parse(colour) {
    const parts = colour.match(/[\d.]+/g)?.map(Number);
    return parts && colour.startsWith('rgb') ? { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 } : undefined;
  }
  function luminance(rgb) {
    const [r, g, b] = rgb.map((part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function contrast(a, b) {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  }
  function groundOf(element) {
    for (let one = element; one; one = one.parentElement) {
      const ground = parse(getComputedStyle(one).backgroundColor);
      if (ground && ground.alpha > 0) return ground.rgb;
    }
    return matchMedia('(prefers-color-scheme:dark)').matches && !matchMedia('print').matches ? [18, 18, 18] : [255, 255, 255];
  }

  // Words of a drawing against what is painted below them; nothing may be painted over them.
  function grounds() {
    for (const svg of document.querySelectorAll('svg')) {
      if (!shown(svg)) continue;
      const page = groundOf(svg);
      const painted = [];
      const texts = [];
      for (const one of svg.querySelectorAll('rect,circle,path,text')) {
        if (one.closest('defs,pattern')) continue;
        if (one.localName === 'text') { texts.push({ one, order: painted.length }); continue; }
        const style = getComputedStyle(one);
        const colour = parse(style.fill);
        if (colour && colour.alpha > 0.5 && style.fill !== 'none') painted.push({ one, box: one.getBoundingClientRect(), rgb: colour.rgb });
      }
      for (const { one, order } of texts) {
        if (!shown(one)) continue;
        const box = one.getBoundingClientRect();
        const ink = parse(getComputedStyle(one).fill)?.rgb;
        if (!ink) continue;
        for (const part of [0.02, 0.25, 0.5, 0.75, 0.98]) {
          const [x, y] = [box.left + (box.right - box.left) * part, (box.top + box.bottom) / 2];
          const at = (shape) => shape.box.left <= x && x <= shape.box.right && shape.box.top <= y && y <= shape.box.bottom
            && (shape.one.localName !== 'path' || shape.one.isPointInFill(new DOMPoint(x, y).matrixTransform(shape.one.getScreenCTM().inverse())));
          const ground = painted.slice(0, order).findLast(at)?.rgb ?? page;
          const ratio = contrast(ink, ground);
          if (ratio < 4.5) { say('contrast', `"${one.textContent.trim()}" has ${ratio.toFixed(2)}:1 on rgb(${ground})`); break; }
          if (painted.slice(order).some(at)) { say('covered', `"${one.textContent.trim()}" is painted over`); break; }
        }
      }
    }
  }

  // HTML words against the nearest ground; axe leaves out what it cannot be sure of.
  function words(all) {
    for (const line of all) {
      if (line.element.closest('svg')) continue;
      const style = getComputedStyle(line.element);
      const ink = parse(style.color);
      const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
      const ratio = contrast(ink.rgb, groundOf(line.element));
      if (ratio < (large ? 3 : 4.5)) say('contrast', `"${line.text.slice(0, 60)}" has ${ratio.toFixed(2)}:1`);
    }
  }

  function headings() {
    if (svgRoot) return;
    const levels = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((one) => Number(one.localName[1]));
    if (levels.filter((level) => level === 1).length !== 1 || levels[0] !== 1) say('headings', `not one h1 first: ${levels}`);
    levels.slice(1).forEach((level, index) => { if (level > levels[index] + 1) say('headings', `h${level} after h${levels[index]}`); });
  }

  function tables() {
    for (const head of document.querySelectorAll('th')) {
      if (!['col', 'row', 'colgroup', 'rowgroup'].includes(head.getAttribute('scope'))) say('scope', head.outerHTML);
    }
    for (const table of document.querySelectorAll('table')) {
      if (!table.caption && !table.getAttribute('aria-label') && !table.getAttribute('aria-labelledby')) say('scope', `a table without a name: ${table.outerHTML.slice(0, 100)}`);
      for (const row of table.tBodies[0]?.rows ?? []) {
        if (!row.querySelector('th')) { say('scope', `a row without a head: ${row.outerHTML.slice(0, 100)}`); break; }
      }
    }
  }

  function drawings() {
    for (const svg of document.querySelectorAll('svg')) {
      const names = (svg.getAttribute('aria-labelledby') ?? '').split(' ');
      const named = names.every((id) => document.getElementById(id)?.textContent.trim());
      if (svg.getAttribute('role') !== 'img' || !named) say('drawing', `no role, title or description: ${svg.outerHTML.slice(0, 100)}`);
    }
  }

  const all = lines();
  if (all.length === 0) say('empty', 'nothing is to be read');
  overlaps(all);
  scroll();
  inside();
  grounds();
  words(all);
  headings();
  tables();
  drawings();
  return found;
})()
