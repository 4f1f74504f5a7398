/** Another row below the last one: a copy of it, empty, under the next number. */
function add(rows) {
  const all = rows.querySelectorAll(".preset-row");
  const number = all.length + 1;
  const row = all[all.length - 1].cloneNode(true);
  for (const label of row.querySelectorAll("label")) {
    label.textContent = label.textContent.replace(/\d+/, number);
    label.htmlFor = label.htmlFor.replace(/\d+$/, number);
  }
  for (const field of row.querySelectorAll("textarea")) {
    field.id = field.id.replace(/\d+$/, number);
    field.value = "";
    field.removeAttribute("aria-invalid");
  }
  all[all.length - 1].after(row);
  row.querySelector("textarea").focus();
}

for (const rows of document.querySelectorAll("[data-part=rows]")) {
  const button = rows.querySelector("[data-part=add]");
  const look = () => {
    button.hidden = rows.querySelectorAll(".preset-row").length >= Number(rows.dataset.most);
  };
  button.addEventListener("click", () => {
    add(rows);
    look();
  });
  look();
}
