// Links from Airflow lead to `#message-<id>` and `#batch-<id>`, perhaps before the text is there.

import { byId, setText } from "./dom.js";

let wanted = "";
let found = false;

/** What the address asks for, or nothing; the sandbox then also sends texts that are not among the latest. */
export function wantedLink() {
  return wanted;
}

export function readAddress() {
  const name = decodeURIComponent(location.hash.slice(1));
  wanted = /^(message|batch)-./.test(name) ? name : "";
  found = false;
  for (const node of document.querySelectorAll(".linked")) node.classList.remove("linked");
}

/** Goes to what the address asks for, once, when it is there. */
export function followLink() {
  const notice = byId("notice");
  if (!wanted) return void (notice.hidden = true);
  const nodes = linked();
  for (const node of nodes) node.classList.add("linked");
  notice.hidden = nodes.length > 0;
  if (!nodes.length) {
    const what = wanted.startsWith("batch") ? "The batch" : "The text";
    setText(notice, `${what} that the link leads to is not here. It will be marked when it comes.`);
  } else if (!found) {
    found = true;
    nodes[0].closest("details")?.setAttribute("open", "");
    nodes[0].scrollIntoView({ block: "center" });
    // From here on by keyboard; but nobody who writes is taken away from it.
    if (document.activeElement === document.body) {
      nodes[0].tabIndex = -1;
      nodes[0].focus({ preventScroll: true });
    }
  }
}

function linked() {
  const [kind, name] = [wanted.slice(0, wanted.indexOf("-")), wanted.slice(wanted.indexOf("-") + 1)];
  const texts = [...document.querySelectorAll(".text")];
  const those = texts.filter((node) => (kind === "batch" ? node.dataset.batch === name : node.id === wanted));
  return those.length ? those : [...document.querySelectorAll("#scheduled > li")].filter((node) => node.dataset.key === name);
}
