// What every signed-in page does. One script asked for in its head: the others are fetched once the
// page is drawn, as they would only stand in its way before.
import "./relative-time.js";
import "./live.js";
import "./failures.js";
import "./progress.js";
import "./keys-dialog.js";
import "./list-walking.js";
import "./refused.js";
