"use strict";
// Draws the mesh that stands in the page as JSON. Names are only ever set as text, never as markup.
const mesh = JSON.parse(document.getElementById("mesh").textContent);
const graph = document.getElementById("graph");
const details = document.getElementById("details");
const search = document.getElementById("search");
const COLUMNS = [
  { title: "clients and gateways", kinds: ["mesh", "gateway"] }, { title: "routes", kinds: ["virtual-service"] },
  { title: "services", kinds: ["host"] }, { title: "subsets", kinds: ["subset"] }, { title: "workloads", kinds: ["workload"] },
];
const NAMES = { mesh: "clients in the mesh", gateway: "Gateway", "virtual-service": "routes", host: "service", subset: "subset", workload: "workload" };
const WIDE = 215, GAP = 75, TALL = 24, STEP = 30, TOP = 46, PAD = 30;
const LEVELS = ["error", "warning", "info"];
const column = (kind) => COLUMNS.findIndex((c) => c.kinds.includes(kind));
const state = { open: new Set(), hidden: new Set(), chosen: null, words: "", view: null };
const nodesOf = mesh.namespaces.map(() => []);
mesh.nodes.forEach((node, at) => { node.at_ = at; node.out = []; node.in = []; nodesOf[node.namespace].push(node); });
mesh.edges.forEach((edge) => { mesh.nodes[edge.from].out.push(edge); mesh.nodes[edge.to].in.push(edge); });
const laneName = (at) => mesh.namespaces[at] || "the mesh";
// Small meshes open at once; of large ones the namespaces come first.
if (mesh.nodes.length <= 150) mesh.namespaces.forEach((_, at) => state.open.add(at));
else state.open.add(0);

function make(tag, attributes, ...inner) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  element.append(...inner);
  return element;
}
function draw(tag, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}
const short = (text, most) => ([...text].length > most ? [...text].slice(0, most - 1).join("") + "\u2026" : text);
const worst = (findings) => LEVELS.find((level) => findings.some((at) => mesh.findings[at].level === level)) || "";
// The namespace is written on the lane already.
function nameIn(node) {
  const lane = mesh.namespaces[node.namespace];
  if (node.kind === "mesh") return NAMES.mesh;
  if (node.name.startsWith(lane + "/")) return node.name.slice(lane.length + 1);
  const [host, subset] = node.name.split(" / "), end = host.indexOf(`.${lane}.svc.`);
  const own = end > 0 ? host.slice(0, end) : host;
  return node.kind === "subset" ? `${own} / ${subset}` : own;
}

// What is drawn: nodes of open namespaces, and one box for each column of closed ones.
function items() {
  const all = [], of = new Map();
  mesh.namespaces.forEach((_, lane) => {
    if (state.hidden.has(lane)) return;
    const add = (item) => { item.key = all.length; item.lane = lane; all.push(item); item.nodes.forEach((node) => of.set(node, item)); };
    if (state.open.has(lane)) return nodesOf[lane].forEach((node) => add({ nodes: [node], column: column(node.kind), one: node }));
    COLUMNS.forEach((_, at) => {
      const nodes = nodesOf[lane].filter((node) => column(node.kind) === at);
      if (nodes.length) add({ nodes, column: at, one: null });
    });
  });
  const links = new Map();
  for (const edge of mesh.edges) {
    const from = of.get(mesh.nodes[edge.from]), to = of.get(mesh.nodes[edge.to]);
    if (!from || !to || from === to) continue;
    const key = from.key + ">" + to.key;
    if (!links.has(key)) links.set(key, { from, to, count: 0, bad: false });
    const link = links.get(key);
    link.count += 1;
    link.bad ||= mesh.nodes[edge.to].state === "missing" || (edge.findings || []).some((at) => mesh.findings[at].level === "error");
  }
  return { all, links: [...links.values()] };
}

