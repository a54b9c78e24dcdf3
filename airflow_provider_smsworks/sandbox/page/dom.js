// Builds and updates elements. Texts come from anybody, so they only ever become text nodes and attributes.

export const byId = (id) => document.getElementById(id);

/** An element with properties, `aria-…` and other attributes, and children (elements or text). */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name in made && !name.includes("-") && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Writes only what differs: an untouched node keeps selections, and screen readers quiet. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Makes the children of `parent` those of `items`, keeping the elements that are there already.
 * `inPlace`: those never change their order, and new ones go to the front: nothing moves under a reader's eyes.
 */
export function reconcile(parent, items, { key, create, update, keep = () => false, inPlace = false }) {
  const known = new Map([...parent.children].filter((node) => node.dataset.key).map((node) => [node.dataset.key, node]));
  const wanted = new Set(items.map(key));
  for (const [name, node] of known) if (!wanted.has(name) && !keep(node)) node.remove();
  let next = [...parent.children].find((node) => node.dataset.key) ?? null;
  const front = next;
  for (const item of items) {
    let node = known.get(key(item));
    const isNew = !node;
    if (isNew) {
      node = create(item);
      node.dataset.key = key(item);
    }
    if (inPlace) {
      if (isNew) parent.insertBefore(node, front);
    } else {
      while (next && !wanted.has(next.dataset.key)) next = next.nextElementSibling;
      if (node === next) next = next.nextElementSibling;
      else parent.insertBefore(node, next);
    }
    update(node, item, isNew);
  }
}

/** Enter sends, Shift and Enter starts a new line; a box grows with its text. */
export function sendOnEnter(box) {
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    box.form.requestSubmit();
  });
}
