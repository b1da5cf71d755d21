// The page's side of a frame, evaluated in the page: shows the task as the labelling page does, and keeps what it says.
async ({ html, modules }) => {
  const { Frame, moduleTexts } = await import("/static/js/work/frame.js");
  const frame = new Frame({ loader: "/frame/", title: "Task", place: document.body });
  globalThis.heard = { submit: [], blocked: [] };
  frame.on("submit", (message) => heard.submit.push(message.answer));
  frame.on("trouble", ({ kind, text }) => { if (kind === "blocked") heard.blocked.push(text); });
  await frame.load({ html, modules: await moduleTexts(modules, html), setup: { words: {}, report: true } });
  const { unknown } = await frame.ready;
  frame.post("show", { last: null });
  return { unknown };
}
