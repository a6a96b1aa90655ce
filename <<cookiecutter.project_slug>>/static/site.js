// What htmx leaves to the page: to say that it waits, to say why a form was not sent, and
// to know where the focus goes when what had it is no longer there.

function say(id) {
  const notice = document.getElementById(id).content.cloneNode(true);
  document.getElementById("messages").replaceChildren(notice);
}

// Of a double click the second one sends nothing: by then, the first may have changed what
// the session's cookie is.
const sent = new WeakMap();
document.addEventListener("submit", (event) => {
  if (event.timeStamp - sent.get(event.target) < 1000) {
    event.preventDefault();
  } else {
    sent.set(event.target, event.timeStamp);
  }
});

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

document.addEventListener("htmx:afterSettle", () => {
  if (document.activeElement === document.body) {
    document.querySelector("[data-focus]")?.focus();
  }
});
