// What an earlier visit could not send goes from Home too: nobody has to open the job again for it.

import { Api } from "./api.js";
import { Sender } from "./sender.js";
import { openStore } from "./store.js";

const node = document.getElementById("leftovers");
const { worker, sending, sent } = node.dataset;

function tell(waiting) {
  node.hidden = false;
  node.textContent = waiting ? sending : sent;
}

const listener = {
  onState: (state, waiting) => { if (waiting || !node.hidden) tell(waiting); },
  onStored: () => {},
  onReturned: () => {},
  onLost: () => {}, // a copy stays on the labelling page
};
const sender = new Sender({ store: await openStore(worker), api: new Api({ urls: {}, worker }), listener });
if ((await sender.open()).length) await sender.run();