// Lanes below each other, columns beside each other; in a lane each column follows the order of the one before it.
function place({ all, links }) {
  const before = new Map(all.map((item) => [item, []]));
  links.forEach((link) => { if (link.from.lane === link.to.lane && link.from.column < link.to.column) before.get(link.to).push(link.from); });
  const lanes = [];
  let y = TOP;
  mesh.namespaces.forEach((_, lane) => {
    const own = all.filter((item) => item.lane === lane);
    if (!own.length) return;
    let most = 1;
    COLUMNS.forEach((_, at) => {
      const list = own.filter((item) => item.column === at);
      const wish = (item) => { const from = before.get(item); return from.length ? from.reduce((sum, one) => sum + one.y, 0) / from.length : Infinity; };
      const keyed = list.map((item) => [wish(item), item.nodes[0].name, item]);
      keyed.sort((a, b) => (a[0] === b[0] ? (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0) : a[0] < b[0] ? -1 : 1));
      keyed.forEach(([, , item], row) => { item.x = 14 + at * (WIDE + GAP); item.y = y + PAD + row * STEP; });
      most = Math.max(most, list.length);
    });
    const height = PAD + most * STEP + 6;
    lanes.push({ lane, y, height });
    y += height + 4;
  });
  return { lanes, width: 28 + COLUMNS.length * WIDE + (COLUMNS.length - 1) * GAP, height: y + 10 };
}

function marks(item) {
  const out = [], findings = new Set(item.nodes.flatMap((node) => node.findings || []));
  const policies = new Set(item.nodes.flatMap((node) => node.policies || []));
  if (findings.size) out.push(["\u26a0" + findings.size, worst([...findings]), findings.size + " findings"]);
  if (policies.size) out.push(["\u00a7" + policies.size, "", policies.size + " policies"]);
  const modes = new Set(item.nodes.map((node) => node.mtls).filter(Boolean));
  for (const mode of ["strict", "permissive", "disable"]) {
    if (modes.has(mode)) out.push([{ strict: "mTLS", permissive: "mTLS?", disable: "plain" }[mode], { strict: "good", permissive: "warning", disable: "error" }[mode], "mutual TLS: " + mode]);
  }
  return out;
}

function label(item) {
  if (item.one) return nameIn(item.one);
  const title = item.column === 0 ? "gateways" : COLUMNS[item.column].title;
  return item.nodes.length + " " + (item.nodes.length === 1 ? title.replace(/s$/, "") : title);
}

let shown = { all: [], links: [], lanes: [] };
function render() {
  const { all, links } = items();
  const layout = place({ all, links });
  shown = { all, links, ...layout };
  const root = document.createDocumentFragment();
  COLUMNS.forEach((c, at) => root.append(draw("text", { x: 14 + at * (WIDE + GAP), y: 24, class: "head" }, c.title)));
  layout.lanes.forEach(({ lane, y, height }, row) => {
    root.append(draw("rect", { x: 0, y, width: layout.width, height, class: row % 2 ? "lane odd" : "lane" }));
    root.append(draw("text", { x: 14, y: y + 18, class: "title" }, laneName(lane)));
  });
  for (const link of links) {
    const a = { x: link.from.x + WIDE, y: link.from.y + TALL / 2 }, b = { x: link.to.x, y: link.to.y + TALL / 2 };
    const bend = Math.max(40, Math.abs(b.x - a.x) / 2);
    const path = draw("path", { d: `M${a.x},${a.y}C${a.x + bend},${a.y} ${b.x - bend},${b.y} ${b.x},${b.y}`, "stroke-width": (1 + Math.log2(link.count) / 2).toFixed(2) });
    if (link.bad) path.classList.add("bad");
    link.path = path;
    root.append(path);
  }
  const words = state.words.toLowerCase();
  for (const item of all) {
    const group = draw("g", { class: "node", transform: `translate(${item.x},${item.y})`, tabindex: "-1", role: "button" });
    const findings = item.nodes.flatMap((node) => node.findings || []);
    const level = worst(findings);
    if (level) group.classList.add(level);
    for (const word of ["unreached", "missing"]) if (item.nodes.some((node) => node.state === word)) group.classList.add(word);
    if (!item.one) group.classList.add("many");
    if (words && item.nodes.some((node) => node.name.toLowerCase().includes(words))) group.classList.add("match");
    const own = marks(item), text = label(item);
    const room = 29 - own.reduce((sum, [mark]) => sum + mark.length + 1, 0);
    const said = item.one ? `${NAMES[item.one.kind]} ${item.one.name}` : `${text} of ${laneName(item.lane)}, press Enter to open`;
    group.setAttribute("aria-label", [said, ...(item.one && item.one.state ? [item.one.state] : []), ...own.map((mark) => mark[2])].join(", "));
    group.append(draw("title", {}, group.getAttribute("aria-label")), draw("rect", { width: WIDE, height: TALL, rx: 5 }));
    group.append(draw("text", { x: 8, y: 16, class: "name" }, short(text, room)));
    let x = WIDE - 6;
    for (const [mark, kind] of own.reverse()) {
      group.append(draw("text", { x, y: 16, class: "mark " + kind, "text-anchor": "end" }, mark));
      x -= mark.length * 6.2 + 6;
    }
    group.addEventListener("click", () => choose(item));
    group.addEventListener("focus", () => roam(item));
    item.group = group;
    root.append(group);
  }
  graph.replaceChildren(root);
  if (all.length) all[0].group.setAttribute("tabindex", "0");
  if (!state.view) fit(false);
  highlight();
}

