// Keeps the offline page, its stylesheet and its type, and shows them when a page can't be fetched. It caches nothing else:
// what the portal shows must be what is so.
export {};

const STORE = "offline-1";
const PAGE = "/offline/";

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Lasting {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

async function keep(): Promise<void> {
  const store = await caches.open(STORE);
  const page = await fetch(PAGE, { cache: "reload" });
  const parts = [...(await page.clone().text()).matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((match) => match[1] ?? "");
  await store.put(PAGE, page);
  await store.addAll([...new Set(parts)]);
}

async function answer(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request.mode === "navigate" ? PAGE : request)) ?? Response.error();
  }
}

addEventListener("install", (event) => (event as Lasting).waitUntil(keep()));
addEventListener("fetch", (event) => {
  const { request } = event as Fetching;
  const ours = new URL(request.url).pathname.startsWith("/static/");
  if (request.method === "GET" && (request.mode === "navigate" || ours)) (event as Fetching).respondWith(answer(request));
});
