// A stranger's page is written in UTC, as their zone is not known; here it is.
const DAY = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const WHOLE = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
const THIS_YEAR = new Intl.DateTimeFormat("en-GB", DAY);
const OTHER_YEAR = new Intl.DateTimeFormat("en-GB", { ...DAY, year: "numeric" });

export function sayLocally(root) {
  for (const time of root.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    const isThisYear = moment.getFullYear() === new Date().getFullYear();
    time.textContent = (isThisYear ? THIS_YEAR : OTHER_YEAR).format(moment);
    time.title = WHOLE.format(moment);
  }
}

sayLocally(document);
for (const words of document.querySelectorAll("[data-zone]")) words.textContent = "in your local time";
