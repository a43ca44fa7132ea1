// Live: listens to the workspace's events and fetches what they are about, piece by piece: a frame is replaced when its
// new picture is there, so nothing flashes and nothing moves. Where events don't get through, it asks every few seconds.
import { announce } from "../lib/announce.js";
import { back } from "../lib/connection.js";
import { activate, parseHtml } from "../lib/parts.js";

const page = document.querySelector("[data-studio]");
const KINDS = [
  "generation.queued",
  "generation.running",
  "generation.succeeded",
  "generation.partial",
  "generation.failed",
  "generation.canceled",
  "generation.appeal_decided",
  "image.running",
  "image.preview",
  "image.stored",
  "image.failed",
];
const GATHER = 60;
const POLL = 3000;
const RETRY = 15_000;
const PATIENCE = 4000;
const cards = () => [...page.querySelectorAll("[data-card]")];
const touched = new Set();

let timer = null;
let fetching = false;
let again = false;
let signedOut = false;

function soon() {
  if (signedOut) return;
  if (fetching) again = true;
  else timer ??= setTimeout(refresh, GATHER);
}

async function refresh() {
  timer = null;
  fetching = true;
  const wanted = new Set(touched);
  touched.clear();
  for (const card of cards()) if (card.ariaBusy === "true") wanted.add(card.id);
  const address = new URL(page.dataset.live, location.href);
  for (const id of wanted) if (document.getElementById(id)) address.searchParams.append("card", id);
  try {
    const answer = await fetch(address, {
      redirect: "error",
      headers: { "X-Requested-With": "XMLHttpRequest" },
    });
    back();
    if (answer.headers.has("HX-Redirect")) offerSignIn(answer.headers.get("HX-Redirect"));
    else if (answer.ok) await merge(parseHtml(await answer.text()));
  } catch {
    // No connection: the next event or poll asks again.
    for (const id of wanted) touched.add(id);
  }
  fetching = false;
  if (again) {
    again = false;
    soon();
  }
}

// Nobody is taken away from what they write: a toast leads to sign-in, and so does the next press.
function offerSignIn(href) {
  signedOut = true;
  events.close();
  ask(false);
  const detail = {
    text: "You were signed out. What you typed is kept.",
    href,
    action: "Sign in",
    stays: true,
  };
  document.dispatchEvent(new CustomEvent("toast", { detail }));
}

async function merge(fresh) {
  await Promise.all([...fresh.querySelectorAll("[data-card]")].map((card) => mergeCard(card)));
  mergeTray(fresh);
  const [before, now] = [document.getElementById("credits"), fresh.getElementById("credits")];
  if (before && now && before.textContent !== now.textContent) {
    replace(before, now);
    document.getElementById("choices")?.dispatchEvent(new Event("quote"));
  }
  titles();
}

const framed = (card) => card.querySelector(".shots") !== null;

async function mergeCard(now) {
  const before = document.getElementById(now.id);
  if (!before) return;
  const finished = before.ariaBusy === "true" && now.ariaBusy === "false";
  if (framed(before) === framed(now)) {
    before.ariaBusy = now.ariaBusy;
    const parts = [...now.querySelectorAll("[data-version]")];
    await Promise.all(
      parts.map(async (part) => {
        const old = document.getElementById(part.id);
        if (!old || old.dataset.version === part.dataset.version) return;
        await loaded(part);
        if (old.isConnected) replace(old, part);
      }),
    );
  } else replace(before, now);
  if (finished)
    announce(
      `Finished: ${now.querySelector(".number").textContent.trim()}. ${now.querySelector("h2").textContent.trim().slice(0, 80)}`,
    );
}

// The new picture is decoded before it takes the place of the old one; a slow one is shown as it comes.
async function loaded(part) {
  const picture = part.querySelector("img");
  if (!picture) return;
  const early = new Image();
  early.src = picture.getAttribute("src");
  await Promise.race([
    early.decode().catch(() => null),
    new Promise((done) => {
      setTimeout(done, PATIENCE);
    }),
  ]);
}

