// Signing in again without leaving the page: by password in the dialog, by any other way in a tab of its own.

import { closeDialog } from "./dialogs.js";
import { word } from "./words.js";

const byId = (id) => document.getElementById(id);

/** Ask for a sign-in. @param {string} [why] the server's sentence, where it has one to say */
export function askToSignIn(why) {
  const dialog = byId("signin");
  if (why) dialog.querySelector("[data-why]").textContent = why;
  if (!dialog.open) dialog.showModal();
}

/**
 * @param {{api: object, again: () => Promise<boolean>}} options again: go on as who is signed in now; false where that
 *   is nobody, or not who began here
 */
export function wireSignIn({ api, again }) {
  const dialog = byId("signin");
  const form = dialog.querySelector("form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    tell(form, []);
    const problems = await signIn(api, form.elements);
    if (problems.length) return tell(form, problems);
    form.elements.password.value = "";
    if (!(await again())) tell(form, [word("signin-more")]);
  });
  dialog.querySelector("[data-again]").addEventListener("click", again);
  addEventListener("focus", () => { if (dialog.open) again(); });
  document.addEventListener("visibilitychange", () => { if (dialog.open && !document.hidden) again(); });
}

/**
 * Go on if who began here is signed in again.
 * @param {{api: object, sender: object, current: object, claim: Function}} page
 * @returns {Promise<boolean>} whether they are
 */
export async function goOn(page) {
  try {
    if (!(await page.api.refreshToken())) return false;
  } catch (trouble) {
    if (!trouble.kind) throw trouble;
    return false;
  }
  await page.sender.hurry();
  if (page.sender.state !== "signin") closeDialog("signin");
  if (!page.current) await page.claim();
  return true;
}

async function signIn(api, { email, password }) {
  try {
    return await api.signIn(email.value, password.value);
  } catch (trouble) {
    if (!trouble.kind) throw trouble;
    return [word("signin-offline")];
  }
}

function tell(form, problems) {
  const error = form.querySelector(".error");
  error.hidden = problems.length === 0;
  error.querySelector("span").textContent = problems.join(" ");
}
