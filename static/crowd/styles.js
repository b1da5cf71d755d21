// Styles that the elements share. Colours are the page's tokens, posted into the frame; the fallbacks serve a
// template that is opened alone.

export const shared = `
  :host { display: block; box-sizing: border-box; color: var(--text, CanvasText); font: var(--t-1, 0.875rem/1.25rem system-ui, sans-serif); line-height: calc(20 / 14); }
  :host([hidden]) { display: none; }
  *, ::before, ::after { box-sizing: border-box; }
  button, input, textarea { font: inherit; color: inherit; }
  h2, p { margin: 0; }
  :host(:dir(rtl)) :is(h2, label):dir(ltr), :host(:dir(ltr)) :is(h2, label):dir(rtl) { text-align: end; }
  :focus-visible { outline: 2px solid var(--accent, Highlight); outline-offset: 2px; border-radius: 4px; }
  .icon { inline-size: 1rem; block-size: 1rem; flex: none; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; }
  .btn { display: inline-flex; align-items: center; justify-content: center; gap: 6px; min-block-size: 32px; padding: 0 12px; background: var(--surface, Canvas); color: var(--text, CanvasText); border: 1px solid var(--line-strong, GrayText); border-radius: 6px; font-weight: 550; white-space: nowrap; cursor: pointer; }
  .btn:hover { background: var(--hover, Canvas); }
  .btn:disabled { color: var(--text-3, GrayText); border-color: var(--line, GrayText); cursor: not-allowed; }
  .btn-primary { background: var(--accent, Highlight); border-color: var(--accent, Highlight); color: var(--on-accent, HighlightText); }
  .btn-primary:hover { background: var(--accent-strong, Highlight); }
  .btn-quiet { background: transparent; border-color: transparent; color: var(--text-2, CanvasText); }
  .btn-small { min-block-size: 28px; padding-inline: 8px; }
  .btn-icon { inline-size: 32px; padding: 0; flex: none; }
  .btn[aria-pressed="true"] { background: var(--accent-soft, Highlight); border-color: var(--accent, Highlight); color: var(--accent-strong, HighlightText); }
  .key { display: inline-grid; place-items: center; min-inline-size: 20px; block-size: 20px; padding-inline: 5px; border: 1px solid var(--line-strong, GrayText); border-block-end-width: 2px; border-radius: 4px; background: var(--surface, Canvas); color: var(--text-2, CanvasText); font: 550 0.6875rem/1 var(--mono, monospace); }
  :host(:dir(rtl)) .mirrored .icon { scale: -1 1; }
  .btn[hidden] { display: none; }
  .small { font: var(--t-2, 0.75rem/1rem system-ui, sans-serif); color: var(--text-2, CanvasText); }
  .problem { display: flex; gap: 6px; color: var(--bad, red); font: 500 0.8125rem/1.25rem var(--font, system-ui); }
  .problem:empty { display: none; }
  .awsui-app-layout__navigation, .awsui-modal-dialog:not(dialog) { max-inline-size: 100%; overflow-x: auto; }
  .visually-hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  @media (pointer: coarse) { .btn { min-block-size: 44px; } .btn-icon { inline-size: 44px; } }
  @media (prefers-reduced-motion: reduce) { *, ::before, ::after { transition-duration: 1ms; } }
`;

/** Styles of the frame's document, under those of the template. */
export const page = `
  html { block-size: 100%; background: var(--bg, Canvas); color: var(--text, CanvasText); }
  body { margin: 0; min-block-size: 100%; font: var(--t-1, 0.875rem/1.25rem system-ui, sans-serif); line-height: calc(20 / 14); }
  body:not(:has(crowd-form[data-fill])) { padding-inline: 16px; }
  a { color: var(--accent, LinkText); }
  :focus-visible { outline: 2px solid var(--accent, Highlight); outline-offset: 2px; }
  crowd-form { display: block; }
  .crowd-unshown { padding: 24px 16px; border: 1px dashed var(--line-strong, GrayText); border-radius: 6px; color: var(--text-2, CanvasText); text-align: center; }
  crowd-form > form { margin: 0; padding-block: 16px; }
  crowd-form[data-fill] { block-size: 100dvh; }
  crowd-form[data-fill] > form { display: grid; grid-template-rows: minmax(0, 1fr) auto; block-size: 100%; padding: 0; }
  .crowd-submit { padding-block-start: 16px; }
  .crowd-submit[slot] { display: grid; padding: 0; }
  .crowd-submit[slot] crowd-button { display: grid; }
  crowd-form[data-fill] > form > .crowd-submit { padding: 0 16px 16px; background: var(--surface, Canvas); }
  crowd-form[data-fill] > form:has([slot="send"]) { grid-template-rows: minmax(0, 1fr); }
  .crowd-submit .key { display: inline-grid; place-items: center; min-inline-size: 20px; block-size: 20px; margin-inline-start: 8px; padding-inline: 5px; border: 1px solid currentColor; border-block-end-width: 2px; border-radius: 4px; font: 550 0.6875rem/1 var(--mono, monospace); }
  @media (max-width: 599px) { .crowd-submit, .crowd-submit crowd-button { display: grid; } crowd-form[data-fill] > form > .crowd-submit { padding: 0 12px 12px; } }
  .crowd-submit[hidden] { display: none; }
  classification-target { unicode-bidi: plaintext; }
  crowd-form :is(input, select, textarea):not([type="checkbox"], [type="radio"], [type="range"], [type="color"]) { padding: 5px 8px; color: inherit; font: inherit; background: var(--sunken, Field); border: 1px solid var(--line-strong, GrayText); border-radius: 6px; }
  crowd-form :is(input, select, textarea):disabled:not([type="checkbox"], [type="radio"], [type="range"], [type="color"]) { color: var(--text-3, GrayText); border-color: var(--line, GrayText); background: transparent; }
`;
