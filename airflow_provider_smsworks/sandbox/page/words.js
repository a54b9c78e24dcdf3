// How numbers, moments and amounts are written.

/** 447700900123 as 07700 900123; a number of another country with a plus. */
export function phoneNumber(digits) {
  if (/^447\d{9}$/.test(digits)) return `0${digits.slice(2, 6)} ${digits.slice(6)}`;
  return /^[1-9]\d{7,14}$/.test(digits) ? `+${digits}` : digits;
}

/** A number as the sandbox writes it, from any way that people write numbers. */
export function digitsOf(text) {
  const digits = text.replace(/[\s().-]/g, "").replace(/^(\+|00)/, "");
  return /^07\d{9}$/.test(digits) ? `44${digits.slice(1)}` : digits;
}

export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en-GB")} ${number === 1 ? one : many}`;
}

export function credits(number) {
  return count(Number(number.toFixed(2)), "credit");
}

const timeOfDay = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** A moment (seconds since 1970) in the reader's zone; with its day if that is not today. */
export function moment(seconds) {
  const date = new Date(seconds * 1000);
  const today = date.toDateString() === new Date().toDateString();
  return today ? timeOfDay.format(date) : `${day.format(date)} ${timeOfDay.format(date)}`;
}

/** How long until something is due. */
export function ahead(seconds) {
  if (seconds <= 0) return "now";
  if (seconds < 90) return `in ${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `in ${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `in ${Math.round(seconds / 3600)} h`;
  return `in ${Math.round(seconds / 86400)} days`;
}
