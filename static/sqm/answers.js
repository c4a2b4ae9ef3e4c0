// What came back from the server, and what did not. Answers with X-Fragment belong on the page, errors included.
"use strict";

(() => {
  const { words, fill, toast } = sqm;
  const FRAGMENT = "X-Fragment", AGAIN = "X-Again";
  const login = (xhr) => /\/login\//.test(xhr.responseURL);
  const draftOf = (config) => (config.path.match(/\/cases\/([^/]+)\/([^/]+)\/$/) || []).slice(1).join(":");

  // The same request once more, with the token of now.
  function repeat(config) {
    sqm.renewTokens();
    const sent = config.verb === "get" ? {} : { ...Object.fromEntries(config.formData || []), csrfmiddlewaretoken: sqm.token() };
    const source = config.elt.isConnected ? config.elt : sqm.drawer.box();
    htmx.ajax(config.verb.toUpperCase(), config.path, {
      source, target: config.target, values: sent, headers: { [AGAIN]: "1" },
    });
  }

  // Whether somebody is signed in here, with a token to send.
  async function renewed() {
    const got = await fetch(words().probe, { redirect: "manual" });
    if (got.type === "opaqueredirect") return sqm.signIn();
    if (!sqm.token()) await fetch(document.querySelector("#cf-signin form").action);
    return true;
  }

  document.addEventListener("htmx:configRequest", (event) => {
    // whoever signs in in another tab does not send what this page holds
    if (words().user) event.detail.headers["X-Reader"] = words().user;
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail, kind = xhr.getResponseHeader(FRAGMENT);
    if (login(xhr)) {
      event.detail.shouldSwap = false;
      if ("quiet" in requestConfig.elt.dataset) return;
      sqm.signIn().then((back) => back && repeat(requestConfig));
    } else if (kind) {
      event.detail.shouldSwap = xhr.status !== 204;
      event.detail.isError = false;
      if (requestConfig.verb === "get") return;
      if (kind === "done") {
        document.activeElement?.blur(); // its last change is a draft once more
        sqm.drafts.drop(draftOf(requestConfig));
        const go = sqm.walk?.onward();
        if (go) location.assign(go);
      } else {
        sqm.drafts.back(draftOf(requestConfig));
      }
    }
  });

  document.addEventListener("htmx:responseError", (event) => {
    const { xhr, requestConfig } = event.detail;
    if ("quiet" in requestConfig.elt.dataset) return;
    // a token of before another login: the same person, and nothing was stored
    const stale = xhr.status === 403 && requestConfig.verb === "post" && !requestConfig.headers[AGAIN];
    if (stale) renewed().then((inside) => inside && repeat(requestConfig));
    else toast(fill(words().failed, { status: xhr.status }));
  });
  for (const kind of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(kind, (event) => "quiet" in event.detail.elt.dataset || toast(words().offline));
  }
})();
