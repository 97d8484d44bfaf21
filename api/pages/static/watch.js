/* Progress as it happens: the server sends the piece of the page that has changed. While it is
   heard, htmx asks nothing. Whenever it is not (a restart, a proxy that holds events back), htmx
   goes on asking, as it does without this. */
"use strict";

(() => {
  const SILENCE = 25_000; /* ms; the server says every 10 s that it is there */
  const FIRST_RETRY = 3_000;
  const LONGEST_RETRY = 60_000;
  let source = null;
  let heard = 0;
  let retry = FIRST_RETRY;
  let later = 0;
  let over = false; /* the end was told: the page is being loaded anew and asks nothing more */

  const section = () => document.getElementById("progress");
  const alive = () =>
    over || (source?.readyState === EventSource.OPEN && Date.now() - heard < SILENCE);

  function hear() {
    heard = Date.now();
    retry = FIRST_RETRY;
  }

  function close() {
    clearTimeout(later);
    source?.close();
    source = null;
  }

  function show(markup) {
    const piece = document.createElement("template");
    piece.innerHTML = markup;
    section()?.replaceWith(piece.content);
    if (section()) window.htmx?.process(section());
  }

  /* A browser connects again by itself, but for answers that are no events: those are asked later. */
  function open() {
    if (over || source || document.hidden || !section()) return;
    source = new EventSource(section().dataset.events);
    source.addEventListener("piece", (event) => {
      hear();
      show(event.data);
    });
    source.addEventListener("alive", hear);
    source.addEventListener("final", () => {
      over = true;
      close();
      window.location.reload();
    });
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      later = setTimeout(open, retry);
      retry = Math.min(2 * retry, LONGEST_RETRY);
    });
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "progress" && alive()) event.preventDefault();
  });
  /* The end may be heard by asking, too; asking on would load the page anew again and again, and
     break off the load under way: where that takes longer than a poll it would never come. */
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Refresh")) over = true;
  });
  /* A page that nobody looks at holds no connection; a browser has few of them. */
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  open();
})();
