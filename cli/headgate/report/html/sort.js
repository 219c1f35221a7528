"use strict";
// Sort a table by the column whose heading is pressed; once more turns it round. Without script the table stands as it is.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const rising = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
      const order = new Intl.Collator(undefined, { numeric: true }).compare;
      const compare = (a, b) => {
        const [one, two] = [Number(a), Number(b)];
        return Number.isNaN(one) || Number.isNaN(two) ? order(a, b) : one - two;
      };
      const rows = [...body.rows].sort((a, b) => (rising ? 1 : -1) * compare(key(a), key(b)));
      body.append(...rows);
    });
  });
}
