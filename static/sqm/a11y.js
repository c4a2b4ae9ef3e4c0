// What the theme leaves out for keyboards and screen readers. Runs again after every htmx swap.
"use strict";

(() => {
  const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

  // Things that listen to clicks and cannot be reached by Tab: filters, row menus, the user menu, the side bar switch.
  function reachable(root) {
    for (const element of root.querySelectorAll("[x-on\\:click]")) {
      if (element.matches(FOCUSABLE)) continue;
      element.tabIndex = 0;
      element.setAttribute("role", "button");
      if (!element.textContent.trim() || element.matches(".material-symbols-outlined")) {
        element.setAttribute("aria-label", element.title || element.textContent.trim());
      }
      element.addEventListener("keydown", (event) => {
        if (event.target === element && (event.key === "Enter" || event.key === " ")) {
          event.preventDefault();
          element.click();
        }
      });
    }
  }

  function landmarks() {
    const content = document.getElementById("content") || document.getElementById("page");
    if (!content || document.querySelector("main, [role=main]")) return;
    content.setAttribute("role", "main");
    content.tabIndex = -1;
    const words = document.getElementById("cf-words");
    if (words && !document.querySelector(".cf-skip")) {
      const skip = document.createElement("a");
      skip.className = "cf-skip";
      skip.href = "#" + content.id;
      skip.textContent = words.dataset.skip;
      document.body.prepend(skip);
    }
    document.getElementById("nav-sidebar-inner")?.setAttribute("aria-label", document.title);
  }

  // select2 makes boxes without a name: take the name of the label.
  function namedBoxes(root) {
    for (const box of root.querySelectorAll(".select2-selection, .select2-search__field")) {
      const select = box.closest(".select2")?.previousElementSibling;
      const label = select?.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
      if (label) box.setAttribute("aria-label", label.textContent.trim());
    }
  }

  // A symbol font says its own name aloud.
  function silentIcons(root) {
    for (const icon of root.querySelectorAll("a .material-symbols-outlined, button .material-symbols-outlined")) {
      icon.setAttribute("aria-hidden", "true");
    }
  }

  function mend(root) {
    reachable(root);
    namedBoxes(root);
    silentIcons(root);
  }

  document.addEventListener("DOMContentLoaded", () => {
    landmarks();
    mend(document);
  });
  window.addEventListener("load", () => namedBoxes(document));
  document.addEventListener("htmx:afterSwap", (event) => mend(event.target));
})();
