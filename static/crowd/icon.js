// Icons for the names that templates use, drawn by us: lines on a grid of 24, and what is filled.

import { icon, isAddress, make } from "crowd/element";

const RING = "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17";
const LENS = "M10.5 4.5a6 6 0 1 0 0 12a6 6 0 1 0 0-12M15 15l5 5";
const SHEET = "M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5";
const STAR = "M12 3.5l2.6 5.5 6 .8-4.4 4.2 1.1 6-5.3-2.9L6.7 20l1.1-6-4.4-4.2 6-.8z";
const HEART = "M12 20S3.5 15 3.5 9.2A4.4 4.4 0 0 1 12 7.3a4.4 4.4 0 0 1 8.5 1.9C20.5 15 12 20 12 20z";
const EYE = "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5";
const SQUARE = "M5 5h14v14H5z";
const LOCK = "M6 11h12v9.5H6z";
const TICK = "M7.5 12.3l3.2 3.2 5.8-6.5";
const HEAD = "M12 4.5a3.7 3.7 0 1 0 0 7.4a3.7 3.7 0 1 0 0-7.4M4.5 20.5c0-3.6 3-6 7.5-6s7.5 2.4 7.5 6";
const HAND_UP = "M8 10.5V20H4v-9.5zM8 10.5l4-6.5c1.6 0 2.3 1.1 2 2.5l-.6 3H19c1 0 1.7.9 1.5 1.9l-1.4 7c-.2 1-.9 1.6-1.9 1.6H8";
const HAND_DOWN = "M8 13.5V4H4v9.5zM8 13.5l4 6.5c1.6 0 2.3-1.1 2-2.5l-.6-3H19c1 0 1.7-.9 1.5-1.9l-1.4-7C18.9 4.6 18.2 4 17.2 4H8";
const UNKNOWN = [["M12 6.5 17.5 12 12 17.5 6.5 12z"]];

