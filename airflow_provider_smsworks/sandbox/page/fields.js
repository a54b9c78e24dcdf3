// Form fields from a JSON schema: one function for the settings and for faults.

import { element } from "./dom.js";

/** The schema of a value without its null, and whether null is allowed. */
function bare(schema) {
  if (!schema.anyOf) return [schema, false];
  return [{ ...schema, ...schema.anyOf.find((one) => one.type !== "null") }, true];
}

/** A control for a value; what people write wrongly goes to the sandbox as it is, which says what it takes. */
export function control(id, schema, value) {
  const [type, nullable] = bare(schema);
  if (type.enum || type.type === "boolean") {
    const choices = (type.enum ?? [true, false]).map((choice) => element("option", { value: JSON.stringify(choice) }, word(choice)));
    if (nullable) choices.unshift(element("option", { value: "null" }, "none"));
    const select = element("select", { id }, ...choices);
    write(select, schema, value);
    return select;
  }
  const made =
    type.type === "object"
      ? element("textarea", { id, rows: 2, placeholder: "Retry-After: 5" })
      : element("input", {
          id,
          type: "text",
          autocomplete: "off",
          spellcheck: false,
          inputMode: type.type === "string" ? "text" : "decimal",
          placeholder: nullable ? "none" : "",
        });
  write(made, schema, value);
  return made;
}

export function write(field, schema, value) {
  const [type] = bare(schema);
  if (type.enum || type.type === "boolean") field.value = JSON.stringify(value);
  else if (type.type === "object")
    field.value = Object.entries(value ?? {}).map(([name, text]) => `${name}: ${text}`).join("\n");
  else field.value = value ?? "";
}

export function read(field, schema) {
  const [type, nullable] = bare(schema);
  const text = field.value;
  if (type.enum || type.type === "boolean") return JSON.parse(text);
  if (type.type === "object") return headers(text);
  if (nullable && !text.trim()) return null;
  const isNumber = type.type === "number" || type.type === "integer";
  return isNumber && text.trim() && Number.isFinite(Number(text)) ? Number(text) : text;
}

function headers(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  return Object.fromEntries(lines.map((line) => [line.split(":", 1)[0].trim(), line.split(":").slice(1).join(":").trim()]));
}

export function word(value) {
  if (value === true) return "yes";
  if (value === false) return "no";
  if (value === null) return "none";
  return String(value);
}

/** Puts what is wrong beside a field, or takes it away. */
export function showProblem(field, place, problem) {
  place.textContent = problem;
  if (problem) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}
