"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const id = (name) => document.getElementById(name);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const palette = () => dark.matches
    ? { ink: "#e4eaf0", page: "#12181f", soft: "#a3b1bf", tie: "#4a5866", accent: "#6fb1f5" }
    : { ink: "#1c2733", page: "#ffffff", soft: "#52606e", tie: "#b9c4cf", accent: "#1d5fa8" };
  // The colour tells the family, the shape the kind, so that no two built-in kinds look alike.
  const looks = {
    Customer: ["#2a72c4", "star"], Identity: ["#2a72c4", "ellipse"], Account: ["#2a72c4", "round-rectangle"],
    Conversation: ["#2e8b57", "round-rectangle"], Interaction: ["#2e8b57", "ellipse"],
    Ticket: ["#c63d33", "round-rectangle"], Feedback: ["#c63d33", "triangle"],
    Statement: ["#8463c9", "diamond"], Action: ["#8463c9", "hexagon"], Handoff: ["#8463c9", "triangle"],
    Issue: ["#b9791c", "diamond"], Part: ["#b9791c", "hexagon"], Article: ["#b9791c", "round-rectangle"],
    Agent: ["#718092", "ellipse"], Team: ["#718092", "round-rectangle"], Usage: ["#2f93a5", "ellipse"],
  };
  const others = ["#a8527f", "#6b7d1f", "#9a5a3c", "#4f6bb5", "#3f8f86"];
  const kinds = [...new Set(data.nodes.map((node) => node.kind))].sort();
  const own = kinds.filter((kind) => !(kind in looks));
  const of = (kind) => looks[kind] || [others[own.indexOf(kind) % others.length], "hexagon"];
  const colour = (kind) => of(kind)[0];
  const small = new Set(["Interaction", "Usage"]);
  const focus = new Set(data.focus);
  const byId = new Map(data.nodes.map((node) => [node.id, node]));
  const made = (tag, text, parent) => {
    const one = document.createElement(tag);
    if (text !== undefined) one.textContent = text;
    if (parent) parent.append(one);
    return one;
  };
  const dot = (kind, parent) => {
    const one = made("span", undefined, parent);
    one.className = "dot " + of(kind)[1];
    one.style.background = colour(kind);
    one.setAttribute("aria-hidden", "true");
  };
  const short = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

  const look = () => {
    const use = palette();
    return [
      { selector: "node", style: { label: "data(label)", "font-size": 9, color: use.ink, "text-outline-color": use.page, "text-outline-width": 2, "text-valign": "bottom", "text-margin-y": 3, "text-wrap": "wrap", "text-max-width": 110, width: "data(size)", height: "data(size)", shape: "data(shape)", "background-color": "data(colour)", "min-zoomed-font-size": 7 } },
      { selector: "node[?small]", style: { "min-zoomed-font-size": 13 } },
      { selector: "edge", style: { width: 1, "line-color": use.tie, "target-arrow-color": use.tie, "target-arrow-shape": "triangle", "arrow-scale": 0.7, "curve-style": "bezier", label: "data(kind)", "font-size": 6, color: use.soft, "text-rotation": "autorotate", "text-outline-color": use.page, "text-outline-width": 1.5, "min-zoomed-font-size": 9 } },
      { selector: ".found", style: { "border-width": 3, "border-color": use.accent, "font-weight": 700 } },
      { selector: ".faint", style: { opacity: 0.15 } },
      { selector: "node.near, node:selected", style: { "min-zoomed-font-size": 0, "font-weight": 700, "z-index": 9 } },
      { selector: ".gone", style: { display: "none" } },
      { selector: ":selected", style: { "border-width": 4, "border-color": use.accent, "line-color": use.accent, "target-arrow-color": use.accent } },
    ];
  };
  const size = (node) => (focus.has(node.id) ? 34 : small.has(node.kind) ? 11 : 18);
  // It warns on the console of edges that it leaves out because their nodes lie on one another.
  cytoscape.warnings(false);
  const graph = cytoscape({
    container: id("graph"),
    elements: {
      nodes: data.nodes.map((node) => ({ data: { id: node.id, kind: node.kind, label: short(node.title, 40), colour: colour(node.kind), shape: of(node.kind)[1], small: small.has(node.kind), size: size(node), at: node.at } })),
      edges: data.edges.map((edge, place) => ({ data: { id: "edge " + place, source: edge.source, target: edge.target, kind: edge.kind.toLowerCase().replaceAll("_", " "), place } })),
    },
    style: look(),
    minZoom: 0.05,
    maxZoom: 5,
    layout: { name: "preset" },
  });
  dark.addEventListener("change", () => graph.style(look()));
  const ring = { Customer: 9, Identity: 8, Account: 7, Ticket: 6, Conversation: 5, Issue: 4 };
  graph.layout({ name: "concentric", concentric: (node) => ring[node.data("kind")] || 2, levelWidth: () => 1, minNodeSpacing: 8 }).run();
  if (data.nodes.length <= 800) {
    graph.layout({ name: "cose", randomize: false, animate: false, nodeRepulsion: () => 60000, idealEdgeLength: () => 60, gravity: 0.4, numIter: 600, fit: true, padding: 30 }).run();
  }

  const rows = new Map();
  for (const node of data.nodes) {
    const item = made("li", undefined, id("list"));
    const button = made("button", undefined, item);
    button.type = "button";
    dot(node.kind, button);
    made("span", node.kind + ": " + short(node.title, 90), button);
    button.addEventListener("click", () => choose(node.id));
    rows.set(node.id, item);
  }
  for (const kind of kinds) {
    const label = made("label", undefined, id("kinds"));
    const box = made("input", undefined, label);
    Object.assign(box, { type: "checkbox", checked: true, value: kind });
    dot(kind, label);
    made("span", kind, label);
    box.addEventListener("change", filter);
  }

  const times = data.nodes.map((node) => node.at).filter((at) => at !== null);
  const first = Math.min(...times), last = Math.max(...times);
  const moment = (name) => first + ((last - first) * Number(id(name).value)) / 1000;
  const date = (at) => new Date(at).toISOString().slice(0, 10);
  function filter() {
    const on = new Set([...id("kinds").querySelectorAll("input:checked")].map((box) => box.value));
    const from = moment("from"), to = moment("to");
    const words = id("find").value.trim().toLowerCase();
    let shown = 0, found = 0;
    graph.batch(() => {
      graph.nodes().forEach((one) => {
        const node = byId.get(one.id());
        const isIn = on.has(node.kind) && (node.at === null || times.length === 0 || (node.at >= from && node.at <= to));
        const isFound = words !== "" && node.search.includes(words);
        one.toggleClass("gone", !isIn);
        one.toggleClass("found", isFound);
        one.toggleClass("faint", words !== "" && !isFound);
        rows.get(node.id).hidden = !isIn || (words !== "" && !isFound);
        shown += isIn;
        found += isIn && isFound;
      });
      graph.edges().toggleClass("faint", words !== "");
    });
    id("span").textContent = times.length ? date(from) + " to " + date(to) : "";
    id("shown").textContent = words ? found + " of " + shown + " found" : shown + " of " + data.nodes.length + " nodes";
  }

  function choose(name) {
    graph.elements().unselect();
    const one = graph.getElementById(name);
    one.select();
    graph.animate({ center: { eles: one }, duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200 });
    show(byId.get(name));
  }
  function show(node) {
    const into = id("record");
    into.replaceChildren();
    id("side").scrollTop = 0;
    made("h2", node.kind, into);
    made("h3", node.title, into);
    table(into, [["id", node.id], ["keys", node.keys.join(", ")], ["from", node.valid_from], ["to", node.valid_to], ...Object.entries(node.props)]);
    const ties = data.edges.filter((edge) => edge.source === node.id || edge.target === node.id);
    made("h2", ties.length + " edges", into);
    for (const edge of ties.slice(0, 60)) {
      const other = byId.get(edge.source === node.id ? edge.target : edge.source);
      const button = made("button", undefined, into);
      button.type = "button";
      dot(other.kind, button);
      const way = edge.source === node.id ? edge.kind + " → " : "← " + edge.kind + " ";
      made("span", way + short(other.title, 60), button);
      button.addEventListener("click", () => choose(other.id));
    }
  }
  function showEdge(edge) {
    const into = id("record");
    into.replaceChildren();
    made("h2", "Edge", into);
    made("h3", edge.kind, into);
    table(into, [["from", edge.source], ["to", edge.target], ["since", edge.valid_from], ["until", edge.valid_to], ...Object.entries(edge.props)]);
  }
  function said(value, depth = 0) {
    if (Array.isArray(value)) return value.map((one) => said(one, depth + 1)).join(", ");
    if (value && typeof value === "object") {
      const told = Object.entries(value).map(([name, one]) => [name.replaceAll("_", " "), said(one, depth + 1)]);
      const lines = told.filter(([, one]) => one !== "").map(([name, one]) => name + ": " + one);
      return lines.join(depth ? ", " : "\n");
    }
    return String(value ?? "").replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(\.\d+)?Z$/, "$1 $2");
  }
  function table(into, entries) {
    const body = made("tbody", undefined, made("table", undefined, into));
    for (const [name, value] of entries) {
      if (value === null || value === "" || value === undefined) continue;
      const row = made("tr", undefined, body);
      made("th", name.replaceAll("_", " "), row).scope = "row";
      made("td", said(value), row);
    }
  }

  graph.on("mouseover", "node", (event) => event.target.addClass("near"));
  graph.on("mouseout", "node", (event) => event.target.removeClass("near"));
  graph.on("tap", "node", (event) => show(byId.get(event.target.id())));
  graph.on("tap", "edge", (event) => showEdge(data.edges[event.target.data("place")]));
  for (const name of ["find", "from", "to"]) id(name).addEventListener("input", filter);
  id("tools").addEventListener("submit", (event) => event.preventDefault());
  const zoom = (by) => graph.zoom({ level: graph.zoom() * by, renderedPosition: { x: graph.width() / 2, y: graph.height() / 2 } });
  id("in").addEventListener("click", () => zoom(1.3));
  id("out").addEventListener("click", () => zoom(1 / 1.3));
  id("fit").addEventListener("click", () => graph.fit(graph.elements(":visible"), 30));
  addEventListener("resize", () => graph.resize());
  graph.resize();
  graph.fit(undefined, 30);
  filter();
  if (data.focus.length === 1) show(byId.get(data.focus[0]));
  document.documentElement.dataset.ready = "yes";
})();
