// What every hostile template here begins with: how a try is counted, and how the test is told.

const tries = {}, broken = [];
addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => broken.push([effectiveDirective, blockedURI]));
async function attempt(name, act) {
  try { const got = await act(); tries[name] = "got " + String(got); } catch (error) { tries[name] = "refused"; }
}
const tag = (name, more) => document.body.appendChild(Object.assign(document.createElement(name), more));
const settled = (target, good) => new Promise((resolve, reject) => { target["on" + good] = resolve; target.onerror = reject; });
const told = () => new Promise((resolve) => setTimeout(resolve, 1500)).then(() => {
  document.documentElement.dataset.tries = JSON.stringify({ tries, broken });
});
