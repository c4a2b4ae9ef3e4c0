// A box that chooses all rows of its form, and follows them; how many are chosen stands on the button.
"use strict";

document.addEventListener("change", (event) => {
  const form = event.target.closest("form"), all = form?.querySelector("[data-all]");
  if (!all || event.target.type !== "checkbox") return;
  const rows = [...form.querySelectorAll("tbody input[type=checkbox]")];
  if (event.target === all) rows.forEach((row) => { row.checked = all.checked; });
  const chosen = rows.filter((row) => row.checked).length;
  all.checked = chosen === rows.length;
  all.indeterminate = chosen > 0 && chosen < rows.length;
  const count = form.querySelector("[data-count]");
  if (count) count.textContent = chosen || "";
});
