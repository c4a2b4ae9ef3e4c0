// What the theme leaves out for keyboards and screen readers. Runs again after every htmx swap.
"use strict";

(() => {
  const ICON = ".material-symbols-outlined";
  const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

  // What shows only an icon is named by its title, by what it leads to, or else by the name of the icon.
  function nameByIcon(element) {
    const icons = element.matches(ICON) ? [element] : [...element.querySelectorAll(ICON)];
    const shown = icons.map((icon) => icon.textContent.trim()).join("");
    if (!icons.length || element.ariaLabel || element.textContent.replace(/\s/g, "") !== shown.replace(/\s/g, "")) return;
    const words = document.getElementById("cf-words")?.dataset || {};
    const known = element.id === "searchbar-submit" ? words.search : element.pathname === "/admin/" ? words.home : "";
    const icon = icons[0].textContent.trim(), named = { dock_to_right: words.menu, more_vert: words.more, close: words.close };
    element.ariaLabel = element.title || known || named[icon] || icon;
  }

  // Things that listen to clicks and cannot be reached by Tab: filters, row menus, the user menu, the side bar switch.
  function reachable(root) {
    for (const element of root.querySelectorAll("[x-on\\:click]")) {
      if (element.matches(FOCUSABLE)) continue;
      element.tabIndex = 0;
      element.setAttribute("role", "button");
      nameByIcon(element);
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
    (document.getElementById("main") || content).setAttribute("role", "main");
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
    for (const box of root.querySelectorAll(".select2-selection, .select2-selection__rendered, .select2-search__field")) {
      const select = box.closest(".select2")?.previousElementSibling;
      const label = select?.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
      if (label) box.setAttribute("aria-label", label.textContent.trim());
    }
  }

  // Rows of a table inside a form: a field is named by the head of its column.
  function namedCells(root) {
    for (const field of root.querySelectorAll("td :is(input, select, textarea):not([type=hidden], [aria-label])")) {
      const head = field.closest("table")?.querySelectorAll("thead th")[field.closest("td").cellIndex];
      if (head && !field.labels?.length) field.ariaLabel = head.textContent.trim();
    }
  }

  // A symbol font says its own name aloud.
  function silentIcons(root) {
    for (const icon of root.querySelectorAll(`a ${ICON}, button ${ICON}`)) {
      nameByIcon(icon.closest("a, button"));
      icon.ariaHidden = "true";
    }
  }

  function mend(root) {
    reachable(root);
    namedBoxes(root);
    namedCells(root);
    silentIcons(root);
  }

  document.addEventListener("DOMContentLoaded", () => {
    landmarks();
    mend(document);
  });
  // jQuery makes the boxes when it sees fit after the page is there: whoever asks it now comes after them.
  const afterOthers = (run) => (window.django?.jQuery ? window.django.jQuery(run) : run());
  window.addEventListener("load", () => afterOthers(() => namedBoxes(document)));
  document.addEventListener("htmx:afterSwap", (event) => mend(event.target));
})();
