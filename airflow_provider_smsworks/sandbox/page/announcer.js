// Tells screen readers what happened, at most one sentence in three seconds: many events become one count.

import { byId } from "./dom.js";
import { count } from "./words.js";

const PAUSE = 3000; // milliseconds
let news = [];
let waiting = false;

/** Says a sentence at once: the outcome of something that the reader did. */
export function say(sentence) {
  byId("announcer").textContent = sentence;
}

/** Says a sentence soon, or counts it if there are several. */
export function tell(sentence) {
  news.push(sentence);
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    say(news.length > 2 ? count(news.length, "change", "changes") + " on the phones." : news.join(" "));
    news = [];
    waiting = false;
  }, PAUSE);
}
