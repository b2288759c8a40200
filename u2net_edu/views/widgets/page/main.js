// The program of the stand-alone page: its widgets, and the data that explorer.py wrote beside it.

import dilation from "../dilation/widget.js";
import explore from "../explore/widget.js";
import field from "../field/widget.js";
import { startPage } from "./page.js";
import { revive } from "./stored.js";

const store = revive(JSON.parse(/** @type {HTMLElement} */ (document.getElementById("store")).textContent));
startPage(document.querySelector("main"), store, { explore, field, dilation });
