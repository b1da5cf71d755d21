// The tools of segmentation: buttons in the stage's bar, and a panel for the brush's size and what it spares.

import { make } from "crowd/element";
import { say } from "crowd/host";
import { keyOf } from "crowd/mask-keys";
import { drawSteps, stepButtons } from "crowd/steps";
import { toolButton } from "crowd/tool-button";

const ICONS = {
  begin: ["M12 5v14M5 12h14"],
  brush: ["M14 4.5 19.5 10 11 18.5H5.5V13zM5.5 18.5 3.5 20.5"],
  eraser: ["M9 19.5h11M4.5 14.5l9-9 6 6-8 8H8z"],
  outline: ["M5 8 12 4l7 6-3 9H7zM5 8v.01M12 4v.01M19 10v.01M16 19v.01M7 19v.01"],
  flood: ["M5 12 12 5l7 7-7 7zM12 5 9.5 2.5M19.5 15.5c1 1.5 1.5 2.3 1.5 3.2a1.5 1.5 0 0 1-3 0c0-.9.5-1.7 1.5-3.2z"],
  smart: ["M12 3v4M12 17v4M3 12h4M17 12h4M12 9.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5"],
};

export const maskBarStyles = `
  .mask-panel { position: absolute; z-index: 2; inset-block-start: 8px; inset-inline-start: 8px; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 14px; max-inline-size: calc(100% - 16px); padding: 6px 10px; background: var(--float, Canvas); border: 1px solid var(--line, GrayText); border-radius: 8px; cursor: default; font: var(--t-2, 0.75rem/1rem system-ui); }
  .mask-panel[hidden] { display: none; }
  .mask-panel label { display: flex; align-items: center; gap: 6px; min-block-size: 24px; }
  .mask-panel label[hidden] { display: none; }
  .mask-panel input[type="range"] { inline-size: 92px; accent-color: var(--accent, Highlight); }
  .mask-panel input[type="checkbox"] { inline-size: 16px; block-size: 16px; accent-color: var(--accent, Highlight); }
  @media (pointer: coarse) { .mask-panel { row-gap: 0; padding-block: 0; } .mask-panel label { min-block-size: 44px; } }
`;

/**
 * @param {object} editor a MaskEditor
 * @returns {{buttons: HTMLElement[], panel: HTMLElement, draw: () => void}}
 */
export function maskBar(editor) {
  const words = {
    brush: say("brush", "Brush"), eraser: say("eraser", "Eraser"), smart: say("smart", "Smart brush: paints what looks alike"),
    outline: say("outline", "Outline"), flood: say("flood", "Fill"),
  };
  const modes = Object.entries(words).map(([mode, label]) => [mode, toolButton(ICONS[mode], label, () => editor.setMode(mode), keyOf(mode))]);
  const { undo, redo } = stepButtons(editor.steps);
  const begin = toolButton(ICONS.begin, say("begin", "Next object"), () => editor.begin(), "n");
  const radius = make("input", { type: "range", min: 0, max: 100, step: 1, oninput: () => editor.setRadius(sizeOf(radius.value)) });
  const tolerance = make("input", { type: "range", min: 2, max: 160, step: 2, oninput: () => { editor.tolerance = Number(tolerance.value); } });
  const above = make("input", { type: "checkbox", onchange: () => { editor.keepsAbove = above.checked; } });
  const opacity = make("input", { type: "range", min: 0, max: 1, step: 0.05, value: 0.6, oninput: () => editor.stage.node.style.setProperty("--mask-opacity", opacity.value) });
  const row = (text, input) => make("label", {}, [make("span", {}, [text]), input]);
  const sizeRow = row(say("size", "Size"), radius);
  const gapRow = row(say("alike", "How alike"), tolerance);
  const aboveRow = row(say("keep-above", "Spare layers above"), above);
  const panel = make("div", { class: "mask-panel", role: "group", "aria-label": say("brush-panel", "Brush and layers") }, [sizeRow, gapRow, aboveRow, row(say("opacity", "Opacity"), opacity)]);

  function draw() {
    for (const [mode, button] of modes) {
      button.hidden = editor.readOnly;
      button.setAttribute("aria-pressed", String(editor.mode === mode));
    }
    begin.hidden = editor.readOnly || !editor.hasObjects;
    undo.hidden = redo.hidden = aboveRow.hidden = editor.readOnly;
    drawSteps({ undo, redo }, editor.steps, editor);
    sizeRow.hidden = editor.readOnly || !["brush", "eraser", "smart"].includes(editor.mode);
    gapRow.hidden = editor.readOnly || !["smart", "flood"].includes(editor.mode);
    radius.value = placeOf(editor.radius);
    tolerance.value = editor.tolerance;
  }

  return { buttons: [...modes.map(([, button]) => button), begin, make("span", { class: "sep" }), undo, redo], panel, draw };
}

// The slider runs through sizes from half a pixel to 500, each step as much larger as the one before.
const sizeOf = (place) => 0.5 * 1000 ** (place / 100);
const placeOf = (size) => Math.round((100 * Math.log(size / 0.5)) / Math.log(1000));