function roam(item) {
  shown.all.forEach((other) => other.group.setAttribute("tabindex", other === item ? "0" : "-1"));
}

function choose(item) {
  if (!item.one) { state.open.add(item.lane); syncFilter(); render(); const first = shown.all.find((one) => one.lane === item.lane && one.column === item.column); return first && first.group.focus(); }
  state.chosen = item.one;
  highlight();
  describe(item.one);
}

function highlight() {
  const item = state.chosen && shown.all.find((one) => one.nodes.includes(state.chosen));
  graph.classList.toggle("chosen", !!item);
  shown.all.forEach((one) => one.group.classList.remove("chosen", "near"));
  shown.links.forEach((link) => link.path.classList.remove("near"));
  if (!item) return;
  item.group.classList.add("chosen");
  // All that leads here and all that follows, not only the neighbours.
  for (const [from, to] of [["from", "to"], ["to", "from"]]) {
    const seen = new Set([item]), todo = [item];
    while (todo.length) {
      const one = todo.pop();
      for (const link of shown.links) {
        if (link[from] !== one) continue;
        link.path.classList.add("near");
        link[to].group.classList.add("near");
        if (!seen.has(link[to])) { seen.add(link[to]); todo.push(link[to]); }
      }
    }
  }
}

function describe(node) {
  const part = (title, list) => (list.length ? [make("h3", {}, title), make("ul", {}, ...list.map((one) => make("li", {}, ...[].concat(one))))] : []);
  const to = (other, at) => {
    const link = make("button", { class: "plain", type: "button" }, `${NAMES[other.kind]} ${other.kind === "mesh" ? "" : other.name}`.trim());
    link.addEventListener("click", () => go(other));
    return at ? [link, " ", make("code", { class: "soft" }, at)] : [link];
  };
  const findings = [...new Set([...(node.findings || []), ...node.in.concat(node.out).flatMap((edge) => edge.findings || [])])];
  const states = { unreached: "no route leads here", missing: "not part of the input" };
  details.replaceChildren(
    make("h2", {}, `${NAMES[node.kind]} ${node.kind === "mesh" ? "" : node.name}`),
    ...(node.state ? [make("p", { class: "error" }, states[node.state])] : []),
    ...(node.mtls ? [make("p", { class: { strict: "good", permissive: "warning", disable: "error" }[node.mtls] }, "mutual TLS: " + node.mtls)] : []),
    ...part(node.at.length > 1 ? `${node.at.length} Pods` : "defined at", node.at.map((at) => make("code", {}, at))),
    ...part("findings", findings.map((at) => mesh.findings[at]).map((f) => [make("strong", { class: f.level }, `${f.level} ${f.code}`), " ", f.message, make("br"), make("code", { class: "soft" }, f.at), ...(f.help ? [make("br"), "help: " + f.help] : [])])),
    ...part("policies", (node.policies || []).map((at) => mesh.policies[at]).map((p) => [`${p.kind} ${p.name}${p.does ? " (" + p.does + ")" : ""} `, make("code", { class: "soft" }, p.at)])),
    ...part("comes from", node.in.map((edge) => to(mesh.nodes[edge.from], edge.at))),
    ...part("goes to", node.out.map((edge) => to(mesh.nodes[edge.to], edge.at))),
  );
  details.scrollTop = 0;
}

