// The forms above the phones: a phone that has sent nothing yet texts in, and a phone is looked up by its number.

import { byId, element, sendOnEnter, setText } from "./dom.js";
import { sendText } from "./phones.js";
import { digitsOf, phoneNumber } from "./words.js";

const ANY_NUMBER = "60777"; // of the account, as long as nothing says which one is used
const FIRST = 447700900100; // of the numbers kept for drama, behind those that have habits

const from = byId("new-from");
const to = byId("new-to");
const box = byId("new-text");
const written = new Set(); // fields that the reader has written in: they are left alone
let ownNumbers = "";

export function setUpForms({ afterSending, find }) {
  for (const field of [from, to]) field.addEventListener("input", () => written.add(field));
  sendOnEnter(box);
  byId("new-phone").addEventListener("submit", async (event) => {
    event.preventDefault();
    const number = digitsOf(from.value);
    await sendText({ from: number, to: digitsOf(to.value), box, error: byId("new-error"), afterSending });
    if (!box.value) written.delete(from);
  });
  byId("find").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = byId("find-number");
    const number = digitsOf(field.value);
    const known = /^[1-9]\d{7,14}$/.test(number);
    setText(byId("find-error"), known || !field.value.trim() ? "" : "This is no phone number: write it as 07700 900123.");
    if (known) find(number);
  });
}

/** Fills in a number of the account, and a phone that is not there yet. */
export function suggest(phones) {
  const own = [...new Set(phones.flatMap((phone) => phone.messages.map((message) => message.number).filter(Boolean)))];
  if (own.join() !== ownNumbers) {
    ownNumbers = own.join();
    byId("own-numbers").replaceChildren(...own.map((number) => element("option", { value: phoneNumber(number) })));
  }
  if (!written.has(to) && document.activeElement !== to) to.value = phoneNumber(own[0] ?? ANY_NUMBER);
  if (written.has(from) || document.activeElement === from || box.value) return;
  const taken = new Set(phones.map((phone) => phone.number));
  let free = FIRST;
  while (taken.has(String(free))) free += 1;
  from.value = phoneNumber(String(free));
}
