// What one camera's page does besides.
import "./filters.js";
import "./freshness.js";
import "./viewer.js";
import "./zooming.js";
import "./comparing.js";
