// One phone's texts, as on its screen: those it got on the left, those it sent on the right.

import { element, reconcile, setText } from "./dom.js";
import { count, credits, moment } from "./words.js";

const OVER = new Set(["DELIVERED", "INCOMING", "UNKNOWN"]);
const ON_ITS_WAY = "SENT";

/** Shows the texts; returns those that are new or whose status has changed. */
export function showThread(list, messages) {
  const news = [];
  const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 24;
  reconcile(list, messages, {
    key: (message) => message.id,
    create: (message) => bubble(message),
    update: (node, message, isNew) => {
      const changed = !isNew && node.dataset.status !== message.status;
      if (isNew || changed) {
        updateStatus(node, message);
        news.push({ message, isNew });
      }
    },
  });
  if (atEnd && news.some(({ isNew }) => isNew)) list.scrollTop = list.scrollHeight;
  // A region that scrolls must be reachable by keyboard; one that does not scroll need not be.
  if (list.scrollHeight > list.clientHeight + 1) list.tabIndex = 0;
  else list.removeAttribute("tabindex");
  return news;
}

function bubble(message) {
  const who = message.sent ? `To ${message.other}` : message.other;
  return element(
    "li",
    { id: `message-${message.id}`, className: message.sent ? "text sent" : "text got", "data-batch": message.batch },
    element("p", { className: "who" }, who),
    element("p", { className: "words", dir: "auto" }, message.text),
    element(
      "p",
      { className: "meta" },
      element("time", { dateTime: new Date(message.at * 1000).toISOString() }, moment(message.at)),
      element("span", {}, count(message.parts, "part")),
      message.sent ? null : element("span", {}, credits(message.credits)),
      message.sent ? null : element("span", { className: "status" }),
    ),
  );
}

function updateStatus(node, message) {
  node.dataset.status = message.status;
  node.dataset.state = OVER.has(message.stored) ? "good" : message.stored === ON_ITS_WAY ? "going" : "bad";
  const status = node.querySelector(".status");
  if (!status) return;
  setText(status, message.status);
  status.title = message.reason ?? "";
  let reason = node.querySelector(".reason");
  if (!message.reason) return reason?.remove();
  if (!reason) node.append((reason = element("p", { className: "reason" })));
  setText(reason, message.reason);
}
