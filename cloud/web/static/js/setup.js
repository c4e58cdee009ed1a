// Setting up a camera: with its own address live-parts finds what is new. Says when the code runs out.
import "./own-address.js";
import { refreshParts } from "./live-parts.js";

const A_MOMENT = 1_000;

const { endsIn } = document.getElementById("arrival").dataset;
if (endsIn) setTimeout(() => refreshParts("code"), Number(endsIn) * 1000 + A_MOMENT);
