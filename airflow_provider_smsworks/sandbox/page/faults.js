// Faults: the list of what will go wrong, a form for one more, and an end to all.

import { say } from "./announcer.js";
import { get, post } from "./api.js";
import { byId, element, setText } from "./dom.js";
import { control, read, showProblem, write } from "./fields.js";
import { count } from "./words.js";

const FIRST = ["operation", "when", "kind", "status", "delay", "times"]; // the others are rarely needed
const rows = new Map();
let building = null;

export async function showFaults(faults, changed) {
  await (building ??= build(changed).catch((problem) => {
    building = null;
    throw problem;
  }));
  setText(byId("faults-count"), faults.length ? `${faults.length} in force` : "");
  byId("clear-faults").hidden = !faults.length;
  const list = byId("faults");
  const sentences = faults.map(sentence);
  if ([...list.children].map((node) => node.textContent).join("\n") !== sentences.join("\n"))
    list.replaceChildren(...sentences.map((text) => element("li", {}, text)));
}

function sentence(fault) {
  const what = {
    status: fault.error_code ? `answered with error ${fault.error_code}` : `answered with ${fault.status ?? 503}`,
    reset: "connection reset",
    stall: fault.delay && fault.when !== "late" ? `no answer for ${fault.delay} s` : "no answer",
    garbage: `an answer that cannot be read${fault.body === "html" ? " (HTML)" : ""}`,
  }[fault.kind];
  const when = {
    before: "nothing is accepted",
    after: "accepted, the answer is lost",
    late: `accepted ${fault.delay} s later`,
  }[fault.when];
  const chance = fault.probability < 1 ? `, ${Math.round(fault.probability * 100)} % of calls` : "";
  const left = fault.times === null ? "for ever" : `${count(fault.times, "time")}`;
  return `${fault.operation === "*" ? "All operations" : fault.operation}: ${what}; ${when}; ${left}${chance}`;
}

async function build(changed) {
  const { properties } = await get("sandbox/faults/schema");
  for (const [name, schema] of Object.entries(properties)) {
    const id = `fault-${name}`;
    const field = control(id, schema, schema.default === undefined ? schema.enum[0] : schema.default);
    const problem = element("p", { className: "error", id: `${id}-error` });
    const hint = element("p", { className: "hint", id: `${id}-hint` }, schema.description);
    field.setAttribute("aria-describedby", `${problem.id} ${hint.id}`);
    const place = FIRST.includes(name) ? "fault-fields" : "fault-more";
    byId(place).append(element("div", { className: "setting" }, element("label", { htmlFor: id }, name), field, problem, hint));
    rows.set(name, { schema, field, problem });
  }
  write(rows.get("operation").field, rows.get("operation").schema, "POST /message/send");
  byId("add-fault").addEventListener("submit", (event) => {
    event.preventDefault();
    add(changed);
  });
  byId("clear-faults").addEventListener("click", () => clear(changed));
}

async function add(changed) {
  for (const { field, problem } of rows.values()) showProblem(field, problem, "");
  setText(byId("fault-error"), "");
  const fault = Object.fromEntries([...rows].map(([name, { field, schema }]) => [name, read(field, schema)]));
  try {
    await post("sandbox/faults/add", fault);
  } catch (error) {
    return showRefusal(error.message.replaceAll(/fault \d+: /g, ""));
  }
  say("The fault is added.");
  await changed();
}

function showRefusal(text) {
  const named = text.match(/^(\w+)(: | )/)?.[1];
  const row = rows.get(named);
  const reason = row ? text.replace(`${named}: `, "").replace(row.schema.description, "").trim() : text;
  say(row ? `${named}: ${reason}` : reason);
  if (!row) return setText(byId("fault-error"), reason);
  showProblem(row.field, row.problem, reason);
  row.field.closest("details:not([open])")?.setAttribute("open", "");
  row.field.focus();
}

async function clear(changed) {
  try {
    await post("sandbox/faults", []);
  } catch (error) {
    return say(error.message);
  }
  byId("add-fault-panel").querySelector("summary").focus(); // the button goes
  say("All faults are cleared.");
  await changed();
}
