// Small pieces everything else is made of: nodes, faces, links, requests.
// Text from outside only ever becomes a text node; nothing on this page writes innerHTML.

/** A node. `props`: `class`, `on` (listeners), `data` (dataset), anything else an attribute. */
export function h(tag, props = {}, ...kids) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [type, f] of Object.entries(value)) node.addEventListener(type, f);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "vars") for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...kids.flat(Infinity).filter((kid) => kid !== null && kid !== undefined && kid !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** An icon from one path, drawn with the text's own colour. */
export function icon(path, size = 16) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Up to two letters that stand for a name. */
export function initials(name) {
  const words = String(name ?? "").replace(/[#@_.]/gu, " ").split(/[\s-]+/u).filter((w) => /[\p{L}\p{N}]/u.test(w));
  const first = (word) => [...graphemes.segment(word.replace(/^[^\p{L}\p{N}]+/u, ""))][0]?.segment ?? "";
  if (words.length === 0) return "·";
  const letters = words.length === 1 ? first(words[0]) : first(words[0]) + first(words[words.length - 1]);
  return letters.toLocaleUpperCase();
}

// Hues that stay clear under white letters; yellows and limes turn to mud.
const hues = [2, 18, 142, 162, 182, 200, 216, 236, 258, 280, 304, 330];

/** The same person has the same colour in every room. */
export function hue(name) {
  let hash = 2166136261;
  for (const char of String(name ?? "").toLowerCase()) hash = Math.imul(hash ^ char.codePointAt(0), 16777619);
  return hues[((hash ^ (hash >>> 15)) >>> 0) % hues.length];
}

/** Only pictures that this process serves are loaded; a remote one would leave the machine. */
export function ownPicture(url) {
  return typeof url === "string" && (/^\/(?!\/)/u.test(url) || /^data:image\//u.test(url)) ? url : null;
}

/** A face: the picture where it is ours, else initials. With `alt` it is an image to a screen reader. */
export function face(name, url, { alt = "", host = false } = {}) {
  const box = h("span", { class: host ? "face host" : "face", vars: { "--hue": hue(name) } }, initials(name));
  if (alt) {
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", alt);
  } else box.setAttribute("aria-hidden", "true");
  const own = ownPicture(url);
  if (own) {
    const img = h("img", { src: own, alt: "", on: { error: () => img.remove() } });
    box.append(img);
  }
  return box;
}

/** A link, where the address is one a person may follow; otherwise its words alone. */
export function link(url, ...words) {
  let target;
  try {
    target = new URL(url);
  } catch {
    return h("span", {}, ...words);
  }
  if (!["http:", "https:", "mailto:"].includes(target.protocol)) return h("span", {}, ...words);
  return h("a", { href: target.href, target: "_blank", rel: "noopener noreferrer" }, ...words);
}

/** POST to the stage. Resolves to its JSON; rejects with an Error that says what to do next. */
export async function post(path, body) {
  let response;
  try {
    response = await fetch(`/stage/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The process does not answer. Is it still running in your terminal?");
  }
  const text = await response.text();
  let json = {};
  try {
    json = text ? JSON.parse(text) : {};
  } catch {
    if (response.ok) throw new Error("The process answered with something that is not JSON.");
  }
  if (!response.ok) throw new Error(json.error ?? `The process answered ${response.status}.`);
  return json;
}

/** Runs `work` while `control` is busy, and shows what went wrong in `problem`, beside where the person acted. */
export async function attempt(control, problem, work) {
  if (control?.getAttribute("aria-busy") === "true") return undefined;
  control?.setAttribute("aria-busy", "true");
  problem.textContent = "";
  try {
    return await work();
  } catch (error) {
    problem.textContent = error.message;
    return undefined;
  } finally {
    control?.removeAttribute("aria-busy");
  }
}
