// What the author of a template wants to know: addresses that the frame's policy refused, and errors of scripts. They
// are noted from the first line of the task on, by the loader, and told once the elements stand.

import { tell } from "crowd/host";

export function tellTroubles() {
  const noted = globalThis.crowdTroubles ?? [];
  noted.push = (trouble) => tell("trouble", trouble);
  for (const trouble of noted.splice(0)) noted.push(trouble);
}
