// Runs on each page of the book and returns what is wrong with it, as lines of text, each with what
// the same line on other pages has, too: `theme` and `width` stand in front of them already.
(() => {
  const found = [];
  const say = (line) => { if (!found.includes(line)) found.push(line); };
  const root = document.documentElement;
  const main = document.querySelector("main");
  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const short = (text) => text.trim().replace(/\s+/g, " ").slice(0, 40);

  const name = (element) => element.tagName.toLowerCase() + [...element.classList].map((one) => "." + one).join("");

  // mdBook lets the content scroll, not the window.
  for (const box of [root, document.body, document.querySelector("#mdbook-content")]) {
    if (box.scrollWidth <= box.clientWidth) continue;
    const edge = box.getBoundingClientRect().left + box.clientWidth;
    const over = [...main.querySelectorAll("*")].find((one) => one.getBoundingClientRect().right > edge + 1 &&
      !one.closest("pre, figure, .table-wrapper"));
    say(`the page scrolls sideways: ${over ? name(over) + " " + short(over.textContent) : "it is too wide"}`);
    break;
  }

  // Text in pictures: the size after scaling.
  for (const text of main.querySelectorAll("svg text")) {
    if (!shown(text)) continue;
    const size = parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a;
    if (size < 10) say(`text in a picture is ${size.toFixed(1)} px high`);
  }

  // Colors.
  const parse = (color) => {
    const parts = color.match(/[\d.]+/g);
    if (!parts) return null;
    const [r, g, b, a = 1] = parts.map(Number);
    return color.startsWith("color(srgb") ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
  };
  const over = (top, below) => below.map((part, at) => at < 3 ? top[at] * top[3] + part * (1 - top[3]) : 1);
  const grounds = new Map();
  const ground = (element) => {
    if (!element || element === document) return [255, 255, 255, 1];
    if (grounds.has(element)) return grounds.get(element);
    const own = parse(getComputedStyle(element).backgroundColor) || [0, 0, 0, 0];
    const result = own[3] === 1 ? own : over(own, ground(element.parentElement));
    grounds.set(element, result);
    return result;
  };
  const opacities = new Map();
  const opacity = (element) => {
    if (!element) return 1;
    if (!opacities.has(element))
      opacities.set(element, parseFloat(getComputedStyle(element).opacity) * opacity(element.parentElement));
    return opacities.get(element);
  };
  const light = ([r, g, b]) => {
    const part = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const contrast = (front, back) => {
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const hex = (color) => "#" + color.slice(0, 3).map((part) => Math.round(part).toString(16).padStart(2, "0")).join("");
  const compare = (element, color, least, what) => {
    const front = parse(color);
    if (!front || front[3] === 0) return;
    const back = ground(element);
    front[3] *= opacity(element);
    const mixed = over(front, back);
    const ratio = contrast(mixed, back);
    if (ratio < least) say(`contrast ${ratio.toFixed(2)}, ${hex(mixed)} on ${hex(back)}: ${what}`);
  };
  const seen = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (seen.has(element) || !texts.currentNode.data.trim()) continue;
    seen.add(element);
    // A listing has hundreds of parts in a few colors.
    if (element.closest("pre")) {
      if (seen.has(element.className)) continue;
      seen.add(element.className);
    }
    if (element.closest("script, style, noscript, title, template, [disabled], .mdbook-help-popup, #mdbook-help-container")) continue;
    if (!shown(element)) continue;
    const style = getComputedStyle(element);
    const big = parseFloat(style.fontSize) >= 24;
    compare(element, element.closest("svg") ? style.fill : style.color, big ? 3 : 4.5, name(element));
  }
  // What a picture says by a shape.
  for (const shape of main.querySelectorAll("svg.timeline rect, svg.timeline path, svg.play rect")) {
    if (shown(shape) && !shape.matches(".ground"))
      compare(shape, getComputedStyle(shape).fill, 3, "shape " + name(shape));
  }

  // Pictures say what they are.
  for (const image of main.querySelectorAll("img")) if (!image.alt) say(`a picture without alt text: ${image.src}`);
  for (const svg of main.querySelectorAll("svg")) {
    // The sign of a note stands before the word that says the same.
    if (svg.closest("[aria-hidden=true], button, .fa-svg, .blockquote-tag-title")) continue;
    if (!svg.querySelector(":scope > title")?.textContent.trim() && !svg.getAttribute("aria-label"))
      say("a drawing without a title");
  }

  // Headings.
  const levels = [...main.querySelectorAll("h1, h2, h3, h4, h5, h6")];
  if (levels.filter((one) => one.tagName === "H1").length !== 1) say("not exactly one h1");
  let level = 0;
  for (const heading of levels) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) say(`heading h${own} below h${level}: ${short(heading.textContent)}`);
    level = own;
  }

  // The keyboard.
  for (const element of document.querySelectorAll("a[href], button, input, select, summary, [onclick]")) {
    if (!shown(element) || element.disabled || element.closest("[aria-hidden=true], nav.sidebar, .sidebar")) continue;
    if (element.tabIndex < 0) say(`not reachable by keyboard: ${name(element)} ${short(element.textContent)}`);
    const says = element.textContent.trim() || element.getAttribute("aria-label") || element.title ||
      element.labels?.[0]?.textContent.trim() ||
      (element.labels?.[0] ?? element).querySelector("img[alt]:not([alt='']), svg title");
    if (!says) say(`no name for a screen reader: ${name(element)}`);
  }
  if (document.querySelector("[tabindex]:not([tabindex='0']):not([tabindex='-1'])")) say("a tabindex above 0");

  return {
    found,
    ids: [...document.querySelectorAll("[id]")].map((one) => one.id),
    links: [...document.querySelectorAll("a[href]")].map((one) => one.href),
  };
})()