function overview() {
  const count = (kind) => mesh.nodes.filter((node) => node.kind === kind).length;
  const bad = mesh.nodes.filter((node) => node.state === "unreached" || node.state === "missing");
  const link = (node) => { const one = make("button", { class: "plain", type: "button" }, `${NAMES[node.kind]} ${node.name}`); one.addEventListener("click", () => go(node)); return one; };
  const list = (title, nodes) => (nodes.length ? [make("h3", {}, title), make("ul", {}, ...nodes.slice(0, 200).map((node) => make("li", {}, link(node))))] : []);
  details.replaceChildren(
    make("h2", {}, "Overview"),
    make("p", {}, `${count("host")} services, ${count("virtual-service")} sets of routes, ${count("subset")} subsets, ${count("workload")} workloads, ${count("gateway")} gateways in ${mesh.namespaces.length - 1} namespaces; ${mesh.findings.length} findings`),
    make("p", { class: "soft" }, "Choose a box to see where it stands in the files, what was found there and which policies count. Keys: arrows move along edges and columns, Enter opens, + and - zoom, 0 shows all, / searches, Escape comes back here."),
    ...list("not in the input", bad.filter((node) => node.state === "missing")),
    ...list("no route leads to", bad.filter((node) => node.state === "unreached")),
    ...list("with findings", mesh.nodes.filter((node) => (node.findings || []).length)),
  );
}

// Shows a node wherever it is.
function go(node) {
  state.hidden.delete(node.namespace);
  state.open.add(node.namespace);
  state.chosen = node;
  syncFilter();
  render();
  const item = shown.all.find((one) => one.one === node);
  state.view = { ...state.view, x: item.x + WIDE / 2 - state.view.width / 2, y: item.y + TALL / 2 - state.view.height / 2 };
  look();
  item.group.focus({ preventScroll: true });
  describe(node);
}

function look() { const v = state.view; graph.setAttribute("viewBox", `${v.x} ${v.y} ${v.width} ${v.height}`); }
// At first the width counts, so that a long graph can be read from its beginning.
function fit(whole) {
  const box = graph.getBoundingClientRect(), ratio = (box.height || 1) / (box.width || 1);
  const width = whole ? Math.max(shown.width, shown.height / ratio) : shown.width;
  state.view = { x: (shown.width - width) / 2, y: 0, width, height: width * ratio };
  look();
}
function zoom(factor, x, y) {
  const v = state.view, width = Math.min(Math.max(v.width * factor, 150), shown.width * 12), scale = width / v.width;
  const px = x === undefined ? v.x + v.width / 2 : x, py = y === undefined ? v.y + v.height / 2 : y;
  state.view = { x: px - (px - v.x) * scale, y: py - (py - v.y) * scale, width, height: v.height * scale };
  look();
}

graph.addEventListener("wheel", (event) => {
  event.preventDefault();
  const box = graph.getBoundingClientRect(), v = state.view;
  zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, v.x + ((event.clientX - box.left) / box.width) * v.width, v.y + ((event.clientY - box.top) / box.height) * v.height);
}, { passive: false });
let drag = null;
graph.addEventListener("pointerdown", (event) => { if (!event.target.closest(".node")) drag = { x: event.clientX, y: event.clientY, view: state.view }; });
window.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const box = graph.getBoundingClientRect();
  graph.classList.add("moving");
  state.view = { ...drag.view, x: drag.view.x - ((event.clientX - drag.x) / box.width) * drag.view.width, y: drag.view.y - ((event.clientY - drag.y) / box.height) * drag.view.height };
  look();
});
window.addEventListener("pointerup", () => { drag = null; graph.classList.remove("moving"); });

