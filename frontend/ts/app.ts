// The one script of every page. htmx starts by itself; each element below starts when the browser meets its tag.
import "htmx.org";
import "./lib/dialogs";
import "./elements/x-picker";
import "./lib/requests";
import "./elements/x-audio";
import "./elements/x-calendar";
import "./elements/x-dialog";
import "./elements/x-file-drop";
import "./elements/x-hours-week";
import "./elements/x-flow-inspector";
import "./elements/x-flow-tree";
import "./elements/x-live";
import "./elements/x-recorder";
import "./elements/x-sortable";
import "./elements/x-time-field";
import "./elements/x-toast";
import { registerWorker } from "./lib/offline";

registerWorker();
