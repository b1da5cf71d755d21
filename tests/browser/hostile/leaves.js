// Tries to open windows and to move page and form, at a click, so that the browser may think that a person wished it.

document.getElementById("go").addEventListener("click", async () => {
  const form = (target) => { const node = tag("form", { action: "ELSEWHERE/form", method: "post", target }); HTMLFormElement.prototype.submit.call(node); };
  const link = (target) => tag("a", { href: "ELSEWHERE/link", target }).click();
  await attempt("window", () => { if (!window.open("ELSEWHERE/window")) throw 0; });
  await attempt("top", () => { top.location = "ELSEWHERE/top"; });
  await attempt("parent", () => { parent.location.replace("ELSEWHERE/parent"); });
  for (const target of ["_top", "_parent", "_blank", "other"]) form(target);
  for (const target of ["_top", "_parent", "_blank", "other"]) link(target);
  told();
});
