// Tables sort by a column and are copied with their numbers in full.

const value = (cell) => cell?.dataset.v ?? cell?.textContent ?? "";

const compare = (a, b) => {
  const [x, y] = [Number(a), Number(b)];
  if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a.localeCompare(b, "en", {numeric: true});
};

const sort = (table, column) => {
  const head = table.tHead.rows[0].cells[column];
  const rises = head.getAttribute("aria-sort") !== "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", rises ? "ascending" : "descending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [value(row.cells[column]), row]);
  // What is missing stays at the end.
  rows.sort(([a], [b]) => (a === "") - (b === "") || (rises ? 1 : -1) * compare(a, b));
  body.append(...rows.map(([, row]) => row));
};

const copy = async (text, button, label) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page opened from a disk may not use the clipboard of the system.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = label), 1200);
};

const copyButton = (label, text) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = label;
  button.addEventListener("click", () => copy(text(), button, label));
  return button;
};

const inTools = (button) => {
  const tools = document.createElement("div");
  tools.className = "tools";
  tools.append(button);
  return tools;
};

export const helpTables = () => {
  for (const table of document.querySelectorAll("table")) {
    for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () => sort(table, column));
      head.replaceChildren(button);
    }
    const text = () =>
      [...table.rows].map((row) => [...row.cells].map(value).join("\t")).join("\n");
    table.closest(".scroll").after(inTools(copyButton("Copy table", text)));
  }
  const methods = document.getElementById("methods-text");
  methods?.after(inTools(copyButton("Copy paragraph", () => methods.textContent)));
};
