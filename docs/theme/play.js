// The page to play with: a model of jobs that wait and compute, and its picture. `just book-test`
// compares the model with what the lessons recorded.
"use strict";

/**
 * What happens to jobs that wait, then compute.
 *
 * A job begins when fewer than `limit` jobs are under way. It waits, which takes no thread. Then it
 * queues until one of `threads` is free, runs on it to its end, and is over. `wait` and `compute`
 * are milliseconds, one number for all jobs or a list with one for each.
 *
 * Returns a row for each job (`start`, `ready`, `run`, `end`, `thread`), and of the whole its
 * `length` and the `most` jobs under way at once.
 */
function overlapModel({ jobs, wait, compute, limit, threads }) {
  const of = (times, job) => (Array.isArray(times) ? times[job] : times);
  const free = new Array(threads).fill(0);
  const rows = [];
  const waiting = [];
  let next = 0;
  let now = 0;
  let under = 0;
  let most = 0;
  const ends = [];
  while (next < jobs || waiting.length > 0 || ends.length > 0) {
    // Who has ended gives its place back before others begin.
    while (ends.length > 0 && ends[0] <= now) {
      ends.shift();
      under -= 1;
    }
    while (next < jobs && under < limit) {
      const row = { job: next, start: now, ready: now + of(wait, next) };
      rows.push(row);
      waiting.push(row);
      next += 1;
      under += 1;
      most = Math.max(most, under);
    }
    // Whoever is ready first runs first.
    waiting.sort((a, b) => a.ready - b.ready || a.job - b.job);
    while (waiting.length > 0 && waiting[0].ready <= now) {
      const thread = free.indexOf(Math.min(...free));
      if (free[thread] > now) break;
      const row = waiting.shift();
      row.thread = thread;
      row.run = now;
      row.end = now + of(compute, row.job);
      free[thread] = row.end;
      ends.push(row.end);
      ends.sort((a, b) => a - b);
    }
    // A job without computing has ended already, and its place is free at once.
    if (ends.length > 0 && ends[0] <= now) continue;
    // On to the next thing that happens.
    const coming = ends.slice(0, 1);
    if (waiting.length > 0 && waiting[0].ready > now) coming.push(waiting[0].ready);
    if (coming.length > 0) now = Math.min(...coming);
  }
  return { rows, length: Math.max(0, ...rows.map((row) => row.end)), most };
}

/** The tools: how many jobs each lets begin, and how many threads compute. */
const OVERLAP_TOOLS = {
  "one after another": () => ({ limit: 1, threads: 1 }),
  "a thread for each job": ({ jobs, cores }) => ({ limit: jobs, threads: cores }),
  "async, on one thread": ({ jobs }) => ({ limit: jobs, threads: 1 }),
  "async, and the blocking pool": ({ jobs, cores }) => ({ limit: jobs, threads: cores }),
  "Rayon": ({ cores }) => ({ limit: cores, threads: cores }),
  "Tokio and Rayon, with a bound": ({ bound, cores }) => ({ limit: bound, threads: cores }),
};

/** What the model says of a tool at these settings, with a sentence on what the limit is. */
function overlapTool(tool, settings) {
  const { limit, threads } = OVERLAP_TOOLS[tool](settings);
  const result = overlapModel({ ...settings, limit, threads });
  const { jobs, wait, compute, cores, bound } = settings;
  const threadsSay = threads === 1 ? "one thread" : `${threads} threads`;
  const computing = (jobs * compute) / threads;
  const under = Math.min(limit, jobs);
  let why;
  if (tool === "one after another") why = "Nothing overlaps: each job waits and computes alone.";
  else if (tool === "Rayon" && wait > compute)
    why = `A job keeps its thread while it waits, so no more than ${cores} wait at once.`;
  else if (tool === "Tokio and Rayon, with a bound" && under * compute < threads * (wait + compute) && under < jobs)
    why = `The bound is the limit: with ${bound} under way, the ${threadsSay} have pauses.`;
  else if (computing >= wait) why = `Computing is the limit: ${threadsSay} for ${jobs} × ${compute} ms.`;
  else why = "Waiting is the limit: all jobs wait at the same time.";
  const blocks = tool === "async, on one thread" && compute > 0;
  const neighbor = blocks
    ? ` Each job keeps the event loop for ${compute} ms, and no other task runs meanwhile.`
    : "";
  return { ...result, threads, sentence: why + neighbor };
}

const overlapSvg = (name, attributes, text) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};

const overlapTime = (time) => `${Math.round(time)} ms`;