const ICONS = new Map(Object.entries({
  add: ["M12 5v14M5 12h14"], remove: ["M5 12h14"], close: ["M6 6l12 12M18 6L6 18"], check: ["M5 12.5 9.5 17 19 7.5"],
  "done-all": ["M2.5 12.5 7 17 15.5 8M11.5 16l1 1L21.5 8"], block: [`${RING}M6 6l12 12`],
  "add-circle": [`${RING}M12 8v8M8 12h8`], "remove-circle": [`${RING}M8 12h8`], "check-circle": [`${RING}${TICK}`], cancel: [`${RING}M9 9l6 6M15 9l-6 6`],
  help: [`${RING}M9.6 9.7a2.4 2.4 0 1 1 3.5 2.2c-.8.4-1.1.9-1.1 1.7M12 16.6v.1`], info: [`${RING}M12 11v5.5M12 7.7v.1`],
  error: [`${RING}M12 7.5v5.5M12 16.4v.1`], warning: ["M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.1"],
  delete: ["M4 6.5h16M9 6.5V4h6v2.5M6 6.5l1 14h10l1-14M10 10.5v6M14 10.5v6"],
  edit: ["M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5l3.5 3.5"], search: [LENS], "zoom-in": [`${LENS}M10.5 8v5M8 10.5h5`], "zoom-out": [`${LENS}M8 10.5h5`],
  send: ["M3.5 20.5 21 12 3.5 3.5 5.5 12zM5.5 12H13"], save: ["M5 4h11l3.5 3.5V20H5zM8 4v5h7V4M8 20v-6h8v6"],
  undo: ["M8.5 5 4 9.5 8.5 14M4 9.5h10a5.5 5.5 0 0 1 0 11h-4"], redo: ["M15.5 5 20 9.5 15.5 14M20 9.5H10a5.5 5.5 0 0 0 0 11h4"],
  refresh: ["M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4v5h-5"], "rotate-left": ["M4.5 12a7.5 7.5 0 1 0 2.2-5.3L4.5 9M4.5 4v5h5"],
  "thumb-up": [HAND_UP], "thumb-down": [HAND_DOWN], "thumbs-up-down": ["M2.5 9.5h2L7 5c1 0 1.4.7 1.2 1.5L7.6 9h3v5h-8zM21.5 14.5h-2L17 19c-1 0-1.4-.7-1.2-1.5l.6-2.5h-3v-5h8z"],
  star: [STAR, STAR], "star-border": [STAR], favorite: [HEART, HEART], "favorite-border": [HEART],
  flag: ["M5.5 21V4M5.5 4.5H18l-2.5 4 2.5 4H5.5"], visibility: [EYE], "visibility-off": [`${EYE}M4 4l16 16`],
  lock: [`${LOCK}M8.5 11V7.5a3.5 3.5 0 0 1 7 0V11`], "lock-open": [`${LOCK}M8.5 11V7a3.5 3.5 0 0 1 6.8-1.2`],
  settings: ["M12 6.2a5.8 5.8 0 1 0 0 11.6a5.8 5.8 0 1 0 0-11.6M12 9.8a2.2 2.2 0 1 0 0 4.4a2.2 2.2 0 1 0 0-4.4M12 3.5v2.7M12 17.8v2.7M3.5 12h2.7M17.8 12h2.7M6 6l1.9 1.9M16.1 16.1 18 18M6 18l1.9-1.9M16.1 7.9 18 6"],
  menu: ["M4 7h16M4 12h16M4 17h16"], list: ["M8.5 7H20M8.5 12H20M8.5 17H20M4 7h.1M4 12h.1M4 17h.1"], apps: ["M5 5h.1M12 5h.1M19 5h.1M5 12h.1M12 12h.1M19 12h.1M5 19h.1M12 19h.1M19 19h.1"],
  "more-vert": ["M12 5.5v.1M12 12v.1M12 18.5v.1"], "more-horiz": ["M5.5 12h.1M12 12h.1M18.5 12h.1"],
  "arrow-back": ["M20 12H4M10.5 5.5 4 12l6.5 6.5"], "arrow-forward": ["M4 12h16M13.5 5.5 20 12l-6.5 6.5"],
  "arrow-upward": ["M12 20V4M5.5 10.5 12 4l6.5 6.5"], "arrow-downward": ["M12 4v16M5.5 13.5 12 20l6.5-6.5"],
  "arrow-drop-down": ["M7 10h10l-5 5z", "M7 10h10l-5 5z"], "arrow-drop-up": ["M7 14h10l-5-5z", "M7 14h10l-5-5z"],
  "expand-more": ["M6 9.5l6 6 6-6"], "expand-less": ["M6 14.5l6-6 6 6"], "chevron-left": ["M14.5 6l-6 6 6 6"], "chevron-right": ["M9.5 6l6 6-6 6"],
  fullscreen: ["M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"], crop: ["M7 2.5V17h14.5M2.5 7H17v14.5"],
  "play-arrow": ["M8 5v14l11-7z", "M8 5v14l11-7z"], pause: ["M8.5 5.5v13M15.5 5.5v13"], stop: ["M7 7h10v10H7z", "M7 7h10v10H7z"],
  "skip-next": ["M6 5v14l10-7zM18.5 5v14"], "skip-previous": ["M18 5v14L8 12zM5.5 5v14"], "volume-up": ["M4 9.5v5h3.5L13 19V5L7.5 9.5zM16.5 9a4.5 4.5 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11"],
  "file-download": ["M12 4v11.5M6.5 10 12 15.5 17.5 10M5 20h14"], "file-upload": ["M12 15.5V4M6.5 9.5 12 4l5.5 5.5M5 20h14"],
  image: ["M4 5h16v14H4zM4 16.5l4.5-5 4 4.5 2.5-2.5 5 5M15.5 8.8v.1"], photo: ["M4 5h16v14H4zM4 16.5l4.5-5 4 4.5 2.5-2.5 5 5"],
  description: [`${SHEET}M9 12.5h6M9 16.5h6`], "note-add": [`${SHEET}M12 11.5v6M9 14.5h6`], folder: ["M3.5 6h6l2 2.5h9V19h-17z"],
  "content-copy": ["M8.5 8.5H20V20.5H8.5zM5 15.5V3.5h10.5"], "content-paste": ["M5 5h14v15.5H5zM9 3.5h6v3H9z"], "content-cut": ["M8 16.5 18 4M16 16.5 6 4M6.5 16a2.3 2.3 0 1 0 0 4.6a2.3 2.3 0 1 0 0-4.6M17.5 16a2.3 2.3 0 1 0 0 4.6a2.3 2.3 0 1 0 0-4.6"],
  link: ["M10 14.5a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.8l-1 1M14 9.5a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.2l1-1"],
  "open-in-new": ["M13.5 4H20v6.5M20 4l-9 9M10 5H4.5v14.5H19V14"], label: ["M4 6.5h11l5 5.5-5 5.5H4z"], bookmark: ["M6.5 4h11v16.5L12 16l-5.5 4.5z"],
  "check-box": [`${SQUARE}${TICK}`], "check-box-outline-blank": [SQUARE], "radio-button-unchecked": [RING], "radio-button-checked": [RING, "M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8"],
  home: ["M3.5 11.5 12 4l8.5 7.5M6 9.5v10.5h12V9.5M10 20v-5.5h4V20"], person: [HEAD], mail: ["M3.5 6h17v12.5h-17zM3.5 6.5 12 13l8.5-6.5"], language: [`${RING}M3.5 12h17M12 3.5c-5 5-5 12 0 17M12 3.5c5 5 5 12 0 17`],
  schedule: [`${RING}M12 7.5V12l3.2 2`], today: ["M4.5 6h15v14h-15zM4.5 10.5h15M8.5 3.5V7M15.5 3.5V7"], place: ["M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11zM12 7.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5"],
  "question-answer": ["M3.5 4h12v9h-8l-4 3.5zM18.5 8h2v12.5l-4-3.5h-7v-1.5"], chat: ["M4 4.5h16v12H9L4 20.5z"], print: ["M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6.5H7z"],
}));

const SAME = new Map(Object.entries({
  clear: "close", done: "check", create: "edit", "mode-edit": "edit", "report-problem": "warning", "delete-forever": "delete", "get-app": "file-download",
  "cloud-download": "file-download", "cloud-upload": "file-upload", replay: "rotate-left", autorenew: "refresh", cached: "refresh", "rotate-right": "refresh",
  "query-builder": "schedule", alarm: "schedule", event: "today", "date-range": "today", "account-circle": "person", face: "person", "perm-identity": "person",
  email: "mail", "reorder": "menu", "view-list": "list", report: "error", highlight: "info", "highlight-off": "cancel", "local-offer": "label", comment: "chat",
  launch: "open-in-new", "room": "place", "photo-library": "image", "picture-in-picture": "image", "remove-red-eye": "visibility", "star-half": "star-border",
}));

/**
 * The icon of a name, with or without its set ("icons:add"); an image where it is an address.
 * @param {string} name @returns {Element}
 */
export function iconOf(name) {
  if (isAddress(name)) return make("img", { class: "icon", src: name, alt: "" });
  const plain = name.trim().toLowerCase().split(":").at(-1).replace(/^iron-icons?-/, "");
  const known = [plain, plain.replace(/-outline$/, "")].map((one) => SAME.get(one) ?? one).find((one) => ICONS.has(one));
  const drawn = icon(...(ICONS.get(known) ?? UNKNOWN[0]));
  drawn.dataset.icon = known ?? "unknown";
  return drawn;
}