function step(item, key) {
  const beside = shown.all.filter((one) => one.column === item.column).sort((a, b) => a.y - b.y);
  const here = beside.indexOf(item);
  if (key === "ArrowDown") return beside[here + 1];
  if (key === "ArrowUp") return beside[here - 1];
  const [end, other] = key === "ArrowRight" ? ["from", "to"] : ["to", "from"];
  const near = shown.links.filter((link) => link[end] === item).map((link) => link[other]);
  return near.sort((a, b) => Math.abs(a.y - item.y) - Math.abs(b.y - item.y) || a.key - b.key)[0];
}
graph.addEventListener("keydown", (event) => {
  const item = shown.all.find((one) => one.group === document.activeElement);
  if (!item) return;
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); return choose(item); }
  if (!event.key.startsWith("Arrow")) return;
  event.preventDefault();
  const next = step(item, event.key);
  if (!next) return;
  next.group.focus({ preventScroll: true });
  const v = state.view, inside = next.x >= v.x && next.x + WIDE <= v.x + v.width && next.y >= v.y && next.y + TALL <= v.y + v.height;
  if (!inside) { state.view = { ...v, x: next.x + WIDE / 2 - v.width / 2, y: next.y - v.height / 2 }; look(); }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { state.chosen = null; search.value = state.words = ""; render(); overview(); return; }
  if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") { event.preventDefault(); search.focus(); }
  if (event.key === "+" || event.key === "=") zoom(1 / 1.25);
  if (event.key === "-") zoom(1.25);
  if (event.key === "0") fit(true);
});
search.addEventListener("input", () => { state.words = search.value.trim(); render(); });
search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !state.words) return;
  const words = state.words.toLowerCase(), found = mesh.nodes.filter((node) => node.name.toLowerCase().includes(words));
  const exact = found.find((node) => nameIn(node).toLowerCase() === words) || found[0];
  if (exact) go(exact);
  else details.replaceChildren(make("p", {}, "nothing has this in its name"));
});

function syncFilter() {
  document.querySelectorAll("#filter [data-show]").forEach((box) => { box.checked = !state.hidden.has(Number(box.dataset.show)); });
  document.querySelectorAll("#filter [data-open]").forEach((one) => { const open = state.open.has(Number(one.dataset.open)); one.textContent = open ? "close" : "open"; one.setAttribute("aria-expanded", String(open)); });
}
mesh.namespaces.forEach((name, at) => {
  if (!nodesOf[at].length) return;
  const box = make("input", { type: "checkbox", "data-show": at });
  box.addEventListener("change", () => { if (box.checked) state.hidden.delete(at); else state.hidden.add(at); render(); });
  const open = make("button", { type: "button", "data-open": at, "aria-label": `open or close ${laneName(at)}` });
  open.addEventListener("click", () => { if (state.open.has(at)) state.open.delete(at); else state.open.add(at); syncFilter(); render(); });
  document.getElementById("namespaces").append(make("li", {}, make("label", {}, box, make("span", {}, laneName(at)), open)));
});
const on = (id, act) => document.getElementById(id).addEventListener("click", act);
on("closer", () => zoom(1 / 1.25));
on("farther", () => zoom(1.25));
on("fit", () => fit(true));
on("open", () => { mesh.namespaces.forEach((_, at) => state.open.add(at)); syncFilter(); render(); fit(false); });
on("close", () => { state.open.clear(); state.open.add(0); syncFilter(); render(); fit(false); });
on("all", () => { state.hidden.clear(); syncFilter(); render(); });
on("none", () => { mesh.namespaces.forEach((_, at) => { if (at) state.hidden.add(at); }); syncFilter(); render(); });
// Paper shows the whole graph.
window.addEventListener("beforeprint", () => graph.setAttribute("viewBox", `0 0 ${shown.width} ${shown.height}`));
window.addEventListener("afterprint", look);
syncFilter();
render();
overview();
