// What happens round every htmx request: the pressed button is busy, a lost network or a broken server is said in a toast,
// an ended session goes to the login page instead of being swapped into a corner of this one.
import { showToast } from "../elements/x-toast";

interface RequestContext {
  sourceElement: Element;
  response?: { raw: Response; status: number };
}

function contextOf(event: Event): RequestContext | undefined {
  return (event as CustomEvent<{ ctx?: RequestContext }>).detail?.ctx;
}

function setBusy(event: Event, busy: boolean): void {
  const element = contextOf(event)?.sourceElement;
  if (!element) return;
  if (busy) element.setAttribute("aria-busy", "true");
  else element.removeAttribute("aria-busy");
}

function leaveForLogin(event: Event): void {
  const raw = contextOf(event)?.response?.raw;
  const login = document.body.dataset["login"];
  if (!raw?.redirected || !login || new URL(raw.url).pathname !== login) return;
  event.preventDefault();
  const here = encodeURIComponent(location.pathname + location.search);
  location.assign(`${login}?next=${here}`);
}

function tellBrokenAnswer(event: Event): void {
  const status = contextOf(event)?.response?.status ?? 0;
  if (status === 403 || status === 404 || status >= 500) showToast({ message: document.body.dataset["failed"] ?? "" });
}

document.addEventListener("htmx:before:request", (event) => setBusy(event, true));
document.addEventListener("htmx:finally:request", (event) => setBusy(event, false));
document.addEventListener("htmx:before:response", leaveForLogin);
document.addEventListener("htmx:response:error", tellBrokenAnswer);
document.addEventListener("htmx:error", (event) => {
  if (!contextOf(event)?.response) showToast({ message: document.body.dataset["offline"] ?? "" });
});
// A form that came back with errors: the first wrong field gets the focus.
document.addEventListener("htmx:after:swap", (event) => {
  if (contextOf(event)?.response?.status !== 422) return;
  const dialog = document.querySelector("dialog[open]");
  (dialog ?? document).querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
});
