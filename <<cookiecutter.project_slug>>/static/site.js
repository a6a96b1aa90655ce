// What htmx leaves to the page: to say that it waits, to say that the shop cannot be
// reached, and to know where the focus goes when what had it is no longer there.

document.addEventListener("htmx:beforeRequest", (event) => {
  event.target.setAttribute("aria-busy", "true");
});

document.addEventListener("htmx:afterRequest", (event) => {
  event.target.removeAttribute("aria-busy");
});

document.addEventListener("htmx:sendError", () => {
  const notice = document.getElementById("offline").content.cloneNode(true);
  document.getElementById("messages").replaceChildren(notice);
});

document.addEventListener("htmx:afterSettle", () => {
  if (document.activeElement === document.body) {
    document.querySelector("[data-focus]")?.focus();
  }
});
