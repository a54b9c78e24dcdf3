// The lists beside the phones: what is scheduled, which calls came, and the connection to use.

import { byId, element, reconcile, setText } from "./dom.js";
import { ahead, count, digitsOf, moment, phoneNumber } from "./words.js";

const WHAT_BECAME = { PROCESSED: "Sent", CANCELLED: "Cancelled", SCHEDULED: "Scheduled" };

export function showSchedules(entries, now) {
  const toCome = entries.filter((entry) => entry.status === "SCHEDULED");
  setText(byId("scheduled-count"), toCome.length ? `${toCome.length} to come` : "");
  byId("scheduled-none").hidden = entries.length > 0;
  reconcile(byId("scheduled"), entries, {
    key: (entry) => entry.id,
    create: (entry) =>
      element(
        "li",
        { "data-due": entry.due },
        element("p", { className: "what" }, element("strong", { className: "when" }), element("span", { className: "to" })),
        element("p", { className: "words", dir: "auto" }, entry.text ?? ""),
        element("p", { className: "meta" }),
      ),
    update: (node, entry) => updateSchedule(node, entry, now),
  });
}

function updateSchedule(node, entry, now) {
  if (node.dataset.status === entry.status) return;
  node.dataset.status = entry.status;
  const whom = entry.batch ? count(entry.recipients ?? 0, "phone") : phoneNumber(digitsOf(String(entry.destination ?? "")));
  setText(node.querySelector(".to"), ` to ${whom}`);
  setText(node.querySelector(".when"), WHAT_BECAME[entry.status] ?? entry.status);
  const meta = node.querySelector(".meta");
  meta.replaceChildren(element("span", {}, `From ${entry.sender ?? ""}`), element("span", { className: "due" }));
  if (entry.status === "PROCESSED") {
    const link = entry.batch ? `#batch-${entry.id}` : `#message-${entry.message}`;
    meta.append(element("a", { href: link }, entry.batch ? `Show its ${count(entry.sent, "text")}` : "Show the text"));
  }
  setText(node.querySelector(".due"), `due ${moment(entry.due)}`);
  countDown(now);
}

/** How long until each scheduled text goes out, in between two answers of the sandbox too. */
export function countDown(now) {
  for (const node of document.querySelectorAll('#scheduled > li[data-status="SCHEDULED"]'))
    setText(node.querySelector(".when"), `Goes out ${ahead(Number(node.dataset.due) - now)}`);
}

export function showRequests(requests) {
  const all = requests.reduce((sum, [, calls]) => sum + calls, 0);
  setText(byId("requests-count"), all ? count(all, "call") : "");
  byId("requests-none").hidden = requests.length > 0;
  byId("requests").closest("table").hidden = !requests.length;
  reconcile(byId("requests"), requests, {
    key: ([operation]) => operation,
    create: ([operation]) => element("tr", {}, element("th", { scope: "row" }, operation), element("td")),
    update: (row, [, calls]) => setText(row.lastChild, calls.toLocaleString("en-GB")),
  });
}

export function showConnection() {
  const connection = {
    conn_type: "smsworks",
    host: location.origin,
    password: "any-token",
    extra: { sender: "Parcels", allow_test_numbers: true },
  };
  setText(byId("connection"), `export AIRFLOW_CONN_SMSWORKS_DEFAULT='${JSON.stringify(connection)}'`);
}
