// The page's side of a frame, evaluated in the page: shows the task as the labelling page does, and keeps what it says.
async ({ html, modules }) => {
  const { Frame, moduleTexts } = await import("/static/js/work/frame.js");
  const frame = new Frame({ loader: "/frame/", title: "Task", place: document.body });
  globalThis.heard = { submit: [] };
  frame.on("submit", (message) => heard.submit.push(message.answer));
  await frame.load({ html, modules: await moduleTexts(modules, html), setup: { words: {} } });
  const { unknown } = await frame.ready;
  frame.post("show", { last: null });
  return { unknown };
}
