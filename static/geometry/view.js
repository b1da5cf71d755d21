// Where a picture stands on the screen: screen = image × scale + (x, y).

/** @typedef {{scale: number, x: number, y: number}} View */
/** @typedef {{x: number, y: number}} Point */
/** @typedef {{width: number, height: number}} Size */

/** The view that shows the whole picture in the middle. @param {Size} box @param {Size} picture @returns {View} */
export function fitView(box, picture) {
  const scale = Math.min(box.width / picture.width, box.height / picture.height) || 1;
  return { scale, x: (box.width - picture.width * scale) / 2, y: (box.height - picture.height * scale) / 2 };
}

/** The view at another scale that keeps the picture's point under (x, y) where it is. @param {View} view @returns {View} */
export function zoomTo(view, scale, x, y) {
  const ratio = scale / view.scale;
  return { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}

/** @param {View} view @param {Point} point on the screen @returns {Point} in image pixels */
export const toImage = (view, { x, y }) => ({ x: (x - view.x) / view.scale, y: (y - view.y) / view.scale });

/** @param {View} view @param {Point} point in image pixels @returns {Point} on the screen */
export const toScreen = (view, { x, y }) => ({ x: x * view.scale + view.x, y: y * view.scale + view.y });

/** Hold a point inside the picture; within `near` of its edge it snaps there. @param {Point} point @param {Size} size */
export function snapInside({ x, y }, size, near = 0) {
  return { x: snap(x, size.width, near), y: snap(y, size.height, near) };
}

function snap(value, end, near) {
  if (value <= near) return 0;
  return value >= end - near ? end : value;
}
