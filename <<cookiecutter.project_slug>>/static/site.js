// What htmx leaves to the page: to say that it waits, to say why a form was not sent, and
// to know where the focus goes when what had it is no longer there.

function say(id) {
  const notice = document.getElementById(id).content.cloneNode(true);
  document.getElementById("messages").replaceChildren(notice);
}

// Of a double click the second one sends nothing: by then, the first may have changed what
// the session's cookie is. What htmx sends has been taken care of when it comes here.
let sent = {};
document.addEventListener("submit", (event) => {
  const { submitter, target, timeStamp } = event;
  if (event.defaultPrevented || target.method !== "post") return;
  if (submitter === sent.submitter && target === sent.target && timeStamp - sent.timeStamp < 1000) {
    event.preventDefault();
  } else {
    sent = { submitter, target, timeStamp };
  }
});

// In the cart the second click would hit the next line, which has moved up.
document.addEventListener(
  "click",
  (event) => {
    if (event.detail > 1 && event.target.closest("#cart-contents .link-button")) event.preventDefault();
  },
  true,
);

window.addEventListener("pageshow", ({ persisted }) => {
  sent = {};
  // "Back" shows it as it was left, and the cart may be another by now.
  const [{ type }] = performance.getEntriesByType("navigation");
  if (persisted || type === "back_forward") {
    htmx.ajax("GET", document.querySelector(".cart-link").href, { target: "#cart-count", swap: "none" });
  }
});

// A number that was typed right before a link is followed is sent first.
document.addEventListener("input", ({ target }) => {
  target.closest(".quantity-form")?.setAttribute("data-unsent", "");
});
document.addEventListener("htmx:beforeRequest", ({ target }) => target.removeAttribute("data-unsent"));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const form = document.querySelector(".quantity-form[data-unsent]");
  if (!link || !form || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!form.reportValidity()) return;
  form.addEventListener("htmx:afterRequest", ({ detail }) => detail.successful && location.assign(link.href), { once: true });
  form.requestSubmit();
});

// A page that is loaded anew is scrolled to where it was, maybe below what it has to say.
if (document.querySelector(".message:not(.toast)")) history.scrollRestoration = "manual";

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!navigator.cookieEnabled) {
    event.preventDefault();
    say("no-cookies");
    return;
  }
  event.target.setAttribute("aria-busy", "true");
});

document.addEventListener("htmx:afterRequest", (event) => {
  event.target.removeAttribute("aria-busy");
});

document.addEventListener("htmx:sendError", () => say("offline"));

// A web server in front of the shop says in a page of its own that the shop does not answer.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { status, responseText } = detail.xhr;
  if (status >= 500 && !responseText.includes('id="error"')) {
    detail.shouldSwap = false;
    say("offline");
  }
});

document.addEventListener("htmx:afterSettle", () => {
  if (document.activeElement === document.body) {
    document.querySelector("[data-focus]")?.focus();
  }
});