function replace(before, now) {
  const held = before.contains(document.activeElement);
  const fresh = document.importNode(now, true);
  before.replaceWith(fresh);
  activate(fresh);
  if (held)
    (
      fresh.querySelector("a, button, summary") ?? fresh.closest("[data-card]")?.querySelector("a, button")
    )?.focus();
}

function mergeTray(fresh) {
  for (const id of ["queue", "queue-button"]) {
    const [before, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (!before || !now) continue;
    if (id === "queue") now.open = before.open;
    if (id === "queue-button") now.ariaExpanded = before.ariaExpanded;
    if (before.outerHTML !== now.outerHTML) replace(before, now);
  }
}

function titles() {
  const busy = cards()
    .find((card) => card.ariaBusy === "true")
    ?.querySelector(".badge.live")
    ?.textContent.trim();
  document.title = document.title.replace(/^(\d+ of \d+ · )?/, busy ? `${busy} · ` : "");
}

// Events, or else asking. A person has only so many streams: a page that was hidden for a minute with nothing under way
// leaves its own to others, and who is told to stop (204) asks again when somebody looks.
const LINGER = 60_000;
let events = null;
let poll = null;
let rest = null;

function ask(on) {
  clearInterval(poll);
  poll = on
    ? setInterval(() => {
        if (!document.hidden) soon();
      }, POLL)
    : null;
}

function listen() {
  events?.close();
  events = new EventSource(page.dataset.events);
  events.addEventListener("open", () => {
    ask(false);
    soon();
  });
  events.addEventListener("error", () => {
    if (!poll) ask(true);
    if (events.readyState === EventSource.CLOSED) setTimeout(resume, RETRY);
  });
  for (const kind of KINDS)
    events.addEventListener(kind, (event) => {
      const { id, generation } = JSON.parse(event.data);
      touched.add(generation ?? id);
      soon();
    });
}

function resume() {
  if (!signedOut && !document.hidden && events.readyState === EventSource.CLOSED) listen();
}

function leave() {
  if (cards().some((card) => card.ariaBusy === "true")) rest = setTimeout(leave, LINGER);
  else events.close();
}

// Who waits moves up while others are served, of which no event tells here.
const LINE = 10_000;

if (page) {
  listen();
  setInterval(() => {
    if (!document.hidden && page.querySelector("[data-waits]")) soon();
  }, LINE);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(rest);
    if (document.hidden) rest = setTimeout(leave, LINGER);
    else resume();
  });
  addEventListener("pagehide", () => {
    events.close();
    ask(false);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      listen();
      soon();
    }
  });
  document.addEventListener("studio:refresh", () => {
    for (const card of cards()) touched.add(card.id);
    soon();
  });
  document.addEventListener("gallery:deleted", (event) => {
    for (const id of event.detail.images)
      touched.add(document.getElementById(id)?.closest("[data-card]")?.id);
    soon();
  });
  // A second answer to the same click brings the same card: the newer stays.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "strip" && !event.target.matches("[data-card]")) return;
    if (cards().length) document.getElementById("starters")?.remove();
    const seen = new Set();
    for (const card of cards()) {
      if (seen.has(card.id)) card.remove();
      seen.add(card.id);
    }
    titles();
    soon();
  });
  // "Run again" has spent its key; the next press is another request.
  document.addEventListener("htmx:afterRequest", (event) => {
    const key =
      event.target.matches("[data-again]") && event.detail.successful && event.target.elements.request_key;
    if (key)
      key.value = `again-${[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-queue-toggle]")) return;
    const tray = document.getElementById("queue");
    tray.open = tray.hidden || !tray.open;
    tray.hidden = false;
    if (tray.open) tray.querySelector("summary").focus();
  });
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.id === "queue")
        document.getElementById("queue-button").ariaExpanded = String(event.target.open);
    },
    true,
  );
  titles();
}