/** The picture of what happens, `width` pixels wide; `longest` is the time at its right edge. */
function overlapPicture(tool, settings, width, longest) {
  const { rows, length, threads } = overlapTool(tool, settings);
  const [row, bar, left, right] = [16, 11, 52, 8];
  const scale = (width - left - right) / Math.max(longest, 1);
  const at = (time) => (left + time * scale).toFixed(1);
  const wide = (from, to) => Math.max((to - from) * scale, 0).toFixed(1);
  const bottom = rows.length * row;
  const legend = [["w", "waits"], ["q", "ready, no thread is free"]];
  for (let thread = 0; thread < threads; thread += 1) legend.push([`s${thread % 6}`, `runs on thread ${thread + 1}`]);
  let [x, y] = [0, bottom + 36];
  const places = legend.map(([kind, label]) => {
    const size = 34 + label.length * 7.3;
    if (x > 0 && x + size > width) [x, y] = [0, y + 18];
    const place = { kind, label, x, y };
    x += size;
    return place;
  });
  const svg = overlapSvg("svg", { class: "timeline play", viewBox: `0 0 ${width} ${y + 6}`, role: "img" });
  svg.append(overlapSvg("title", {}, `${settings.jobs} jobs, ${tool}: ${overlapTime(length)}`));
  rows.forEach(({ job, start, ready, run, end, thread }, index) => {
    const top = index * row;
    svg.append(overlapSvg("text", { x: 0, y: top + 10 }, `job ${job + 1}`));
    const piece = (kind, from, to) => {
      if (to > from) svg.append(overlapSvg("rect", { class: kind, x: at(from), y: top, width: wide(from, to), height: bar }));
    };
    piece("w", start, ready);
    piece("q", ready, run);
    piece(`s${thread % 6}`, run, end);
  });
  for (const time of [0, length]) svg.append(overlapSvg("line", { x1: at(time), x2: at(time), y1: 0, y2: bottom + 4 }));
  svg.append(overlapSvg("text", { x: at(0), y: bottom + 16 }, "0"));
  const near = length * scale < 70;
  svg.append(overlapSvg("text", { x: at(length), y: bottom + 16, class: near ? "m" : "e" }, overlapTime(length)));
  for (const { kind, label, x, y } of places) {
    svg.append(overlapSvg("rect", { class: kind, x: x + 1, y: y - 10, width: 12, height: 11 }));
    svg.append(overlapSvg("text", { x: x + 18, y }, label));
  }
  return svg;
}

const OVERLAP_SLIDERS = {
  jobs: ["jobs", 1, 24, ""],
  wait: ["each waits", 0, 100, " ms"],
  compute: ["then computes", 0, 50, " ms"],
  cores: ["cores", 1, 6, ""],
  bound: ["bound (the last tool)", 1, 24, ""],
};

/** Puts sliders, tools and picture in the place of what stood there without JavaScript. */
function overlapPlay(place, number) {
  const settings = { jobs: 8, wait: 40, compute: 10, cores: 2, bound: 4 };
  for (const name of Object.keys(settings)) if (place.dataset[name]) settings[name] = Number(place.dataset[name]);
  let tool = place.dataset.tool in OVERLAP_TOOLS ? place.dataset.tool : "Tokio and Rayon, with a bound";
  const make = (name, parent, attributes = {}, text = "") => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    parent.append(element);
    return element;
  };
  place.replaceChildren();

  const sliders = make("div", place, { class: "sliders" });
  for (const [name, [label, least, most, unit]] of Object.entries(OVERLAP_SLIDERS)) {
    const line = make("label", sliders);
    make("span", line, {}, label);
    const slider = make("input", line, { type: "range", min: least, max: most, value: settings[name] });
    const value = make("output", line, {}, settings[name] + unit);
    slider.addEventListener("input", () => {
      settings[name] = Number(slider.value);
      value.textContent = slider.value + unit;
      draw();
    });
  }

  const tools = make("fieldset", place, { class: "tools" });
  make("legend", tools, {}, "The tool, and how long all jobs take");
  const bars = {};
  for (const name of Object.keys(OVERLAP_TOOLS)) {
    const line = make("label", tools);
    const choice = make("input", line, { type: "radio", name: `overlap-tool-${number}`, value: name });
    choice.checked = name === tool;
    choice.addEventListener("change", () => {
      tool = name;
      draw();
    });
    make("span", line, {}, name);
    const track = make("span", line, { class: "track", "aria-hidden": "true" });
    bars[name] = { bar: make("span", track), time: make("output", line) };
  }
  const said = make("p", place, { class: "said", role: "status" });
  const frame = make("div", place, { class: "picture" });

  function draw() {
    const times = Object.keys(OVERLAP_TOOLS).map((name) => [name, overlapTool(name, settings)]);
    const longest = Math.max(...times.map(([, { length }]) => length));
    for (const [name, { length }] of times) {
      bars[name].bar.style.width = `${(100 * length) / Math.max(longest, 1)}%`;
      bars[name].time.textContent = overlapTime(length);
    }
    const { length, most, sentence } = overlapTool(tool, settings);
    said.textContent = `${overlapTime(length)}; at most ${most} under way at once. ${sentence}`;
    const width = Math.max(frame.clientWidth, 280);
    // Every tool on the scale of the longest would leave nothing to see of the fast ones.
    frame.replaceChildren(overlapPicture(tool, settings, width, length));
  }
  draw();
  let last = frame.clientWidth;
  new ResizeObserver(() => {
    if (frame.clientWidth === last) return;
    last = frame.clientWidth;
    draw();
  }).observe(frame);
}

document.querySelectorAll("div.play").forEach(overlapPlay);
