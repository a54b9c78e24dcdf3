// The page: asks the sandbox once in a second what has changed, and shows it.

import { say } from "./announcer.js";
import { overview, post } from "./api.js";
import { byId, setText } from "./dom.js";
import { showFaults } from "./faults.js";
import { followLink, readAddress, wantedLink } from "./link.js";
import { setUpForms, suggest } from "./newphone.js";
import { countDown, showConnection, showRequests, showSchedules } from "./panels.js";
import { forgetDrafts, phonesInUse, showPhones } from "./phones.js";
import { showSettings } from "./settings.js";

const EVERY = 1000; // milliseconds
const STEP = 24; // phones
const MOST = 240;

const asked = new Set(); // phones that the reader looked up
let limit = STEP;
let mark = null;
let query = "";
let ahead = 0; // seconds that the sandbox's clock is ahead of the browser's
let turn = Promise.resolve();
let timer = 0;

/** Asks and shows, one after the other; a call while another is under way makes one more. */
function refresh() {
  clearTimeout(timer);
  turn = turn.then(askAndShow).finally(() => {
    clearTimeout(timer);
    timer = setTimeout(() => document.hidden || refresh(), EVERY);
  });
  return turn;
}

async function askAndShow() {
  const asks = new URLSearchParams([["limit", limit], ["link", wantedLink()]]);
  for (const phone of new Set([...phonesInUse(), ...asked])) asks.append("phone", phone);
  if (asks.toString() !== query) mark = null;
  query = asks.toString();
  try {
    const state = await overview(query, mark);
    if (state) await show(state);
    showGone("");
  } catch (problem) {
    mark = null;
    showGone("The sandbox does not answer. What you see is what was there last; it goes on by itself when the sandbox is back.");
    if (problem.name !== "Error") console.error(problem);
  }
  countDown(Date.now() / 1000 + ahead);
}

async function show(state) {
  ahead = state.now - Date.now() / 1000;
  setText(byId("balance"), state.balance.toLocaleString("en-GB"));
  showPhones(state.phones, refresh);
  suggest(state.phones);
  byId("empty").hidden = state.phones.length > 0;
  showRest(state);
  showSchedules(state.schedules, state.now);
  showRequests(state.requests);
  followLink();
  await showFaults(state.faults, refresh);
  await showSettings(state.settings, refresh);
  mark = state.mark; // only now: what could not be shown is asked for again
}

function showRest(state) {
  const most = limit >= MOST;
  byId("more").hidden = !state.more || most;
  let rest = "";
  if (state.more) rest = `These are the ${limit} phones that were busy last.`;
  else if (state.window_full) rest = "These are the phones of the latest texts; others can be found by their number.";
  if (state.more && most) rest += " Others can be found by their number.";
  setText(byId("rest"), rest);
}

function showGone(sentence) {
  const banner = byId("gone");
  if (!banner.hidden && !sentence) say("The sandbox is back.");
  setText(banner, sentence);
  banner.hidden = !sentence;
  document.body.classList.toggle("is-gone", Boolean(sentence));
}

function setUpReset() {
  const dialog = byId("reset-dialog");
  byId("reset").addEventListener("click", () => {
    setText(byId("reset-error"), "");
    dialog.showModal();
    byId("reset-no").focus(); // not the one that cannot be undone
  });
  byId("reset-no").addEventListener("click", () => dialog.close());
  byId("reset-yes").addEventListener("click", async () => {
    try {
      await post("sandbox/reset", {});
    } catch (problem) {
      return setText(byId("reset-error"), problem.message);
    }
    dialog.close();
    forgetDrafts();
    asked.clear();
    say("Everything is forgotten.");
    await refresh();
  });
}

/** Escape closes the panel that the focus is in, and leaves the focus on its title. */
function closeOnEscape(event) {
  if (event.key !== "Escape" || byId("reset-dialog").open) return;
  const panel = event.target.closest?.("details[open]");
  if (!panel) return;
  panel.open = false;
  panel.querySelector("summary").focus();
}

setUpForms({
  afterSending: refresh,
  find: async (number) => {
    asked.add(number);
    await refresh();
    const card = [...document.querySelectorAll(".phone")].find((node) => node.dataset.key === number);
    card?.scrollIntoView({ block: "nearest" });
    (card?.querySelector("form:not([hidden]) textarea") ?? card)?.focus();
  },
});
setUpReset();
showConnection();
readAddress();
byId("more").addEventListener("click", () => {
  limit = Math.min(limit + STEP, MOST);
  refresh();
});
addEventListener("hashchange", () => {
  readAddress();
  refresh();
});
addEventListener("keydown", closeOnEscape);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
refresh();
