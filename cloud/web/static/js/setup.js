// Setting up a camera: the page may be the answer to a form. It takes its own address, so that a
// reload sends nothing again and live-parts finds what is new. It also says when the code runs out.
import { refreshParts } from "./live-parts.js";

const A_MOMENT = 1_000;

history.replaceState(history.state, "", document.getElementById("setup").dataset.address);

const { endsIn } = document.getElementById("arrival").dataset;
if (endsIn) setTimeout(() => refreshParts("code"), Number(endsIn) * 1000 + A_MOMENT);
