// The settings: a form made of what the sandbox says about them. A change counts at once.

import { say } from "./announcer.js";
import { get, post } from "./api.js";
import { byId, element, setText } from "./dom.js";
import { control, read, showProblem, word, write } from "./fields.js";

const rows = new Map(); // by name: the schema, the field, and where its problem is shown
let current = {};
let building = null;

export async function showSettings(settings, changed) {
  current = settings;
  await (building ??= build(changed).catch((problem) => {
    building = null; // the next answer of the sandbox tries again
    throw problem;
  }));
  let others = 0;
  for (const [name, row] of rows) {
    const isDefault = current[name] === row.schema.default;
    row.node.classList.toggle("changed", !isDefault);
    if (!isDefault) others += 1;
    if (!row.dirty && document.activeElement !== row.field) write(row.field, row.schema, current[name]);
  }
  setText(byId("settings-count"), others ? `${others} changed` : "");
}

async function build(changed) {
  const { properties } = await get("sandbox/settings/schema");
  byId("settings").replaceChildren(...Object.entries(properties).map(([name, schema]) => newRow(name, schema, changed)));
  byId("settings-find").addEventListener("input", filter);
}

function newRow(name, schema, changed) {
  const id = `setting-${name}`;
  const field = control(id, schema, current[name]);
  const problem = element("p", { className: "error", id: `${id}-error` });
  const hint = element(
    "p",
    { className: "hint", id: `${id}-hint` },
    `${schema.description} Default: ${word(schema.default)}.`,
  );
  field.setAttribute("aria-describedby", `${problem.id} ${hint.id}`);
  const node = element("div", { className: "setting" }, element("label", { htmlFor: id }, name), field, problem, hint);
  const row = { schema, field, problem, node, dirty: false };
  rows.set(name, row);
  field.addEventListener("input", () => (row.dirty = true));
  field.addEventListener("change", () => save(name, row, changed));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") save(name, row, changed);
    if (event.key !== "Escape" || !row.dirty) return;
    event.stopPropagation(); // it takes back what was written, and closes nothing
    row.dirty = false;
    write(field, schema, current[name]);
    showProblem(field, problem, "");
  });
  return node;
}

async function save(name, row, changed) {
  if (!row.dirty) return;
  const value = read(row.field, row.schema);
  try {
    current = await post("sandbox/settings", { [name]: value });
  } catch (error) {
    const reason = error.message.replace(row.schema.description, "").replace(`${name}: `, "").trim();
    showProblem(row.field, row.problem, reason);
    say(`${name}: ${reason}`);
    return;
  }
  row.dirty = false;
  showProblem(row.field, row.problem, "");
  say(`${name} is now ${word(current[name])}.`);
  await changed();
}

function filter() {
  const words = byId("settings-find").value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const [name, { node, schema }] of rows) {
    const text = `${name} ${name.replaceAll("_", " ")} ${schema.description}`.toLowerCase();
    node.hidden = !words.every((part) => text.includes(part));
    if (!node.hidden) left += 1;
  }
  byId("settings-none").hidden = left > 0;
}
