// The files that a person chose or dropped, and what is known of them without reading them.

/** @param {string} text @param {number} seed @returns {string} 8 hexadecimal digits (FNV-1a, 32 bit) */
export function digits(text, seed) {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

/**
 * What tells a file from another of its name: no content is read, so that it is there at once.
 * @param {string} name @param {number} size bytes @param {number} modified milliseconds @returns {string}
 */
export function fingerprint(name, size, modified) {
  const text = `${name}|${size}|${modified}`;
  return [0, 1, 2, 3].map((seed) => digits(text, seed * 0x9e3779b1)).join("");
}

/**
 * Where a batch should look: the one manifest among the files, the one text file, else the folder.
 * @param {{name: string, uri: string}[]} files @param {string} folderUri @returns {string}
 */
export function inputUri(files, folderUri) {
  const manifests = files.filter((file) => /\.(manifest|jsonl)$/i.test(file.name));
  if (manifests.length === 1) return manifests[0].uri;
  const lone = files.length === 1 && /\.(txt|csv)$/i.test(files[0].name);
  return lone ? files[0].uri : folderUri;
}

// --- the files that were chosen ---------------------------------------------------------------------

/** @param {FileSystemEntry} entry @returns {Promise<{file: File, name: string}[]>} the files below it */
async function filesBelow(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, name: entry.fullPath.replace(/^\//, "") }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // 100 at most each time
    if (!some.length) return found;
    for (const inner of some) found.push(...(await filesBelow(inner)));
  }
}

/** @param {DataTransfer} transfer @returns {Promise<{file: File, name: string}[]>} */
export async function droppedFiles(transfer) {
  // Entries must be taken before the first wait: the list is emptied when the event ends.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, name: file.name }));
  return (await Promise.all(entries.map(filesBelow))).flat();
}
