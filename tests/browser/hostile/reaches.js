// Tries to reach an address. ELSEWHERE, HERE and UDP are filled in by the test.

const script = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
const all = [
  attempt("fetch", () => fetch("ELSEWHERE/fetch", { mode: "no-cors" })),
  attempt("fetch here", () => fetch("HERE/healthz", { mode: "no-cors", credentials: "include" })),
  attempt("image here", () => settled(tag("img", { src: "HERE/static/favicon.svg" }), "load")),
  attempt("request", () => { const r = new XMLHttpRequest(); r.open("GET", "ELSEWHERE/xhr"); r.send(); return settled(r, "load"); }),
  attempt("beacon", () => { if (!navigator.sendBeacon("ELSEWHERE/beacon", "x")) throw 0; }),
  attempt("socket", () => settled(new WebSocket("ELSEWHERE/ws".replace("http", "ws")), "open")),
  attempt("events", () => settled(new EventSource("ELSEWHERE/events"), "open")),
  attempt("image", () => settled(tag("img", { src: "ELSEWHERE/img" }), "load")),
  attempt("video", () => settled(tag("video", { src: "ELSEWHERE/video" }), "loadeddata")),
  attempt("script", () => settled(tag("script", { src: "ELSEWHERE/script" }), "load")),
  attempt("import", () => import("ELSEWHERE/import")),
  attempt("style", () => settled(tag("link", { rel: "stylesheet", href: "ELSEWHERE/style" }), "load")),
  attempt("font", () => new FontFace("x", "url(ELSEWHERE/font)").load()),
  attempt("worker", () => settled(new Worker("ELSEWHERE/worker"), "message")),
  attempt("worker of its own", () => {
    const worker = new Worker(script('fetch("ELSEWHERE/in-worker", {mode: "no-cors"}).then(() => postMessage(1), () => setTimeout(() => { throw 0; }))'));
    return settled(worker, "message");
  }),
  attempt("call", async () => {
    const child = tag("iframe", {});
    for (const place of [globalThis, child.contentWindow]) {
      if (!place.RTCPeerConnection) continue;
      const call = new place.RTCPeerConnection({ iceServers: [{ urls: "stun:127.0.0.1:UDP" }] });
      call.createDataChannel("x");
      await call.setLocalDescription(await call.createOffer());
      tries["call made"] = "made";
    }
    throw 0;
  }),
];
for (const name of ["iframe", "embed"]) tag(name, { src: "ELSEWHERE/" + name });
tag("object", { data: "ELSEWHERE/object" });
tag("div", { style: "background: url(ELSEWHERE/background); block-size: 9px" });
for (const rel of ["prefetch", "preload", "modulepreload", "icon", "manifest", "dns-prefetch", "preconnect"]) tag("link", { rel, href: "ELSEWHERE/" + rel, as: "image" });
tag("a", { href: "#", ping: "ELSEWHERE/ping" }).click();
Promise.race([Promise.all(all), new Promise((resolve) => setTimeout(resolve, 6000))]).then(told);
