// The workflow's set-up: only the options of the chosen task type are shown. Without this script all are.

const type = document.querySelector("[name=task_type]");
const groups = [...document.querySelectorAll("[data-for-type]")];

function show() {
  for (const group of groups) group.hidden = group.dataset.forType !== type.value;
}

type.addEventListener("change", show);
show();
