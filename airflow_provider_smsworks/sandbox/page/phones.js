// The phones, side by side, each with its texts and a box to reply from.

import { say, tell } from "./announcer.js";
import { Refused, post } from "./api.js";
import { byId, element, reconcile, sendOnEnter, setText } from "./dom.js";
import { showThread } from "./thread.js";
import { phoneNumber } from "./words.js";

const grid = byId("grid");
let seenBefore = false;

/** The phones with a half-written reply or the focus: they stay, whoever else is busy. */
export function phonesInUse() {
  return [...grid.querySelectorAll(".phone[data-key]")].filter(inUse).map((card) => card.dataset.key);
}

export function showPhones(phones, afterSending) {
  const quiet = !seenBefore; // what was there before the page is no news
  seenBefore = true;
  reconcile(grid, phones, {
    key: (phone) => phone.number,
    create: (phone) => newCard(phone, afterSending),
    update: (card, phone) => {
      const news = updateCard(card, phone);
      if (!quiet) news.forEach((item) => announce(phone.number, item));
    },
    keep: inUse,
    inPlace: true,
  });
}

/** After a reset nothing is left to reply to. */
export function forgetDrafts() {
  for (const box of grid.querySelectorAll(".phone[data-key] textarea")) box.value = "";
  if (document.activeElement?.closest?.(".phone[data-key]")) document.activeElement.blur();
}

function inUse(card) {
  return Boolean(card.querySelector("textarea")?.value) || card.contains(document.activeElement);
}

function announce(number, { message, isNew }) {
  const phone = phoneNumber(number);
  if (isNew && message.sent) tell(`${phone} sent a text.`);
  else if (isNew) tell(`New text for ${phone}.`);
  else tell(`Text for ${phone}: ${message.status.toLowerCase()}.`);
}

function newCard(phone, afterSending) {
  const name = phoneNumber(phone.number);
  const id = (part) => `${part}-${phone.number}`;
  const box = element("textarea", {
    id: id("reply"),
    rows: 1,
    placeholder: "Reply",
    enterKeyHint: "send",
    "aria-label": `Reply from ${name}`,
    "aria-describedby": `${id("note")} ${id("error")}`,
  });
  const to = element("select", { id: id("to"), "aria-label": `Number that ${name} replies to` });
  const error = element("p", { className: "error", id: id("error") });
  const form = element(
    "form",
    { className: "reply" },
    element("p", { className: "to" }, element("span", { "aria-hidden": "true" }, "To"), to),
    element("div", { className: "write" }, box, element("button", { "aria-label": `Send from ${name}` }, "Send")),
    error,
  );
  sendOnEnter(box);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sendText({ from: phone.number, to: to.value, box, error, afterSending });
  });
  to.addEventListener("change", () => (to.dataset.chosen = to.value));
  return element(
    "section",
    { className: "phone", tabIndex: -1, "aria-labelledby": id("title") },
    element("h3", { id: id("title") }, name),
    element("p", { className: "habit" }),
    element("p", { className: "hint earlier", hidden: true }, "Earlier texts are not shown."),
    element("ol", { className: "thread", "aria-label": `Texts of ${name}` }),
    element("p", { className: "hint note", id: id("note") }),
    form,
  );
}

function updateCard(card, phone) {
  const habit = card.querySelector(".habit");
  setText(habit, phone.habit ?? "");
  card.querySelector(".earlier").hidden = !phone.earlier;
  updateReply(card, phone); // before the thread: what it says takes room
  return showThread(card.querySelector(".thread"), phone.messages);
}

/** A phone answers a number that has texted it, or that it has texted; names cannot be answered. */
function updateReply(card, phone) {
  const numbers = [...new Set(phone.messages.map((message) => message.number).filter(Boolean).reverse())];
  const form = card.querySelector(".reply");
  const to = form.querySelector("select");
  const last = phone.messages.findLast((message) => !message.sent);
  const latest = phone.messages.findLast((message) => message.number && !message.sent)?.number ?? numbers[0];
  form.hidden = !numbers.length && !inUse(card);
  const name = last && !last.number ? last.other : null;
  let note = "";
  if (name && form.hidden) note = `${name} is a name and no number: it cannot be answered.`;
  else if (name) note = `${name}, who texted last, is a name and no number: it cannot be answered.`;
  else if (!phone.messages.length) note = "This phone has no texts yet.";
  setText(card.querySelector(".note"), note);
  // Not a list that is open; and a half-written reply keeps its number, also when a restart has forgotten the texts.
  if (document.activeElement === to || !numbers.length) return;
  const chosen = numbers.includes(to.dataset.chosen) ? to.dataset.chosen : latest;
  if ([...to.options].map((option) => option.value).join() !== numbers.join())
    to.replaceChildren(...numbers.map((number) => element("option", { value: number }, phoneNumber(number))));
  to.value = chosen ?? "";
}

/** Lets a phone text in, and says at the box what was wrong if it could not. */
export async function sendText({ from, to, box, error, afterSending }) {
  const content = box.value;
  setText(error, "");
  box.removeAttribute("aria-invalid");
  if (!content.trim()) return;
  try {
    await post("sandbox/inbound", { from, to, content });
  } catch (problem) {
    const reason = problem instanceof Refused ? problem.message.replace(/^Validation errors: /, "") : problem.message;
    setText(error, reason);
    box.setAttribute("aria-invalid", "true");
    say(reason);
    return;
  }
  if (box.value === content) box.value = ""; // unless the next one is being written already
  say(`Sent from ${phoneNumber(from)}.`);
  await afterSending();
}
