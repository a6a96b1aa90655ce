// What htmx leaves to the page: showing that a request is pending, saying why a form
// was not sent, and moving the focus when the element that had it is gone.

function say(id) {
  const notice = document.getElementById(id).content.cloneNode(true);
  document.getElementById("messages").replaceChildren(notice);
}

// The second click of a double click submits nothing: the first may be about to change
// the session cookie. Events of forms that htmx submits are already prevented here.
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

// In the cart a second click would hit the next line, which has moved up.
document.addEventListener(
  "click",
  (event) => {
    if (event.detail > 1 && event.target.closest("#cart-contents .link-button")) event.preventDefault();
  },
  true,
);

window.addEventListener("pageshow", ({ persisted }) => {
  sent = {};
  // "Back" shows the page as it was left, but the cart may have changed since.
  const [{ type }] = performance.getEntriesByType("navigation");
  if (persisted || type === "back_forward") {
    htmx.ajax("GET", document.querySelector(".cart-link").href, { target: "#cart-count", swap: "none" });
  }
});

// If a link is followed right after a quantity was typed, submit the quantity first.
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

// A reloaded page is scrolled to where it was, which may be below its messages.
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

// If the shop does not respond, a web server in front of it sends its own error page.
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
