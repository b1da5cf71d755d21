// Tries to read what belongs to the page.

const all = [
  attempt("cookie", () => document.cookie), attempt("set cookie", () => { document.cookie = "a=b"; }),
  attempt("localStorage", () => localStorage.length), attempt("sessionStorage", () => sessionStorage.length),
  attempt("indexedDB", () => { const asked = indexedDB.open("x"); return settled(asked, "success"); }),
  attempt("caches", () => caches.open("x")), attempt("service worker", () => navigator.serviceWorker.register("/x.js")),
  attempt("parent's document", () => parent.document.title), attempt("parent's words", () => parent.localStorage),
  attempt("top's address", () => String(top.location)), attempt("opener", () => opener.document),
  attempt("frames beside", () => parent.frames[1].document.title), attempt("its own frame", () => frameElement.src),
];
Promise.all(all).then(told);
