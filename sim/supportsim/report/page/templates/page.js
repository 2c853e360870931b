"use strict";
// Tables are sorted by the column whose heading is pressed: numbers largest first, words from A to Z.
document.querySelectorAll("button.sort").forEach((button) => {
  button.addEventListener("click", () => {
    const heading = button.closest("th");
    const body = heading.closest("table").tBodies[0];
    const column = [...heading.parentNode.children].indexOf(heading);
    const key = (row) => {
      const cell = row.children[column];
      return cell.dataset.sort === undefined ? cell.textContent.trim() : Number(cell.dataset.sort);
    };
    const rows = [...body.rows];
    const numeric = rows.every((row) => typeof key(row) === "number");
    const before = heading.getAttribute("aria-sort");
    const ascending = before ? before === "descending" : !numeric;
    heading.parentNode.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const order = (a, b) => (numeric ? key(a) - key(b) : String(key(a)).localeCompare(String(key(b))));
    rows.sort((a, b) => (ascending ? order(a, b) : order(b, a)));
    body.append(...rows);
  });
});
