// Keeps true what became of the pictures that this page's camera was asked for: when a trigger goes
// on, and when the capture that it led to arrives or is judged.
import { refreshParts } from "./live-parts.js";

export function followTrigger({ device_id: device, trigger_id: trigger }) {
  const line = document.getElementById("trigger");
  if (trigger && line?.dataset.device === device) refreshParts("trigger");
}
